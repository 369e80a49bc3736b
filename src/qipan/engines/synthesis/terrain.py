"""Hills and coast as a grid of heights.

Hills stand where a district has room for them and away from the centres of sub-districts. Heights shrink with
lengths, so slopes are those of the whole city; the ground rises from the coast, and sea is 0 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from qipan.engines.synthesis.figures import districts
from qipan.engines.synthesis.geography import Geography, origin
from qipan.engines.synthesis.tables import Flags, Floats

cell_size = 30.0
"""Spacing of the heights, m."""
_around = 600.0
"""Least width of the margin around the city, m: a cell at the border still sees ground behind it."""
_octaves = ((4000.0, 1.0), (1600.0, 0.42), (600.0, 0.16), (220.0, 0.05))
"""Spacing on the full-size plane, m, and weight of the noise that hills are made of."""
_plain = 9.0
"""Height above the sea of the built-up plain, m, at any scale."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """Heights above the sea on a grid of ``cell_size`` on the real plane; row 0 is north."""

    heights: NDArray[np.float32]
    """Shape (rows, columns), m; 0 at sea, at least 0.5 on land."""
    west: float
    """Easting of the grid's western edge, m."""
    north: float
    """Northing of its northern edge, m."""

    def at(self, x: Floats, y: Floats) -> Floats:
        """Return heights at points of the real plane by bilinear interpolation, m; shape (n,)."""
        column = (x - self.west) / cell_size - 0.5
        row = (self.north - y) / cell_size - 0.5
        heights = ndimage.map_coordinates(self.heights, [row, column], order=1, mode="nearest")
        return np.asarray(heights, dtype=np.float64)


def raise_hills(plan: Geography, random: np.random.Generator) -> Terrain:
    """Return the terrain of the city and a margin around it."""
    west, south, east, north = plan.bounds
    margin = max(_around, 2500 * plan.shrink)
    columns = int(np.ceil((east - west + 2 * margin) / cell_size))
    rows = int(np.ceil((north - south + 2 * margin) / cell_size))
    left = np.floor((west - margin) / cell_size) * cell_size
    top = np.ceil((north + margin) / cell_size) * cell_size
    frame = Terrain(np.zeros((rows, columns), dtype=np.float32), float(left), float(top))
    land = _land(plan, frame)
    hills = _hills(plan, frame, random)
    shore = ndimage.distance_transform_edt(land, sampling=cell_size).astype(np.float32)
    rise = 1 - np.exp(-shore / np.float32(900 * plan.shrink + 30))
    heights = np.where(land, np.maximum(rise * (hills * plan.shrink + _plain), 0.5), 0)
    rounded: NDArray[np.float32] = np.asarray(np.round(heights, 2), dtype=np.float32)
    return Terrain(rounded, frame.west, frame.north)


def _land(plan: Geography, frame: Terrain) -> Flags:
    """Tell which cells' middles are land, a hundred rows at a time."""
    rows, columns = frame.heights.shape
    land = np.empty((rows, columns), dtype=bool)
    x = frame.west + (np.arange(columns) + 0.5) * cell_size
    for start in range(0, rows, 100):
        y = frame.north - (np.arange(start, min(start + 100, rows)) + 0.5) * cell_size
        grid_x, grid_y = np.meshgrid(x, y)
        land[start : start + len(y)] = plan.is_land(grid_x.ravel(), grid_y.ravel()).reshape(grid_x.shape)
    return land


def _hills(plan: Geography, frame: Terrain, random: np.random.Generator) -> NDArray[np.float32]:
    """Return full-size hill heights in m on the frame's grid: ridged noise under an envelope of each district's relief.

    Noise is drawn on the full-size plane, so that a seed has the same hills at every scale.
    """
    low, size = np.array([-75_000.0, -45_000.0]), np.array([230_000.0, 110_000.0])
    share, peak = _envelope(plan, low, size)
    total = np.zeros(frame.heights.shape, dtype=np.float32)
    for spacing, weight in _octaves:
        shape = np.ceil(size / spacing).astype(int)
        noise = random.standard_normal((shape[1], shape[0])).astype(np.float32)
        if spacing > cell_size / plan.shrink:
            total += np.float32(weight) * _onto(frame, plan, noise, low, spacing, 3)
    total /= np.float32(np.sqrt(sum(weight**2 for _, weight in _octaves)) * 0.72)
    floor = _onto(frame, plan, share, low, 1000.0, 1)
    top = _onto(frame, plan, peak, low, 1000.0, 1)
    above = np.maximum(total - floor, 0)
    ridged: NDArray[np.float32] = top * (1 - np.exp(-0.75 * above)) + 6 * np.maximum(total + 1, 0)
    return ridged


def _envelope(plan: Geography, low: Floats, size: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return on a 1 km grid the noise level above which hills rise, and the height of their peaks in m."""
    columns, rows = (size / 1000.0).astype(int)
    u, v = np.meshgrid(low[0] + np.arange(columns) * 1000.0, low[1] + np.arange(rows) * 1000.0)
    x, y = origin[0] + u.ravel() * plan.shrink, origin[1] + v.ravel() * plan.shrink
    district = plan.district_within(x, y, 0.0)
    relief = np.array([*(one.relief for one in districts), 0.45])[district]
    peak = np.array([*(one.peak for one in districts), 320.0])[district]
    away = cKDTree(plan.centres).query(np.column_stack([x, y]))[0] / plan.shrink
    level = 0.9 - 2.2 * relief + 1.6 * np.exp(-((away / 1900.0) ** 2))
    smooth = [ndimage.gaussian_filter(part.reshape(rows, columns), 1.2).astype(np.float32) for part in (level, peak)]
    return smooth[0], smooth[1]


def _onto(
    frame: Terrain, plan: Geography, coarse: NDArray[np.float32], low: Floats, spacing: float, order: int
) -> NDArray[np.float32]:
    """Interpolate a grid of the full-size plane (row 0 south) onto the frame's cells."""
    step = cell_size / plan.shrink / spacing
    first_row = ((frame.north - cell_size / 2 - origin[1]) / plan.shrink - low[1]) / spacing
    first_column = ((frame.west + cell_size / 2 - origin[0]) / plan.shrink - low[0]) / spacing
    shape = frame.heights.shape
    fine = ndimage.affine_transform(
        coarse, [-step, step], offset=[first_row, first_column], output_shape=shape, order=order, mode="nearest"
    )
    return np.asarray(fine, dtype=np.float32)
