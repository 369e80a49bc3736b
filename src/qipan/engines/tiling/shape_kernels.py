"""Compiled loops over the vertices of shapes: clip, simplify, round, write.

Clipping of rings: Sutherland and Hodgman 1974, "Reentrant polygon clipping"; of lines: Liang and Barsky 1984, "A new
concept and method for line clipping"; simplification: Douglas and Peucker 1973.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from qipan.engines.tiling.kernels import put_varint, zigzag

_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]
_Vertices = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
_Path = tuple[_Floats, _Floats, _Floats, _Floats]
_Scratch = tuple[_Bytes, _Whole, _Whole, _Whole]
_Cursor = tuple[int, int, int]


@njit(cache=True)
def bounds_of(
    x: npt.NDArray[np.int32], y: npt.NDArray[np.int32], rings: _Whole, features: _Whole
) -> npt.NDArray[np.int32]:
    """Left, top, right and bottom of every feature, shape (features, 4); a feature without rings meets nothing."""
    boxes = np.empty((features.size - 1, 4), np.int32)
    for f in range(features.size - 1):
        first, last = rings[features[f]], rings[features[f + 1]]
        if first == last:
            boxes[f] = 2**31 - 1, 2**31 - 1, 0, 0
            continue
        boxes[f, 0] = x[first:last].min()
        boxes[f, 1] = y[first:last].min()
        boxes[f, 2] = x[first:last].max()
        boxes[f, 3] = y[first:last].max()
    return boxes


@njit(cache=True)
def _longest(rings: _Whole, features: _Whole, rows: _Whole) -> int:
    longest = 0
    for row in rows:
        for r in range(features[row], features[row + 1]):
            longest = max(longest, rings[r + 1] - rings[r])
    return longest


@njit(cache=True)
def _clip_edge(p: _Floats, q: _Floats, n: int, to_p: _Floats, to_q: _Floats, bound: float, side: float) -> int:
    """Keep the part of a ring where ``side * (p - bound) >= 0``; returns its number of vertices."""
    m = 0
    for i in range(n):
        j = i - 1 if i else n - 1
        here = side * (p[i] - bound) >= 0.0
        if here != (side * (p[j] - bound) >= 0.0):
            to_p[m] = bound
            to_q[m] = q[j] + (bound - p[j]) * (q[i] - q[j]) / (p[i] - p[j])
            m += 1
        if here:
            to_p[m] = p[i]
            to_q[m] = q[i]
            m += 1
    return m


@njit(cache=True)
def _clip_ring(px: _Floats, py: _Floats, n: int, qx: _Floats, qy: _Floats, low: float, high: float) -> int:
    """Clip a ring to the square low … high in place; ``qx`` and ``qy`` are scratch."""
    n = _clip_edge(px, py, n, qx, qy, low, 1.0)
    n = _clip_edge(qx, qy, n, px, py, high, -1.0)
    n = _clip_edge(py, px, n, qy, qx, low, 1.0)
    return _clip_edge(qy, qx, n, py, px, high, -1.0)


@njit(cache=True)
def _off_segment(px: _Floats, py: _Floats, i: int, a: int, b: int) -> float:
    """Squared distance of vertex i from the segment between vertices a and b."""
    dx, dy = px[b] - px[a], py[b] - py[a]
    length = dx * dx + dy * dy
    along = 0.0
    if length > 0.0:
        along = min(max(((px[i] - px[a]) * dx + (py[i] - py[a]) * dy) / length, 0.0), 1.0)
    off_x, off_y = px[i] - px[a] - along * dx, py[i] - py[a] - along * dy
    off: float = off_x * off_x + off_y * off_y
    return off


@njit(cache=True)
def _simplify(px: _Floats, py: _Floats, n: int, tolerance: float, scratch: _Scratch) -> int:
    """Drop the vertices of a path that lie within ``tolerance`` of what remains; returns how many remain."""
    keep, stack, _, _ = scratch
    keep[:n] = 0
    keep[0] = keep[n - 1] = 1
    stack[0], stack[1] = 0, n - 1
    top = 2
    while top:
        top -= 2
        a, b = stack[top], stack[top + 1]
        farthest, distance = -1, tolerance * tolerance
        for i in range(a + 1, b):
            off = _off_segment(px, py, i, a, b)
            if off > distance:
                farthest, distance = i, off
        if farthest >= 0:
            keep[farthest] = 1
            stack[top], stack[top + 1], stack[top + 2], stack[top + 3] = a, farthest, farthest, b
            top += 4
    m = 0
    for i in range(n):
        if keep[i]:
            px[m], py[m] = px[i], py[i]
            m += 1
    return m


@njit(cache=True)
def _round(px: _Floats, py: _Floats, n: int, scratch: _Scratch) -> int:
    """Round a path to whole units, dropping vertices that fall on the one before."""
    _, _, ix, iy = scratch
    m = 0
    for i in range(n):
        x, y = math.floor(px[i] + 0.5), math.floor(py[i] + 0.5)
        if m == 0 or x != ix[m - 1] or y != iy[m - 1]:
            ix[m], iy[m] = x, y
            m += 1
    return m


@njit(cache=True)
def _twice_area(ix: _Whole, iy: _Whole, n: int) -> int:
    """Twice the signed area of an open ring, positive when it turns from x to y."""
    area = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        area += ix[i] * iy[j] - ix[j] * iy[i]
    return area


@njit(cache=True)
def _grown(out: _Bytes, at: int, more: int) -> _Bytes:
    """The buffer, or a larger copy when ``more`` bytes do not fit after ``at``."""
    if at + more <= out.size:
        return out
    larger = np.empty(2 * (at + more), np.uint8)
    larger[:at] = out[:at]
    return larger


@njit(cache=True)
def _put_path(out: _Bytes, cursor: _Cursor, n: int, backwards: bool, scratch: _Scratch) -> _Cursor:
    """Write MoveTo(1) and LineTo(n - 1); a cursor is the place in ``out`` and the last position written."""
    _, _, ix, iy = scratch
    at, x, y = cursor
    for i in range(n):
        j = n - 1 - i if backwards else i
        if i == 0:
            at = put_varint(out, at, 9)
        elif i == 1:
            at = put_varint(out, at, (n - 1) << 3 | 2)
        at = put_varint(out, at, zigzag(ix[j] - x))
        at = put_varint(out, at, zigzag(iy[j] - y))
        x, y = ix[j], iy[j]
    return at, x, y


@njit(cache=True)
def _load(vertices: _Vertices, first: int, last: int, frame: _Floats, path: _Path) -> bool:
    """Put vertices first … last in tile units on the path; returns whether any lies outside the window."""
    x, y = vertices
    px, py, _, _ = path
    outside = False
    for i in range(last - first):
        px[i] = (x[first + i] - frame[0]) * frame[2]
        py[i] = (y[first + i] - frame[1]) * frame[2]
        outside |= min(px[i], py[i]) < frame[3] or max(px[i], py[i]) > frame[4]
    return outside


@njit(cache=True)
def _reduce_ring(n: int, outside: bool, frame: _Floats, tolerance: float, path: _Path, scratch: _Scratch) -> int:
    """Clip, simplify and round the ring of n vertices on the path; returns the vertices of the open ring left."""
    px, py, qx, qy = path
    _, _, ix, iy = scratch
    if px[0] == px[n - 1] and py[0] == py[n - 1]:
        n -= 1
    if outside:
        n = _clip_ring(px, py, n, qx, qy, frame[3], frame[4])
    if n > 4 and tolerance > 0.0:
        px[n], py[n] = px[0], py[0]
        n = _simplify(px, py, n + 1, tolerance, scratch) - 1
    m = _round(px, py, n, scratch)
    return m - 1 if m > 1 and ix[0] == ix[m - 1] and iy[0] == iy[m - 1] else m


@njit(cache=True)
def _workspace(longest: int) -> tuple[_Path, _Scratch]:
    """Room for one path of ``longest`` vertices, five times as many after clipping, and what its loops need."""
    size = 6 * longest + 16
    path = (np.empty(size), np.empty(size), np.empty(size), np.empty(size))
    rounded = np.empty(size, np.int64), np.empty(size, np.int64)
    return path, (np.empty(size, np.uint8), np.empty(2 * size + 4, np.int64), rounded[0], rounded[1])


@njit(cache=True)
def polygon_geometry(
    vertices: _Vertices,
    rings: _Whole,
    outer: npt.NDArray[np.bool_],
    features: _Whole,
    rows: _Whole,
    frame: _Floats,
    tolerance: float,
) -> tuple[_Bytes, _Whole, _Whole]:
    """Commands of the areas ``rows``, where each one's commands end, and the rows that have any area left.

    ``frame`` holds the tile's left and top in units, tile units per unit, and the window's low and high edge.
    """
    path, scratch = _workspace(_longest(rings, features, rows))
    out = np.empty(1024 + 64 * rows.size, np.uint8)
    ends, kept = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    at = number = 0
    for row in rows:
        cursor, shown = (at, 0, 0), False
        for r in range(features[row], features[row + 1]):
            if not (outer[r] or shown):
                continue
            outside = _load(vertices, rings[r], rings[r + 1], frame, path)
            n = _reduce_ring(rings[r + 1] - rings[r], outside, frame, tolerance, path, scratch)
            area = _twice_area(scratch[2], scratch[3], n)
            if outer[r]:
                shown = area != 0
            if area != 0:
                out = _grown(out, cursor[0], 10 * n + 12)
                cursor = _put_path(out, cursor, n, (area > 0) != outer[r], scratch)
                out[cursor[0]] = 15
                cursor = (cursor[0] + 1, cursor[1], cursor[2])
        if cursor[0] > at:
            at = cursor[0]
            ends[number], kept[number] = at, row
            number += 1
    return out[:at], ends[:number], kept[:number]


@njit(cache=True)
def _clip_segment(ax: float, ay: float, bx: float, by: float, low: float, high: float) -> tuple[float, float]:
    """Where the segment a … b enters and leaves the square low … high, 0 … 1; enters after it leaves: not at all."""
    enter, leave = 0.0, 1.0
    for step, room in ((ax - bx, ax - low), (bx - ax, high - ax), (ay - by, ay - low), (by - ay, high - ay)):
        if step == 0.0:
            if room < 0.0:
                return 1.0, 0.0
        elif step < 0.0:
            enter = max(enter, room / step)
        else:
            leave = min(leave, room / step)
    return enter, leave


@njit(cache=True)
def _put_piece(
    out: _Bytes, cursor: _Cursor, n: int, tolerance: float, path: _Path, scratch: _Scratch
) -> tuple[_Bytes, _Cursor]:
    """Simplify, round and write a piece of a line, unless it shrinks to a point."""
    if n < 2:
        return out, cursor
    if n > 2 and tolerance > 0.0:
        n = _simplify(path[2], path[3], n, tolerance, scratch)
    m = _round(path[2], path[3], n, scratch)
    if m < 2:
        return out, cursor
    out = _grown(out, cursor[0], 10 * m + 12)
    return out, _put_path(out, cursor, m, False, scratch)


@njit(cache=True)
def _put_line(
    out: _Bytes, cursor: _Cursor, n: int, frame: _Floats, tolerance: float, path: _Path, scratch: _Scratch
) -> tuple[_Bytes, _Cursor]:
    """Clip the line of n vertices on the path and write its pieces."""
    px, py, qx, qy = path
    m = 0
    for i in range(n - 1):
        enter, leave = _clip_segment(px[i], py[i], px[i + 1], py[i + 1], frame[3], frame[4])
        if m and enter > 0.0:
            out, cursor = _put_piece(out, cursor, m, tolerance, path, scratch)
            m = 0
        if enter > leave:
            continue
        dx, dy = px[i + 1] - px[i], py[i + 1] - py[i]
        if m == 0:
            qx[0], qy[0] = px[i] + enter * dx, py[i] + enter * dy
            m = 1
        qx[m], qy[m] = px[i] + leave * dx, py[i] + leave * dy
        m += 1
    return _put_piece(out, cursor, m, tolerance, path, scratch)


@njit(cache=True)
def line_geometry(
    vertices: _Vertices, parts: _Whole, features: _Whole, rows: _Whole, frame: _Floats, tolerance: float
) -> tuple[_Bytes, _Whole, _Whole]:
    """Commands of the lines ``rows``, where each one's commands end, and the rows that have any length left.

    ``frame`` is that of :func:`polygon_geometry`.
    """
    path, scratch = _workspace(_longest(parts, features, rows))
    out = np.empty(1024 + 64 * rows.size, np.uint8)
    ends, kept = np.empty(rows.size, np.int64), np.empty(rows.size, np.int64)
    at = number = 0
    for row in rows:
        cursor = (at, 0, 0)
        for part in range(features[row], features[row + 1]):
            _load(vertices, parts[part], parts[part + 1], frame, path)
            out, cursor = _put_line(out, cursor, parts[part + 1] - parts[part], frame, tolerance, path, scratch)
        if cursor[0] > at:
            at = cursor[0]
            ends[number], kept[number] = at, row
            number += 1
    return out[:at], ends[:number], kept[:number]
