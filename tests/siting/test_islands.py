"""Bounds by islands hold against every subset, against HiGHS, and lie at or below the Lagrangian bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.siting import Conditions, Effort, MaximumCoverage, Progress, Reach, solve_maximum
from qipan.engines.siting.arrays import offsets
from qipan.engines.siting.bound import bound_cover
from qipan.engines.siting.branching import Piece, branch
from qipan.engines.siting.exact import maximum_exact
from qipan.engines.siting.greedy import fill
from qipan.engines.siting.islandbound import bound_by_islands
from qipan.engines.siting.islands import crossing, islands, slack
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.results import always
from qipan.engines.siting.state import fresh_state
from tests.siting.cases import best_by_trying, maximum_problems


@settings(max_examples=80)
@given(maximum_problems(graded=True), st.integers(1, 7), st.integers(1, 6), st.integers(0, 40))
def test_no_plan_of_a_tiny_problem_is_above_the_bound(
    problem: MaximumCoverage, most: int, nodes: int, rounds: int
) -> None:
    best = best_by_trying(problem)
    reduced = presolve(problem)
    if best is None or reduced.core.budget < 0:
        return
    nothing = np.zeros(0, np.int64)
    relaxed = bound_cover(reduced.core, nothing, 0.0, rounds, always)
    found = bound_by_islands(reduced.core, relaxed, nothing, 0.0, most, nodes, always)
    assert found.finished
    assert found.value <= relaxed.value + 1e-9
    assert found.value + reduced.base_value >= best - 1e-6


def _city(groups: bool, areas: bool) -> MaximumCoverage:
    rng = np.random.default_rng(4)
    points = rng.random((700, 2)) * 1_000
    sites = points[:140]
    _, square = np.unique(np.floor(sites / 150), axis=0, return_inverse=True)
    labels = {}
    if groups:
        labels["group"] = np.where(rng.random(140) < 0.5, square.ravel(), -1)
        labels["group_cost"] = rng.integers(1, 6, int(square.max()) + 1).astype(float)
    if areas:
        labels["demand_area"] = (points[:, 0] > 800).astype(np.int32)
        labels["area_least"] = np.array([0.0, 350.0])
    reach = Reach.within(sites, points, 110.0).binary()
    weight = rng.integers(1, 9, 700).astype(float)
    return MaximumCoverage(reach, weight, 70.0, rng.integers(3, 9, 140).astype(float), Conditions(**labels))


@pytest.mark.parametrize(("groups", "areas"), [(False, False), (True, False), (False, True)])
def test_the_bound_lies_between_the_optimum_and_the_lagrangian_bound(groups: bool, areas: bool) -> None:
    core = presolve(_city(groups, areas)).core
    optimum = maximum_exact(core, None, 60.0)
    assert optimum.chosen is not None
    value = float(core.value[np.unique(np.concatenate([_rows(core, i) for i in optimum.chosen]))].sum())
    relaxed = bound_cover(core, optimum.chosen, value, 400, always)
    found = [bound_by_islands(core, relaxed, optimum.chosen, value, most, 400, always) for most in (20, 60, 140)]
    assert all(value - 1e-6 <= each.value <= relaxed.value for each in found)
    assert not groups or found[1].value < relaxed.value - 10  # Elsewhere only the budget keeps the bound apart.


def _rows(core, i: int) -> np.ndarray:
    return core.rows[core.start[i] : core.start[i + 1]]


@settings(max_examples=60)
@given(st.data())
def test_a_finished_tree_finds_the_best_of_all_subsets(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 10))
    cells = np.array(data.draw(st.lists(st.booleans(), min_size=n * m, max_size=n * m))).reshape(n, m)
    value = np.array(data.draw(st.lists(st.integers(1, 9), min_size=m, max_size=m)), float)
    cost = np.array(data.draw(st.lists(st.integers(1, 12), min_size=n, max_size=n)), float)
    group = np.array(data.draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)), np.int32)
    group_cost = np.array(data.draw(st.lists(st.integers(0, 8), min_size=2, max_size=2)), float)
    who, whom = np.nonzero(cells)
    piece = Piece(offsets(who, n), whom.astype(np.int32), value, value / 2, cost, group, group_cost)
    bound, best, plan = branch(piece, np.zeros(n, np.bool_), 0.0, 2_000)

    def worth(flags: np.ndarray) -> float:
        opened = np.unique(group[flags & (group >= 0)])
        return float(value[cells[flags].any(axis=0)].sum() - cost[flags].sum() - group_cost[opened].sum())

    most = max(worth(np.array(flags)) for flags in product([False, True], repeat=n))
    assert bound >= most - 1e-6
    assert bound == pytest.approx(most, abs=1e-6)
    assert best == pytest.approx(most)
    assert worth(plan) >= best - 1e-6


def test_islands_are_no_larger_than_asked_and_keep_groups_and_slack_inside() -> None:
    core = presolve(_city(groups=True, areas=False)).core
    state = fresh_state(core, 1)
    fill(core, state, np.ones(core.cost.size))
    chosen = np.flatnonzero(state.chosen)
    relaxed = bound_cover(core, chosen, float(state.sums[0]), 200, always)
    lost = slack(core, relaxed.weight, relaxed.multipliers, chosen)
    label = islands(core, lost, relaxed.multipliers, 40)
    assert np.bincount(label).max() <= 40
    for group in np.unique(core.group[core.group >= 0]):
        assert np.unique(label[core.group == group]).size == 1
    assert lost[crossing(core, label)].sum() < 0.5 * lost.sum()


def test_cancelled_islands_leave_a_bound_that_holds_and_the_best_plan() -> None:
    problem = _city(groups=False, areas=False)
    stages = []

    def until_islands(progress: Progress) -> bool:
        stages.append(progress)
        return progress.stage != "islands"

    effort = Effort(seed=1, bound_rounds=100, search_rounds=500, islands=(10, 140), keep_going=until_islands)
    plan = solve_maximum(problem, effort)
    assert stages[-1].stage == "islands"
    assert not plan.finished
    whole = solve_maximum(problem, Effort(seed=1, bound_rounds=100, search_rounds=500, islands=(10, 140)))
    assert plan.objective <= whole.objective <= whole.bound <= plan.bound
