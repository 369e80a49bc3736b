"""Network planning over HTTP and at the command line: each person's own results, refusals in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from qipan.cli import commands
from qipan.core.access import system
from qipan.core.scenarios import update_scenario
from qipan.domains.mobile.coverage import open_study
from tests.coverage.town import Town, north_half, telecom
from tests.network.conftest import planned_town
from tests.network.test_drive_tests import lines, route
from tests.people import People, clients_of


@dataclass(frozen=True)
class Office:
    """The application over a town with a published study, and a client for each person."""

    town: Town
    study: int
    clients: dict[str, TestClient]

    def __getitem__(self, person: str) -> TestClient:
        return self.clients[person]

    def done(self, person: str, what: str, **asked: object) -> dict:
        answer = self[person].post(f"/api/coverage/{self.study}/{what}", json=asked or None)
        assert answer.status_code == 202, answer.text
        job = answer.json()["job_id"]
        self["city"].app.state.service.jobs.wait(job, 60)
        return self[person].get(f"/api/jobs/{job}").json()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    town, number = planned_town(tmp_path_factory.mktemp("office"))
    with town.database.begin() as connection:
        update_scenario(connection, system, number, {"published": True})
    people: People = {
        "city": ("city", None, None),
        "operator": ("operator", None, telecom),
        "viewer": ("viewer", north_half, None),
    }
    with clients_of(town.database, people) as clients:
        yield Office(town, number, clients)


@pytest.mark.parametrize("what", ["neighbours", "pci", "capacity", "sharing"])
def test_a_result_is_computed_shown_and_handed_out(office, what):
    address = f"/api/coverage/{office.study}/network/{what}"
    job = office.done("city", what)
    assert job["state"] == "done", job
    shown = office["city"].get(address).json()
    assert shown.items() >= {key: value for key, value in job["result"].items() if key != "version"}.items()
    rows = office["city"].get(f"{address}/rows?limit=2").json()
    assert len(rows["items"]) == min(2, rows["total"])
    for ending in ("csv", "xlsx"):
        file = office["city"].get(f"{address}/export.{ending}")
        assert file.status_code == 200
        assert f".{ending}" in file.headers["content-disposition"]
    assert office["city"].get(f"{address}/export.pdf").status_code == 404
    assert office["viewer"].get(address).json() is None
    assert office["viewer"].get(f"{address}/rows").status_code == 404
    assert office["viewer"].post(f"/api/coverage/{office.study}/{what}").status_code == 403
    assert office["anonymous"].get(address).status_code == 401


def test_rows_of_an_operator_are_its_own(office):
    assert office.done("operator", "neighbours")["state"] == "done"
    rows = office["operator"].get(f"/api/coverage/{office.study}/network/neighbours/rows").json()["items"]
    assert rows
    assert {one["name"][:2] for one in rows} == {"电信"}
    found = office["operator"].get(f"/api/coverage/{office.study}/network/neighbours/rows?q=增").json()
    assert 0 < found["total"] < len(rows)


@pytest.mark.parametrize(
    ("what", "asked", "status"),
    [
        ("neighbours", {"limit": 0}, 422),
        ("pci", {"lowest": -1}, 422),
        ("pci", {"colour": "red"}, 422),
        ("capacity", {"users": 2}, 422),
        ("sharing", {"operator_ids": [0]}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(office, what, asked, status):
    assert office["city"].post(f"/api/coverage/{office.study}/{what}", json=asked).status_code == status
    assert office["city"].post(f"/api/coverage/99/{what}").status_code == 404


def test_a_job_that_finds_nothing_says_so(office):
    job = office.done("city", "sharing", operator_ids=[1])
    assert job["state"] == "failed"
    assert "请至少选择两家" in job["result"]["detail"]


def test_an_operator_applies_its_own_plan_and_the_rest_stays(office):
    assert office.done("operator", "pci")["state"] == "done"
    conflicts = office["operator"].get(f"/api/coverage/{office.study}/pci/conflicts?stage=before").json()
    assert all(one["cell_name"].startswith("电信") for one in conflicts)
    told = office["operator"].post(f"/api/coverage/{office.study}/pci/apply").json()
    shown = office["operator"].get(f"/api/coverage/{office.study}/network/pci").json()
    assert shown["applied"] == told
    again = office["operator"].post(f"/api/coverage/{office.study}/pci/apply")
    assert again.status_code == 409
    assert "已被他人修改" in again.json()["detail"]


def test_a_drive_test_from_upload_to_correction(office):
    _, _, longitude, latitude = route(open_study(office.town.database, office.study), 800, telecom)
    content = lines("经度,纬度,RSRP", longitude, latitude, [-85.5] * 799 + ["坏"])
    files = {"file": ("路测.csv", content)}
    assert office["viewer"].post("/api/drive-tests", files=files).status_code == 403
    sent = office["operator"].post("/api/drive-tests", files=files, data={"datum": "wgs84"})
    assert sent.status_code == 201, sent.text
    test = sent.json()
    assert (test["rows"], test["refused"], test["owner_id"]) == (799, 1, telecom)
    assert test["problems"][0]["row"] == 801
    address = f"/api/drive-tests/{test['id']}"
    assert [one["id"] for one in office["city"].get("/api/drive-tests").json()] == [test["id"]]
    assert office["viewer"].get(address).status_code == 404
    figures = office["operator"].get(f"{address}/comparison?study={office.study}").json()
    assert figures["samples"] > 700
    asked = {"study": office.study, "block": 200}
    kept = office["operator"].post(f"{address}/calibrate", json=asked).json()
    assert abs(kept["reports"]["held_out"]["mean"]) < abs(kept["reports"]["before"]["mean"])
    assert [one["id"] for one in office["operator"].get("/api/calibrations").json()] == [kept["id"]]
    few = office["operator"].post(f"{address}/calibrate", json=asked | {"least": 5000})
    assert few.status_code == 400
    assert office["operator"].delete(f"/api/calibrations/{kept['id']}").status_code == 204
    assert office["operator"].delete(address).status_code == 204
    assert office["operator"].get(address).status_code == 404
    bad = office["city"].post("/api/drive-tests", files={"file": ("a.csv", b"a,b\n1,2\n")})
    assert bad.status_code == 422
    assert "没有经度、纬度、RSRP列" in bad.json()["detail"]


@pytest.fixture
def qipan(fresh, monkeypatch):
    town, _ = fresh
    monkeypatch.setenv("QIPAN_DATABASE", str(town.database.path))

    def call(*words):
        return CliRunner().invoke(commands.app, ["network", *map(str, words)])

    return call


def test_a_network_from_the_first_command_to_the_last(qipan, tmp_path, fresh):
    out = qipan("neighbours", 1, "--export", tmp_path / "n.xlsx").output
    assert "12 个小区" in out
    assert "已写出" in out
    planned = qipan("pci", 1, "--apply", "--unit", "移动公司")
    assert "冲突" in planned.output
    assert "已写入" in planned.output
    assert json.loads(qipan("capacity", 1, "--json").stdout)["settled"]
    assert "单独覆盖 → 共享后" in qipan("sharing", 1).output
    town, number = fresh
    _, _, longitude, latitude = route(open_study(town.database, number), 600)
    (tmp_path / "路测.csv").write_bytes(lines("经度,纬度,RSRP", longitude, latitude, [-90] * 599 + [9]))
    told = qipan("drive-test", "import", tmp_path / "路测.csv", "--unit", "移动公司").output
    assert "已导入路测 1“路测”：599 个测量点，拒绝 1 行" in told
    assert "第 601 行，“RSRP”的值“9”" in told
    assert "实测减预测" in qipan("drive-test", "compare", 1, 1).output
    assert "留出（分块交叉验证）" in qipan("drive-test", "calibrate", 1, "--study", 1, "--block", 200).output
    assert "校正 1 份" in qipan("drive-test", "list").output
