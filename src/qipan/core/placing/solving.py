"""Solving a stated plan: budgets by year, effort, and how much more or less money would cover."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qipan.core.jobs import Progress
from qipan.core.placing.clashing import clash_of
from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import cheapest_plan
from qipan.core.placing.least_exact import least_capital
from qipan.engines.siting import Effort, MaximumCoverage, Phased, check, solve_maximum, solve_phases
from qipan.engines.siting import Progress as Step

Record = dict[str, Any]
_shares = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Budgets of the curve, of the plan's own."""
_few_shares = (0.5, 1.0, 1.5, 2.0)
_most_pairs = 5_000_000
"""Pairs of candidate and demand beyond which the curve has fewer points, so that a whole city's takes minutes."""
_curve_rounds = 120
_spare = 1.1
"""What a plan without a budget of its own has at least, of the least capital that meets its numbers."""


@dataclass(frozen=True)
class Solved:
    """A plan: ``chosen`` candidates in the order they are built, the ``year`` (place among the budgets) of each.

    ``reasons`` float64 (n, 2): weight newly covered, and lost without it alone; ``phased`` and the checker's verdict;
    ``needed`` yuan of a plan that meets the numbers alone; ``held`` where the plan is built around that one.
    """

    chosen: Longs
    year: Longs
    reasons: Doubles
    phased: Phased
    budgets: tuple[float, ...]
    broken: tuple[str, ...]
    needed: float
    held: bool = False


def efforts_of(name: str, seed: int) -> Effort:
    """Return how hard to try for ``quick``, ``standard`` or ``report``."""
    if name == "quick":
        return Effort(seed, bound_rounds=150, search_rounds=0, windows=0)
    if name == "report":
        return Effort.report(seed)
    return Effort(seed, bound_rounds=300, search_rounds=20_000)


def cheapest(stated: Stated, budget: float = np.inf) -> tuple[float, Longs]:
    """Return yuan and sites of a plan that meets pins, spacing and numbers within the budget.

    Raises ConditionsClash, naming the conditions, where none was found.
    """
    found = cheapest_plan(stated)
    if found is not None and found[0] <= budget:
        return found
    exact = least_capital(stated)
    if exact.rows is None or exact.cost > budget * (1 + 1e-9) + 0.01:
        raise clash_of(stated, budget)
    return exact.cost, exact.rows


def wanted_budget(stated: Stated, sites: int, headroom: float) -> float:
    """Return the money in yuan for a plan that was given none.

    It is the price of the usual candidate times the number of sites, but enough for the numbers, plus ``headroom``.
    Raises ConditionsClash where no money would do.
    """
    candidates = stated.candidates
    usual = float(np.median(candidates.own + np.where(candidates.occupied, 0.0, candidates.opening)))
    return max(usual * sites * (1.0 + headroom), cheapest(stated)[0] * _spare)


def solve(stated: Stated, budgets: Sequence[float], effort: Effort, progress: Progress) -> Solved:
    """Choose sites and their years; raises ConditionsClash, naming the smallest clash, where nothing will do."""
    total = float(sum(budgets))
    needed, rows = cheapest(stated, total)
    telling = replace(effort, keep_going=_Told(progress))
    problem, held = stated.problem(total), False
    phased = _phases_without_numbers(stated, problem, budgets, telling)
    if phased is None:
        try:
            phased = solve_phases(problem, list(budgets), telling)
        except NumbersMissed:
            phased, held = _phases_around(stated, rows, budgets, telling), True
    progress.check()
    final, standing = phased.final, len(stated.candidates)
    new = final.chosen != standing
    order = np.lexsort((np.arange(int(new.sum())), phased.year[new]))
    reasons = np.column_stack([final.reasons.newly_covered, final.reasons.alone])[new]
    return Solved(
        chosen=final.chosen[new].astype(np.int64)[order],
        year=phased.year[new].astype(np.int64)[order],
        reasons=reasons[order],
        phased=phased,
        budgets=tuple(float(one) for one in budgets),
        broken=check(problem, final.chosen).broken,
        needed=needed,
        held=held,
    )


def _phases_without_numbers(
    stated: Stated, problem: MaximumCoverage, budgets: Sequence[float], effort: Effort
) -> Phased | None:
    """Return the best plan of all where it meets the numbers by itself, None where it does not.

    A number that is met anyway only narrows the search: without it the plan is better and sooner found.
    """
    if not stated.least_sites.any() and not stated.least_covered.size:
        return None
    free = _without_numbers(stated).problem(problem.budget)
    rough = solve_maximum(free, replace(effort, bound_rounds=0, search_rounds=0, windows=0))
    if not check(problem, rough.chosen).holds:
        return None
    found = solve_phases(free, list(budgets), effort)
    return found if check(problem, found.final.chosen).holds else None


def _phases_around(stated: Stated, rows: Longs, budgets: Sequence[float], effort: Effort) -> Phased:
    """Return the best plan that holds the cheapest sites which meet the numbers, with the bound of all plans.

    The bound is that of the problem without numbers, which allows more.
    """
    total = float(sum(budgets))
    around = replace(stated, mandatory=np.union1d(stated.mandatory, rows))
    phased = solve_phases(around.problem(total), list(budgets), effort)
    free = solve_maximum(_without_numbers(stated).problem(total), replace(effort, search_rounds=0, windows=0))
    bound = max(free.bound, phased.final.objective)
    return replace(phased, final=replace(phased.final, bound=bound), bound=np.minimum(phased.bound, bound))


def _without_numbers(stated: Stated) -> Stated:
    return replace(
        stated,
        least_sites=np.zeros_like(stated.least_sites),
        least_covered=np.zeros(0),
    )


class NumbersMissed(Exception):
    """The engine's first plan misses a number: the exact search that it would begin has no end that can be told."""


def refuse_missed(step: Step) -> bool:
    """Let a solve go on; raises NumbersMissed where its first plan misses a number."""
    if step.stage == "greedy" and step.objective == -np.inf:
        raise NumbersMissed
    return True


class _Told:
    """Tells how far a solve is: never backwards, though a plan by years is several solves, and not too often."""

    def __init__(self, progress: Progress, name: str = "") -> None:
        self._progress, self._share, self._next, self._name = progress, 0.0, 0.0, name

    def __call__(self, step: Step) -> bool:
        """Tell of a step of the engine; False once stopping was asked for."""
        if self._progress.stop.is_set():
            return False
        refuse_missed(step)
        name, first, last = _stages.get(step.stage, ("求解", self._share, self._share))
        share = first + (last - first) * min(step.done / max(step.planned, 1), 1.0)
        now = time.monotonic()
        if share > self._share and now >= self._next:
            self._share, self._next = share, now + _pause
            self._progress.report(share, self._name or name)
        return True


_pause = 0.05
"""Least seconds between two reports of progress."""
_stages = {
    "greedy": ("初选", 0.0, 0.02),
    "swap descent": ("交换改进", 0.02, 0.1),
    "bound": ("计算上界", 0.1, 0.5),
    "annealing": ("局部搜索", 0.5, 0.7),
    "local search": ("局部搜索", 0.7, 0.95),
    "exact windows": ("局部精确求解", 0.95, 1.0),
}
"""By stage of the engine: how it is called, and from which to which share of the solve it takes."""


def sensitivity(stated: Stated, budget: float, known: float, effort: Effort, progress: Progress) -> list[Record]:
    """Return what budgets from a quarter to three times the plan's own would cover at best, each with its bound.

    Least numbers are left out: they would forbid the smaller budgets. ``known`` is what the plan itself covers; a
    plan of less money is one of more money too.
    """
    free = replace(_without_numbers(stated), mandatory=np.zeros(0, dtype=np.int64))
    quick = Effort(effort.seed, bound_rounds=min(effort.bound_rounds, _curve_rounds), search_rounds=0, windows=0)
    shares = _shares if stated.reach.pairs <= _most_pairs else _few_shares
    whole = float(stated.weight.sum())
    points, best = list[Record](), 0.0
    for place, share in enumerate(shares):
        telling = _Told(progress.part(place / len(shares), (place + 1) / len(shares)), "预算敏感性")
        found = solve_maximum(free.problem(budget * share), replace(quick, keep_going=telling))
        progress.check()
        best = max(best, found.objective, known if share >= 1.0 else 0.0)
        bound = max(found.bound, best)
        points.append({
            "budget": round(budget * share, 2),
            "covered": round(best, 3),
            "share": round(best / whole, 6) if whole else None,
            "bound": round(bound, 3),
            "gap": round((bound - best) / best, 6) if best else None,
            "sites": int(found.chosen.size - 1),
        })  # fmt: skip
    return points
