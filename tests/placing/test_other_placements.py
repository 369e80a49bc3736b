"""One worked case each of what else the same machinery places, and the same through HTTP and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qipan.api import create_app
from qipan.cli import run
from qipan.core.access import system
from qipan.core.accounts import create_account, open_session
from qipan.core.placing import open_plan, read_sites

from .conftest import City


@pytest.mark.parametrize(
    ("subject", "kind", "indicator"),
    [
        ("poles.smart_pole", "smart_pole", "poles.smart_poles"),
        ("roads.roadside_unit", "roadside_unit", "roads.roadside_units"),
        ("wlan.access_point", "access_point", "wlan.access_points"),
        ("computing.edge_node", "edge_node", "computing.edge_nodes"),
    ],
)
def test_a_worked_case_each(city: City, subject: str, kind: str, indicator: str) -> None:
    number, made = city.plan(subject, sites=1)
    sites = read_sites(city.folder(number)).to_pylist()
    assert made["verdict"]["holds"]
    assert made["objective"] <= made["bound"]
    assert len(sites) >= 1
    assert {one["kind"] for one in sites} == {kind}
    assert made["sharing"] is None
    known = {one.key for one in city.catalogue.kinds[kind].attributes}
    assert all(set(json.loads(one["attributes"])) <= known for one in sites)
    assert indicator in {goal.indicator for goal in city.catalogue.placements[subject].goals}
    layers = {one["key"]: one for one in made["layers"]}
    assert any(one["after"] > one["before"] for one in layers.values())


def test_a_reach_by_rule_keeps_its_distance(city: City) -> None:
    number, _ = city.plan("wlan.access_point", sites=2)
    loaded = open_plan(city.folder(number))
    one, demand = loaded.candidates, loaded.demand
    for row in range(len(one)):
        mine = loaded.reach.of([row])[0]
        away = ((demand.x[mine] - one.x[row]) ** 2 + (demand.y[mine] - one.y[row]) ** 2) ** 0.5
        assert (away <= 60.0 + 1e-6).all()


def test_the_page_gets_it_all_over_http(city: City) -> None:
    app = create_app(city.database)
    with TestClient(app) as anonymous:
        with city.database.begin() as connection:
            secret = open_session(connection, create_account(connection, system, "市", "city"))
            viewer = open_session(connection, create_account(connection, system, "看", "viewer", area_id=2))
        client = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
        assert anonymous.get("/api/rates").status_code == 401
        sites = client.get("/api/scenarios/2/sites", params={"limit": 3}).json()
        assert len(sites["items"]) == 3
        assert sites["items"][0]["lines"]
        assert sites["items"][0]["reason"]["sentence"]
        for name in ("sites", "candidates", "demand"):
            found = client.get(f"/api/scenarios/2/{name}.geojson").json()
            assert found["type"] == "FeatureCollection"
            assert found["features"]
        nowhere = client.get("/api/scenarios/2/candidates.geojson", params={"bbox": "0,0,1,1"}).json()
        assert nowhere["features"] == []
        assert len(client.get("/api/scenarios/2/sensitivity").json()["points"]) == 8
        assert client.get("/api/scenarios/2/conversions").status_code == 200
        key = sites["items"][0]["candidate"]
        changed = client.patch("/api/scenarios/2/pins", json={"candidate": key, "pin": "forbidden"}).json()
        assert key in changed["removed"]
        assert client.get("/api/scenarios/compare", params={"ids": "2,2"}).status_code == 422
        assert client.put("/api/rates/mobile.tower_rent", json={"value": 1000}).json()["value"] == 1000
        book = client.get("/api/rates.xlsx").content
        taken = client.post("/api/rates.xlsx", files={"file": ("造价表.xlsx", book)}).json()
        assert taken == {"changed": 0}
        job = client.post("/api/scenarios/2/enter").json()["job_id"]
        app.state.service.jobs.wait(job, 60)
        assert client.get(f"/api/jobs/{job}").json()["state"] == "done"
        listed = client.get("/api/approvals", params={"scenario_id": 2, "limit": 1}).json()
        first = listed["items"][0]["id"]
        decided = client.patch(f"/api/approvals/{first}", json={"decision": "approved"}).json()
        assert decided["decision"] == "approved"
        onlooker = TestClient(app, headers={"Authorization": f"Bearer {viewer}"})
        assert onlooker.get("/api/scenarios/2/sites").status_code == 404
        assert onlooker.put("/api/rates/mobile.tower_rent", json={"value": 1}).status_code == 403
        placements = client.get("/api/catalogue").json()["placements"]
        assert {one["key"] for one in placements} == set(city.catalogue.placements)


def test_the_command_does_what_the_page_does(city: City, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    where = ["--database", str(city.database.path)]

    def call(*arguments: str) -> str:
        capsys.readouterr()
        assert run(["build", *arguments, *where]) == 0
        return capsys.readouterr().out

    made = json.loads(call("run", "poles.smart_pole", "--budget", "30,20", "--effort", "quick", "--json"))
    number = str(made["scenario_id"])
    assert [one["budget"] for one in made["years"]] == [300_000, 200_000]
    assert "多功能智能杆" in call("show", number)
    assert number in call("list")
    assert "造价表" in call("rates")
    call("rates", "--write", str(tmp_path / "rates.xlsx"))
    call("rates", "--read", str(tmp_path / "rates.xlsx"))
    key = read_sites(city.folder(int(number)))["candidate"][0].as_py()
    assert key in json.loads(call("pin", number, key, "--forbidden", "--json"))["removed"]
    entered = json.loads(call("enter", number, "--json"))
    assert entered["resources"] > 0
    first = json.loads(call("approvals", number, "--json"))["items"][0]["id"]
    assert json.loads(call("decide", str(first), "approved", "--json"))["decision"] == "approved"
    assert run(["build", "run", "no.such", *where]) == 2
