"""The ground a city stands on: terrain, surface and where their cells lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadRaster

#: Stands for "no obstacle known here" in a surface; low enough to block nothing.
NOTHING = np.float32(-1e9)


@dataclass(frozen=True)
class Ground:
    """Terrain and surface on one grid of square cells, row 0 in the north.

    ``terrain`` and ``surface`` m above sea level, float32, shape (rows, columns), nan where unknown; ``resolution`` m
    a cell; ``west`` and ``north`` the outer edges in the caller's metric coordinates. Made by :meth:`of`.
    """

    terrain: NDArray[np.float32]
    surface: NDArray[np.float32]
    resolution: float
    west: float = 0.0
    north: float = 0.0

    @classmethod
    def of(
        cls,
        terrain: ArrayLike,
        surface: ArrayLike | None = None,
        *,
        resolution: float,
        west: float = 0.0,
        north: float | None = None,
    ) -> Ground:
        """Check and keep the arrays; without a surface the terrain is one. BadRaster says what does not fit.

        ``north`` is by default the extent, so that the south-west corner is at (``west``, 0).
        """
        bare = np.ascontiguousarray(terrain, dtype=np.float32)
        tops = bare if surface is None else np.ascontiguousarray(surface, dtype=np.float32)
        message = ""
        if bare.ndim != 2 or min(bare.shape) < 3:
            message = f"terrain: shape {bare.shape} is no raster of at least 3 by 3 cells"
        elif tops.shape != bare.shape:
            message = f"surface: shape {tops.shape} differs from the terrain's {bare.shape}; resample it to one grid"
        elif not (np.isfinite(resolution) and resolution > 0.0):
            message = f"terrain: resolution {resolution:g} m must be above 0; the raster needs a metric georeference"
        elif not np.isfinite(bare).any():
            message = f"terrain: none of the {bare.size} cells is a number; fill it or choose another raster"
        if message:
            raise BadRaster(message)
        edge = bare.shape[0] * resolution if north is None else north
        return cls(bare, tops, float(resolution), float(west), float(edge))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.terrain.shape[0], self.terrain.shape[1]

    def cell_of(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the cells that hold the points; outside the raster they fall outside its shape."""
        column = np.floor((np.asarray(x, dtype=np.float64) - self.west) / self.resolution)
        row = np.floor((self.north - np.asarray(y, dtype=np.float64)) / self.resolution)
        return row.astype(np.int64), column.astype(np.int64)

    def offset_of(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cells by which points lie south and east of the centre of the cell that holds them, -0.5 to 0.5."""
        column = (np.asarray(x, dtype=np.float64) - self.west) / self.resolution
        row = (self.north - np.asarray(y, dtype=np.float64)) / self.resolution
        return row - np.floor(row) - 0.5, column - np.floor(column) - 0.5

    def centre_of(self, row: ArrayLike, column: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates x and y of cell centres."""
        x = self.west + (np.asarray(column, dtype=np.float64) + 0.5) * self.resolution
        y = self.north - (np.asarray(row, dtype=np.float64) + 0.5) * self.resolution
        return x, y

    def block(self, row: int, column: int, rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Terrain and obstacles of a window that may reach over the edge.

        Terrain is nan beyond the edge and where unknown; obstacles are there ``NOTHING``.
        """
        terrain = np.full((rows, columns), np.nan, dtype=np.float32)
        obstacles = np.full((rows, columns), NOTHING, dtype=np.float32)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + rows, self.shape[0]), min(column + columns, self.shape[1])
        if bottom > top and right > left:
            here = np.s_[top - row : bottom - row, left - column : right - column]
            terrain[here] = self.terrain[top:bottom, left:right]
            tops = self.surface[top:bottom, left:right]
            obstacles[here] = np.where(np.isfinite(tops), tops, NOTHING)
        return terrain, obstacles
