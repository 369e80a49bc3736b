"""Raster tiles: each pixel shows the cell under its centre, and another reader sees the same picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

from qipan.engines.tiling import (
    ColumnError,
    Raster,
    TileError,
    classes_of,
    encode_png,
    sample_tile,
    tile_bounds,
    tile_of,
    to_degrees,
)

CRS = 4547  # CGCS2000, central meridian 114°
_to_plane = Transformer.from_crs(4326, CRS, always_xy=True)
_west, _north = 490_000.0, 2_530_000.0
CITY = Raster(_west, _north, 10.0, 6000, 9000)


def to_plane(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _to_plane.transform(lon, lat)


def _centres(z: int, x: int, y: int, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    side = 2**31 >> z
    along = (np.arange(size) + 0.5) / size
    longitudes, latitudes = to_degrees(x * side + along * side, y * side + along * side)
    return to_plane(*np.meshgrid(longitudes, latitudes))


@pytest.mark.parametrize("z", [8, 10, 12, 14, 17])
def test_each_pixel_shows_the_cell_under_it(z: int) -> None:
    x, y = tile_of(114.06, 22.55, z)
    seen = sample_tile(CITY, z, x, y, to_plane)
    assert seen is not None
    row = np.arange(6000, dtype=np.int32)[seen.window[0]]
    column = np.arange(9000, dtype=np.int32)[seen.window[1]]
    true_x, true_y = _centres(z, x, y)
    shown = seen.cells >= 0
    shown_row, shown_column = row[seen.cells // column.size], column[seen.cells % column.size]
    step = seen.window[0].step
    off_x = np.abs(_west + (shown_column + step / 2) * 10.0 - true_x)[shown].max()
    off_y = np.abs(_north - (shown_row + step / 2) * 10.0 - true_y)[shown].max()
    assert max(off_x, off_y) <= 5.0 * step + 1.0
    beyond = (true_x < _west) | (true_y > _north) | (true_x > _west + 90_000) | (true_y < _north - 60_000)
    assert np.mean(beyond == ~shown) > 0.9999


@pytest.mark.parametrize("z", [8, 10, 12, 15])
def test_a_tile_never_looks_at_more_cells_than_it_needs(z: int) -> None:
    seen = sample_tile(CITY, z, *tile_of(114.06, 22.55, z), to_plane)
    assert seen is not None
    rows, columns = (len(range(*one.indices(10**6))) for one in seen.window)
    assert rows * columns < 4.5 * 256 * 256


@pytest.mark.parametrize(("z", "x", "y"), [(12, 0, 0), (3, 5, 3), (0, 0, 0)])
def test_tiles_elsewhere_show_nothing(z: int, x: int, y: int) -> None:
    assert sample_tile(CITY, z, x, y, to_plane) is None


def test_addresses_that_are_no_tile_are_refused() -> None:
    with pytest.raises(TileError, match="1/2/0"):
        sample_tile(CITY, 1, 2, 0, to_plane)


def test_the_edge_of_a_raster_is_where_it_was_said_to_be() -> None:
    z = 15
    x, y = tile_of(*Transformer.from_crs(CRS, 4326, always_xy=True).transform(_west, _north - 30_000), z)
    seen = sample_tile(CITY, z, x, y, to_plane)
    assert seen is not None
    west, _, east, _ = tile_bounds(z, x, y)
    assert west < east
    true_x, _ = _centres(z, x, y)
    assert ((seen.cells >= 0) == (true_x >= _west)).mean() > 0.999


def test_values_take_the_last_step_that_they_reach() -> None:
    values = [np.nan, -np.inf, -126.0, -125.0, -100.0, -0.5, np.inf]
    assert classes_of(values, [-125.0, -110.0, -1.0]).tolist() == [0, 0, 0, 1, 2, 3, 3]


def test_numbers_of_things_take_the_colours_in_turn() -> None:
    assert classes_of([-1, 0, 1, 2, 3, np.nan], [0, 1, 2], in_turn=True).tolist() == [0, 1, 2, 3, 1, 0]


def test_another_reader_sees_the_same_picture() -> None:
    colours = ["#d7301f", "#fdc36f", "#4389bd"]
    classes = np.random.default_rng(3).integers(0, 4, (256, 256)).astype(np.uint8)
    picture = np.asarray(Image.open(io.BytesIO(encode_png(classes, colours))).convert("RGBA"))
    table = np.array([[0, 0, 0, 0], *([*bytes.fromhex(colour[1:]), 255] for colour in colours)])
    assert (picture == table[classes]).all()


def test_what_four_bits_cannot_tell_apart_is_refused() -> None:
    with pytest.raises(ColumnError, match="16 colours"):
        encode_png(np.zeros((2, 2), np.uint8), ["#000000"] * 16)
