"""Import in two steps and export over HTTP."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from .conftest import Office

HEADER = "名称,权属单位,所属区域,站型,频段,经度,纬度,启用日期"
GOOD = f"""{HEADER}
新建一站,移动公司,北区,宏站,3.5 GHz,114.01,22.51,2022-03-01
新建二站,移动公司,北区,微站,2.6 GHz,114.02,22.52,2022/4/1
"""
BAD = f"""{HEADER}
坏站,移动公司,北区,宏站,9 GHz,114.01,22.51,2022-03-01
另一站,不存在的公司,北区,宏站,3.5 GHz,114.01,95,二月
"""


def _finished(client: TestClient, job_id: int) -> dict[str, Any]:
    for _ in range(200):
        job = client.get(f"/api/jobs/{job_id}").json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def _check(client: TestClient, content: bytes, **form: str) -> dict[str, Any]:
    sent = {"kind": "base_station"} | form
    answer = client.post("/api/imports", files={"file": ("台账.csv", content)}, data=sent)
    assert answer.status_code == 202, answer.text
    return _finished(client, answer.json()["job_id"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_preview_then_apply_then_nothing_new(office: Office, encoding: str) -> None:
    city = office["city"]
    preview = _check(city, GOOD.encode(encoding))["result"]
    assert (preview["creates"], preview["updates"], preview["problems"], preview["can_apply"]) == (2, 0, [], True)
    assert {column["field"] for column in preview["columns"]} >= {"name", "owner", "form", "band"}
    assert city.get("/api/resources").json()["total"] == 2
    applied = city.post(f"/api/imports/{preview['import_id']}/apply").json()
    assert _finished(city, applied["job_id"])["result"]["created"] == 2
    assert city.get("/api/resources").json()["total"] == 4
    assert city.post(f"/api/imports/{preview['import_id']}/apply").status_code == 404


def test_every_bad_value_is_listed_and_nothing_is_written(office: Office) -> None:
    city = office["city"]
    preview = _check(city, BAD.encode())["result"]
    assert not preview["can_apply"]
    found = {(one["row"], one["field"]) for one in preview["problems"]}
    assert found >= {(2, "频段"), (3, "权属单位"), (3, "纬度"), (3, "启用日期")}
    applied = city.post(f"/api/imports/{preview['import_id']}/apply").json()
    job = _finished(city, applied["job_id"])
    assert job["state"] == "failed"
    assert "没有导入任何数据" in job["result"]["detail"]
    assert city.get("/api/resources").json()["total"] == 2


def test_a_preview_belongs_to_whoever_made_it(office: Office) -> None:
    preview = _check(office["city"], GOOD.encode())["result"]
    assert office["operator"].post(f"/api/imports/{preview['import_id']}/apply").status_code == 404


def test_an_operator_cannot_import_for_another(office: Office) -> None:
    preview = _check(office["operator"], GOOD.encode())["result"]
    assert not preview["can_apply"]


def test_a_viewer_cannot_import(office: Office) -> None:
    job = _check(office["viewer"], GOOD.encode())
    assert job["state"] == "failed"
    assert "只有查看权限" in job["result"]["detail"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg", "zip", "kml", "dxf"])
def test_an_export_imported_again_changes_nothing(office: Office, ending: str) -> None:
    city = office["city"]
    answer = city.get(f"/api/exports/base_station.{ending}")
    assert answer.status_code == 200
    if ending == "dxf":
        assert b"SECTION" in answer.content
        return
    sent = city.post("/api/imports", files={"file": (f"导出.{ending}", answer.content)}, data={"kind": "base_station"})
    preview = _finished(city, sent.json()["job_id"])["result"]
    assert (preview["creates"], preview["updates"], preview["unchanged"]) == (0, 0, 2), preview


def test_an_export_holds_only_what_one_sees(office: Office) -> None:
    text = office["operator"].get("/api/exports/base_station.csv").content.decode("utf-8-sig")
    assert len(text.strip().splitlines()) == 2
    assert "南区基站" in text


def test_a_template_has_the_catalogues_columns(office: Office) -> None:
    answer = office["city"].get("/api/templates/base_station.xlsx")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    header = " ".join(map(str, sheets.get_sheet_by_index(0).to_python()[0]))
    assert "站型" in header
    assert "权属单位" in header


def test_unknown_formats_and_kinds_are_refused(office: Office) -> None:
    assert office["city"].get("/api/exports/base_station.dwg").status_code == 404
    assert office["city"].get("/api/exports/nothing.csv").status_code == 404
    assert office["city"].get("/api/templates/nothing.xlsx").status_code == 404
