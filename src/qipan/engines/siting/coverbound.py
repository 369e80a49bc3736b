"""Lagrangian lower bounds on set covers, by the volume algorithm.

The rows ``Σ x ≥ 1`` are relaxed with multipliers u ≥ 0: Σ u + Σ min(0, c - Σ u) bounds every cover from below. Groups
enter with their cost once the negative reduced costs of their members outweigh it.

Source: Barahona and Anbil, The volume algorithm, 2000; Caprara, Fischetti and Toth, A heuristic method for the set
covering problem, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, Singles
from qipan.engines.siting.bound import cover_counts, mixing, moved, profits, squared_length
from qipan.engines.siting.core import Core
from qipan.engines.siting.results import KeepGoing, Progress

_MIXING, _PATIENCE = 0.1, 8


@dataclass(frozen=True)
class LeastCost:
    """A lower bound on the cost of every cover, the reduced costs float64 [n] there, the averaged plan float64 [n],
    and whether the iterations ran to their end.
    """

    value: float
    reduced: Floats
    average: Floats
    finished: bool


@dataclass(frozen=True)
class _Point:
    multipliers: Singles
    value: float
    reduced: Floats
    taken: Longs


def bound_cost(core: Core, known: float, rounds: int, keep_going: KeepGoing) -> LeastCost:
    """Bound the cost of covering every row, by up to ``rounds`` iterations; ``known`` is the cost of a plan."""
    ceiling = np.full(core.value.size, np.inf, np.float32)
    best = _at(core, _first(core))
    cover = _cover(core, best.taken)
    average = np.zeros(core.cost.size)
    average[best.taken] = 1.0
    pace, worse, finished = 1.0, 0, True
    for done in range(rounds):
        length, distance = squared_length(best.multipliers, ceiling, cover), known - best.value
        if length <= 1e-12 or distance <= 1e-9 * known:
            break
        here = _at(core, moved(best.multipliers, ceiling, cover, pace * distance / length))
        fresh = _cover(core, here.taken)
        mix, ahead = mixing(here.multipliers, ceiling, fresh, cover, _MIXING)
        cover += np.float32(mix) * (fresh - cover)
        average *= 1.0 - mix
        average[here.taken] += mix
        if here.value > best.value:
            best, worse = here, 0
            pace = min(pace * 1.1, 2.0) if ahead else pace
        else:
            worse += 1
            if worse >= _PATIENCE:
                pace, worse = max(pace * 0.7, 1e-5), 0
        if not keep_going(Progress("bound", known, best.value, done + 1, rounds)):
            finished = False
            break
    return LeastCost(max(best.value, 0.0), best.reduced, average, finished)


def _first(core: Core) -> Singles:
    """Each row's least share of the cost of an owner."""
    share = core.cost / np.maximum(np.diff(core.start), 1)
    owned = np.minimum.reduceat(share[core.owners], core.owner_start[:-1])
    return owned.astype(np.float32)


def _cover(core: Core, taken: Longs) -> Singles:
    return cover_counts(core.start, core.rows, taken, np.ones(taken.size), core.value.size)


def _at(core: Core, multipliers: Singles) -> _Point:
    reduced = core.cost - profits(core.start, core.rows, multipliers)
    taken = np.flatnonzero(reduced < 0)
    total = float(multipliers.astype(np.float64).sum())
    if not core.group_cost.any():
        return _Point(multipliers, total + float(reduced[taken].sum()), reduced, taken)
    grouped = core.group[taken] >= 0
    worth = np.bincount(core.group[taken][grouped], reduced[taken][grouped], minlength=core.group_cost.size)
    opened = np.append(worth + core.group_cost < 0, True)
    taken = taken[opened[core.group[taken]]]
    total += float(reduced[taken].sum()) + float(core.group_cost[opened[:-1]].sum())
    return _Point(multipliers, total, reduced, taken)
