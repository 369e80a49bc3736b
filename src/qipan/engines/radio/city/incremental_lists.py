"""Lists of the strongest cells of each map cell that can lose and gain cells and say how far they are still right.

A map cell's list is right in its first ``held`` places: those cells are the strongest in the order of :func:`coverage`,
and no other comes before the last of them. Taking a cell out shortens what is held; a list that ends in no cell holds
all there are and stays whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .levels import add_power
from .singles import Real

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]


class Order(NamedTuple):
    """What decides between equal levels, by cell, the lowest first; at last the cell's number.

    ``place`` is the tile and the map cell in it, ``down`` and ``right`` where in the map cell the mast stands.
    """

    place: NDArray[np.int64]
    down: NDArray[np.float64]
    right: NDArray[np.float64]
    height: NDArray[np.float64]
    f: NDArray[np.float64]


class Lists(NamedTuple):
    """One layer: ``levels`` dBm and ``servers`` (rows, columns, depth), ``held`` places and ``sums`` mW by map cell."""

    levels: Floats
    servers: Numbers
    held: NDArray[np.uint8]
    sums: NDArray[np.float64]


class Spot(NamedTuple):
    """A disc on the map: the mast's cell and the offsets of its slots."""

    row: int
    column: int
    rows: Numbers
    columns: Numbers


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _before(order: Order, a: int, b: int) -> bool:
    if order.place[a] != order.place[b]:
        return bool(order.place[a] < order.place[b])
    if order.down[a] != order.down[b]:
        return bool(order.down[a] < order.down[b])
    if order.right[a] != order.right[b]:
        return bool(order.right[a] < order.right[b])
    if order.height[a] != order.height[b]:
        return bool(order.height[a] < order.height[b])
    if order.f[a] != order.f[b]:
        return bool(order.f[a] < order.f[b])
    return a < b


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _take_out(levels: Floats, servers: Numbers, held: int, cells: Numbers) -> int:
    # one map cell's list without the cells; returns what it still holds
    whole = held > 0 and levels[held - 1] == -np.inf
    kept = 0
    for j in range(held):
        gone = False
        for cell in cells:
            gone = gone or servers[j] == cell
        if not gone:
            levels[kept], servers[kept] = levels[j], servers[j]
            kept += 1
    for j in range(kept, held):
        levels[j], servers[j] = -np.inf, -1
    return held if whole else kept


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _put_in(levels: Floats, servers: Numbers, held: int, level: Real, cell: int, order: Order) -> int:
    # one map cell's list with a cell more, unless it comes behind all that is held; returns what it then holds
    last = held - 1
    if not (level > levels[last] or (level == levels[last] and _before(order, cell, servers[last]))):
        return held
    k = min(held, levels.size - 1)
    while k > 0 and (level > levels[k - 1] or (level == levels[k - 1] and _before(order, cell, servers[k - 1]))):
        levels[k], servers[k] = levels[k - 1], servers[k - 1]
        k -= 1
    levels[k], servers[k] = level, cell
    return min(held + 1, levels.size)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _has_any(servers: Numbers, y: int, x: int, held: int, cells: Numbers) -> bool:
    found = False
    for j in range(held):
        for c in range(cells.size):
            found |= servers[y, x, j] == cells[c]
    return found


# A tuple's arrays are taken out of it before the loops: reaching into it counts references, which costs more than the
# work on a map cell.


@njit(cache=True, error_model="numpy", nogil=True)
def withdraw(lists: Lists, spot: Spot, cells: Numbers) -> None:
    """Take cells out of the lists of a disc."""
    levels, servers, held, (rows, columns) = lists.levels, lists.servers, lists.held, lists.held.shape
    row, column, down, right = spot.row, spot.column, spot.rows, spot.columns
    for s in range(down.size):
        y, x = row + down[s], column + right[s]
        if 0 <= y < rows and 0 <= x < columns and _has_any(servers, y, x, held[y, x], cells):
            held[y, x] = _take_out(levels[y, x], servers[y, x], held[y, x], cells)


@njit(cache=True, error_model="numpy", nogil=True)
def enter(lists: Lists, spot: Spot, cells: Numbers, entering: Floats, order: Order) -> None:
    """Put cells into the lists of a disc; ``entering`` (cells, slots) dBm, -inf where a cell is not heard."""
    levels, servers, held, (rows, columns) = lists.levels, lists.servers, lists.held, lists.held.shape
    row, column, down, right = spot.row, spot.column, spot.rows, spot.columns
    for s in range(down.size):
        y, x = row + down[s], column + right[s]
        if 0 <= y < rows and 0 <= x < columns and held[y, x] > 0:
            for c in range(cells.size):
                level = entering[c, s]
                # nearly all cells are weaker than what is held, which is seen at a glance
                if level > -np.inf and level >= levels[y, x, held[y, x] - 1]:
                    held[y, x] = _put_in(levels[y, x], servers[y, x], held[y, x], level, cells[c], order)


@njit(cache=True, error_model="numpy", nogil=True)
def received_power(levels: Floats) -> Floats:
    """Power in mW of one carrier's cells by slot, added up as a tile does; ``levels`` (cells, slots) dBm."""
    received, highest = np.zeros(levels.shape[1], dtype=np.float32), levels[0].copy()
    for c in range(levels.shape[0]):
        add_power(levels[c], received)
        for s in range(received.size):
            highest[s] = max(highest[s], levels[c, s])
    for s in range(received.size):
        received[s] = received[s] if highest[s] > -np.inf else np.float32(0.0)
    return received


@njit(cache=True, error_model="numpy", nogil=True)
def add_received(lists: Lists, spot: Spot, received: Floats, sign: float) -> None:
    """Add a carrier's power to the sums of a disc, or take it away where ``sign`` is -1."""
    sums, (rows, columns) = lists.sums, lists.sums.shape
    row, column, down, right = spot.row, spot.column, spot.rows, spot.columns
    for s in range(down.size):
        y, x = row + down[s], column + right[s]
        if 0 <= y < rows and 0 <= x < columns:
            sums[y, x] += sign * received[s]


@njit(cache=True, error_model="numpy", nogil=True)
def settle(lists: Lists, total: Floats, top: int, left: int, bottom: int, right: int, least: int) -> NDArray[np.int64]:
    """Bring a window's ``total`` up to date; rows and columns of map cells that hold fewer than ``least``, (n, 2).

    Where a list holds every cell there is, the sum is taken from it anew, so that nothing is left of a difference.
    """
    levels, sums, places = lists.levels, lists.sums, lists.held
    short = np.empty(((bottom - top) * (right - left), 2), dtype=np.int64)
    count = 0
    for y in range(top, bottom):
        for x in range(left, right):
            held = places[y, x]
            if held < least:
                short[count, 0], short[count, 1] = y, x
                count += 1
                continue
            if levels[y, x, held - 1] == -np.inf:
                sums[y, x] = _sum_of(levels[y, x, :held])
            total[y, x] = sums[y, x]
    return short[:count]


@njit(cache=True, error_model="numpy", nogil=True)
def _sum_of(levels: Floats) -> float:
    heard = levels[levels > -np.inf]
    received = np.zeros(heard.size, dtype=np.float32)
    add_power(heard, received)
    return float(received.astype(np.float64).sum())


class Carriers(NamedTuple):
    """Carriers in the order of a run: place, first positions in ``cell`` and ``kept``, the row of a pool."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    first: NDArray[np.int64]
    cell: Numbers
    kept: NDArray[np.int64]


@njit(cache=True, error_model="numpy", nogil=True)
def refill(points: NDArray[np.int64], carriers: Carriers, pool: Floats, slots: Numbers, lists: Lists) -> None:
    """Enter carriers into the lists of single map cells.

    ``points`` (n, 2) rows and columns in row order; ``pool`` levels (rows of the pool, slots); ``slots`` the slot of
    each offset from a mast, -1 outside the disc; ``lists`` those of the points, shape (n, 1, …).
    """
    levels, servers, sums = lists.levels, lists.servers, lists.sums
    first, cell, kept = carriers.first, carriers.cell, carriers.kept
    reach, count = slots.shape[0] // 2, points.shape[0]
    hits, slot = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    level, received = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
    heard = np.empty(count, dtype=np.bool_)
    for g in range(carriers.row.size):
        row, column = carriers.row[g] - reach, carriers.column[g] - reach
        size, begin = 0, np.searchsorted(points[:, 0], row)
        for p in range(begin, count):
            y, x = points[p, 0] - row, points[p, 1] - column
            if y > 2 * reach:
                break
            if 0 <= x <= 2 * reach and slots[y, x] >= 0:
                hits[size], slot[size] = p, slots[y, x]
                size += 1
        received[:size] = 0.0
        heard[:size] = False
        for c in range(first[g], first[g + 1]):
            for i in range(size):
                level[i] = pool[kept[c], slot[i]]
            add_power(level[:size], received[:size])
            for i in range(size):
                heard[i] |= level[i] > -np.inf
                if level[i] > levels[hits[i], 0, -1]:
                    _append(levels[hits[i], 0], servers[hits[i], 0], level[i], cell[c])
        for i in range(size):
            if heard[i]:
                sums[hits[i], 0] += received[i]


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _append(levels: Floats, servers: Numbers, level: Real, cell: int) -> None:
    # into a falling list in place of its weakest, behind its equals
    k = levels.size - 1
    while k > 0 and level > levels[k - 1]:
        levels[k], servers[k] = levels[k - 1], servers[k - 1]
        k -= 1
    levels[k], servers[k] = level, cell
