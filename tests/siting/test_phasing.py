from __future__ import annotations

import numpy as np
import pytest

from qipan.engines.siting import ConditionError, Conditions, Effort, MaximumCoverage, Reach, check, solve_phases
from qipan.engines.siting.checking import plan_cost
from qipan.engines.siting.model import Model
from qipan.engines.siting.years import exchange_years


def _problem(seed: int = 4) -> MaximumCoverage:
    rng = np.random.default_rng(seed)
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


@pytest.mark.parametrize("seed", range(5))
def test_exchanges_of_years_cover_more_in_sum_and_keep_the_money(seed: int) -> None:
    problem = _problem()
    free = Conditions(fixed=[3], group=problem.conditions.group, group_cost=problem.conditions.group_cost)
    rng = np.random.default_rng(seed)
    chosen = np.r_[3, np.setdiff1d(rng.permutation(60)[:20], [3])].astype(np.int32)
    year = np.r_[-1, rng.integers(0, 3, chosen.size - 1)].astype(np.int32)

    def state(years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        stands = [chosen[years <= k] for k in range(3)]
        covered = [problem.weight @ problem.reach.best(each) for each in stands]
        return np.array(covered), np.array([plan_cost(problem.costs, free, each) for each in stands])

    before, released = state(year)
    after, spent = state(exchange_years(problem, free, chosen, year, released))
    assert after[-1] == before[-1]
    assert after.sum() > before.sum()
    assert (spent <= released + 1e-9).all()


def _best_order(problem: MaximumCoverage, sites: np.ndarray, released: np.ndarray) -> float:
    """Covered weight summed up over the years when the sites of a plan are built in the best order, by HiGHS."""
    reach, years, m = problem.reach, released.size, problem.reach.demands
    demand, _ = reach.of(sites)
    who = np.repeat(np.arange(sites.size), np.diff(reach.start)[sites])
    new, group = ~np.isin(sites, problem.conditions.fixed), problem.conditions.group[sites]
    cost, model = np.where(new, problem.costs[sites], 0.0), Model(maximize=True)
    fee = problem.conditions.group_cost.copy()
    fee[group[~new & (group >= 0)]] = 0.0
    paying = np.flatnonzero(new & (group >= 0))
    before = 0
    for k in range(years):
        site = model.add_columns(np.zeros(sites.size), lower=np.where(new & (k < years - 1), 0.0, 1.0))
        row = model.add_columns(problem.weight, whole=False)
        fees = model.add_columns(np.zeros(fee.size))
        ends = np.concatenate((row + np.arange(m), site + who))
        signs = np.concatenate((np.ones(m), -np.ones(who.size)))
        model.add_rows(np.concatenate((np.arange(m), demand)), ends, signs, -np.inf, 0.0, m)
        both = np.concatenate((site + paying, fees + group[paying]))
        signs = np.repeat([1.0, -1.0], paying.size)
        model.add_rows(np.tile(np.arange(paying.size), 2), both, signs, -np.inf, 0.0, paying.size)
        money = np.concatenate((site + np.arange(sites.size), fees + np.arange(fee.size)))
        model.add_rows(np.zeros(money.size), money, np.concatenate((cost, fee)), -np.inf, released[k], 1)
        if k:
            each = np.arange(sites.size)
            both = np.concatenate((before + each, site + each))
            model.add_rows(np.tile(each, 2), both, np.repeat([1.0, -1.0], each.size), -np.inf, 0.0, each.size)
        before = site
    return model.solve().objective


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_a_plan_is_close_to_the_best(seed: int) -> None:
    problem, budgets = _problem(seed), np.array([15.0, 12.0, 18.0])
    phased = solve_phases(problem, budgets, Effort(seed=1, bound_rounds=100, search_rounds=2_000))
    best = _best_order(problem, phased.final.chosen.astype(np.int64), np.cumsum(budgets))
    assert 0.99 * best <= phased.covered.sum() <= best + 1e-6
