"""Single edits of what refers to others: checked, linked, renewed with history; lines and polygons with their shape."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
import shapely
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.areas import Successor, replace_areas
from qipan.core.errors import ImportRejected, InUse, InvalidRecord
from qipan.core.exchange import import_file
from qipan.core.history import history_of
from qipan.core.resources import Record, change_resource, create_resource, delete_resource, links_of, read_resource
from qipan.engines.tiling import encode_keys

from .conftest import Town

_LINE = {"type": "LineString", "coordinates": [[114.0, 22.5], [114.02, 22.5], [114.02, 22.51]]}
_SQUARE = {
    "type": "Polygon",
    "coordinates": [[[114, 22.5], [114.01, 22.5], [114.01, 22.51], [114, 22.51], [114, 22.5]]],
}


def add(town: Town, kind: str, principal: Principal = system, **values: object) -> str:
    base: dict[str, object] = {"name": kind, "owner_id": town.mobile, "area_id": town.north}
    with town.database.begin() as connection:
        return create_resource(connection, town.catalogue, principal, town.catalogue.kinds[kind], base | values)


def cell(town: Town, station: str, principal: Principal = system, **values: object) -> str:
    base: dict[str, object] = {"station": station, "longitude": 114.05, "latitude": 22.54}
    base |= {"frequency": 2600, "azimuth": 120, "height": 30, "power": 46}
    return add(town, "cell", principal, **(base | values))


def change(town: Town, code: str, values: dict[str, object], version: int = 1, who: Principal = system) -> None:
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, who, code, values, version)


def read(town: Town, code: str) -> Record:
    with town.database.connect() as connection:
        return read_resource(connection, town.catalogue, system, code)


def links(town: Town) -> list[Any]:
    with town.database.connect() as connection:
        return list(connection.execute(select(tables.link).order_by(tables.link.c.id)))


def test_a_reference_makes_a_link_seen_from_both_ends(town: Town) -> None:
    station = town.add()
    code = cell(town, station.lower())
    assert read(town, code)["attributes"]["station"] == station
    (link,) = links(town)
    assert (link.kind, link.valid_from, link.valid_to) == ("mounted_on", None, None)
    with town.database.connect() as connection:
        (seen,) = links_of(connection, town.catalogue, system, read(town, station)["id"])
    assert (seen["direction"], seen["code"], seen["resource_kind"]) == ("to", code, "cell")


def test_a_reference_to_nothing_or_to_another_kind_is_named(town: Town) -> None:
    other = add(town, "manhole", longitude=114.05, latitude=22.54)
    for wrong in ("440304GNBS999999990", other):
        with pytest.raises(InvalidRecord) as caught:
            cell(town, wrong)
        (problem,) = caught.value.problems
        assert (problem.field, problem.value) == ("所属基站", wrong)
        assert "5G基站" in problem.reason
    assert links(town) == []


def test_what_one_may_not_see_one_may_not_refer_to(town: Town) -> None:
    hidden = town.add(area_id=town.south, owner_id=town.telecom)
    with pytest.raises(InvalidRecord, match="无权查看"):
        cell(town, hidden, town.operator_user)
    headings = ["名称", "权属单位", "所属区域", "经度", "纬度", "所属基站", "中心频率", "方位角", "挂高", "发射功率"]
    row: list[object] = ["小区", "移动公司", "北区", 114.05, 22.54, hidden, 2600, 120, 30, 46]
    with pytest.raises(ImportRejected) as rejected:
        import_file(town.database, _as_csv([headings, row]), town.operator_user, name="cell.csv")
    assert [(one.field, one.value) for one in rejected.value.problems] == [("所属基站", hidden)]


def test_a_reference_that_stays_is_not_asked_about_again(town: Town) -> None:
    hidden = town.add(area_id=town.south, owner_id=town.telecom)
    code = cell(town, hidden)
    change(town, code, {"height": 31}, who=town.operator_user)
    assert read(town, code)["attributes"]["height"] == 31
    headings = ["资源编码", "所属基站", "挂高"]
    import_file(town.database, _as_csv([headings, [code, hidden, 32]]), town.operator_user, name="cell.csv")
    assert read(town, code)["attributes"]["height"] == 32
    assert len(links(town)) == 1


def test_a_changed_reference_ends_one_link_and_begins_another(town: Town) -> None:
    first, second = town.add(), town.add()
    code = cell(town, first)
    change(town, code, {"station": second})
    _moved(town, code, first, second)


def test_an_import_renews_links_as_a_single_edit_does(town: Town) -> None:
    first, second = town.add(), town.add()
    code = cell(town, first)
    import_file(town.database, _as_csv([["资源编码", "所属基站"], [code, second.lower()]]), system, name="cell.csv")
    _moved(town, code, first, second)


def _moved(town: Town, code: str, first: str, second: str) -> None:
    old, new = links(town)
    assert (old.to_id, old.valid_to) == (read(town, first)["id"], date.today())
    assert (new.to_id, new.valid_from, new.valid_to) == (read(town, second)["id"], date.today(), None)
    with town.database.connect() as connection:
        (ended,) = history_of(connection, "link", old.id)
        (begun,) = history_of(connection, "link", new.id)
        newest = history_of(connection, "resource", read(town, code)["id"])[0]
    assert (ended.before, ended.after) == ({"valid_to": None}, {"valid_to": date.today().isoformat()})
    assert begun.before is None
    assert begun.after is not None
    assert begun.after["to_id"] == new.to_id
    assert (newest.before or {})["attributes.station"] == first
    assert (newest.after or {})["attributes.station"] == second


def test_two_attributes_may_make_the_same_link_and_part_again(town: Town) -> None:
    ends = [add(town, "manhole", longitude=114.0, latitude=22.5) for _ in range(2)]
    code = _duct(town, from_manhole=ends[0], to_manhole=ends[0])
    change(town, code, {"to_manhole": ends[1]})
    assert sorted((one.to_id, one.valid_to is None) for one in links(town)) == sorted(
        [(read(town, ends[0])["id"], True), (read(town, ends[0])["id"], False), (read(town, ends[1])["id"], True)]
    )
    change(town, code, {"from_manhole": None}, 2)
    assert sum(one.valid_to is None for one in links(town)) == 1


def test_what_others_refer_to_is_not_deleted(town: Town) -> None:
    station = town.add()
    code = cell(town, station, name="一号小区")
    with pytest.raises(InUse, match=f"1 个资源引用（一号小区（{code}））"), town.database.begin() as connection:
        delete_resource(connection, town.catalogue, system, station)
    assert read(town, station)
    for one in (code, station):
        with town.database.begin() as connection:
            delete_resource(connection, town.catalogue, system, one)
    assert links(town) == []
    with town.database.connect() as connection:
        query = select(tables.change.c.before).where(tables.change.c.record == "link")
        (before,) = connection.execute(query).scalars()
    assert before["kind"] == "mounted_on"


def test_who_refers_is_not_told_to_whom_may_not_see_it(town: Town) -> None:
    station = town.add()
    cell(town, station, name="别家小区", owner_id=town.telecom)
    with pytest.raises(InUse) as caught, town.database.begin() as connection:
        delete_resource(connection, town.catalogue, town.operator_user, station)
    assert "1 个资源" in str(caught.value)
    assert "别家小区" not in str(caught.value)


def _duct(town: Town, **values: object) -> str:
    return add(town, "duct_section", **({"geometry": _LINE, "holes": 6} | values))


def test_a_line_stands_at_its_middle_and_reads_back(town: Town) -> None:
    record = read(town, _duct(town))
    assert record["geometry"] == _LINE
    assert (record["longitude"], record["latitude"]) == pytest.approx((114.015, 22.5))
    assert record["morton"] == encode_keys([record["longitude"]], [record["latitude"]])[0]


def test_a_single_edit_and_an_import_of_the_same_line_agree(town: Town) -> None:
    mine = read(town, _duct(town))
    headings = ["名称", "权属单位", "所属区域", "几何", "管孔数"]
    text = shapely.from_geojson(str(_LINE).replace("'", '"')).wkt
    content = _as_csv([headings, ["另一段", "移动公司", "北区", text, 6]])
    import_file(town.database, content, system, name="duct_section.csv")
    with town.database.connect() as connection:
        code = connection.execute(select(tables.resource.c.code).where(tables.resource.c.name == "另一段")).scalar_one()
    theirs = read(town, code)
    for key in ("longitude", "latitude", "morton", "geometry"):
        assert theirs[key] == mine[key]


def test_a_new_shape_moves_its_position_and_a_new_name_does_not(town: Town) -> None:
    code = add(town, "building", geometry=_SQUARE, height=30)
    before = read(town, code)
    change(town, code, {"name": "改名楼"})
    assert {key: read(town, code)[key] for key in ("geometry", "morton")} == {
        key: before[key] for key in ("geometry", "morton")
    }
    moved = {"type": "Polygon", "coordinates": [[[x + 1, y] for x, y in _SQUARE["coordinates"][0]]]}  # type: ignore[misc]
    change(town, code, {"geometry": moved}, 2)
    after = read(town, code)
    assert after["longitude"] == pytest.approx(before["longitude"] + 1)
    assert after["morton"] != before["morton"]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (None, "GeoJSON"),
        ("LINESTRING (0 0, 1 1)", "GeoJSON"),
        (_SQUARE, "LineString"),
        ({"type": "LineString"}, "不是有效的"),
        ({"type": "LineString", "coordinates": [[114, 22]]}, "不是有效的"),
        ({"type": "LineString", "coordinates": []}, "折点"),
        ({"type": "LineString", "coordinates": [[114, 22], [114, 22]]}, "不成立"),
        ({"type": "LineString", "coordinates": [[22.5, 114.0], [22.6, 114.0]]}, "超出范围"),
        ({"type": "LineString", "coordinates": [[114, 22], [float("inf"), 22]]}, ""),
        ({"type": "LineString", "coordinates": [["a", "b"], [114, 22]]}, "不是有效的"),
        (
            {"type": "LineString", "coordinates": [[114 + 1e-6 * one, 22.5] for one in range(100_001)]},
            "允许 2 至 100000",
        ),
    ],
)
def test_a_shape_that_will_not_do_is_named_and_nothing_is_written(town: Town, shape: object, reason: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        _duct(town, geometry=shape)
    (problem,) = caught.value.problems
    assert problem.field == "几何"
    assert reason in problem.reason
    assert len(problem.value) <= 80


def test_a_polygon_that_crosses_itself_and_half_a_position_are_refused(town: Town) -> None:
    bow = {"type": "Polygon", "coordinates": [[[114, 22], [115, 23], [115, 22], [114, 23], [114, 22]]]}
    with pytest.raises(InvalidRecord, match="自相交"):
        add(town, "building", geometry=bow, height=30)
    with pytest.raises(InvalidRecord, match="须同时填写"):
        add(town, "building", geometry=_SQUARE, height=30, longitude=114)


@pytest.mark.parametrize("parts", [1, 2])
def test_the_history_of_a_resource_tells_that_its_area_was_replaced(town: Town, parts: int) -> None:
    code, other = town.add(), town.add(area_id=town.south)
    shapes = [shapely.box(114.0, 22.5, 114.1, 22.6), shapely.box(114.1, 22.5, 114.2, 22.6)]
    successors = [Successor(f"44032{place}", f"新{place}区", shapes[place]) for place in range(parts)]
    with town.database.begin() as connection:
        new = replace_areas(connection, system, [town.north], successors, date(2024, 1, 1))
    with town.database.connect() as connection:
        newest, *_ = history_of(connection, "resource", read(town, code)["id"])
        assert len(history_of(connection, "resource", read(town, other)["id"])) == 1
    assert newest.before == {"area_id": town.north, "version": 1}
    assert newest.after == {"area_id": new[0], "version": 2}
    assert read(town, code)["area_id"] == new[0]


def _as_csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")
