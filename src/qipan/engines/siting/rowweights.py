"""Row-weighting local search for set covers: rows that stay open for long grow in weight until someone covers them.

Source: Gao, Weise and Li, An efficient local search heuristic with row weighting for the unicost set covering problem,
2015, with costs in the priorities and the best cost as the ceiling of every plan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Ints, Longs
from qipan.engines.siting.core import Core
from qipan.engines.siting.state import State, add, cost_of_adding, draw_below, drop, saved_by_dropping

_SAMPLE = 60
_WHOLE = 400


class Weights(NamedTuple):
    """Work space: ``open_rows`` int32 [m] the uncovered rows in its first ``opened[0]`` places, ``place`` int32 [m];
    ``free`` bool [n] whether a neighbour changed since the site was dropped; ``moved`` int64 [n] step of last change;
    ``best`` bool [n] the best plan.
    """

    open_rows: Ints
    opened: Longs
    place: Ints
    free: Flags
    moved: Longs
    best: Flags


def fresh_weights(core: Core, state: State) -> Weights:
    """Return the work space for a state that covers every row."""
    n, m = core.cost.size, core.value.size
    return Weights(
        np.zeros(m, np.int32),
        np.zeros(1, np.int64),
        np.full(m, -1, np.int32),
        np.ones(n, np.bool_),
        np.zeros(n, np.int64),
        state.chosen.copy(),
    )


@njit(cache=True)
def weight_rows(core: Core, state: State, weights: Weights, best_cost: float, first: int, steps: int) -> float:
    """Search ``steps`` exchanges from step ``first``; the cost of the best plan, which is left in ``weights.best``.

    ``core.value`` holds the row weights and is changed.
    """
    tabu = -1
    for step in range(first, first + steps):
        while weights.opened[0] == 0:
            if state.sums[1] < best_cost - 1e-9:
                best_cost = state.sums[1]
                weights.best[:] = state.chosen
            out = _cheapest_loss(core, state, weights, -1)
            if out < 0:
                return best_cost
            _take_out(core, state, weights, out, step)
        out = _cheapest_loss(core, state, weights, tabu)
        if out >= 0:
            _take_out(core, state, weights, out, step)
        while weights.opened[0] > 0:
            row = weights.open_rows[draw_below(state, weights.opened[0])]
            into = _best_cover(core, state, weights, row, best_cost)
            if into < 0:
                break
            _put_in(core, state, weights, into, step)
            tabu = into
        _raise_open(core, state, weights)
    return best_cost


@njit(cache=True)
def _cheapest_loss(core: Core, state: State, weights: Weights, tabu: int) -> int:
    """The chosen site whose loss for its cost is least, among all or a sample; ties go to the longest unchanged."""
    size = state.size[0]
    tries = size if size <= _WHOLE else _SAMPLE
    listed, gain, moved, own_cost = state.listed, state.gain, weights.moved, core.cost
    grouped = core.group_cost.size > 0
    best, out = np.inf, -1
    for k in range(tries):
        j = listed[k if size <= _WHOLE else draw_below(state, size)]
        if j == tabu:
            continue
        saved = saved_by_dropping(core, state, j) if grouped else own_cost[j]
        key = gain[j] / max(saved, 1e-9)
        if key < best or (key == best and moved[j] < moved[out]):
            best, out = key, j
    return out


@njit(cache=True)
def _best_cover(core: Core, state: State, weights: Weights, row: int, ceiling: float) -> int:
    """The owner of ``row`` with most gain for its cost whose addition keeps the plan below ``ceiling``; -1 if none."""
    owners, free, blocked, gain, moved = core.owners, weights.free, state.blocked, state.gain, weights.moved
    own_cost, grouped, room = core.cost, core.group_cost.size > 0, ceiling - 1e-9 - state.sums[1]
    best, into = 0.0, -1
    for back in range(core.owner_start[row], core.owner_start[row + 1]):
        i = owners[back]
        if not free[i] or blocked[i] > 0:
            continue
        cost = cost_of_adding(core, state, i) if grouped else own_cost[i]
        if cost >= room:
            continue
        key = gain[i] / max(cost, 1e-9)
        if key > best or (key == best and into >= 0 and moved[i] < moved[into]):
            best, into = key, i
    return into


@njit(cache=True)
def _take_out(core: Core, state: State, weights: Weights, j: int, step: int) -> None:
    drop(core, state, j)
    weights.moved[j] = step
    for at in range(core.start[j], core.start[j + 1]):
        row = core.rows[at]
        if state.depth[row] == 0:
            weights.place[row] = weights.opened[0]
            weights.open_rows[weights.opened[0]] = row
            weights.opened[0] += 1
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                weights.free[core.owners[back]] = True
    weights.free[j] = False


@njit(cache=True)
def _put_in(core: Core, state: State, weights: Weights, i: int, step: int) -> None:
    add(core, state, i)
    weights.moved[i] = step
    for at in range(core.start[i], core.start[i + 1]):
        row = core.rows[at]
        if state.depth[row] == 1:
            weights.opened[0] -= 1
            last = weights.open_rows[weights.opened[0]]
            weights.open_rows[weights.place[row]] = last
            weights.place[last] = weights.place[row]
            weights.place[row] = -1
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                weights.free[core.owners[back]] = True


@njit(cache=True)
def _raise_open(core: Core, state: State, weights: Weights) -> None:
    """Add 1 to the weight of every open row."""
    for k in range(weights.opened[0]):
        row = weights.open_rows[k]
        core.value[row] += 1.0
        for back in range(core.owner_start[row], core.owner_start[row + 1]):
            state.gain[core.owners[back]] += 1.0
