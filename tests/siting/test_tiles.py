"""Tiles searched side by side give plans that hold, the same on any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from qipan.engines.siting import (
    Conditions,
    Effort,
    MaximumCoverage,
    Reach,
    check,
    maximum,
    solve_maximum,
    spacing,
    tiles,
)
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.relinking import relink
from qipan.engines.siting.search import fresh_scratch
from qipan.engines.siting.state import state_of


def _problem() -> MaximumCoverage:
    rng = np.random.default_rng(8)
    points = rng.random((2_000, 2)) * 2_000
    sites = points[:400]
    _, pole = np.unique(np.floor(sites / 200), axis=0, return_inverse=True)
    conditions = Conditions(
        fixed=[1, 2],
        mandatory=[9],
        forbidden=[11],
        conflicts=spacing(sites, 40.0, among=range(20, 400)),
        group=np.where(rng.random(400) < 0.5, pole.ravel(), -1),
        group_cost=rng.integers(2, 9, int(pole.max()) + 1).astype(float),
    )
    reach = Reach.within(sites, points, 130.0).binary()
    return MaximumCoverage(reach, rng.integers(1, 9, 2_000), 200.0, rng.integers(4, 12, 400).astype(float), conditions)


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    monkeypatch.setattr(maximum, "_TILE", 60)
    return lambda count: monkeypatch.setattr(tiles, "workers", lambda: count)


def test_plans_of_tiles_hold_on_any_number_of_threads(small_tiles: Callable[[int], None]) -> None:
    problem, effort = _problem(), Effort(seed=5, bound_rounds=60, search_rounds=2_000)
    plans = []
    for threads in (1, 3):
        small_tiles(threads)
        plans.append(solve_maximum(problem, effort))
        assert check(problem, plans[-1].chosen).holds
    assert plans[0].chosen.tolist() == plans[1].chosen.tolist()
    assert plans[0].objective == plans[1].objective
    assert plans[0].objective > solve_maximum(problem, Effort.quick()).objective


def test_tiles_hold_every_candidate_once_and_keep_groups_whole() -> None:
    core = presolve(_problem()).core
    parts = tiles.partition(core, 60, 3)
    assert sorted(np.concatenate(parts)) == list(range(core.cost.size))
    for group in np.unique(core.group[core.group >= 0]):
        assert sum((core.group[part] == group).any() for part in parts) == 1


def test_relinking_stays_within_the_budget_and_between_its_ends() -> None:
    rng = np.random.default_rng(2)
    points = rng.random((600, 2)) * 1_000
    reach = Reach.within(points[:120], points, 120.0).binary()
    core = presolve(MaximumCoverage(reach, np.ones(600), 20)).core
    first, second = (np.sort(rng.permutation(core.cost.size)[:20]) for _ in range(2))
    target = np.zeros(core.cost.size, np.bool_)
    target[second] = True
    between = np.flatnonzero(relink(core, state_of(core, first, 1), fresh_scratch(core.cost.size), target))
    assert between.size <= 20
    assert np.isin(between, np.union1d(first, second)).all()
    assert state_of(core, between, 1).sums[0] >= min(state_of(core, each, 1).sums[0] for each in (first, second))


def test_an_edit_keeps_most_of_the_plan_and_meets_it() -> None:
    problem = _problem()
    plan = solve_maximum(problem, Effort(seed=1, search_rounds=1_500, bound_rounds=100))
    gone = int(np.setdiff1d(plan.chosen, [1, 2, 9])[-1])
    conditions = Conditions(
        **{
            name: getattr(problem.conditions, name)
            for name in ("fixed", "mandatory", "conflicts", "group", "group_cost")
        },
        forbidden=[11, gone],
    )
    asked = MaximumCoverage(problem.reach, problem.weight, problem.budget, problem.cost, conditions)
    again = solve_maximum(asked, Effort.edit(1), start=plan.chosen)
    assert gone not in again.chosen
    assert np.intersect1d(plan.chosen, again.chosen).size >= 0.6 * plan.chosen.size
    whole = solve_maximum(asked, Effort(seed=1, search_rounds=1_500, bound_rounds=100))
    assert again.objective >= whole.objective * 0.99


def test_exact_windows_only_ever_cover_more() -> None:
    problem = _problem()
    search = Effort(seed=1, search_rounds=300, bound_rounds=30)
    plain = solve_maximum(problem, search)
    polished = solve_maximum(problem, replace(search, coverage_windows=1))
    assert check(problem, polished.chosen).holds
    assert plain.objective <= polished.objective <= plain.bound
