from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from mapbox_vector_tile import decode
from mapbox_vector_tile.Mapbox import vector_tile_pb2

from qipan.engines.tiling import (
    Column,
    ColumnError,
    IdError,
    PositionError,
    ShapeError,
    ShapeIndex,
    Shapes,
    TooManyFeaturesError,
    encode_lines,
    encode_polygons,
    tile_bounds,
    tile_of,
    to_units,
)

TILE = (14, *tile_of(114.0579, 22.5431, 14))
EDGE, MARGIN = 4096, 64
WINDOW = shapely.box(-MARGIN, -MARGIN, EDGE + MARGIN, EDGE + MARGIN)


def features_of(tile, layer):
    return decode(tile, default_options={"y_coord_down": True}).get(layer, {"features": []})["features"] if tile else []


def star(rng, middle, radius, corners):
    """A ring round a point whose corners alternate in distance: concave, yet it never crosses itself."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + 0.3 * angles / (2 * np.pi * corners)
    reach = radius * rng.uniform(0.45, 1.0, corners)
    return middle + np.column_stack((np.cos(angles), np.sin(angles))) * reach[:, None]


def some_areas(rng, n, tile, size):
    """Multipolygons, half of them with a hole, near a tile; sizes in tiles."""
    west, south, east, north = tile_bounds(*tile)
    span = np.array([east - west, north - south])
    areas = []
    for _ in range(n):
        middle = np.array([west, south]) + rng.uniform(-0.3, 1.3, 2) * span
        radius = size * span[0] * rng.uniform(0.3, 1.0)
        parts = []
        for shift in range(rng.integers(1, 3)):
            at = middle + shift * np.array([2.5 * radius, 0])
            shell = star(rng, at, radius, int(rng.integers(3, 30)))
            hole = star(rng, at, 0.2 * radius, 5)
            parts.append(shapely.Polygon(shell, [hole] if rng.random() < 0.5 and len(shell) > 6 else []))
        areas.append(shapely.MultiPolygon(parts))
    return areas


def ragged(geometries, make):
    _, coordinates, offsets = shapely.to_ragged_array(geometries)
    return make(coordinates[:, 0], coordinates[:, 1], offsets, np.arange(len(geometries)) * 7)


def in_tile_units(geometry, tile):
    z, x, y = tile
    size = 2**31 >> z

    def place(coordinates):
        columns, rows = to_units(coordinates[:, 0], coordinates[:, 1])
        return np.column_stack((columns - x * size, rows - y * size)) * (EDGE / size)

    return shapely.transform(geometry, place)


@given(st.integers(0, 10_000), st.sampled_from([0.002, 0.05, 0.4, 3.0]), st.sampled_from([0.0, 1.0, 4.0]))
def test_areas_agree_with_shapely(seed, size, tolerance):
    areas = some_areas(np.random.default_rng(seed), 8, TILE, size)
    shapes = ragged(areas, Shapes.polygons)
    rows = ShapeIndex(shapes).tile(*TILE)
    tile = encode_polygons(*TILE, shapes, rows, tolerance=tolerance)
    drawn = {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in features_of(tile, "areas")}
    for number, area in enumerate(areas):
        wanted = in_tile_units(area, TILE).buffer(0).intersection(WINDOW)
        got = shapely.make_valid(drawn.get(number * 7, shapely.Polygon()), method="structure")
        allowed = (tolerance + 1.0) * (wanted.length + 8)
        assert wanted.symmetric_difference(got).area <= allowed
        if wanted.area > allowed:
            assert abs(got.area - wanted.area) <= allowed
        assert got.within(WINDOW) or got.is_empty


def signed_areas(geometry):
    """Twice the signed area of each ring of a raw MVT polygon, by the specification's commands."""
    areas, ring, x, y, i = [], [], 0, 0, 0
    while i < len(geometry):
        command, count = geometry[i] & 7, geometry[i] >> 3
        i += 1
        if command == 7:
            areas.append(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)))
            ring = []
            continue
        for _ in range(count):
            x += (geometry[i] >> 1) ^ -(geometry[i] & 1)
            y += (geometry[i + 1] >> 1) ^ -(geometry[i + 1] & 1)
            ring.append((x, y))
            i += 2
    return areas


@pytest.mark.parametrize("turned", [False, True])
def test_rings_are_wound_as_the_specification_asks(turned):
    west, south, east, north = tile_bounds(*TILE)
    box = shapely.box(west, south, east, north, ccw=not turned)
    half, tenth = (shapely.affinity.scale(box, by, by).exterior.coords for by in (0.5, 0.1))
    areas = [shapely.Polygon(box.exterior.coords, [half]), shapely.MultiPolygon([[tenth, []], [half, [tenth]]])]
    for area, outers in zip(areas, (1, 2), strict=True):
        shapes = ragged([shapely.MultiPolygon([area]) if outers == 1 else area], Shapes.polygons)
        tile = vector_tile_pb2.tile()
        tile.ParseFromString(encode_polygons(*TILE, shapes, np.array([0])))
        rings = signed_areas(list(tile.layers[0].features[0].geometry))
        assert rings[0] > 0
        assert sum(area > 0 for area in rings) == outers
        assert sum(area < 0 for area in rings) == 1


def test_open_rings_and_closed_ones_are_the_same():
    west, south, east, north = tile_bounds(*TILE)
    lon, lat = np.array([west, east, east]), np.array([south, south, north])
    opened = Shapes.polygons(lon, lat, [[0, 3], [0, 1]], [1])
    closed = Shapes.polygons(np.append(lon, west), np.append(lat, south), [[0, 4], [0, 1]], [1])
    row = np.array([0])
    assert encode_polygons(*TILE, opened, row) == encode_polygons(*TILE, closed, row) != b""


@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.3, 2.0]), st.sampled_from([0.0, 1.0]))
def test_lines_agree_with_shapely(seed, step, tolerance):
    rng = np.random.default_rng(seed)
    west, south, east, north = tile_bounds(*TILE)
    ducts = []
    for _ in range(6):
        start = [rng.uniform(west, east), rng.uniform(south, north)]
        walks = [np.cumsum(np.vstack((start, rng.normal(0, step * (east - west), (12, 2)))), axis=0) for _ in range(2)]
        ducts.append(shapely.MultiLineString(walks))
    shapes = ragged(ducts, Shapes.lines)
    tile = encode_lines(*TILE, shapes, ShapeIndex(shapes).tile(*TILE), tolerance=tolerance)
    drawn = {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in features_of(tile, "lines")}
    for number, duct in enumerate(ducts):
        wanted = in_tile_units(duct, TILE).intersection(WINDOW)
        got = drawn.get(number * 7, shapely.LineString())
        if wanted.length > 4:
            reach = tolerance + 1.0
            assert wanted.difference(got.buffer(reach)).length <= 2.0
            assert got.difference(wanted.buffer(reach)).length <= 2.0


def test_a_line_through_the_tile_twice_makes_two_pieces():
    west, south, east, north = tile_bounds(*TILE)
    width, height = east - west, north - south
    lon = west + width * np.array([-1.0, 2.0, 2.0, -1.0])
    lat = south + height * np.array([0.25, 0.25, 0.75, 0.75])
    shapes = Shapes.lines(lon, lat, [[0, 4]], [5])
    (feature,) = features_of(encode_lines(*TILE, shapes, np.array([0])), "lines")
    assert feature["geometry"]["type"] == "MultiLineString"
    low, high = -MARGIN, EDGE + MARGIN
    ends = sorted(sorted(x for x, _ in piece) for piece in feature["geometry"]["coordinates"])
    assert ends == [[low, high], [low, high]]


@given(st.integers(0, 22), st.integers(0, 1000))
def test_the_index_finds_every_shape_that_meets_the_tile(z, seed):
    rng = np.random.default_rng(seed)
    tile = (z, *tile_of(114.0579, 22.5431, z))
    areas = some_areas(rng, 200, TILE, 0.05)
    shapes = ragged(areas, Shapes.polygons)
    found = ShapeIndex(shapes).tile(*tile)
    assert (np.diff(found) > 0).all()
    units = [in_tile_units(area, tile) for area in areas]
    meets = [number for number, area in enumerate(units) if shapely.box(*area.bounds).intersects(WINDOW)]
    assert set(meets) <= set(found.tolist())
    assert len(found) <= len(meets) + 2


def test_properties_follow_the_shapes_that_remain():
    west, south, east, north = tile_bounds(*TILE)
    width, height = east - west, north - south
    areas = [
        shapely.box(west - 9 * width, south, west - 8 * width, north),
        shapely.box(west + 0.1 * width, south + 0.1 * height, west + 0.2 * width, south + 0.2 * height),
        shapely.box(west + 0.5 * width, south, west + 0.5001 * width, south + 0.0001 * height),
        shapely.box(west + 0.5 * width, south + 0.5 * height, east, north),
    ]
    shapes = ragged(areas, Shapes.polygons)
    names = Column("name", np.arange(4), ["away", "one", "tiny", "two"])
    tile = encode_polygons(*TILE, shapes, np.arange(4), [names], buffer=0)
    assert [(one["id"], one["properties"]["name"]) for one in features_of(tile, "areas")] == [(7, "one"), (21, "two")]
    assert encode_polygons(*TILE, shapes, np.array([0, 2])) == b""


def test_a_long_coast_is_simplified_to_the_resolution_of_the_tile():
    angles = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    lon, lat = 114 + 0.4 * np.cos(angles), 22.5 + 0.4 * np.sin(angles)
    shapes = Shapes.polygons(lon, lat, [[0, 100_000], [0, 1]], [1])
    tile = (7, *tile_of(114, 22.5, 7))
    (feature,) = features_of(encode_polygons(*tile, shapes, np.array([0])), "areas")
    assert 40 < len(feature["geometry"]["coordinates"][0]) < 200
    exact = in_tile_units(shapely.Polygon(np.column_stack((lon, lat))), tile)
    assert shapely.geometry.shape(feature["geometry"]).area == pytest.approx(exact.area, rel=5e-3)


def test_no_shapes():
    shapes = Shapes.polygons([], [], [[0], [0]], [])
    rows = ShapeIndex(shapes).tile(0, 0, 0)
    assert rows.size == 0
    assert encode_polygons(0, 0, 0, shapes, rows) == encode_lines(0, 0, 0, shapes, rows) == b""


def test_an_area_without_rings_is_left_out():
    shapes = Shapes.polygons([0, 9, 9], [0, 0, 9], [[0, 3], [0, 0, 1]], [4, 5])
    tile = encode_polygons(0, 0, 0, shapes, ShapeIndex(shapes).tile(0, 0, 0))
    assert [feature["id"] for feature in features_of(tile, "areas")] == [5]


TRIANGLE = ([0, 1, 1], [0, 0, 1])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Shapes.polygons(*TRIANGLE, [[0, 3]], [1]), ShapeError, "takes 2 or 3"),
        (lambda: Shapes.polygons(*TRIANGLE, [[0, 2], [0, 1]], [1]), ShapeError, "rise from 0 to 3"),
        (lambda: Shapes.polygons(*TRIANGLE, [[0, 2, 3], [0, 2]], [1]), ShapeError, "ring or line 0 has 2 vertices"),
        (lambda: Shapes.lines(*TRIANGLE, [[0, 2, 3]], [1, 2]), ShapeError, "ring or line 1 has 1 vertices"),
        (lambda: Shapes.polygons(*TRIANGLE, [[0, 3], [0, 1]], [1, 2]), IdError, "1 shapes need 1 different ids"),
        (lambda: Shapes.polygons([0, 1, 200], [0, 0, 1], [[0, 3], [0, 1]], [1]), PositionError, "position 2"),
    ],
)
def test_shapes_that_cannot_be(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_calls_that_do_not_fit_the_shapes():
    shapes = Shapes.polygons(*TRIANGLE, [[0, 3], [0, 1]], [1])
    with pytest.raises(ShapeError, match="there are 1 shapes"):
        encode_polygons(0, 0, 0, shapes, np.array([1]))
    with pytest.raises(ColumnError, match="one code to each of 1 shapes"):
        encode_polygons(0, 0, 0, shapes, np.array([0]), [Column("k", np.array([0, 0]), "a")])
    with pytest.raises(TooManyFeaturesError):
        encode_polygons(0, 0, 0, shapes, np.array([0]), most=0)
