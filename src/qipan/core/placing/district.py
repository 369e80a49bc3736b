"""The part of a computed plan's problem that lies in one district, all else being as it is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from qipan.core.placing.candidates import Candidates
from qipan.core.placing.conditions import Stated, told_clash
from qipan.core.placing.errors import ConditionsClash
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import only_demands
from qipan.core.placing.memory import Loaded
from qipan.core.placing.repairing import repaired
from qipan.core.placing.rules import near_any
from qipan.core.placing.stating import spaced_of
from qipan.core.placing.task import Task
from qipan.engines.siting import Effort, Infeasible, Reach, Siting, check, solve_maximum

_waiting: dict[str, Any] = {"bound_rounds": 100, "search_rounds": 500, "windows": 0}
"""How hard to try for a person who waits at the map."""
_patience = 0.8
"""Seconds after which the search for a better plan of a district ends with the best so far."""


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
            spaced=spaced_of(task, mine),
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

    def solve(self) -> tuple[Longs, Longs, Siting, tuple[str, ...]]:
        """Return the whole plan's sites and years, what was found for the district, and what the checker says.

        The search begins with what is chosen in the district now, so that little else changes; sites that stay keep
        their year, new ones are built as soon as the district's money allows.
        """
        money = float(self.budgets.sum())
        problem = self.stated.problem(money)
        now = repaired(self.stated, np.searchsorted(self.rows, self.own), money)
        ends = time.monotonic() + _patience
        effort = Effort(self.task.parameters.seed, keep_going=lambda _: time.monotonic() < ends, **_waiting)
        try:
            found = solve_maximum(problem, effort, now)
        except Infeasible as clash:
            raise told_clash(self.stated, clash) from clash
        mine = self.rows[found.chosen[found.chosen < len(self.rows)]].astype(np.int64)
        years = self._years(mine)
        chosen, year = np.concatenate([self.others, mine]), np.concatenate([self.others_year, years])
        order = np.argsort(year, kind="stable")
        return chosen[order], year[order], found, check(problem, found.chosen).broken

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
