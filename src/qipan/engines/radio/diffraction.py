"""Diffraction: knife edge, Bullington, spherical Earth and delta-Bullington.

ITU-R P.526 describes the methods and ITU-R P.1812-8 §4.3 repeats them; equation numbers are those of P.1812. Every
function takes scalars or one profile and is compiled, so that the exact and the fast modes share one text.

Distances in km, heights in m above sea level, frequency in GHz, wavelength in m, losses in dB. A profile is a pair of
arrays ``d`` (ascending, from 0) and ``g`` (heights), n ≥ 3 points, its first and last point the terminals.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .ranks import LEAST, MOST, rank, ranked

_LAND_PERMITTIVITY, _LAND_CONDUCTIVITY = 22.0, 0.003
_SEA_PERMITTIVITY, _SEA_CONDUCTIVITY = 80.0, 5.0


@njit(cache=True, error_model="numpy")
def knife_edge_loss(nu: float) -> float:
    """Loss J(ν) of one knife edge: zero up to ν = -0.78 (P.526 equation (31), P.1812 equation (12))."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@njit(cache=True, error_model="numpy")
def bullington_from_edge(nu: float, d: float) -> float:
    """Bullington loss of a path of ``d`` km whose equivalent edge has parameter ``nu`` (equation (21))."""
    edge = knife_edge_loss(nu)
    if edge == 0.0:
        return 0.0
    return edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * d)


@njit(cache=True, error_model="numpy")
def steepest_from_transmitter(d: NDArray[np.float64], g: NDArray[np.float64], hts: float, ap: float) -> float:
    """Highest slope S_tim in m/km from the transmitter to an intermediate point (equation (13))."""
    total, steepest = d[-1], LEAST
    curve = 500.0 / ap
    for i in range(1, d.size - 1):
        steepest = max(steepest, rank((g[i] + curve * d[i] * (total - d[i]) - hts) / d[i]))
    return ranked(steepest)


@njit(cache=True, error_model="numpy")
def steepest_from_receiver(d: NDArray[np.float64], g: NDArray[np.float64], hrs: float, ap: float) -> float:
    """Highest slope S_rim in m/km from the receiver to an intermediate point (equation (17))."""
    total, steepest = d[-1], LEAST
    curve = 500.0 / ap
    for i in range(1, d.size - 1):
        steepest = max(steepest, rank((g[i] + curve * d[i] * (total - d[i]) - hrs) / (total - d[i])))
    return ranked(steepest)


@njit(cache=True, error_model="numpy", inline="always")
def _nearness(d: float, g: float, total: float, curve: float, slope: float, hts: float) -> float:
    # on a clear path every point lies below the line, so the highest ν has the least clearance²/(d1·d2)
    rest = d * (total - d)
    clearance = g + curve * rest - hts - slope * d
    return clearance * clearance / rest


@njit(cache=True, error_model="numpy")
def _clear_edge(d: NDArray[np.float64], g: NDArray[np.float64], hts: float, hrs: float, ap: float) -> float:
    total, least = d[-1], MOST
    curve, slope = 500.0 / ap, (hrs - hts) / total
    for i in range(1, d.size - 1):
        least = min(least, rank(_nearness(d[i], g[i], total, curve, slope, hts)))
    return ranked(least)


@njit(cache=True, error_model="numpy")
def highest_edge(
    d: NDArray[np.float64], g: NDArray[np.float64], hts: float, hrs: float, ap: float, lam: float
) -> tuple[float, int]:
    """Highest diffraction parameter of a clear path's points and the last index that has it (equation (15))."""
    total, least, where = d[-1], _clear_edge(d, g, hts, hrs, ap), d.size - 2
    curve, slope = 500.0 / ap, (hrs - hts) / total
    while where > 1 and _nearness(d[where], g[where], total, curve, slope, hts) > least:
        where -= 1
    return -math.sqrt(least * 0.002 * total / lam), where


@njit(cache=True, error_model="numpy")
def edge_of_slopes(stim: float, srim: float, hts: float, hrs: float, d: float, lam: float) -> float:
    """Diffraction parameter of the Bullington point where two horizon slopes meet (equations (18) to (20))."""
    at = (hrs - hts + srim * d) / (stim + srim)
    above = hts + stim * at - (hts * (d - at) + hrs * at) / d
    return above * math.sqrt(0.002 * d / (lam * at * (d - at)))


@njit(cache=True, error_model="numpy")
def bullington_edge(
    d: NDArray[np.float64], g: NDArray[np.float64], hts: float, hrs: float, ap: float, lam: float
) -> float:
    """Parameter ν of the one edge that stands for the whole profile (equations (13) to (20))."""
    stim = steepest_from_transmitter(d, g, hts, ap)
    if stim < (hrs - hts) / d[-1]:
        return -math.sqrt(_clear_edge(d, g, hts, hrs, ap) * 0.002 * d[-1] / lam)
    srim = steepest_from_receiver(d, g, hrs, ap)
    return edge_of_slopes(stim, srim, hts, hrs, d[-1], lam)


@njit(cache=True, error_model="numpy")
def bullington_loss(
    d: NDArray[np.float64], g: NDArray[np.float64], hts: float, hrs: float, ap: float, lam: float
) -> float:
    """Bullington diffraction loss of a profile (P.526 §4.5.1, P.1812 §4.3.1).

    ``hts`` and ``hrs`` are the antennas above sea level and ``ap`` the effective Earth radius in km.
    """
    return bullington_from_edge(bullington_edge(d, g, hts, hrs, ap, lam), d[-1])


@njit(cache=True, error_model="numpy")
def _smallest_clearance(d: float, hte: float, hre: float, ap: float) -> tuple[float, float]:
    # equations (23) to (24e): clearance of the ray over a smooth Earth, and its distance from the transmitter
    c = (hte - hre) / (hte + hre)
    m = 250.0 * d * d / (ap * (hte + hre))
    inner = 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)
    turn = math.acos(min(max(inner, -1.0), 1.0))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + turn / 3.0)
    d1 = 0.5 * d * (1.0 + b)
    d2 = d - d1
    return ((hte - 500.0 * d1 * d1 / ap) * d2 + (hre - 500.0 * d2 * d2 / ap) * d1) / d, d1


@njit(cache=True, error_model="numpy")
def _horizon_of(hte: float, hre: float, ap: float) -> float:
    # marginal distance in km of a smooth path (equation (22))
    return math.sqrt(2.0 * ap) * (math.sqrt(0.001 * hte) + math.sqrt(0.001 * hre))


@njit(cache=True, error_model="numpy")
def _smooth_bullington_within(d: float, clearance: float, d1: float, lam: float) -> float:
    # equations (105) to (108) and (21): nearer than the marginal distance
    return bullington_from_edge(-clearance * math.sqrt(0.002 * d / (lam * d1 * (d - d1))), d)


@njit(cache=True, error_model="numpy")
def _smooth_bullington_beyond(d: float, hte: float, hre: float, ap: float, lam: float) -> float:
    # equations (109) to (112) and (21)
    curve = 500.0 / ap
    stm = curve * d - 2.0 * math.sqrt(curve * hte)
    srm = curve * d - 2.0 * math.sqrt(curve * hre)
    return bullington_from_edge(edge_of_slopes(stm, srm, hte, hre, d, lam), d)


@njit(cache=True, error_model="numpy")
def smooth_bullington_loss(d: float, hte: float, hre: float, ap: float, lam: float) -> float:
    """Bullington loss of a smooth path without a profile (P.1812 Attachment 4, equations (105) to (112))."""
    if d < _horizon_of(hte, hre, ap):
        clearance, d1 = _smallest_clearance(d, hte, hre, ap)
        return _smooth_bullington_within(d, clearance, d1, lam)
    return _smooth_bullington_beyond(d, hte, hre, ap, lam)


@njit(cache=True, error_model="numpy")
def _height_gain(b: float, k: float) -> float:
    # equations (34) and (35), with the floor stated below them
    gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0 if b > 2.0 else 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, 2.0 + 20.0 * math.log10(k))


@njit(cache=True, error_model="numpy")
def _first_term_over(
    permittivity: float, conductivity: float, d: float, hte: float, hre: float, a: float, f: float, vertical: bool
) -> float:
    # equations (29) to (36) for one kind of ground
    loss_term = (18.0 * conductivity / f) ** 2
    k = 0.036 * (a * f) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_term) ** (-0.25)
    if vertical:
        k *= math.sqrt(permittivity**2 + loss_term)
    beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)
    x = 21.88 * beta * (f / a**2) ** (1.0 / 3.0) * d
    y = 0.9575 * beta * (f**2 / a) ** (1.0 / 3.0)
    fx = 11.0 + 10.0 * math.log10(x) - 17.6 * x if x >= 1.6 else -20.0 * math.log10(x) - 5.6488 * x**1.425
    return float(-fx - _height_gain(beta * y * hte, k) - _height_gain(beta * y * hre, k))


@njit(cache=True, error_model="numpy")
def first_term_loss(d: float, hte: float, hre: float, a: float, f: float, sea: float, vertical: bool) -> float:
    """First term of the spherical-Earth residue series (P.526 §3.1.1, P.1812 §4.3.3, equations (28) to (36)).

    ``hte`` and ``hre`` are heights above the smooth Earth, ``a`` the effective radius in km, ``sea`` the part of the
    path over water.
    """
    loss = 0.0
    if sea < 1.0:
        land = _first_term_over(_LAND_PERMITTIVITY, _LAND_CONDUCTIVITY, d, hte, hre, a, f, vertical)
        loss += (1.0 - sea) * land
    if sea > 0.0:
        loss += sea * _first_term_over(_SEA_PERMITTIVITY, _SEA_CONDUCTIVITY, d, hte, hre, a, f, vertical)
    return loss


@njit(cache=True, error_model="numpy")
def _spherical_within(
    d: float, hte: float, hre: float, clearance: float, d1: float, f: float, lam: float, sea: float, vertical: bool
) -> float:
    # equations (25) to (27): nearer than the marginal distance
    required = 17.456 * math.sqrt(d1 * (d - d1) * lam / d)
    if clearance > required:
        return 0.0
    marginal = 500.0 * (d / (math.sqrt(hte) + math.sqrt(hre))) ** 2
    loss = max(first_term_loss(d, hte, hre, marginal, f, sea, vertical), 0.0)
    return (1.0 - clearance / required) * loss


@njit(cache=True, error_model="numpy")
def spherical_loss(
    d: float, hte: float, hre: float, ap: float, f: float, lam: float, sea: float, vertical: bool
) -> float:
    """Spherical-Earth diffraction loss (P.526 §3.2, P.1812 §4.3.2, equations (22) to (27))."""
    if d >= _horizon_of(hte, hre, ap):
        return first_term_loss(d, hte, hre, ap, f, sea, vertical)
    clearance, d1 = _smallest_clearance(d, hte, hre, ap)
    return _spherical_within(d, hte, hre, clearance, d1, f, lam, sea, vertical)


@njit(cache=True, error_model="numpy")
def smooth_losses(
    d: float, hte: float, hre: float, ap: float, f: float, lam: float, sea: float, vertical: bool
) -> tuple[float, float]:
    """:func:`smooth_bullington_loss` and :func:`spherical_loss` of one path, its clearance found once."""
    if d >= _horizon_of(hte, hre, ap):
        smooth = _smooth_bullington_beyond(d, hte, hre, ap, lam)
        return smooth, first_term_loss(d, hte, hre, ap, f, sea, vertical)
    clearance, d1 = _smallest_clearance(d, hte, hre, ap)
    smooth = _smooth_bullington_within(d, clearance, d1, lam)
    return smooth, _spherical_within(d, hte, hre, clearance, d1, f, lam, sea, vertical)


@njit(cache=True, error_model="numpy")
def smooth_profile_bullington(d: NDArray[np.float64], hte: float, hre: float, ap: float, lam: float) -> float:
    """Bullington loss with all profile heights at zero and modified antenna heights (second pass of §4.3.4)."""
    return bullington_loss(d, np.zeros(d.size), hte, hre, ap, lam)


@njit(cache=True, error_model="numpy")
def delta_bullington_loss(
    d: NDArray[np.float64],
    g: NDArray[np.float64],
    hts: float,
    hrs: float,
    hstd: float,
    hsrd: float,
    ap: float,
    f: float,
    lam: float,
    sea: float,
    vertical: bool,
) -> tuple[float, float, float, float]:
    """Complete delta-Bullington loss (P.526 §4.5.2, P.1812 §4.3.4, equations (37) to (39)).

    ``hstd`` and ``hsrd`` are the smooth surface at the terminals. Returns the loss L_d and its parts L_bulla, L_bulls
    and L_dsph.
    """
    hte, hre = hts - hstd, hrs - hsrd
    actual = bullington_loss(d, g, hts, hrs, ap, lam)
    smooth = smooth_profile_bullington(d, hte, hre, ap, lam)
    sphere = spherical_loss(d[-1], hte, hre, ap, f, lam, sea, vertical)
    return actual + max(sphere - smooth, 0.0), actual, smooth, sphere
