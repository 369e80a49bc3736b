"""Each condition on each kind of problem: met in the plan, and named where it cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qipan.engines.siting import (
    Capacitated,
    CapacitatedCoverage,
    Conditions,
    Effort,
    Infeasible,
    Layer,
    MaximumCoverage,
    NearestSites,
    Reach,
    SetCover,
    check,
    check_assignment,
    solve_capacitated,
    solve_capacitated_coverage,
    solve_centre,
    solve_cover,
    solve_maximum,
    solve_median,
    spacing,
)

_RNG = np.random.default_rng(12)
SITES, PLACES = _RNG.random((24, 2)) * 100, _RNG.random((90, 2)) * 100
AWAY = Reach.within(SITES, PLACES, 45.0)
REACH = AWAY.binary()
COST, WEIGHT = _RNG.integers(2, 9, 24).astype(float), _RNG.integers(1, 9, 90).astype(float)
SEARCH = Effort(seed=1, bound_rounds=60, search_rounds=1_000, windows=3)

GIVEN = {
    "fixed": {"fixed": [0, 5]},
    "mandatory": {"mandatory": [3]},
    "forbidden": {"forbidden": [1, 2]},
    "spacing": {"conflicts": spacing(SITES, 12.0)},
    "groups": {"group": np.arange(24) % 6, "group_cost": np.full(6, 3.0)},
    "areas": {"demand_area": np.arange(90) % 2, "area_least": np.array([90.0, 60.0])},
    "numbers": {"candidate_area": np.arange(24) % 3, "area_sites": np.array([1.0, 2.0, 0.0])},
}
TOGETHER = {key: value for one in GIVEN.values() for key, value in one.items()}


def _signal() -> Reach:
    """Levels that fall with distance, turned into the chance of a signal above the threshold."""
    who = np.repeat(np.arange(24), np.diff(AWAY.start))
    level = -70.0 - 35.0 * np.log10(np.maximum(AWAY.weight, 1.0) / 5.0)
    signal = Reach.from_signal(who, AWAY.demand, level, threshold_dbm=-95.0, shadow_db=6.0, candidates=24, demands=90)
    return signal.rounded(4)


def _conditions(name: str) -> Conditions:
    return Conditions(**(TOGETHER if name == "all" else GIVEN[name]))


@pytest.mark.parametrize("name", [*GIVEN, "all"])
@pytest.mark.parametrize("kind", ["maximum", "probability", "layers", "cover", "share"])
def test_coverage_under_each_condition(kind: str, name: str) -> None:
    conditions = _conditions(name)
    if kind in ("cover", "share"):
        cover = SetCover(REACH, COST, WEIGHT, 1.0 if kind == "cover" else 0.8, conditions)
        plan = solve_cover(cover, SEARCH)
        assert check(cover, plan.chosen).holds
        assert plan.bound <= plan.objective
        return
    reach = _signal() if kind == "probability" else REACH
    if kind == "layers":
        layers = [Layer("people", WEIGHT), Layer("venues", np.arange(90) % 3 + 0.0, 4.0)]
        problem = MaximumCoverage.of_layers(reach, layers, 40.0, COST, conditions)
    else:
        problem = MaximumCoverage(reach, WEIGHT, 40.0, COST, conditions)
    plan = solve_maximum(problem, SEARCH)
    assert check(problem, plan.chosen).holds
    assert plan.bound >= plan.objective
    if kind == "layers":
        served = REACH.best(plan.chosen)
        assert plan.layers["venues"] == pytest.approx(float((np.arange(90) % 3) @ served))


@pytest.mark.parametrize("name", ["fixed", "mandatory", "forbidden", "spacing", "numbers"])
def test_assignments_under_each_condition(name: str) -> None:
    conditions = _conditions(name)
    near = NearestSites(AWAY, 8, WEIGHT, 200.0, conditions)
    assert check_assignment(near, solve_median(near, SEARCH)).holds
    reached = NearestSites(Reach.within(SITES, PLACES, 150.0), 8, conditions=conditions)
    assert check_assignment(reached, solve_centre(reached, SEARCH), greatest=True).holds
    capacity = np.full(24, WEIGHT.sum() / 6)
    served = Capacitated(reached.reach, COST * 20, capacity, WEIGHT, True, conditions)
    plan = solve_capacitated(served, SEARCH)
    assert check_assignment(served, plan).holds
    assert plan.bound <= plan.objective
    held = CapacitatedCoverage(REACH, WEIGHT, WEIGHT, capacity, 40.0, COST, conditions)
    plan = solve_capacitated_coverage(held, SEARCH)
    assert check_assignment(held, plan).holds
    assert plan.bound >= plan.objective


ALONE = Reach.from_pairs([0, 1, 1, 2], [0, 0, 1, 2], candidates=3, demands=3)
CLASHES = {
    "spacing": ({"mandatory": [0, 1], "conflicts": [(0, 1)]}, {"sites 0 and 1 conflict"}),
    "numbers": ({"candidate_area": [0, 0, -1], "area_sites": [3.0]}, {"area 0 needs 3 sites"}),
    "forbidden": ({"forbidden": [2], "demand_area": [-1, -1, 0], "area_least": [1.0]}, {"site 2 is forbidden"}),
}


@pytest.mark.parametrize("name", CLASHES)
def test_clashes_are_named_the_same_on_coverage_and_covers(name: str) -> None:
    given, said = CLASHES[name]
    conditions = Conditions(**given)
    problem = MaximumCoverage(ALONE, np.ones(3), 3.0, conditions=conditions)
    for kind in (problem, SetCover(ALONE, conditions=conditions), SetCover(ALONE, share=0.5, conditions=conditions)):
        with pytest.raises(Infeasible) as raised:
            (solve_maximum if isinstance(kind, MaximumCoverage) else solve_cover)(kind)  # type: ignore[operator]
        assert said <= set(raised.value.clash)
        assert raised.value.smallest


def test_what_a_clash_names_is_needed_for_it() -> None:
    """Giving up any one of the conditions named leaves a plan."""
    conditions = Conditions(mandatory=[0, 2], demand_area=[0, 0, 1], area_least=[2.0, 1.0], conflicts=[(0, 1)])
    problem = MaximumCoverage(ALONE, np.ones(3), 3.0, conditions=conditions)
    with pytest.raises(Infeasible) as raised:
        solve_maximum(problem)
    assert set(raised.value.clash) == {"site 0 is mandatory", "area 0 needs 2 covered", "sites 0 and 1 conflict"}
    for given_up in ({"mandatory": [2]}, {"area_least": [1.0, 1.0]}, {"conflicts": np.zeros((0, 2))}):
        assert solve_maximum(replace(problem, conditions=replace(conditions, **given_up))).objective > 0
