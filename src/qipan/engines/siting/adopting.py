"""Plans of islands taken over into the whole plan, each where it covers more for what its sites are worth.

An island's branch and bound ends with the best plan at the price of the budget, as if rows that cross into other
islands were worth their multipliers. Taken over one by one on the true coverage, and brought back within the budget,
such plans make a plan that exchanges of a few sites seldom reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Longs
from qipan.engines.siting.core import Core
from qipan.engines.siting.state import State, add, drop, saved_by_dropping

_PASSES = 2


@dataclass(frozen=True)
class IslandPlan:
    """Candidates of an island, int64 [k], and which of them its own best plan holds, bool [k]."""

    tile: Longs
    chosen: Flags


def adopt(core: Core, state: State, plans: list[IslandPlan], price: float) -> int:
    """Take over the islands' plans that raise coverage less priced cost; the number taken over.

    Conflicts and minimums are kept as they were; the budget may be exceeded, so `trim` follows.
    """
    taken = 0
    for _ in range(_PASSES):
        fresh = sum(_adopt_one(core, state, plan.tile, plan.chosen, price) for plan in plans)
        taken += fresh
        if not fresh:
            break
    return taken


@njit(cache=True, nogil=True)
def _adopt_one(core: Core, state: State, tile: Longs, chosen: Flags, price: float) -> int:
    """1 where the tile's plan was taken over, 0 where the state is as it was."""
    before, short = state.sums[0] - price * state.sums[1], state.sums[2]
    was = state.chosen[tile].copy()
    blocked = False
    changed = _turn(core, state, tile, was, chosen)
    for k in range(tile.size):
        blocked = blocked or (chosen[k] and state.blocked[tile[k]] > 0)
    after = state.sums[0] - price * state.sums[1]
    if changed and not blocked and state.sums[2] <= short + 1e-12 and after > before + 1e-9 * abs(before):
        return 1
    _turn(core, state, tile, chosen, was)
    return 0


@njit(cache=True, nogil=True)
def _turn(core: Core, state: State, tile: Longs, old: Flags, new: Flags) -> bool:
    """Change the tile's sites from one plan to another; whether they differ."""
    changed = False
    for k in range(tile.size):
        if old[k] and not new[k]:
            drop(core, state, tile[k])
            changed = True
    for k in range(tile.size):
        if new[k] and not old[k]:
            add(core, state, tile[k])
            changed = True
    return changed


@njit(cache=True, nogil=True)
def trim(core: Core, state: State) -> bool:
    """Drop the sites that lose least for what they save until the plan is within the budget; whether it is.

    Sites that a minimum needs stay.
    """
    needed = np.zeros(core.cost.size, np.bool_)
    while state.sums[1] > core.budget * (1.0 + 1e-12):
        least, out = np.inf, -1
        for k in range(state.size[0]):
            j = state.listed[k]
            saved = saved_by_dropping(core, state, j)
            if not needed[j] and saved > 0.0 and state.gain[j] / saved < least:
                least, out = state.gain[j] / saved, j
        if out < 0:
            return False
        short = state.sums[2]
        drop(core, state, out)
        if state.sums[2] > short + 1e-12:
            add(core, state, out)
            needed[out] = True
    return True
