"""Trials of swaps at one temperature where sites are only counted, on gain tables that a swap updates in one pass.

Source: Metropolis and others, Equation of state calculations by fast computing machines, 1953; a trial looks at the
best partner of a candidate, whose loss is read from depth-1 rows as in Resende and Werneck's interchange, 2003.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats
from qipan.engines.siting.core import Core
from qipan.engines.siting.search import Scratch
from qipan.engines.siting.state import State, draw, draw_below

_STRAY = 0.05
"""Chance that a trial also looks at a site that shares no row with the candidate."""


def only_counted(core: Core) -> bool:
    """Whether any exchange of one site for another keeps to the conditions: equal costs, no group, conflict or area."""
    tied = core.group_cost.size or core.conflict.size or core.area_least.any() or core.area_sites.any()
    return not tied and core.cost.size > 0 and float(core.cost.min()) == float(core.cost.max())


@njit(cache=True, nogil=True)
def swap(core: Core, state: State, out: int, into: int) -> None:
    """Put ``into`` in for the chosen ``out``; rows that both cover are passed once and their owners left alone.

    For cores as presolve leaves them, whose rows ascend in each candidate.
    """
    state.sums[0] -= state.gain[out]
    _leave(core, state, out, into)
    _enter(core, state, out, into)
    state.sums[0] += state.gain[into]
    state.sums[1] += core.cost[into] - core.cost[out]
    state.chosen[out], state.chosen[into] = False, True
    place = state.place[out]
    state.place[out], state.place[into], state.listed[place] = -1, place, into


@njit(cache=True, nogil=True)
def _leave(core: Core, state: State, out: int, into: int) -> None:
    """Take ``out`` from its rows, and put ``into`` in its place on those that both cover."""
    rows, value, depth, mix, gain = core.rows, core.value, state.depth, state.mix, state.gain
    other, end = core.start[into], core.start[into + 1]
    for at in range(core.start[out], core.start[out + 1]):
        row = rows[at]
        number, worth = depth[row], value[row]
        while other < end and rows[other] < row:
            other += 1
        if other < end and rows[other] == row:
            mix[row] ^= out ^ into
            if number == 1:
                gain[out] -= worth
                gain[into] += worth
            continue
        depth[row] = number - 1
        mix[row] ^= out
        if number == 1:
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                gain[core.owners[back]] += worth
            gain[out] -= worth
        elif number == 2:
            gain[mix[row]] += worth


@njit(cache=True, nogil=True)
def _enter(core: Core, state: State, out: int, into: int) -> None:
    """Put ``into`` on the rows that it does not share with ``out``."""
    rows, value, depth, mix, gain = core.rows, core.value, state.depth, state.mix, state.gain
    other, end = core.start[out], core.start[out + 1]
    for at in range(core.start[into], core.start[into + 1]):
        row = rows[at]
        while other < end and rows[other] < row:
            other += 1
        if other < end and rows[other] == row:
            continue
        number, worth = depth[row], value[row]
        depth[row] = number + 1
        if number == 0:
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                gain[core.owners[back]] -= worth
            gain[into] += worth
        elif number == 1:
            gain[mix[row]] -= worth
        mix[row] ^= into


@njit(cache=True, nogil=True)
def swaps(core: Core, state: State, scratch: Scratch, trials: int, heat: float) -> int:
    """Try ``trials`` candidates at the temperature ``heat``; number of swaps made.

    For cores where sites are `only_counted`.
    """
    made = 0
    # A call that takes the whole core costs more than the scan itself, so the scan stands in this loop.
    start, rows, value = core.start, core.rows, core.value
    depth, mix, gain, overlap, touched = state.depth, state.mix, state.gain, scratch.overlap, scratch.touched
    for _ in range(trials if state.size[0] else 0):
        i = draw_below(state, core.cost.size)
        if state.chosen[i] or gain[i] <= 0.0:
            continue
        least = heat * np.log(max(draw(state), 1e-300))
        met = 0
        for at in range(start[i], start[i + 1]):
            row = rows[at]
            if depth[row] == 1:
                j = mix[row]
                if overlap[j] == 0.0:
                    touched[met] = j
                    met += 1
                overlap[j] += value[row]
        if met == 0 or draw(state) < _STRAY:
            j = state.listed[draw_below(state, state.size[0])]
            if overlap[j] == 0.0:
                touched[met] = j
                met += 1
        best, out = -np.inf, -1
        for k in range(met):
            j = touched[k]
            better = gain[i] + overlap[j] - gain[j]
            overlap[j] = 0.0
            if better > best:
                best, out = better, j
        if best >= least:
            swap(core, state, out, i)
            made += 1
    return made


@njit(cache=True, nogil=True)
def losses(core: Core, state: State, scratch: Scratch) -> Floats:
    """What the best swap for each candidate loses, float64 [n], 0 where it gains; inf for those that gain nothing."""
    lost = np.full(core.cost.size, np.inf)
    overlap, listed = scratch.overlap, state.listed
    for i in range(lost.size):
        if state.chosen[i] or state.gain[i] <= 0.0:
            continue
        for at in range(core.start[i], core.start[i + 1]):
            if state.depth[core.rows[at]] == 1:
                overlap[state.mix[core.rows[at]]] += core.value[core.rows[at]]
        for k in range(state.size[0]):
            j = listed[k]
            lost[i] = min(lost[i], max(state.gain[j] - overlap[j] - state.gain[i], 0.0))
            overlap[j] = 0.0
    return lost
