from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapbox_vector_tile import decode

from qipan.engines.tiling import (
    GridError,
    PointFilter,
    PointIndex,
    Points,
    TileError,
    decode_keys,
    density_grid,
    density_of,
    draw_points,
    encode_density,
    encode_keys,
    tile_of,
    to_units,
)


def city(n=4000, seed=3):
    rng = np.random.default_rng(seed)
    keys = encode_keys(rng.normal(114.05, 0.05, n), rng.normal(22.55, 0.05, n))
    return PointIndex(Points.of(keys, np.arange(n), kind=rng.integers(0, 3, n), owner=rng.integers(0, 4, n)))


def counted(points, tile, cells):
    """The grid counted point by point from positions."""
    z, x, y = tile
    columns, rows = to_units(*decode_keys(points.keys))
    size = 2**31 >> z
    grid, _, _ = np.histogram2d(
        rows - y * size, columns - x * size, bins=cells, range=[[0, size], [0, size]], density=False
    )
    return grid


@given(st.integers(0, 16), st.sampled_from([1, 2, 16, 64, 256]), st.sampled_from([None, {0}, {1, 2}, set()]))
def test_a_grid_counts_what_a_histogram_counts(z, cells, kinds):
    index = city()
    tile = (z, *tile_of(114.06, 22.54, z))
    where = PointFilter(kinds=kinds)
    inside = index.tile(*tile, where)
    grid = density_of(index, *tile, where, cells=cells)
    assert (grid.counts == counted(inside, tile, cells)).all()
    assert (grid.counts == density_grid(inside.keys, *tile, cells=cells).counts).all()
    assert grid.total == index.count(*tile, where)


def test_a_grid_sees_edits():
    index = city()
    tile = (9, *tile_of(114.06, 22.54, 9))
    index.remove(np.arange(0, 4000, 3))
    index.put(Points.of(encode_keys([114.1] * 50, [22.5] * 50), np.arange(2, 52), kind=[2] * 50))
    before = density_of(index, *tile, PointFilter(kinds={2})).counts
    index.compact()
    assert (before == density_of(index, *tile, PointFilter(kinds={2})).counts).all()


@pytest.mark.parametrize("shape", ["polygons", "points"])
def test_the_encoded_grid_carries_every_cell_and_count(shape):
    tile = (10, *tile_of(114.05, 22.55, 10))
    grid = density_of(city(), *tile)
    layer = decode(encode_density(grid, shape=shape), default_options={"y_coord_down": True})["density"]
    seen = np.zeros((64, 64), int)
    for feature in layer["features"]:
        row, column = divmod(feature["id"], 64)
        seen[row, column] = feature["properties"]["count"]
        corner = np.array([column * 64, row * 64])
        if shape == "points":
            assert feature["geometry"] == {"type": "Point", "coordinates": (corner + 32).tolist()}
        else:
            ring = corner + np.array([[0, 0], [64, 0], [64, 64], [0, 64], [0, 0]])
            assert feature["geometry"] == {"type": "Polygon", "coordinates": [ring.tolist()]}
    assert (seen == grid.counts).all()


def test_few_points_are_drawn_and_many_are_counted():
    index = city()
    tile = (9, *tile_of(114.05, 22.55, 9))
    points = draw_points(index, *tile, values={"kind": ["站", "杆", "管井"]})
    assert (points.mode, points.points) == ("points", index.count(*tile))
    features = decode(points.data)["points"]["features"]
    assert len(features) == points.points
    assert {feature["properties"]["kind"] for feature in features} == {"站", "杆", "管井"}
    dense = draw_points(index, *tile, most=100)
    assert (dense.mode, dense.points) == ("density", index.count(*tile))
    cells = decode(dense.data)["density"]["features"]
    assert sum(cell["properties"]["count"] for cell in cells) == dense.points
    nothing = draw_points(index, *tile, PointFilter(owners=set()))
    assert (nothing.data, nothing.mode, nothing.points) == (b"", "points", 0)


def test_layers_one_after_the_other_are_one_tile():
    index = city()
    tile = (9, *tile_of(114.05, 22.55, 9))
    both = draw_points(index, *tile).data + encode_density(density_of(index, *tile))
    assert {name: len(layer["features"]) > 0 for name, layer in decode(both).items()} == {
        "points": True,
        "density": True,
    }


@pytest.mark.parametrize(("cells", "z"), [(0, 5), (3, 5), (2048, 5), (1024, 22), (-4, 5)])
def test_grids_that_cannot_be(cells, z):
    with pytest.raises(GridError, match="power of two from 1 to"):
        density_grid(np.empty(0, np.int64), z, 0, 0, cells=cells)


def test_an_empty_grid_and_an_odd_extent():
    grid = density_grid(np.empty(0, np.int64), 22, 5, 5, cells=512)
    assert encode_density(grid) == b""
    with pytest.raises(GridError, match="do not divide"):
        encode_density(grid, extent=300)
    with pytest.raises(TileError):
        density_grid(np.empty(0, np.int64), 3, 9, 0)
