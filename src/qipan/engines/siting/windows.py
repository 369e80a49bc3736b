"""Exact windows: a neighbourhood of a few hundred candidates solved by HiGHS while all others stay as they are."""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.core import Core
from qipan.engines.siting.exact import maximum_exact
from qipan.engines.siting.state import State, add, drop
from qipan.engines.siting.tiles import cut, movable


@njit(cache=True)
def neighbourhood(core: Core, first: int, most: int) -> Longs:
    """Candidates around ``first``, breadth first over shared rows, up to ``most``."""
    seen = np.zeros(core.cost.size, np.bool_)
    found = np.empty(min(most, core.cost.size), np.int64)
    found[0] = first
    seen[first] = True
    size, read = 1, 0
    while read < size and size < found.size:
        i = found[read]
        read += 1
        for at in range(core.start[i], core.start[i + 1]):
            row = core.rows[at]
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                k = core.owners[back]
                if not seen[k] and size < found.size:
                    seen[k] = True
                    found[size] = k
                    size += 1
    return found[:size]


_LONGEST = 60.0
"""Seconds after which a window is left, whatever its nodes: a safety only, as a clock's plan is not the same again."""


def cover_more(core: Core, state: State, window: Longs, nodes: int) -> bool:
    """Cover the most by the candidates ``window`` with all others kept and the money kept; True where it is more.

    HiGHS divides up to ``nodes`` nodes, so that the plan is the same on a busy machine.
    Groups and conflicts hold; area minimums tie windows to the rest, so cores that have some are not cut.
    """
    label = np.zeros(core.cost.size, np.int32)
    label[window] = 1
    window = movable(core, window, label)
    part, chosen = cut(core, state, window, max(core.budget - float(state.sums[1]), 0.0))
    known = np.flatnonzero(chosen)
    found = maximum_exact(part, known, _LONGEST, nodes)
    if found.chosen is None:
        return False
    before, value = np.flatnonzero(state.chosen), float(state.sums[0])
    for j in window[known]:
        drop(core, state, j)
    for i in window[found.chosen]:
        add(core, state, i)
    if state.sums[0] > value * (1 + 1e-12) and state.sums[1] <= core.budget * (1 + 1e-12):
        return True
    for i in window[found.chosen]:
        drop(core, state, i)
    for j in np.setdiff1d(before, np.flatnonzero(state.chosen)):
        add(core, state, j)
    return False
