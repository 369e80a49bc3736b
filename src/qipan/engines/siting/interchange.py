"""Compiled loops of the p-median interchange, on sparse distances.

Source: Resende and Werneck, On the implementation of a swap-based local search procedure for the p-median problem,
2003: the profit of a swap is gain of the one in - loss of the one out + what both share.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs


class Distances(NamedTuple):
    """Weighted distances both ways: ``start``, ``demand``, ``length`` by candidate; ``near_start``, ``near`` and
    ``near_length`` by demand, nearest first; ``far`` float64 [demands] where no chosen site reaches; ``pinned`` bool;
    ``conflict_start`` int64 [n + 1] and ``conflict`` int32; ``area`` int32 [n], -1 for none, and ``area_sites``
    float64.
    """

    start: Longs
    demand: Ints
    length: Floats
    near_start: Longs
    near: Ints
    near_length: Floats
    far: Floats
    pinned: Flags
    conflict_start: Longs
    conflict: Ints
    area: Ints
    area_sites: Floats


class Medians(NamedTuple):
    """A plan: ``chosen`` bool [n]; ``first`` int32 [m] nearest chosen site or -1; ``one`` and ``two`` float64 [m] the
    two least lengths; ``loss`` and ``extra`` float64 [n] work space; ``blocked`` int32 [n] chosen sites in conflict;
    ``standing`` float64 new sites of each area.
    """

    chosen: Flags
    first: Ints
    one: Floats
    two: Floats
    loss: Floats
    extra: Floats
    blocked: Ints
    standing: Floats


@njit(cache=True)
def locate(distances: Distances, plan: Medians) -> float:
    """Find the two nearest chosen sites of every demand and each site's loss; return the total length."""
    plan.loss[:] = 0.0
    total = 0.0
    for d in range(plan.one.size):
        plan.first[d], plan.one[d], plan.two[d] = -1, distances.far[d], distances.far[d]
        found = 0
        for at in range(distances.near_start[d], distances.near_start[d + 1]):
            i = distances.near[at]
            if not plan.chosen[i]:
                continue
            if found == 0:
                plan.first[d], plan.one[d] = i, distances.near_length[at]
                found = 1
            else:
                plan.two[d] = distances.near_length[at]
                break
        total += plan.one[d]
        if plan.first[d] >= 0:
            plan.loss[plan.first[d]] += plan.two[d] - plan.one[d]
    return total


@njit(cache=True)
def interchange(distances: Distances, plan: Medians, order: Longs) -> float:
    """Swap while that shortens the total, through candidates in ``order``; return the total length."""
    total = locate(distances, plan)
    _count(distances, plan)
    idle = 0
    k = 0
    while idle < order.size:
        i = order[k % order.size]
        k += 1
        idle += 1
        if plan.chosen[i]:
            continue
        out, profit = _best_out(distances, plan, i)
        if out >= 0 and profit > 1e-9 * max(1.0, total):
            plan.chosen[out] = False
            plan.chosen[i] = True
            total = locate(distances, plan)
            _count(distances, plan)
            idle = 0
    return total


@njit(cache=True)
def _count(distances: Distances, plan: Medians) -> None:
    """Count the chosen sites in conflict with each candidate, and those of each area."""
    plan.blocked[:] = 0
    plan.standing[:] = 0.0
    for i in range(plan.chosen.size):
        if not plan.chosen[i]:
            continue
        for at in range(distances.conflict_start[i], distances.conflict_start[i + 1]):
            plan.blocked[distances.conflict[at]] += 1
        if distances.area[i] >= 0:
            plan.standing[distances.area[i]] += 1.0


@njit(cache=True)
def _may_go(distances: Distances, plan: Medians, j: int, i: int) -> bool:
    """Whether conflicts and areas let the chosen j go for i, which conflicts with at most one chosen site."""
    if plan.blocked[i] == 1:
        meets = False
        for at in range(distances.conflict_start[i], distances.conflict_start[i + 1]):
            meets = meets or distances.conflict[at] == j
        if not meets:
            return False
    area = distances.area[j]
    return bool(area < 0 or area == distances.area[i] or plan.standing[area] > distances.area_sites[area])


@njit(cache=True)
def _best_out(distances: Distances, plan: Medians, i: int) -> tuple[int, float]:
    """The chosen site whose place i takes with most profit, and the profit."""
    gain = 0.0
    if plan.blocked[i] > 1:
        return -1, gain
    for at in range(distances.start[i], distances.start[i + 1]):
        d, length = distances.demand[at], distances.length[at]
        first = plan.first[d]
        if length < plan.one[d]:
            gain += plan.one[d] - length
            if first >= 0:
                plan.extra[first] += plan.two[d] - plan.one[d]
        elif length < plan.two[d] and first >= 0:
            plan.extra[first] += plan.two[d] - length
    best, out = -np.inf, -1
    for j in range(plan.chosen.size):
        if plan.chosen[j]:
            profit = gain - plan.loss[j] + plan.extra[j]
            if profit > best and not distances.pinned[j] and _may_go(distances, plan, j, i):
                best, out = profit, j
            plan.extra[j] = 0.0
    return out, best


@njit(cache=True)
def open_costs(distances: Distances, multipliers: Floats) -> Floats:
    """Sum of min(0, length - multiplier) over the demands of each candidate."""
    total = np.zeros(distances.start.size - 1)
    for i in range(total.size):
        for at in range(distances.start[i], distances.start[i + 1]):
            total[i] += min(0.0, distances.length[at] - multipliers[distances.demand[at]])
    return total


@njit(cache=True)
def served_times(distances: Distances, multipliers: Floats, taken: Longs) -> Floats:
    """How many of the ``taken`` sites would serve each demand at its multiplier, and far where that is least."""
    times = np.zeros(multipliers.size)
    for k in range(taken.size):
        for at in range(distances.start[taken[k]], distances.start[taken[k] + 1]):
            if distances.length[at] < multipliers[distances.demand[at]]:
                times[distances.demand[at]] += 1.0
    return times
