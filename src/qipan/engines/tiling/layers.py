"""Layers of Mapbox Vector Tiles 2.1: features, tables and points.

Source: Mapbox Vector Tile Specification 2.1, sections 4.1 to 4.4, and its ``vector_tile.proto``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import kernels, morton
from qipan.engines.tiling.errors import ColumnError, IdError, TileError, TooManyFeaturesError
from qipan.engines.tiling.properties import Column, length_delimited, tag_table, varint

EXTENT = 4096
"""Units of a tile's side."""

MOST_FEATURES = 16_000
"""Features that one tile may carry before it is too heavy to send and draw."""

POINT, LINE, POLYGON = 1, 2, 3
"""Geometry types of the specification."""

_TILE_LAYER, _LAYER_NAME, _LAYER_KEY, _LAYER_VALUE, _LAYER_EXTENT, _LAYER_VERSION = 3, 1, 3, 4, 5, 15


def encode_points(
    z: int,
    x: int,
    y: int,
    keys: npt.NDArray[np.int64],
    ids: npt.NDArray[np.int64],
    columns: Sequence[Column] = (),
    *,
    layer: str = "points",
    extent: int = EXTENT,
    most: int | None = MOST_FEATURES,
) -> bytes:
    """Encode points as one layer of tile z/x/y; nothing gives an empty tile, ``b""``.

    ``keys`` (Morton keys inside the tile) and ``ids`` have shape (n,), as has every column. Positions are rounded
    towards north-west to 1/``extent`` of the tile, so they are 0 … extent - 1. ``most=None`` lifts the cap.

    Raises TooManyFeaturesError above ``most``, TileError for a key outside the tile, IdError, ColumnError.
    """
    check_amount(keys.size, most)
    low, high = morton.tile_range(z, x, y)
    if keys.size and not (low <= keys.min() and keys.max() < high):
        message = f"some of the {keys.size} keys lie outside tile {z}/{x}/{y}: take them from the index's tile"
        raise TileError(message)
    geometry, ends = kernels.point_geometry(keys, morton.BITS - z, extent)
    return encode_layer(layer, POINT, ids, geometry, ends, columns, extent)


def encode_layer(
    name: str,
    geometry_type: int,
    ids: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    columns: Sequence[Column],
    extent: int,
) -> bytes:
    """Assemble a tile of one layer from encoded geometries; ``b""`` when there are no features.

    ``geometry`` holds the command integers of all features as varints; feature i ends at ``ends[i]``.
    """
    if not ids.size:
        return b""
    if ids.shape != ends.shape or ids.min() < 0:
        message = f"there are {ends.size} geometries and ids of shape {ids.shape}: give one id of 0 or more to each"
        raise IdError(message)
    if len({column.name for column in columns}) < len(columns):
        message = f"columns {', '.join(column.name for column in columns)} share a name: give each its own"
        raise ColumnError(message)
    table = tag_table(columns, ids.size)
    features = kernels.write_features(geometry_type, ids, geometry, ends, table.tags)
    head = varint(_LAYER_VERSION << 3) + varint(2) + length_delimited(_LAYER_NAME, name.encode())
    keys = b"".join(length_delimited(_LAYER_KEY, key) for key in table.keys)
    values = b"".join(length_delimited(_LAYER_VALUE, value) for value in table.values)
    tail = keys + values + varint(_LAYER_EXTENT << 3) + varint(extent)
    start = varint(_TILE_LAYER << 3 | 2) + varint(len(head) + features.size + len(tail))
    # One join, so that the features, which are nearly all of the tile, are copied once.
    return b"".join((start, head, features.data, tail))


def check_amount(features: int, most: int | None) -> None:
    """Raise TooManyFeaturesError when a tile would hold more features than it may."""
    if most is not None and features > most:
        message = (
            f"{features} features are more than the {most} a tile may carry: draw a density grid or narrow the filter"
        )
        raise TooManyFeaturesError(message)
