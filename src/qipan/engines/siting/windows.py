"""Exact windows: a neighbourhood of a few hundred candidates solved by HiGHS while all others stay as they are."""

from __future__ import annotations

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Longs, offsets, pairs_of
from qipan.engines.siting.core import Core
from qipan.engines.siting.exact import cover_exact, maximum_exact
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


def solve_window(core: Core, state: State, window: Longs, seconds: float) -> bool:
    """Solve a set cover over the candidates ``window`` with all others kept; True where the plan became cheaper.

    Cores with groups, conflicts or minimums are not cut into windows.
    """
    inside = window[state.chosen[window]]
    local = np.zeros(core.value.size, np.int32)
    np.add.at(local, core.rows[pairs_of(core.start, inside)], 1)
    needed = np.flatnonzero((local > 0) & (local == state.depth))
    part = _part(core, window, needed)
    known = np.flatnonzero(state.chosen[window])
    found = cover_exact(part, known, float(part.value.sum()), seconds)
    if found.chosen is None or part.cost[found.chosen].sum() >= core.cost[inside].sum() - 1e-9:
        return False
    for j in inside:
        drop(core, state, j)
    for i in window[found.chosen]:
        add(core, state, i)
    return True


def cover_more(core: Core, state: State, window: Longs, seconds: float) -> bool:
    """Cover the most by the candidates ``window`` with all others kept and the money kept; True where it is more.

    Groups and conflicts hold; area minimums tie windows to the rest, so cores that have some are not cut.
    """
    label = np.zeros(core.cost.size, np.int32)
    label[window] = 1
    window = movable(core, window, label)
    part, chosen = cut(core, state, window, max(core.budget - float(state.sums[1]), 0.0))
    known = np.flatnonzero(chosen)
    found = maximum_exact(part, known, seconds)
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


def cheapest_columns(reduced: Floats, state: State, most: int) -> Longs:
    """The chosen candidates and those of least reduced cost, ``most`` in all."""
    order = np.argsort(reduced, kind="stable")[:most]
    return np.union1d(order, np.flatnonzero(state.chosen))


def _part(core: Core, window: Longs, needed: Longs) -> Core:
    """The core cut down to the window's candidates and the rows that only they cover, each worth 1."""
    number = np.full(core.value.size, -1, np.int64)
    number[needed] = np.arange(needed.size)
    at = pairs_of(core.start, window)
    who = np.repeat(np.arange(window.size, dtype=np.int32), np.diff(core.start)[window])
    found = number[core.rows[at]]
    who, row = who[found >= 0], found[found >= 0].astype(np.int32)
    order = np.argsort(row, kind="stable")
    none = np.zeros(0)
    return Core(
        offsets(who, window.size),
        row,
        offsets(row, needed.size),
        who[order],
        np.ones(needed.size),
        core.cost[window],
        np.full(window.size, -1, np.int32),
        none,
        np.zeros(window.size + 1, np.int64),
        np.zeros(0, np.int32),
        np.full(needed.size, -1, np.int32),
        none,
        np.full(window.size, -1, np.int32),
        none,
        float("inf"),
    )
