"""Candidate sites that an office brings along, with costs of their own: by command, over HTTP, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import openpyxl
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from qipan.api import create_app
from qipan.cli import commands
from qipan.core import placing
from qipan.core.access import Role, system
from qipan.core.accounts import create_account, open_session
from qipan.core.areas import load_areas
from qipan.core.errors import ImportRejected
from qipan.core.jobs import Progress
from qipan.core.placing import open_plan, read_lines, read_sites, take_candidates
from qipan.core.scenarios import computing, create_scenario, read_scenario, update_scenario
from qipan.engines.geodesy import from_wgs84, parse_datum

from .conftest import City

heading = "名称,来源,经度,纬度,高度,造价,主设备,铁塔改造\n"
address = "/api/scenarios/2/candidates.xlsx"


@pytest.fixture
def clients(city: City) -> Iterator[dict[str, TestClient]]:
    with city.database.begin() as connection:
        districts = [one for one in load_areas(connection).areas if one.level == "district"]
    people: dict[str, tuple[Role, int | None]] = {
        "city": ("city", None),
        "district": ("district", districts[0].id),
        "viewer": ("viewer", districts[0].id),
    }
    app = create_app(city.database)
    with TestClient(app) as anonymous:
        found = {"anonymous": anonymous}
        for name, (role, area_id) in people.items():
            with city.database.begin() as connection:
                account = create_account(connection, system, name, role, area_id=area_id)
                secret = open_session(connection, account)
            found[name] = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
        yield found


def inside(city: City) -> tuple[float, float]:
    one = open_plan(city.folder(2)).candidates
    return float(one.longitude[0]), float(one.latitude[0])


def workbook(*rows: list[object], sheet: str = "候选点", first: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    if first is not None:
        page.title = first
        page.append(["这一页", "不是候选点"])
        page = book.create_sheet(sheet)
    page.title = sheet
    for row in rows:
        page.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sent(content: bytes, name: str = "mine.xlsx") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, content)}


def test_costs_of_their_own_are_weighed_and_billed(city: City, tmp_path) -> None:
    one = open_plan(city.folder(2)).candidates
    at = f"{one.longitude[0]},{one.latitude[0]}"
    path = tmp_path / "mine.csv"
    path.write_text(f"编号,{heading}A1,甲,已有铁塔,{at},25,1234.56,,\n,乙,tower,{at},,,100,200.5\n", encoding="gb18030")
    ran = CliRunner().invoke(
        commands.app, ["build", "candidates", "2", str(path), "--database", str(city.database.path)]
    )
    assert ran.exit_code == 0, ran.output
    owner = int(one.owner_id[0])
    with city.database.begin() as connection:
        parameters = dict(read_scenario(connection, system, 2, "build").parameters)
        wanted = {f"tower:ownA1:{owner}": "mandatory", f"tower:own3:{owner}": "forbidden"}
        update_scenario(connection, system, 2, {"parameters": parameters | {"pins": wanted}})
    city.compute(2, Progress())
    loaded = open_plan(city.folder(2))
    rows = loaded.candidates.places(list(wanted))
    assert (loaded.candidates.own + loaded.candidates.opening)[rows].tolist() == [1234.56, 300.5]
    site = next(site for site in read_sites(city.folder(2)).to_pylist() if site["candidate"] in wanted)
    assert (site["capital"], site["code"], site["name"][:1]) == (1234.56, None, "甲")
    bill = [line for line in read_lines(city.folder(2)).to_pylist() if line["site"] == site["site"]]
    assert [line["name"] for line in bill if not line["yearly"]] == ["造价"]
    assert any(line["yearly"] for line in bill)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("甲,tower,{x},{y},25,,,", "造价", "没有造价"),
        ("甲,tower,,{y},25,1,,", "经度", "没有位置"),
        ("甲,tower,东经114,{y},25,1,,", "经度", "十进制度数"),
        ("甲,tower,0,0,25,1,,", "经度", "不在本市"),
        ("甲,tower,{y},{x},25,1,,", "经度", "填反了"),
        ("甲,tower,503400,2493800,25,1,,", "经度", "gauss_kruger"),
        ("甲,月球,{x},{y},25,1,,", "来源", "已有铁塔"),
        ("甲,tower,{x},{y},25,-1,,", "造价", "0 至 1e"),
        ("甲,tower,{x},{y},25,nan,,", "造价", "0 至 1e"),
        ("甲,tower,{x},{y},1,1,,", "高度", "3 至 500"),
        ("甲,tower,{x},{y},25,7,3,5", "造价", "8.00 元不符"),
        ("甲,street,{x},{y},25,,3,5", "铁塔改造", "没有这项费用"),
    ],
)
def test_a_row_that_will_not_do_is_named_with_range_and_remedy(city: City, row: str, column: str, said: str) -> None:
    x, y = inside(city)
    content = f"{heading}{row.format(x=x, y=y)}\n".encode()
    with pytest.raises(ImportRejected) as raised:
        take_candidates(city.database, city.catalogue, system, 2, content, "mine.csv")
    (problem,) = raised.value.problems
    assert (problem.row, problem.field) == (2, column)
    assert said in problem.reason
    assert "：请" in problem.reason
    with city.database.connect() as connection:
        assert "candidates" not in read_scenario(connection, system, 2).parameters


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["键", "现行值"], ["a", 1]], "缺少列 来源、经度、纬度、造价"),
        ([["来源", "经度", "纬度", "造价"]], "0 行"),
        ([["来源", "经度", "纬度", "造价", "主设备费"], ["tower", 114, 22, 1, 2]], "不认识的列 主设备费"),
        ([["来源", "经度", "纬度", "造价"], *[["tower", 114, 22, 1]] * 20_001], "20,001 行"),
    ],
)
def test_a_file_that_is_no_list_of_candidates_is_refused(city: City, rows: list[list[object]], said: str) -> None:
    with pytest.raises(ImportRejected, match=said):
        take_candidates(city.database, city.catalogue, system, 2, workbook(*rows), "mine.xlsx")


def test_one_number_twice_names_both_rows(city: City) -> None:
    at = inside(city)
    rows = [["编号", "来源", "经度", "纬度", "造价"], *([number, "tower", *at, 9.5] for number in (7, 8, 7))]
    with pytest.raises(ImportRejected) as raised:
        take_candidates(city.database, city.catalogue, system, 2, workbook(*rows), "mine.xlsx")
    (problem,) = raised.value.problems
    assert (problem.row, problem.field, problem.value) == (4, "编号", "7")
    assert "与第 2 行重复" in problem.reason


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "gauss_kruger:4547"])
def test_positions_in_another_system_come_back_where_they_are(city: City, datum: str) -> None:
    chosen, at = parse_datum(datum), inside(city)
    x, y = (one.tolist() for one in from_wgs84(np.array(at[:1]), np.array(at[1:]), chosen))
    names = ["东坐标", "北坐标"] if chosen.projected else ["经度", "纬度"]
    content = workbook(["来源", *names, "造价"], ["tower", *x, *y, 5])
    take_candidates(city.database, city.catalogue, system, 2, content, "mine.xlsx", datum)
    with city.database.connect() as connection:
        kept = read_scenario(connection, system, 2).parameters["candidates"]
    (row,) = json.loads((city.database.path.parent / f"qipan.db.data/candidates/{kept['file']}.json").read_text())
    assert (row["longitude"], row["latitude"]) == pytest.approx(at, abs=1e-5)


def test_the_template_is_filled_in_uploaded_and_comes_back(city: City, clients: dict[str, TestClient]) -> None:
    client = clients["city"]
    given = client.get(address)
    assert given.headers["content-type"].startswith("application/vnd.openxmlformats")
    book = openpyxl.load_workbook(io.BytesIO(given.content))
    assert book.sheetnames == ["候选点", "填写说明", "示例"]
    page, examples = book["候选点"], book["示例"]
    assert [one.value for one in page[1]] == [one.value for one in examples[1]]
    explained = {row[0].value for row in book["填写说明"].iter_rows(min_row=2)}
    assert explained == {one.value for one in page[1]}
    for row in examples.iter_rows(min_row=2, values_only=True):
        page.append(row)
    assert page.max_row > 1
    buffer = io.BytesIO()
    book.save(buffer)
    taken = client.post(address, files=sent(buffer.getvalue()))
    assert taken.status_code == 200, taken.text
    count = page.max_row - 1
    assert taken.json()["candidates"] == sum(one["count"] for one in taken.json()["by_source"]) == count
    assert taken.json()["capital"]["total"] > 0
    shown = client.get("/api/scenarios/2").json()["parameters"]["candidates"]
    assert (shown["name"], shown["count"]) == ("mine.xlsx", count)
    again = openpyxl.load_workbook(io.BytesIO(client.get(address).content))["候选点"]
    assert client.post(address, files=sent(workbook(*map(list, again.values)))).json()["candidates"] == count
    assert client.get("/api/scenarios/2").json()["parameters"]["candidates"]["file"] == shown["file"]
    assert client.delete("/api/scenarios/2/candidates").status_code == 204
    assert client.get("/api/scenarios/2").json()["parameters"]["candidates"] is None


def test_the_right_sheet_is_found_wherever_it_stands(city: City, clients: dict[str, TestClient]) -> None:
    at = inside(city)
    content = workbook(["来源", "经度", "纬度", "造价"], ["已有铁塔", *at, 5], first="智能杆")
    assert clients["city"].post(address, files=sent(content)).json()["candidates"] == 1


def test_problems_come_as_rows_and_as_a_workbook(city: City, clients: dict[str, TestClient]) -> None:
    at = inside(city)
    content = workbook(["来源", "经度", "纬度", "造价"], *([["tower", *at, -1.5]] * 600))
    answer = clients["city"].post(address, files=sent(content))
    assert answer.status_code == 422
    assert "600 处" in answer.json()["detail"]
    assert len(answer.json()["problems"]) == 500
    assert set(answer.json()["problems"][0]) == {"row", "field", "value", "reason"}
    listed = clients["city"].post("/api/scenarios/2/candidates/problems.xlsx", files=sent(content))
    rows = list(openpyxl.load_workbook(io.BytesIO(listed.content)).active.values)
    assert len(rows) == 601
    assert rows[1][:3] == (2, "造价", "-1.5")
    broken = clients["city"].post("/api/scenarios/2/candidates/problems.xlsx", files=sent(b"PK\x03\x04torn"))
    assert "损坏" in str(list(openpyxl.load_workbook(io.BytesIO(broken.content)).active.values)[1])


def test_only_who_may_change_the_plan_uploads_and_only_while_it_rests(
    city: City, clients: dict[str, TestClient]
) -> None:
    at = inside(city)
    content = workbook(["来源", "经度", "纬度", "造价"], ["tower", *at, 5])
    assert clients["anonymous"].post(address, files=sent(content)).status_code == 401
    assert clients["district"].post(address, files=sent(content)).status_code == 404
    with city.database.begin() as connection:
        update_scenario(connection, system, 2, {"published": True})
        study = create_scenario(connection, system, kind="coverage", subject="mobile.coverage", name="x", parameters={})
    for person in ("district", "viewer"):
        assert clients[person].get(address).status_code == 200
        assert clients[person].post(address, files=sent(content)).status_code == 403
        assert clients[person].delete("/api/scenarios/2/candidates").status_code == 403
    assert clients["city"].post(f"/api/scenarios/{study.id}/candidates.xlsx", files=sent(content)).status_code == 404
    with computing(city.database, system, 2):
        assert clients["city"].post(address, files=sent(content)).status_code == 409


def test_rows_that_are_gone_are_asked_for_again(city: City) -> None:
    at = inside(city)
    content = workbook(["来源", "经度", "纬度", "造价"], ["tower", *at, 5])
    take_candidates(city.database, city.catalogue, system, 2, content, "mine.xlsx")
    (kept,) = (city.database.path.parent / "qipan.db.data/candidates").iterdir()
    kept.unlink()
    with pytest.raises(placing.CandidateProblem, match=r"mine\.xlsx.*重新上传"):
        city.compute(2, Progress())
