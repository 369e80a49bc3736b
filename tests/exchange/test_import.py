from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import func, select

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.areas import load_areas
from qipan.core.database import open_database
from qipan.core.errors import AccessDenied, Conflict, DatabaseError, ImportRejected
from qipan.core.exchange import apply, check, import_file, import_units, read_table
from qipan.core.units import load_units

from .sample import as_csv, everything, prepare, stations


def load(database, rows, **options):
    table = read_table(
        as_csv(rows, options.pop("encoding_written", "utf-8-sig")), "基站.csv", kind="base_station", **options
    )
    with database.connect() as connection:
        return check(connection, table, system)


def test_new_rows_are_created_with_code_area_place_and_history(database, tmp_path):
    prepare(database, tmp_path)
    preview = load(database, stations(100))
    assert (preview.creates, preview.updates, preview.problem_count) == (100, 0, 0)
    result = apply(database, preview, system, message="首批基站")
    assert (result.created, result.updated, result.unchanged) == (100, 0, 0)
    with database.connect() as connection:
        rows = connection.execute(select(tables.resource).order_by(tables.resource.c.name)).all()
        areas = {area.id: area.name for area in load_areas(connection).areas}
        change_set = connection.execute(
            select(tables.change_set).where(tables.change_set.c.id == result.change_set_id)
        ).one()
    assert [areas[row.area_id] for row in rows] == ["南山区"] * 50 + ["福田区"] * 50
    assert rows[0].code.startswith("440305GNBS00000001")
    assert rows[99].attributes == {"form": "macro", "band": "2.6G", "height": 25.5, "shared": True}
    assert str(rows[3].in_service_on) == "2021-06-04"
    assert all(row.morton is not None and row.created_in == result.change_set_id for row in rows)
    assert (change_set.action, change_set.rows, change_set.message) == ("import", 100, "首批基站")


def test_names_are_found_by_their_pairs(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(3)), system)
    entry = tables.search_entry.c
    with database.connect() as connection:
        found = connection.execute(select(func.count()).where(entry.gram == "基站")).scalar_one()
    assert found == 3


def test_importing_again_with_codes_changes_nothing_and_changes_are_recorded(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(10)), system)
    rows = with_codes(database, stations(10))
    before = everything(database)
    preview = load(database, rows)
    assert (preview.creates, preview.updates, preview.unchanged) == (0, 0, 10)
    assert apply(database, preview, system).change_set_id is None
    assert everything(database) == before
    rows[3][-2], rows[4][1] = 31, "改名后的基站"
    preview = load(database, rows)
    assert (preview.creates, preview.updates, preview.unchanged) == (0, 2, 8)
    apply(database, preview, system)
    with database.connect() as connection:
        changes = connection.execute(select(tables.change).where(tables.change.c.record == "resource")).all()
        changed = connection.execute(select(tables.resource).where(tables.resource.c.code == rows[3][0])).one()
        grams = connection.execute(select(func.count()).where(tables.search_entry.c.gram == "改名")).scalar_one()
    assert {"attributes.height": 25.5} in [one.before for one in changes]
    assert {"attributes.height": 31.0} in [one.after for one in changes]
    assert {"name": "改名后的基站"} in [one.after for one in changes]
    assert (changed.version, grams) == (2, 1)


def with_codes(database, rows):
    with database.connect() as connection:
        codes = dict(connection.execute(select(tables.resource.c.name, tables.resource.c.code)).all())
    return [["资源编码", *rows[0]]] + [[codes[row[0]], *row] for row in rows[1:]]


def test_a_column_that_is_absent_is_left_alone(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(5)), system)
    rows = [[row[0], row[-2]] for row in with_codes(database, stations(5, 挂高=40))]
    assert rows[0] == ["资源编码", "挂高"]
    apply(database, load(database, rows), system)
    with database.connect() as connection:
        stored = connection.execute(select(tables.resource)).all()
    assert {row.attributes["height"] for row in stored} == {40.0}
    assert {row.attributes["band"] for row in stored} == {"2.6G"}


BAD_VALUES = [
    ("挂高", "很高", "数值"),
    ("挂高", "9999", "允许 0 至"),
    ("站型", "大站", "宏站"),
    ("共建共享", "也许", "“是”或“否”"),
    ("启用日期", "2021-13-45", "日期"),
    ("权属单位", "中国移通", "中国移动"),
    ("所属区域", "南三区", "南山区"),
    ("名称", "", "必填"),
    ("名称", "长" * 201, "200"),
    ("经度", "214.5", "180"),
    ("经度", "", "同时填写"),
    ("经度", "12", "不在任何已导入的区域"),
    ("状态", "在飞", "在用"),
]


@pytest.mark.parametrize(("heading", "value", "reason"), BAD_VALUES)
def test_one_bad_row_in_a_thousand_is_named_and_nothing_is_written(tmp_path, heading, value, reason):
    database = open_database(tmp_path / "register.db")
    prepare(database, tmp_path)
    rows = stations(1000)
    rows[617][rows[0].index(heading)] = value
    before = everything(database)
    preview = load(database, rows)
    assert preview.problem_count == 1, preview.problems
    problem = preview.problems[0]
    assert problem.row == 618
    assert reason in problem.reason
    assert value[:80] in problem.value or heading == "经度"
    with pytest.raises(ImportRejected) as rejected:
        apply(database, preview, system)
    assert rejected.value.problems == preview.problems
    assert everything(database) == before
    database.close()


def test_every_bad_row_is_listed(database, tmp_path):
    prepare(database, tmp_path)
    preview = load(database, stations(300, 挂高="高", 站型="大"))
    assert preview.problem_count == 600
    assert len(preview.problems) == 600
    assert {problem.row for problem in preview.problems} == set(range(2, 302))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_of_csv(encoding, delimiter):
    text = "\r\n".join(delimiter.join(map(str, row)) for row in stations(20))
    table = read_table(text.encode(encoding), "5G基站.csv")
    assert table.kind == "base_station"
    assert table.columns["名称"].to_pylist() == [f"测试基站{place:05d}" for place in range(20)]


def test_unknown_column_names_the_nearest_and_can_be_ignored_or_mapped(database, tmp_path):
    prepare(database, tmp_path)
    rows = stations(5)
    rows[0][rows[0].index("挂高")] = "挂高度"
    preview = load(database, rows)
    assert [(one.row, one.field) for one in preview.problems] == [(1, "挂高度")]
    assert "挂高" in preview.problems[0].reason
    assert load(database, rows, mapping={"挂高度": None}).can_apply
    mapped = load(database, rows, mapping={"挂高度": "height"})
    assert mapped.can_apply
    assert mapped.rows.attributes["height"].to_pylist() == [25.5] * 5


def test_headings_in_english_by_key_and_with_units(database, tmp_path):
    prepare(database, tmp_path)
    rows = stations(2)
    rows[0] = [
        "Name",
        "owner",
        "Area",
        "state",
        "In service since",
        "Longitude",
        "latitude",
        "form",
        "band",
        "挂高（m）",
        "shared*",
    ]
    assert load(database, rows).can_apply


@pytest.mark.parametrize("text", ["2021-06-30", "2021/6/30", "2021.6.30", "2021年6月30日", "44377"])
def test_dates_as_people_write_them(database, tmp_path, text):
    prepare(database, tmp_path)
    preview = load(database, stations(2, 启用日期=text))
    assert [str(one) for one in preview.rows.days["in_service_on"].to_pylist()] == ["2021-06-30"] * 2


@pytest.mark.parametrize(
    ("text", "value"), [("25.5", 25.5), ("1,2.0", 12.0), ("＋３", None), (" 30 ", 30.0), ("1e1", 10.0)]
)
def test_numbers_as_people_write_them(database, tmp_path, text, value):
    prepare(database, tmp_path)
    rows = stations(2)
    rows[1][-2] = text
    preview = load(database, rows)
    assert preview.rows.attributes["height"].to_pylist() == [value or 3.0, 25.5]


def test_codes_are_checked_and_may_stand_once(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(3)), system)
    rows = with_codes(database, stations(3))
    rows[1][0] = rows[1][0][:-1] + ("0" if rows[1][0][-1] != "0" else "1")
    rows[3][0] = rows[2][0]
    preview = load(database, rows)
    reasons = {problem.row: problem.reason for problem in preview.problems}
    assert "校验" in reasons[2]
    assert "与第 3 行" in reasons[4]


def test_references_make_links_and_missing_ones_are_problems(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(2)), system)
    with database.connect() as connection:
        code = connection.execute(select(tables.resource.c.code)).scalars().first()
    headings = ["名称", "权属单位", "经度", "纬度", "所属基站", "中心频率", "方位角", "挂高", "发射功率"]
    row = ["小区1", "中国移动", 113.95, 22.55, code, 2600, 120, 30, 46]
    cells = as_csv([headings, row])
    result = import_file(database, cells, system, name="cell.csv")
    with database.connect() as connection:
        link = connection.execute(select(tables.link)).one()
    assert result.created == 1
    assert link.kind == "mounted_on"
    row[4] = "440305GNBS000000990"
    with pytest.raises(ImportRejected) as rejected:
        import_file(database, as_csv([headings, row]), system, name="cell.csv")
    assert rejected.value.problems[0].field == "所属基站"


def test_only_ones_own_rows(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(4)), system)
    with database.connect() as connection:
        mobile = load_units(connection).find("中国移动")
    operator = Principal("移动", "operator", owner_ids=frozenset({mobile.id}), may_write=True)
    viewer = Principal("看客", "viewer", owner_ids=frozenset({mobile.id}))
    rows = with_codes(database, stations(4, 挂高=33))
    table = read_table(as_csv(rows), "base_station.csv")
    with database.connect() as connection:
        preview = check(connection, table, operator)
        with pytest.raises(AccessDenied):
            check(connection, table, viewer)
    assert [problem.row for problem in preview.problems] == [2, 4]
    stolen = read_table(as_csv(with_codes(database, stations(4, 权属单位="中国移动"))), "base_station.csv")
    with database.connect() as connection:
        assert [problem.row for problem in check(connection, stolen, operator).problems] == [2, 4]


def test_two_editors_conflict_and_nothing_is_lost(database, tmp_path):
    prepare(database, tmp_path)
    apply(database, load(database, stations(5)), system)
    mine = load(database, with_codes(database, stations(5, 挂高=31)))
    theirs = load(database, with_codes(database, stations(5, 挂高=32)))
    apply(database, theirs, system)
    before = everything(database)
    with pytest.raises(Conflict, match="5 个资源"):
        apply(database, mine, system)
    assert everything(database) == before


def test_what_others_do_elsewhere_is_no_conflict(database, tmp_path):
    prepare(database, tmp_path)
    first = load(database, stations(5))
    second = load(database, stations(7, 纬度=22.56))
    apply(database, first, system)
    assert apply(database, second, system).created == 7


def test_a_full_disk_is_said_plainly_and_loses_nothing(tmp_path):
    database = open_database(tmp_path / "register.db")
    prepare(database, tmp_path)
    apply(database, load(database, stations(10)), system)
    before = everything(database)
    preview = load(database, stations(5000, 纬度=22.56))
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")
        connection.rollback()
    with pytest.raises(DatabaseError, match="磁盘已满"):
        apply(database, preview, system)
    assert everything(database) == before
    database.close()


def test_unit_file_with_a_bad_row_writes_nothing(database, tmp_path):
    prepare(database, tmp_path)
    rows = [("名称", "类型", "上级单位"), ("新单位", "部门", "没有的单位"), ("新单位", "衙门", "")]
    with pytest.raises(ImportRejected) as rejected:
        import_units(database, as_csv(rows), system, name="units.csv")
    assert rejected.value.total == 3
    with database.connect() as connection:
        assert load_units(connection).find("新单位") is None


def test_ragged_rows_are_named(tmp_path):
    content = as_csv(stations(5)) + "只有一格\r\n".encode() + as_csv(stations(1)[1:]).removeprefix(b"\xef\xbb\xbf")
    table = read_table(content, "base_station.csv")
    assert [problem.row for problem in table.problems] == [7]
    assert table.rows.tolist() == [2, 3, 4, 5, 6, 8]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", "名称,名称\n1,2\n".encode(), "名称,\n1,2\n".encode(), b"PK\x03\x04broken"]
)
def test_unreadable_files_are_rejected_in_one_sentence(content):
    with pytest.raises(ImportRejected):
        read_table(content, "file.csv", kind="terminal")


def test_empty_rows_do_not_shift_numbers():
    content = "名称,挂高\na,1\n,\nb,2\n".encode()
    table = read_table(content, "base_station.csv")
    assert table.rows.tolist() == [2, 4]
    assert np.array_equal(table.columns["挂高"].to_pylist(), ["1", "2"])


def test_a_thing_without_code_may_not_stand_twice(database, tmp_path):
    prepare(database, tmp_path)
    rows = stations(5)
    rows.append(list(rows[2]))
    preview = load(database, rows)
    assert [(one.row, one.field) for one in preview.problems] == [(7, "名称")]
    assert "与第 3 行" in preview.problems[0].reason
    apply(database, load(database, stations(5)), system)
    again = load(database, stations(5))
    assert again.problem_count == 5
    assert "440305GNBS00000001" in again.problems[0].reason
    assert load(database, stations(5, 名称="另一个站")).can_apply
