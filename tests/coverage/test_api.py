from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import rasterio
from fastapi.testclient import TestClient

from qipan.api import coverage_studies
from qipan.core.access import system
from qipan.core.scenarios import update_scenario
from qipan.domains.mobile.coverage import run_coverage
from tests.coverage.town import Town, city, heights, mobile, north_half, telecom, write_raster
from tests.people import People, clients_of


@dataclass(frozen=True)
class Office:
    """The application over the town with a computed study, and a client for each person."""

    town: Town
    study: int
    clients: dict[str, TestClient]

    def __getitem__(self, person: str) -> TestClient:
        return self.clients[person]

    def ended(self, answer) -> dict:
        assert answer.status_code == 202, answer.text
        job = answer.json()["job_id"]
        self.clients["city"].app.state.service.jobs.wait(job, 60)
        return self["city"].get(f"/api/jobs/{job}").json()


@pytest.fixture
def office(small_town: Town) -> Iterator[Office]:
    number = small_town.study()
    run_coverage(small_town.database, small_town.catalogue, system, number)
    people: People = {
        "city": ("city", None, None),
        "district": ("district", north_half, None),
        "operator": ("operator", None, telecom),
    }
    with clients_of(small_town.database, people) as clients:
        yield Office(small_town, number, clients)


def test_a_study_is_published_by_the_city_alone(office):
    address = f"/api/coverage/{office.study}/publish"
    assert office["anonymous"].post(address).status_code == 401
    assert office["operator"].post(address).status_code == 403
    assert office["city"].post(address).json()["published"] > 20
    assert office["city"].post("/api/coverage/99/publish").status_code == 404


@pytest.mark.parametrize("ending", ["tif", "gpkg", "kml", "csv"])
def test_a_map_is_handed_out(office, tmp_path, ending):
    answer = office["city"].get(f"/api/coverage/{office.study}/export.{ending}?metric=sinr&layer=1")
    assert answer.status_code == 200
    assert f"sinr.{ending}" in answer.headers["content-disposition"]
    path = tmp_path / f"got.{ending}"
    path.write_bytes(answer.content)
    if ending == "tif":
        with rasterio.open(path) as file:
            assert file.shape == (120, 120)


def test_a_map_is_made_as_a_job_and_fetched_by_whoever_asked(office):
    with office.town.database.begin() as connection:
        update_scenario(connection, system, office.study, {"published": True})
    question = f"/api/coverage/{office.study}/export.gpkg?metric=rsrp"
    job = office.ended(office["operator"].post(question))
    assert (job["kind"], job["state"], job["progress"]) == ("export", "done", 1.0)
    made = job["result"]
    fetched = office["operator"].get(made["url"])
    assert (fetched.status_code, len(fetched.content)) == (200, made["size"])
    assert "rsrp.gpkg" in fetched.headers["content-disposition"]
    assert office["operator"].get(made["url"]).content == fetched.content
    assert office["district"].get(made["url"]).status_code == 404
    office["city"].app.state.service.made.close()
    gone = office["operator"].get(made["url"])
    assert gone.status_code == 404
    assert "重新导出" in gone.json()["detail"]


def test_a_map_is_made_beside_a_computation_and_can_be_stopped(office, monkeypatch):
    runner, begun, free = office["city"].app.state.service.jobs, threading.Event(), threading.Event()

    def slow(_study, _catalogue, path, _key, _layer, _cells, progress):
        path.write_bytes(b"half")
        begun.set()
        assert free.wait(20)
        progress.report(0.5)

    computing = runner.submit("coverage", "很久", system, lambda _: {"waited": free.wait(20)})
    monkeypatch.setattr(coverage_studies, "export_study", slow)
    job = office["city"].post(f"/api/coverage/{office.study}/export.tif").json()["job_id"]
    assert begun.wait(20)
    assert office["city"].get(f"/api/jobs/{job}/file").status_code == 404
    office["city"].post(f"/api/jobs/{job}/cancel")
    free.set()
    for one in (job, computing):
        runner.wait(one, 20)
    assert office["city"].get(f"/api/jobs/{job}").json()["state"] == "cancelled"
    assert office["city"].get(f"/api/jobs/{job}/file").status_code == 404


def test_a_full_disk_ends_the_making_of_a_file_with_a_sentence(office, monkeypatch):
    def full(_study, _catalogue, path, *_more):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(coverage_studies, "export_study", full)
    answer = office["city"].get(f"/api/coverage/{office.study}/export.tif")
    assert answer.status_code == 503
    assert "腾出磁盘空间" in answer.json()["detail"]
    job = office.ended(office["city"].post(f"/api/coverage/{office.study}/export.tif"))
    assert job["state"] == "failed"
    assert "腾出磁盘空间" in job["stage"]


def test_what_one_may_not_see_is_not_handed_out(office):
    address = f"/api/coverage/{office.study}"
    assert office["operator"].get(f"{address}/export.csv?metric=cells").status_code == 404
    assert office["operator"].post(f"{address}/export.csv?metric=cells").status_code == 404
    with office.town.database.begin() as connection:
        update_scenario(connection, system, office.study, {"published": True})
    told = office["operator"].get(f"{address}/export.csv?metric=cells").text
    assert office.town.codes["电信0"] in told
    assert office.town.codes["移动0"] not in told
    assert office["operator"].get(f"{address}/venues?operator_id=1").json() == []
    assert len(office["district"].get(f"{address}/venues").json()) == 2
    assert [one["class"] for one in office["city"].get(f"{address}/venues?class=park").json()] == ["park"]


@pytest.mark.parametrize(
    ("question", "status", "sentence"),
    [
        ("export.pdf", 404, "不能导出为 pdf"),
        ("export.tif?metric=colour", 422, "tif 可选 rsrp"),
        ("export.csv?layer=30", 404, "没有图层 30：可用 0 至 2"),
    ],
)
def test_what_cannot_be_handed_out_is_said(office, question, status, sentence):
    answer = office["city"].get(f"/api/coverage/{office.study}/{question}")
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]


def test_a_study_without_result_is_said(office):
    empty = office.town.study("空")
    answer = office["city"].get(f"/api/coverage/{empty}/venues")
    assert answer.status_code == 404
    assert "还没有覆盖计算结果" in answer.json()["detail"]


def _send(office: Office, path: Path, person: str = "city", field: str = "terrain"):
    return office[person].post("/api/ground", files={field: (path.name, path.read_bytes())})


def test_the_ground_is_shown_and_replaced(office, tmp_path):
    shown = office["operator"].get("/api/ground").json()
    assert shown["epsg"] == 4547
    assert shown["terrain"]["file"] == "terrain.tif"
    west, south, east, north = shown["bounds"]
    assert west < east
    assert south < north
    path = write_raster(tmp_path / "new.tif", heights() + 5)
    assert _send(office, path, "operator").status_code == 403
    assert office.ended(_send(office, path))["state"] == "done"
    assert office["city"].get("/api/ground").json()["terrain"]["file"] == "new.tif"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_bad_ground_fails_its_job_with_a_sentence(office, tmp_path):
    job = office.ended(_send(office, write_raster(tmp_path / "plain.tif", heights(), crs=None)))
    assert job["state"] == "failed"
    assert "plain.tif 没有坐标系" in job["result"]["detail"]
    assert office["city"].get("/api/ground").json()["terrain"]["file"] == "terrain.tif"
    nothing = office["city"].post("/api/ground", files={"other": ("a.txt", b"x")})
    assert nothing.status_code == 422
    assert "请上传 terrain、land_cover、streets 中的至少一个文件" in nothing.json()["detail"]


def test_antennas_are_listed_and_added(office):
    names = {one["key"] for one in office["operator"].get("/api/antennas").json()}
    assert {"64T64R", "4T4R-700", "室分全向"} <= names
    bad = "NAME half\nGAIN 15 dBi\nHORIZONTAL 3\n0 0\n1 0\n2 0\nVERTICAL 3\n0 0\n1 0\n2 0\n"
    answer = office["city"].post("/api/antennas", files={"file": ("../half.msi", bad.encode())})
    assert answer.status_code == 400
    assert "天线文件 half.msi 的水平方向图缺少 2 至 360 度" in answer.json()["detail"]
    assert office["operator"].post("/api/antennas", files={"file": ("a.msi", b"x")}).status_code == 403
    assert office["city"].post("/api/antennas", files={"file": ("a.doc", b"x")}).status_code == 400
    assert not any(one["key"] == "half" for one in office["city"].get("/api/antennas").json())


def test_a_summary_shows_the_shares_that_are_a_persons_to_see(office):
    with office.town.database.begin() as connection:
        update_scenario(connection, system, office.study, {"published": True})
    whole, own, part = (
        office[person].get(f"/api/scenarios/{office.study}").json()["summary"]
        for person in ("city", "operator", "district")
    )
    assert {one["operator_id"] for one in whole["areas"]} == {None, mobile, telecom}
    assert own["areas"] == [one for one in whole["areas"] if one["operator_id"] in (None, telecom)]
    assert own["venues"] == [one for one in whole["venues"] if one["operator_id"] in (None, telecom)]
    assert {one["area_id"] for one in part["areas"]} == {city, north_half}
    assert part["layers"] == own["layers"] == whole["layers"]
    assert own["error_count"] == whole["error_count"]
