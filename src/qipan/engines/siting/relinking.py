"""Path relinking: from one good plan towards another, one exchange at a time, keeping the best plan between them.

Source: Glover, Laguna and Martí, Fundamentals of scatter search and path relinking, 2000; Resende and Werneck, A
hybrid heuristic for the p-median problem, 2004.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags
from qipan.engines.siting.core import Core
from qipan.engines.siting.search import Scratch
from qipan.engines.siting.state import State, add, drop


@njit(cache=True, nogil=True)
def relink(core: Core, state: State, scratch: Scratch, target: Flags) -> Flags:
    """Move ``state`` towards the plan ``target``; the best plan met in the middle of the way, bool [n].

    For cores without area minimums or conflicts, whose plans may be mixed at will.
    """
    best, value = state.chosen.copy(), -np.inf
    apart = 0
    for i in range(target.size):
        apart += int(target[i] and not state.chosen[i])
    for step in range(apart):
        into, out = _best_step(core, state, scratch, target)
        if out >= 0:
            drop(core, state, out)
        add(core, state, into)
        while state.sums[1] > core.budget * (1.0 + 1e-12):
            out = _least_foreign(state, target)
            if out < 0:
                return best
            drop(core, state, out)
        if step >= apart // 4 and step < apart - apart // 4 and state.sums[0] > value:
            best, value = state.chosen.copy(), state.sums[0]
    return best


@njit(cache=True, nogil=True)
def _best_step(core: Core, state: State, scratch: Scratch, target: Flags) -> tuple[int, int]:
    """The site of the target to add and the foreign one to drop (-1: none) that leave most covered."""
    best, into, out = -np.inf, -1, -1
    spare = _least_foreign(state, target)
    for i in range(target.size):
        if not target[i] or state.chosen[i]:
            continue
        for at in range(core.start[i], core.start[i + 1]):
            if state.depth[core.rows[at]] == 1:
                scratch.overlap[state.mix[core.rows[at]]] += core.value[core.rows[at]]
        if spare < 0 and state.gain[i] > best:
            best, into, out = state.gain[i], i, -1
        for k in range(state.size[0]):
            j = state.listed[k]
            better = state.gain[i] + scratch.overlap[j] - state.gain[j]
            scratch.overlap[j] = 0.0
            if not target[j] and better > best:
                best, into, out = better, i, j
    return into, out


@njit(cache=True, nogil=True)
def _least_foreign(state: State, target: Flags) -> int:
    """The chosen site outside the target whose loss is least, or -1."""
    least, out = np.inf, -1
    for k in range(state.size[0]):
        j = state.listed[k]
        if not target[j] and (state.gain[j] < least or (state.gain[j] == least and j < out)):
            least, out = state.gain[j], j
    return out
