"""Several annealings put together, and islands' plans taken over: never worse, within every condition, repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.siting import Conditions, Effort, MaximumCoverage, Reach, check, solve_maximum, tiles
from qipan.engines.siting.adopting import IslandPlan, adopt, trim
from qipan.engines.siting.combining import Elite
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.several import anneal_several
from qipan.engines.siting.state import state_of


def _town(seed: int, budget: float = 40.0, **more) -> MaximumCoverage:
    rng = np.random.default_rng(seed)
    sites, homes = rng.random((300, 2)) * 1_000, rng.random((2_000, 2)) * 1_000
    return MaximumCoverage(Reach.within(sites, homes, 70.0).binary(), rng.integers(1, 99, 2_000), budget, **more)


def _shared(seed: int) -> MaximumCoverage:
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(300) < 0.4, rng.integers(0, 60, 300), -1)
    area = (np.arange(2_000) % 2).astype(np.int32)
    conditions = Conditions(
        group=group, group_cost=rng.integers(1, 9, 60).astype(float), demand_area=area, area_least=np.array([0.0, 9e3])
    )
    return _town(seed, 200.0, cost=rng.integers(3, 9, 300).astype(float), conditions=conditions)


class _Patience:
    def __init__(self, reports: int) -> None:
        self.left = reports

    def lasts(self, _progress: object) -> bool:
        self.left -= 1
        return self.left >= 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5), st.booleans(), st.data())
def test_taking_over_never_lowers_what_a_plan_is_worth(seed: int, shared: bool, data) -> None:
    core = presolve(_shared(seed) if shared else _town(seed)).core
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    start = rng.permutation(core.cost.size)[:40]
    state, price = state_of(core, start, 0), data.draw(st.sampled_from([0.0, 1.0, 200.0]))
    before, short = state.sums[0] - price * state.sums[1], state.sums[2]
    parts = np.array_split(rng.permutation(core.cost.size), 9)
    taken = adopt(core, state, [IslandPlan(part, rng.random(part.size) < 0.15) for part in parts], price)
    fresh = state_of(core, np.flatnonzero(state.chosen), 0)
    assert np.allclose(fresh.sums, state.sums)
    assert np.allclose(fresh.gain, state.gain)
    after = state.sums[0] - price * state.sums[1]
    assert after > before if taken else np.array_equal(np.sort(start), np.flatnonzero(state.chosen))
    assert state.sums[2] <= short + 1e-9
    if trim(core, state):
        assert state.sums[1] <= core.budget * (1 + 1e-9)


def test_a_better_plan_of_an_island_is_taken_over() -> None:
    core = presolve(_town(3)).core
    best = solve_maximum(_town(3), Effort(seed=1, search_rounds=4_000)).chosen
    good, tile = state_of(core, best.astype(np.int64), 0), np.arange(150)
    worse = best[best >= 150]
    state = state_of(core, worse.astype(np.int64), 0)
    assert adopt(core, state, [IslandPlan(tile, good.chosen[tile].copy())], 0.0) == 1
    assert state.sums[0] == pytest.approx(good.sums[0])


def test_trimming_keeps_what_a_minimum_needs() -> None:
    problem = _shared(1)
    core = presolve(problem).core
    state = state_of(core, np.arange(core.cost.size), 0)
    assert trim(core, state)
    assert state.sums[1] <= core.budget * (1 + 1e-9)
    assert state.sums[2] <= 1e-9


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("tile", [0, 100])
def test_annealings_put_together_are_no_worse_than_each(shared: bool, tile: int) -> None:
    core = presolve(_town(2)).core if not shared or tile else presolve(_shared(2)).core
    values: list[float] = []
    anneal_several(
        core, np.arange(20), 1, 400_000, 0.0, tile,
        lambda state: values.append(float(state.sums[0])) is None, lambda _done, _planned: True,
    )  # fmt: skip
    assert values[-1] >= max(values)


def test_the_same_on_any_number_of_threads_and_cancelled_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, effort = _town(4), Effort(seed=3, bound_rounds=30, search_rounds=8_000)
    whole = solve_maximum(problem, effort)
    assert check(problem, whole.chosen).holds
    monkeypatch.setattr(tiles, "workers", lambda: 1)
    assert np.array_equal(np.sort(solve_maximum(problem, effort).chosen), np.sort(whole.chosen))
    for limit in (1, 35, 40, 46):
        plan = solve_maximum(
            problem, Effort(seed=3, bound_rounds=30, search_rounds=8_000, keep_going=_Patience(limit).lasts)
        )
        assert check(problem, plan.chosen).holds
        assert plan.objective <= plan.bound


def test_put_together_come_close_to_the_proved_optimum() -> None:
    problem = _town(5)
    proved = solve_maximum(problem, Effort(exact=True))
    assert proved.optimal
    plan = solve_maximum(problem, Effort(seed=1, bound_rounds=30, search_rounds=40_000))
    assert plan.objective >= 0.9995 * proved.objective


def test_the_sites_of_two_plans_hold_a_plan_as_good_as_both() -> None:
    core = presolve(_town(6)).core
    elite = Elite(core)
    states = [state_of(core, np.random.default_rng(k).permutation(core.cost.size)[:40], 0) for k in range(2)]
    for state in states:
        elite.offer(state)
    found = elite.combined()
    assert found is not None
    assert set(found.tolist()) <= {int(i) for state in states for i in np.flatnonzero(state.chosen)}
    assert state_of(core, found, 0).sums[0] >= max(float(state.sums[0]) for state in states)
