"""Density grids: how many points each cell of a tile holds.

On sorted Morton keys the cells of a grid are neighbouring key ranges, so a count is the distance of two binary
searches and costs the same for a thousand points as for ten million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import kernels, morton
from qipan.engines.tiling.errors import GridError
from qipan.engines.tiling.index import PointIndex
from qipan.engines.tiling.layers import EXTENT, MOST_FEATURES, POINT, POLYGON, encode_layer, encode_points
from qipan.engines.tiling.points import PointFilter
from qipan.engines.tiling.properties import Column

CELLS = 64
"""Cells of a grid per side of the tile."""

MOST_CELLS = 1024
"""The finest grid: cells per side of the tile."""

_EVERY = PointFilter()


@dataclass(frozen=True, slots=True, eq=False)
class DensityGrid:
    """Counts of points in the square cells of one tile."""

    z: int
    """Zoom of the tile."""
    x: int
    """Column of the tile."""
    y: int
    """Row of the tile."""
    counts: npt.NDArray[np.int64]
    """Points a cell, shape (cells, cells): row from the north, then column from the west."""

    @property
    def total(self) -> int:
        """Points in all cells."""
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True)
class DrawnTile:
    """A tile of points, or of their density where they are too many."""

    data: bytes
    """The tile, ``b""`` when nothing is in it."""
    mode: Literal["points", "density"]
    """What the tile shows."""
    points: int
    """Points in the tile, drawn or counted."""


def density_grid(keys: npt.NDArray[np.int64], z: int, x: int, y: int, *, cells: int = CELLS) -> DensityGrid:
    """Count sorted keys (shape n, any place) in the cells of tile z/x/y.

    Raises TileError, and GridError unless ``cells`` is a power of two, at most 1,024 and no finer than a key.
    """
    return _grid(np.diff(np.searchsorted(keys, _edges(z, x, y, cells))).astype(np.int64), z, x, y, cells)


def density_of(
    index: PointIndex, z: int, x: int, y: int, where: PointFilter = _EVERY, *, cells: int = CELLS
) -> DensityGrid:
    """Count the points of an index that pass ``where`` in the cells of tile z/x/y.

    Raises TileError, and GridError unless ``cells`` is a power of two, at most 1,024 and no finer than a key.
    """
    return _grid(index.counts(_edges(z, x, y, cells), where), z, x, y, cells)


def encode_density(
    grid: DensityGrid,
    *,
    shape: Literal["polygons", "points"] = "polygons",
    layer: str = "density",
    extent: int = EXTENT,
) -> bytes:
    """Encode the cells that hold points as one layer: squares, or their centres, with the property ``count``.

    A cell's id is row x cells + column. Raises GridError unless a cell is a whole number of tile units, at least two.
    """
    cells = grid.counts.shape[0]
    if extent % (2 * cells):
        message = f"{cells} cells a side do not divide half the tile's extent of {extent} units: use a power of two"
        raise GridError(message)
    rows, columns = np.nonzero(grid.counts)
    size = extent // cells
    if shape == "points":
        geometry, ends = kernels.place_points(columns * size + size // 2, rows * size + size // 2)
    else:
        geometry, ends = kernels.place_squares(columns * size, rows * size, size)
    counts = Column.of("count", grid.counts[rows, columns])
    kind = POINT if shape == "points" else POLYGON
    return encode_layer(layer, kind, rows * cells + columns, geometry, ends, [counts], extent)


def draw_points(
    index: PointIndex,
    z: int,
    x: int,
    y: int,
    where: PointFilter = _EVERY,
    *,
    values: Mapping[str, Sequence[Any]] | None = None,
    layer: str = "points",
    most: int = MOST_FEATURES,
    cells: int = CELLS,
) -> DrawnTile:
    """Encode the points of tile z/x/y, or their density grid (layer ``density``) when they are more than ``most``.

    ``values`` maps a column of the index to the value of each of its codes; those columns become properties.
    Raises TileError, ColumnError, GridError.
    """
    amount = index.count(z, x, y, where)
    if amount > most:
        return DrawnTile(encode_density(density_of(index, z, x, y, where, cells=cells)), "density", amount)
    points = index.tile(z, x, y, where)
    columns = [Column(name, getattr(points, name), table) for name, table in (values or {}).items()]
    data = encode_points(z, x, y, points.keys, points.ids, columns, layer=layer, most=None)
    return DrawnTile(data, "points", len(points))


def _edges(z: int, x: int, y: int, cells: int) -> npt.NDArray[np.int64]:
    """First key of every cell in key order, and the first key beyond the tile."""
    low, high = morton.tile_range(z, x, y)
    finest = min(MOST_CELLS, 1 << (morton.BITS - z))
    if not 1 <= cells <= finest or cells & (cells - 1):
        message = f"{cells} cells a side is no grid at zoom {z}: give a power of two from 1 to {finest}"
        raise GridError(message)
    return low + np.arange(cells * cells + 1) * ((high - low) // (cells * cells))


def _grid(counts: npt.NDArray[np.int64], z: int, x: int, y: int, cells: int) -> DensityGrid:
    """Counts in key order laid out by row and column."""
    columns, rows = morton.split_keys(np.arange(cells * cells))
    laid = np.empty((cells, cells), np.int64)
    laid[rows, columns] = counts
    return DensityGrid(z, x, y, laid)
