"""P.1812-8 for every cell around a mast, its path geometry taken from rays that are walked once.

The terrain's horizons come from a running maximum and a hull, its least-squares surface from prefix sums; obstruction
heights and roughness are taken over the hull's points. What follows is the Recommendation's own closed form in float64.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..diffraction import bullington_from_edge, smooth_losses
from ..p1812 import RADIUS_BETA, Band, Diffraction, Refraction, band_of, closed_form, refraction_at
from ..profiles import Geometry, elevation, lowered_surface
from .stencil import NEAR
from .sweep import PARTS, STRETCH, Place, Tree, bent_window, height_at, ray_heights, room_for

Doubles = NDArray[np.float64]


class Conditions(NamedTuple):
    """What P.1812 asks of a run.

    ``f`` GHz, ``p`` per cent, ``ae`` km, ``n0`` N-units, ``latitude`` degrees; whether the area is ``inland`` or
    coastal land, and ``vertical`` polarisation.
    """

    f: float
    p: float
    ae: float
    n0: float
    latitude: float
    inland: bool
    vertical: bool


class _Walk(NamedTuple):
    # one branch's state: hull, steepest slope with and without the Earth's curve and where, prefix sums, last point
    far: Doubles
    high: Doubles
    sums: Doubles


_SIZE, _STEEP, _STEEP_AT, _FLAT, _V1, _V2, _LAST_D, _LAST_H = range(8)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _advance(walk: _Walk, d: float, h: float, mast: float, curve: float) -> None:
    # take in the terrain point h m above sea level at d km
    sums = walk.sums
    last_d, last_h = sums[_LAST_D], sums[_LAST_H]
    sums[_V1] += (d - last_d) * (h + last_h)
    sums[_V2] += (d - last_d) * (h * (2.0 * d + last_d) + last_h * (d + 2.0 * last_d))
    sums[_LAST_D], sums[_LAST_H] = d, h
    y = h - curve * d * d
    if (y - mast) / d > sums[_STEEP]:
        sums[_STEEP], sums[_STEEP_AT] = (y - mast) / d, d
    sums[_FLAT] = max(sums[_FLAT], (h - mast) / d)
    size, far, high = int(sums[_SIZE]), walk.far, walk.high
    while size >= 2:
        a, b = size - 2, size - 1
        if (high[b] - high[a]) * (d - far[a]) > (y - high[a]) * (far[b] - far[a]):
            break
        size -= 1
    far[size], high[size] = d, y
    sums[_SIZE] = size + 1


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _obstruction(walk: _Walk, d: float, hts: float, hrs: float, curve: float) -> tuple[float, float]:
    # highest obstruction of the direct line and, where there is one, the steepest slope to one from the receiver
    hobs, alpha, slope = -np.inf, 0.0, (hrs - hts) / d
    for i in range(int(walk.sums[_SIZE])):
        at = walk.far[i]
        hobs = max(hobs, walk.high[i] + (curve * at - slope) * at - hts)
    if hobs > 0.0:
        for i in range(int(walk.sums[_SIZE])):
            at = walk.far[i]
            alpha = max(alpha, (walk.high[i] + (curve * at - slope) * at - hts) / (d - at))
    return hobs, alpha


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _receiver_horizon(walk: _Walk, d: float, hrs: float, curve: float) -> tuple[float, float]:
    # slope in m/km and place of the receiver's horizon: the tangent to the hull
    y = hrs - curve * d * d
    top = int(walk.sums[_SIZE]) - 1
    rise, run, where = walk.high[top] - y, d - walk.far[top], walk.far[top]
    for i in range(top - 1, -1, -1):
        up, out = walk.high[i] - y, d - walk.far[i]
        if up * run < rise * out:
            break
        rise, run, where = up, out, walk.far[i]
    return rise / run - 2.0 * curve * d, where


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _closest(walk: _Walk, d: float, hts: float, hrs: float, curve: float) -> float:
    # place of the hull's point that comes nearest to a clear line, in Fresnel zones
    bend = (hrs - hts) / d - curve * d
    least, over, where = np.inf, 1.0, walk.far[0]
    for i in range(int(walk.sums[_SIZE])):
        at = walk.far[i]
        gap = walk.high[i] - hts - bend * at
        square, product = gap * gap, at * (d - at)
        if square * over <= least * product:
            least, over, where = square, product, at
    return float(where)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _roughness(walk: _Walk, low: float, high: float, hst: float, slope: float, curve: float) -> float:
    rough = -np.inf
    for i in range(int(walk.sums[_SIZE])):
        at = walk.far[i]
        if low <= at <= high:
            rough = max(rough, walk.high[i] + curve * at * at - (hst + slope * at))
    return rough


@njit(cache=True, error_model="numpy", nogil=True)
def _geometry(walk: _Walk, d: float, h0: float, h: float, hts: float, hrs: float, ae: float) -> Geometry:
    # Attachment 1 for a receiver d km out on ground h, from what its ray has passed
    sums, curve = walk.sums, 500.0 / ae
    hobs, alpha = _obstruction(walk, d, hts, hrs, curve)
    direct = (hrs - hts) / d - curve * d
    if sums[_STEEP] > direct:
        behind, far = _receiver_horizon(walk, d, hrs, curve)
        near = sums[_STEEP_AT]
        theta_t, theta_r = 1000.0 * math.atan(sums[_STEEP] / 1000.0), 1000.0 * math.atan(behind / 1000.0)
    else:
        near = far = _closest(walk, d, hts, hrs, curve)
        theta_t, theta_r = 1000.0 * math.atan(direct / 1000.0), elevation(hts - hrs, d, ae)
    step = d - sums[_LAST_D]
    v1 = sums[_V1] + step * (h + sums[_LAST_H])
    v2 = sums[_V2] + step * (h * (2.0 * d + sums[_LAST_D]) + sums[_LAST_H] * (d + 2.0 * sums[_LAST_D]))
    hst, hsr = (2.0 * v1 * d - v2) / d**2, (v2 - v1 * d) / d**2
    hstd, hsrd = lowered_surface(hst, hsr, hobs, sums[_FLAT] - (hrs - hts) / d, alpha, h0, h)
    low_t, low_r = min(hst, h0), min(hsr, h)
    rough = _roughness(walk, near, max(near, far), low_t, (low_r - low_t) / d, curve)
    return Geometry(
        d, hts, hrs, near, d - far, theta_t, theta_r, 1000.0 * d / ae + theta_t + theta_r,
        hst, hsr, low_t, low_r, hstd, hsrd, hts - low_t, hrs - low_r, rough,
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def _loss(g: Geometry, r: Refraction, edge: float, edge_beta: float, vertical: bool, band: Band) -> float:
    scale = 1.0 / math.sqrt(band.lam)
    hte, hre = g.hts - g.hstd, g.hrs - g.hsrd
    actual = actual_b = bullington_from_edge(edge * scale, g.d)
    smooth, sphere = smooth_losses(g.d, hte, hre, r.ae, band.f, band.lam, r.sea, vertical)
    smooth_b, sphere_b = smooth, sphere
    if band.p < 50.0:
        actual_b = bullington_from_edge(edge_beta * scale, g.d)
        smooth_b, sphere_b = smooth_losses(g.d, hte, hre, RADIUS_BETA, band.f, band.lam, r.sea, vertical)
    parts = Diffraction(actual, smooth, sphere, actual_b, smooth_b, sphere_b)
    return closed_form(g, r, parts, band, vertical, 500.0, 500.0, 0.0).Lb


@njit(cache=True, error_model="numpy", nogil=True)
def _refraction_of_rings(distances: Doubles, c: Conditions) -> Doubles:
    # the terms of a path for each of some distances in km, a line each
    rings = np.empty((distances.size, 9))
    for i in range(distances.size):
        d = distances[i]
        r = refraction_at(c.ae, c.latitude, d, d, d if c.inland else 0.0, 0.0)
        rings[i, 0], rings[i, 1], rings[i, 2] = r.ae, r.b0, r.sea
        rings[i, 3], rings[i, 4], rings[i, 5] = r.lg_b0, r.ib0, r.lg_d
        rings[i, 6], rings[i, 7], rings[i, 8] = r.alpha, r.fade, r.Fk
    return rings


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _of_ring(terms: Doubles) -> Refraction:
    return Refraction(
        terms[0], terms[1], terms[2], terms[3], terms[4], terms[5], terms[6], terms[7], terms[8]
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def losses_1812(
    terrain: NDArray[np.float32],
    place: Place,
    mast: float,
    receiver: float,
    resolution: float,
    tree: Tree,
    edges: NDArray[np.float32],
    edges_beta: NDArray[np.float32],
    conditions: Conditions,
    beyond: float,
    losses: NDArray[np.float32],
) -> None:
    """P.1812 loss in dB for each slot farther than ``beyond`` m, into ``losses``.

    ``mast`` m above sea level of the antenna at ``place``; ``edges`` and ``edges_beta`` the surface's ν·√λ for the
    median and the β0 Earth radius from ``sweep_edges``. Unknown terrain on the way is passed over; a receiver on it
    gets nan.
    """
    side, longest = 2 * tree.reach + 3, tree.along.size - STRETCH
    window, lines = np.empty(side * side, np.float32), np.empty((1, longest), np.float32)
    bent_window(terrain, place, np.float32(0.0), np.float32(0.0), tree.reach, window)
    start, km = height_at(terrain, place), resolution / 1000.0
    curve = 500.0 / conditions.ae
    band = band_of(conditions.f, conditions.p, conditions.n0)
    rings = _refraction_of_rings((np.arange((tree.reach + NEAR) * PARTS) + 0.5) * km / PARTS, conditions)
    points, heights = room_for(longest), lines[0]
    walk = _Walk(np.empty(longest), np.empty(longest), np.empty(8))
    for ray in range(tree.first.size - 1):
        walk.sums[:] = 0.0
        walk.sums[_STEEP] = walk.sums[_FLAT] = -np.inf
        walk.sums[_LAST_H] = start
        ray_heights(window, tree, ray, ray + 1, place, points, lines)
        passed = 0
        for c in range(tree.first[ray], tree.first[ray + 1]):
            while passed < tree.behind[c]:
                if heights[passed] == heights[passed]:
                    _advance(walk, float(tree.along[STRETCH + passed]) / 1000.0, float(heights[passed]), mast, curve)
                passed += 1
            s, far = tree.slot[c], math.hypot(tree.row[c] - place.down, tree.column[c] - place.right)
            if far * resolution < beyond or walk.sums[_SIZE] < 2:
                continue
            h = float(terrain[place.row + tree.row[c], place.column + tree.column[c]])
            losses[s] = np.nan
            if np.isfinite(h):
                geometry = _geometry(walk, far * km, start, h, mast, h + receiver, conditions.ae)
                losses[s] = _loss(
                    geometry, _of_ring(rings[int(far * PARTS)]), edges[s], edges_beta[s], conditions.vertical, band
                )
