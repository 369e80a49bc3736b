from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from qipan.engines.tiling import (
    MAX_LATITUDE,
    KeyRangeError,
    PositionError,
    TileError,
    decode_keys,
    encode_keys,
    ranges_for_box,
    tile_bounds,
    tile_of,
    tile_range,
    to_units,
)

WORLD = 2**31
longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
mercator_latitudes = st.floats(-MAX_LATITUDE, MAX_LATITUDE)


def spelled(number: int) -> tuple[int, int]:
    """Column and row of a key, read off its binary digits."""
    digits = f"{number:062b}"
    return int(digits[1::2], 2), int(digits[0::2], 2)


@given(longitudes, latitudes)
def test_a_key_interleaves_column_and_row(lon, lat):
    column, row = to_units(lon, lat)
    assert spelled(int(encode_keys(lon, lat))) == (int(column), int(row))


@given(st.lists(st.tuples(longitudes, mercator_latitudes), min_size=1, max_size=20))
def test_units_agree_with_proj(positions):
    lon, lat = np.array(positions).T
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    half = math.pi * 6378137.0
    columns, rows = to_units(lon, lat)
    assert np.abs(columns + 0.5 - (east + half) / (2 * half) * WORLD).max() <= 1.0
    assert np.abs(rows + 0.5 - (half - north) / (2 * half) * WORLD).max() <= 1.0


@given(longitudes, mercator_latitudes)
def test_round_trip_is_within_one_unit(lon, lat):
    key = encode_keys(lon, lat)
    back = decode_keys(key)
    assert encode_keys(*back) == key
    assert abs(float(back[0]) - lon) <= 360 / WORLD
    assert abs(float(back[1]) - lat) <= 360 / WORLD


@given(st.integers(0, 2**62 - 1))
def test_every_key_survives_a_round_trip(key):
    assert encode_keys(*decode_keys(key)) == key


@given(longitudes, latitudes, st.integers(0, 22))
def test_a_point_is_in_its_tile_and_in_no_neighbour(lon, lat, z):
    x, y = tile_of(lon, lat, z)
    key = int(encode_keys(lon, lat))
    size = 1 << z
    for tile_x in {max(x - 1, 0), x, min(x + 1, size - 1)}:
        for tile_y in {max(y - 1, 0), y, min(y + 1, size - 1)}:
            low, high = tile_range(z, tile_x, tile_y)
            assert (low <= key < high) == ((tile_x, tile_y) == (x, y))


@pytest.mark.parametrize("z", [0, 1, 2, 3])
def test_tile_ranges_cut_all_keys_without_gap_or_overlap(z):
    ranges = sorted(tile_range(z, x, y) for x in range(1 << z) for y in range(1 << z))
    assert ranges[0][0] == 0
    assert ranges[-1][1] == 2**62
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


@pytest.mark.parametrize("z", range(23))
def test_tile_edges_belong_to_the_tile_east_and_south_of_them(z):
    x, y = tile_of(114.0579, 22.5431, z)
    west, south, east, north = tile_bounds(z, x, y)
    assert west <= 114.0579 <= east
    assert south <= 22.5431 <= north
    assert tile_of((west + east) / 2, (south + north) / 2, z) == (x, y)
    if z:
        assert tile_of(west, (south + north) / 2, z)[0] == x


@pytest.mark.parametrize(
    ("lon", "lat", "z", "tile"),
    [
        (-180, 85.06, 5, (0, 0)),
        (180, -90, 5, (31, 31)),
        (180, 90, 22, (2**22 - 1, 0)),
        (0, 0, 1, (1, 1)),
        (-9.1393, 38.7223, 10, (486, 392)),
    ],
)
def test_borders_of_the_world_and_a_known_tile(lon, lat, z, tile):
    assert tile_of(lon, lat, z) == tile


boxes = st.tuples(longitudes, latitudes, longitudes, latitudes).map(
    lambda box: (box[0], min(box[1], box[3]), box[2], max(box[1], box[3]))
)


@given(boxes, st.integers(1, 40), st.integers(0, 2**32))
def test_ranges_hold_every_point_of_the_box(box, most, seed):
    west, south, east, north = box
    ranges = ranges_for_box(*box, most=most)
    assert 1 <= len(ranges) <= most
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert all(0 <= low < high <= 2**62 for low, high in ranges)
    draw = np.random.default_rng(seed).uniform(size=(2, 50))
    lon = (west + draw[0] * (east - west if west <= east else east + 360 - west) + 180) % 360 - 180
    lat = south + draw[1] * (north - south)
    corners = np.array([west, east, west, east]), np.array([south, south, north, north])
    keys = encode_keys(np.concatenate((lon, corners[0])), np.concatenate((lat, corners[1])))
    kept = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
    inside = np.zeros(keys.size, bool)
    for low, high in ranges:
        inside |= (low <= keys) & (keys < high)
    assert inside[np.append(kept, [True] * 4)].all()


def test_ranges_waste_little_of_a_city_block():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(113.9, 114.1, 400_000), rng.uniform(22.4, 22.6, 400_000)
    keys = encode_keys(lon, lat)
    wanted = ((lon >= 114.0) & (lon <= 114.02) & (lat >= 22.5) & (lat <= 22.52)).sum()
    read = sum(((low <= keys) & (keys < high)).sum() for low, high in ranges_for_box(114.0, 22.5, 114.02, 22.52))
    assert wanted <= read <= 1.1 * wanted


def test_a_tile_is_one_range():
    low, high = tile_range(12, 3345, 1785)
    west, south, east, north = tile_bounds(12, 3345, 1785)
    inset = 1e-6
    ranges = ranges_for_box(west + inset, south + inset, east - inset, north - inset, most=1)
    assert low <= ranges[0][0] < ranges[0][1] <= high


@pytest.mark.parametrize(("lon", "lat"), [(180.001, 0), (0, 90.5), (math.nan, 0), (0, math.inf)])
def test_positions_off_the_globe_are_named(lon, lat):
    with pytest.raises(PositionError, match="position 1 is longitude"):
        encode_keys([0, lon], [0, lat])


@pytest.mark.parametrize("tile", [(-1, 0, 0), (31, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_tiles_that_do_not_exist(tile):
    with pytest.raises(TileError):
        tile_range(*tile)


def test_boxes_and_keys_that_make_no_sense():
    with pytest.raises(PositionError, match="exchange them"):
        ranges_for_box(0, 2, 1, 1)
    with pytest.raises(KeyRangeError, match="at least one"):
        ranges_for_box(0, 0, 1, 1, most=0)
    with pytest.raises(KeyRangeError, match="key 1 is -1"):
        decode_keys([0, -1])
