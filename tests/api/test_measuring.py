"""Overview, indicators, reported figures, forms and evidence over HTTP."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from .conftest import Office, north

PLAN = """示例市信息基础设施行动计划（2022-2025年）
一、工作目标
到2025年，全市累计建成5G基站4个，物联网产业增加值达到500亿元，多功能智能杆达到30根。
二、重点任务
（一）扩大覆盖。推进深度覆盖。（移动公司牵头）
"""


def _read_plan(client: TestClient, content: str = PLAN) -> dict[str, Any]:
    answer = client.post("/api/plans", files={"file": ("计划.txt", content.encode())})
    assert answer.status_code == 202
    for _ in range(200):
        job = client.get(f"/api/jobs/{answer.json()['job_id']}").json()
        if job["state"] not in ("waiting", "running"):
            assert job["state"] == "done", job
            return job["result"]
        time.sleep(0.05)
    raise AssertionError


def test_from_a_document_to_its_gap(office: Office) -> None:
    city = office["city"]
    result = _read_plan(city)
    assert (result["targets"], result["tasks"], result["version"]) == (3, 1, 1)
    plan = city.get(f"/api/plans/{result['plan_id']}").json()
    targets = city.get(f"/api/plans/{result['plan_id']}/targets").json()
    text = plan["document"]["text"]
    assert all(text[one["start"] : one["end"]] == one["quote"] for one in targets)
    assert city.post(f"/api/plans/{result['plan_id']}/bindings/confirm", json={}).json()["confirmed"] >= 1
    overview = city.get("/api/overview", params={"as_of": "2023-06-30"}).json()
    rows = {row["target"]["name"]: row for row in overview["rows"]}
    assert len(rows) == 3
    assert rows["5G基站"]["now"]["value"] == 2
    assert rows["5G基站"]["attainment"] == 0.5
    assert sum(overview["counts"].values()) == 3
    statuses = {one["key"] for one in city.get("/api/vocabulary/statuses").json()}
    assert set(overview["counts"]) <= statuses


def test_an_indicator_shows_where_its_number_comes_from(office: Office) -> None:
    shown = office["city"].get("/api/indicators/mobile.base_stations", params={"as_of": "2023-06-30"}).json()
    assert (shown["value"], shown["coverage"]) == (2, 1)
    assert {area["name"]: area["value"] for area in shown["areas"]} == {"北区": 1, "南区": 1}
    assert {one["name"]: one["value"] for one in shown["operators"]} == {"移动公司": 1, "电信公司": 1}
    assert shown["parts"][0]["kind"] == "base_station"
    assert office["city"].get("/api/indicators/nothing").status_code == 404
    mine = office["operator"].get("/api/indicators/mobile.base_stations", params={"as_of": "2023-06-30"}).json()
    assert mine["value"] == 1


def test_a_reported_figure_is_corrected_not_overwritten(office: Office) -> None:
    city = office["city"]
    reported = [one["key"] for one in city.get("/api/catalogue").json()["indicators"] if one["kind"] != "ratio"]
    key = next(one for one in reported if "reported" in _formula(city, one))
    figure = {"indicator": key, "area_id": 1, "period_end": "2022-12-31", "value": 100, "source": "年报"}
    first = city.post("/api/measurements", json=figure)
    assert first.status_code == 201
    assert city.post("/api/measurements", json=figure).status_code == 409
    corrected = figure | {"value": 110, "supersedes_id": first.json()["id"]}
    assert city.post("/api/measurements", json=corrected).status_code == 201
    listed = city.get("/api/measurements", params={"indicator": key}).json()
    assert {one["value"] for one in listed} == {100, 110}
    assert city.post("/api/measurements", json=figure | {"indicator": "nothing"}).status_code == 422
    assert office["viewer"].post("/api/measurements", json=figure | {"area_id": north}).status_code == 403


def _formula(client: TestClient, key: str) -> str:
    return next(one["formula"] for one in client.get("/api/catalogue").json()["indicators"] if one["key"] == key)


def test_a_form_is_issued_filled_and_read_back(office: Office) -> None:
    city = office["city"]
    issued = city.get("/api/forms/1.xlsx")
    assert issued.status_code == 200
    book = load_workbook(io.BytesIO(issued.content))
    assert book.sheetnames
    filled = io.BytesIO()
    book.save(filled)
    answer = city.post("/api/forms", files={"file": ("填报.xlsx", filled.getvalue())})
    assert (answer.status_code, answer.json()["accepted"]) == (201, 0)
    assert city.post("/api/forms", files={"file": ("填报.xlsx", b"not a workbook")}).status_code in (400, 422)
    assert office["operator"].get("/api/forms/1.xlsx").status_code == 404


def test_evidence_is_kept_as_it_was_and_for_its_own(office: Office) -> None:
    content = b"%PDF-1.4 evidence"
    sent = office["district"].post(
        "/api/evidence", files={"file": ("验收.pdf", content, "application/pdf")}, data={"area_id": str(north)}
    )
    assert sent.status_code == 201
    url = f"/api/evidence/{sent.json()['id']}"
    assert office["city"].get(url).content == content
    assert office["city"].get(url).headers["content-disposition"].startswith("attachment")
    assert office["operator"].get(url).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [({"value": 5}, 200), ({"status": "dismissed"}, 200), ({"comparator": "~"}, 422), ({"nothing": 1}, 422)],
)
def test_a_reading_is_corrected_over_http(office: Office, change: dict[str, Any], status: int) -> None:
    city = office["city"]
    plan_id = _read_plan(city)["plan_id"]
    target = city.get(f"/api/plans/{plan_id}/targets").json()[0]
    assert city.patch(f"/api/targets/{target['id']}", json=change).status_code == status
    assert office["district"].patch(f"/api/targets/{target['id']}", json={"value": 5}).status_code == 403


def test_search_finds_neither_what_was_dismissed_nor_an_older_version(office: Office) -> None:
    city = office["city"]
    plan_id = _read_plan(city)["plan_id"]
    again = city.post("/api/plans", files={"file": ("计划.txt", PLAN.encode())}, data={"plan_id": str(plan_id)})
    while city.get(f"/api/jobs/{again.json()['job_id']}").json()["state"] in ("waiting", "running"):
        time.sleep(0.05)

    def found() -> list[str]:
        answer = city.get("/api/search", params={"q": "多功能智能杆"}).json()
        return [one["key"] for one in answer if one["type"] == "target"]

    (newest,) = found()
    assert city.get(f"/api/plans/{plan_id}").json()["version"] == 2
    city.patch(f"/api/targets/{newest}", json={"status": "dismissed"})
    assert found() == []


def test_tasks_are_found_by_unit_and_added_by_hand(office: Office) -> None:
    city = office["city"]
    plan_id = _read_plan(city)["plan_id"]
    (unit,) = [one for one in city.get("/api/tasks/units").json() if one["unit_id"] == 1]
    assert unit["lead"] == 1
    (task,) = city.get("/api/tasks", params={"unit_id": 1}).json()
    assert city.patch(f"/api/tasks/{task['id']}", json={"deadline": "2024-12-31"}).json()["status"] == "changed"
    text = city.get(f"/api/plans/{plan_id}").json()["document"]["text"]
    start = text.index("推进深度覆盖")
    added = {
        "heading": "深度覆盖",
        "start": start,
        "end": start + 6,
        "assignments": [{"name": "电信公司", "unit_id": 2}],
    }
    made = city.post(f"/api/plans/{plan_id}/tasks", json=added)
    assert (made.status_code, made.json()["assignments"][0]["unit_id"]) == (201, 2)
    assert city.delete(f"/api/plans/{plan_id}").status_code == 204
    assert city.get("/api/tasks").json() == []
