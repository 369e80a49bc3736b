"""Several annealings of one plan, and the best choice among the sites that they end with.

Annealings that end far apart in their sites differ in many small places, each of which one of them has laid out best.
An exact model of their sites alone takes the best of every place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from qipan.engines.siting.anneal import anneal
from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.combining import Elite
from qipan.engines.siting.core import Core
from qipan.engines.siting.greedy import fill
from qipan.engines.siting.search import descend, fresh_scratch
from qipan.engines.siting.state import State, state_of
from qipan.engines.siting.tiles import renew, side_by_side

_PLANS, _TRIALS = 4, 1_000
"""Most annealings that are put together, and trials of each candidate below which there are fewer: one that is cut
short ends worse than several of them put together."""
_HOT, _COLD = 0.03, 0.0005
"""First and last temperature, in mean worth of a site."""
_EPOCHS, _PASSES = 16, 50

Keep = Callable[[State], bool]
GoOn = Callable[[int, int], bool]


def anneal_several(
    core: Core, chosen: Longs, seed: int, moves: int, price: float, tile: int, keep: Keep, go_on: GoOn
) -> None:
    """Anneal from the plan ``chosen`` with ``moves`` trials in all, once or several times, then put the plans together.

    Cores of more than ``tile`` candidates are annealed tile by tile, 0 meaning never. ``keep`` is shown each settled
    plan; ``go_on``, given epochs done and planned, ends the search where it says False. The same on any number of
    threads.
    """
    plans = min(max(moves // (_TRIALS * max(core.cost.size, 1)), 1), _PLANS)
    states = [state_of(core, chosen, seed * _PLANS + k) for k in range(plans)]
    mean, each = float(states[0].sums[0]) / max(chosen.size, 1), moves / (plans * _EPOCHS)
    elite = Elite(core)
    for epoch in range(_EPOCHS):
        hot, cold = (mean * _HOT * (_COLD / _HOT) ** ((epoch + k) / _EPOCHS) for k in (0, 1))
        if tile and core.cost.size > tile:
            work = partial(anneal_tile, each=each / core.cost.size, hot=hot, cold=cold, price=price)
            states = [renew(core, state, tile, seed + plans * epoch + k, work) for k, state in enumerate(states)]
        else:
            side_by_side(partial(_anneal_whole, core, states, int(each), hot, cold, price), plans)
        if epoch >= _EPOCHS // 2:
            for settled in side_by_side(partial(_settled, core, states), plans):
                keep(settled)
                if epoch == _EPOCHS - 1:
                    elite.offer(settled)
        if not go_on(epoch + 1, _EPOCHS + 1):
            return
    found = elite.combined()
    if found is not None:
        keep(_settle(core, found))
    go_on(_EPOCHS + 1, _EPOCHS + 1)


def _anneal_whole(core: Core, states: list[State], trials: int, hot: float, cold: float, price: float, k: int) -> None:
    anneal(core, states[k], fresh_scratch(core.cost.size), trials, hot, cold, price)


def anneal_tile(part: Core, local: State, *, each: float, hot: float, cold: float, price: float) -> None:
    """Anneal one tile with ``each`` trials for each of its candidates."""
    anneal(part, local, fresh_scratch(part.cost.size), int(each * part.cost.size), hot, cold, price)


def _settled(core: Core, states: list[State], k: int) -> State:
    return _settle(core, np.flatnonzero(states[k].chosen))


def _settle(core: Core, chosen: Longs) -> State:
    """The plan filled up and descended."""
    state = state_of(core, chosen, 0)
    fill(core, state, np.ones(core.cost.size))
    descend(core, state, fresh_scratch(core.cost.size), _PASSES)
    return state
