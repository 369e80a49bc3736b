"""Path profiles and what ITU-R P.1812-8 derives from them (§3 and Attachment 1 to Annex 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from .diffraction import highest_edge
from .errors import BadProfile
from .ranks import LEAST, rank, ranked

SEA, COASTAL, INLAND = 1, 3, 4
#: Wavelength times frequency in m·GHz as P.1812 and P.2001 round it.
LAMBDA_GHZ = 0.2998


@dataclass(frozen=True, slots=True)
class Profile:
    """Terrain between two terminals.

    ``distance`` km from the transmitter, ascending from 0; ``terrain`` m above sea level; ``tops`` m above sea level of
    the terrain with what stands on it, equal to the terrain at both ends; ``zone`` 1 sea, 3 coastal land, 4 inland.
    Made by :meth:`with_clutter` or :meth:`with_surface`; BadProfile when the arrays cannot be one.
    """

    distance: NDArray[np.float64]
    terrain: NDArray[np.float64]
    tops: NDArray[np.float64]
    zone: NDArray[np.int64]

    @classmethod
    def with_clutter(
        cls, distance: ArrayLike, terrain: ArrayLike, clutter: ArrayLike = 0.0, zone: ArrayLike = INLAND
    ) -> Profile:
        """Profile with representative clutter heights in m added to the terrain (P.1812 §3.2.1, equation (1))."""
        terrain = np.asarray(terrain, dtype=np.float64)
        return cls.with_surface(distance, terrain, terrain + np.asarray(clutter, dtype=np.float64), zone)

    @classmethod
    def with_surface(
        cls, distance: ArrayLike, terrain: ArrayLike, surface: ArrayLike, zone: ArrayLike = INLAND
    ) -> Profile:
        """Profile with a surface model in m above sea level (P.1812 §3.2.2)."""
        d = np.ascontiguousarray(distance, dtype=np.float64)
        h = np.ascontiguousarray(terrain, dtype=np.float64)
        tops = np.array(surface, dtype=np.float64)
        zones = np.ascontiguousarray(np.broadcast_to(np.asarray(zone, dtype=np.int64), d.shape))
        _require_profile(d, h, tops, zones)
        tops[0], tops[-1] = h[0], h[-1]
        return cls(d, h, tops, zones)


def _require_profile(
    d: NDArray[np.float64], h: NDArray[np.float64], tops: NDArray[np.float64], zone: NDArray[np.int64]
) -> None:
    message = ""
    if d.ndim != 1 or d.size < 5:
        message = f"profile: {d.size} points are too few, a path needs at least 5"
    elif h.shape != d.shape or tops.shape != d.shape:
        message = f"profile: {d.size} distances but {h.size} terrain and {tops.size} surface heights"
    elif d[0] != 0.0 or not np.all(np.diff(d) > 0.0):
        message = f"profile: distances must start at 0 km and ascend, but start at {d[0]:g} km or repeat"
    elif not (np.isfinite(h).all() and np.isfinite(tops).all()):
        position = int(np.flatnonzero(~(np.isfinite(h) & np.isfinite(tops)))[0])
        message = f"profile: height at point {position} is not a number; fill the terrain there first"
    elif not np.isin(zone, (SEA, COASTAL, INLAND)).all():
        message = "profile: radio-climatic zones must be 1 (sea), 3 (coastal land) or 4 (inland)"
    if message:
        raise BadProfile(message)


class Geometry(NamedTuple):
    """What the closed form of P.1812 needs of a path, whatever it was taken from. km, m and mrad.

    Symbols as in the Recommendation: ``d`` path length, ``hts``/``hrs`` antennas above sea level, ``dlt``/``dlr``
    horizon distances, ``theta_t``/``theta_r``/``theta`` horizon elevations and angular distance, ``hstd``/``hsrd``
    smooth surface for diffraction, ``hte``/``hre`` effective heights for ducting, ``hm`` roughness; ``hst``/``hsr``
    least-squares surface (equations (87), (88)) before and ``hst_low``/``hsr_low`` after it is held to the terrain.
    """

    d: float
    hts: float
    hrs: float
    dlt: float
    dlr: float
    theta_t: float
    theta_r: float
    theta: float
    hst: float
    hsr: float
    hst_low: float
    hsr_low: float
    hstd: float
    hsrd: float
    hte: float
    hre: float
    hm: float


@njit(cache=True, error_model="numpy")
def run_lengths(d: NDArray[np.float64], zone: NDArray[np.int64]) -> tuple[float, float, float]:
    """Longest land run dtm, longest inland run dlm (both km) and the part of the path over sea (P.1812 §3.3, §3.6).

    A point stands for the halves of the intervals on its two sides.
    """
    longest_land = longest_inland = land = inland = sea = 0.0
    last = d.size - 1
    for i in range(d.size):
        length = 0.5 * (d[min(i + 1, last)] - d[max(i - 1, 0)])
        land = land + length if zone[i] != SEA else 0.0
        inland = inland + length if zone[i] == INLAND else 0.0
        sea += length if zone[i] == SEA else 0.0
        longest_land, longest_inland = max(longest_land, land), max(longest_inland, inland)
    return longest_land, longest_inland, sea / d[last]


# Sums may be taken in any order, and so become vector code; it changes their last places alone.
@njit(cache=True, error_model="numpy", fastmath={"reassoc", "nsz"})
def least_squares_surface(d: NDArray[np.float64], h: NDArray[np.float64]) -> tuple[float, float]:
    """Smooth-Earth surface at the two ends, m above sea level (Attachment 1 §5.6.1, equations (85) to (88))."""
    v1 = v2 = 0.0
    for i in range(1, d.size):
        step = d[i] - d[i - 1]
        v1 += step * (h[i] + h[i - 1])
        v2 += step * (h[i] * (2.0 * d[i] + d[i - 1]) + h[i - 1] * (d[i] + 2.0 * d[i - 1]))
    total = d[-1]
    return (2.0 * v1 * total - v2) / total**2, (v2 - v1 * total) / total**2


@njit(cache=True, error_model="numpy")
def lowered_surface(
    hst: float, hsr: float, hobs: float, alpha_t: float, alpha_r: float, first: float, last: float
) -> tuple[float, float]:
    """Smooth surface for the diffraction model from the highest obstruction (equations (90) and (91))."""
    if hobs > 0.0:
        hst, hsr = hst - hobs * alpha_t / (alpha_t + alpha_r), hsr - hobs * alpha_r / (alpha_t + alpha_r)
    return min(hst, first), min(hsr, last)


@njit(cache=True, error_model="numpy")
def diffraction_surface(
    d: NDArray[np.float64], h: NDArray[np.float64], hts: float, hrs: float, hst: float, hsr: float
) -> tuple[float, float]:
    """Smooth surface at the two ends for the diffraction model (Attachment 1 §5.6.2, equations (89) to (91))."""
    total = d[-1]
    slope = (hrs - hts) / total
    highest = ahead = behind = LEAST
    for i in range(1, d.size - 1):
        highest = max(highest, rank(h[i] - hts - slope * d[i]))
    hobs = ranked(highest)
    # without an obstruction its slopes are not used
    if hobs > 0.0:
        for i in range(1, d.size - 1):
            above = h[i] - hts - slope * d[i]
            ahead, behind = max(ahead, rank(above / d[i])), max(behind, rank(above / (total - d[i])))
    return lowered_surface(hst, hsr, hobs, ranked(ahead), ranked(behind), h[0], h[-1])


@njit(cache=True, error_model="numpy")
def elevation(rise: float, d: float, ae: float) -> float:
    """Elevation in mrad of a point ``rise`` m higher at ``d`` km over an Earth of radius ``ae`` (equation (77))."""
    return 1000.0 * math.atan(rise / (1000.0 * d) - d / (2.0 * ae))


@njit(cache=True, error_model="numpy", inline="always")
def _slope(rise: float, d: float, ae: float) -> float:
    # tangent of an elevation; it grows as the angle does, so that angles are compared without arctangents
    return rise / (1000.0 * d) - d / (2.0 * ae)


@njit(cache=True, error_model="numpy")
def _steepest_ahead(d: NDArray[np.float64], h: NDArray[np.float64], hts: float, ae: float) -> float:
    steepest = LEAST
    for i in range(1, d.size - 1):
        steepest = max(steepest, rank(_slope(h[i] - hts, d[i], ae)))
    return ranked(steepest)


@njit(cache=True, error_model="numpy")
def _steepest_behind(d: NDArray[np.float64], h: NDArray[np.float64], hrs: float, ae: float) -> float:
    total, steepest = d[-1], LEAST
    for i in range(1, d.size - 1):
        steepest = max(steepest, rank(_slope(h[i] - hrs, total - d[i], ae)))
    return ranked(steepest)


@njit(cache=True, error_model="numpy")
def _horizons(
    d: NDArray[np.float64], h: NDArray[np.float64], hts: float, hrs: float, ae: float, lam: float
) -> tuple[float, float, int, int]:
    # equations (76) to (83): elevations of the two horizons and the profile points that make them
    total, last = d[-1], d.size - 1
    ahead, direct = _steepest_ahead(d, h, hts, ae), _slope(hrs - hts, total, ae)
    if ahead <= direct:
        point = highest_edge(d, h, hts, hrs, ae, lam)[1]
        return 1000.0 * math.atan(direct), elevation(hts - hrs, total, ae), point, point
    behind = _steepest_behind(d, h, hrs, ae)
    lt, lr = 1, last - 1
    while lt < last - 1 and _slope(h[lt] - hts, d[lt], ae) < ahead:
        lt += 1
    while lr > 1 and _slope(h[lr] - hrs, total - d[lr], ae) < behind:
        lr -= 1
    return 1000.0 * math.atan(ahead), 1000.0 * math.atan(behind), lt, lr


@njit(cache=True, error_model="numpy")
def profile_geometry(
    d: NDArray[np.float64], h: NDArray[np.float64], htg: float, hrg: float, ae: float, f: float
) -> Geometry:
    """Everything of Attachment 1 to Annex 1 for one terrain profile; antennas in m above ground, ``ae`` in km."""
    total = d[-1]
    hts, hrs = h[0] + htg, h[-1] + hrg
    theta_t, theta_r, lt, lr = _horizons(d, h, hts, hrs, ae, LAMBDA_GHZ / f)
    theta = 1000.0 * total / ae + theta_t + theta_r
    hst, hsr = least_squares_surface(d, h)
    hstd, hsrd = diffraction_surface(d, h, hts, hrs, hst, hsr)
    hst_low, hsr_low = min(hst, h[0]), min(hsr, h[-1])
    slope = (hsr_low - hst_low) / total
    rough = LEAST
    for i in range(lt, lr + 1):
        rough = max(rough, rank(h[i] - (hst_low + slope * d[i])))
    dlt, dlr = d[lt], total - d[lr]
    hte, hre = hts - hst_low, hrs - hsr_low
    return Geometry(
        total, hts, hrs, dlt, dlr, theta_t, theta_r, theta,
        hst, hsr, hst_low, hsr_low, hstd, hsrd, hte, hre, ranked(rough),
    )  # fmt: skip


def midpoint(
    tx_longitude: float, tx_latitude: float, rx_longitude: float, rx_latitude: float, distance: float
) -> tuple[float, float]:
    """Longitude and latitude of the great-circle path ``distance``/2 km from the transmitter.

    Angles in degrees; ITU-R P.2001 Attachment H, equations (H.2.1) to (H.3.5), on a sphere of 6371 km.
    """
    t, r = math.radians(tx_latitude), math.radians(rx_latitude)
    dlon = math.radians(rx_longitude - tx_longitude)
    cos_arc = math.sin(t) * math.sin(r) + math.cos(t) * math.cos(r) * math.cos(dlon)
    bearing = math.atan2(math.cos(t) * math.cos(r) * math.sin(dlon), math.sin(r) - cos_arc * math.sin(t))
    arc = 0.5 * distance / 6371.0
    s = math.sin(t) * math.cos(arc) + math.cos(t) * math.sin(arc) * math.cos(bearing)
    shift = math.atan2(math.cos(t) * math.sin(arc) * math.sin(bearing), math.cos(arc) - s * math.sin(t))
    return tx_longitude + math.degrees(shift), math.degrees(math.asin(s))
