"""Lagrangian bounds on coverage plans, by the volume algorithm.

The rows ``y ≤ Σ x`` are relaxed with multipliers 0 ≤ u ≤ w. What is left is a knapsack over candidates with profits
``r = Σ u``, and its relaxed optimum with Σ (w - u) bounds every plan from above. The direction of each step is the
average of the subgradients met; the average of the knapsack solutions tends to an optimum of the linear relaxation
and guides a greedy. Area minimums are relaxed with prices of their own, which raise the weights of their rows.

Source: Barahona and Anbil, The volume algorithm: producing primal solutions with a subgradient method, 2000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from qipan.engines.siting.arrays import Floats, Ints, Longs, Singles
from qipan.engines.siting.core import Core
from qipan.engines.siting.knapsack import Knapsack, relaxed_knapsack
from qipan.engines.siting.results import KeepGoing, Progress

_MIXING = 0.1
_PATIENCE = 8
_SHARES = (0.6, 0.3, 0.15, 0.08, 0.04)
_PARALLEL = 2_000_000
"""Pairs from which the sums are shared among the cores."""


@dataclass(frozen=True)
class CoverBound:
    """A bound on the value of any plan of a core.

    ``value`` the bound; ``average`` float64 [n] averaged knapsack solutions; ``price`` the value of a unit of budget;
    ``base`` such that base + price × budget bounds the value at every budget; ``finished`` False if cancelled.
    ``multipliers`` float32 [m] of the cover rows that give the bound, from 0 to ``weight``, float64 [m], the value of
    each row raised by the prices of area minimums.
    """

    value: float
    average: Floats
    price: float
    base: float
    finished: bool
    multipliers: Singles
    weight: Floats


def bound_cover(core: Core, chosen: Longs, target: float, rounds: int, keep_going: KeepGoing) -> CoverBound:
    """Bound the value of every plan of ``core`` by up to ``rounds`` iterations from the plan ``chosen`` (positions).

    ``target``, the value of the best plan known, sets the length of the steps. Deterministic.
    """
    volume = _Volume(core, chosen, target)
    finished = True
    for done in range(rounds):
        if not volume.step():
            break
        if not keep_going(Progress("bound", target, volume.best.value, done + 1, rounds)):
            finished = False
            break
    best, prices = volume.best, volume.area_prices
    weight = core.value * volume.raised(prices) if prices.any() else core.value
    return CoverBound(best.value, volume.average, best.knapsack.price, best.base, finished, volume.centre, weight)


@dataclass(frozen=True)
class _Evaluation:
    """The Lagrangian at one point: its value, the knapsack that attains it, and the value less the budget's part."""

    value: float
    knapsack: Knapsack
    base: float


class _Volume:
    """The moving parts of the volume algorithm: centre, best evaluation, averaged cover and averaged knapsack."""

    def __init__(self, core: Core, chosen: Longs, target: float) -> None:
        self.core, self.target = core, target
        self.area_prices = np.zeros(core.area_least.size)
        self.weight = self._weighted(self.area_prices)
        starts = [_first_multipliers(core.start, core.rows, self.weight, chosen, share) for share in _SHARES]
        points = [self._evaluate(self.weight, start, self.area_prices) for start in starts]
        nearest = min(range(len(points)), key=lambda k: points[k].value)
        self.centre, self.best = starts[nearest], points[nearest]
        self.cover = self._cover(self.best.knapsack)
        self.average = np.zeros(core.cost.size)
        self.average[self.best.knapsack.taken] = self.best.knapsack.share
        self.pace, self.worse = 1.0, 0

    def step(self) -> bool:
        """Move once; False where the bound meets the target or no direction is left."""
        length = squared_length(self.centre, self.weight, self.cover)
        distance = self.best.value - self.target
        if length <= 1e-12 or distance <= 1e-9 * max(1.0, abs(self.target)):
            return False
        scale = self.pace * distance / length
        prices = self._next_prices(scale)
        weight = self.weight if prices is self.area_prices else self._weighted(prices)
        trial = moved(self.centre, weight, self.cover, scale)
        here = self._evaluate(weight, trial, prices)
        cover = self._cover(here.knapsack)
        mix, ahead = mixing(trial, weight, cover, self.cover, _MIXING)
        self.cover += np.float32(mix) * (cover - self.cover)
        self.average *= 1.0 - mix
        self.average[here.knapsack.taken] += mix * here.knapsack.share
        self._judge(here, weight, trial, prices, ahead)
        return True

    def _judge(self, here: _Evaluation, weight: Singles, trial: Singles, prices: Floats, ahead: bool) -> None:
        """Take the trial point as the new centre if it bounds better, and set the pace of the next steps."""
        if here.value < self.best.value:
            self.best, self.weight, self.centre, self.area_prices = here, weight, trial, prices
            self.worse = 0
            if ahead:
                self.pace = min(self.pace * 1.1, 2.0)
            return
        self.worse += 1
        if self.worse >= _PATIENCE:
            self.pace, self.worse = max(self.pace * 0.7, 1e-5), 0

    def _weighted(self, prices: Floats) -> Singles:
        if not prices.any():
            return self.core.value.astype(np.float32)
        return (self.core.value * (1.0 + np.append(prices, 0.0)[self.core.row_area])).astype(np.float32)

    def _evaluate(self, weight: Singles, multipliers: Singles, prices: Floats) -> _Evaluation:
        """Value of the Lagrangian; any multipliers give a valid bound, so single precision of them costs nothing."""
        knapsack = relaxed_knapsack(self.core, profits(self.core.start, self.core.rows, multipliers))
        exact = self.core.value if not prices.any() else self.core.value * self.raised(prices)
        rest = _rest(exact, multipliers) - float(prices @ self.core.area_least)
        return _Evaluation(knapsack.value + rest, knapsack, knapsack.base + rest)

    def raised(self, prices: Floats) -> Floats:
        """What each row is worth with the prices of area minimums, as a multiple of its value."""
        raised: Floats = 1.0 + np.append(prices, 0.0)[self.core.row_area]
        return raised

    def _cover(self, knapsack: Knapsack) -> Singles:
        return cover_counts(self.core.start, self.core.rows, knapsack.taken, knapsack.share, self.core.value.size)

    def _next_prices(self, scale: float) -> Floats:
        """Raise the price of an area whose averaged cover falls short, lower it where it does not."""
        least = self.core.area_least
        if not least.size:
            return self.area_prices
        inside = self.core.row_area >= 0
        held = np.bincount(
            self.core.row_area[inside],
            (self.core.value * np.minimum(self.cover, 1.0))[inside],
            minlength=least.size,
        )
        short = np.where(least > 0, (least - held) / np.maximum(least, 1e-12), 0.0)
        moved: Floats = np.maximum(self.area_prices + 0.2 * self.pace * short, 0.0)
        return moved


@njit(cache=True)
def _first_multipliers(start: Longs, rows: Ints, weight: Singles, chosen: Longs, share: float) -> Singles:
    """Multipliers that a plan suggests: an open row's whole weight, ``share`` of it once covered, then less."""
    count = np.zeros(weight.size, np.int32)
    for k in range(chosen.size):
        for at in range(start[chosen[k]], start[chosen[k] + 1]):
            count[rows[at]] += 1
    portion = np.array([1.0, share, share / 3.0, 0.0], np.float32)
    multipliers = np.empty(weight.size, np.float32)
    for row in range(weight.size):
        multipliers[row] = weight[row] * portion[min(count[row], 3)]
    return multipliers


def profits(start: Longs, rows: Ints, multipliers: Singles) -> Floats:
    """Sum of the multipliers of each candidate's rows, on all cores where that pays."""
    profit = np.empty(start.size - 1)
    if rows.size < _PARALLEL:
        _sum_block(start, rows, multipliers, profit, 0, profit.size)
    else:
        _sum_all(start, rows, multipliers, profit)
    return profit


@njit(cache=True)
def _sum_block(start: Longs, rows: Ints, multipliers: Singles, profit: Floats, first: int, last: int) -> None:
    for i in range(first, last):
        total = 0.0
        for at in range(start[i], start[i + 1]):
            total += multipliers[rows[at]]
        profit[i] = total


@njit(cache=True, parallel=True)
def _sum_all(start: Longs, rows: Ints, multipliers: Singles, profit: Floats) -> None:
    blocks = 64
    for block in prange(blocks):
        _sum_block(start, rows, multipliers, profit, profit.size * block // blocks, profit.size * (block + 1) // blocks)


@njit(cache=True)
def _rest(value: Floats, multipliers: Singles) -> float:
    """Sum over rows of what is worth covering beyond the multiplier."""
    total = 0.0
    for row in range(value.size):
        total += max(value[row] - multipliers[row], 0.0)
    return total


@njit(cache=True)
def cover_counts(start: Longs, rows: Ints, taken: Longs, share: Floats, count: int) -> Singles:
    """How often a fractional plan covers each row."""
    cover = np.zeros(count, np.float32)
    for k in range(taken.size):
        for at in range(start[taken[k]], start[taken[k] + 1]):
            cover[rows[at]] += share[k]
    return cover


@njit(cache=True)
def squared_length(centre: Singles, weight: Singles, cover: Singles) -> float:
    """Squared length of the direction 1 - cover, without the parts that point out of 0 ≤ u ≤ w."""
    total = 0.0
    for row in range(centre.size):
        step = 1.0 - cover[row]
        if (step > 0.0 and centre[row] >= weight[row]) or (step < 0.0 and centre[row] <= 0.0):
            continue
        total += step * step
    return total


@njit(cache=True)
def moved(centre: Singles, weight: Singles, cover: Singles, scale: float) -> Singles:
    """Step from the centre towards rows covered too little on average, kept within 0 ≤ u ≤ w."""
    trial = np.empty_like(centre)
    for row in range(centre.size):
        trial[row] = min(max(centre[row] + scale * (1.0 - cover[row]), 0.0), weight[row])
    return trial


@njit(cache=True)
def mixing(trial: Singles, weight: Singles, fresh: Singles, average: Singles, most: float) -> tuple[float, bool]:
    """Share of the fresh subgradient that shortens the average most, and whether both point the same way."""
    cross, square, along = 0.0, 0.0, 0.0
    for row in range(trial.size):
        old, new = 1.0 - average[row], 1.0 - fresh[row]
        if (old > 0.0 and trial[row] >= weight[row]) or (old < 0.0 and trial[row] <= 0.0):
            continue
        cross += old * (old - new)
        square += (old - new) * (old - new)
        along += old * new
    best = cross / square if square > 0.0 else most
    return min(max(best, most / 10.0), most), along > 0.0
