"""Short paths among streets and over roofs: ITU-R P.1411-12, for poles, small cells and millimetre waves.

Distances and heights in m, frequency in GHz, losses in dB. Site-general formulas need only the surroundings; the
site-specific ones need the street or the roofs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import OutOfRange, require_range

Surround = Literal["urban-high-rise", "urban-low-rise", "residential"]
_LAMBDA_GHZ = 0.2998


class SiteGeneral(NamedTuple):
    """Coefficients of L = 10α lg d + β + 10γ lg f, their deviation and stated range (P.1411-12 Table 4)."""

    alpha: float
    beta: float
    gamma: float
    deviation: float
    f: tuple[float, float]
    distance: tuple[float, float]


_LOS_BELOW = SiteGeneral(2.12, 29.2, 2.11, 5.06, (0.8, 82.0), (5.0, 660.0))
_BELOW: dict[tuple[Surround, bool], SiteGeneral] = {
    ("urban-high-rise", True): _LOS_BELOW,
    ("urban-low-rise", True): _LOS_BELOW,
    ("urban-high-rise", False): SiteGeneral(4.00, 10.2, 2.36, 7.60, (0.8, 82.0), (30.0, 715.0)),
    ("urban-low-rise", False): SiteGeneral(5.06, -4.68, 2.02, 9.33, (10.0, 73.0), (30.0, 250.0)),
    ("residential", False): SiteGeneral(3.01, 18.8, 2.07, 3.07, (0.8, 73.0), (30.0, 170.0)),
}
_LOS_ABOVE = SiteGeneral(2.29, 28.6, 1.96, 3.48, (2.2, 73.0), (55.0, 1200.0))
_ABOVE: dict[tuple[Surround, bool], SiteGeneral] = {
    ("urban-high-rise", True): _LOS_ABOVE,
    ("urban-low-rise", True): _LOS_ABOVE,
    ("urban-high-rise", False): SiteGeneral(4.39, -6.27, 2.30, 6.89, (2.2, 66.5), (260.0, 1200.0)),
}


def site_general(surround: Surround, los: bool, *, above_roof: bool) -> SiteGeneral:
    """Coefficients for surroundings: both ends below the roofs (§4.1.1) or one above (§4.2.1).

    OutOfRange where Table 4 has no row for the combination.
    """
    table = _ABOVE if above_roof else _BELOW
    if (surround, los) not in table:
        known = ", ".join(f"{name} {'LOS' if clear else 'NLOS'}" for name, clear in table)
        message = f"P.1411: no coefficients for {surround} {'LOS' if los else 'NLOS'}; there are {known}"
        raise OutOfRange(message)
    return table[surround, los]


def site_general_loss(
    surround: Surround, distance: ArrayLike, f: ArrayLike, los: bool, *, above_roof: bool = False
) -> NDArray[np.float64]:
    """Median basic transmission loss over the 3D ``distance`` (§4.1.1 and §4.2.1, equation (1))."""
    row = site_general(surround, los, above_roof=above_roof)
    require_range("P.1411", "distance", distance, *row.distance, "m")
    require_range("P.1411", "frequency", f, *row.f, "GHz")
    lg_d, lg_f = np.log10(np.asarray(distance, dtype=np.float64)), np.log10(np.asarray(f, dtype=np.float64))
    return np.asarray(10.0 * row.alpha * lg_d + row.beta + 10.0 * row.gamma * lg_f)


class Bounds(NamedTuple):
    """Median, lower and upper bound of the loss in a street, dB."""

    median: float
    lower: float
    upper: float


def _around_break_point(base: float, reach: float, d: float) -> Bounds:
    lg = math.log10(d / reach)
    if d <= reach:
        return Bounds(base + 6.0 + 20.0 * lg, base + 20.0 * lg, base + 20.0 + 25.0 * lg)
    return Bounds(base + 6.0 + 40.0 * lg, base + 40.0 * lg, base + 20.0 + 40.0 * lg)


def _two_ray(lam: float, d: float, h1: float, h2: float) -> Bounds:
    return _around_break_point(abs(20.0 * math.log10(lam**2 / (8.0 * math.pi * h1 * h2))), 4.0 * h1 * h2 / lam, d)


def canyon_los(distance: float, f: float, h1: float, h2: float, road_height: float = 0.0) -> Bounds:
    """Loss along one street in line of sight (§4.1.2), 0.3 to 15 GHz.

    Up to 3 GHz equations (3) to (8); above, the traffic's effective ``road_height`` (Tables 5 and 6) is taken off both
    antenna heights, equations (9) to (12).
    """
    require_range("P.1411 §4.1.2", "distance", distance, 1e-3, 1000.0, "m")
    require_range("P.1411 §4.1.2", "frequency", f, 0.3, 15.0, "GHz")
    require_range("P.1411 §4.1.2", "antenna height", [h1, h2], 1e-3, 1000.0, "m")
    lam = _LAMBDA_GHZ / f
    if f < 3.0:
        return _two_ray(lam, distance, h1, h2)
    if min(h1, h2) > road_height:
        return _two_ray(lam, distance, h1 - road_height, h2 - road_height)
    near = 20.0
    if distance < near:
        return _two_ray(lam, distance, h1, h2)
    base, lg = abs(20.0 * math.log10(lam / (2.0 * math.pi * near))), 30.0 * math.log10(distance / near)
    return Bounds(base + 6.0 + lg, base + lg, base + 20.0 + lg)


def canyon_los_millimetre(distance: float, f: float, exponent: float = 2.0, gas: float = 0.0) -> float:
    """Loss along one street in line of sight at 10 to 100 GHz (§4.1.2, equation (13)).

    ``exponent`` n by Table 7 (1.9 to 2.21); ``gas`` attenuation by atmospheric gases over the path, dB.
    """
    require_range("P.1411 §4.1.2", "distance", distance, 1e-3, 1000.0, "m")
    require_range("P.1411 §4.1.2", "frequency", f, 10.0, 100.0, "GHz")
    return 20.0 * math.log10(f * 1000.0) - 28.0 + 10.0 * exponent * math.log10(distance) + gas


@dataclass(frozen=True, slots=True)
class Corner:
    """A street corner between two terminals.

    ``x1``/``x2`` distances of the terminals from the crossing, ``w1``/``w2`` street widths at them, m; ``angle`` of the
    corner, radians.
    """

    x1: float
    x2: float
    w1: float
    w2: float
    angle: float = math.pi / 2.0


def canyon_corner(corner: Corner, f: float) -> float:
    """Loss around one corner, reflection and diffraction together (§4.1.3.1, equations (14) to (18)), 0.8 to 2 GHz."""
    require_range("P.1411 §4.1.3.1", "frequency", f, 0.8, 2.0, "GHz")
    require_range("P.1411 §4.1.3.1", "corner angle", corner.angle, 0.6, math.pi, "rad")
    require_range("P.1411 §4.1.3.1", "distance", [corner.x1, corner.x2], 1e-3, 1e5, "m")
    x1, x2, both = corner.x1, corner.x2, corner.x1 + corner.x2
    base = 20.0 * math.log10(4.0 * math.pi * f / _LAMBDA_GHZ)
    reflected = 20.0 * math.log10(both) + x1 * x2 * 3.86 / corner.angle**3.5 / (corner.w1 * corner.w2) + base
    turn = 20.0 / math.pi * (math.atan(x2 / corner.w2) + math.atan(x1 / corner.w1) - math.pi / 2.0)
    diffracted = 10.0 * math.log10(x1 * x2 * both) + 2.0 * turn - 0.1 * (90.0 - math.degrees(corner.angle)) + base
    return -10.0 * math.log10(10.0 ** (-reflected / 10.0) + 10.0 ** (-diffracted / 10.0))


def canyon_corner_high(corner: Corner, f: float, los_loss: float, *, residential: bool = False) -> float:
    """Loss around one right-angled, wedge-shaped corner at 2 to 38 GHz (§4.1.3.2, equations (19) to (22)).

    ``los_loss`` is the loss in dB along the first street over ``corner.x1`` (:func:`canyon_los`).
    """
    require_range("P.1411 §4.1.3.2", "frequency", f, 2.0, 38.0, "GHz")
    require_range("P.1411 §4.1.3.2", "distance to the crossing", corner.x1, 20.0, 1e5, "m")
    half, zone, drop = corner.w1 / 2.0, 30.0, 30.0 if residential else 20.0
    if corner.x2 <= half + 1.0:
        return los_loss
    if corner.x2 <= half + 1.0 + zone:
        return los_loss + drop / math.log10(1.0 + zone) * math.log10(corner.x2 - half)
    return los_loss + drop + 60.0 * math.log10((corner.x1 + corner.x2) / (corner.x1 + half + zone))


@dataclass(frozen=True, slots=True)
class Roofs:
    """Rows of buildings under a path: ``height`` h_r, ``extent`` l of the path over them, ``separation`` b, street
    ``width`` w2 at the lower terminal, all m; ``orientation`` φ of that street to the path, 0 to 90 degrees;
    ``metropolitan`` centre or medium-sized city.
    """

    height: float
    extent: float
    separation: float
    width: float
    orientation: float = 90.0
    metropolitan: bool = False


def _roof_to_street(f: float, h2: float, roofs: Roofs) -> float:
    # equations (25) to (27)
    phi = roofs.orientation
    if phi < 35.0:
        turn = -10.0 + 0.354 * phi
    elif phi < 55.0:
        turn = 2.5 + 0.075 * (phi - 35.0)
    else:
        turn = 4.0 - 0.114 * (phi - 55.0)
    return (
        -8.2 - 10.0 * math.log10(roofs.width) + 10.0 * math.log10(f * 1e3) + 20.0 * math.log10(roofs.height - h2) + turn
    )


def _screens_settled(f: float, d: float, h1: float, roofs: Roofs) -> float:
    # L1_msd, equations (36) to (40): the path over the roofs is longer than the settled field distance
    mhz, rise = f * 1e3, h1 - roofs.height
    high = mhz > 2000.0
    ka, kd, gain = (71.4 if high else 54.0), 18.0, 0.0
    if rise > 0.0:
        gain = -18.0 * math.log10(1.0 + rise)
    else:
        kd = 18.0 - 15.0 * rise / roofs.height
        ka = (73.0 if high else 54.0) - (0.8 * rise if d >= 500.0 else 1.6 * rise * d / 1000.0)
    kf = -8.0 if high else -4.0 + (1.5 if roofs.metropolitan else 0.7) * (mhz / 925.0 - 1.0)
    return gain + ka + kd * math.log10(d / 1000.0) + kf * math.log10(mhz) - 9.0 * math.log10(roofs.separation)


def _screens_unsettled(f: float, d: float, h1: float, roofs: Roofs) -> float:
    # L2_msd, equations (41) to (46)
    lam, b, rise = _LAMBDA_GHZ / f, roofs.separation, h1 - roofs.height
    upper = 10.0 ** (-math.log10(math.sqrt(b / lam)) - math.log10(d) / 9.0 + 10.0 / 9.0 * math.log10(b / 2.35))
    lower = (0.00023 * b * b - 0.1827 * b - 9.4978) / math.log10(f * 1e3) ** 2.938 + 0.000781 * b + 0.06923
    if rise > upper:
        q = 2.35 * (rise / d * math.sqrt(b / lam)) ** 0.9
    elif rise >= lower:
        q = b / d
    else:
        theta = math.atan(rise / b)
        q = b / (2.0 * math.pi * d) * math.sqrt(lam / math.hypot(rise, b))
        q *= 1.0 / theta - 1.0 / (2.0 * math.pi + theta)
    return -20.0 * math.log10(abs(q))


def _screens(f: float, d: float, h1: float, roofs: Roofs) -> float:
    # equations (28) to (35): the two cases joined about the break distance
    lam, rise = _LAMBDA_GHZ / f, abs(h1 - roofs.height)
    if rise == 0.0:
        return _screens_unsettled(f, d, h1, roofs)
    settled = roofs.extent > lam * d * d / rise**2
    at = rise * math.sqrt(roofs.extent / lam)
    upper, lower = _screens_settled(f, at, h1, roofs), _screens_unsettled(f, at, h1, roofs)
    middle, step = 0.5 * (upper + lower), upper - lower
    one, two = _screens_settled(f, d, h1, roofs), _screens_unsettled(f, d, h1, roofs)
    if step == 0.0:
        return two
    turn = math.tanh((math.log10(d) - math.log10(at)) / (0.1 if step > 0.0 else step * 0.0417))
    if step > 0.0:
        return middle - turn * (one - middle) if settled else middle + turn * (two - middle)
    return one - turn * (upper - middle) - upper + middle if settled else two + turn * (middle - lower) + middle - lower


def over_roofs(distance: float, f: float, h1: float, h2: float, roofs: Roofs) -> float:
    """Loss over rows of buildings of about one height down to the street (§4.2.2.1, equations (23) to (46)).

    ``f`` 0.8 to 26 GHz, ``distance`` 20 to 5000 m, ``h1`` 4 to 55 m, ``h2`` 1 to 3 m and below the roofs.
    """
    name = "P.1411 §4.2.2.1"
    require_range(name, "distance", distance, 20.0, 5000.0, "m")
    require_range(name, "frequency", f, 0.8, 26.0, "GHz")
    require_range(name, "upper antenna height", h1, 4.0, 55.0, "m")
    require_range(name, "lower antenna height", h2, 1.0, min(3.0, roofs.height - 1e-6), "m")
    require_range(name, "street orientation", roofs.orientation, 0.0, 90.0, "degrees")
    require_range(name, "building separation", [roofs.separation, roofs.width, roofs.extent], 1e-3, 1e5, "m")
    free = 32.4 + 20.0 * math.log10(distance / 1000.0) + 20.0 * math.log10(f * 1e3)
    return max(free + _roof_to_street(f, h2, roofs) + _screens(f, distance, h1, roofs), free)
