"""A person pins, forbids, frees or moves a site; plans side by side; sites entered into the register with approvals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from qipan.cli import commands
from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import Conflict, InvalidRecord
from qipan.core.placing import (
    CandidateProblem,
    ConditionsClash,
    PinChange,
    PlanMissing,
    compare_plans,
    decide,
    entered_ids,
    list_approvals,
    open_plan,
    read_sites,
    read_table,
)
from qipan.core.resources import delete_resource, links_of, read_resource
from qipan.core.scenarios import computing, create_scenario, read_scenario, update_scenario
from qipan.domains.mobile.building import change_build, enter_build
from qipan.domains.mobile.coverage import run_coverage

from .conftest import City


def change(city: City, candidate: str, **how: object) -> dict:
    return change_build(city.database, city.catalogue, system, 2, PinChange(candidate, **how))


def keys(city: City) -> dict[str, dict]:
    return {one["candidate"]: one for one in read_sites(city.folder(2)).to_pylist()}


def test_a_forbidden_site_goes_and_the_other_districts_stay(city: City) -> None:
    before = keys(city)
    gone = next(iter(before))
    found = change(city, gone, pin="forbidden")
    after = keys(city)
    assert gone not in after
    assert found["verdict"]["holds"]
    assert found["objective"] <= found["bound"] + 1e-6
    district = before[gone]["district_id"]
    others = {key for key, one in before.items() if one["district_id"] != district}
    assert others == {key for key, one in after.items() if one["district_id"] != district}
    assert found["summary"]["coverage"]["stale"]
    assert found["summary"]["sites"] == len(after)


def test_a_pinned_site_comes_and_may_be_freed(city: City) -> None:
    before = keys(city)
    loaded = open_plan(city.folder(2))
    price = loaded.candidates.own + loaded.candidates.opening
    held = np.isin(loaded.candidates.district_id, [one["district_id"] for one in before.values()])
    order = np.argsort(np.where(held, price, np.inf))
    free = next(str(loaded.candidates.key[row]) for row in order if str(loaded.candidates.key[row]) not in before)
    assert free in change(city, free, pin="mandatory")["added"]
    assert keys(city)[free]["pin"] == "mandatory"
    change(city, free, pin=None)
    assert keys(city).get(free, {"pin": None})["pin"] is None


def test_a_moved_site_reaches_what_lies_around_its_new_place(city: City) -> None:
    before = keys(city)
    key = next(key for key, one in before.items() if one["source"] != "indoor")
    at = (before[key]["longitude"] + 0.0008, before[key]["latitude"])
    old = open_plan(city.folder(2))
    change(city, key, moving=True, at=at)
    new = open_plan(city.folder(2))
    row = int(new.candidates.places([key])[0])
    assert new.candidates.moved[row]
    assert new.candidates.longitude[row] == pytest.approx(at[0])
    assert not np.array_equal(old.reach.of(np.array([row]))[0], new.reach.of(np.array([row]))[0])
    with pytest.raises(CandidateProblem, match="城市范围"):
        change(city, key, moving=True, at=(0.0, 0.0))


def test_a_pin_leaves_the_plan_as_it_is_but_for_what_is_told(city: City) -> None:
    before = keys(city)
    gone = next(key for key, one in before.items() if one["source"] != "indoor")
    found = change(city, gone, pin="forbidden", changes=0)
    assert found["removed"] == [gone]
    assert len(found["added"]) <= 1
    assert found["changes"] == {"limit": 0, "made": 0, "others": len(found["added"])}
    assert found["bound_scope"] == "city"
    more = change(city, gone, pin="forbidden", changes=3)
    assert more["changes"]["made"] <= 3
    assert len(more["added"]) <= 3
    assert more["objective"] >= found["objective"] - 1e-6
    assert [one["bound"] for one in more["summary"]["years"]] == [one["bound"] for one in found["summary"]["years"]]
    assert change(city, gone, pin=None)["bound_scope"] == "city"


def test_an_adjustment_is_the_same_every_time(city: City, tmp_path: Path) -> None:
    gone = next(key for key, one in keys(city).items() if one["source"] != "indoor")
    copied = shutil.copytree(city.folder(2), tmp_path / "copy")
    first = change(city, gone, pin="forbidden")
    shutil.rmtree(city.folder(2))
    shutil.copytree(copied, city.folder(2))
    with city.database.begin() as connection:
        update_scenario(connection, system, 2, {"parameters": {"effort": "quick"}})
    again = change(city, gone, pin="forbidden")
    assert [again[key] for key in ("added", "removed", "objective")] == [
        first[key] for key in ("added", "removed", "objective")
    ]


def test_a_districts_gap_is_not_set_beside_a_citys(city: City) -> None:
    other, _ = city.plan(budgets=[4e5])
    key = next(key for key, one in keys(city).items() if one["source"] != "indoor")
    one = keys(city)[key]
    change(city, key, moving=True, at=(one["longitude"] + 0.0004, one["latitude"]))
    with city.database.connect() as connection:
        rows = {
            one["key"]: one["values"] for one in compare_plans(connection, city.database, system, [2, other])["rows"]
        }
    assert rows["gap"][0] is None
    assert rows["gap"][1] is not None
    assert rows["gap_district"][1] is None
    assert rows["gap_district"][0] >= 0


def test_a_pin_that_cannot_be_paid_changes_nothing(city: City) -> None:
    one, before = open_plan(city.folder(2)).candidates, keys(city)
    dearest = str(one.key[np.argmax(one.own + one.opening)])
    with pytest.raises(ConditionsClash, match=r"最小冲突集.*必选；预算合计") as raised:
        change(city, dearest, pin="mandatory")
    assert dearest in str(raised.value)
    assert keys(city) == before


def test_what_cannot_be_changed_is_said(city: City) -> None:
    with pytest.raises(CandidateProblem, match="tower:x"):
        change(city, "tower:x", pin="forbidden")
    with pytest.raises(Conflict, match="他人"):
        change_build(city.database, city.catalogue, system, 2, PinChange("tower:x"), version=99)
    with city.database.begin() as connection:
        made = create_scenario(
            connection, system, kind="build", subject="mobile.base_station", name="草案", parameters={}
        )
    with pytest.raises(PlanMissing, match="先计算"):
        change_build(city.database, city.catalogue, system, made.id, PinChange("tower:x"))


def test_plans_side_by_side(city: City) -> None:
    less, _ = city.plan(budgets=[4e5])
    with city.database.connect() as connection:
        found = compare_plans(connection, city.database, system, [2, less])
        rows = {one["key"]: one["values"] for one in found["rows"]}
        assert rows["capital"][0] > rows["capital"][1]
        assert rows["residents"][0] >= rows["residents"][1]
        mine, other = ({*read_sites(city.folder(one))["candidate"].to_pylist()} for one in (2, less))
        assert found["common_sites"] == len(mine & other)
        assert [one["sites"] for one in found["only"]] == [len(mine - other), len(other - mine)]
        with pytest.raises(InvalidRecord, match="2 至 8"):
            compare_plans(connection, city.database, system, [2])


def test_sites_enter_the_register_and_pass_the_green_channel(city: City) -> None:
    sites = read_sites(city.folder(2)).to_pylist()
    entered = enter_build(city.database, city.catalogue, system, 2)
    assert entered["approvals"] == len(sites) * len(city.catalogue.approval_steps)
    with pytest.raises(Conflict, match="不能重复"):
        enter_build(city.database, city.catalogue, system, 2)
    with pytest.raises(Conflict, match="已转入"):
        change(city, sites[0]["candidate"], pin="forbidden")
    with city.database.connect() as connection:
        for site, code in zip(sites, entered["codes"], strict=False):
            found = read_resource(connection, city.catalogue, system, code)
            assert (found["state"], found["owner_id"], found["attributes"]["form"]) == (
                "planned",
                site["owner_id"],
                {"pole": "micro", "indoor": "indoor"}.get(site["source"], "macro"),
            )
            links = links_of(connection, city.catalogue, system, found["id"])
            assert any(one["direction"] == "from" for one in links), site
        listed = list_approvals(connection, city.catalogue, system, resource_ids=entered_ids(city.database, 2), limit=6)
    assert listed["total"] == entered["approvals"]
    _pass_all(city, entered["codes"][0])
    _delete(city, entered["codes"][1], len(city.catalogue.approval_steps))
    with pytest.raises(Conflict, match="不再重新计算"), computing(city.database, system, 2):
        pass


def _delete(city: City, code: str, steps: int) -> None:
    """A planned site goes with its steps of approval, and the history keeps them."""
    approval, told = tables.approval.c, tables.change.c
    with city.database.begin() as connection:
        number = connection.execute(select(tables.resource.c.id).where(tables.resource.c.code == code)).scalar_one()
        cells = [
            one["code"] for one in links_of(connection, city.catalogue, system, number) if one["direction"] == "to"
        ]
        for each in (*cells, code):
            delete_resource(connection, city.catalogue, system, each)
        assert connection.execute(select(approval.id).where(approval.resource_id == number)).all() == []
        gone = select(told.before, told.after).where(told.record == "approval").order_by(told.id.desc()).limit(steps)
        assert all(before and after is None for before, after in connection.execute(gone))


def _pass_all(city: City, code: str) -> None:
    with city.database.connect() as connection:
        steps = list_approvals(connection, city.catalogue, system, code=code)["items"]
    assert [one["begun_on"] is not None for one in steps] == [True] + [False] * (len(steps) - 1)
    with city.database.begin() as connection, pytest.raises(Conflict, match="前一环节"):
        decide(connection, city.catalogue, system, steps[1]["id"], "approved")
    with city.database.begin() as connection, pytest.raises(InvalidRecord, match="原因"):
        decide(connection, city.catalogue, system, steps[0]["id"], "refused")
    states = []
    for step in steps:
        with city.database.begin() as connection:
            states.append(decide(connection, city.catalogue, system, step["id"], "approved", "同意")["state"])
    assert states == ["planned"] * (len(steps) - 1) + ["approved"]
    with city.database.begin() as connection:
        assert decide(connection, city.catalogue, system, steps[-1]["id"], "waiting")["state"] == "planned"
        row = connection.execute(select(tables.resource).where(tables.resource.c.code == code)).one()
        assert row.approved_on is None


def test_what_is_entered_counts_towards_the_next_plan(city: City) -> None:
    enter_build(city.database, city.catalogue, system, 2)
    _, made = city.plan(budgets=[1e6])
    number = [one for one in made["targets"] if one["indicator"] == "mobile.base_stations" and one["area_id"] is None]
    assert all(one["gap"] == 0 and one["coming"] > 0 for one in number)


def test_a_coverage_study_takes_a_plans_sites_with_what_stands(city: City) -> None:
    words = ["coverage", "run", "--resolution", "25", "--radius", "700", "--plan", "2", "--json"]
    ran = CliRunner().invoke(commands.app, [*words, "--database", str(city.database.path)])
    assert ran.exit_code == 0, ran.output
    after = json.loads(ran.stdout)
    with city.database.connect() as connection:
        before = read_scenario(connection, system, 1).summary
    assert before is not None
    assert after["cells"] == before["cells"] + read_table(city.folder(2), "cells").num_rows
    shares = [{(one["area_id"], one["operator_id"]): one for one in told["areas"]} for told in (before, after)]
    assert all(shares[1][key]["outdoor_area"] >= one["outdoor_area"] - 1e-9 for key, one in shares[0].items())
    assert any(shares[1][key]["outdoor_area"] > one["outdoor_area"] for key, one in shares[0].items())


def test_a_coverage_study_of_no_plan_of_stations_is_refused(city: City) -> None:
    number, _ = city.plan("wlan.access_point", sites=1)
    with city.database.begin() as connection:
        made = create_scenario(
            connection, system, kind="coverage", subject="mobile.coverage", name="建成后",
            parameters={"resolution": 25.0, "include_planned": [number]},
        )  # fmt: skip
    with pytest.raises(InvalidRecord, match="没有规划小区"):
        run_coverage(city.database, city.catalogue, system, made.id)
