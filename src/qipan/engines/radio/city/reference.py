"""The exact mode on a map: every receiver with a profile of its own, float64."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..diffraction import bullington_loss
from ..p1812 import Band, band_of, closed_form, diffraction_of_profile, refraction_at
from ..profiles import LAMBDA_GHZ, profile_geometry
from ..tr38901 import umi_loss
from .ground import NOTHING
from .rays1812 import Conditions

Doubles = NDArray[np.float64]
_UNKNOWN = float(NOTHING)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _between(raster: NDArray[np.float32], at: np.uint64, below: np.uint64, fx: float, fy: float) -> float:
    upper = raster[at] * (1.0 - fx) + raster[at + np.uint64(1)] * fx
    lower = raster[below] * (1.0 - fx) + raster[below + np.uint64(1)] * fx
    height = upper * (1.0 - fy) + lower * fy
    return float(height) if height == height else _UNKNOWN


@njit(cache=True, error_model="numpy", nogil=True)
def own_profile(
    terrain: NDArray[np.float32],
    surface: NDArray[np.float32],
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    resolution: float,
) -> tuple[Doubles, Doubles, Doubles]:
    """Distance km, terrain and tops in m at steps of about one cell between two points in cells (column, row).

    Points are cell coordinates, centres at whole numbers. Both ends are terrain; unknown surface blocks nothing.
    """
    rows, columns = terrain.shape
    # Held to the raster at both ends, a straight path never leaves it.
    right, bottom = columns - 1.000001, rows - 1.000001
    x0, x1 = min(max(x0, 0.0), right), min(max(x1, 0.0), right)
    y0, y1 = min(max(y0, 0.0), bottom), min(max(y1, 0.0), bottom)
    length = math.hypot(x1 - x0, y1 - y0)
    count = max(round(length), 4)
    path, bare, tops = np.empty((3, count + 1)), terrain.ravel(), surface.ravel()
    dx, dy, step = (x1 - x0) / count, (y1 - y0) / count, length * resolution / 1000.0 / count
    for i in range(count + 1):
        x, y = x0 + i * dx, y0 + i * dy
        column, row = int(x), int(y)
        fx, fy = x - column, y - row
        at, below = np.uint64(row * columns + column), np.uint64((row + 1) * columns + column)
        path[0, i] = i * step
        path[1, i] = _between(bare, at, below, fx, fy)
        path[2, i] = _between(tops, at, below, fx, fy)
    if path[1, 0] <= _UNKNOWN:
        # a mast stands on its own cell where one beside it is unknown
        own = terrain[int(y0 + 0.5), int(x0 + 0.5)]
        path[1, 0] = own if own == own else _UNKNOWN
    path[2, 0], path[2, count] = path[1, 0], path[1, count]
    return path[0], path[1], path[2]


@njit(cache=True, error_model="numpy", nogil=True)
def _loss_1812(d: Doubles, h: Doubles, g: Doubles, mast: float, receiver: float, c: Conditions, band: Band) -> float:
    geometry = profile_geometry(d, h, mast, receiver, c.ae, c.f)
    inland = geometry.d if c.inland else 0.0
    r = refraction_at(c.ae, c.latitude, geometry.d, geometry.d, inland, 0.0)
    parts = diffraction_of_profile(d, g, geometry, r, band, c.vertical, True)
    return closed_form(geometry, r, parts, band, c.vertical, 500.0, 500.0, 0.0).Lb


@njit(cache=True, error_model="numpy", nogil=True)
def _loss_surface(
    d: Doubles, h: Doubles, g: Doubles, mast: float, receiver: float, c: Conditions
) -> tuple[float, bool]:
    hts, hrs = h[0] + mast, h[-1] + receiver
    metres = 1e3 * d[-1]
    free = 32.4 + 20.0 * math.log10(c.f) + 10.0 * math.log10(metres**2 + (hts - hrs) ** 2)
    clear = True
    for i in range(1, d.size - 1):
        line = (hts * (d[-1] - d[i]) + hrs * d[i]) / d[-1]
        clear = clear and g[i] + 500.0 / c.ae * d[i] * (d[-1] - d[i]) < line
    return free + bullington_loss(d, g, hts, hrs, c.ae, LAMBDA_GHZ / c.f), clear


@njit(cache=True, error_model="numpy", nogil=True)
def reference_losses(
    terrain: NDArray[np.float32],
    surface: NDArray[np.float32],
    resolution: float,
    x0: float,
    y0: float,
    mast: float,
    receiver: float,
    x1: Doubles,
    y1: Doubles,
    conditions: Conditions,
    by_1812: bool,
    street: float,
) -> Doubles:
    """Loss in dB from one mast to points, each with its own profile; nan where the receiver's ground is unknown.

    Points in cells (column, row); ``mast`` and ``receiver`` m above ground; ``by_1812`` takes P.1812 in place of free
    space and Bullington on the surface; nearer than ``street`` m TR 38.901 UMi with line of sight by the surface.
    """
    losses = np.empty(x1.size)
    band = band_of(conditions.f, conditions.p, conditions.n0)
    for i in range(x1.size):
        d, h, g = own_profile(terrain, surface, x0, y0, x1[i], y1[i], resolution)
        if h[-1] <= _UNKNOWN:
            losses[i] = np.nan
        elif 1000.0 * d[-1] < street:
            clear = _loss_surface(d, h, g, mast, receiver, conditions)[1]
            losses[i] = umi_loss(max(1000.0 * d[-1], 10.0), conditions.f, mast, receiver, clear)
        elif by_1812:
            losses[i] = _loss_1812(d, h, g, mast, receiver, conditions, band)
        else:
            losses[i] = _loss_surface(d, h, g, mast, receiver, conditions)[0]
    return losses
