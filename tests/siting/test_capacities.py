"""Capacitated location beyond the exact model: published optima, and HiGHS on random problems."""

from __future__ import annotations

import tarfile
from functools import cache

import numpy as np
import pytest
from benchmarks._siting_files import DATA

from qipan.engines.siting import (
    Capacitated,
    Conditions,
    Effort,
    Infeasible,
    Reach,
    capacitated,
    check_assignment,
    solve_capacitated,
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
    plan = solve_capacitated(problem, Effort(bound_rounds=150))
    assert plan.method == "search"
    assert optimum * (1 - 1e-6) <= plan.objective <= 1.01 * optimum
    assert 0.99 * optimum <= plan.bound <= optimum * (1 + 1e-6)
    assert check_assignment(problem, plan).holds


@pytest.mark.usefixtures("published", "searched")
@pytest.mark.parametrize("number", [4, 12])
def test_parts_cost_no_more_than_whole_service(number: int) -> None:
    problem, optimum = _published(number, single=False)
    plan = solve_capacitated(problem, Effort(bound_rounds=150))
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
    capacity, opening = np.full(10, amount.sum() / 4), rng.integers(20, 90, 10).astype(float)
    problem = Capacitated(reach, opening, capacity, amount, single, conditions)
    exact = solve_capacitated(problem, Effort(exact=True))
    monkeypatch.setattr(capacitated, "_EXACT_PAIRS", 0)
    plan = solve_capacitated(problem, Effort(bound_rounds=150))
    assert plan.bound <= exact.objective * (1 + 1e-6)
    assert exact.bound * (1 - 1e-6) <= plan.objective <= 1.05 * exact.objective
    assert {0, 1} <= set(plan.chosen.tolist()) <= set(range(10)) - {2}


@pytest.mark.usefixtures("searched")
def test_a_demand_out_of_reach_is_said() -> None:
    reach = Reach.from_pairs([0], [0], [1.0], candidates=1, demands=2)
    with pytest.raises(Infeasible, match="each demand served within reach"):
        solve_capacitated(Capacitated(reach, np.ones(1), np.full(1, 9.0), np.ones(2)))
