from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapbox_vector_tile import decode

from qipan.engines.tiling import (
    Column,
    ColumnError,
    IdError,
    TileError,
    TooManyFeaturesError,
    encode_keys,
    encode_points,
    tile_bounds,
    tile_of,
    to_units,
)

SHENZHEN = (114.0579, 22.5431)


def opened(tile, layer="points"):
    return decode(tile, default_options={"y_coord_down": True})[layer]


def points_in(tile, n, seed=1):
    """Keys, ids and positions of points strewn over a tile."""
    rng = np.random.default_rng(seed)
    west, south, east, north = tile_bounds(*tile)
    lon, lat = rng.uniform(west, east, n), rng.uniform(south, north, n)
    keys = encode_keys(lon, lat)
    inside = np.array([tile_of(*position, tile[0]) == tile[1:] for position in zip(lon, lat, strict=True)], bool)
    return keys[inside], rng.permutation(2**40 + np.arange(n))[inside], lon[inside], lat[inside]


values = st.one_of(
    st.text(max_size=20),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
)


@given(st.lists(values, min_size=1, max_size=200), st.integers(0, 99), st.integers(0, 22))
def test_the_decoder_reads_back_ids_and_properties(table, seed, z):
    tile = (z, *tile_of(*SHENZHEN, z))
    keys, ids, _, _ = points_in(tile, 30, seed)
    rng = np.random.default_rng(seed)
    columns = [
        Column("name", rng.integers(0, len(table), keys.size), table),
        Column("层", rng.integers(0, 2, keys.size).astype(np.uint8), ["地上", "地下"]),
    ]
    layer = opened(encode_points(*tile, keys, ids, columns))
    assert layer["extent"] == 4096
    assert layer["version"] == 2
    assert len(layer["features"]) == keys.size
    for i, feature in enumerate(layer["features"]):
        expected = {column.name: column.values[column.codes[i]] for column in columns}
        expected = {name: value for name, value in expected.items() if value is not None}
        assert feature["id"] == ids[i]
        assert feature["properties"] == expected
        assert {name: type(value) for name, value in feature["properties"].items()} == {
            name: type(value) for name, value in expected.items()
        }


@pytest.mark.parametrize("z", range(23))
@pytest.mark.parametrize("extent", [256, 4096])
def test_positions_are_right_to_one_unit_of_the_tile(z, extent):
    tile = (z, *tile_of(*SHENZHEN, z))
    keys, ids, lon, lat = points_in(tile, 50)
    layer = opened(encode_points(*tile, keys, ids, extent=extent))
    columns, rows = to_units(lon, lat)
    size = 2**31 >> z
    for feature, column, row in zip(layer["features"], columns, rows, strict=True):
        px, py = feature["geometry"]["coordinates"]
        assert px == (int(column) - tile[1] * size) * extent // size
        assert py == (int(row) - tile[2] * size) * extent // size
        assert 0 <= px < extent
        assert 0 <= py < extent


@pytest.mark.parametrize("lon", [-180.0, 180.0])
@pytest.mark.parametrize("lat", [-90.0, -85.05112877980659, 85.06])
@pytest.mark.parametrize("z", [0, 7, 22])
def test_the_edges_of_the_world_are_drawn_at_the_edge_of_a_tile(lon, lat, z):
    tile = (z, *tile_of(lon, lat, z))
    feature = opened(encode_points(*tile, encode_keys([lon], [lat]), np.array([0])))["features"][0]
    last = 4096 - max(1, 2**z // 2**19)  # a key is coarser than a tile's unit from zoom 20 on
    assert feature["geometry"]["coordinates"] == [0 if lon < 0 else last, 0 if lat > 0 else last]


def test_the_same_points_give_the_same_bytes():
    tile = (14, *tile_of(*SHENZHEN, 14))
    keys, ids, _, _ = points_in(tile, 500)
    columns = [Column.of("height", np.arange(keys.size) % 7 * 1.5)]
    assert encode_points(*tile, keys, ids, columns) == encode_points(*tile, keys.copy(), ids.copy(), columns)


def test_a_value_shared_by_two_columns_is_stored_once():
    tile = (14, *tile_of(*SHENZHEN, 14))
    keys, ids, _, _ = points_in(tile, 10)
    zero = np.zeros(keys.size, np.int64)
    coded = encode_points(*tile, keys, ids, [Column("from", zero, ["南山"]), Column("to", zero, ["南山", "福田"])])
    assert coded.count("南山".encode()) == 1
    assert "福田".encode() not in coded


def test_numpy_values_and_absent_ones():
    tile = (14, *tile_of(*SHENZHEN, 14))
    keys, ids, _, _ = points_in(tile, 3)
    column = Column("x", np.arange(3), [np.float32(0.5), float("nan"), np.bool_(True)])
    features = opened(encode_points(*tile, keys, ids, [column]))["features"]
    assert [feature["properties"] for feature in features] == [{"x": 0.5}, {}, {"x": True}]


def test_no_points_make_an_empty_tile():
    none = np.empty(0, np.int64)
    assert encode_points(3, 1, 2, none, none, [Column.of("kind", none)]) == b""


def test_the_cap_sends_the_caller_to_a_density_grid():
    keys, ids = np.zeros(16_001, np.int64), np.arange(16_001)
    with pytest.raises(TooManyFeaturesError, match=r"16001 features are more than the 16000 .* density grid"):
        encode_points(0, 0, 0, keys, ids)
    assert len(opened(encode_points(0, 0, 0, keys, ids, most=None))["features"]) == 16_001
    encode_points(0, 0, 0, keys[1:], ids[1:])


KEY, ID = np.array([7]), np.array([1])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: encode_points(22, 5, 5, KEY, ID), TileError, "outside tile 22/5/5"),
        (lambda: encode_points(0, 0, 0, KEY, np.array([1, 2])), IdError, "1 geometries and ids of shape"),
        (lambda: encode_points(0, 0, 0, KEY, np.array([-1])), IdError, "one id of 0 or more"),
        (
            lambda: encode_points(0, 0, 0, KEY, ID, [Column("k", np.array([2]), "ab")]),
            ColumnError,
            "'k', feature 0 has",
        ),
        (lambda: encode_points(0, 0, 0, KEY, ID, [Column("k", np.array([0, 0]), "ab")]), ColumnError, "give 1 integer"),
        (
            lambda: encode_points(0, 0, 0, KEY, ID, [Column("k", np.array([0]), [b"x"])]),
            ColumnError,
            "a tile holds text",
        ),
        (lambda: encode_points(0, 0, 0, KEY, ID, [Column("k", np.array([0]), [2**64])]), ColumnError, "64-bit"),
        (lambda: encode_points(0, 0, 0, KEY, ID, [Column("k", KEY * 0, "a")] * 2), ColumnError, "share a name"),
    ],
)
def test_what_cannot_be_encoded_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call()
