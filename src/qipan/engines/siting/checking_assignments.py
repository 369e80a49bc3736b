"""The independent checker of assignments: plain sums over the stated problem, sharing nothing with the solvers."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from qipan.engines.siting.arrays import Floats, row_ids
from qipan.engines.siting.checking import Verification, broken_numbers, broken_pins, plan_cost
from qipan.engines.siting.errors import SitingError
from qipan.engines.siting.locations import Assignment, Capacitated, CapacitatedCoverage, NearestSites

_SLACK = 1e-6


Assigning: TypeAlias = NearestSites | Capacitated | CapacitatedCoverage


def check_assignment(problem: Assigning, plan: Assignment, *, greatest: bool = False) -> Verification:
    """Recompute objective and opening cost of an assignment and name every condition it breaks.

    The objective of `NearestSites` is the weighted sum of distances, or with ``greatest`` the longest one.
    """
    sites = plan.chosen.astype(np.int64)
    outside = [f"site {each} does not exist" for each in sites[(sites < 0) | (sites >= problem.reach.candidates)]]
    if outside or np.unique(sites).size != sites.size:
        return Verification(float("nan"), float("nan"), tuple(outside) or ("a site is chosen twice",))
    broken = [*broken_pins(problem.conditions, sites), *broken_numbers(problem.conditions, sites)]
    served = plan.site[plan.site >= 0]
    broken += [f"site {each} serves but is not chosen" for each in np.setdiff1d(served, sites)]
    if isinstance(problem, NearestSites):
        return _nearest(problem, plan, broken, greatest)
    if isinstance(problem, CapacitatedCoverage):
        return _covering(problem, plan, broken)
    return _within_capacity(problem, plan, broken)


def required(problem: Assigning, plan: Assignment, *, greatest: bool = False) -> Assignment:
    """Return the plan if it passes the checker with the objective it states; raise `SitingError` if not."""
    found = check_assignment(problem, plan, greatest=greatest)
    broken = found.broken
    if not broken and abs(found.objective - plan.objective) > _SLACK * max(1.0, abs(plan.objective)):
        broken = (f"the objective is {found.objective:g}, not the {plan.objective:g} stated",)
    if broken:
        message = f"the plan failed the independent check: {'; '.join(broken[:3])}; report the problem that led to it"
        raise SitingError(message)
    return plan


def _nearest(problem: NearestSites, plan: Assignment, broken: list[str], greatest: bool) -> Verification:
    if plan.chosen.size > problem.sites:
        broken.append(f"{plan.chosen.size} sites are chosen of the {problem.sites} allowed")
    nearest = problem.reach.nearest(plan.chosen)
    away = _lengths(problem, plan.site)
    wrong = np.flatnonzero(np.isfinite(nearest) & ~(away <= nearest))
    broken += [f"demand {each} does not go to its nearest site" for each in wrong[:5]]
    if greatest:
        broken += [f"demand {each} is out of reach" for each in np.flatnonzero(~np.isfinite(nearest))[:5]]
        return Verification(float(nearest.max(initial=0.0)), 0.0, tuple(broken))
    counted = np.minimum(np.where(plan.site >= 0, away, problem.far), problem.far)
    return Verification(float(problem.weights @ counted), 0.0, tuple(broken))


def _covering(problem: CapacitatedCoverage, plan: Assignment, broken: list[str]) -> Verification:
    cost = plan_cost(problem.costs, problem.conditions, plan.chosen)
    if cost > problem.budget * (1 + _SLACK):
        broken.append(f"cost {cost:g} exceeds the budget {problem.budget:g}")
    served = plan.site >= 0
    beyond = np.flatnonzero(served & ~np.isfinite(_lengths(problem, plan.site)))
    broken += [f"demand {each} is out of reach of site {plan.site[each]}" for each in beyond[:5]]
    load = np.bincount(plan.site[served], problem.amount[served], minlength=problem.reach.candidates)
    for each in np.flatnonzero(load > problem.capacity * (1 + _SLACK))[:5]:
        broken.append(f"site {each} serves {load[each]:g} of at most {problem.capacity[each]:g}")
    return Verification(float(problem.weight[served].sum()), cost, tuple(broken))


def _lengths(problem: Assigning, site: np.ndarray) -> Floats:
    """Weight of the pair of each demand and its site, inf where the site does not reach it or there is none."""
    who, demand = row_ids(problem.reach.start), problem.reach.demand
    own = site[demand] == who
    away = np.full(problem.reach.demands, np.inf)
    away[demand[own]] = problem.reach.weight[own]
    return away


def _within_capacity(problem: Capacitated, plan: Assignment, broken: list[str]) -> Verification:
    opening = plan_cost(problem.opening, problem.conditions, plan.chosen)
    share = _shares(problem, plan)
    who = row_ids(problem.reach.start)
    given = np.bincount(problem.reach.demand, share, minlength=problem.reach.demands)
    broken += [f"demand {each} is served {given[each]:g} times" for each in np.flatnonzero(abs(given - 1) > _SLACK)[:5]]
    load = np.bincount(who, share * problem.amount[problem.reach.demand], minlength=problem.reach.candidates)
    closed = np.ones(problem.reach.candidates, np.bool_)
    closed[plan.chosen] = False
    limit = np.where(closed, 0.0, problem.capacity)
    for each in np.flatnonzero(load > limit + _SLACK * np.maximum(problem.capacity, 1.0))[:5]:
        broken.append(f"site {each} serves {load[each]:g} of at most {limit[each]:g}")
    return Verification(opening + float(problem.reach.weight.astype(np.float64) @ share), opening, tuple(broken))


def _shares(problem: Capacitated, plan: Assignment) -> Floats:
    """Share of each pair's demand that the pair serves."""
    if plan.share is not None:
        return plan.share
    whole: Floats = (plan.site[problem.reach.demand] == row_ids(problem.reach.start)).astype(np.float64)
    return whole
