"""p-centre: the least radius at which p sites cover every demand, by halving over the distances that occur.

Source: Minieka, The m-center problem, 1970: a radius is enough exactly when a set cover of at most p sites exists.
"""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.errors import Infeasible
from qipan.engines.siting.locations import Assignment, NearestSites
from qipan.engines.siting.median import nearest_sites
from qipan.engines.siting.problems import SetCover
from qipan.engines.siting.results import Effort
from qipan.engines.siting.setcover import solve_cover


def solve_centre(problem: NearestSites, effort: Effort | None = None) -> Assignment:
    """Choose the sites whose greatest distance to a demand is least; weights do not count.

    The bound is the least radius that no set cover bound rules out: exact mode makes it tight.

    Raises: `Infeasible` where no p sites reach every demand.
    """
    effort = effort or Effort(exact=True)
    radii = np.unique(problem.reach.weight)
    low, high, proved = 0, radii.size - 1, 0
    best = None
    while low <= high:
        middle = (low + high) // 2
        chosen, bound = _sites_within(problem, float(radii[middle]), effort)
        if chosen is not None:
            best, high = (middle, chosen), middle - 1
        else:
            low = middle + 1
            if bound > problem.sites + 1e-6:
                proved = max(proved, middle + 1)
    if best is None:
        raise Infeasible((f"{problem.sites} sites", "every demand within reach"), smallest=True)
    radius, lower = float(radii[best[0]]), float(radii[min(proved, best[0])])
    chosen = np.sort(best[1]).astype(np.int32)
    plan = Assignment(chosen, nearest_sites(problem, chosen), radius, lower, effort.seed, "halving")
    return required(problem, plan, greatest=True)


def _sites_within(problem: NearestSites, radius: float, effort: Effort) -> tuple[np.ndarray | None, float]:
    """At most p sites that cover every demand within ``radius`` (None if not found), and the bound on their number."""
    reach = problem.reach.binary(most=radius)
    if not reach.covered().all():
        return None, np.inf
    pins = problem.conditions
    held = np.union1d(pins.fixed, pins.mandatory)
    area = pins.candidate_area.copy()
    if area.size:  # Every site counts among the p, but an existing one is not new to its area.
        area[pins.fixed] = -1
    conditions = Conditions(
        mandatory=held,
        forbidden=pins.forbidden,
        conflicts=pins.conflicts,
        candidate_area=area,
        area_sites=pins.area_sites,
    )
    try:
        plan = solve_cover(SetCover(reach, conditions=conditions), effort)
    except Infeasible:
        return None, np.inf
    return (plan.chosen, plan.bound) if plan.objective <= problem.sites + 1e-6 else (None, plan.bound)
