"""Capacitated location beyond the exact model: published optima, and HiGHS on random problems."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from benchmarks._siting_files import DATA

from qipan.engines.siting import (
    Capacitated,
    CapacitatedCoverage,
    ConditionError,
    Conditions,
    Effort,
    Infeasible,
    Progress,
    Reach,
    capacitated,
    capacitated_coverage,
    check_assignment,
    solve_capacitated,
    solve_capacitated_coverage,
)


@cache
def _archive() -> dict[str, str]:
    with tarfile.open(DATA / "sscflp_orlib" / "sscflp_orlib_small.tar.xz") as archive:
        members = [each for each in archive.getmembers() if each.isfile()]
        return {each.name.rsplit("/", 1)[-1]: archive.extractfile(each).read().decode() for each in members}


def _published(number: int, single: bool) -> tuple[Capacitated, float]:
    numbers = np.array(_archive()[f"p{number}"].split(), float)
    n, m = int(numbers[0]), int(numbers[1])
    capacity, opening, amount, serving = np.split(numbers[2 : 2 + 2 * n + m + n * m], [n, 2 * n, 2 * n + m])
    who, whom = np.divmod(np.arange(n * m), m)
    reach = Reach.from_pairs(who, whom, serving.reshape(m, n).T.ravel(), candidates=n, demands=m)
    optimum = float(_archive()["os"].split()[number - 1])
    return Capacitated(reach, opening, capacity, amount, single), optimum


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search answer at any size."""
    monkeypatch.setattr(capacitated, "_EXACT_PAIRS", 0)


@pytest.mark.usefixtures("published", "searched")
@pytest.mark.parametrize("number", range(1, 25))
def test_search_comes_within_a_percent_of_published_optima(number: int) -> None:
    problem, optimum = _published(number, single=True)
    plan = solve_capacitated(problem, Effort(seed=1, search_rounds=3_000))
    assert plan.method in ("greedy", "guided greedy", "local search")
    assert optimum * (1 - 1e-6) <= plan.objective <= 1.001 * optimum
    assert 0.985 * optimum <= plan.bound <= optimum * (1 + 1e-6)
    assert check_assignment(problem, plan).holds


@pytest.mark.usefixtures("published", "searched")
@pytest.mark.parametrize("number", [4, 12])
def test_parts_cost_no_more_than_whole_service(number: int) -> None:
    problem, optimum = _published(number, single=False)
    plan = solve_capacitated(problem, Effort(bound_rounds=150, search_rounds=3_000))
    assert plan.bound <= plan.objective <= 1.01 * optimum
    assert check_assignment(problem, plan).holds


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_search_against_the_whole_model(seed: int, single: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    sites, demands = rng.random((10, 2)) * 100, rng.random((40, 2)) * 100
    conditions = Conditions(fixed=[0], mandatory=[1], forbidden=[2])
    amount = rng.integers(1, 9, 40).astype(float)
    reach = Reach.within(sites, demands, 90.0)
    conditions = replace(
        conditions,
        conflicts=[(3, 4), (5, 6)],
        group=rng.integers(-1, 3, 10),
        group_cost=np.array([30.0, 40.0, 50.0]),
        candidate_area=np.arange(10) % 2,
        area_sites=np.array([2.0, 1.0]),
    )
    capacity, opening = np.full(10, amount.sum() / 4), rng.integers(20, 90, 10).astype(float)
    problem = Capacitated(reach, opening, capacity, amount, single, conditions)
    exact = solve_capacitated(problem, Effort(exact=True))
    monkeypatch.setattr(capacitated, "_EXACT_PAIRS", 0)
    plan = solve_capacitated(problem, Effort(bound_rounds=150, search_rounds=3_000))
    assert plan.bound <= exact.objective * (1 + 1e-6)
    assert exact.bound * (1 - 1e-6) <= plan.objective <= 1.05 * exact.objective
    assert {0, 1} <= set(plan.chosen.tolist()) <= set(range(10)) - {2}


@pytest.mark.usefixtures("searched")
def test_a_demand_out_of_reach_is_said() -> None:
    reach = Reach.from_pairs([0], [0], [1.0], candidates=1, demands=2)
    with pytest.raises(Infeasible, match="no site reaches demand 1"):
        solve_capacitated(Capacitated(reach, np.ones(1), np.full(1, 9.0), np.ones(2)))


def test_an_overload_is_named() -> None:
    """Demands 0 to 2 reach site 0 alone, which holds two of them; sites elsewhere have room."""
    reach = Reach.from_pairs([0, 0, 0, 1, 1], [0, 1, 2, 3, 4], np.ones(5), candidates=2, demands=5)
    with pytest.raises(Infeasible) as raised:
        solve_capacitated(Capacitated(reach, np.ones(2), np.array([2.0, 9.0]), np.ones(5)))
    assert raised.value.clash == ("demands 0, 1, 2 want 3", "sites 0 in their reach hold 2")


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (Conditions(mandatory=[0, 1], conflicts=[(0, 1)]), {"site 0 is mandatory", "site 1 is mandatory"}),
        (Conditions(forbidden=[0, 1]), {"site 0 is forbidden", "site 1 is forbidden", "demand 0 is served"}),
        (Conditions(candidate_area=[0, 0], area_sites=[3.0]), {"area 0 needs 3 sites"}),
    ],
)
def test_contradictory_conditions_are_named(conditions: Conditions, said: set[str]) -> None:
    reach = Reach.from_pairs([0, 1], [0, 0], np.ones(2), candidates=2, demands=1)
    with pytest.raises(Infeasible) as raised:
        solve_capacitated(Capacitated(reach, np.ones(2), np.full(2, 9.0), np.ones(1), conditions=conditions))
    assert said <= set(raised.value.clash)
    assert raised.value.smallest


@pytest.mark.usefixtures("searched")
def test_demands_larger_than_any_site_are_served_in_parts() -> None:
    rng = np.random.default_rng(3)
    serving, amount = rng.integers(1, 20, (6, 9)).astype(float), rng.integers(5, 30, 9).astype(float)
    reach = Reach.from_pairs(*np.divmod(np.arange(54), 9), serving.ravel(), candidates=6, demands=9)
    problem = Capacitated(reach, np.full(6, 25.0), np.full(6, amount.sum() / 4), amount, single=False)
    plan = solve_capacitated(problem, Effort(bound_rounds=200, search_rounds=2_000))
    best = solve_capacitated(problem, Effort(exact=True)).objective
    assert plan.bound <= best + 1e-6 <= plan.objective + 2e-6
    assert plan.objective <= 1.1 * best


@pytest.mark.usefixtures("searched")
def test_a_solve_is_the_same_again_and_can_be_cancelled() -> None:
    rng = np.random.default_rng(8)
    reach = Reach.within(rng.random((20, 2)) * 100, rng.random((200, 2)) * 100, 60.0)
    amount = rng.integers(5, 36, 200).astype(float)
    capacity = np.round(rng.uniform(0.5, 1.5, 20) * amount.sum() / 5)
    problem = Capacitated(reach, rng.uniform(300, 900, 20), capacity, amount)
    first, again = (solve_capacitated(problem, Effort(seed=5, bound_rounds=50, search_rounds=2_000)) for _ in range(2))
    assert (first.site == again.site).all()
    stages: list[str] = []

    def stop(progress: Progress) -> bool:
        stages.append(progress.stage)
        return progress.stage != "local search"

    cut_short = solve_capacitated(problem, Effort(seed=5, bound_rounds=50, search_rounds=9_000, keep_going=stop))
    assert check_assignment(problem, cut_short).holds
    assert stages.count("local search") == 1


@pytest.mark.parametrize("seed", range(1, 5))
def test_capacitated_coverage_against_the_whole_model(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    reach = Reach.within(rng.random((20, 2)) * 100, rng.random((80, 2)) * 100, 30.0)
    conditions = Conditions(
        fixed=[0],
        mandatory=[1],
        forbidden=[2],
        conflicts=[(3, 4), (5, 6)],
        group=rng.integers(-1, 4, 20),
        group_cost=np.array([3.0, 4.0, 5.0, 2.0]),
        candidate_area=np.arange(20) % 3,
        area_sites=np.ones(3),
    )
    amount, weight = rng.integers(1, 9, 80).astype(float), rng.integers(1, 9, 80).astype(float)
    capacity, cost = rng.integers(15, 50, 20).astype(float), rng.integers(2, 9, 20).astype(float)
    problem = CapacitatedCoverage(reach, weight, amount, capacity, 35.0, cost, conditions)
    exact = solve_capacitated_coverage(problem, Effort(search_rounds=100, exact=True))
    monkeypatch.setattr(capacitated_coverage, "_EXACT_PAIRS", 0)
    plan = solve_capacitated_coverage(problem, Effort(search_rounds=6_000))
    assert exact.optimal
    assert 0.96 * exact.objective <= plan.objective <= exact.objective + 1e-6 <= plan.bound + 2e-6
    assert check_assignment(problem, plan).holds


def test_capacitated_coverage_names_what_clashes() -> None:
    reach = Reach.from_pairs([0, 1], [0, 0], candidates=2, demands=1)
    one, two = np.ones(1), np.ones(2)
    problem = CapacitatedCoverage(reach, one, one, two, 1.0, conditions=Conditions(mandatory=[0, 1]))
    with pytest.raises(Infeasible) as raised:
        solve_capacitated_coverage(problem)
    assert set(raised.value.clash) == {"budget 1", "site 0 is mandatory", "site 1 is mandatory"}
    with pytest.raises(ConditionError, match="area_least"):
        CapacitatedCoverage(reach, one, one, two, 1.0, conditions=Conditions(demand_area=[0], area_least=one))


def test_the_checker_names_a_site_that_holds_too_much() -> None:
    reach = Reach.from_pairs([0, 0], [0, 1], candidates=1, demands=2)
    problem = CapacitatedCoverage(reach, np.ones(2), np.ones(2), np.ones(1), 1.0)
    plan = solve_capacitated_coverage(problem)
    assert plan.objective == plan.bound == 1.0
    over = replace(plan, site=np.zeros(2, np.int32))
    assert check_assignment(problem, over).broken == ("site 0 serves 2 of at most 1",)
