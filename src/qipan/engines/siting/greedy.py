"""Lazy greedy choice by gain for cost.

Source: Minoux, Accelerated greedy algorithms for maximizing submodular set functions, 1978. A gain only falls while
sites are added, so the head of a heap of old gains is the best as soon as its own gain is fresh; opening a group makes
its other members cheaper, and they are put in afresh.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Ints, Longs, Singles
from qipan.engines.siting.core import Core
from qipan.engines.siting.state import State, add, cost_of_adding

_CHEAPEST = 1e-9


@njit(cache=True)
def fill(core: Core, state: State, favour: Floats) -> int:
    """Add sites while any gains and can be paid; the key is ``favour`` (float64 [n]) × gain / cost. Number added."""
    heap = [(-np.inf, 0)]
    heap.pop()
    for i in range(core.cost.size):
        if not state.chosen[i] and state.gain[i] > 0.0 and favour[i] > 0.0:
            heap.append((_key(core, state, favour, i), i))
    heapq.heapify(heap)
    member_start, member = _by_group(core)
    added = 0
    while len(heap) > 0:
        key, i = heapq.heappop(heap)
        if state.chosen[i] or state.blocked[i] > 0 or not _payable(core, state, i):
            continue
        fresh = _key(core, state, favour, i)
        if fresh > key:
            if fresh < 0.0:
                heapq.heappush(heap, (fresh, i))
            continue
        opened = core.group[i] >= 0 and state.members[core.group[i]] == 0
        add(core, state, i)
        added += 1
        if opened and core.group_cost[core.group[i]] > 0.0:
            for at in range(member_start[core.group[i]], member_start[core.group[i] + 1]):
                k = member[at]
                if not state.chosen[k] and state.gain[k] > 0.0:
                    heapq.heappush(heap, (_key(core, state, favour, k), k))
    return added


@njit(cache=True)
def _by_group(core: Core) -> tuple[Longs, Longs]:
    """Candidates of each group: offsets and members."""
    start = np.zeros(core.group_cost.size + 1, np.int64)
    for i in range(core.group.size):
        if core.group[i] >= 0:
            start[core.group[i] + 1] += 1
    for group in range(core.group_cost.size):
        start[group + 1] += start[group]
    place = start[:-1].copy()
    member = np.empty(start[-1], np.int64)
    for i in range(core.group.size):
        if core.group[i] >= 0:
            member[place[core.group[i]]] = i
            place[core.group[i]] += 1
    return start, member


@njit(cache=True)
def meet_minimums(core: Core, state: State) -> int:
    """Add sites that lessen the shortfall of the area minimums most for their cost, until none remains or helps."""
    heap = [(-np.inf, 0)]
    heap.pop()
    for i in range(core.cost.size):
        if not state.chosen[i]:
            heap.append((-_need(core, state, i) / max(cost_of_adding(core, state, i), _CHEAPEST), i))
    heapq.heapify(heap)
    added = 0
    while len(heap) > 0 and state.sums[2] > 1e-12:
        key, i = heapq.heappop(heap)
        if state.chosen[i] or state.blocked[i] > 0 or not _payable(core, state, i):
            continue
        fresh = -_need(core, state, i) / max(cost_of_adding(core, state, i), _CHEAPEST)
        if fresh > key:
            if fresh < 0.0:
                heapq.heappush(heap, (fresh, i))
            continue
        add(core, state, i)
        added += 1
    return added


@njit(cache=True)
def _key(core: Core, state: State, favour: Floats, i: int) -> float:
    return float(-favour[i] * state.gain[i] / max(cost_of_adding(core, state, i), _CHEAPEST))


@njit(cache=True)
def _payable(core: Core, state: State, i: int) -> bool:
    return bool(state.sums[1] + cost_of_adding(core, state, i) <= core.budget * (1.0 + 1e-12))


@njit(cache=True)
def _need(core: Core, state: State, i: int) -> float:
    """How much of the shortfall candidate i would take away."""
    need = 0.0
    for at in range(core.start[i], core.start[i + 1]):
        row = core.rows[at]
        area = core.row_area[row]
        if area >= 0 and state.depth[row] == 0 and state.held[area] < core.area_least[area]:
            need += min(core.value[row], core.area_least[area] - state.held[area]) / core.area_least[area]
    area = core.site_area[i]
    if area >= 0 and state.sites[area] < core.area_sites[area]:
        need += 1.0
    return need


@njit(cache=True)
def order_by_gain(
    start: Longs,
    demand: Ints,
    level: Singles,
    weight: Floats,
    served: Floats,
    price: Floats,
    fixed: Longs,
    rest: Longs,
) -> Longs:
    """Order of a plan: ``fixed`` as given, then ``rest`` by greatest gain for price; ``served`` is written over."""
    ordered = np.empty(fixed.size + rest.size, np.int64)
    for k in range(fixed.size):
        ordered[k] = fixed[k]
        _serve(start, demand, level, served, fixed[k])
    heap = [(-np.inf, 0)]
    heap.pop()
    for k in range(rest.size):
        heap.append((-_betters(start, demand, level, weight, served, rest[k]) / price[rest[k]], rest[k]))
    heapq.heapify(heap)
    done = fixed.size
    while len(heap) > 0:
        key, i = heapq.heappop(heap)
        fresh = -_betters(start, demand, level, weight, served, i) / price[i]
        if fresh > key + 1e-12 * abs(key):
            heapq.heappush(heap, (fresh, i))
            continue
        ordered[done] = i
        done += 1
        _serve(start, demand, level, served, i)
    return ordered


@njit(cache=True)
def _betters(start: Longs, demand: Ints, level: Singles, weight: Floats, served: Floats, i: int) -> float:
    total = 0.0
    for at in range(start[i], start[i + 1]):
        total += weight[demand[at]] * max(level[at] - served[demand[at]], 0.0)
    return total


@njit(cache=True)
def _serve(start: Longs, demand: Ints, level: Singles, served: Floats, i: int) -> None:
    for at in range(start[i], start[i + 1]):
        served[demand[at]] = max(served[demand[at]], level[at])
