"""Tiling: ten million points, buildings, ducts and areas to vector tiles and density grids, rasters to pictures.

Positions become 62-bit Morton keys; sorted by key, the points of any tile are one slice. Every encoder returns one
layer; the bytes of several, one after the other, are one tile with all of them. Loops are compiled on their first call
and kept on disk: about ten seconds in all, once a machine.

>>> import numpy as np
>>> lon, lat = np.array([114.05, 114.06, 114.07]), np.array([22.54, 22.54, 22.55])
>>> points = Points.of(encode_keys(lon, lat), ids=[1, 2, 3], kind=[0, 1, 1], owner=[5, 5, 6])
>>> index = PointIndex(points)
>>> z = 10
>>> x, y = tile_of(114.05, 22.54, z)
>>> seen = index.tile(z, x, y, PointFilter(owners={5}))
>>> seen.ids.tolist()
[1, 2]
>>> kinds = Column("kind", seen.kind, ["5G 基站", "智慧杆"])
>>> tile = encode_points(z, x, y, seen.keys, seen.ids, [kinds])
>>> len(tile)
81

Where points are too many for a tile, a grid of their density is drawn in their place:

>>> drawn = draw_points(index, z, x, y, values={"kind": ["5G 基站", "智慧杆"]}, most=2)
>>> drawn.mode, drawn.points
('density', 3)
"""

from __future__ import annotations

from qipan.engines.tiling.boxes import ranges_for_box
from qipan.engines.tiling.density import (
    CELLS,
    MOST_CELLS,
    DensityGrid,
    DrawnTile,
    density_grid,
    density_of,
    draw_points,
    encode_density,
)
from qipan.engines.tiling.errors import (
    ColumnError,
    GridError,
    IdError,
    KeyRangeError,
    PositionError,
    ShapeError,
    TileError,
    TilingError,
    TooManyFeaturesError,
)
from qipan.engines.tiling.index import PointIndex
from qipan.engines.tiling.layers import EXTENT, MOST_FEATURES, encode_points
from qipan.engines.tiling.morton import (
    MAX_LATITUDE,
    MAX_ZOOM,
    decode_keys,
    encode_keys,
    tile_bounds,
    tile_of,
    tile_range,
    to_degrees,
    to_units,
)
from qipan.engines.tiling.outlines import encode_lines, encode_polygons
from qipan.engines.tiling.points import ALWAYS, NEVER, PointFilter, Points
from qipan.engines.tiling.properties import Column
from qipan.engines.tiling.rasters import MOST_COLOURS, Raster, Sampling, classes_of, encode_png, sample_tile
from qipan.engines.tiling.shapes import BUFFER, ShapeIndex, Shapes

__all__ = [
    "ALWAYS",
    "BUFFER",
    "CELLS",
    "EXTENT",
    "MAX_LATITUDE",
    "MAX_ZOOM",
    "MOST_CELLS",
    "MOST_COLOURS",
    "MOST_FEATURES",
    "NEVER",
    "Column",
    "ColumnError",
    "DensityGrid",
    "DrawnTile",
    "GridError",
    "IdError",
    "KeyRangeError",
    "PointFilter",
    "PointIndex",
    "Points",
    "PositionError",
    "Raster",
    "Sampling",
    "ShapeError",
    "ShapeIndex",
    "Shapes",
    "TileError",
    "TilingError",
    "TooManyFeaturesError",
    "classes_of",
    "decode_keys",
    "density_grid",
    "density_of",
    "draw_points",
    "encode_density",
    "encode_keys",
    "encode_lines",
    "encode_png",
    "encode_points",
    "encode_polygons",
    "ranges_for_box",
    "sample_tile",
    "tile_bounds",
    "tile_of",
    "tile_range",
    "to_degrees",
    "to_units",
]
