"""Which map cells lie inside a venue's outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .errors import BadNetwork

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A part of a map: its ``rows`` and ``columns`` and which of those cells are ``inside``."""

    rows: slice
    columns: slice
    inside: NDArray[np.bool_]


def outline_window(
    rings: Sequence[ArrayLike], *, west: float, north: float, resolution: float, shape: tuple[int, int]
) -> Window:
    """Map cells whose centre lies inside an outline (even-odd rule); the nearest cell for one smaller than a cell.

    ``rings`` arrays (n, 2) of x and y in m: the outline, then its holes or further parts. BadNetwork for an outline
    that is not finite, has a ring of fewer than three points or lies outside the map.
    """
    parts = [np.asarray(ring, dtype=np.float64) for ring in rings]
    points = np.concatenate(parts) if parts else np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2 or min(map(len, parts), default=0) < 3 or not np.isfinite(points).all():
        message = "outline: a ring needs three or more points of finite x and y in m"
        raise BadNetwork(message)
    column, row = (points[:, 0] - west) / resolution, (north - points[:, 1]) / resolution
    top, bottom = max(int(np.floor(row.min())), 0), min(int(np.ceil(row.max())), shape[0])
    left, right = max(int(np.floor(column.min())), 0), min(int(np.ceil(column.max())), shape[1])
    if top >= bottom or left >= right:
        message = (
            f"outline: x {points[0, 0]:g}, y {points[0, 1]:g} m lies outside the map's x {west:g} to "
            f"{west + shape[1] * resolution:g}, y {north - shape[0] * resolution:g} to {north:g} m"
        )
        raise BadNetwork(message)
    x: Doubles = west + (np.arange(left, right, dtype=np.float64) + 0.5) * resolution
    y: Doubles = north - (np.arange(top, bottom, dtype=np.float64) + 0.5) * resolution
    inside = np.zeros((y.size, x.size), dtype=np.bool_)
    for ring in parts:
        _flip(ring, x, y, inside)
    if not inside.any():
        middle = parts[0].mean(axis=0)
        inside[np.abs(y - middle[1]).argmin(), np.abs(x - middle[0]).argmin()] = True
    return Window(slice(top, bottom), slice(left, right), inside)


@njit(cache=True)
def _flip(ring: Doubles, x: Doubles, y: Doubles, inside: NDArray[np.bool_]) -> None:
    # every cell west of where an edge crosses its row changes sides
    for k in range(len(ring)):
        (x0, y0), (x1, y1) = ring[k], ring[(k + 1) % len(ring)]
        for i in range(y.size):
            if (y0 > y[i]) != (y1 > y[i]):
                crossing = x0 + (y[i] - y0) * (x1 - x0) / (y1 - y0)
                for j in range(x.size):
                    if x[j] >= crossing:
                        break
                    inside[i, j] = not inside[i, j]
