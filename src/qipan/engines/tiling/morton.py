"""Web-Mercator positions as 62-bit Morton keys.

The square of Web Mercator (EPSG:3857) is cut into 2^31 columns, counted eastwards from longitude -180°, and 2^31 rows,
counted southwards from latitude 85.0511°. One unit is 1.9 cm at the equator. A key interleaves the bits of both
numbers, column in the even bits and row in the odd ones, so it fits a signed 64-bit integer of any database, and the
points of tile z/x/y are exactly those whose keys lie in one range (see :func:`tile_range`).

Longitude 180° falls in the last column, latitudes beyond ±85.0511° in the first or last row: every position on the
globe has one key and so lies in exactly one tile of each zoom.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from qipan.engines.tiling.bits import gather_bits, spread_bits
from qipan.engines.tiling.errors import KeyRangeError, PositionError, TileError

BITS = 31
"""Bits of a key per axis."""

WORLD = 1 << BITS
"""Columns, and rows, of the whole square in units."""

MAX_ZOOM = 30
"""The deepest zoom whose tiles still hold four keys."""

MAX_LATITUDE = 85.0511287798066
"""Latitude of the square's upper edge, degrees: atan(sinh(π))."""


@njit(cache=True)
def _column(lon: float) -> int:
    return min(math.floor((lon + 180.0) / 360.0 * WORLD), WORLD - 1)


@njit(cache=True)
def _row(lat: float) -> int:
    lat = min(max(lat, -MAX_LATITUDE), MAX_LATITUDE)
    y = 0.5 - math.atanh(math.sin(math.radians(lat))) / (2.0 * math.pi)
    return min(max(math.floor(y * WORLD), 0), WORLD - 1)


@njit(cache=True)
def _units(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Columns, rows and the place of the first position off the globe (-1 when there is none)."""
    columns = np.empty(lon.size, np.int64)
    rows = np.empty(lon.size, np.int64)
    for i in range(lon.size):
        if not (abs(lon[i]) <= 180.0 and abs(lat[i]) <= 90.0):
            return columns, rows, i
        columns[i] = _column(lon[i])
        rows[i] = _row(lat[i])
    return columns, rows, -1


@njit(cache=True)
def join_keys(columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Keys of columns and rows in units, each of shape (n,)."""
    keys = np.empty(columns.size, np.int64)
    for i in range(columns.size):
        keys[i] = spread_bits(columns[i]) | (spread_bits(rows[i]) << 1)
    return keys


@njit(cache=True)
def split_keys(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Columns and rows, in units, of keys of shape (n,)."""
    columns = np.empty(keys.size, np.int64)
    rows = np.empty(keys.size, np.int64)
    for i in range(keys.size):
        columns[i] = gather_bits(keys[i])
        rows[i] = gather_bits(keys[i] >> 1)
    return columns, rows


def to_units(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Columns and rows, each 0 … 2^31 - 1, of positions in degrees (WGS 84, shape n).

    Raises PositionError when a longitude is outside ±180°, a latitude outside ±90°, or either is not a number.
    """
    lon_values, lat_values = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    lon_flat, lat_flat = np.ascontiguousarray(lon_values).ravel(), np.ascontiguousarray(lat_values).ravel()
    columns, rows, bad = _units(lon_flat, lat_flat)
    if bad >= 0:
        message = (
            f"position {bad} is longitude {lon_flat[bad]}, latitude {lat_flat[bad]}: give degrees, "
            "longitude -180 … 180 and latitude -90 … 90"
        )
        raise PositionError(message)
    return columns.reshape(lon_values.shape), rows.reshape(lon_values.shape)


def to_degrees(columns: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude in degrees of positions in units; fractions of a unit are kept."""
    lon = np.asarray(columns, np.float64) / WORLD * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - np.asarray(rows, np.float64) / WORLD * 2.0))))
    return lon, lat


def encode_keys(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Morton keys (int64, 0 … 2^62 - 1) of positions in degrees (WGS 84, shape n).

    Raises PositionError when a position is off the globe or not a number.
    """
    columns, rows = to_units(lon, lat)
    return join_keys(columns.ravel(), rows.ravel()).reshape(columns.shape)


def decode_keys(keys: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude in degrees of the centres of keys' units: within half a unit of what was encoded.

    Raises KeyRangeError when a key is outside 0 … 2^62 - 1.
    """
    values = np.asarray(keys, np.int64)
    check_keys(values)
    columns, rows = split_keys(values.ravel())
    return to_degrees(columns.reshape(values.shape) + 0.5, rows.reshape(values.shape) + 0.5)


def check_keys(keys: npt.NDArray[np.int64]) -> None:
    """Raise KeyRangeError when a key is outside 0 … 2^62 - 1."""
    if keys.size and (keys.min() < 0 or keys.max() >= 1 << 2 * BITS):
        bad = int(np.flatnonzero((keys.ravel() < 0) | (keys.ravel() >= 1 << 2 * BITS))[0])
        value = keys.ravel()[bad]
        message = f"key {bad} is {value}: a Morton key lies in 0 … {(1 << 2 * BITS) - 1}; make it with encode_keys"
        raise KeyRangeError(message)


def check_tile(z: int, x: int, y: int) -> None:
    """Raise TileError unless zoom z is 0 … 30 and column x and row y are 0 … 2^z - 1."""
    if not 0 <= z <= MAX_ZOOM:
        message = f"zoom {z} is outside 0 … {MAX_ZOOM}"
        raise TileError(message)
    if not (0 <= x < 1 << z and 0 <= y < 1 << z):
        message = f"tile {z}/{x}/{y} does not exist: column and row at zoom {z} are 0 … {(1 << z) - 1}"
        raise TileError(message)


def tile_range(z: int, x: int, y: int) -> tuple[int, int]:
    """First key of tile z/x/y and first key beyond it: a point is in the tile when low <= key < high.

    Raises TileError when there is no such tile.
    """
    check_tile(z, x, y)
    shift = 2 * (BITS - z)
    cell = int(spread_bits(x)) | int(spread_bits(y)) << 1
    return cell << shift, (cell + 1) << shift


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Column and row of the one tile of zoom z that holds a position in degrees.

    Raises PositionError off the globe, TileError for a zoom outside 0 … 30.
    """
    check_tile(z, 0, 0)
    columns, rows = to_units(lon, lat)
    return int(columns) >> (BITS - z), int(rows) >> (BITS - z)


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east and north edges of tile z/x/y in degrees.

    Raises TileError when there is no such tile.
    """
    check_tile(z, x, y)
    size = WORLD >> z
    (west, east), (north, south) = to_degrees([x * size, (x + 1) * size], [y * size, (y + 1) * size])
    return float(west), float(south), float(east), float(north)
