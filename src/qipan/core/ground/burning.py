"""Polygons onto a grid: which of them holds the centre of each cell."""

from __future__ import annotations

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from qipan.engines.radio import Ground

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]


def burn(shapes: NDArray[np.object_], ground: Ground, top: int = 0, rows: int | None = None) -> NDArray[np.int32]:
    """Return for each cell the place in ``shapes`` of the polygon that holds its centre, -1 where none does.

    ``shapes`` polygons or multipolygons in the ground's plane, shape (n,); of several at one place the last counts.
    ``top`` and ``rows`` take a part of the grid. Shape (rows, columns), int32.
    """
    wanted = ground.shape[0] - top if rows is None else rows
    grid = np.full((wanted, ground.shape[1]), -1, dtype=np.int32)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, owner = parts[polygons], owner[polygons]
    if len(parts):
        _, coordinates, (rings, polygons_first) = shapely.to_ragged_array(parts)
        x = (coordinates[:, 0] - ground.west) / ground.resolution - 0.5
        y = (ground.north - coordinates[:, 1]) / ground.resolution - 0.5 - top
        _burn(x, y, rings.astype(np.int64), polygons_first.astype(np.int64), owner.astype(np.int32), grid)
    return grid


@njit(cache=True)
def _burn(x: Doubles, y: Doubles, rings: Ints, first: Ints, owner: NDArray[np.int32], grid: NDArray[np.int32]) -> None:
    # even and odd crossings of each row of centres; centres stand at whole numbers
    rows, columns = grid.shape
    for p in range(owner.size):
        start, stop = rings[first[p]], rings[first[p + 1]]
        crossings = np.empty(stop - start)
        lowest = max(int(np.ceil(y[start:stop].min())), 0)
        highest = min(int(np.floor(y[start:stop].max())), rows - 1)
        for row in range(lowest, highest + 1):
            found = 0
            for ring in range(first[p], first[p + 1]):
                for i in range(rings[ring], rings[ring + 1] - 1):
                    if (y[i] <= row) != (y[i + 1] <= row):
                        crossings[found] = x[i] + (row - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i])
                        found += 1
            ordered = np.sort(crossings[:found])
            for pair in range(0, found - 1, 2):
                left = max(int(np.ceil(ordered[pair])), 0)
                right = min(int(np.floor(ordered[pair + 1])), columns - 1)
                for column in range(left, right + 1):
                    grid[row, column] = owner[p]
