"""An independent checker: plain array sums over the stated problem, sharing nothing with the solvers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Floats
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.problems import MaximumCoverage, SetCover
from qipan.engines.siting.reach import Reach

_SLACK = 1e-9


@dataclass(frozen=True)
class Verification:
    """What the checker found: objective and cost recomputed, and a sentence for each condition that is broken."""

    objective: float
    cost: float
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every condition holds."""
        return not self.broken


def check(problem: MaximumCoverage | SetCover, chosen: Sequence[int] | npt.NDArray[np.integer]) -> Verification:
    """Recompute objective and cost of a plan from the stated problem and name every condition it breaks."""
    sites = np.asarray(chosen, np.int64)
    broken = _broken_ids(problem.reach, sites)
    if broken:
        return Verification(float("nan"), float("nan"), broken)
    cost = plan_cost(problem.costs, problem.conditions, sites)
    served = problem.reach.best(sites)
    broken = broken_pins(problem.conditions, sites) + _broken_areas(problem, sites, served)
    if isinstance(problem, MaximumCoverage):
        if cost > problem.budget * (1 + _SLACK):
            broken += (f"cost {cost:g} exceeds the budget {problem.budget:g}",)
        return Verification(float(problem.weight @ served), cost, broken)
    return Verification(cost, cost, broken + _broken_cover(problem, served))


def plan_cost(costs: Floats, conditions: Conditions, sites: npt.NDArray[np.integer]) -> float:
    """Cost of the sites that are not fixed, with the cost of every group they open."""
    paid = np.setdiff1d(sites, conditions.fixed)
    total = float(costs[paid].sum())
    if conditions.group.size:
        opened = np.setdiff1d(conditions.group[paid], np.append(conditions.group[conditions.fixed], -1))
        total += float(conditions.group_cost[opened].sum())
    return total


def broken_pins(conditions: Conditions, sites: npt.NDArray[np.integer]) -> tuple[str, ...]:
    """Sentences for fixed and mandatory sites left out, forbidden ones chosen, and conflicts."""
    broken = [f"fixed site {each} is missing" for each in np.setdiff1d(conditions.fixed, sites)]
    broken += [f"mandatory site {each} is missing" for each in np.setdiff1d(conditions.mandatory, sites)]
    broken += [f"forbidden site {each} is chosen" for each in np.intersect1d(conditions.forbidden, sites)]
    clash = np.isin(conditions.conflicts, sites).all(axis=1)
    broken += [f"sites {one} and {other} conflict" for one, other in conditions.conflicts[clash]]
    return tuple(broken)


def _broken_ids(reach: Reach, sites: npt.NDArray[np.integer]) -> tuple[str, ...]:
    outside = [f"site {each} does not exist" for each in sites[(sites < 0) | (sites >= reach.candidates)]]
    ids, times = np.unique(sites, return_counts=True)
    return tuple(outside + [f"site {each} is chosen twice" for each in ids[times > 1]])


def _broken_areas(
    problem: MaximumCoverage | SetCover, sites: npt.NDArray[np.integer], served: Floats
) -> tuple[str, ...]:
    conditions, weight = problem.conditions, problem.weight
    if weight is None:
        weight = np.ones(problem.reach.demands)
    broken = []
    if conditions.area_least.size:
        inside = conditions.demand_area >= 0
        held = np.bincount(
            conditions.demand_area[inside], (weight * served)[inside], minlength=conditions.area_least.size
        )
        for area in np.flatnonzero(held < conditions.area_least * (1 - _SLACK)):
            broken.append(f"area {area} covers {held[area]:g} of the {conditions.area_least[area]:g} it needs")
    return (*broken, *broken_numbers(conditions, sites))


def broken_numbers(conditions: Conditions, sites: npt.NDArray[np.integer]) -> tuple[str, ...]:
    """Sentences for areas with fewer new sites than they need."""
    if not conditions.area_sites.size:
        return ()
    labels = conditions.candidate_area[np.setdiff1d(sites, conditions.fixed)]
    number = np.bincount(labels[labels >= 0], minlength=conditions.area_sites.size)
    return tuple(
        f"area {area} has {number[area]} of the {conditions.area_sites[area]:g} sites it needs"
        for area in np.flatnonzero(number < conditions.area_sites)
    )


def _broken_cover(problem: SetCover, served: Floats) -> tuple[str, ...]:
    if problem.share < 1:
        weight = problem.weights
        held, needed = float(weight @ served), problem.share * float(weight.sum())
        if held >= needed * (1 - _SLACK):
            return ()
        return (f"covered weight {held:g} is below the share asked, {needed:g}",)
    open_demand = np.flatnonzero(problem.reach.covered() & (served <= 0))
    return tuple(f"demand {each} is not covered" for each in open_demand)
