"""Areas and lines as vector tiles: clipped to the tile, simplified to its resolution, wound as MVT 2.1 asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import morton, shape_kernels
from qipan.engines.tiling.errors import ColumnError, ShapeError
from qipan.engines.tiling.layers import EXTENT, LINE, MOST_FEATURES, POLYGON, check_amount, encode_layer
from qipan.engines.tiling.properties import Column
from qipan.engines.tiling.shapes import BUFFER, Shapes


def encode_polygons(
    z: int,
    x: int,
    y: int,
    shapes: Shapes,
    rows: npt.NDArray[np.int64],
    columns: Sequence[Column] = (),
    *,
    layer: str = "areas",
    extent: int = EXTENT,
    buffer: int = BUFFER,
    tolerance: float = 1.0,
    most: int | None = MOST_FEATURES,
) -> bytes:
    """Encode the areas at ``rows`` of ``shapes`` as one layer of tile z/x/y.

    Each area is clipped to the tile and ``buffer`` (1/4096 of its side) round it, freed of the vertices that lie within
    ``tolerance`` tile units of the outline (Douglas and Peucker; 0 keeps all), and rounded to tile units. Outer rings
    have positive area in tile coordinates, holes negative (MVT 2.1, section 4.3.4.4). Areas that shrink to nothing are
    left out. Columns run over all of ``shapes``. Simplified outlines may touch themselves by a unit.

    Raises TileError, TooManyFeaturesError above ``most``, ColumnError, ShapeError when a row does not exist.
    """
    _check_rows(shapes, rows, columns, most)
    geometry, ends, kept = shape_kernels.polygon_geometry(
        (shapes.x, shapes.y), shapes.rings, shapes.outer, shapes.features, rows,
        _frame(z, x, y, extent, buffer), float(tolerance),
    )  # fmt: skip
    shown = [column.take(kept) for column in columns]
    return encode_layer(layer, POLYGON, shapes.ids[kept], geometry, ends, shown, extent)


def encode_lines(
    z: int,
    x: int,
    y: int,
    shapes: Shapes,
    rows: npt.NDArray[np.int64],
    columns: Sequence[Column] = (),
    *,
    layer: str = "lines",
    extent: int = EXTENT,
    buffer: int = BUFFER,
    tolerance: float = 1.0,
    most: int | None = MOST_FEATURES,
) -> bytes:
    """Encode the lines at ``rows`` of ``shapes`` as one layer of tile z/x/y.

    Each line is clipped to the tile and ``buffer`` (1/4096 of its side) round it, which may leave several pieces, freed
    of the vertices that lie within ``tolerance`` tile units of it, and rounded to tile units. Lines that shrink to a
    point are left out. Columns run over all of ``shapes``.

    Raises TileError, TooManyFeaturesError above ``most``, ColumnError, ShapeError when a row does not exist.
    """
    _check_rows(shapes, rows, columns, most)
    geometry, ends, kept = shape_kernels.line_geometry(
        (shapes.x, shapes.y), shapes.rings, shapes.features, rows, _frame(z, x, y, extent, buffer), float(tolerance)
    )
    shown = [column.take(kept) for column in columns]
    return encode_layer(layer, LINE, shapes.ids[kept], geometry, ends, shown, extent)


def _frame(z: int, x: int, y: int, extent: int, buffer: int) -> npt.NDArray[np.float64]:
    """Left and top of the tile in units, tile units per unit, low and high edge of the window in tile units."""
    morton.check_tile(z, x, y)
    size = morton.WORLD >> z
    margin = buffer * extent / EXTENT
    return np.array([x * size, y * size, extent / size, -margin, extent + margin], np.float64)


def _check_rows(shapes: Shapes, rows: npt.NDArray[np.int64], columns: Sequence[Column], most: int | None) -> None:
    check_amount(rows.size, most)
    size = len(shapes)
    if rows.size and (rows.min() < 0 or rows.max() >= size):
        message = f"rows run from {rows.min()} to {rows.max()}: there are {size} shapes, so give 0 … {size - 1}"
        raise ShapeError(message)
    for column in columns:
        if column.codes.shape != (size,):
            message = f"column {column.name!r} has shape {column.codes.shape}: give one code to each of {size} shapes"
            raise ColumnError(message)
