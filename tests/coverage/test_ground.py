from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import AccessDenied
from qipan.core.ground import (
    BadGround,
    GroundMissing,
    area_grid,
    burn,
    import_ground,
    plane_at,
    population_grid,
    read_extent,
    read_ground,
    read_land_cover,
    read_plane,
    read_streets,
)
from qipan.core.resources import change_resource
from qipan.engines.radio import Ground
from tests.coverage.town import (
    heights,
    middle,
    north_half,
    operator_user,
    plane,
    side,
    south,
    south_half,
    west,
    write_raster,
)


def test_terrain_and_buildings_stand_on_one_grid(town):
    ground = read_ground(town.database, town.catalogue, resolution=10.0)
    assert ground.shape == (240, 240)
    x, y = ground.centre_of(100, 60)
    source = heights()
    # bilinear between the four nearest of the coarser source
    row, column = (source.shape[0] * 20 - (y - south)) / 20 - 0.5, (x - west) / 20 - 0.5
    assert ground.terrain[100, 60] == pytest.approx(10.0 + 0.02 * column + 0.01 * row, abs=0.01)
    roofs = ground.surface - ground.terrain
    assert sorted({round(float(one)) for one in np.unique(roofs.round())}) == [0, 9, 24, 60]
    assert (roofs > 30).sum() == 48  # 80 by 60 m
    part = read_ground(town.database, town.catalogue, (west + 305, south + 207, west + 700, south + 900), 10.0)
    row, column = ground.cell_of(part.west + 5, part.north - 5)
    cut = ground.surface[row : row + part.shape[0], column : column + part.shape[1]]
    assert np.array_equal(cut, part.surface)


def test_a_changed_building_changes_the_surface(town):
    before = read_ground(town.database, town.catalogue).surface.max()
    code = town.codes["高楼"]
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"height": 90.0}, 1)
    after = read_ground(town.database, town.catalogue).surface.max()
    assert after - before == pytest.approx(30.0, abs=0.2)


def test_residents_are_spread_over_homes_and_none_is_lost(town):
    ground = read_ground(town.database, town.catalogue)
    people = population_grid(town.database, town.catalogue, ground)
    areas = area_grid(town.database, ground, "district")
    assert people[areas == north_half].sum() == pytest.approx(9000, rel=1e-4)
    assert people[areas == south_half].sum() == pytest.approx(3000, rel=1e-4)
    roofs = ground.surface - ground.terrain
    # 60 m against 9 m of one footprint; the mall is no home
    assert people[roofs > 30].sum() == pytest.approx(9000 * 60 / 69, rel=1e-3)
    assert people[(roofs > 20) & (roofs < 30)].sum() == 0
    # no building in the south: built land alone, none on water
    cover, classes = read_land_cover(town.database, ground)
    assert classes[0] == "water"
    assert people[cover == 0].sum() == 0


def test_a_part_of_the_ground_brings_its_part_of_the_residents(town):
    box = (west, south, west + side / 2, south + side / 2)
    part = read_ground(town.database, town.catalogue, box)
    assert population_grid(town.database, town.catalogue, part).sum() == pytest.approx(1500, rel=0.01)


def test_streets_have_name_rank_and_length(town):
    found = read_streets(town.database)
    assert found.name.tolist() == ["中心路"]
    assert found.rank.tolist() == [0]
    assert found.length[0] == pytest.approx(side, abs=0.1)


def test_terrain_in_degrees_comes_onto_the_plane_of_its_place(database, tmp_path):
    transform = rasterio.Affine(0.001, 0, 114.0, 0, -0.001, 22.6)
    grid = np.full((50, 60), 33.0, dtype=np.float32)
    path = tmp_path / "degrees.tif"
    profile = {"driver": "GTiff", "width": 60, "height": 50, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=transform, **profile) as file:
        file.write(grid, 1)
    import_ground(database, "terrain", path, system)
    assert read_plane(database).epsg == 4547
    extent = read_extent(database)
    assert extent == pytest.approx((114.0, 22.55, 114.06, 22.6), abs=0.002)


def test_world_cover_codes_are_known(database, tmp_path):
    import_ground(database, "terrain", write_raster(tmp_path / "t.tif", heights()), system)
    codes = np.array([10, 20, 50, 80], dtype=np.uint8).repeat(30)[None].repeat(120, axis=0)
    import_ground(database, "land_cover", write_raster(tmp_path / "cover.tif", np.ascontiguousarray(codes)), system)
    ground = read_ground(database, _catalogue(), resolution=20.0)
    assert np.unique(read_land_cover(database, ground)[0]).tolist() == [0, 1, 3, 4]


def _catalogue():
    from qipan.core.catalogue import load_catalogue

    return load_catalogue()


def _without_reference(folder):
    return write_raster(folder / "plain.tif", heights(), crs=None)


def _blank(folder):
    return write_raster(folder / "blank.tif", np.full((120, 120), np.nan, dtype=np.float32))


def _too_high(folder):
    grid = heights()
    grid[3, 4] = 32767.0
    return write_raster(folder / "high.tif", grid)


def _no_raster(folder):
    (folder / "notes.tif").write_text("not a raster")
    return folder / "notes.tif"


def _one_cell(folder):
    return write_raster(folder / "one.tif", heights()[:1, :1].copy())


def _far_away(folder):
    return write_raster(folder / "far.tif", heights(), crs="EPSG:4549")


def _coarse(folder):
    path = folder / "coarse.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4547"}
    place = rasterio.Affine(5000.0, 0, west - 9000, 0, -5000.0, south + side + 9000)
    with rasterio.open(path, "w", transform=place, **profile) as file:
        file.write(np.full((4, 4), 12.0, dtype=np.float32), 1)
    return path


def _no_file(folder):
    return folder / "nowhere.tif"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_without_reference, "plain.tif 没有坐标系或地理参考"),
        (_blank, "blank.tif 的 14,400 格都没有高程"),
        (_too_high, "high.tif 第 4 行第 5 列的高程为 32767 米，应在 -500 至 9000 米之间"),
        (_no_raster, "notes.tif 不是可读的栅格"),
        (_one_cell, "one.tif 只有 1×1 格，应至少 3×3 格"),
        (_far_away, r"far.tif 的范围（经度 .*）与本市（经度 .*）不相交：请核对坐标系"),
        (_coarse, "coarse.tif 的格网边长约 5,000 米，应不超过 1,000 米"),
        (_no_file, "没有找到文件 .*nowhere.tif：请核对路径"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_bad_terrain_is_named_and_the_old_one_stays(small_town, tmp_path, make, sentence):
    before = read_ground(small_town.database, small_town.catalogue).terrain.copy()
    with pytest.raises(BadGround, match=sentence):
        import_ground(small_town.database, "terrain", make(tmp_path), system)
    assert np.array_equal(read_ground(small_town.database, small_town.catalogue).terrain, before)


def test_land_cover_of_no_known_numbering_is_named(small_town, tmp_path):
    path = write_raster(tmp_path / "own.tif", np.full((120, 120), 77, dtype=np.uint8))
    with pytest.raises(BadGround, match=r"own\.tif 有值 77"):
        import_ground(small_town.database, "land_cover", path, system)


def test_land_cover_and_streets_far_from_the_city_are_named(small_town, tmp_path):
    path = write_raster(tmp_path / "cover.tif", np.full((120, 120), 10, dtype=np.uint8), crs="EPSG:4549")
    with pytest.raises(BadGround, match=r"cover\.tif 的范围.*不相交"):
        import_ground(small_town.database, "land_cover", path, system)
    path = tmp_path / "streets.geojson"
    line = {"type": "LineString", "coordinates": [[120.0, 30.0], [120.1, 30.1]]}
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": line}))
    with pytest.raises(BadGround, match=r"streets\.geojson 的 1 条线都在地形范围之外"):
        import_ground(small_town.database, "streets", path, system)


def test_streets_without_lines_are_named(small_town, tmp_path):
    path = tmp_path / "points.geojson"
    path.write_text('{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114, 22.5]}}')
    with pytest.raises(BadGround, match=r"points\.geojson 没有一条线"):
        import_ground(small_town.database, "streets", path, system)
    path.write_text("no file of lines")
    with pytest.raises(BadGround, match=r"points\.geojson 不是可读的线文件"):
        import_ground(small_town.database, "streets", path, system)


def test_what_is_missing_is_said(database, tmp_path):
    with pytest.raises(GroundMissing, match="尚未导入地形"):
        read_ground(database, _catalogue())
    with pytest.raises(GroundMissing, match="尚未导入地形"):
        import_ground(database, "land_cover", tmp_path / "x.tif", system)
    with pytest.raises(GroundMissing, match="尚未导入道路"):
        read_streets(database)
    with pytest.raises(BadGround, match="不认识的内容“water”"):
        import_ground(database, "water", tmp_path / "x.tif", system)
    with pytest.raises(AccessDenied):
        import_ground(database, "terrain", tmp_path / "x.tif", operator_user)


@pytest.mark.parametrize(
    ("box", "resolution", "sentence"),
    [
        ((0.0, 0.0, 100.0, 100.0), 10.0, "范围在地形之外"),
        (None, 0.5, "格网边长 0.5 米超出范围"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(small_town, box, resolution, sentence):
    with pytest.raises(BadGround, match=sentence):
        read_ground(small_town.database, small_town.catalogue, box, resolution)


def test_areas_without_outline_are_nowhere(town):
    with town.database.begin() as connection:
        connection.execute(tables.area.update().where(tables.area.c.id == north_half).values(geometry=None))
        ids = set(connection.execute(select(tables.area.c.id)).scalars())
    ground = read_ground(town.database, town.catalogue)
    assert set(np.unique(area_grid(town.database, ground, "district"))) == {0, south_half}
    assert ids == {1, 2, 3}


_tenth = st.integers(-500, 4500).map(lambda whole: whole / 10)
_corner = st.tuples(_tenth, _tenth)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_corner, min_size=3, max_size=8), min_size=1, max_size=4))
def test_burning_agrees_with_the_exact_predicate(rings):
    shapes = np.array([shapely.make_valid(shapely.Polygon(ring)) for ring in rings], dtype=object)
    shapes = np.array([one for one in shapes if one.geom_type in ("Polygon", "MultiPolygon")], dtype=object)
    ground = Ground.of(np.zeros((30, 40), dtype=np.float32), resolution=10.0)
    grid = burn(shapes, ground)
    row, column = np.mgrid[0:30, 0:40]
    x, y = ground.centre_of(row, column)
    expected = np.full((30, 40), -1)
    clear = np.ones((30, 40), dtype=bool)
    for place, shape in enumerate(shapes):
        expected[shapely.contains_xy(shape, x, y)] = place
        clear &= shapely.distance(shapely.points(x, y), shapely.boundary(shape)) > 1e-6
    assert np.array_equal(grid[clear], expected[clear])


@pytest.mark.parametrize(("place", "epsg"), [((114.06, 22.54), 4547), ((87.6, 43.8), 4538), ((-0.1, 51.5), 32630)])
def test_the_plane_of_a_place(place, epsg):
    assert plane_at(*place).epsg == epsg
    x, y = plane_at(*place).to_plane(*place)
    assert np.allclose(plane_at(*place).to_degrees(x, y), place, atol=1e-9)
    assert plane.epsg == 4547
    assert middle[0] > west
