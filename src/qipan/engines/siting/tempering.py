"""Few sites out of many candidates: copies of the plan at a ladder of temperatures that trade places.

A copy at a low temperature looks closely at one way of laying the sites out, one at a high temperature passes from
one way to the next; by trading places a plan is heated and cooled as often as it takes, with no schedule to set. The
ladder follows from the problem: its ends from the share of swaps that a temperature lets through, its steps from how
much the plans' values differ between temperatures.

Sources: Swendsen and Wang, Replica Monte Carlo simulation of spin glasses, 1986; Hukushima and Nemoto, Exchange Monte
Carlo method and application to spin glass simulations, 1996.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.anneal import anneal
from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.combining import Elite
from qipan.engines.siting.core import Core
from qipan.engines.siting.greedy import fill
from qipan.engines.siting.search import Scratch, descend, fresh_scratch
from qipan.engines.siting.state import State, state_of
from qipan.engines.siting.swapping import losses, only_counted, swaps
from qipan.engines.siting.tiles import side_by_side

_FREE = 25
"""Where a site has more than this many candidates to be chosen from, plans differ widely."""
_HOT, _COLD = 0.12, 0.004
"""Shares of the trials that swap at the hottest and at the coldest rung."""
_FALL, _STEPS, _SLICES = 0.9, 40, 4
"""Step of the cooling that measures the ladder, how many are expected, and slices whose mean a step reports."""
_APART, _COARSE = 1.3, 4
"""Distance of two rungs: the root of the difference of their inverse temperatures times that of their mean values,
which are read off every so many steps of the cooling."""
_COOLINGS, _COOLING = 2, 400_000
"""Coolings side by side and trials of each."""
_LEAST_SWEEPS, _LEAST_TRIALS = 50, 2_000
"""Sweeps of all copies below which all is spent on cooling, and trials of a copy in a sweep."""
_SETTLE, _COMBINE, _PASSES = 5, 50, 50
"""Sweeps from one settling of the coldest copies to the next, from one combination to the next; passes of a descent."""

Keep = Callable[[State], bool]
GoOn = Callable[[int, int], bool]


def few_of_many(core: Core, chosen: Longs) -> bool:
    """Whether a plan of this size is a small choice among the candidates, so that ways of laying it out differ."""
    return core.cost.size > _FREE * chosen.size


def temper(core: Core, chosen: Longs, seed: int, moves: int, price: float, keep: Keep, go_on: GoOn) -> None:
    """Search from the plan ``chosen`` with ``moves`` trials in all; the same on any number of threads.

    ``price`` is what a unit of unspent budget is worth, 0 where sites are only counted. ``keep`` is shown each
    settled plan and tells whether it is the best so far; ``go_on``, given trials done and planned, ends the search
    where it says False.
    """
    search = _Search(_Walk(core, price), seed, moves, keep, go_on)
    cooling = search.cool(chosen, min(moves // _COOLINGS, _COOLING))
    if cooling is None:
        return
    heats = _ladder(cooling)
    if moves - search.done >= _LEAST_SWEEPS * heats.size * search.walk.trials:
        search.trade(heats, cooling)
    else:
        search.cool(chosen, (moves - search.done) // _COOLINGS)


@dataclass(frozen=True)
class _Step:
    """One step of a cooling: temperature, mean value, share of the trials that swapped, and the plan at its end."""

    heat: float
    value: float
    swapped: float
    chosen: Longs


class _Walk:
    """Trials of swaps on one core, counted or with costs and conditions."""

    def __init__(self, core: Core, price: float) -> None:
        self.core, self.price, self.counted = core, price, only_counted(core)
        self.trials = max(core.cost.size, _LEAST_TRIALS)

    def go(self, state: State, scratch: Scratch, trials: int, heat: float) -> int:
        """Try swaps at one temperature; how many were made."""
        if self.counted:
            return int(swaps(self.core, state, scratch, trials, heat))
        return int(anneal(self.core, state, scratch, trials, heat, heat, self.price))

    def value(self, state: State) -> float:
        """What the plan covers, less what its money is worth."""
        return float(state.sums[0] - self.price * state.sums[1])

    def settled(self, chosen: Longs) -> State:
        """The plan filled up and descended."""
        state = state_of(self.core, chosen, 0)
        fill(self.core, state, np.ones(self.core.cost.size))
        descend(self.core, state, fresh_scratch(self.core.cost.size), _PASSES)
        return state


def _cool(walk: _Walk, chosen: Longs, seed: int, trials: int) -> list[_Step]:
    """Let the temperature fall from where swaps are common to where they are rare; the steps on the way."""
    state, scratch = state_of(walk.core, chosen, seed), fresh_scratch(walk.core.cost.size)
    heat = _heat_of(losses(walk.core, state, scratch), _HOT)
    each = max(trials // (_STEPS * _SLICES), 1)
    steps: list[_Step] = []
    for _ in range(2 * _STEPS):
        swapped, value = 0, 0.0
        for _ in range(_SLICES):
            swapped += walk.go(state, scratch, each, heat)
            value += walk.value(state) / _SLICES
        steps.append(_Step(heat, value, swapped / (each * _SLICES), np.flatnonzero(state.chosen)))
        if steps[-1].swapped <= _COLD:
            break
        heat *= _FALL
    return steps


def _heat_of(lost: Floats, share: float) -> float:
    """The temperature at which ``share`` of trials that lose so much are let through."""
    finite = np.sort(lost[np.isfinite(lost)])
    if not finite.size or finite[-1] <= 0.0:
        return 1e-9
    low, high = 1e-6 * float(finite[-1]), 100.0 * float(finite[-1])
    for _ in range(40):
        middle = (low * high) ** 0.5
        if float(np.exp(-finite / middle).sum()) < share * lost.size:
            low = middle
        else:
            high = middle
    return high


def _ladder(steps: list[_Step]) -> Floats:
    """Temperatures from hot to cold, neighbours `_APART`, so that they trade about as often all along."""
    hottest = next((k for k, step in enumerate(steps) if step.swapped <= _HOT), 0)
    used = steps[hottest::_COARSE] + steps[-1:]
    heat, value = np.array([step.heat for step in used]), np.array([step.value for step in used])
    rise = np.maximum(np.diff(np.maximum.accumulate(value)), 0.0)
    length = np.r_[0.0, np.cumsum(np.sqrt(np.diff(1.0 / heat) * rise))] + 1e-9 * np.arange(heat.size)
    even = np.linspace(0.0, length[-1], 2 + int(length[-1] / _APART))
    ladder: Floats = np.exp(np.interp(even, length, np.log(heat)))
    return ladder


class _Search:
    """Trials done of those planned, and the good plans met."""

    def __init__(self, walk: _Walk, seed: int, moves: int, keep: Keep, go_on: GoOn) -> None:
        self.walk, self.seed, self.moves, self.keep, self.go_on = walk, seed, moves, keep, go_on
        self.done = 0
        self.elite = Elite(walk.core)

    def cool(self, chosen: Longs, trials: int) -> list[_Step] | None:
        """Coolings side by side; the steps of the first, or None where the search is to end."""
        if trials <= 0:
            return None
        first = self.seed * 1_000 + self.done
        coolings = side_by_side(lambda k: _cool(self.walk, chosen, first + k, trials), _COOLINGS)
        self.done += _COOLINGS * trials
        self._settle([cooling[-1].chosen for cooling in coolings])
        return coolings[0] if self.go_on(self.done, self.moves) else None

    def trade(self, heats: Floats, steps: list[_Step]) -> None:
        """Sweeps of all copies, after each of which neighbours trade places by the rule of Metropolis."""
        walk, rng = self.walk, np.random.default_rng(self.seed)
        states = [state_of(walk.core, _nearest(steps, heat).chosen, int(rng.integers(1 << 40))) for heat in heats]
        scratches = [fresh_scratch(walk.core.cost.size) for _ in states]

        def go(k: int) -> int:
            return walk.go(states[k], scratches[k], walk.trials, float(heats[k]))

        each = heats.size * walk.trials
        for sweep in range(1, (self.moves - self.done) // each + 1):
            side_by_side(go, len(states))
            self._swap_places(states, heats, sweep % 2, rng)
            if sweep % _SETTLE == 0:
                self._settle([np.flatnonzero(state.chosen) for state in states[-max(heats.size // 4, 1) :]])
            if sweep % _COMBINE == 0:
                self._combine(states)
            self.done += each
            if not self.go_on(self.done, self.moves):
                return

    def _swap_places(self, states: list[State], heats: Floats, first: int, rng: np.random.Generator) -> None:
        for k in range(first, len(states) - 1, 2):
            more = self.walk.value(states[k]) - self.walk.value(states[k + 1])
            if np.log(max(rng.random(), 1e-300)) < more * (1.0 / heats[k + 1] - 1.0 / heats[k]):
                states[k], states[k + 1] = states[k + 1], states[k]

    def _settle(self, plans: list[Longs]) -> None:
        """Show the settled plans to the caller and to the elite."""
        for settled in side_by_side(lambda k: self.walk.settled(plans[k]), len(plans)):
            self.keep(settled)
            self.elite.offer(settled)

    def _combine(self, states: list[State]) -> None:
        """Put the elite together; where that is the best plan so far, the coldest copy goes on from it."""
        chosen = self.elite.combined()
        if chosen is None:
            return
        settled = self.walk.settled(chosen)
        self.elite.offer(settled)
        if self.keep(settled):
            states[-1] = state_of(
                self.walk.core, np.flatnonzero(settled.chosen), int(states[-1].random[0] >> np.uint64(24))
            )


def _nearest(steps: list[_Step], heat: float) -> _Step:
    return min(steps, key=lambda step: abs(float(np.log(step.heat / heat))))
