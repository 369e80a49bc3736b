"""Few sites out of many candidates: swaps keep the tables right, plans hold, and small cases reach the optimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.siting import Conditions, Effort, MaximumCoverage, Reach, check, solve_maximum, spacing, tiles
from qipan.engines.siting.combining import Elite
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.search import fresh_scratch
from qipan.engines.siting.state import state_of
from qipan.engines.siting.swapping import losses, only_counted, swap, swaps
from qipan.engines.siting.tempering import few_of_many, temper


def _town(seed: int, count: int = 160, budget: float = 6.0, **more) -> MaximumCoverage:
    rng = np.random.default_rng(seed)
    points = rng.random((count, 2)) * 1_000
    return MaximumCoverage(Reach.within(points, points, 130.0).binary(), rng.integers(1, 99, count), budget, **more)


def _tables_hold(core, state) -> None:
    fresh = state_of(core, np.flatnonzero(state.chosen), 0)
    assert sorted(state.listed[: state.size[0]]) == np.flatnonzero(state.chosen).tolist()
    assert np.array_equal(fresh.depth, state.depth)
    assert np.array_equal(fresh.mix, state.mix)
    assert np.allclose(fresh.gain, state.gain)
    assert np.allclose(fresh.sums, state.sums)


@settings(max_examples=30)
@given(st.integers(0, 9), st.data())
def test_a_swap_leaves_the_tables_of_its_plan(seed: int, data) -> None:
    core = presolve(_town(seed, 60)).core
    state = state_of(core, np.arange(8) * 7, 0)
    for _ in range(4):
        out = data.draw(st.sampled_from(np.flatnonzero(state.chosen).tolist()))
        swap(core, state, out, data.draw(st.sampled_from(np.flatnonzero(~state.chosen).tolist())))
        _tables_hold(core, state)


def test_many_swaps_keep_the_number_of_sites_and_the_tables() -> None:
    core = presolve(_town(1)).core
    state, scratch = state_of(core, np.arange(6), 3), fresh_scratch(core.cost.size)
    assert swaps(core, state, scratch, 20_000, 200.0) > 100
    assert state.size[0] == 6
    _tables_hold(core, state)


def test_the_loss_of_a_candidate_is_that_of_its_best_swap() -> None:
    core = presolve(_town(2, 40)).core
    plan = np.array([3, 11, 20, 33])
    state = state_of(core, plan, 0)
    lost = losses(core, state, fresh_scratch(core.cost.size))
    for i in np.flatnonzero(np.isfinite(lost)):
        values = [state_of(core, np.append(np.delete(plan, k), i), 0).sums[0] for k in range(plan.size)]
        assert lost[i] == pytest.approx(max(state.sums[0] - max(values), 0.0))


def test_only_plain_counts_are_swapped_blindly() -> None:
    points = np.random.default_rng(0).random((160, 2)) * 1_000
    assert only_counted(presolve(_town(0)).core)
    assert not only_counted(presolve(_town(0, cost=np.arange(160) % 3 + 1.0)).core)
    assert not only_counted(presolve(_town(0, conditions=Conditions(conflicts=spacing(points, 50.0)))).core)


@pytest.mark.parametrize("seed", range(3))
def test_small_towns_reach_the_optimum(seed: int) -> None:
    problem = _town(seed)
    best = solve_maximum(problem, Effort(exact=True))
    assert best.optimal
    plan = solve_maximum(problem, Effort(seed=seed, bound_rounds=20, search_rounds=40_000))
    assert plan.objective == best.objective


def test_plans_with_costs_groups_conflicts_and_areas_hold() -> None:
    rng = np.random.default_rng(4)
    points = rng.random((300, 2)) * 1_000
    conditions = Conditions(
        conflicts=spacing(points, 60.0),
        group=np.where(rng.random(300) < 0.3, rng.integers(0, 20, 300), -1),
        group_cost=rng.integers(1, 5, 20).astype(float),
        candidate_area=(points[:, 0] > 500).astype(np.int32),
        area_sites=np.array([2, 3]),
    )
    problem = _town(4, 300, budget=45.0, cost=rng.integers(4, 9, 300).astype(float), conditions=conditions)
    first, quick = Effort(seed=2, bound_rounds=50, search_rounds=12_000), solve_maximum(problem, Effort.quick())
    plan = solve_maximum(problem, first)
    assert few_of_many(presolve(problem).core, plan.chosen)
    assert check(problem, plan.chosen).holds
    assert plan.objective >= quick.objective


def test_the_same_on_any_number_of_threads_and_never_worse_where_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    core = presolve(_town(5, 400, 10.0)).core
    start = np.arange(10)
    plans = []
    for threads, last in ((1, np.inf), (3, np.inf), (2, 900_000)):
        monkeypatch.setattr(tiles, "workers", lambda count=threads: count)
        values = [float(state_of(core, start, 0).sums[0])]

        def keep(state, values=values) -> bool:
            values.append(float(state.sums[0]))
            return values[-1] > max(values[:-1])

        temper(core, start, 7, 2_000_000, 0.0, keep, lambda done, planned, last=last: done < last)
        assert max(values) > values[0]
        plans.append(values)
    assert plans[0] == plans[1]
    assert plans[2] == plans[0][: len(plans[2])]
    assert len(plans[2]) < len(plans[0])


def test_plans_put_together_use_their_sites_and_are_no_worse() -> None:
    core = presolve(_town(6, 300, 8.0)).core
    rng, elite = np.random.default_rng(6), Elite(core)
    for _ in range(12):
        elite.offer(state_of(core, rng.choice(core.cost.size, 8, replace=False), 0))
    values = [value for value, _ in elite.plans]
    assert values == sorted(values, reverse=True)
    chosen = elite.combined()
    assert chosen is not None
    assert np.any([plan for _, plan in elite.plans], axis=0)[chosen].all()
    assert chosen.size <= 8
    assert state_of(core, chosen, 0).sums[0] >= values[0]
