"""Which year to build what: one plan spread over yearly budgets, with a bound on each year and on their sum.

The final set is chosen under the sum of the budgets. Each year then keeps what earlier years built and chooses, from
the final set only, the most coverage that the money released so far allows; what is left over moves on. The years of
the sites are then annealed for the most coverage, years summed up. No plan can cover more in a
year than the best one-year plan under all money released up to it, which bounds every year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qipan.engines.siting.arrays import Floats, Ints
from qipan.engines.siting.checking import plan_cost
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.errors import ConditionError
from qipan.engines.siting.maximum import solve_maximum
from qipan.engines.siting.problems import MaximumCoverage
from qipan.engines.siting.results import Effort, Siting
from qipan.engines.siting.years import exchange_years


@dataclass(frozen=True)
class Phased:
    """A plan by years.

    ``final`` the plan under all the money; ``year`` int32, one for each of ``final.chosen``: the year it is built in,
    0 the first, -1 for fixed assets; ``covered``, ``bound`` and ``spent`` float64 [years]: weight covered at the end
    of each year, the most that any plan could then cover, and the money spent in it.
    """

    final: Siting
    year: Ints
    covered: Floats
    bound: Floats
    spent: Floats

    @property
    def gap(self) -> float:
        """Relative distance between the sums over the years of bound and covered weight."""
        total = float(self.covered.sum())
        return (float(self.bound.sum()) - total) / total if total else float("inf")


def solve_phases(problem: MaximumCoverage, budgets: Sequence[float], effort: Effort | None = None) -> Phased:
    """Spread a maximum coverage plan over yearly budgets; ``problem.budget`` is replaced by their sum.

    Pins and area minimums hold at the end of the last year, conflicts in every year. Sites of the final plan stay.

    Raises: `ConditionError`, and what `solve_maximum` raises.
    """
    effort = effort or Effort()
    released = np.cumsum(np.asarray(budgets, np.float64))
    if not released.size or (np.diff(np.r_[0.0, released]) < 0).any():
        message = f"yearly budgets {list(budgets)}; give at least one, none negative"
        raise ConditionError(message)
    final = solve_maximum(replace(problem, budget=float(released[-1])), effort)
    free = replace(problem.conditions, mandatory=_none(), area_least=_empty(), area_sites=_empty())
    free = replace(free, demand_area=_none(), candidate_area=_none())
    year = np.where(np.isin(final.chosen, problem.conditions.fixed), -1, released.size - 1).astype(np.int32)
    bound = np.full(released.size, final.bound)
    built = problem.conditions.fixed
    for k in range(released.size - 1):
        bound[k] = solve_maximum(replace(problem, budget=float(released[k]), conditions=free), effort).bound
        built = _build(problem, free, final.chosen, built, float(released[k]), effort)
        year[np.isin(final.chosen, built) & (year == released.size - 1)] = k
    year = exchange_years(problem, free, final.chosen, year, released, effort.seed)
    paid = [plan_cost(problem.costs, free, final.chosen[year <= k]) for k in range(released.size - 1)]
    spent = np.diff(np.r_[0.0, paid, final.cost])
    covered = np.array([_covered(problem, final.chosen[year <= k]) for k in range(released.size)])
    return Phased(final, year, covered, np.minimum(bound, final.bound), spent)


def _build(problem: MaximumCoverage, free: Conditions, final: Ints, built: Ints, money: float, effort: Effort) -> Ints:
    """The plan at the end of a year: what was built and the best of the final set that the money allows."""
    others = np.setdiff1d(np.arange(problem.reach.candidates), final)
    conditions = replace(free, mandatory=built, forbidden=np.union1d(free.forbidden, others))
    part = replace(problem, budget=money, conditions=conditions)
    return solve_maximum(part, replace(effort, bound_rounds=0, search_rounds=0, exact=False)).chosen


def _covered(problem: MaximumCoverage, chosen: Ints) -> float:
    return float(problem.weight @ problem.reach.best(chosen))


def _none() -> Ints:
    return np.zeros(0, np.int32)


def _empty() -> Floats:
    return np.zeros(0)
