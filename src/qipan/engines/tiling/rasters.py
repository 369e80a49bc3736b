"""Raster tiles: an array of square cells in a metric plane, seen through a Web-Mercator tile, as an indexed PNG.

>>> raster = Raster(west=0.0, north=2_000_000.0, resolution=1000.0, rows=4000, columns=4000)
>>> def to_plane(lon, lat):
...     return lon * 111_000.0, lat * 111_000.0
>>> seen = sample_tile(raster, 6, 33, 31, to_plane)
>>> values = np.random.default_rng(1).normal(size=(4000, 4000))
>>> png = encode_png(seen.take(classes_of(values[seen.window], [-1.0, 0.0, 1.0])), ["#d7301f", "#fdc36f", "#4389bd"])
>>> png[1:4]
b'PNG'
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling.errors import ColumnError
from qipan.engines.tiling.morton import WORLD, check_tile, to_degrees

Doubles = npt.NDArray[np.float64]
ToPlane = Callable[[Doubles, Doubles], tuple[Doubles, Doubles]]

MOST_COLOURS = 15
"""Colours that a tile may have beside transparent: four bits a pixel."""

_nodes = 17
_least_zoom = 5
_bits = 4


@dataclass(frozen=True, slots=True)
class Raster:
    """Where an array of square cells lies, row 0 in the north: its outer edges and cell size in metres of a plane."""

    west: float
    north: float
    resolution: float
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which cells of a raster a tile shows.

    ``window`` slices of rows and columns, with a step where cells are smaller than pixels; ``cells`` for each pixel the
    place in the flattened window, -1 beyond the raster, shape (size, size).
    """

    window: tuple[slice, slice]
    cells: npt.NDArray[np.int32]

    def take(self, classes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return for each pixel the class of its cell, from the classes of the window; 0 beyond the raster."""
        return np.append(classes.ravel(), np.uint8(0))[self.cells]


def sample_tile(raster: Raster, z: int, x: int, y: int, to_plane: ToPlane, size: int = 256) -> Sampling | None:
    """Return the nearest cell of each pixel of tile z/x/y, None where the tile shows nothing of the raster.

    Nothing is shown below zoom 5, where a city is smaller than a pixel and straight lines no longer serve.

    ``to_plane`` turns longitudes and latitudes in degrees into metres of the raster's plane; it is asked for a few
    points only, between which straight lines serve: less than a metre apart from the truth from zoom 8 on. Raises
    TileError when there is no such tile.
    """
    check_tile(z, x, y)
    if z < _least_zoom:
        return None
    plane_x, plane_y = _pixel_places(z, x, y, to_plane, size)
    column = (plane_x - raster.west) / raster.resolution
    row = (raster.north - plane_y) / raster.resolution
    inside = (column >= 0) & (column < raster.columns) & (row >= 0) & (row < raster.rows)
    if not inside.any():
        return None
    # Pixels of a tile are about as far apart everywhere on it; one row of them tells how far.
    step = max(1, round(float(np.hypot(np.diff(column[0]), np.diff(row[0])).mean())))
    rows, columns = row[inside].astype(np.int64), column[inside].astype(np.int64)
    top, left = int(rows.min()), int(columns.min())
    bottom, right = int(rows.max()) + 1, int(columns.max()) + 1
    width = -(-(right - left) // step)
    cells = np.full(inside.shape, -1, dtype=np.int32)
    cells[inside] = (rows - top) // step * width + (columns - left) // step
    return Sampling((slice(top, bottom, step), slice(left, right, step)), cells)


def _pixel_places(z: int, x: int, y: int, to_plane: ToPlane, size: int) -> tuple[Doubles, Doubles]:
    side = WORLD >> z
    along = np.linspace(0.0, 1.0, _nodes)
    longitudes, latitudes = to_degrees((x + along) * side, (y + along) * side)
    # Far from its middle a plane has no place for a point and says so with infinity.
    grid_x, grid_y = (np.where(np.isfinite(one), one, np.nan) for one in to_plane(*np.meshgrid(longitudes, latitudes)))
    place = (np.arange(size) + 0.5) / size * (_nodes - 1)
    first = place.astype(np.int64)
    part = place - first
    return _between(grid_x, first, part), _between(grid_y, first, part)


def _between(grid: Doubles, first: npt.NDArray[np.int64], part: Doubles) -> Doubles:
    """Values on the straight lines between the nodes of a grid; as a product of matrices it would start threads."""
    down = grid[first] + (grid[first + 1] - grid[first]) * part[:, None]
    across: Doubles = down[:, first] + (down[:, first + 1] - down[:, first]) * part
    return across


def classes_of(values: npt.ArrayLike, steps: Sequence[float], *, in_turn: bool = False) -> npt.NDArray[np.uint8]:
    """Return for each value the number, from 1, of the last of the rising ``steps`` that it reaches; 0 below all.

    Values that are no number have class 0. With ``in_turn`` values are numbers of things, and as many things as there
    are steps take one class each before the first class comes again; negative ones have class 0.
    """
    given = np.asarray(values, dtype=np.float32)
    known = np.isfinite(given)
    if in_turn:
        things = np.where(known, given, -1.0).astype(np.int64)
        return np.where(things >= 0, things % len(steps) + 1, 0).astype(np.uint8)
    classes = np.zeros(given.shape, dtype=np.uint8)
    # A handful of comparisons of whole arrays beats a search for each value.
    for step in steps:
        classes += given >= np.float32(step)
    classes[~known & (given < np.inf)] = 0
    return classes


def encode_png(classes: npt.NDArray[np.uint8], colours: Sequence[str]) -> bytes:
    """Return an indexed PNG (ISO/IEC 15948) of classes: 0 is transparent, n has the nth of ``colours`` (``#rrggbb``).

    Raises ColumnError for more than ``MOST_COLOURS`` colours or an odd width.
    """
    height, width = classes.shape
    if len(colours) > MOST_COLOURS or width % 2:
        message = f"{len(colours)} colours, {width} pixels a row: at most {MOST_COLOURS} colours, an even row"
        raise ColumnError(message)
    rows = np.zeros((height, width // 2 + 1), dtype=np.uint8)
    rows[:, 1:] = classes[:, ::2] << _bits | classes[:, 1::2]
    # Run-length matching is the fastest that zlib has and, on areas of one colour, packs as well as any.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = packer.compress(rows.tobytes()) + packer.flush()
    palette = bytes(3) + b"".join(bytes.fromhex(colour[1:]) for colour in colours)
    head = struct.pack(">IIBBBBB", width, height, _bits, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", palette), (b"tRNS", b"\0"), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
