from __future__ import annotations

import csv

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from qipan.core.access import system
from qipan.core.errors import InvalidRecord, NotFound
from qipan.domains.mobile.coverage import export_study, metric, metric_keys, visible_cells
from qipan.domains.mobile.editing.tried import EditedStudy
from tests.coverage.town import operator_user, plane


@pytest.fixture
def write(computed, study, tmp_path):
    town, _ = computed

    def export(ending, key="rsrp", layer=None, principal=system):
        path = tmp_path / f"{key}.{ending}"
        with town.database.connect() as connection:
            cells = visible_cells(connection, town.catalogue, principal, study)
        return path, export_study(study, town.catalogue, path, key, layer, cells)

    return export


@pytest.mark.parametrize("key", ["rsrp", "sinr", "indoor", "hole"])
def test_a_geotiff_holds_the_map(study, write, key):
    path, count = write("tif", key)
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(1), metric(study, key), equal_nan=True)
        assert file.crs.to_epsg() == 4547
        assert file.transform.c == study.grid.west
        assert file.transform.f == study.grid.north
        assert file.tags()["metric"] == key
    assert count == 120 * 120


def test_a_large_geotiff_is_cloud_optimised(study, write, monkeypatch):
    """Laid out as the Cloud Optimised GeoTIFF standard (OGC 21-026) asks: tiles, overviews first in the file."""
    from qipan.domains.mobile.coverage.exports import raster

    big = np.random.default_rng(1).normal(-90, 10, (1300, 1100)).astype(np.float32)
    whole = type(study)(study.folder, dict(study.facts) | {"rows": 1300, "columns": 1100})
    monkeypatch.setattr(raster, "metric", lambda _study, _key, _layer, window: big[window])
    path = write("tif")[0].with_name("big.tif")
    raster.write_geotiff(whole, path, "rsrp")
    with rasterio.open(path) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.block_shapes == [(512, 512)]
        assert file.overviews(1) == [2, 4]
        assert file.compression.value == "DEFLATE"
        assert np.array_equal(file.read(1), big)
        half = file.read(1, out_shape=(650, 550))
    assert half[10, 10] == pytest.approx(big[20:22, 20:22].mean(), abs=0.01)
    with rasterio.open(path, OVERVIEW_LEVEL=0) as smaller:
        offsets = [int(smaller.tags(ns="TIFF", bidx=1).get(f"BLOCK_OFFSET_{0}_{0}", 0))]
    with rasterio.open(path) as file:
        first = int(file.tags(ns="TIFF", bidx=1).get("BLOCK_OFFSET_0_0", 0))
    assert offsets[0] <= first


def test_polygons_cover_what_the_legend_draws(computed, study, write):
    town, _ = computed
    path, count = write("gpkg")
    info, table = pyogrio.read_arrow(path)
    assert info["crs"] == "EPSG:4326"
    assert table.num_rows == count
    shapes = shapely.from_wkb(table[info["geometry_name"]].to_numpy())
    metres = shapely.transform(shapes, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1])))
    least = town.catalogue.metrics["rsrp"].classes[0].least
    drawn = metric(study, "rsrp") >= least
    assert shapely.area(metres).sum() == pytest.approx(drawn.sum() * 400.0, rel=1e-3)
    for lower, shape in zip(table["from"].to_pylist(), metres, strict=True):
        point = shapely.point_on_surface(shape)
        row = int((study.grid.north - point.y) // 20)
        column = int((point.x - study.grid.west) // 20)
        assert metric(study, "rsrp")[row, column] >= lower


def test_best_servers_are_named(write):
    path, _ = write("kml", "server")
    info, table = pyogrio.read_arrow(path)
    assert set(table["Name"].to_pylist()) <= {"移动0", "移动1", "移动2", "南0", "电信0"}
    assert info["crs"] == "EPSG:4326"


def test_others_cells_stay_unnamed(computed, write):
    town, _ = computed
    path, _ = write("csv", "server", principal=operator_user)
    with path.open(encoding="utf-8-sig", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    assert codes <= {"", town.codes["电信0"]}
    path, count = write("csv", "cells", principal=operator_user)
    assert count == 1
    assert town.codes["电信0"] in path.read_text(encoding="utf-8-sig")


def test_a_line_for_each_map_cell_with_a_value(study, write):
    path, count = write("csv", "rsrp", layer=2)
    values = metric(study, "rsrp", 2)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == np.isfinite(values).sum()
    x, y = plane.to_plane(float(rows[7]["longitude"]), float(rows[7]["latitude"]))
    row, column = int((study.grid.north - y) // 20), int((x - study.grid.west) // 20)
    assert float(rows[7]["rsrp"]) == pytest.approx(values[row, column], abs=0.01)


@pytest.mark.parametrize("ending", ["gpkg", "kml", "csv"])
def test_cells_are_handed_out(study, write, ending):
    path, count = write(ending, "cells")
    assert count == 6
    if ending != "csv":
        info, table = pyogrio.read_arrow(path)
        assert table.num_rows == 6
        shapes = shapely.from_wkb(table[info["geometry_name"] or "wkb_geometry"].to_numpy())
        assert (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all()


def test_what_cannot_be_written_is_said(write):
    with pytest.raises(InvalidRecord, match="可选 tif、gpkg、kml、csv"):
        write("pdf")
    with pytest.raises(InvalidRecord, match="tif 可选 rsrp"):
        write("tif", "cells")
    with pytest.raises(NotFound, match="没有图层 9：可用 0 至 2"):
        write("csv", "rsrp", layer=9)


def test_maps_agree_with_each_other(study):
    assert metric_keys == ("rsrp", "sinr", "throughput", "server", "overlap", "indoor", "hole")
    maps = {key: metric(study, key) for key in metric_keys}
    assert all(one.dtype == np.float32 and one.shape == (120, 120) for one in maps.values())
    served = np.isfinite(maps["rsrp"])
    assert ((maps["server"] >= 0) == served).all()
    street = (study.areas > 0) & ~study.built
    assert np.isfinite(maps["hole"][street]).all()
    assert (maps["hole"][street & ~served] == 1).all()
    assert (maps["hole"][street & (np.nan_to_num(maps["rsrp"], nan=-999) >= -105)] == 0).all()
    known = served & np.isfinite(maps["sinr"])
    assert ((maps["throughput"][known] > 0) | (maps["sinr"][known] < 0)).all()
    part = slice(30, 77), slice(11, 99)
    for key, one in maps.items():
        assert np.array_equal(metric(study, key, None, part), one[part], equal_nan=True), key
        assert np.array_equal(
            metric(study, key, None, (slice(0, 120, 4), slice(0, 120, 4))), one[::4, ::4], equal_nan=True
        ), key


def test_the_maps_kept_of_all_carriers_are_what_the_carriers_give(study):
    assert study.keeps_overall
    public = [one.number for one in study.layers if not one.private]
    assert len(public) > 1
    apart = EditedStudy(study.folder, study.facts)
    steps = {"sinr": 0.0051, "indoor": 0.0051}
    for key in metric_keys:
        kept, reckoned = metric(study, key), metric(apart, key)
        assert np.array_equal(np.isnan(kept), np.isnan(reckoned)), key
        assert np.nanmax(np.abs(kept - reckoned)) <= steps.get(key, 0.0), key
        assert np.array_equal(metric(study, key, public), kept, equal_nan=True), key
