"""Branch and bound of a small priced coverage problem, with a Lagrangian bound at each node.

The problem has no budget: choose sites so that the value of the rows they cover, less their priced cost, is greatest.
A node fixes some sites in and some out. Its multipliers go on from those of the node above by a few averaged
subgradient steps, each of which also fixes every site whose reduced cost exceeds what is left to gain. The node of
greatest bound is divided next, at a site that the averaged solutions take about half the time.

Source: Land and Doig, An automatic method of solving discrete programming problems, 1960; Held and Karp, The
traveling-salesman problem and minimum spanning trees: part II, 1971; Barahona and Anbil, The volume algorithm, 2000.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs

STEPS, ROOT_STEPS = 25, 100
"""Subgradient steps at a node and at the root."""
_MIXING, _PATIENCE, _SLOWER = 0.2, 4, 0.7
_TOLERANCE = 1e-8
"""Share of the best value by which a bound may exceed it and still count as met; it is added to the bound."""


class Piece(NamedTuple):
    """A priced problem of n candidates, m rows and g groups.

    ``start`` int64 [n + 1] and ``rows`` int32: candidate → rows; ``value`` and first ``multipliers`` float64 [m], with
    0 ≤ multiplier ≤ value; ``cost`` float64 [n] and ``group_cost`` float64 [g], both priced; ``group`` int32 [n].
    """

    start: Longs
    rows: Ints
    value: Floats
    multipliers: Floats
    cost: Floats
    group: Ints
    group_cost: Floats


class Work(NamedTuple):
    """What a node is worked out in.

    ``fate`` int8 [n]: 1 fixed in, -1 fixed out, 0 free; ``here`` and ``kept`` float64 [m]: multipliers tried and best;
    ``open`` bool [m]: rows that no site fixed in covers; ``counted`` int32 [m] and ``cover`` float64 [m]: how often the
    last and the averaged solution cover a row; ``profit`` and ``portion`` float64 [n]: profit of each free site and
    its part in the averaged solution; ``surplus`` float64 [g] and ``opened`` bool [g]; ``best`` float64 [1] value of
    the best plan, ``plan`` bool [n].
    """

    fate: np.ndarray
    here: Floats
    kept: Floats
    open: Flags
    counted: Ints
    cover: Floats
    profit: Floats
    portion: Floats
    surplus: Floats
    opened: Flags
    best: Floats
    plan: Flags


@njit(cache=True, nogil=True)
def fresh_work(piece: Piece, plan: Flags, best: float) -> Work:
    """Return work space with every site free, from a known ``plan`` of value ``best``."""
    n, m, g = piece.cost.size, piece.value.size, piece.group_cost.size
    return Work(
        np.zeros(n, np.int8),
        piece.multipliers.copy(),
        np.zeros(m),
        np.ones(m, np.bool_),
        np.zeros(m, np.int32),
        np.zeros(m),
        np.zeros(n),
        np.zeros(n),
        np.zeros(g),
        np.zeros(g, np.bool_),
        np.array([best]),
        plan.copy(),
    )


@njit(cache=True, nogil=True)
def settle(piece: Piece, work: Work) -> float:
    """Value less cost of the sites fixed in; marks the rows and groups they open.

    A row that no free site can cover any more gets its whole value as multiplier: it is worth nothing.
    """
    work.open[:] = True
    work.opened[:] = False
    work.counted[:] = 0
    total = 0.0
    for i in range(piece.cost.size):
        if work.fate[i] == 0:
            for at in range(piece.start[i], piece.start[i + 1]):
                work.counted[piece.rows[at]] += 1
        if work.fate[i] != 1:
            continue
        total -= piece.cost[i]
        own = piece.group[i]
        if own >= 0 and not work.opened[own]:
            work.opened[own] = True
            total -= piece.group_cost[own]
        for at in range(piece.start[i], piece.start[i + 1]):
            row = piece.rows[at]
            if work.open[row]:
                work.open[row] = False
                work.here[row] = 0.0
                total += piece.value[row]
    for row in range(piece.value.size):
        if work.open[row] and work.counted[row] == 0:
            work.here[row] = piece.value[row]
    return total


@njit(cache=True, nogil=True)
def _lagrangian(piece: Piece, work: Work, settled: float) -> float:
    """Value of the Lagrangian at ``work.here``, with the profits and group surpluses behind it."""
    start, rows, cost, group = piece.start, piece.rows, piece.cost, piece.group
    here, fate, opened, profit, surplus = work.here, work.fate, work.opened, work.profit, work.surplus
    total = settled
    for row in range(piece.value.size):
        if work.open[row]:
            total += piece.value[row] - here[row]
    surplus[:] = 0.0
    for i in range(cost.size):
        if fate[i] != 0:
            continue
        each = -cost[i]
        for at in range(start[i], start[i + 1]):
            each += here[rows[at]]
        profit[i] = each
        if each > 0.0:
            if group[i] >= 0 and not opened[group[i]]:
                surplus[group[i]] += each
            else:
                total += each
    for own in range(surplus.size):
        total += max(surplus[own] - piece.group_cost[own], 0.0)
    return total


@njit(cache=True, nogil=True)
def lagrangian_of(piece: Piece, work: Work) -> float:
    """Value of the Lagrangian at the multipliers ``work.here`` with the sites fixed so far."""
    return _lagrangian(piece, work, settle(piece, work))


@njit(cache=True, nogil=True)
def _taken(piece: Piece, work: Work, i: int) -> bool:
    """Whether the solution of the Lagrangian takes the free site i."""
    own = piece.group[i]
    if work.profit[i] <= 0.0:
        return False
    return own < 0 or bool(work.opened[own]) or work.surplus[own] > piece.group_cost[own]


@njit(cache=True, nogil=True)
def _count(piece: Piece, work: Work, settled: float) -> float:
    """Count how often the Lagrangian's solution covers each row; a lower bound on its value as a plan."""
    work.counted[:] = 0
    value = settled
    for i in range(piece.cost.size):
        if work.fate[i] == 0 and _taken(piece, work, i):
            value -= piece.cost[i]
            for at in range(piece.start[i], piece.start[i + 1]):
                work.counted[piece.rows[at]] += 1
    for own in range(work.surplus.size):
        if work.surplus[own] > piece.group_cost[own]:
            value -= piece.group_cost[own]
    for row in range(piece.value.size):
        if work.open[row] and work.counted[row] > 0:
            value += piece.value[row]
    return value


@njit(cache=True, nogil=True)
def _fix(piece: Piece, work: Work, total: float) -> int:
    """Fix the sites whose other choice cannot beat the best plan; how many were fixed in."""
    fixed, best = 0, work.best[0]
    for i in range(piece.cost.size):
        if work.fate[i] != 0:
            continue
        own, each = piece.group[i], work.profit[i]
        put, leave = min(each, 0.0), -max(each, 0.0)
        if own >= 0 and not work.opened[own]:
            over = work.surplus[own] - piece.group_cost[own]
            put += min(over, 0.0)
            leave = max(over - max(each, 0.0), 0.0) - max(over, 0.0)
        if total + put <= best:
            work.fate[i] = -1
        elif total + leave <= best:
            work.fate[i] = 1
            fixed += 1
    return fixed


@njit(cache=True, nogil=True)
def _average(piece: Piece, work: Work, mix: float) -> float:
    """Mix the last solution into the averaged one; squared length of the direction that follows from it."""
    length = 0.0
    for row in range(piece.value.size):
        if not work.open[row]:
            continue
        work.cover[row] += mix * (work.counted[row] - work.cover[row])
        step = 1.0 - work.cover[row]
        if (step > 0.0 and work.kept[row] >= piece.value[row]) or (step < 0.0 and work.kept[row] <= 0.0):
            continue
        length += step * step
    for i in range(piece.cost.size):
        taken = work.fate[i] == 1 or (work.fate[i] == 0 and _taken(piece, work, i))
        work.portion[i] += mix * ((1.0 if taken else 0.0) - work.portion[i])
    return length


@njit(cache=True, nogil=True)
def tighten(piece: Piece, work: Work, steps: int) -> float:
    """Bound of a node after up to ``steps`` steps, its best multipliers in ``work.here``; the best value if met.

    Sites are fixed and better plans kept on the way.
    """
    while True:
        settled, pace, worse, fixed = settle(piece, work), 1.0, 0, 0
        work.kept[:] = work.here
        least = np.inf
        for step in range(steps):
            total = _lagrangian(piece, work, settled)
            if total < least:
                least, worse = total, 0
                work.kept[:] = work.here
            else:
                worse += 1
                if worse >= _PATIENCE:
                    pace, worse = pace * _SLOWER, 0
            if total <= limit_of(work.best[0]):
                return float(work.best[0])
            value = _count(piece, work, settled)
            if value > work.best[0]:
                work.best[0] = value
                for i in range(piece.cost.size):
                    work.plan[i] = work.fate[i] == 1 or (work.fate[i] == 0 and _taken(piece, work, i))
            length = _average(piece, work, 1.0 if step == 0 else _MIXING)
            fixed = _fix(piece, work, total)
            if fixed or length < 1e-9:
                break
            scale = pace * (least - work.best[0]) / length
            for row in range(piece.value.size):
                if work.open[row]:
                    work.here[row] = min(max(work.kept[row] + scale * (1.0 - work.cover[row]), 0.0), piece.value[row])
        work.here[:] = work.kept
        if not fixed:
            return least


@njit(cache=True, nogil=True)
def limit_of(best: float) -> float:
    """The bound at which a best value counts as proved."""
    return best + _TOLERANCE * max(abs(best), 1.0)


@njit(cache=True, nogil=True)
def _dividing(piece: Piece, work: Work) -> int:
    """The free site that is worth most where the averaged solution takes it about half the time, or -1."""
    most, found = -1.0, -1
    for i in range(piece.cost.size):
        if work.fate[i] != 0:
            continue
        worth = 0.0
        for at in range(piece.start[i], piece.start[i + 1]):
            worth += work.here[piece.rows[at]]
        score = (work.portion[i] * (1.0 - work.portion[i]) + 1e-3) * worth
        if score > most:
            most, found = score, i
    return found


@njit(cache=True, nogil=True)
def branch(piece: Piece, plan: Flags, best: float, nodes: int) -> tuple[float, float, Flags]:
    """Bound after dividing up to ``nodes`` nodes, value of the best plan and that plan, from ``plan`` worth ``best``.

    The bound holds whether or not the tree was finished.
    """
    work = fresh_work(piece, plan, best)
    fates = np.empty((2 * nodes + 2, piece.cost.size), np.int8)
    points = np.empty((2 * nodes + 2, piece.value.size), np.float32)
    divides = np.zeros(2 * nodes + 2, np.int64)
    heap = [(-tighten(piece, work, ROOT_STEPS), 0)]
    fates[0], divides[0] = work.fate, _dividing(piece, work)
    points[0] = work.here.astype(np.float32)
    used = 1
    for _ in range(nodes):
        if len(heap) == 0 or -heap[0][0] <= limit_of(work.best[0]) or divides[heap[0][1]] < 0:
            break
        above, node = heapq.heappop(heap)
        for side in (1, -1):
            work.fate[:] = fates[node]
            work.fate[divides[node]] = side
            for row in range(piece.value.size):  # Single precision may have rounded a multiplier above its value.
                work.here[row] = min(float(points[node, row]), piece.value[row])
            bound = min(tighten(piece, work, STEPS), -above)
            if bound > limit_of(work.best[0]):
                fates[used], divides[used] = work.fate, _dividing(piece, work)
                points[used] = work.here.astype(np.float32)
                heapq.heappush(heap, (-bound, used))
                used += 1
    top = limit_of(work.best[0])
    if len(heap) > 0:
        top = max(top, -heap[0][0])
    return top, float(work.best[0]), work.plan
