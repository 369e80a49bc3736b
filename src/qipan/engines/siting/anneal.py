"""Swap annealing: one site for another while a temperature falls, on gain tables that make a trial one row scan.

Source: Kirkpatrick, Gelatt and Vecchi, Optimization by simulated annealing, 1983; the loss of the site given up is
read from depth-1 rows as in Resende and Werneck's interchange, 2003.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.core import Core
from qipan.engines.siting.search import Scratch
from qipan.engines.siting.state import State, add, cost_of_adding, draw, draw_below, drop, saved_by_dropping

_STRAY = 0.05
"""Chance that a trial also looks at a site that shares no row with the candidate."""


@njit(cache=True, nogil=True)
def anneal(core: Core, state: State, scratch: Scratch, moves: int, hot: float, cold: float, price: float) -> int:
    """Try ``moves`` candidates while the temperature falls from ``hot`` to ``cold``; number of exchanges made.

    ``price`` is what a unit of unspent budget is worth, 0 where sites are only counted. The plan stays within the
    budget and, once they are met, the area minimums. It ends where it stands, which need not be the best plan met.
    """
    made = 0
    n = core.cost.size
    # A call that takes the whole core costs more than the scan itself, so the scan stands in this loop.
    start, rows, value, own_cost = core.start, core.rows, core.value, core.cost
    depth, mix, gain, overlap, touched = state.depth, state.mix, state.gain, scratch.overlap, scratch.touched
    grouped, most = core.group_cost.size > 0, core.budget * (1.0 + 1e-12)
    ratio = cold / hot if hot > 0.0 else 1.0
    for move in range(moves if n else 0):
        least = hot * ratio ** (move / moves) * np.log(max(draw(state), 1e-300))
        i = draw_below(state, n)
        if state.chosen[i]:
            if price > 0.0 and price * own_cost[i] - gain[i] >= least:
                made += _let_go(core, state, i)
            continue
        if gain[i] <= 0.0 or state.blocked[i] > 1:
            continue
        cost = cost_of_adding(core, state, i) if grouped else own_cost[i]
        room = most - state.sums[1]
        if state.blocked[i] == 0 and cost <= room and gain[i] - price * cost >= least:
            made += _put_in(core, state, i, -1)
            continue
        met = 0
        for at in range(start[i], start[i + 1]):
            row = rows[at]
            if depth[row] == 1:
                j = mix[row]
                if overlap[j] == 0.0:
                    touched[met] = j
                    met += 1
                overlap[j] += value[row]
        if state.size[0] > 0 and (met == 0 or draw(state) < _STRAY):
            j = state.listed[draw_below(state, state.size[0])]
            if overlap[j] == 0.0:
                touched[met] = j
                met += 1
        best, out = -np.inf, -1
        for k in range(met):
            j = touched[k]
            saved = _saved(core, state, i, j) if grouped else own_cost[j]
            better = gain[i] + overlap[j] - gain[j] - price * (cost - saved)
            overlap[j] = 0.0
            if better > best and cost - saved <= room:
                best, out = better, j
        if out >= 0 and best >= least:
            made += _put_in(core, state, i, out)
    return made


@njit(cache=True, nogil=True)
def _saved(core: Core, state: State, i: int, j: int) -> float:
    """What dropping j saves where i comes in: a group that both share stays open."""
    if core.group[j] >= 0 and core.group[j] == core.group[i]:
        return float(core.cost[j])
    return saved_by_dropping(core, state, j)


@njit(cache=True, nogil=True)
def _let_go(core: Core, state: State, j: int) -> int:
    """Drop j unless an area minimum then fails; 1 where it was dropped."""
    short = state.sums[2]
    drop(core, state, j)
    if state.sums[2] <= short + 1e-12:
        return 1
    add(core, state, j)
    return 0


@njit(cache=True, nogil=True)
def _put_in(core: Core, state: State, i: int, out: int) -> int:
    """Put i in for ``out`` (-1: for none) unless a condition then fails; 1 where it was."""
    short = state.sums[2]
    if out >= 0:
        drop(core, state, out)
    add(core, state, i)
    if state.blocked[i] == 0 and state.sums[2] <= short + 1e-12 and state.sums[1] <= core.budget * (1.0 + 1e-12):
        return 1
    drop(core, state, i)
    if out >= 0:
        add(core, state, out)
    return 0
