"""The part of a computed plan's problem that lies in one district, all else being as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qipan.core.placing.adjusting import adjusted
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.clashing import clash_of
from qipan.core.placing.conditions import Stated, too_near
from qipan.core.placing.errors import ConditionsClash
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import only_demands
from qipan.core.placing.memory import Loaded
from qipan.core.placing.rules import near_any
from qipan.core.placing.solving import NumbersMissed, refuse_missed
from qipan.core.placing.stating import spaced_of
from qipan.core.placing.task import Task
from qipan.engines.siting import Effort, Infeasible, MaximumCoverage, Reach, check, solve_maximum

_most_rounds, _most_work = 60, 3e7
"""Rounds of the bound of a district, and pairs of demand that they may touch, for a person who waits at the map."""


@dataclass(frozen=True)
class DistrictPlan:
    """The whole plan, ``chosen`` candidates and the ``year`` of each, once a district was adjusted.

    ``rows`` are the district's sites by their place in it; ``objective`` what it then covers of the demand it touches;
    ``changes`` how many sites were changed only because it pays; ``broken`` what the checker finds.
    """

    chosen: Longs
    year: Longs
    rows: Longs
    objective: float
    changes: int
    broken: tuple[str, ...]


class DistrictPart:
    """The part of a plan's problem that lies in one district, all else being as it is."""

    def __init__(self, task: Task, loaded: Loaded, district: int) -> None:
        self.task, self.plan, self.reach = task, loaded.plan, loaded.reach
        candidates = task.candidates
        chosen, year = (np.array(loaded.plan[key], dtype=np.int64) for key in ("chosen", "year"))
        away = candidates.district_id[chosen] != district
        self.others, self.others_year = chosen[away], year[away]
        self.own, self.own_year = chosen[~away], year[~away]
        self.rows = np.flatnonzero(candidates.district_id == district)
        standing = np.append(self.others, len(candidates))
        self.served = loaded.reach.best(standing)
        self.budgets = self._money(self.own, self.own_year)
        self.touched = np.unique(loaded.reach.of(self.rows)[0]).astype(np.int64)
        self.stated = self._stated(loaded)

    def _money(self, chosen: Longs, year: Longs) -> Doubles:
        """Return what the district has in each year, and in the last year what the plan has left."""
        held = np.bincount(year, self._costs(chosen), minlength=len(self.task.years)).astype(np.float64)
        left = float(sum(self.plan["budgets"])) - float(self._costs(self.others).sum()) - float(held.sum())
        held[-1] += max(left, 0.0)
        return held

    def _costs(self, rows: Longs) -> Doubles:
        """Return what each site costs whoever comes in this order: the first on a host opens it."""
        candidates = self.task.candidates
        first = np.zeros(len(rows), dtype=bool)
        first[np.unique(candidates.group[rows], return_index=True)[1]] = True
        opening = np.where(candidates.occupied[rows], 0.0, candidates.opening[rows])
        return np.asarray(candidates.own[rows] + np.where(first, opening, 0.0))

    def _stated(self, loaded: Loaded) -> Stated:
        task, plan = self.task, self.plan
        every, rows, touched = task.candidates, self.rows, self.touched
        mine = every.take(rows)
        mine = replace(
            mine,
            occupied=mine.occupied | np.isin(mine.group, every.group[self.others]),
            group=np.unique(mine.group, return_inverse=True)[1].reshape(-1).astype(np.int64),
        )
        pins = {str(key): task.parameters.pins.get(str(key)) for key in mine.key}
        mandatory, forbidden = (
            np.flatnonzero([pins[str(key)] == pin for key in mine.key]).astype(np.int64)
            for pin in ("mandatory", "forbidden")
        )
        others = every.take(self.others)
        others = others.take(spaced_of(task, others))
        near = near_any(mine, others, float(plan["spacing"]))
        near = near[spaced_of(task, mine)[near]]
        self._refuse_near(mine, np.intersect1d(near, mandatory))
        site_part, least = loaded.site_part, np.array(plan["least_sites"], dtype=np.int64)
        elsewhere = np.bincount(site_part[self.others], minlength=len(least)) if len(least) else least
        return Stated(
            candidates=mine,
            reach=self._reach(touched),
            weights=loaded.demand.weights[:, touched],
            importance=np.array(plan["importance"]),
            layer_names=tuple(one.key for one in task.placement.layers),
            site_part=site_part[rows],
            least_sites=np.maximum(least - elsewhere, 0),
            site_names=tuple(plan["site_names"]),
            **self._least_covered(loaded, touched),
            demand_names=tuple(plan["demand_names"]),
            mandatory=mandatory,
            forbidden=np.union1d(forbidden, np.setdiff1d(near, mandatory)),
            spacing=float(plan["spacing"]),
            conflicts=too_near(mine, spaced_of(task, mine), float(plan["spacing"])),
        )

    def _refuse_near(self, mine: Candidates, rows: Longs) -> None:
        if rows.size:
            name = mine.name[rows[0]]
            least = f"{self.plan['spacing']:g} 米"
            message = f"“{name}”（{mine.key[rows[0]]}）必选，但与相邻区已选站址间距不足 {least}：请先调整相邻站址"
            raise ConditionsClash(message)

    def _reach(self, touched: Longs) -> Reach:
        """Return the district's rows over the demand they touch, and a last row of all that stands or stays."""
        whole = self.reach
        starts, ends = whole.start[self.rows], whole.start[self.rows + 1]
        lengths = ends - starts
        at = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        held = np.flatnonzero(self.served > 0)
        picked = Reach(
            np.concatenate([[0], np.cumsum(np.append(lengths, held.size))]),
            np.concatenate([whole.demand[at], held.astype(np.int32)]),
            np.concatenate([whole.weight[at], self.served[held].astype(np.float32)]),
            whole.demands,
        )
        return only_demands(picked, touched)

    def _least_covered(self, loaded: Loaded, touched: Longs) -> dict[str, Any]:
        part = loaded.demand_part
        least = np.array(self.plan["least_covered"], dtype=np.float64)
        weight = np.array(self.plan["importance"]) @ loaded.demand.weights
        away = np.ones(len(part), dtype=bool)
        away[touched] = False
        away &= part >= 0
        held = np.bincount(part[away], (weight * self.served)[away], minlength=len(least)) if len(least) else least
        # Other districts may serve what is asked for; what this one cannot reach is not asked of it.
        room = np.bincount(part[touched][part[touched] >= 0], weight[touched][part[touched] >= 0], minlength=len(least))
        return {
            "demand_part": part[touched],
            "least_covered": np.clip(least - held, 0.0, room) if len(least) else least,
        }

    def solve(self, changes: int) -> DistrictPlan:
        """Return the whole plan with the district's part brought back within its conditions and bettered a little.

        Sites that stay keep their year, new ones are built as soon as the district's money allows. Raises
        ConditionsClash where no plan of the district was found that meets the conditions.
        """
        money = float(self.budgets.sum())
        problem, standing = self.stated.problem(money), len(self.rows)
        found = adjusted(self.stated, np.searchsorted(self.rows, self.own), money, changes)
        rows = found.rows
        verdict = check(problem, np.append(rows, standing))
        if not verdict.holds:
            rows = self._afresh(problem, rows, money)
            verdict = check(problem, np.append(rows, standing))
        mine = self.rows[rows].astype(np.int64)
        years = self._years(mine)
        chosen, year = np.concatenate([self.others, mine]), np.concatenate([self.others_year, years])
        order = np.argsort(year, kind="stable")
        return DistrictPlan(chosen[order], year[order], rows, verdict.objective, found.changes, verdict.broken)

    def _afresh(self, problem: MaximumCoverage, start: Longs, money: float) -> Longs:
        """Return a plan of the whole district that the engine finds, where a few changes are not enough."""
        effort = replace(Effort.quick(self.task.parameters.seed, refuse_missed), exact_seconds=1.0)
        try:
            found = solve_maximum(problem, effort, start)
        except (NumbersMissed, Infeasible) as clash:
            raise clash_of(self.stated, money) from clash
        return found.chosen[found.chosen < len(self.rows)].astype(np.int64)

    def slack(self, plan: DistrictPlan) -> float:
        """Return by how much more any plan of the district could cover, all else staying as it is."""
        rounds = int(np.clip(_most_work / max(self.stated.reach.pairs, 1), 0, _most_rounds))
        effort = Effort(self.task.parameters.seed, bound_rounds=rounds, search_rounds=0, windows=0)
        try:
            free = replace(self.stated, least_sites=np.zeros_like(self.stated.least_sites), least_covered=np.zeros(0))
            found = solve_maximum(free.problem(float(self.budgets.sum())), effort, plan.rows)
        except Infeasible as clash:
            raise clash_of(self.stated, float(self.budgets.sum())) from clash
        return max(found.bound - plan.objective, 0.0)

    def _years(self, mine: Longs) -> Longs:
        """Return the year of each of the district's sites: its own, or the first in which there is money for it."""
        known = dict(zip(self.own.tolist(), self.own_year.tolist(), strict=True))
        last = len(self.budgets) - 1
        year = np.array([known.get(one, -1) for one in mine.tolist()], dtype=np.int64)
        cost = self._costs(mine)
        left = np.cumsum(self.budgets) - np.cumsum(np.bincount(year[year >= 0], cost[year >= 0], minlength=last + 1))
        for place in np.flatnonzero(year < 0):
            fits = [k for k in range(last + 1) if (left[k:] >= cost[place] - 0.01).all()]
            year[place] = fits[0] if fits else last
            left[year[place] :] -= cost[place]
        return year
