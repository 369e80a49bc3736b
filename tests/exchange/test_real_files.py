"""Files as others publish them. They lie in the reference data folder ``shared/`` beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from qipan.core.access import system
from qipan.core.database import open_database
from qipan.core.exchange import apply, check, import_areas, import_file, import_units, read_table

from .sample import as_csv

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    return path


@pytest.fixture
def register(tmp_path):
    database = open_database(tmp_path / "register.db")
    areas = [("代码", "名称", "级别"), ("990000", "某地", "市")]
    import_areas(database, as_csv(areas), system, name="areas.csv")
    import_units(
        database, as_csv([("名称", "类型"), ("某公司", "企业"), ("FibreCo", "运营商")]), system, name="units.csv"
    )
    yield database
    database.close()


def checked(database, table):
    with database.connect() as connection:
        return check(connection, table, system)


def test_british_sites_in_the_national_grid(register):
    table = read_table(
        real("geo", "uk_cell_sites_osgb36.csv"),
        kind="structure",
        datum="epsg:27700",
        mapping={"id": None, "lte_4G": None},
        constants={"owner": "某公司", "area": "某地", "form": "单管塔", "height": "30"},
    )
    preview = checked(register, table)
    assert preview.problems == ()
    assert preview.creates == 29004
    rows = preview.rows
    assert (rows.latitude > 49.8).all()
    assert (rows.latitude < 60.9).all()
    assert (rows.longitude > -8.7).all()
    assert (rows.longitude < 1.8).all()
    assert apply(register, preview, system).created == 29004


def test_british_sites_without_their_datum_are_refused(register):
    table = read_table(real("geo", "uk_cell_sites_osgb36.csv"), kind="structure", mapping={"id": None, "lte_4G": None})
    assert any("投影坐标系" in one.reason for one in checked(register, table).problems)


def test_hong_kong_hotspots(register):
    path = real("geo", "hongkong_wifi_hotspots.csv")
    named = {"LocationNameEN": "name", "Latitude": "latitude", "Longitude": "longitude"}
    ignored = dict.fromkeys(set(_headings(path)) - set(named))
    table = read_table(
        path, kind="access_point", mapping=named | ignored, constants={"owner": "某公司", "area": "某地"}
    )
    preview = checked(register, table)
    assert preview.creates == 2983
    assert preview.problem_count == 0


def test_unknown_columns_of_a_real_file_are_all_named(register):
    path = real("geo", "hongkong_wifi_hotspots.csv")
    preview = checked(register, read_table(path, kind="access_point", constants={"owner": "某公司", "area": "某地"}))
    named = {one.field for one in preview.problems if one.row == 1}
    assert {"LocationID", "SSID", "NumberOfHotspots", "AddressEN"} <= named


def _headings(path):
    return path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")


def test_helsinki_street_assets(register):
    path = real("geo", "helsinki_centre.gpkg")
    import pyogrio

    _, _, shapes, fields = pyogrio.raw.read(path, layer="street_assets", columns=["osm_id", "kind"])
    wanted = fields[1] == "manhole"
    copy = path_of_layer(register, shapes[wanted], fields[0][wanted])
    table = read_table(copy, kind="manhole", constants={"owner": "某公司", "area": "某地"})
    preview = checked(register, table)
    assert preview.problems == ()
    assert preview.creates == int(wanted.sum()) == 397
    assert np.allclose(preview.rows.longitude, shapely.get_x(shapely.from_wkb(shapes[wanted])))


def path_of_layer(register, shapes, names):
    import pyogrio

    path = register.path.parent / "manhole.gpkg"
    names = np.array([f"{name}" for name in names], dtype=object)
    pyogrio.raw.write(path, shapes, [names], ["name"], geometry_type="Point", crs="EPSG:4326", layer="manhole")
    return path


def test_a_package_of_several_layers_asks_which(register):
    from qipan.core.errors import ImportRejected

    with pytest.raises(ImportRejected, match="street_assets"):
        read_table(real("geo", "helsinki_centre.gpkg"), kind="smart_pole")


@pytest.mark.parametrize(
    "parts",
    [("json", "network-package.json"), ("geojson", "nodes.geojson"), ("csv", "nodes.csv")],
    ids=lambda one: one[0],
)
def test_ofds_nodes(register, parts):
    table = read_table(real("operations", "ofds", "examples", *parts), kind="machine_room", constants={"area": "某地"})
    preview = checked(register, table)
    assert preview.problems == ()
    assert set(preview.rows.name.to_pylist()) == {"Accra", "Kumasi"}
    assert preview.rows.state.tolist() == [4, 4]
    assert preview.rows.longitude.round(3).tolist() == [-0.174, -1.628]


@pytest.mark.parametrize(
    "parts",
    [("json", "network-package.json"), ("geojson", "spans.geojson"), ("csv", "spans.csv")],
    ids=lambda one: one[0],
)
def test_ofds_spans(register, parts):
    path = real("operations", "ofds", "examples", *parts)
    constants = {"area": "某地", "holes": "1"}
    result = import_file(register, path, system, kind="duct_section", constants=constants)
    assert result.created == 1
    preview = checked(register, read_table(path, kind="duct_section", constants=constants))
    assert str(preview.rows.days["in_service_on"][0]) == "2018-01-01"
    assert shapely.get_num_coordinates(preview.rows.geometry[0]) == 13
