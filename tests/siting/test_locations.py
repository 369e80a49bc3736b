"""p-median, p-centre and capacities against published optima and every subset."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from benchmarks._siting_files import best_known, p_median
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.siting import (
    Capacitated,
    ConditionError,
    Conditions,
    Effort,
    Infeasible,
    NearestSites,
    Reach,
    check_assignment,
    solve_capacitated,
    solve_centre,
    solve_median,
)
from qipan.engines.siting.checking import broken_numbers, broken_pins


def _whole(distance: np.ndarray) -> Reach:
    n, m = distance.shape
    who, whom = np.divmod(np.arange(n * m), m)
    return Reach.from_pairs(who, whom, distance.ravel(), candidates=n, demands=m)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("name", ["pmed1", "pmed5", "pmed10", "pmed15", "pmed20"])
def test_published_medians_are_reached_and_proved(name: str) -> None:
    distance, p = p_median(name)
    plan = solve_median(NearestSites(_whole(distance), p), Effort(seed=1, bound_rounds=400))
    assert plan.objective == plan.bound == float(best_known("pmedian")[name]["optimum"])


@st.composite
def _problems(draw) -> NearestSites:
    n, m = draw(st.integers(2, 6)), draw(st.integers(1, 7))
    cells = np.array(draw(st.lists(st.integers(0, 20), min_size=n * m, max_size=n * m))).reshape(n, m)
    kept = np.nonzero(cells < draw(st.sampled_from([15, 21])))
    reach = Reach.from_pairs(*kept, cells[kept], candidates=n, demands=m)
    weight = draw(st.lists(st.integers(0, 4), min_size=m, max_size=m))
    p = draw(st.integers(1, n - 1))
    return NearestSites(reach, p, weight, 50.0, Conditions(forbidden=draw(st.lists(st.just(0), max_size=1))))


def _plans(problem: NearestSites) -> list[np.ndarray]:
    allowed = np.setdiff1d(np.arange(problem.reach.candidates), problem.conditions.forbidden)
    return [np.array(each) for each in combinations(allowed, problem.sites)]


@settings(max_examples=60)
@given(_problems())
def test_medians_against_every_subset(problem: NearestSites) -> None:
    best = min(float(problem.weights @ problem.distances(each)) for each in _plans(problem))
    plan = solve_median(problem, Effort(seed=2, bound_rounds=30, search_rounds=30, exact=True))
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert plan.chosen.size == problem.sites


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_medians_and_centres_keep_conflicts_and_areas(seed: int, exact: bool) -> None:
    rng = np.random.default_rng(seed)
    points = rng.random((30, 2)) * 100
    conditions = Conditions(
        fixed=[0],
        mandatory=[1],
        forbidden=[2],
        conflicts=[(3, 4), (4, 5), (6, 7)],
        candidate_area=np.arange(10) % 3,
        area_sites=np.array([1.0, 1.0, 2.0]),
    )
    problem = NearestSites(Reach.within(points[:10], points, 200.0), 5, conditions=conditions)
    plans = [each for each in _plans(problem) if not broken_pins(conditions, each)]
    plans = [each for each in plans if not broken_numbers(conditions, each)]
    median = solve_median(problem, Effort(seed=seed, bound_rounds=60, search_rounds=60, exact=exact))
    assert median.objective == pytest.approx(min(float(problem.distances(each).sum()) for each in plans))
    centre = solve_centre(problem)
    assert centre.objective == pytest.approx(min(float(problem.reach.nearest(each).max()) for each in plans))


def test_conditions_that_p_sites_cannot_meet_are_said() -> None:
    reach = _whole(np.ones((3, 3)))
    conditions = Conditions(conflicts=[(0, 1)], candidate_area=[0, 0, -1], area_sites=[2.0])
    with pytest.raises(Infeasible, match="area 0 needs 2 sites; sites 0 and 1 conflict"):
        solve_median(NearestSites(reach, 2, conditions=conditions))
    with pytest.raises(ConditionError, match="group_cost and area_least"):
        NearestSites(reach, 2, conditions=Conditions(group=[0, 0, 0], group_cost=[1.0]))


@settings(max_examples=40)
@given(_problems())
def test_centres_against_every_subset(problem: NearestSites) -> None:
    best = min(float(problem.reach.nearest(each).max()) for each in _plans(problem))
    if not np.isfinite(best):
        with pytest.raises(Infeasible):
            solve_centre(problem)
        return
    plan = solve_centre(problem)
    assert plan.objective == plan.bound == best


@pytest.mark.parametrize("single", [True, False])
def test_capacities_hold(single: bool) -> None:
    serving = np.array([[1.0, 3.0, 4.0], [9.0, 9.0, 4.0]])
    problem = Capacitated(
        _whole(serving), np.array([2.0, 2.0]), np.array([5.0, 4.0]), np.array([2.0, 2.0, 2.0]), single
    )
    plan = solve_capacitated(problem)
    load = np.bincount(plan.site, problem.amount, minlength=2)
    assert (load <= problem.capacity).all()
    assert plan.objective == 12.0  # both open; site 0 holds demands 0 and 1, site 1 the last
    assert plan.optimal


def test_too_little_capacity_is_said() -> None:
    problem = Capacitated(_whole(np.ones((2, 3))), np.ones(2), np.ones(2), np.ones(3))
    with pytest.raises(Infeasible, match="capacity 2 of the sites allowed"):
        solve_capacitated(problem)


def test_more_sites_than_candidates_is_said() -> None:
    with pytest.raises(ConditionError, match="9 sites with 0 pinned and 2 allowed"):
        NearestSites(_whole(np.ones((2, 3))), 9)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"site": np.array([0, 0, 0], np.int32)}, "site 0 serves 6 of at most 5"),
        ({"site": np.array([0, 1, -1], np.int32)}, "demand 2 is served 0 times"),
        ({"chosen": np.array([0], np.int32)}, "site 1 serves but is not chosen"),
        ({"chosen": np.array([0, 7], np.int32)}, "site 7 does not exist"),
    ],
)
def test_the_checker_names_what_an_assignment_breaks(changed: dict, said: str) -> None:
    serving = np.array([[1.0, 3.0, 4.0], [9.0, 9.0, 4.0]])
    problem = Capacitated(_whole(serving), np.array([2.0, 2.0]), np.array([5.0, 4.0]), np.array([2.0, 2.0, 2.0]))
    plan = solve_capacitated(problem)
    assert check_assignment(problem, plan).holds
    assert check_assignment(problem, plan).objective == plan.objective
    assert said in check_assignment(problem, replace(plan, **changed)).broken


def test_the_checker_names_a_demand_that_goes_too_far() -> None:
    problem = NearestSites(_whole(np.array([[1.0, 3.0], [2.0, 1.0]])), 2)
    plan = solve_median(problem)
    assert check_assignment(problem, plan).objective == 2.0
    astray = check_assignment(problem, replace(plan, site=np.array([1, 1], np.int32)))
    assert astray.broken == ("demand 0 does not go to its nearest site",)
