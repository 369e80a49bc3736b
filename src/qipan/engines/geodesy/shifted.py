"""The shifted coordinates of Chinese public maps: GCJ-02 (surveying bureau's encryption) and BD-09 (Baidu's on top).

Neither has an official published formula; these are the ones that are in public use and that agree with the map
services to the last digit they print. Inside China GCJ-02 differs from WGS 84 by 50 m to 700 m; outside the box of
longitude 72.004° … 137.8347° and latitude 0.8293° … 55.8271° it is WGS 84 itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_SEMI_MAJOR_AXIS = 6378245.0
"""Krasovsky 1940, metres."""
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_STEP = np.pi * 3000.0 / 180.0
_CLOSE_ENOUGH = 1e-12
_MOST_STEPS = 30


def wgs84_to_gcj02(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """Return GCJ-02 longitude and latitude, degrees, of WGS 84 positions of shape (n,)."""
    longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    x, y = longitude - 105.0, latitude - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    angle = np.radians(latitude)
    bend = 1.0 - _ECCENTRICITY_SQUARED * np.sin(angle) ** 2
    meridian = _SEMI_MAJOR_AXIS * (1.0 - _ECCENTRICITY_SQUARED) / (bend * np.sqrt(bend))
    parallel = _SEMI_MAJOR_AXIS / np.sqrt(bend) * np.cos(angle)
    inside = _in_china(longitude, latitude)
    return (
        np.where(inside, longitude + np.degrees(east / parallel), longitude),
        np.where(inside, latitude + np.degrees(north / meridian), latitude),
    )


def gcj02_to_wgs84(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """Return WGS 84 positions of GCJ-02 ones of shape (n,), by iteration to better than 1e-9 degrees."""
    return _inverse(wgs84_to_gcj02, longitude, latitude)


def gcj02_to_bd09(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """Return BD-09 longitude and latitude, degrees, of GCJ-02 positions of shape (n,)."""
    x, y = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_STEP)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_STEP)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """Return GCJ-02 positions of BD-09 ones of shape (n,), by iteration to better than 1e-9 degrees."""
    return _inverse(gcj02_to_bd09, longitude, latitude)


def _in_china(longitude: Degrees, latitude: Degrees) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        (longitude >= 72.004) & (longitude <= 137.8347) & (latitude >= 0.8293) & (latitude <= 55.8271)
    )
    return inside


def _inverse(shift: _Shift, longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    """Solve ``shift(x, y) = (longitude, latitude)``: the shift varies so slowly that each step gains two digits."""
    x = goal_x = np.asarray(longitude, np.float64)
    y = goal_y = np.asarray(latitude, np.float64)
    for _ in range(_MOST_STEPS):
        shifted_x, shifted_y = shift(x, y)
        miss_x, miss_y = goal_x - shifted_x, goal_y - shifted_y
        x, y = x + miss_x, y + miss_y
        miss = np.fmax(np.abs(miss_x), np.abs(miss_y))
        if not (miss > _CLOSE_ENOUGH).any():
            break
    return x, y
