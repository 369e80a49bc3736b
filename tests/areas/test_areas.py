from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal, nobody, system
from qipan.core.areas import Successor, load_areas, replace_areas
from qipan.core.errors import AccessDenied, ImportRejected, NotFound
from qipan.core.exchange import import_areas, import_file

from ..exchange.sample import areas_file, as_csv, everything, prepare, stations

DISTRICTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "geo" / "shenzhen_districts.geojson"


def test_areas_form_a_tree_found_by_name_code_and_place(database, tmp_path):
    prepare(database, tmp_path)
    with database.connect() as connection:
        areas = load_areas(connection, shapes=True)
    city, district = areas.find("深圳市"), areas.find("440305")
    assert district.name == "南山区"
    assert district.parent_id == city.id
    assert areas.find("南山") is district
    assert areas.find("罗湖区") is None
    found = areas.locate(np.array([113.95, 114.05, 0.0, np.nan]), np.array([22.55, 22.55, 0.0, 22.5]))
    assert found.tolist() == [district.id, areas.find("福田区").id, 0, 0]


def test_importing_areas_again_changes_nothing(database, tmp_path):
    prepare(database, tmp_path)
    before = everything(database)
    result = import_areas(database, areas_file(tmp_path), system)
    assert (result.created, result.updated, result.unchanged, result.change_set_id) == (0, 0, 3, None)
    assert everything(database) == before


def test_a_changed_area_is_in_the_history(database, tmp_path):
    prepare(database, tmp_path)
    rows = [("code", "name", "level"), ("440305", "南山新区", "district"), ("440306", "宝安区", "区")]
    result = import_areas(database, as_csv(rows), system, name="areas.csv")
    assert (result.created, result.updated) == (1, 1)
    with database.connect() as connection:
        change = connection.execute(select(tables.change).where(tables.change.c.record == "area")).one()
        assert load_areas(connection, shapes=True).locate(np.array([113.95]), np.array([22.55]))[0] > 0
    assert (change.before, change.after) == ({"name": "南山区"}, {"name": "南山新区"})


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("44x", "某区", "区", ""), "代码"),
        (("440399", "某区", "郡", ""), "级别"),
        (("440399", "", "区", ""), "名称"),
        (("440399", "某区", "区", "某市"), "上级区域"),
    ],
)
def test_a_bad_area_is_named_and_nothing_is_written(database, tmp_path, row, field):
    prepare(database, tmp_path)
    rows = [("代码", "名称", "级别", "上级区域"), ("440307", "龙岗区", "区", "440300"), row]
    with pytest.raises(ImportRejected) as rejected:
        import_areas(database, as_csv(rows), system, name="areas.csv")
    assert [(one.row, one.field) for one in rejected.value.problems] == [(3, field)]
    with database.connect() as connection:
        assert load_areas(connection).find("龙岗区") is None


@pytest.mark.parametrize("who", [nobody, Principal("区", "district", may_write=True)])
def test_only_the_city_changes_areas(database, tmp_path, who):
    with pytest.raises(AccessDenied):
        import_areas(database, areas_file(tmp_path), who)


def test_a_split_moves_resources_by_their_place_and_keeps_the_old_area(database, tmp_path):
    prepare(database, tmp_path)
    import_file(database, as_csv(stations(20)), system, name="base_station.csv")
    west = Successor("440321", "南山西区", shapely.box(113.90, 22.50, 113.95, 22.60))
    east = Successor("440322", "南山东区", shapely.box(113.95, 22.50, 114.00, 22.60))
    with database.begin() as connection:
        old = load_areas(connection).find("南山区").id
        replace_areas(connection, system, [old], [west, east], date(2022, 1, 1))
    with database.connect() as connection:
        now, then = load_areas(connection, shapes=True), load_areas(connection, on=date(2021, 6, 1))
        resource = tables.resource.c
        rows = connection.execute(select(resource.longitude, resource.area_id, resource.version)).all()
        changes = connection.execute(select(tables.area_change)).all()
    assert now.find("南山区") is None
    assert then.find("南山区").id == old
    assert then.find("南山西区") is None
    names = {area.id: area.name for area in now.areas}
    for row in rows:
        expected = "福田区" if row.longitude >= 114 else "南山西区" if row.longitude < 113.95 else "南山东区"
        assert names[row.area_id] == expected
        assert row.version == (1 if expected == "福田区" else 2)
    assert [(one.kind, one.from_id) for one in changes] == [("split", old)] * 2


def test_a_merge_joins_resources_and_children(database, tmp_path):
    prepare(database, tmp_path)
    import_file(database, as_csv(stations(10)), system, name="base_station.csv")
    streets = [("代码", "名称", "级别", "上级区域"), ("440305001", "粤海街道", "街道", "440305")]
    import_areas(database, as_csv(streets), system, name="areas.csv")
    with database.begin() as connection:
        areas = load_areas(connection)
        both = [areas.find("南山区").id, areas.find("福田区").id]
        (merged,) = replace_areas(connection, system, both, [Successor("440399", "南福区")], date(2023, 5, 1))
    with database.connect() as connection:
        assert set(connection.execute(select(tables.resource.c.area_id)).scalars()) == {merged}
        assert load_areas(connection).find("粤海街道").parent_id == merged
        kinds = connection.execute(select(tables.area_change.c.kind)).scalars().all()
    assert kinds == ["merge", "merge"]


def test_an_area_that_has_ended_cannot_end_again(database, tmp_path):
    prepare(database, tmp_path)
    with database.begin() as connection:
        old = load_areas(connection).find("南山区").id
        replace_areas(connection, system, [old], [Successor("440305", "南山新区")], date(2022, 1, 1))
        with pytest.raises(NotFound):
            replace_areas(connection, system, [old], [Successor("440305", "又一区")], date(2022, 1, 1))


def test_real_districts_hold_their_points(database, tmp_path):
    if not DISTRICTS.exists():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    meta, _, shapes, fields = pyogrio.raw.read(DISTRICTS)
    names = fields[meta["fields"].tolist().index("qh")]
    rows = [("代码", "名称", "级别")] + [(f"4403{30 + place}", f"{name}", "区") for place, name in enumerate(names)]
    path = tmp_path / "areas.gpkg"
    columns = [np.array([row[place] for row in rows[1:]], dtype=object) for place in range(3)]
    pyogrio.raw.write(path, shapes, columns, list(rows[0]), geometry_type="Unknown", crs="EPSG:4326", layer="areas")
    assert import_areas(database, path, system).created == 10
    with database.connect() as connection:
        areas = load_areas(connection, shapes=True)
    points = shapely.point_on_surface(shapely.from_wkb(shapes))
    found = areas.locate(shapely.get_x(points), shapely.get_y(points))
    assert found.tolist() == [area.id for area in areas.areas]
