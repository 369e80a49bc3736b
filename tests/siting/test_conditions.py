"""Bad input gets a sentence; impossible requests get the smallest clash; solves can be cancelled and repeated."""

from __future__ import annotations

import numpy as np
import pytest

from qipan.engines.siting import (
    ConditionError,
    Conditions,
    Effort,
    Infeasible,
    Layer,
    MaximumCoverage,
    Reach,
    ReachError,
    SetCover,
    check,
    solve_cover,
    solve_maximum,
    spacing,
)

SQUARE = Reach.from_pairs([0, 0, 1, 1, 2, 3], [0, 1, 1, 2, 2, 3], candidates=4, demands=4)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (([0, 4], [0, 1]), "candidate id 4 of pair 1 is outside 0 to 3"),
        (([0, 0], [0, 9]), "demand id 9 of pair 1 is outside 0 to 3"),
        (([0, 0], [1, 1]), "candidate 0 names demand 1 twice"),
        (([0], [1, 1]), "one length"),
    ],
)
def test_pairs_that_make_no_reach(pairs: tuple[list[int], list[int]], said: str) -> None:
    with pytest.raises(ReachError, match=said):
        Reach.from_pairs(*pairs, candidates=4, demands=4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cost": [1, 2, -3, 4]}, "cost of row 2 is -3"),
        ({"cost": [1, 2]}, "give 4 numbers"),
        ({"weight": [1, np.nan, 1, 1]}, "weight of row 1 is nan"),
        ({"budget": -1}, "budget -1"),
        ({"conditions": Conditions(fixed=[7])}, "fixed names candidate 7"),
        ({"conditions": Conditions(fixed=[1], forbidden=[1])}, "both fixed and forbidden"),
        ({"conditions": Conditions(group=[0, 0, 0, 5], group_cost=[1])}, r"group\[3\] is 5"),
    ],
)
def test_statements_that_mean_nothing(given: dict, said: str) -> None:
    with pytest.raises(ConditionError, match=said):
        MaximumCoverage(**{"reach": SQUARE, "weight": np.ones(4), "budget": 2} | given)


def test_the_smallest_clash_is_named() -> None:
    conditions = Conditions(
        mandatory=[0, 3],
        conflicts=[(0, 1)],
        demand_area=[0, 0, 1, 1],
        area_least=[2, 2],
    )
    with pytest.raises(Infeasible) as raised:
        solve_maximum(MaximumCoverage(SQUARE, np.ones(4), 2, conditions=conditions))
    assert raised.value.smallest
    assert set(raised.value.clash) == {"budget 2", "site 0 is mandatory", "area 1 needs 2 covered"}


def test_a_cover_without_its_only_owner_clashes() -> None:
    with pytest.raises(Infeasible) as raised:
        solve_cover(SetCover(SQUARE, conditions=Conditions(mandatory=[1], conflicts=[(0, 1)])))
    assert set(raised.value.clash) == {"site 1 is mandatory", "sites 0 and 1 conflict", "demand 0 is covered"}


def test_presolve_counts_what_it_took_away() -> None:
    reach = Reach.from_pairs([0, 0, 1, 1, 2, 3], [0, 1, 2, 3, 3, 4], candidates=5, demands=6)
    conditions = Conditions(fixed=[0], forbidden=[3])
    counts = solve_maximum(MaximumCoverage(reach, np.ones(6), 1, conditions=conditions)).presolve
    assert (counts.fixed, counts.forbidden, counts.useless, counts.demands_settled) == (1, 1, 1, 2)
    assert (counts.demands_unreachable, counts.rows, counts.candidates) == (2, 2, 2)


def test_layers_are_weighed_and_reported() -> None:
    layers = [Layer("people", np.array([5.0, 0, 0, 0])), Layer("roads", np.array([0, 0, 3.0, 4.0]), importance=2.0)]
    plan = solve_maximum(MaximumCoverage.of_layers(SQUARE, layers, budget=2))
    assert plan.objective == 14.0
    assert plan.layers == {"people": 0.0, "roads": 7.0}


def test_a_second_tenant_costs_only_its_own_part() -> None:
    conditions = Conditions(group=[0, 0, -1, -1], group_cost=[10.0])
    problem = MaximumCoverage(SQUARE, np.array([9.0, 9, 9, 1]), 12.0, np.array([1.0, 1, 12, 12]), conditions)
    plan = solve_maximum(problem, Effort(exact=True))
    assert sorted(plan.chosen) == [0, 1]
    assert plan.cost == 12.0


def test_spacing_names_the_pairs_that_are_too_near() -> None:
    assert spacing([(0, 0), (3, 4), (100, 0)], 5.1).tolist() == [[0, 1]]
    assert spacing([(0, 0), (3, 4), (100, 0)], 5.0).tolist() == []


def test_probabilities_come_from_level_threshold_and_shadow() -> None:
    reach = Reach.from_signal(
        [0, 0, 1], [0, 1, 1], [-95.0, -105.0, -115.0], threshold_dbm=-105.0, shadow_db=10.0, candidates=2, demands=2
    )
    assert reach.demand.tolist() == [0, 1]
    assert reach.weight == pytest.approx([0.841345, 0.5])  # the normal distribution one and zero deviations above


def test_cancel_keeps_the_best_so_far_and_the_seed_repeats() -> None:
    rng = np.random.default_rng(5)
    points = rng.random((300, 2)) * 1000
    reach = Reach.within(points[:100], points, 120.0).binary()
    problem = MaximumCoverage(reach, rng.integers(1, 9, 300), 15)
    stages: list[str] = []

    def stop(progress) -> bool:
        stages.append(progress.stage)
        return progress.stage != "bound"

    cancelled = solve_maximum(problem, Effort(keep_going=stop))
    assert not cancelled.finished
    assert stages[-1] == "bound"
    assert check(problem, cancelled.chosen).holds
    effort = Effort(seed=9, bound_rounds=50, search_rounds=2_000)
    first, second = solve_maximum(problem, effort), solve_maximum(problem, effort)
    assert first.chosen.tolist() == second.chosen.tolist()
    assert (first.objective, first.bound) == (second.objective, second.bound)
    assert first.objective >= cancelled.objective


def test_a_plan_to_begin_from_is_kept_where_it_fits() -> None:
    plan = solve_maximum(MaximumCoverage(SQUARE, np.ones(4), 2), Effort.quick(), start=np.array([3]))
    assert 3 in plan.chosen
