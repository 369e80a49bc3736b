"""Real districts, streets and access points from the reference data folder ``shared/`` beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from mapbox_vector_tile import decode

from qipan.engines.tiling import ShapeIndex, Shapes, encode_lines, encode_polygons, tile_of

from .test_shapes import EDGE, in_tile_units

GEO = Path(__file__).parents[3] / "shared" / "data" / "geo"

pytestmark = pytest.mark.skipif(not GEO.is_dir(), reason="the reference data folder shared/ is not beside the checkout")


def places(name):
    meta, _, shapes, _ = pyogrio.raw.read(GEO / name, columns=[])
    assert meta["crs"] == "EPSG:4326"
    return shapely.from_wkb(shapes)


def indexed(geometries, make):
    _, coordinates, offsets = shapely.to_ragged_array(geometries)
    return ShapeIndex(make(coordinates[:, 0], coordinates[:, 1], offsets, np.arange(len(geometries))))


def tiles_over(geometries, z):
    west, south, east, north = shapely.total_bounds(geometries)
    left, top = tile_of(west, north, z)
    right, bottom = tile_of(east, south, z)
    return [(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def drawn(data):
    layers = decode(data, default_options={"y_coord_down": True}) if data else {}
    for layer in layers.values():
        for feature in layer["features"]:
            yield feature["id"], shapely.geometry.shape(feature["geometry"])


@pytest.mark.parametrize("z", [8, 10, 12])
def test_the_tiles_of_a_district_add_up_to_its_area(z):
    districts = places("shenzhen_districts.geojson")
    index = indexed(districts, Shapes.polygons)
    found = np.zeros(len(districts))
    for tile in tiles_over(districts, z):
        for number, area in drawn(encode_polygons(*tile, index.shapes, index.tile(*tile), buffer=0)):
            found[number] += area.area
    exact = np.array([in_tile_units(shapely.make_valid(area), (z, 0, 0)).area for area in districts])
    outline = np.array([in_tile_units(area, (z, 0, 0)).length for area in districts])
    assert (np.abs(found - exact) <= 0.3 * outline).all()
    assert np.abs(found / exact - 1).max() < 4e-3 * 2 ** max(0, 10 - z)


def test_the_tiles_of_a_street_network_add_up_to_its_length():
    streets = places("shenzhen_futian_roads.gpkg")
    index = indexed(streets, Shapes.lines)
    found = np.zeros(len(streets))
    for tile in tiles_over(streets, 15):
        data = encode_lines(*tile, index.shapes, index.tile(*tile), buffer=0, tolerance=0, extent=EDGE)
        for number, street in drawn(data):
            found[number] += street.length
    exact = np.array([in_tile_units(street, (15, 0, 0)).length for street in streets])
    assert np.abs(found - exact).max() <= 0.02 * exact.max()
    assert found.sum() == pytest.approx(exact.sum(), rel=2e-3)
