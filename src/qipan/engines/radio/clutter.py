"""Clutter loss at a terminal among buildings or trees: ITU-R P.2108-1."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .diffraction import knife_edge_loss
from .errors import require_range
from .normal import inverse_normal

Floats = NDArray[np.float64]
Clutter = Literal["water", "open", "suburban", "urban", "dense-urban"]
#: Default representative clutter heights in m (P.2108 Table 3).
CLUTTER_HEIGHTS: dict[Clutter, float] = {
    "water": 10.0, "open": 10.0, "suburban": 10.0, "urban": 15.0, "dense-urban": 20.0,
}  # fmt: skip


def height_gain_loss(
    clutter: Clutter, f: float, height: float, clutter_height: float | None = None, street_width: float = 27.0
) -> float:
    """Loss in dB of a terminal ``height`` m up in clutter (P.2108 §3.1, equations (1) and (2)); nothing above it.

    ``f`` 0.03 to 3 GHz; trees and forest count as "urban". To be added at the end of a path computed to the clutter
    height. OutOfRange beyond the stated range.
    """
    top = CLUTTER_HEIGHTS[clutter] if clutter_height is None else clutter_height
    require_range("P.2108 §3.1", "frequency", f, 0.03, 3.0, "GHz")
    require_range("P.2108 §3.1", "antenna height", height, 1e-9, 1e5, "m")
    require_range("P.2108 §3.1", "clutter height", top, 1e-9, 1e5, "m")
    require_range("P.2108 §3.1", "street width", street_width, 1e-9, 1e5, "m")
    if height >= top:
        return 0.0
    if clutter in ("water", "open"):
        return -(21.8 + 6.2 * math.log10(f)) * math.log10(height / top)
    rise = top - height
    nu = 0.342 * math.sqrt(f) * math.sqrt(rise * math.degrees(math.atan(rise / street_width)))
    return float(knife_edge_loss(nu)) - 6.03


def _terrestrial(f: Floats, d: Floats, quantile: Floats) -> Floats:
    # equations (3) to (6)
    long = -2.0 * np.log10(10.0 ** (-5.0 * np.log10(f) - 12.5) + 10.0**-16.5)
    short = 32.98 + 23.9 * np.log10(d) + 3.0 * np.log10(f)
    a, b = 10.0 ** (-0.2 * long), 10.0 ** (-0.2 * short)
    return np.asarray(-5.0 * np.log10(a + b) - np.sqrt((16.0 * a + 36.0 * b) / (a + b)) * -quantile)


def terrestrial_loss(f: ArrayLike, distance: ArrayLike, locations: ArrayLike) -> Floats:
    """Clutter loss in dB not exceeded at ``locations`` per cent, one end below the clutter (P.2108 §3.2).

    ``f`` 0.5 to 67 GHz, ``distance`` 0.25 km and more; never above its own value at 2 km, same percentage.
    """
    require_range("P.2108 §3.2", "frequency", f, 0.5, 67.0, "GHz")
    require_range("P.2108 §3.2", "distance", distance, 0.25, 1e6, "km")
    require_range("P.2108 §3.2", "location percentage", locations, 1e-6, 100.0 - 1e-6, "%")
    fc, d = np.asarray(f, dtype=np.float64), np.asarray(distance, dtype=np.float64)
    quantile = inverse_normal(np.asarray(locations, dtype=np.float64) / 100.0)
    return np.minimum(_terrestrial(fc, d, quantile), _terrestrial(fc, np.asarray(2.0), quantile))


def elevated_path_loss(f: ArrayLike, elevation: ArrayLike, locations: ArrayLike) -> Floats:
    """Clutter loss in dB towards an aircraft or satellite (P.2108 §3.3, equation (7)).

    ``f`` 10 to 100 GHz, ``elevation`` 0 to 90 degrees, ``locations`` per cent of locations where it is not exceeded.
    """
    require_range("P.2108 §3.3", "frequency", f, 10.0, 100.0, "GHz")
    require_range("P.2108 §3.3", "elevation", elevation, 0.0, 90.0, "degrees")
    require_range("P.2108 §3.3", "location percentage", locations, 1e-6, 100.0 - 1e-6, "%")
    share = np.asarray(locations, dtype=np.float64) / 100.0
    theta = np.asarray(elevation, dtype=np.float64)
    k = 93.0 * np.asarray(f, dtype=np.float64) ** 0.175
    cotangent = 1.0 / np.tan(0.05 * (1.0 - theta / 90.0) + np.radians(theta))
    # At the zenith the tangent is infinite and the exponent 0: any positive base gives 1.
    base = np.maximum(-k * np.log(1.0 - share) * cotangent, 1e-300)
    return np.asarray(base ** (0.5 * (90.0 - theta) / 90.0) - 1.0 + 0.6 * inverse_normal(share))
