"""Few sites out of many candidates: whole annealings side by side, each begun afresh from the best plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qipan.engines.siting.anneal import anneal
from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.core import Core
from qipan.engines.siting.greedy import fill
from qipan.engines.siting.search import descend, fresh_scratch
from qipan.engines.siting.state import State, state_of
from qipan.engines.siting.tiles import side_by_side

_FREE = 25
"""Where a site has more than this many candidates to be chosen from, plans differ widely."""
_HOT, _COLD = 0.15, 0.005
"""First and last temperature, as shares of what a site covers in the mean."""
_ANNEALINGS, _SHORTEST, _EPOCHS = 2, 500_000, 20
"""Annealings side by side, moves of each of the first ones, and slices they are cut into."""
_PASSES = 50


def few_of_many(core: Core, chosen: Longs) -> bool:
    """Whether a plan of this size is a small choice among the candidates, so that starting afresh pays."""
    return core.cost.size > _FREE * chosen.size


def search_afresh(
    core: Core,
    chosen: Longs,
    seed: int,
    moves: int,
    price: float,
    keep: Callable[[State], bool],
    go_on: Callable[[int, int], bool],
) -> None:
    """Whole annealings of ``moves`` trials in all from the plan ``chosen``, each batch twice as long as the last.

    ``price`` is what a unit of unspent budget is worth. ``keep`` is shown each settled plan and tells whether it is
    the best so far; ``go_on``, given moves done and planned, ends the search where it says False.
    """
    mean = float(state_of(core, chosen, seed).sums[0]) / max(chosen.size, 1)
    left, length, batch = moves, _SHORTEST, 0
    while left >= _ANNEALINGS:
        length = min(length, left // _ANNEALINGS)
        seeds = [(seed * 1_000 + batch) * _ANNEALINGS + k for k in range(_ANNEALINGS)]
        states = [state_of(core, chosen, each) for each in seeds]
        for epoch in range(_EPOCHS):
            for settled in _cool(core, states, length // _EPOCHS, mean, price, epoch):
                if keep(settled):
                    chosen = np.flatnonzero(settled.chosen)
            if not go_on(moves - left, moves):
                return
        left -= _ANNEALINGS * length
        length, batch = 2 * length, batch + 1


def _cool(core: Core, states: list[State], moves: int, mean: float, price: float, epoch: int) -> list[State]:
    """One slice of each annealing; from the middle on also their plans, settled."""
    hot, cold = (mean * _HOT * (_COLD / _HOT) ** ((epoch + k) / _EPOCHS) for k in (0, 1))

    def one(k: int) -> State | None:
        scratch = fresh_scratch(core.cost.size)
        anneal(core, states[k], scratch, moves, hot, cold, price)
        if epoch < _EPOCHS // 2:
            return None
        settled = state_of(core, np.flatnonzero(states[k].chosen), 0)
        fill(core, settled, np.ones(core.cost.size))
        descend(core, settled, scratch, _PASSES)
        return settled

    return [settled for settled in side_by_side(one, len(states)) if settled is not None]
