"""Conditions that cannot hold together, and plans adjusted by hand, on problems small enough to know the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qipan.core.placing.adjusting import adjusted
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.clashing import clash_of
from qipan.core.placing.conditions import Stated, too_near
from qipan.core.placing.least import cheapest_plan
from qipan.core.placing.least_exact import least_capital
from qipan.engines.siting import Reach, check

count = 6


def stated(**conditions: object) -> Stated:
    """Six candidates 100 m apart on a line, each with a demand of its own: weights 1 to 6 for ten times the yuan."""
    texts = np.array([f"街{row}" for row in range(count)], dtype=object)
    whole, zeros = np.arange(count), np.zeros(count)
    candidates = Candidates(
        key=texts, source=np.zeros(count, np.int16), host_id=whole, code=texts, name=texts,
        owner_id=np.ones(count, np.int64), area_id=whole, district_id=whole, longitude=zeros, latitude=zeros,
        x=100.0 * whole, y=zeros, height=zeros, group=whole, occupied=np.zeros(count, bool), duct=zeros,
        own=10.0 * (whole + 1), opening=zeros, moved=np.zeros(count, bool), stated=texts,
    )  # fmt: skip
    spacing = float(str(conditions.pop("spacing", 0.0)))
    parts = Stated(
        candidates=candidates,
        # The last row stands already and serves nothing.
        reach=Reach(np.append(np.arange(count + 1), count), whole.astype(np.int32), np.ones(count, np.float32), count),
        weights=(whole + 1.0)[None, :],
        importance=np.ones(1),
        layer_names=("demand",),
        site_part=np.array([0, 0, 0, 1, 1, 1], np.int32),
        least_sites=np.zeros(2, np.int64),
        site_names=("东区", "西区"),
        demand_part=np.full(count, -1, np.int32),
        least_covered=np.zeros(0),
        demand_names=(),
        mandatory=np.zeros(0, np.int64),
        forbidden=np.zeros(0, np.int64),
        spacing=spacing,
        conflicts=too_near(candidates, np.ones(count, bool), spacing),
    )
    return replace(parts, **conditions)


@pytest.mark.parametrize(
    ("conditions", "budget", "told"),
    [
        ({"least_sites": np.array([4, 0])}, 1e3, ["东区至少新建 4 个"]),
        ({"least_sites": np.array([0, 2])}, 80.0, ["西区至少新建 2 个", "预算合计 0.01 万元"]),
        ({"least_sites": np.array([2, 1]), "spacing": 250.0}, 1e3, ["东区至少新建 2 个", "间距不少于 250 米"]),
        (
            {"mandatory": np.array([0, 1]), "spacing": 150.0},
            1e3,
            ["街0”（街0）必选", "街1”（街1）必选", "间距不足 150 米"],
        ),
        ({"mandatory": np.array([2]), "forbidden": np.array([2])}, 1e3, ["街2”（街2）必选", "街2”（街2）禁选"]),
        ({"mandatory": np.array([5])}, 50.0, ["街5”（街5）必选", "预算合计 0.01 万元"]),
        ({"mandatory": np.array([3, 4, 5])}, 100.0, ["街4”（街4）必选", "街5”（街5）必选", "预算合计 0.01 万元"]),
        (
            {"least_sites": np.array([2, 0]), "forbidden": np.array([0, 1])},
            1e3,
            ["街0”（街0）禁选", "街1”（街1）禁选", "东区至少新建 2 个"],
        ),
        ({"least_sites": np.array([1, 1])}, 45.0, ["东区至少新建 1 个", "西区至少新建 1 个", "预算合计 0.00 万元"]),
    ],
)
def test_the_smallest_clash_is_named(conditions: dict, budget: float, told: list[str]) -> None:
    clash = clash_of(stated(**conditions), budget)
    assert all(one in str(clash) for one in told), str(clash)
    assert len(clash.problems) == len(told)


def test_the_cheapest_plan_and_the_exact_one_agree() -> None:
    problem = stated(least_sites=np.array([2, 1]), spacing=150.0)
    found = cheapest_plan(problem)
    exact = least_capital(problem)
    assert found is not None
    assert exact.bound <= exact.cost <= found[0]
    assert exact.cost == pytest.approx(10 + 30 + 50)
    assert check(problem.problem(found[0]), np.append(found[1], count)).holds


def test_no_plan_is_proved_to_be_none() -> None:
    assert np.isinf(least_capital(stated(least_sites=np.array([4, 0]))).bound)


def test_what_was_chosen_stays_but_for_what_a_condition_needs() -> None:
    now = np.array([0, 1, 3])
    problem = stated(least_sites=np.array([2, 1]), forbidden=np.array([1]))
    found = adjusted(problem, now, 100.0, 0)
    assert found.rows.tolist() == [0, 2, 3]
    assert check(problem.problem(100.0), np.append(found.rows, count)).holds


def test_money_that_does_not_suffice_is_saved_where_least_is_lost() -> None:
    problem = stated(mandatory=np.array([5]))
    found = adjusted(problem, np.array([0, 1, 2, 3]), 120.0, 0)
    assert 5 in found.rows
    assert problem.candidates.own[found.rows].sum() <= 120.0
    assert set(found.rows) <= {0, 1, 2, 3, 5}


@pytest.mark.parametrize("changes", [0, 1, 2, 3])
def test_no_more_is_changed_than_asked_and_each_change_pays(changes: int) -> None:
    problem = stated()
    found = adjusted(problem, np.array([0, 1]), 210.0, changes)
    assert found.changes == changes
    assert len(found.rows) == 2 + changes
    best = sorted([2, 3, 4, 5], reverse=True)[:changes]
    assert set(found.rows) == {0, 1, *best}


def test_a_site_gives_way_where_another_covers_more_for_the_money() -> None:
    problem = stated()
    found = adjusted(problem, np.array([0]), 60.0, 1)
    assert found.changes == 1
    assert problem.weight[found.rows].sum() >= 6.0
