"""What lies between a mast and its levels beyond free space: diffraction, taken out of a run's levels again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..antennas.mounting import ELEVATION_STEPS
from .cells import Cells, gain_tables
from .ground import Ground

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


def excess_loss(
    ground: Ground,
    cells: Cells,
    cell: NDArray[np.integer],
    row: NDArray[np.integer],
    column: NDArray[np.integer],
    level: ArrayLike,
    receiver: float = 1.5,
) -> Doubles:
    """Loss in dB beyond free space (P.525) in levels that :func:`coverage` gave; arguments of one shape, n.

    ``cell`` that was received at map cell ``row`` and ``column`` with ``level`` dBm, ``receiver`` m above ground. By
    the surface model it is diffraction (P.526, Bullington), 0 on a clear path; by the others whatever they add to free
    space. Rounding of levels and of the antenna's table stays in it: a tenth of a decibel. nan where a level or the
    ground is not known.
    """
    used, which = np.unique(np.asarray(cell, dtype=np.int64), return_inverse=True)
    which = which.reshape(np.shape(cell))
    x, y = ground.centre_of(row, column)
    east, north = x - cells.x[used][which], y - cells.y[used][which]
    flat = np.maximum(np.hypot(east, north), 1.0)
    rise = ground.terrain[row, column] + receiver - _tops(ground, cells, used)[which]
    free = 32.4 + 20.0 * np.log10(cells.f[used])[which] + 10.0 * np.log10(flat**2 + rise**2)
    bearing = np.degrees(np.arctan2(east, north)) - np.rint(cells.azimuth[used])[which]
    tables, table = gain_tables(cells, used)
    gain = _gains(tables, table[which], bearing, np.degrees(np.arctan2(rise, flat)))
    found = cells.element_power(used)[which] + gain - free - np.asarray(level, dtype=np.float64)
    return np.where(np.isfinite(found), np.maximum(found, 0.0), np.nan)


def _tops(ground: Ground, cells: Cells, used: Ints) -> Doubles:
    """Height in m above the sea of some cells' antennas, the ground below them bilinear."""
    column = (cells.x[used] - ground.west) / ground.resolution - 0.5
    row = (ground.north - cells.y[used]) / ground.resolution - 0.5
    top, left = (
        np.clip(np.floor(one).astype(np.int64), 0, size - 2)
        for one, size in zip((row, column), ground.shape, strict=True)
    )
    down, right = np.clip(row - top, 0.0, 1.0), np.clip(column - left, 0.0, 1.0)
    upper = ground.terrain[top, left] * (1.0 - right) + ground.terrain[top, left + 1] * right
    lower = ground.terrain[top + 1, left] * (1.0 - right) + ground.terrain[top + 1, left + 1] * right
    return np.asarray(upper * (1.0 - down) + lower * down + cells.height[used], dtype=np.float64)


def _gains(tables: NDArray[np.float32], table: NDArray[np.integer], bearing: Doubles, elevation: Doubles) -> Doubles:
    """Gain in dBi at the nearest degree right of boresight, between the quarter degrees of elevation."""
    turn = np.rint(bearing).astype(np.int64) % 360
    up = np.clip((elevation + 90.0) * ELEVATION_STEPS, 0.0, tables.shape[2] - 1.0)
    low = np.minimum(up.astype(np.int64), tables.shape[2] - 2)
    below, above = tables[table, turn, low], tables[table, turn, low + 1]
    return np.asarray(below + (up - low) * (above - below), dtype=np.float64)
