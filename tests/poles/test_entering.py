"""A merging plan entered into the register and taken back, by function, command and interface."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from qipan.api import create_app
from qipan.cli.run import done, run
from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.accounts import open_session
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.errors import AccessDenied, Conflict
from qipan.core.history import history_of
from qipan.core.placing import decide, entered_ids, list_approvals
from qipan.core.resources import links_of, read_resource
from qipan.core.scenarios import create_scenario, read_scenario
from qipan.domains.poles.merging import MergingMissing, enter_merging, read_plan, withdraw_merging

from .test_merging import planned, settled, stand

viewer = Principal("看", "viewer", 1, everything=True)
catalogue = load_catalogue()


@pytest.fixture
def town(tmp_path: Path) -> Database:
    return settled(open_database(tmp_path / "register.db"))


def read(database: Database, code: str) -> dict:
    with database.connect() as connection:
        return read_resource(connection, catalogue, system, code)


def counts(database: Database) -> tuple[int, int]:
    with database.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(one)).scalar_one()
            for one in (tables.resource, tables.approval)
        )


def a_street(database: Database) -> int:
    """Plan a street whose middle lamp post is rebuilt because nothing that stands can bear all devices."""
    for metres, what, height in ((0, "lamp", 10), (6, "camera", 6), (9, "sign", 5), (36, "lamp", 10)):
        stand(database, metres, what, height, load_capacity=14)
    return planned(database)


def test_what_the_plan_says_stands_in_the_register_and_may_be_taken_back(town: Database) -> None:
    number = a_street(town)
    poles = {one["code"]: one for one in read_plan(town, system, number, "poles").to_pylist()}
    moves = read_plan(town, system, number, "moves").to_pylist()
    before = counts(town)
    found = enter_merging(town, catalogue, system, number)
    worked = {code: one for code, one in poles.items() if one["state"] != "kept"}
    assert (found["poles"], found["devices"]) == (len(worked), len(moves)) != (0, 0)
    for code, pole in poles.items():
        assert read(town, code)["attributes"].get("treatment") == (None if pole["state"] == "kept" else pole["state"])
    for move in moves:
        target = read(town, read(town, move["code"])["attributes"]["moves_to"])
        stays = poles[move["to_pole"]]["state"] == "kept"
        assert target["attributes"].get("replaces") == (None if stays else move["to_pole"])
    removed = sum(one["state"] == "removed" for one in poles.values())
    assert found["resources"] == len(worked) - removed
    assert found["approvals"] == len(catalogue.approval_steps) * found["resources"] + 2 * removed
    with pytest.raises(Conflict, match="不能重复"):
        enter_merging(town, catalogue, system, number)
    taken = withdraw_merging(town, catalogue, system, number)
    assert taken == {key: found[key] for key in ("resources", "poles", "devices")}
    assert counts(town) == before
    for code in (*poles, *(one["code"] for one in moves)):
        left = read(town, code)["attributes"]
        assert left.get("treatment") is None
        assert left.get("moves_to") is None
    with town.connect() as connection:
        assert read_scenario(connection, system, number).summary["entered"] is None
        changed = history_of(connection, "resource", read(town, next(iter(worked)))["id"])
    assert [one.action for one in changed].count("update") == 2
    assert enter_merging(town, catalogue, system, number) == found


def test_a_smart_pole_is_planned_where_the_old_pole_stands(town: Database) -> None:
    number = a_street(town)
    enter_merging(town, catalogue, system, number)
    rebuilt = [one for one in read_plan(town, system, number, "poles").to_pylist() if one["state"] == "replaced"]
    assert rebuilt
    ids = entered_ids(town, number)
    with town.connect() as connection:
        rows = connection.execute(select(tables.resource).where(tables.resource.c.id.in_(ids))).all()
        new = [read_resource(connection, catalogue, system, row.code) for row in rows]
        smart = {one["attributes"]["replaces"]: one for one in new if one["kind"] == "smart_pole"}
        steps = list_approvals(connection, catalogue, system, resource_ids=ids)
        links = [links_of(connection, catalogue, system, one["id"]) for one in smart.values()]
    assert set(smart) == {one["code"] for one in rebuilt}
    assert all(any(link["kind"] == "replaces" for link in one) for one in links)
    assert steps["total"] == counts(town)[1]
    for pole in rebuilt:
        one = smart[pole["code"]]
        assert (one["state"], one["longitude"], one["latitude"]) == ("planned", pole["longitude"], pole["latitude"])
        assert one["attributes"]["devices"] == pole["devices_after"]


def test_what_cannot_be_entered_or_taken_back_is_said(town: Database) -> None:
    number = a_street(town)
    other = planned(town)
    with pytest.raises(AccessDenied):
        enter_merging(town, catalogue, viewer, number)
    with pytest.raises(Conflict, match="无可撤回"):
        withdraw_merging(town, catalogue, system, number)
    enter_merging(town, catalogue, system, number)
    with pytest.raises(Conflict, match="另一个转入登记库的合杆方案"):
        enter_merging(town, catalogue, system, other)
    ids = entered_ids(town, number)
    with town.connect() as connection:
        steps = list_approvals(connection, catalogue, system, resource_ids=ids)["items"]
    smart = next(one["resource_code"] for one in steps if one["kind"] == "smart_pole")
    for step in [one for one in steps if one["resource_code"] == smart]:
        with town.begin() as connection:
            decide(connection, catalogue, system, step["id"], "approved")
    with pytest.raises(Conflict, match="已批准"):
        withdraw_merging(town, catalogue, system, number)
    with town.begin() as connection:
        draft = create_scenario(connection, system, kind="merging", subject="poles.merging", name="草", parameters={})
    with pytest.raises(MergingMissing, match="先计算"):
        enter_merging(town, catalogue, system, draft.id)


def test_the_demonstration_by_command_and_by_interface(demo_folder: Path, tmp_path: Path, capsys) -> None:
    folder = shutil.copytree(demo_folder, tmp_path / "demo")
    register = str(folder / "qipan.db")
    assert run(["merge", "run", "--json", "--database", register]) == done
    number = json.loads(capsys.readouterr().out)["scenario"]
    assert run(["merge", "enter", str(number), "--json", "--database", register]) == done
    entered = json.loads(capsys.readouterr().out)
    assert entered["poles"] > 0
    assert run(["merge", "withdraw", str(number), "--database", register]) == done
    assert f"杆件 {entered['poles']} 根" in capsys.readouterr().err
    database = open_database(register)
    with database.begin() as connection:
        account = connection.execute(select(tables.account.c.id).limit(1)).scalar_one()
        secret = open_session(connection, account)
    with TestClient(create_app(database), headers={"Authorization": f"Bearer {secret}"}) as client:
        job = client.post(f"/api/scenarios/{number}/merging/enter")
        assert job.status_code == 202
        told = client.get(f"/api/jobs/{job.json()['job_id']}").json()
        while told["state"] in ("waiting", "running"):
            time.sleep(0.05)
            told = client.get(f"/api/jobs/{job.json()['job_id']}").json()
        assert told["result"] == entered
        shown = client.get("/api/approvals", params={"scenario_id": number}).json()
        assert shown["total"] == entered["approvals"]
        assert client.post("/api/scenarios/99999/merging/withdraw").status_code == 404
    database.close()
