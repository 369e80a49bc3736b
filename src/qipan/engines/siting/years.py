"""Exchanges between neighbouring years: a site of one year for one of the next, so that more is covered earlier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qipan.engines.siting.arrays import Floats, Ints, Longs
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.core import Core
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.problems import MaximumCoverage
from qipan.engines.siting.state import State, add, drop, state_of

_PASSES = 10


def exchange_years(problem: MaximumCoverage, free: Conditions, chosen: Ints, year: Ints, released: Floats) -> Ints:
    """Return ``year`` (int32, one for each of ``chosen``) after exchanges that each cover more at the end of a year.

    An exchange changes what stands at the end of one year alone, so that no other year covers less or has spent more.
    ``free`` are the conditions without pins and minimums, ``released`` the money released by each year's end.
    """
    year = year.copy()
    others = np.setdiff1d(np.arange(problem.reach.candidates), chosen)
    conditions = replace(free, forbidden=np.union1d(free.forbidden, others))
    reduced = presolve(replace(problem, budget=float(released[-1]), conditions=conditions))
    place = np.full(problem.reach.candidates, -1, np.int64)
    place[reduced.candidate] = np.arange(reduced.candidate.size)
    slack = reduced.core.budget - float(released[-1])
    for _ in range(_PASSES):
        made = 0
        for k in range(released.size - 1):
            core = reduced.core._replace(budget=float(released[k]) + slack)
            at = place[chosen]
            state = state_of(core, at[(year <= k) & (at >= 0)], 0)
            earlier, later = (np.flatnonzero((year == each) & (at >= 0)) for each in (k, k + 1))
            made += _exchange(core, state, at[earlier], at[later])
            year[earlier[~state.chosen[at[earlier]]]] = k + 1
            year[later[state.chosen[at[later]]]] = k
        if not made:
            break
    return year


def _exchange(core: Core, state: State, earlier: Longs, later: Longs) -> int:
    """Bring later sites in, alone or for an earlier one, where more is covered within the money; how many."""
    made = 0
    inside = set(earlier.tolist())
    for i in later.tolist():
        if state.gain[i] <= 0.0:
            continue
        rest = core.rows[core.start[i] : core.start[i + 1]]
        alone = rest[state.depth[rest] == 1]
        shared = np.bincount(state.mix[alone], core.value[alone], minlength=core.cost.size)
        out = np.array(sorted(inside), np.int64)
        better = state.gain[i] + shared[out] - state.gain[out]
        gains = out[(better > 1e-9 * max(1.0, state.sums[0]))]
        order = gains[np.argsort(-better[np.isin(out, gains)], kind="stable")]
        for j in [-1, *order[:_PASSES].tolist()]:
            if _swapped(core, state, i, j):
                inside.add(i)
                inside.discard(j)
                made += 1
                break
    return made


def _swapped(core: Core, state: State, i: int, j: int) -> bool:
    """Put i in for j (-1: for none) if more is then covered within the money."""
    before = float(state.sums[0])
    if j >= 0:
        drop(core, state, j)
    add(core, state, i)
    if state.sums[1] <= core.budget * (1.0 + 1e-12) and state.sums[0] > before * (1.0 + 1e-12):
        return True
    drop(core, state, i)
    if j >= 0:
        add(core, state, j)
    return False
