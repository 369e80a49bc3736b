from __future__ import annotations

import numpy as np
import pytest

from qipan.engines.siting import ConditionError, Conditions, Effort, MaximumCoverage, Reach, check, solve_phases


def _problem() -> MaximumCoverage:
    rng = np.random.default_rng(4)
    points = rng.random((200, 2)) * 1000
    reach = Reach.within(points[:60], points, 130.0).binary()
    cost = rng.integers(2, 9, 60).astype(float)
    conditions = Conditions(fixed=[3], mandatory=[7], group=rng.integers(-1, 5, 60), group_cost=np.full(5, 3.0))
    return MaximumCoverage(reach, rng.integers(1, 9, 200), 0.0, cost, conditions)


def test_every_year_stays_within_the_money_released_and_below_its_bound() -> None:
    problem, budgets = _problem(), [20.0, 0.0, 25.0]
    phased = solve_phases(problem, budgets, Effort(seed=1, bound_rounds=100, search_rounds=2_000))
    assert (np.cumsum(phased.spent) <= np.cumsum(budgets) + 1e-9).all()
    assert (np.diff(phased.covered) >= 0).all()
    assert (phased.covered <= phased.bound + 1e-6).all()
    assert phased.covered[-1] == phased.final.objective
    assert phased.year[phased.final.chosen == 3].tolist() == [-1]
    whole = MaximumCoverage(problem.reach, problem.weight, 45.0, problem.cost, problem.conditions)
    assert check(whole, phased.final.chosen).holds


def test_negative_money_is_said() -> None:
    with pytest.raises(ConditionError, match="none negative"):
        solve_phases(_problem(), [5.0, -1.0])
