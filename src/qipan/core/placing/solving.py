"""Solving a stated plan: budgets by year, effort, and how much more or less money would cover."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qipan.core.jobs import Progress
from qipan.core.placing.conditions import Stated, told_clash
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import cheapest_plan, least_capital, numbers_only
from qipan.engines.siting import Effort, Infeasible, Phased, check, solve_maximum, solve_phases
from qipan.engines.siting import Progress as Step

Record = dict[str, Any]
_shares = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Budgets of the curve, of the plan's own."""
_spare = 1.1
"""What a plan without a budget of its own has at least, of the least capital that meets its numbers."""


@dataclass(frozen=True)
class Solved:
    """A plan: ``chosen`` candidates in the order they are built, the ``year`` (place among the budgets) of each.

    ``reasons`` float64 (n, 2): weight newly covered, and lost without it alone; ``phased`` and the checker's verdict;
    ``needed`` yuan of a plan that meets the numbers alone.
    """

    chosen: Longs
    year: Longs
    reasons: Doubles
    phased: Phased
    budgets: tuple[float, ...]
    broken: tuple[str, ...]
    needed: float


def efforts_of(name: str, seed: int) -> Effort:
    """Return how hard to try for ``quick``, ``standard`` or ``report``."""
    if name == "quick":
        return Effort(seed, bound_rounds=60, search_rounds=0, windows=0)
    if name == "report":
        return Effort.report(seed)
    return Effort(seed, bound_rounds=300, search_rounds=20_000)


def wanted_budget(stated: Stated, sites: int, headroom: float) -> float:
    """Return the money in yuan for a plan that was given none.

    It is the price of the usual candidate times the number of sites, but enough for the numbers, plus ``headroom``.
    Raises ConditionsClash where no money would do.
    """
    candidates = stated.candidates
    found = cheapest_plan(stated) or least_capital(stated)
    if found is None:
        raise _clash_of_numbers(stated, float(candidates.own.sum() + candidates.group_cost.sum()))
    usual = float(np.median(candidates.own + np.where(candidates.occupied, 0.0, candidates.opening)))
    return max(usual * sites * (1.0 + headroom), found[0] * _spare)


def solve(stated: Stated, budgets: Sequence[float], effort: Effort, progress: Progress) -> Solved:
    """Choose sites and their years; raises ConditionsClash, naming the smallest clash, where nothing will do."""
    total = float(sum(budgets))
    found = cheapest_plan(stated)
    if found is None or found[0] > total:
        found = least_capital(stated)
    if found is None or found[0] * (1 - 0.006) > total:
        raise _clash_of_numbers(stated, total)
    problem = stated.problem(total)
    try:
        phased = solve_phases(problem, list(budgets), replace(effort, keep_going=_Told(progress)))
    except Infeasible as clash:
        raise told_clash(stated, clash) from clash
    progress.check()
    final, standing = phased.final, len(stated.candidates)
    new = final.chosen != standing
    order = np.lexsort((np.arange(int(new.sum())), phased.year[new]))
    reasons = np.column_stack([final.reasons.newly_covered, final.reasons.alone])[new]
    verdict = check(problem, final.chosen)
    return Solved(
        chosen=final.chosen[new].astype(np.int64)[order],
        year=phased.year[new].astype(np.int64)[order],
        reasons=reasons[order],
        phased=phased,
        budgets=tuple(float(one) for one in budgets),
        broken=verdict.broken,
        needed=found[0],
    )


def _clash_of_numbers(stated: Stated, total: float) -> Exception:
    small = numbers_only(stated)
    try:
        solve_maximum(small.problem(total), Effort.quick())
    except Infeasible as clash:
        return told_clash(small, clash)
    return told_clash(small, Infeasible((f"budget {total:g}",), smallest=False))


class _Told:
    """Tells how far a solve is: never backwards, though a plan by years is several solves, and not too often."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._share, self._next = progress, 0.0, 0.0

    def __call__(self, step: Step) -> bool:
        """Tell of a step of the engine; False once stopping was asked for."""
        if self._progress.stop.is_set():
            return False
        name, first, last = _stages.get(step.stage, ("求解", self._share, self._share))
        share = first + (last - first) * min(step.done / max(step.planned, 1), 1.0)
        now = time.monotonic()
        if share > self._share and now >= self._next:
            self._share, self._next = share, now + _pause
            self._progress.report(share, name)
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
    free = replace(
        stated,
        least_sites=np.zeros_like(stated.least_sites),
        least_covered=np.zeros(0),
        mandatory=np.zeros(0, dtype=np.int64),
    )
    quick = Effort(effort.seed, bound_rounds=min(effort.bound_rounds, 200), search_rounds=0, windows=0)
    whole = float(stated.weight.sum())
    points, best = list[Record](), 0.0
    for place, share in enumerate(_shares):
        progress.report(place / len(_shares), "预算敏感性")
        found = solve_maximum(free.problem(budget * share), quick)
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
