from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from qipan.engines.geodesy import PolygonError, prepare_polygons

DISTRICTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "geo" / "shenzhen_districts.geojson"


def test_districts_agree_with_shapely():
    if not DISTRICTS.exists():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    _, _, wkb, _ = pyogrio.raw.read(DISTRICTS)
    districts = shapely.from_wkb(wkb)
    west, south, east, north = shapely.total_bounds(districts)
    random = np.random.default_rng(7)
    x, y = random.uniform(west, east, 200_000), random.uniform(south, north, 200_000)
    assert np.array_equal(prepare_polygons(districts).locate(x, y), _by_shapely(districts, x, y))


def test_points_hugging_the_outline_agree_with_shapely():
    random = np.random.default_rng(3)
    angles = np.sort(random.uniform(0, 2 * np.pi, 400))
    radii = random.uniform(0.4, 1.0, 400)
    star = shapely.Polygon(np.column_stack((radii * np.cos(angles), radii * np.sin(angles))))
    ring = star.difference(shapely.Point(0, 0).buffer(0.2))
    along = shapely.get_coordinates(shapely.segmentize(ring.boundary, 0.001))
    points = along + random.normal(0, 1e-5, along.shape)
    found = prepare_polygons([ring]).locate(points[:, 0], points[:, 1])
    assert np.array_equal(found, _by_shapely(np.array([ring]), points[:, 0], points[:, 1]))


def test_point_on_a_shared_border_falls_in_exactly_one():
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    y = np.linspace(0.01, 0.99, 99)
    found = prepare_polygons([left, right]).locate(np.ones(99), y)
    assert set(found.tolist()) == {1}


def test_multipolygon_hole_and_outside():
    island = shapely.box(0.4, 0.4, 0.6, 0.6)
    holed = shapely.box(0, 0, 1, 1).difference(shapely.box(0.3, 0.3, 0.7, 0.7))
    found = prepare_polygons([shapely.union(holed, island)]).locate(
        np.array([0.1, 0.35, 0.5, 2.0, np.nan]), np.array([0.1, 0.35, 0.5, 0.5, 0.5])
    )
    assert found.tolist() == [0, -1, 0, -1, -1]


@pytest.mark.parametrize("shapes", [[], [shapely.Point(0, 0)], [shapely.Polygon()]])
def test_what_is_no_polygon_is_refused(shapes):
    with pytest.raises(PolygonError):
        prepare_polygons(shapes)


def _by_shapely(shapes, x, y):
    found = np.full(x.size, -1, dtype=np.int32)
    for place in reversed(range(len(shapes))):
        shapely.prepare(shapes[place])
        found[shapely.contains_xy(shapes[place], x, y)] = place
    return found
