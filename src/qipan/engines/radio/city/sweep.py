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
from .stencil import NEAR, Stencil

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


class Samples(NamedTuple):
    """Points in the window around a mast: position of the cell up and left of each, and its share of the next ones."""

    at: NDArray[np.int32]
    right: Singles
    down: Singles


class Tree(NamedTuple):
    """What a compiled sweep reads of a :class:`Stencil`, cells in the order of their rays.

    ``rays`` are the samples of all rays, each ray's from ``start`` on; ``near`` those next to each cell on its own line
    to the mast, (NEAR, cells). ``along`` is the distance in m of a ray's samples behind STRETCH places that stand for
    none, and ``over`` one over it. ``rings`` are the cells' different distances in km and ``ring`` says which a cell
    has. ``part`` picks a cell's line in ``inverse``, (parts, longest): one over the distance in m to the receiver, of
    the sample before it in the last place and of those nearer to the mast.
    """

    reach: int
    rays: Samples
    near: Samples
    start: NDArray[np.int64]
    first: NDArray[np.int64]
    behind: NDArray[np.int32]
    part: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: Singles
    ring: NDArray[np.int32]
    rings: NDArray[np.float64]
    along: Singles
    over: Singles
    inverse: Singles
    most: int


def _samples(row: NDArray[np.float64], column: NDArray[np.float64], reach: int) -> Samples:
    # offsets from the mast, in cells, as positions in its window
    width, above, left = 2 * reach + 3, np.floor(row), np.floor(column)
    at = (above + reach + 1) * width + left + reach + 1
    return Samples(at.astype(np.int32), (column - left).astype(np.float32), (row - above).astype(np.float32))


@lru_cache(maxsize=4)
def tree_of(stencil: Stencil) -> Tree:
    """The stencil as a compiled sweep takes it."""
    s, order = stencil, stencil.slot
    count = np.zeros(len(s.towards), dtype=np.int64)
    np.maximum.at(count, np.repeat(np.arange(count.size), np.diff(s.first)), s.behind)
    start = np.concatenate([[0], np.cumsum(count)])
    steps = np.arange(start[-1]) - np.repeat(start[:-1], count) + 1.0
    out = np.repeat(s.towards.astype(np.float64), count, axis=0) * steps[:, None]
    back = np.arange(1, NEAR + 1)[:, None]
    row, column = (each - back * way for each, way in ((s.row, s.south), (s.column, s.east)))
    longest = (int(s.behind.max()) // STRETCH + 1) * STRETCH
    rings, ring = np.unique(s.distance[order].astype(np.float64), return_inverse=True)
    part = np.clip((s.distance[order] / s.resolution - s.behind - NEAR) * PARTS, 0, PARTS - 1)
    gap = np.arange(longest)[::-1] + NEAR + (np.arange(PARTS)[:, None] + 0.5) / PARTS
    padded = np.concatenate([np.ones(STRETCH), np.arange(1, longest + 1) * s.resolution])
    bunches = np.append(s.first[:-1:BUNCH], s.first[-1])
    return Tree(
        s.reach, _samples(out[:, 1], out[:, 0], s.reach), _samples(row[:, order], column[:, order], s.reach),
        start, s.first, s.behind, part.astype(np.int32), order, s.row[order], s.column[order], s.distance[order],
        ring.astype(np.int32), rings / 1000.0,
        padded.astype(np.float32), (1.0 / padded).astype(np.float32), (1.0 / (gap * s.resolution)).astype(np.float32),
        int(np.diff(bunches).max()),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def bent_window(surface: Singles, row: int, column: int, top: Real, bend: Real, reach: int, window: Singles) -> None:
    """Fill the ``window``, (2·reach + 3)² cells around a mast, with heights in m above ``top``.

    The Earth's curve is taken out: ``bend`` is its drop in m at one cell's distance.
    """
    side = 2 * reach + 3
    for i in range(side):
        line, out = surface[row - reach - 1 + i], np.float32(i - reach - 1)
        for j in range(side):
            across = np.float32(j - reach - 1)
            window[i * side + j] = line[column - reach - 1 + j] - top - bend * (out * out + across * across)


@njit(cache=True, error_model="numpy", nogil=True)
def sampled_heights(
    window: Singles, side: int, at: NDArray[np.int32], right: Singles, down: Singles, begin: int, end: int,
    heights: Singles,
) -> None:  # fmt: skip
    """Heights in m of samples ``begin`` to ``end``, bilinear between the four cell centres around each."""
    for i in range(begin, end):
        upper, lower = np.uint32(at[i]), np.uint32(at[i] + side)
        left = window[upper] + down[i] * (window[lower] - window[upper])
        upper, lower = upper + np.uint32(1), lower + np.uint32(1)
        heights[i - begin] = left + right[i] * (window[upper] + down[i] * (window[lower] - window[upper]) - left)


@njit(cache=True, error_model="numpy", nogil=True)
def _rises(
    terrain: Singles,
    row: int,
    column: int,
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
        height = flat[np.uint64((row + rows[c]) * width + column + columns[c])] + above
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
    distance: Singles, begin: int, count: int, rise: Singles, one: Singles, two: Singles, steep: Singles,
    metres: Real, bend: Real, excess: Singles, slope: Singles, bound: Singles,
) -> None:  # fmt: skip
    # Of cells on end: how far the horizon from the mast lies above the line of sight; the steepest slope from the
    # receiver to the two points next to it and its height if the line is blocked, or else its slope and their least
    # clearance²/(d1·d2).
    for i in range(count):
        d = distance[begin + i]
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
    tree: Tree, ray: int, last: int, high: Singles, excess: Singles, slope: Singles, bound: Singles, found: Singles
) -> None:
    # what all samples of its ray give each cell: more slope if the line is blocked, a least clearance if not
    behind, part, along, over, stride = tree.behind, tree.part, tree.along, tree.over, tree.along.size
    inverse, longest = tree.inverse.ravel(), tree.inverse.shape[1]
    for r in range(ray, last):
        for c in range(tree.first[r], tree.first[r + 1]):
            i, samples = c - tree.first[ray], behind[c]
            # the last of so many whole stretches is the sample before the cell; the first may stand for none
            count = (samples + STRETCH - 1) // STRETCH * STRETCH
            start = np.uint64(STRETCH + samples - count)
            first, line = np.uint64((r - ray) * stride) + start, np.uint64((part[c] + 1) * longest - count)
            if excess[i] < np.float32(0.0):
                found[i] = _least_clearance(high, first, along, over, start, inverse, line, count, slope[i])
            else:
                found[i] = _rise_over(high, first, inverse, line, count, slope[i], bound[i])


@njit(cache=True, error_model="numpy", nogil=True)
def _finish(
    tree: Tree, begin: int, count: int, rise: Singles, excess: Singles, slope: Singles, bound: Singles, found: Singles,
    bend: Real, edges: Singles,
) -> None:  # fmt: skip
    # Against the line of sight both horizons rise by A and B, and equations (18) to (20) of P.1812 become √(2dAB).
    distance, behind, slot, zero = tree.distance, tree.behind, tree.slot, np.float32(0.0)
    for i in range(count):
        d, over = distance[begin + i], excess[i]
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
    side, rays, stride = 2 * tree.reach + 3, tree.first.size - 1, tree.along.size
    window, high = np.empty(side * side, np.float32), np.full((BUNCH, stride), _NONE, np.float32)
    slopes, most = np.full(stride, CLEAR, np.float32), tree.most
    near, rise, steep = np.empty((NEAR, most), np.float32), np.empty(most, np.float32), np.empty(most, np.float32)
    excess, slope = np.empty(most, np.float32), np.empty(most, np.float32)
    bound, found = np.empty(most, np.float32), np.empty(most, np.float32)
    metres, bend, top, above = np.float32(resolution), np.float32(curve), np.float32(mast), np.float32(receiver)
    one, two, heights = near[0], near[1], high.ravel()
    bent_window(surface, row, column, top, bend * metres * metres, tree.reach, window)
    for ray in range(0, rays, BUNCH):
        last = min(ray + BUNCH, rays)
        begin, end = tree.first[ray], tree.first[last]
        _rises(terrain, row, column, above - top, tree, begin, end, rise, rises)
        for r in range(ray, last):
            samples = high[r - ray, STRETCH:]
            sampled_heights(
                window, side, tree.rays.at, tree.rays.right, tree.rays.down, tree.start[r], tree.start[r + 1], samples
            )
        sampled_heights(window, side, tree.near.at[0], tree.near.right[0], tree.near.down[0], begin, end, one)
        sampled_heights(window, side, tree.near.at[1], tree.near.right[1], tree.near.down[1], begin, end, two)
        _steepest(tree, ray, last, heights, slopes, steep)
        _prepare(tree.distance, begin, end - begin, rise, one, two, steep, metres, bend, excess, slope, bound)
        _search(tree, ray, last, heights, excess, slope, bound, found)
        _finish(tree, begin, end - begin, rise, excess, slope, bound, found, bend, edges)
