"""Radial sweep: Bullington's equivalent edge for every cell around a mast, each stretch of ray walked once.

The transmitter's side is a running maximum of slopes. The receiver's side is the tangent to the upper hull of what lies
behind it, kept on a stack as the ray moves out. With y = z - d²/2aₑ the Earth's curve leaves the slopes, so both serve
every receiver on the ray.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .singles import Real
from .stencil import NEAR, Stencil

Singles = NDArray[np.float32]
#: Edge of a path that nothing lies beneath.
CLEAR = np.float32(-1e9)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _height(flat: Singles, width: np.int32, x: Real, y: Real) -> Real:
    # bilinear between the four cell centres around a point; unsigned, so that loops over points become vector code
    column, row = np.int32(x), np.int32(y)
    fx, fy = x - np.float32(column), y - np.float32(row)
    at = np.uint32(row * width + column)
    below = at + np.uint32(width)
    upper = flat[at] + fx * (flat[at + np.uint32(1)] - flat[at])
    lower = flat[below] + fx * (flat[below + np.uint32(1)] - flat[below])
    return upper + fy * (lower - upper)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _push(far: Singles, high: Singles, size: int, d: Real, y: Real) -> int:
    # add a point to the upper hull, dropping those that now lie below it
    while size >= 2:
        a, b = size - 2, size - 1
        if (high[b] - high[a]) * (d - far[a]) > (y - high[a]) * (far[b] - far[a]):
            break
        size -= 1
    far[size], high[size] = d, y
    return size + 1


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _tangent(far: Singles, high: Singles, size: int, d: Real, y: Real) -> Real:
    # steepest slope from a receiver beyond the hull to a point of it: slopes rise down the stack, then fall
    up, out = high[size - 1] - y, d - far[size - 1]
    for i in range(size - 2, -1, -1):
        rise, run = high[i] - y, d - far[i]
        if rise * out < up * run:
            break
        up, out = rise, run
    return up / out


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _closest(far: Singles, high: Singles, size: int, d: Real, bend: Real, least: Real, over: Real) -> Real:
    # largest -clearance·√(2d/(d1·d2)) of the hull's points under a clear line that rises ``bend`` a metre, against
    # least/over of a point beside it; quotients are compared crosswise, so that one division and one root serve all
    for i in range(size):
        gap = high[i] - bend * far[i]
        square, product = gap * gap, far[i] * (d - far[i])
        if square * over < least * product:
            least, over = square, product
    return -math.sqrt(np.float32(2.0) * d * least / over)


class Tree(NamedTuple):
    """The arrays of a :class:`Stencil` that a compiled sweep reads, those of cells in the order of its branches."""

    level: NDArray[np.int32]
    towards: Singles
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    first: NDArray[np.int64]
    step: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: Singles
    east: Singles
    south: Singles


def tree_of(stencil: Stencil) -> Tree:
    """The stencil as a compiled sweep takes it."""
    s, order = stencil, stencil.slot
    return Tree(
        s.level, s.towards, s.start, s.stop, s.first, s.step, order,
        s.row[order], s.column[order], s.distance[order], s.east[order], s.south[order],
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _edge(
    far: Singles,
    high: Singles,
    size: int,
    steepest: Real,
    d: Real,
    rise: Real,
    one: Real,
    two: Real,
    metres: Real,
    bend: Real,
) -> Real:
    # ν·√λ of a receiver ``rise`` m above the mast's antenna at ``d`` m, behind the hull and the two points next to it
    if size == 0:
        return CLEAR
    line, back, further = rise / d, d - metres, d - metres - metres
    ahead = max(max(one / back, two / further), steepest) + bend * d
    y = rise - bend * d * d
    if ahead < line:
        slope = line - bend * d
        gap = one - slope * back
        other = two - slope * further
        least, over = gap * gap, back * metres
        square, product = other * other, further * (metres + metres)
        if square * over < least * product:
            least, over = square, product
        return _closest(far, high, size, d, slope, least, over)
    behind = max((one - y) / metres, (two - y) / (metres + metres))
    # Against the line of sight both horizons rise by A and B, and equations (18) to (20) of P.1812 become √(2dAB).
    behind = max(behind, _tangent(far, high, size, d, y)) - bend * d + line
    return math.sqrt(np.float32(2.0) * d * (ahead - line) * max(behind, np.float32(0.0)))


@njit(cache=True, error_model="numpy", nogil=True)
def _ray_points(
    flat: Singles, width: np.int32, x0: Real, y0: Real, dx: Real, dy: Real, start: int, stop: int, points: Singles
) -> None:
    # surface at steps start + 1 to stop of a ray
    for j in range(stop - start):
        k = np.float32(start + 1 + j)
        points[j] = _height(flat, width, x0 + dx * k, y0 + dy * k)


@njit(cache=True, error_model="numpy", nogil=True)
def _near_points(
    flat: Singles, width: np.int32, x0: Real, y0: Real, tree: Tree, begin: int, end: int, points: Singles
) -> None:
    # surface one to NEAR steps back from each cell of a branch towards the mast
    for j in range(NEAR):
        back = np.float32(j + 1)
        for i in range(end - begin):
            c = begin + i
            x, y = x0 + np.float32(tree.column[c]), y0 + np.float32(tree.row[c])
            points[j, i] = _height(flat, width, x - back * tree.east[c], y - back * tree.south[c])


@njit(cache=True, error_model="numpy", nogil=True)
def sweep_edges(
    surface: Singles,
    terrain: Singles,
    row: int,
    column: int,
    mast: float,
    receiver: float,
    curve: float,
    resolution: float,
    tree: Tree,
    edges: Singles,
    rises: Singles,
) -> None:
    """Fill, by slot of the stencil, the edge ν·√λ and the rise in m from the mast's antenna to the receiver.

    ``surface`` and ``terrain`` are blocks that hold the whole disc and one cell more; ``mast`` m above sea level of the
    antenna at (``row``, ``column``); ``receiver`` m above ground; ``curve`` 1/2aₑ in 1/m. A negative edge is a clear
    line, ``CLEAR`` one with nothing below; a receiver on unknown ground has a nan rise.
    """
    depth, longest = tree.level.max() + 1, tree.stop.max() + 1
    hulls_far, hulls_high = np.empty((depth, longest), np.float32), np.empty((depth, longest), np.float32)
    sizes, slopes = np.zeros(depth, np.int64), np.full(depth, CLEAR, np.float32)
    points = np.empty(longest, np.float32)
    near = np.empty((NEAR, np.diff(tree.first).max()), np.float32)
    metres, bend, top, above = np.float32(resolution), np.float32(curve), np.float32(mast), np.float32(receiver)
    flat, width = surface.ravel(), np.int32(surface.shape[1])
    x0, y0 = np.float32(column), np.float32(row)
    for branch in range(tree.level.size):
        level, start, stop = tree.level[branch], tree.start[branch], tree.stop[branch]
        far, high = hulls_far[level], hulls_high[level]
        size, steepest = 0, CLEAR
        if level > 0:
            size, steepest = sizes[level - 1], slopes[level - 1]
            far[:size] = hulls_far[level - 1, :size]
            high[:size] = hulls_high[level - 1, :size]
        at, end = tree.first[branch], tree.first[branch + 1]
        begin = at
        _ray_points(flat, width, x0, y0, tree.towards[branch, 0], tree.towards[branch, 1], start, stop, points)
        _near_points(flat, width, x0, y0, tree, at, end, near)
        for k in range(start + 1, stop + 1):
            while at < end and tree.step[at] == k:
                d = tree.distance[at]
                rise = terrain[row + tree.row[at], column + tree.column[at]] + above - top
                one = near[0, at - begin] - top - bend * (d - metres) * (d - metres)
                two = near[1, at - begin] - top - bend * (d - metres - metres) * (d - metres - metres)
                s = tree.slot[at]
                rises[s] = rise
                edges[s] = _edge(far, high, size, steepest, d, rise, one, two, metres, bend)
                at += 1
            d = np.float32(k) * metres
            y = points[k - start - 1] - top - bend * d * d
            steepest = max(steepest, y / d)
            size = _push(far, high, size, d, y)
        sizes[level], slopes[level] = size, steepest
