from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal, nobody, system
from qipan.core.catalogue import load_catalogue
from qipan.core.errors import InvalidRecord, NotFound
from qipan.core.exchange import apply, check, export, export_formats, import_file, read_table, template
from qipan.core.resources import Filter
from qipan.core.units import load_units

from .sample import as_csv, everything, prepare, stations

GEOGRAPHIC = [name for name, one in export_formats.items() if one.geographic and name != "ofds"]


def fill(database, folder):
    """Put stations, structures, manholes, a duct and buildings into the register."""
    prepare(database, folder)
    import_file(database, as_csv(stations(30, 名称='名字里有,"引号"与换行\n的站')), system, name="base_station.csv")
    structures = [
        ("名称", "权属单位", "经度", "纬度", "塔型", "高度"),
        ("一号塔", "中国电信", 113.951234567, 22.55, "单管塔", 35),
    ]
    import_file(database, as_csv(structures), system, name="structure.csv")
    manholes = [
        ("名称", "权属单位", "经度", "纬度"),
        ("甲井", "中国电信", 113.95, 22.55),
        ("乙井", "中国电信", 113.96, 22.551),
    ]
    import_file(database, as_csv(manholes), system, name="manhole.csv")
    with database.connect() as connection:
        one, two = connection.execute(
            select(tables.resource.c.code).where(tables.resource.c.kind == "MANH").order_by(tables.resource.c.code)
        ).scalars()
    ducts = [
        ("名称", "权属单位", "几何", "管孔数", "长度", "起点人孔", "终点人孔", "启用日期"),
        (
            "甲乙段",
            "中国电信",
            "LINESTRING (113.95 22.55, 113.955 22.5503, 113.96 22.551)",
            12,
            1030.25,
            one,
            two,
            "2020-02-29",
        ),
    ]
    import_file(database, as_csv(ducts), system, name="duct_section.csv")
    building = shapely.Point(114.05, 22.55).buffer(0.001).difference(shapely.Point(114.05, 22.55).buffer(0.0004))
    two_parts = shapely.union(shapely.box(114.06, 22.55, 114.061, 22.551), shapely.box(114.062, 22.55, 114.063, 22.551))
    buildings = [
        ("名称", "权属单位", "几何", "高度", "层数"),
        ("环楼", "南山区人民政府", building.wkt, 33.3, 10),
        ("双楼", "南山区人民政府", two_parts.wkt, 12.125, None),
    ]
    import_file(database, as_csv(buildings), system, name="building.csv")
    figures = [
        ("名称", "权属单位", "所属区域", "年份", "常住人口", "土地面积"),
        ("南山2021", "南山区人民政府", "南山区", 2021, 1800000, 187.53),
    ]
    import_file(database, as_csv(figures), system, name="district_statistics.csv")


def written(database, folder, kind, form, **options):
    path = folder / f"{kind}-{form}{export_formats[form].ending}"
    with database.connect() as connection:
        count = export(connection, kind, options.pop("principal", system), path, format=form, **options)
    return path, count


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_format_read_back_changes_nothing(database, tmp_path, language):
    fill(database, tmp_path)
    before = everything(database)
    cases = [
        (kind, form) for kind in ("base_station", "duct_section", "building") for form in ("csv", "xlsx", *GEOGRAPHIC)
    ]
    cases += [("structure", "ofds"), ("manhole", "ofds"), ("duct_section", "ofds"), ("district_statistics", "xlsx")]
    for kind, form in cases:
        if form == "dxf" and kind != "base_station":
            continue
        path, count = written(database, tmp_path, kind, form, language=language)
        table = read_table(path, kind=kind)
        with database.connect() as connection:
            preview = check(connection, table, system)
        assert preview.problems == (), (kind, form)
        changes = [(one.before, one.after) for one in preview.rows.updates]
        assert (preview.creates, changes, preview.unchanged) == (0, [], count), (kind, form)
        assert count > 0
        apply(database, preview, system)
    assert everything(database) == before


def test_exports_carry_all_fields_into_another_register(tmp_path):
    from qipan.core.database import open_database

    first, second = open_database(tmp_path / "a.db"), open_database(tmp_path / "b.db")
    fill(first, tmp_path)
    prepare(second, tmp_path)
    for kind, form in (
        ("manhole", "gpkg"),
        ("duct_section", "shapefile"),
        ("building", "geojson"),
        ("base_station", "kml"),
    ):
        path, count = written(first, tmp_path, kind, form)
        assert import_file(second, path, system, kind=kind).created == count
    column = tables.resource.c
    query = select(column.code, column.name, column.state, column.in_service_on, column.attributes)
    query = query.where(column.kind.in_(("MANH", "DUCT", "BLDG", "GNBS"))).order_by(column.code)
    with first.connect() as one, second.connect() as two:
        ours, theirs = one.execute(query).all(), two.execute(query).all()
        links = [connection.execute(select(tables.link.c.kind)).scalars().all() for connection in (one, two)]
    assert [row for row in theirs if row.code[6:10] != "GNBS"] == [row for row in ours if row.code[6:10] != "GNBS"]
    assert [row.attributes for row in theirs] == [row.attributes for row in ours]
    assert links[0] == links[1] == ["feeds", "feeds"]
    first.close()
    second.close()


def test_csv_opens_in_excel_and_has_chinese_headings(database, tmp_path):
    fill(database, tmp_path)
    path, _ = written(database, tmp_path, "base_station", "csv")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["资源编码", "名称", "权属单位", "所属区域"]
    assert len(rows) == 31


def test_export_shows_only_what_the_reader_may_see(database, tmp_path):
    fill(database, tmp_path)
    with database.connect() as connection:
        mobile = load_units(connection).find("中国移动")
    operator = Principal("移动", "operator", owner_ids=frozenset({mobile.id}))
    assert written(database, tmp_path, "base_station", "csv", principal=operator)[1] == 15
    assert written(database, tmp_path, "base_station", "gpkg", principal=nobody)[1] == 0
    where = Filter(states=frozenset({"planned"}))
    assert written(database, tmp_path, "base_station", "geojson", where=where)[1] == 0


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "cgcs2000", "gauss_kruger:4547", "epsg:32650"])
def test_other_datums_there_and_back(tmp_path, datum):
    from qipan.core.database import open_database

    database = open_database(tmp_path / "a.db")
    fill(database, tmp_path)
    forms = ["csv", "xlsx", "dxf"] + (["gpkg", "shapefile"] if ":" in datum or datum == "cgcs2000" else [])
    for form in forms:
        path, count = written(database, tmp_path, "base_station", form, datum=datum)
        with database.connect() as connection:
            preview = check(connection, read_table(path, kind="base_station", datum=datum), system)
        assert preview.problems == ()
        assert (preview.creates, preview.updates, preview.unchanged) == (0, 0, count), (form, datum)
    database.close()


def test_shapefile_names_its_short_columns(database, tmp_path):
    fill(database, tmp_path)
    path, _ = written(database, tmp_path, "base_station", "shapefile")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        fields = list(csv.DictReader(io.StringIO(archive.read("fields.csv").decode("utf-8-sig"))))
    assert {"base_station.shp", "base_station.dbf", "base_station.prj", "base_station.cpg"} <= set(names)
    assert all(len(row["column"]) <= 10 for row in fields)
    assert pyogrio.read_info(f"/vsizip/{path}/base_station.shp")["fields"].tolist() == [row["column"] for row in fields]


def test_no_two_fields_share_a_shapefile_name():
    from qipan.core.exchange.matching import shapefile_name

    catalogue = load_catalogue()
    for kind in catalogue.kinds.values():
        names = [shapefile_name(one.key) for one in catalogue.columns(kind)]
        assert len(set(names)) == len(names), kind.key
        assert max(map(len, names)) <= 10


def test_text_too_long_for_a_shapefile_is_refused(database, tmp_path):
    prepare(database, tmp_path)
    import_file(database, as_csv(stations(1, 名称="长" * 120)), system, name="base_station.csv")
    with pytest.raises(InvalidRecord, match="254"):
        written(database, tmp_path, "base_station", "shapefile")


@pytest.mark.parametrize(("kind", "form"), [("district_statistics", "gpkg"), ("terminal", "ofds")])
def test_a_format_that_cannot_hold_the_kind_is_refused(tmp_path, kind, form):
    from qipan.core.database import open_database

    database = open_database(tmp_path / "a.db")
    with pytest.raises(InvalidRecord, match="请改用"):
        written(database, tmp_path, kind, form)
    with database.connect() as connection, pytest.raises(NotFound):
        export(connection, kind, system, tmp_path / "x", format="dwg")
    database.close()


def test_ofds_export_has_the_standards_shape(database, tmp_path):
    fill(database, tmp_path)
    path, _ = written(database, tmp_path, "duct_section", "ofds")
    network = json.loads(path.read_text(encoding="utf-8"))["networks"][0]
    span = network["spans"][0]
    assert {span["start"], span["end"]} == {node["id"] for node in network["nodes"]}
    assert span["route"]["type"] == "LineString"
    assert span["status"] == "operational"


@pytest.mark.parametrize("kind", list(load_catalogue().kinds))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_template_of_every_kind_is_understood_by_the_import(tmp_path, kind, language):
    path = tmp_path / "template.xlsx"
    template(kind, path, language=language, units=["中国移动"], areas=["南山区"])
    book = CalamineWorkbook.from_path(path)
    headings = book.get_sheet_by_index(0).to_python()[0]
    fields = load_catalogue().columns(load_catalogue().kinds[kind])
    assert headings == [one.name.in_language(language) for one in fields]
    notes = book.get_sheet_by_index(1).to_python()
    assert [row[0] for row in notes[1:]] == headings
    assert read_table(path).kind == kind
    assert np.array_equal(read_table(path).rows, [])
