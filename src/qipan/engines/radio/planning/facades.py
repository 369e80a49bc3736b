"""Levels before the facades of buildings: what people within get before walls take their part."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .errors import require_shape

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


def facade_levels(level: Floats, built: Booleans, rings: int) -> Floats:
    """Level outdoors in dBm; under a building that before its nearest facade.

    ``level`` dBm, -inf where none, and ``built``, both (rows, columns). A map cell with a building takes the strongest
    level of the nearest ring of cells about it that holds one on the street, at most ``rings`` cells away; farther
    inside it keeps its own. The window ends where the arrays do: give ``rings`` cells more to each side.
    """
    require_shape("built", built.shape, level.shape)
    found = level.copy()
    _before(level, built, rings, found)
    return found


@njit(cache=True, nogil=True)
def _before(level: Floats, built: Booleans, rings: int, found: Floats) -> None:
    rows, columns = level.shape
    for row in range(rows):
        for column in range(columns):
            if not built[row, column]:
                continue
            for ring in range(1, rings + 1):
                best = _strongest_on(level, built, row, column, ring)
                if best > -np.inf:
                    found[row, column] = best
                    break


@njit(cache=True, nogil=True)
def _strongest_on(level: Floats, built: Booleans, row: int, column: int, ring: int) -> np.float32:
    # the strongest level on the street among the cells of a square ring
    best = np.float32(-np.inf)
    for y in range(max(row - ring, 0), min(row + ring, level.shape[0] - 1) + 1):
        step = 1 if abs(y - row) == ring else 2 * ring
        x = column - ring
        while x <= column + ring:
            if 0 <= x < level.shape[1] and not built[y, x]:
                best = level[y, x] if level[y, x] > best else best
            x += step
    return best
