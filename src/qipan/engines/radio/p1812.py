"""Path-specific prediction for point-to-area terrestrial services: ITU-R P.1812-8, 30 MHz to 6 GHz, complete.

``predict`` is the exact mode: float64, one profile a path, every intermediate of the Recommendation returned under its
own symbol. ``closed_form`` is what follows once the geometry of a path is known; the city-wide mode calls it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .diffraction import bullington_loss, smooth_losses, smooth_profile_bullington
from .errors import OutOfRange, require_range
from .normal import inverse_complementary_normal
from .profiles import LAMBDA_GHZ, SEA, Geometry, Profile, profile_geometry, run_lengths

EARTH_RADIUS = 6371.0
_LG_50 = math.log10(50.0)
_LN_10 = math.log(10.0)
#: Exponents so far apart leave nothing of the smaller in a float64 sum.
_APART = 45.0
#: Effective Earth radius exceeded for β0 per cent of the time, km (equation (7b)).
RADIUS_BETA = 3.0 * EARTH_RADIUS


@dataclass(frozen=True, slots=True)
class Climate:
    """Radio climate at the path centre.

    ``dn`` lapse rate of refractivity over the lowest km, N-units/km (ΔN); ``n0`` refractivity at sea level, N-units;
    ``latitude`` of the path centre, degrees.
    """

    dn: float = 45.0
    n0: float = 325.0
    latitude: float = 45.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a path.

    ``f`` GHz; ``p`` per cent of time, 1 to 50; ``htg``/``hrg`` antennas above ground, m; ``dct``/``dcr``
    land distances to the coast, km; ``locations`` per cent and ``location_sd`` dB for location variability (§4.7);
    ``entry_loss``/``entry_sd`` median and deviation of building entry loss for an indoor receiver (§4.8);
    ``smooth`` which way L_bulls is taken: over the profile's points or without them (Attachment 4).
    """

    f: float
    p: float = 50.0
    htg: float = 25.0
    hrg: float = 1.5
    polarisation: Literal["horizontal", "vertical"] = "horizontal"
    dct: float = 500.0
    dcr: float = 500.0
    locations: float = 50.0
    location_sd: float = 0.0
    entry_loss: float = 0.0
    entry_sd: float = 0.0
    smooth: Literal["profile", "attachment-4"] = "profile"


class Refraction(NamedTuple):
    """Terms of a path's length, zones and climate alone, which paths of one length over one zone share.

    ``ae`` km, ``b0`` per cent, its ``lg_b0`` and ``ib0`` I(β0/100); ``sea`` part over water; ``lg_d`` lg d; ``alpha``
    of equation (55a), ``fade`` 1e-6·d^1.13 of (53a) and ``Fk``.
    """

    ae: float
    b0: float
    sea: float
    lg_b0: float
    ib0: float
    lg_d: float
    alpha: float
    fade: float
    Fk: float


class Band(NamedTuple):
    """Terms of frequency, time percentage and sea-level refractivity alone, taken once for many paths.

    ``f`` GHz, ``p`` per cent, ``lam`` m; ``lg_f`` lg f and ``third`` its cube root; ``lg_p`` lg p and ``ip`` I(p/100);
    ``scatter`` what equations (44) and (45) add to distance and angle, dB.
    """

    f: float
    p: float
    lam: float
    lg_f: float
    third: float
    lg_p: float
    ip: float
    scatter: float


class Diffraction(NamedTuple):
    """Bullington and spherical parts of delta-Bullington for the median and the β0 Earth radius, dB."""

    Lbulla50: float
    Lbulls50: float
    Ldsph50: float
    Lbullab: float
    Lbullsb: float
    Ldsphb: float


class Prediction(NamedTuple):
    """Result of P.1812 in dB, every step under its symbol; ``Lb`` is the answer (equation (69)).

    ``Fi``, ``Fj``, ``Fk`` interpolation factors; ``Lbfs`` free space; ``Lb0p``, ``Lb0b`` line of sight; ``Ld50``,
    ``Ldb``, ``Ldp`` diffraction loss, ``Ldsph50`` and ``Ldsphb`` its spherical part;
    ``Lbd50``, ``Lbd`` with diffraction; ``Lba`` ducting; ``Lbs`` troposcatter; ``Lbc`` median locations.
    """

    Fi: float
    Fj: float
    Fk: float
    Lbfs: float
    Lb0p: float
    Lb0b: float
    Ldsph50: float
    Ldsphb: float
    Ld50: float
    Ldb: float
    Ldp: float
    Lbd50: float
    Lbd: float
    Lminb0p: float
    Lba: float
    Lminbap: float
    Lbda: float
    Lbam: float
    Lbs: float
    Lbc: float
    Lb: float


# Powers are taken by one exponential and logarithms by the natural one, which cost a third of the general functions.
@njit(cache=True, error_model="numpy", inline="always")
def _lg(x: float) -> float:
    return math.log(x) / _LN_10


@njit(cache=True, error_model="numpy", inline="always")
def _power_of_10(x: float) -> float:
    return math.exp(_LN_10 * x)


@njit(cache=True, error_model="numpy", inline="always")
def _inland_factor(dlm: float) -> float:
    # equation (3) and (54a): τ
    return 1.0 - math.exp(-4.12e-4 * math.exp(2.41 * math.log(dlm))) if dlm > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def median_radius(dn: float) -> float:
    """Median effective Earth radius in km (equations (6) and (7a))."""
    return EARTH_RADIUS * 157.0 / (157.0 - dn)


@njit(cache=True, error_model="numpy")
def ducting_incidence(latitude: float, dtm: float, dlm: float) -> float:
    """Time percentage β0 of ducting at the path centre (§3.6, equations (2) to (5))."""
    tau = _inland_factor(dlm)
    land = _power_of_10(-dtm / (16.0 - 6.6 * tau)) + _power_of_10(-5.0 * (0.496 + 0.354 * tau))
    ln_mu1 = min(0.2 * math.log(land), 0.0)
    if abs(latitude) <= 70.0:
        lift = _LN_10 * (-0.015 * abs(latitude) + 1.67)
        return math.exp(lift + (1.0 - 0.935 + 0.0176 * abs(latitude)) * ln_mu1)
    return 4.17 * math.exp(1.3 * ln_mu1)


@njit(cache=True, error_model="numpy", inline="always")
def _falling(x: float) -> float:
    # 1 - (1 + tanh x)/2
    return 1.0 / (1.0 + math.exp(2.0 * x))


@njit(cache=True, error_model="numpy")
def refraction_at(ae: float, latitude: float, d: float, dtm: float, dlm: float, sea: float) -> Refraction:
    """Terms of a path of ``d`` km whose longest land and inland runs are ``dtm`` and ``dlm`` km (§3.6, §4.5, §4.6)."""
    b0, ln_d = ducting_incidence(latitude, dtm, dlm), math.log(d)
    alpha = max(-0.6 - 3.5e-9 * math.exp(3.1 * ln_d) * _inland_factor(dlm), -3.4)
    fk = _falling(3.0 * 0.5 * (d - 20.0) / 20.0)
    ib0 = inverse_complementary_normal(b0 / 100.0)
    return Refraction(ae, b0, sea, _lg(b0), ib0, ln_d / _LN_10, alpha, 1e-6 * math.exp(1.13 * ln_d), fk)


@njit(cache=True, error_model="numpy")
def band_of(f: float, p: float, n0: float) -> Band:
    """Terms of ``f`` GHz, ``p`` per cent of time and ``n0`` N-units that hold for every path."""
    lf = 25.0 * math.log10(f) - 2.5 * math.log10(f / 2.0) ** 2
    scatter = 190.1 + lf - 0.15 * n0 - 10.125 * math.log10(50.0 / p) ** 0.7
    ip = inverse_complementary_normal(p / 100.0)
    return Band(f, p, LAMBDA_GHZ / f, math.log10(f), f ** (1.0 / 3.0), math.log10(p), ip, scatter)


@njit(cache=True, error_model="numpy")
def _line_of_sight(g: Geometry, band: Band, lg_b0: float) -> tuple[float, float, float]:
    # equations (8) to (11): free space, and with multipath and focusing for p and β0 per cent of time
    slant = g.d**2 + ((g.hts - g.hrs) / 1000.0) ** 2
    free = 92.4 + 20.0 * band.lg_f + 10.0 * _lg(slant)
    focus = 2.6 * (1.0 - math.exp(-0.1 * (g.dlt + g.dlr)))
    return free, free + focus * (band.lg_p - _LG_50), free + focus * (lg_b0 - _LG_50)


@njit(cache=True, error_model="numpy")
def troposcatter_loss(lg_d: float, theta: float, band: Band) -> float:
    """Basic transmission loss by tropospheric scatter, dB (§4.4, equations (44) and (45)); ``lg_d`` lg of km."""
    return band.scatter + 20.0 * lg_d + 0.573 * theta


@njit(cache=True, error_model="numpy")
def _site_shielding(theta: float, horizon: float, band: Band) -> float:
    # equations (48) and (48a)
    excess = theta - 0.1 * horizon
    if excess <= 0.0:
        return 0.0
    edge = 20.0 * _lg(1.0 + 0.361 * excess * math.sqrt(band.f * horizon))
    return edge + 0.264 * excess * band.third


@njit(cache=True, error_model="numpy")
def _coupling(coast: float, horizon: float, height: float, sea: float) -> float:
    # equations (49) and (49a): over-sea surface duct coupling of one terminal
    if sea >= 0.75 and coast <= horizon and coast <= 5.0:
        return -3.0 * math.exp(-0.25 * coast * coast) * (1.0 + math.tanh(0.07 * (50.0 - height)))
    return 0.0


@njit(cache=True, error_model="numpy")
def _ducting_exponent(g: Geometry, r: Refraction) -> float:
    # equations (54) to (56a): β, the time percentage corrected for geometry and roughness
    rise = 500.0 / r.ae * g.d**2 / (math.sqrt(g.hte) + math.sqrt(g.hre)) ** 2
    mu2 = min(math.exp(r.alpha * math.log(rise)), 1.0)
    mu3 = 1.0
    if g.hm > 10.0:
        mu3 = math.exp(-4.6e-5 * (g.hm - 10.0) * (43.0 + 6.0 * min(g.d - g.dlt - g.dlr, 40.0)))
    # A path rough enough to underflow has no ducting; the floor keeps its logarithm finite.
    return float(max(r.b0 * mu2 * mu3, 1e-300))


@njit(cache=True, error_model="numpy")
def ducting_loss(g: Geometry, r: Refraction, band: Band, dct: float, dcr: float) -> float:
    """Basic transmission loss by ducting and layer reflection, dB (§4.5, equations (46) to (56))."""
    f = band.f
    alf = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    fixed = 102.45 + 20.0 * band.lg_f + 20.0 * _lg(g.dlt + g.dlr) + alf
    fixed += _site_shielding(g.theta_t, g.dlt, band) + _site_shielding(g.theta_r, g.dlr, band)
    fixed += _coupling(dct, g.dlt, g.hts, r.sea) + _coupling(dcr, g.dlr, g.hrs, r.sea)
    theta = 1000.0 * g.d / r.ae + min(g.theta_t, 0.1 * g.dlt) + min(g.theta_r, 0.1 * g.dlr)
    beta = _ducting_exponent(g, r)
    lg = _lg(beta)
    fall = (9.51 - 4.8 * lg + 0.198 * lg**2) * r.fade
    gamma = 1.076 * math.exp(-1.012 * math.log(2.0058 - lg) - fall)
    variable = -12.0 + (1.2 + 3.7e-3 * g.d) * (band.lg_p - lg) + 12.0 * _power_of_10((band.lg_p - lg) * gamma)
    return float(fixed + 5e-5 * r.ae * band.third * theta + variable)


@njit(cache=True, error_model="numpy")
def _time_factor(band: Band, r: Refraction) -> float:
    # equation (40)
    return 1.0 if band.p <= r.b0 else band.ip / r.ib0


@njit(cache=True, error_model="numpy")
def _least_of(a: float, b: float, scale: float) -> float:
    # scale·ln(exp(a/scale) + exp(b/scale)) without overflow
    apart = abs(a - b) / scale
    return max(a, b) + scale * math.log1p(math.exp(-apart)) if apart < _APART else max(a, b)


@njit(cache=True, error_model="numpy")
def closed_form(
    g: Geometry,
    r: Refraction,
    diffraction: Diffraction,
    band: Band,
    vertical: bool,
    dct: float,
    dcr: float,
    location_loss: float,
) -> Prediction:
    """Everything of P.1812 §4 that follows from a path's geometry and its Bullington losses (equations (8) to (69)).

    ``location_loss`` dB is added for location variability and building entry. At p = 50 % the β0 terms of
    ``diffraction`` are not used.
    """
    p, parts = band.p, diffraction
    lbfs, lb0p, lb0b = _line_of_sight(g, band, r.lg_b0)
    ld50 = parts.Lbulla50 + max(parts.Ldsph50 - parts.Lbulls50, 0.0)
    ldb, fi, ldp = ld50, _time_factor(band, r), ld50
    if p < 50.0:
        ldb = parts.Lbullab + max(parts.Ldsphb - parts.Lbullsb, 0.0)
        ldp = ld50 + fi * (ldb - ld50)
    lbd50, lbd = lbfs + ld50, lb0p + ldp
    lminb0p = lb0p + (1.0 - r.sea) * ldp
    if p >= r.b0:
        lminb0p = lbd50 + (lb0b + (1.0 - r.sea) * ldp - lbd50) * fi
    lba = ducting_loss(g, r, band, dct, dcr)
    lminbap = _least_of(lba, lb0p, 2.5)
    fj = _falling(3.0 * 0.8 * (g.theta - 0.3) / 0.3)
    lbda = lminbap + (lbd - lminbap) * r.Fk if lminbap <= lbd else lbd
    lbam = lbda + (lminb0p - lbda) * fj
    lbs = troposcatter_loss(r.lg_d, g.theta, band)
    lbc = -_least_of(-lbs, -lbam, 5.0 / _LN_10)
    lb = max(lb0p, lbc + location_loss)
    return Prediction(
        fi, fj, r.Fk, lbfs, lb0p, lb0b, parts.Ldsph50, parts.Ldsphb, ld50, ldb, ldp, lbd50, lbd,
        lminb0p, lba, lminbap, lbda, lbam, lbs, lbc, lb,
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _parts_of_profile(
    d: NDArray[np.float64], tops: NDArray[np.float64], g: Geometry, radius: float, sea: float, band: Band,
    vertical: bool, by_profile: bool,
) -> tuple[float, float, float]:  # fmt: skip
    # equation (21) for the actual profile and for the smooth one (§4.3.4), and the spherical Earth
    actual = bullington_loss(d, tops, g.hts, g.hrs, radius, band.lam)
    hte, hre = g.hts - g.hstd, g.hrs - g.hsrd
    smooth, sphere = smooth_losses(g.d, hte, hre, radius, band.f, band.lam, sea, vertical)
    if by_profile:
        smooth = smooth_profile_bullington(d, hte, hre, radius, band.lam)
    return actual, smooth, sphere


@njit(cache=True, error_model="numpy")
def diffraction_of_profile(
    d: NDArray[np.float64], tops: NDArray[np.float64], g: Geometry, r: Refraction, band: Band, vertical: bool,
    by_profile: bool,
) -> Diffraction:  # fmt: skip
    """Parts of a profile's diffraction loss for the median Earth radius and, below p = 50 %, for the β0 one."""
    actual, smooth, sphere = _parts_of_profile(d, tops, g, r.ae, r.sea, band, vertical, by_profile)
    if band.p >= 50.0:
        return Diffraction(actual, smooth, sphere, actual, smooth, sphere)
    beta = _parts_of_profile(d, tops, g, RADIUS_BETA, r.sea, band, vertical, by_profile)
    return Diffraction(actual, smooth, sphere, beta[0], beta[1], beta[2])


def location_deviation(f: float, resolution: float, height: float, clutter: float) -> float:
    """Standard deviation of location variability in dB (§4.7, equations (64) to (66)).

    ``f`` GHz, ``resolution`` width in m of the square the variability applies to, ``height`` of the receiver above
    ground and ``clutter`` representative clutter height, both m.
    """
    shelter = min(max(1.0 - (height - clutter) / 10.0, 0.0), 1.0)
    return float((0.52 + 0.024 * f) * resolution**0.28 * shelter)


def _location_loss(request: Request, at_sea: bool) -> float:
    # equations (67) and (68): nothing at sea, both deviations together indoors
    if at_sea:
        return 0.0
    deviation = math.hypot(request.location_sd, request.entry_sd)
    return request.entry_loss - float(inverse_complementary_normal(request.locations / 100.0)) * deviation


def require_request(request: Request) -> None:
    """Refuse a request outside the stated range of P.1812-8 (§3.1, Table 1), with OutOfRange."""
    require_range("P.1812", "frequency", request.f, 0.03, 6.0, "GHz")
    require_range("P.1812", "time percentage", request.p, 1.0, 50.0, "%")
    require_range("P.1812", "transmitter height", request.htg, 1.0, 3000.0, "m")
    require_range("P.1812", "receiver height", request.hrg, 1.0, 3000.0, "m")
    require_range("P.1812", "location percentage", request.locations, 1.0, 99.0, "%")
    require_range("P.1812", "location deviation", request.location_sd, 0.0, 100.0, "dB")
    if request.polarisation not in ("horizontal", "vertical"):
        message = f"P.1812: polarisation {request.polarisation!r} is neither 'horizontal' nor 'vertical'"
        raise OutOfRange(message)


def refraction_of(profile: Profile, climate: Climate) -> Refraction:
    """Radio-meteorological terms of a profile (§3.3 to §3.7)."""
    dtm, dlm, sea = run_lengths(profile.distance, profile.zone)
    return Refraction(*refraction_at(median_radius(climate.dn), climate.latitude, profile.distance[-1], dtm, dlm, sea))


def predict(profile: Profile, request: Request, climate: Climate | None = None) -> Prediction:
    """Basic transmission loss not exceeded for p % of time and the given share of locations (P.1812-8 §4).

    Exact: float64 and the profile's own points. Raises OutOfRange for a request outside the Recommendation's range.
    """
    require_request(request)
    climate = climate or Climate()
    refraction = refraction_of(profile, climate)
    d = profile.distance
    geometry = profile_geometry(d, profile.terrain, request.htg, request.hrg, refraction.ae, request.f)
    dct = 0.0 if profile.zone[0] == SEA else request.dct
    dcr = 0.0 if profile.zone[-1] == SEA else request.dcr
    vertical = request.polarisation == "vertical"
    loss = _location_loss(request, bool(profile.zone[-1] == SEA))
    band = band_of(request.f, request.p, climate.n0)
    by_profile = request.smooth == "profile"
    diffraction = diffraction_of_profile(d, profile.tops, geometry, refraction, band, vertical, by_profile)
    return Prediction(*closed_form(geometry, refraction, diffraction, band, vertical, dct, dcr, loss))


def field_strength(loss: float, f: float, kilowatts: float = 1.0) -> float:
    """Field strength in dB(µV/m) of a transmitter of so many kW e.r.p. over a path loss (equation (70))."""
    return 199.36 + 20.0 * math.log10(f) - loss + 10.0 * math.log10(kilowatts)
