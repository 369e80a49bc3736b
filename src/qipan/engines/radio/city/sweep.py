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

#: Edge of a path that nothing lies beneath.
CLEAR = np.float32(-1e9)


@njit(cache=True, nogil=True, inline="always")
def _height(surface: NDArray[np.float32], x: Real, y: Real) -> Real:
    # bilinear between the four cell centres around a point
    column, row = int(x), int(y)
    fx, fy = x - np.float32(column), y - np.float32(row)
    upper = surface[row, column] + fx * (surface[row, column + 1] - surface[row, column])
    lower = surface[row + 1, column] + fx * (surface[row + 1, column + 1] - surface[row + 1, column])
    return upper + fy * (lower - upper)


@njit(cache=True, nogil=True, inline="always")
def _push(far: NDArray[np.float32], high: NDArray[np.float32], size: int, d: Real, y: Real) -> int:
    # add a point to the upper hull, dropping those that now lie below it
    while size >= 2:
        a, b = size - 2, size - 1
        if (high[b] - high[a]) * (d - far[a]) > (y - high[a]) * (far[b] - far[a]):
            break
        size -= 1
    far[size], high[size] = d, y
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def _tangent(far: NDArray[np.float32], high: NDArray[np.float32], size: int, d: Real, y: Real) -> Real:
    # steepest slope from a receiver beyond the hull to a point of it
    up, out = high[size - 1] - y, d - far[size - 1]
    for i in range(size - 2, -1, -1):
        rise, run = high[i] - y, d - far[i]
        if rise * out > up * run:
            up, out = rise, run
        elif i < size - 1 - NEAR:
            break
    return up / out


@njit(cache=True, nogil=True, inline="always")
def _closest(far: NDArray[np.float32], high: NDArray[np.float32], size: int, d: Real, bend: Real) -> Real:
    # largest -clearance·√(2d/(d1·d2)) of the hull's points under a clear line that rises ``bend`` a metre; quotients
    # are compared crosswise, so that one division and one root serve all points
    gap = high[0] - bend * far[0]
    least, over = gap * gap, far[0] * (d - far[0])
    for i in range(1, size):
        gap = high[i] - bend * far[i]
        square, product = gap * gap, far[i] * (d - far[i])
        if square * over < least * product:
            least, over = square, product
    return -math.sqrt(np.float32(2.0) * d * least / over)


class Tree(NamedTuple):
    """The arrays of a :class:`Stencil` that a compiled sweep reads, those of cells in the order of its branches."""

    level: NDArray[np.int32]
    towards: NDArray[np.float32]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    first: NDArray[np.int64]
    step: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: NDArray[np.float32]
    east: NDArray[np.float32]
    south: NDArray[np.float32]


def tree_of(stencil: Stencil) -> Tree:
    """The stencil as a compiled sweep takes it."""
    s, order = stencil, stencil.slot
    return Tree(
        s.level, s.towards, s.start, s.stop, s.first, s.step, order,
        s.row[order], s.column[order], s.distance[order], s.east[order], s.south[order],
    )  # fmt: skip


@njit(cache=True, nogil=True, inline="always")
def _edge(
    far: NDArray[np.float32], high: NDArray[np.float32], size: int, steepest: Real, d: Real, rise: Real, bend: Real
) -> Real:
    # ν·√λ of a receiver ``rise`` m above the mast's antenna at ``d`` m, behind the hull
    if size == 0:
        return CLEAR
    line, ahead = rise / d, steepest + bend * d
    if ahead < line:
        return _closest(far, high, size, d, line - bend * d)
    # Against the line of sight both horizons rise by A and B, and equations (18) to (20) of P.1812 become √(2dAB).
    behind = _tangent(far, high, size, d, rise - bend * d * d) - bend * d + line
    return math.sqrt(np.float32(2.0) * d * (ahead - line) * max(behind, np.float32(0.0)))


@njit(cache=True, nogil=True)
def sweep_edges(
    surface: NDArray[np.float32],
    terrain: NDArray[np.float32],
    row: int,
    column: int,
    mast: Real,
    receiver: Real,
    curve: Real,
    resolution: Real,
    tree: Tree,
    edges: NDArray[np.float32],
    rises: NDArray[np.float32],
) -> None:
    """Fill, by slot of the stencil, the edge ν·√λ and the rise in m from the mast's antenna to the receiver.

    ``surface`` and ``terrain`` are blocks that hold the whole disc and one cell more; ``mast`` m above sea level of the
    antenna at (``row``, ``column``); ``receiver`` m above ground; ``curve`` 1/2aₑ in 1/m. A negative edge is a clear
    line, ``CLEAR`` one with nothing below; a receiver on unknown ground has a nan rise.
    """
    depth, longest = tree.level.max() + 1, tree.stop.max() + 1 + NEAR
    hulls_far = np.empty((depth, longest), dtype=np.float32)
    hulls_high = np.empty((depth, longest), dtype=np.float32)
    sizes = np.zeros(depth, dtype=np.int64)
    slopes = np.full(depth, CLEAR, dtype=np.float32)
    metres, bend, top, above = np.float32(resolution), np.float32(curve), np.float32(mast), np.float32(receiver)
    x0, y0 = np.float32(column), np.float32(row)
    for branch in range(tree.level.size):
        level = tree.level[branch]
        far, high = hulls_far[level], hulls_high[level]
        size, steepest = 0, CLEAR
        if level > 0:
            size, steepest = sizes[level - 1], slopes[level - 1]
            far[:size] = hulls_far[level - 1, :size]
            high[:size] = hulls_high[level - 1, :size]
        at, end = tree.first[branch], tree.first[branch + 1]
        dx, dy = tree.towards[branch, 0], tree.towards[branch, 1]
        for k in range(tree.start[branch] + 1, tree.stop[branch] + 1):
            while at < end and tree.step[at] == k:
                d = tree.distance[at]
                rise = terrain[row + tree.row[at], column + tree.column[at]] + above - top
                x, y = np.float32(column + tree.column[at]), np.float32(row + tree.row[at])
                ahead, held = steepest, size
                for j in range(NEAR, 0, -1):
                    back = np.float32(j)
                    at_d = d - back * metres
                    if at_d > np.float32(0.5) * metres:
                        z = (
                            _height(surface, x - back * tree.east[at], y - back * tree.south[at])
                            - top
                            - bend * at_d * at_d
                        )
                        ahead = max(ahead, z / at_d)
                        far[held], high[held] = at_d, z
                        held += 1
                s = tree.slot[at]
                rises[s] = rise
                edges[s] = _edge(far, high, held, ahead, d, rise, bend)
                at += 1
            d = np.float32(k) * metres
            y = _height(surface, x0 + dx * np.float32(k), y0 + dy * np.float32(k)) - top - bend * d * d
            steepest = max(steepest, y / d)
            size = _push(far, high, size, d, y)
        sizes[level], slopes[level] = size, steepest
