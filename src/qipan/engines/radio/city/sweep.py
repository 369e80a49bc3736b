"""Rays around a mast: Bullington's equivalent edge for every cell, each ray sampled once.

The transmitter's side is a running maximum of slopes. The receiver's side is sought among all samples of its ray: they
lie side by side in memory and their distances to a receiver come from a table, so that vector code looks through a
hundred samples in less time than a hull of them would take to keep. With y = z - d²/2aₑ the Earth's curve leaves the
slopes, so one ray serves every receiver on it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .singles import Real
from .stencil import NEAR, SEATS, Stencil

Singles = NDArray[np.float32]
#: Edge of a path that nothing lies beneath.
CLEAR = np.float32(-1e9)
#: Rays are searched in stretches of so many samples, which is what vector code takes at a time.
STRETCH = 64
#: Parts of a cell to which the distance from a ray's samples to a receiver is held, two cells and more away.
PARTS = 16
#: Rays taken together, so that what is computed of their cells stays in the nearest cache.
BUNCH = 16
#: Height of a sample that is none: below everything, with a square that float32 still holds.
_NONE = np.float32(-1e9)
#: Parts of a cell by which a receiver may lie nearer or farther off than from the middle of its mast's seat.
_SPARE = 4


class Place(NamedTuple):
    """A mast's place: its cell of a block, and cells ``down`` (south) and ``right`` (east) of that cell's middle."""

    row: int
    column: int
    down: float
    right: float


class Points(NamedTuple):
    """Points of a window: position of the cell up and left of each, and its share of the next ones."""

    at: NDArray[np.int32]
    down: Singles
    right: Singles


class Trees(NamedTuple):
    """What compiled sweeps read of a :class:`Stencil`; :func:`tree_at` takes a mast's own part of it.

    ``first``, ``behind`` and ``slot`` as there; ``row`` and ``column`` in the order of ``slot``; ``start`` is where
    each ray's samples begin among all, (seats, rays + 1). ``numbers`` are those of a ray's samples, from 1; ``along``
    is the distance in m of a ray's samples behind STRETCH places that stand for none, and ``over`` one over it.
    ``inverse``, (parts, longest), is one over the distance in m to a receiver, of the sample before it in the last
    place and of those nearer to the mast, for each part of a cell by which that sample is farther off than NEAR cells.
    ``most`` cells lie on a bunch of rays.
    """

    reach: int
    towards: Singles
    start: NDArray[np.int64]
    first: NDArray[np.int64]
    behind: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    numbers: Singles
    along: Singles
    over: Singles
    inverse: Singles
    most: int


class Tree(NamedTuple):
    """The :class:`Trees` of one seat: the same without their first axis."""

    reach: int
    towards: Singles
    start: NDArray[np.int64]
    first: NDArray[np.int64]
    behind: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    numbers: Singles
    along: Singles
    over: Singles
    inverse: Singles
    most: int


@lru_cache(maxsize=4)
def trees_of(stencil: Stencil) -> Trees:
    """The stencil as compiled sweeps take it."""
    s = stencil
    starts = np.stack([_starts(*each) for each in zip(s.first, s.behind, strict=True)])
    longest = (int(s.behind.max()) // STRETCH + 1) * STRETCH
    gap = np.arange(longest)[::-1] + NEAR + (np.arange(PARTS + 2 * _SPARE)[:, None] - _SPARE + 0.5) / PARTS
    padded = np.concatenate([np.ones(STRETCH), np.arange(1, longest + 1) * s.resolution])
    bunches = np.append(s.first[:, :-1:BUNCH], s.first[:, -1:], axis=1)
    return Trees(
        s.reach, s.towards, starts, s.first, s.behind, s.slot, s.row[s.slot], s.column[s.slot],
        np.arange(1, longest + 1, dtype=np.float32),
        padded.astype(np.float32), (1.0 / padded).astype(np.float32), (1.0 / (gap * s.resolution)).astype(np.float32),
        int(np.diff(bunches).max()),
    )  # fmt: skip


def _starts(first: NDArray[np.int64], behind: NDArray[np.int32]) -> NDArray[np.int64]:
    count = np.zeros(first.size - 1, dtype=np.int64)
    np.maximum.at(count, np.repeat(np.arange(count.size), np.diff(first)), behind)
    return np.concatenate([[0], np.cumsum(count)])


@njit(cache=True, error_model="numpy", nogil=True)
def tree_at(trees: Trees, down: float, right: float) -> Tree:
    """The part of the trees that serves a mast so many cells south and east of its cell's centre."""
    seat = min(int((down + 0.5) * SEATS), SEATS - 1) * SEATS + min(int((right + 0.5) * SEATS), SEATS - 1)
    return Tree(
        trees.reach, trees.towards, trees.start[seat], trees.first[seat], trees.behind[seat], trees.slot[seat],
        trees.row[seat], trees.column[seat], trees.numbers, trees.along, trees.over, trees.inverse, trees.most,
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def height_at(terrain: Singles, place: Place) -> float:
    """Height in m of the ground that a mast stands on, bilinear; its own cell's where a cell beside it is unknown."""
    south, east = int(place.down > 0.0), int(place.right > 0.0)
    row, column = place.row - 1 + south, place.column - 1 + east
    down, right = place.down + 1.0 - south, place.right + 1.0 - east
    upper = terrain[row, column] * (1.0 - right) + terrain[row, column + 1] * right
    lower = terrain[row + 1, column] * (1.0 - right) + terrain[row + 1, column + 1] * right
    height = upper * (1.0 - down) + lower * down
    return float(height) if height == height else float(terrain[place.row, place.column])


@njit(cache=True, error_model="numpy", nogil=True)
def bent_window(surface: Singles, place: Place, top: Real, bend: Real, reach: int, window: Singles) -> None:
    """Fill the ``window``, (2·reach + 3)² cells around a mast's cell, with heights in m above ``top``.

    The Earth's curve is taken out: ``bend`` is its drop in m at one cell's distance from the mast.
    """
    side, above, left = 2 * reach + 3, place.row - reach - 1, place.column - reach - 1
    down, right = np.float32(place.down), np.float32(place.right)
    for i in range(side):
        line, out = surface[above + i], np.float32(i - reach - 1) - down
        for j in range(side):
            across = np.float32(j - reach - 1) - right
            window[i * side + j] = line[left + j] - top - bend * (out * out + across * across)


@njit(cache=True, error_model="numpy", nogil=True)
def room_for(count: int) -> Points:
    """Points to be filled."""
    return Points(np.empty(count, np.int32), np.empty(count, np.float32), np.empty(count, np.float32))


@njit(cache=True, error_model="numpy", nogil=True)
def _sample(
    window: Singles, side: Real, at: NDArray[np.int32], down: Singles, right: Singles, begin: int, end: int,
    heights: Singles,
) -> None:  # fmt: skip
    # heights of points, bilinear between the four cell centres around each
    for i in range(begin, end):
        upper, lower = np.uint32(at[i]), np.uint32(at[i] + side)
        left = window[upper] + down[i] * (window[lower] - window[upper])
        upper, lower = upper + np.uint32(1), lower + np.uint32(1)
        heights[i - begin] = left + right[i] * (window[upper] + down[i] * (window[lower] - window[upper]) - left)


@njit(cache=True, error_model="numpy", nogil=True)
def ray_heights(
    window: Singles, tree: Tree, ray: int, last: int, place: Place, points: Points, heights: Singles
) -> None:
    """Heights in m of the samples of rays on end, bilinear between the four cell centres around each.

    ``heights`` has a line for each ray; ``points`` room for all their samples.
    """
    at, downs, rights = points.at, points.down, points.right
    side, middle = np.int32(2 * tree.reach + 3), np.float32(tree.reach + 1)
    y, x = middle + np.float32(place.down), middle + np.float32(place.right)
    start, towards, numbers, first = tree.start, tree.towards, tree.numbers, tree.start[ray]
    for r in range(ray, last):
        right, down, begin = towards[r, 0], towards[r, 1], np.uint64(start[r] - first)
        for i in range(start[r + 1] - start[r]):
            # Positions in a window are above zero, so that whole parts are what is left when the rest is cut off.
            south, east = y + numbers[i] * down, x + numbers[i] * right
            row, column = np.int32(south), np.int32(east)
            s = begin + np.uint64(i)
            at[s] = np.int32(row * side + column)
            downs[s], rights[s] = south - np.float32(row), east - np.float32(column)
    for r in range(ray, last):
        _sample(window, side, at, downs, rights, start[r] - first, start[r + 1] - first, heights[r - ray])


@njit(cache=True, error_model="numpy", nogil=True)
def _near_heights(
    window: Singles, tree: Tree, place: Place, metres: Real, begin: int, end: int, points: Points, distance: Singles,
    part: NDArray[np.int32], one: Singles, two: Singles,
) -> None:  # fmt: skip
    # Of cells on end: the distance to the mast in m, the part of a cell by which the last sample is off, and the
    # heights of the two points next to the cell on its own line to the mast.
    rows, columns, behind, count, first = tree.row, tree.column, tree.behind, end - begin, np.uint64(begin)
    at, downs, rights = points.at, points.down, points.right
    side, middle = np.int32(2 * tree.reach + 3), np.float32(tree.reach + 1)
    down, right = np.float32(place.down), np.float32(place.right)
    rest, most = np.float32(_SPARE - NEAR * PARTS), np.float32(PARTS + 2 * _SPARE - 1)
    for i in range(count):
        c = first + np.uint64(i)
        south, east = np.float32(rows[c]) - down, np.float32(columns[c]) - right
        far = math.sqrt(south * south + east * east)
        distance[i] = far * metres
        gap = (far - np.float32(behind[c])) * np.float32(PARTS) + rest
        part[i] = np.int32(min(max(gap, np.float32(0.0)), most))
    down, right = middle + down, middle + right
    for step, heights in ((metres, one), (metres + metres, two)):
        for i in range(count):
            c = first + np.uint64(i)
            row, column = middle + np.float32(rows[c]), middle + np.float32(columns[c])
            share = step / distance[i]
            row, column = row - (row - down) * share, column - (column - right) * share
            upper, left = np.int32(row), np.int32(column)
            at[i] = np.int32(upper * side + left)
            downs[i], rights[i] = row - np.float32(upper), column - np.float32(left)
        _sample(window, side, at, downs, rights, 0, count, heights)


@njit(cache=True, error_model="numpy", nogil=True)
def _rises(
    terrain: Singles,
    place: Place,
    above: Real,
    tree: Tree,
    begin: int,
    end: int,
    rise: Singles,
    rises: Singles,
) -> None:
    # receivers over the mast's antenna, for cells on end and by slot
    flat, width = terrain.ravel(), terrain.shape[1]
    rows, columns, slot = tree.row, tree.column, tree.slot
    for c in range(begin, end):
        height = flat[np.uint64((place.row + rows[c]) * width + place.column + columns[c])] + above
        rise[c - begin] = height
        rises[slot[c]] = height


@njit(cache=True, error_model="numpy", nogil=True)
def _rise_over(
    high: Singles, first: np.uint64, inverse: Singles, line: np.uint64, count: int, slope: Real, y: Real
) -> Real:
    # By how much the steepest slope from a receiver at ``y`` to a sample exceeds ``slope``, 0 where none does. Numbers
    # of no sign are in the order of their bits, taken as whole numbers, whose maximum becomes vector code.
    most = np.int32(0)
    for i in range(count):
        over = (high[first + np.uint64(i)] - y) * inverse[line + np.uint64(i)] - slope
        most = np.int32(max(most, np.float32(over).view(np.int32)))
    return np.int32(most).view(np.float32)


@njit(cache=True, error_model="numpy", nogil=True)
def _least_clearance(
    high: Singles, first: np.uint64, along: Singles, over: Singles, start: np.uint64, inverse: Singles, line: np.uint64,
    count: int, slope: Real,
) -> Real:  # fmt: skip
    # smallest clearance²/(d1·d2) of the samples under a line that rises ``slope`` a metre
    least = np.int32(0x7F000000)
    for i in range(count):
        gap = high[first + np.uint64(i)] - slope * along[start + np.uint64(i)]
        square = gap * gap * over[start + np.uint64(i)] * inverse[line + np.uint64(i)]
        least = np.int32(min(least, np.float32(square).view(np.int32)))
    return np.int32(least).view(np.float32)


@njit(cache=True, error_model="numpy", nogil=True)
def _steepest(tree: Tree, ray: int, last: int, high: Singles, slopes: Singles, steep: Singles) -> None:
    # steepest slope from the mast to the samples before each cell of some rays
    behind, over, begin = tree.behind, tree.over, tree.first[ray]
    for r in range(ray, last):
        first, steepest = np.uint64((r - ray) * over.size + STRETCH), CLEAR
        for i in range(tree.start[r + 1] - tree.start[r]):
            steepest = max(steepest, high[first + np.uint64(i)] * over[STRETCH + i])
            slopes[i + 1] = steepest
        for c in range(tree.first[r], tree.first[r + 1]):
            steep[c - begin] = slopes[behind[c]]


@njit(cache=True, error_model="numpy", nogil=True)
def _prepare(
    distance: Singles, count: int, rise: Singles, one: Singles, two: Singles, steep: Singles,
    metres: Real, bend: Real, excess: Singles, slope: Singles, bound: Singles,
) -> None:  # fmt: skip
    # Of cells on end: how far the horizon from the mast lies above the line of sight; the steepest slope from the
    # receiver to the two points next to it and its height if the line is blocked, or else its slope and their least
    # clearance²/(d1·d2).
    for i in range(count):
        d = distance[i]
        back, further = d - metres, d - metres - metres
        direct, curve = rise[i] / d, bend * d
        over = max(max(one[i] / back, two[i] / further), steep[i]) + curve - direct
        straight = direct - curve
        gap, other = one[i] - straight * back, two[i] - straight * further
        least = min(gap * gap / (back * metres), other * other / (further * (metres + metres)))
        y = rise[i] - curve * d
        behind = max((one[i] - y) / metres, (two[i] - y) / (metres + metres))
        excess[i] = over
        slope[i], bound[i] = (straight, least) if over < np.float32(0.0) else (behind, y)


@njit(cache=True, error_model="numpy", nogil=True)
def _search(
    tree: Tree, ray: int, last: int, high: Singles, part: NDArray[np.int32], excess: Singles, slope: Singles,
    bound: Singles, found: Singles,
) -> None:  # fmt: skip
    # what all samples of its ray give each cell: more slope if the line is blocked, a least clearance if not
    behind, along, over, stride = tree.behind, tree.along, tree.over, tree.along.size
    inverse, longest = tree.inverse.ravel(), tree.inverse.shape[1]
    for r in range(ray, last):
        for c in range(tree.first[r], tree.first[r + 1]):
            i, samples = c - tree.first[ray], behind[c]
            # the last of so many whole stretches is the sample before the cell; the first may stand for none
            count = (samples + STRETCH - 1) // STRETCH * STRETCH
            start = np.uint64(STRETCH + samples - count)
            first, line = np.uint64((r - ray) * stride) + start, np.uint64((part[i] + 1) * longest - count)
            if excess[i] < np.float32(0.0):
                found[i] = _least_clearance(high, first, along, over, start, inverse, line, count, slope[i])
            else:
                found[i] = _rise_over(high, first, inverse, line, count, slope[i], bound[i])


@njit(cache=True, error_model="numpy", nogil=True)
def _finish(
    tree: Tree, begin: int, count: int, distance: Singles, rise: Singles, excess: Singles, slope: Singles,
    bound: Singles, found: Singles, bend: Real, edges: Singles,
) -> None:  # fmt: skip
    # Against the line of sight both horizons rise by A and B, and equations (18) to (20) of P.1812 become √(2dAB).
    behind, slot, zero = tree.behind, tree.slot, np.float32(0.0)
    for i in range(count):
        d, over = distance[i], excess[i]
        rest = max(slope[i] + found[i] - bend * d + rise[i] / d, zero)
        clear = over < zero
        edge = math.sqrt(np.float32(2.0) * d * (min(found[i], bound[i]) if clear else over * rest))
        found[i] = -edge if clear else edge
    for i in range(count):
        edges[slot[begin + i]] = found[i] if behind[begin + i] else CLEAR


@njit(cache=True, error_model="numpy", nogil=True)
def sweep_edges(
    surface: Singles,
    terrain: Singles,
    place: Place,
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
    antenna at ``place``; ``receiver`` m above ground; ``curve`` 1/2aₑ in 1/m; ``tree`` that of the place. A negative
    edge is a clear line, ``CLEAR`` one with nothing below; a receiver on unknown ground has a nan rise.
    """
    side, rays, stride = 2 * tree.reach + 3, tree.first.size - 1, tree.along.size
    window, high = np.empty(side * side, np.float32), np.full((BUNCH, stride), _NONE, np.float32)
    slopes, most = np.full(stride, CLEAR, np.float32), tree.most
    near, rise, steep = np.empty((NEAR, most), np.float32), np.empty(most, np.float32), np.empty(most, np.float32)
    excess, slope, distance = np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.float32)
    bound, found, part = np.empty(most, np.float32), np.empty(most, np.float32), np.empty(most, np.int32)
    metres, bend, top, above = np.float32(resolution), np.float32(curve), np.float32(mast), np.float32(receiver)
    one, two, heights, points = near[0], near[1], high.ravel(), room_for(max(most, BUNCH * stride))
    samples = high[:, STRETCH:]
    bent_window(surface, place, top, bend * metres * metres, tree.reach, window)
    for ray in range(0, rays, BUNCH):
        last = min(ray + BUNCH, rays)
        begin, end = tree.first[ray], tree.first[last]
        _rises(terrain, place, above - top, tree, begin, end, rise, rises)
        ray_heights(window, tree, ray, last, place, points, samples)
        _near_heights(window, tree, place, metres, begin, end, points, distance, part, one, two)
        _steepest(tree, ray, last, heights, slopes, steep)
        _prepare(distance, end - begin, rise, one, two, steep, metres, bend, excess, slope, bound)
        _search(tree, ray, last, heights, part, excess, slope, bound, found)
        _finish(tree, begin, end - begin, distance, rise, excess, slope, bound, found, bend, edges)
