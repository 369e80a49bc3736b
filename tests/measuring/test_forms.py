"""The Excel form: issued, filled in as a person would, read back whole or not at all."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import insert

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import insert_row
from qipan.core.errors import ImportRejected, NotFound
from qipan.core.history import open_change_set
from qipan.core.measuring import issue_form, list_measurements, read_form
from qipan.core.measuring.forms import period_end
from tests.measuring.conftest import add_plan, changed_rows

CATALOGUE = load_catalogue()
TODAY = date(2023, 11, 15)
NETWORKS = "mobile.virtual_private_networks"


def issued(city, unit, principal=system):
    with city.database.connect() as connection:
        return issue_form(connection, CATALOGUE, principal, city.units[unit], TODAY)


def table(content, sheet="填报"):
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def filled(content, changes, *, sheet="填报", drop=()):
    """Return the form with cells set by (indicator, heading), written anew as a spreadsheet program would."""
    rows = table(content)
    headings = rows[0]
    for (key, heading), value in changes.items():
        row = next(one for one in rows[1:] if one[0] == key)
        row[headings.index(heading)] = value
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        target = book.add_worksheet(sheet)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if headings[column] not in drop:
                    target.write(place, column, value)
    return buffer.getvalue()


def read(city, content, principal=system):
    with city.database.begin() as connection:
        return read_form(connection, CATALOGUE, principal, content)


def operator(city, name="移动"):
    return Principal(name, "operator", owner_ids=frozenset({city.units[name]}), may_write=True)


def test_an_operator_is_asked_for_its_own_part(lone_city):
    rows = table(issued(lone_city, "移动"))
    keys = {row[0] for row in rows[1:]}
    assert NETWORKS in keys
    by_operator = [one for one in CATALOGUE.indicators.values() if one.by_operator]
    assert keys == {one.key for one in by_operator if one.formula == "reported()"} | {"mobile.subscribers_5g"}
    assert {row[5] for row in rows[1:]} == {"移动"}
    assert {row[3] for row in rows[1:]} == {"440300"}


def test_a_district_is_asked_for_what_adds_up(lone_city):
    rows = table(issued(lone_city, "东区政府"))
    keys = {row[0] for row in rows[1:]}
    assert "roads.connected_junctions" in keys
    assert "industry.patents_5g" not in keys
    assert {row[4] for row in rows[1:]} == {"东区"}


def test_a_department_is_asked_for_what_its_tasks_are_measured_by(lone_city):
    assert len(table(issued(lone_city, "市工业和信息化局"))) == 1
    plan_id = add_plan(
        lone_city,
        [
            {"name": "专利", "indicator": "industry.patents_5g", "value": 1},
            {"name": "光纤用户占比", "indicator": "fibre.fibre_subscriber_share", "value": 90, "unit": "%"},
            {"name": "标准", "indicator": "industry.standards", "value": 1},
        ],
    )
    with lone_city.database.begin() as connection:
        document = connection.execute(tables.document.select().where(tables.document.c.plan_id == plan_id)).one()
        task = {"document_id": document.id, "section": "三", "heading": "任务", "text": "任务"}
        task_id = insert_row(connection, tables.task, task)
        who = {"task_id": task_id, "name": "市工信局", "unit_id": lone_city.units["市工业和信息化局"], "role": "lead"}
        connection.execute(insert(tables.assignment).values(who))
        targets = connection.execute(tables.target.select()).all()
        links = [{"task_id": task_id, "target_id": one.id} for one in targets[:2]]
        connection.execute(insert(tables.contribution), links)
    keys = {row[0] for row in table(issued(lone_city, "市工业和信息化局"))[1:]}
    assert keys == {"industry.patents_5g", "fibre.fibre_subscribers", "fibre.broadband_subscribers"}


def test_instructions_and_what_was_reported_before(lone_city):
    lone_city.report(NETWORKS, date(2023, 3, 31), 12, owner="移动")
    lone_city.report(NETWORKS, date(2023, 6, 30), 15, owner="移动")
    content = issued(lone_city, "移动")
    assert table(content, "说明")[0][0] == "填报说明"
    row = next(one for one in table(content)[1:] if one[0] == NETWORKS)
    assert row[6:10] == [date(2023, 9, 30), date(2023, 6, 30), 15, ""]


@pytest.mark.parametrize(
    ("key", "as_of", "end"),
    [
        (NETWORKS, date(2023, 11, 15), date(2023, 9, 30)),
        (NETWORKS, date(2023, 12, 31), date(2023, 12, 31)),
        ("industry.software_revenue", date(2023, 11, 15), date(2022, 12, 31)),
        ("industry.software_revenue", date(2023, 12, 31), date(2023, 12, 31)),
    ],
)
def test_the_period_is_the_newest_that_is_over(key, as_of, end):
    assert period_end(CATALOGUE.indicators[key], as_of) == end


def test_filled_in_and_read_back(city):
    content = filled(
        issued(city, "移动"),
        {(NETWORKS, "本期数值"): 21, (NETWORKS, "数据来源"): "网管", ("fibre.fttr_subscribers", "本期数值"): "1,234"},
    )
    found = read(city, content, operator(city))
    assert found["accepted"] == 2
    with city.database.connect() as connection:
        rows = {one["indicator"]: one for one in list_measurements(connection, system)}
    assert [one["id"] for one in rows.values()] == sorted(found["measurement_ids"], reverse=True)
    assert (rows[NETWORKS]["value"], rows[NETWORKS]["source"], rows[NETWORKS]["entered_by"]) == (21, "网管", "移动")
    assert rows[NETWORKS]["owner_id"] == city.units["移动"]
    assert rows["fibre.fttr_subscribers"]["value"] == 1234
    assert city.value(NETWORKS, owner="移动", day=date(2023, 9, 30)).value == 21


def test_reading_it_twice_changes_nothing_and_a_new_figure_corrects(lone_city):
    content = filled(issued(lone_city, "移动"), {(NETWORKS, "本期数值"): 21})
    first = read(lone_city, content)
    assert read(lone_city, content)["accepted"] == 0
    second = read(lone_city, filled(content, {(NETWORKS, "本期数值"): 22}))
    with lone_city.database.connect() as connection:
        newest, oldest = list_measurements(connection, system)
    assert (newest["id"], newest["supersedes_id"], newest["status"]) == (
        second["measurement_ids"][0],
        first["measurement_ids"][0],
        "corrected",
    )
    assert (oldest["value"], newest["value"]) == (21, 22)


def test_evidence_is_found_by_the_name_of_its_file(lone_city):
    with lone_city.database.begin() as connection:
        values = {
            "sha256": "0" * 64,
            "filename": "证明.pdf",
            "media_type": "application/pdf",
            "size": 1,
            "content": b"x",
        }
        values |= {"unit_id": lone_city.units["移动"], "created_in": open_change_set(connection, system, "create")}
        evidence_id = insert_row(connection, tables.evidence, values)
    content = filled(issued(lone_city, "移动"), {(NETWORKS, "本期数值"): 5, (NETWORKS, "佐证文件名"): "证明.pdf"})
    read(lone_city, content, operator(lone_city))
    with lone_city.database.connect() as connection:
        assert list_measurements(connection, system)[0]["evidence_id"] == evidence_id
    theirs = filled(issued(lone_city, "电信"), {(NETWORKS, "本期数值"): 5, (NETWORKS, "佐证文件名"): "证明.pdf"})
    with pytest.raises(ImportRejected) as caught:
        read(lone_city, theirs, operator(lone_city, "电信"))
    assert caught.value.problems[0].field == "佐证文件名"


def test_every_problem_is_listed_and_nothing_is_written(city):
    wrong = {
        (NETWORKS, "本期数值"): "约20个",
        (NETWORKS, "期末日期"): "去年底",
        ("fibre.fttr_subscribers", "本期数值"): 7,
        ("fibre.fttr_subscribers", "区域代码"): "999999",
        ("mobile.broadband_subscribers", "本期数值"): 3,
        ("mobile.broadband_subscribers", "填报单位"): "某公司",
        ("fibre.fibre_subscribers", "本期数值"): 8,
    }
    with pytest.raises(ImportRejected) as caught:
        read(city, filled(issued(city, "移动"), wrong))
    found = {(one.field, one.value) for one in caught.value.problems}
    assert found == {("本期数值", "约20个"), ("期末日期", "去年底"), ("区域代码", "999999"), ("填报单位", "某公司")}
    assert all(one.row is not None and one.row >= 2 for one in caught.value.problems)
    assert changed_rows(city, "measurement") == 0


def test_the_same_period_twice_is_refused(lone_city):
    twice = {("fibre.fttr_subscribers", "指标编码"): NETWORKS, ("fibre.fttr_subscribers", "本期数值"): 6}
    content = filled(issued(lone_city, "移动"), {(NETWORKS, "本期数值"): 5} | dict(reversed(twice.items())))
    with pytest.raises(ImportRejected, match="1 处") as caught:
        read(lone_city, content)
    assert "重复" in caught.value.problems[0].reason


def test_nobody_reports_for_another(lone_city):
    content = filled(issued(lone_city, "电信"), {(NETWORKS, "本期数值"): 5})
    viewer = Principal("看", "viewer", everything=True)
    for principal in (operator(lone_city, "移动"), viewer):
        with pytest.raises(ImportRejected):
            read(lone_city, content, principal)
    with pytest.raises(NotFound):
        issued(lone_city, "电信", operator(lone_city, "移动"))


@pytest.mark.parametrize("kind", ["no workbook", "other sheet", "missing column"])
def test_what_is_not_a_form_is_said_plainly(lone_city, kind):
    content = issued(lone_city, "移动")
    content = {
        "no workbook": b"hello",
        "other sheet": filled(content, {}, sheet="别的"),
        "missing column": filled(content, {}, drop=("本期数值",)),
    }[kind]
    with pytest.raises(ImportRejected, match="填报表"):
        read(lone_city, content)
