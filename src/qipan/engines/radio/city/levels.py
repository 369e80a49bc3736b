"""From edges to losses and from losses to the servers of each cell of the map."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..antennas.mounting import ELEVATION_STEPS
from ..diffraction import knife_edge_loss
from ..profiles import LAMBDA_GHZ
from ..tr38901 import umi_loss
from .singles import Real
from .stencil import Stencil

Floats = NDArray[np.float32]
_LOWEST, _STEPS, _SIZE = np.float32(-0.78), np.float32(64.0), 4096


class Disc(NamedTuple):
    """The arrays of a :class:`Stencil` by slot, which is row order: what writing to a map reads."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: Floats
    bearing: NDArray[np.int16]
    spread: Floats


def disc_of(stencil: Stencil) -> Disc:
    """The stencil as a compiled writer takes it; ``spread`` is 20 lg of the distance."""
    spread = (20.0 * np.log10(stencil.distance.astype(np.float64))).astype(np.float32)
    return Disc(stencil.row, stencil.column, stencil.distance, stencil.bearing, spread)


def edge_table() -> Floats:
    """Knife-edge loss J and 1 - exp(-J/6) at ν = -0.78 + i/64, shape (4097, 2)."""
    loss = np.array([knife_edge_loss(-0.78 + i / 64.0) for i in range(_SIZE + 1)])
    return np.stack([loss, 1.0 - np.exp(-loss / 6.0)], axis=1).astype(np.float32)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _diffraction(nu: Real, metres: Real, table: Floats) -> Real:
    # equation (21) of P.1812 by linear look-up; beyond the table J is 6.9 + 20 lg 2(ν - 0.1) and its exponential gone
    if nu <= _LOWEST:
        return np.float32(0.0)
    spread = np.float32(10.0) + np.float32(2e-5) * metres
    position = (nu - _LOWEST) * _STEPS
    index = int(position)
    if index >= _SIZE:
        return np.float32(6.9 + 20.0 * math.log10(2.0 * (nu - 0.1))) + spread
    part = position - np.float32(index)
    edge = table[index, 0] + part * (table[index + 1, 0] - table[index, 0])
    share = table[index, 1] + part * (table[index + 1, 1] - table[index, 1])
    return edge + share * spread


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _log1p(x: Real) -> Real:
    # the slant's square against the ground's; a series serves all but the steepest
    if x > np.float32(0.02):
        return np.float32(math.log(np.float32(1.0) + x))
    return x * (np.float32(1.0) - x * (np.float32(0.5) - x * np.float32(0.33333334)))


@njit(cache=True, error_model="numpy", nogil=True)
def surface_losses(edges: Floats, rises: Floats, disc: Disc, f: Real, table: Floats, losses: Floats) -> None:
    """Free space and Bullington on the surface for each slot (P.525, P.526), dB into ``losses``; f in GHz."""
    distance, spread = disc.distance, disc.spread
    scale = np.float32(math.sqrt(f / LAMBDA_GHZ))
    constant = np.float32(32.4 + 20.0 * math.log10(f))
    for s in range(edges.size):
        d, rise = distance[s], rises[s]
        steep = rise / d
        free = constant + spread[s] + np.float32(4.3429448) * _log1p(steep * steep)
        losses[s] = free + _diffraction(edges[s] * scale, d, table)


@njit(cache=True, error_model="numpy", nogil=True)
def street_losses(
    edges: Floats,
    rises: Floats,
    distance: Floats,
    f: Real,
    mast: Real,
    receiver: Real,
    nearer: Real,
    losses: Floats,
) -> None:
    """TR 38.901 UMi for each slot within ``nearer`` m, line of sight where the edge is below zero.

    ``mast`` and ``receiver`` m above ground. Distances under the model's 10 m count as 10 m.
    """
    for s in range(edges.size):
        if distance[s] < nearer:
            clear = edges[s] < 0.0
            losses[s] = umi_loss(max(distance[s], 10.0), f, mast, receiver, clear)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _elevation(slope: Real) -> Real:
    # arctangent in degrees, within 0.005 of the true one
    size = abs(slope)
    small = size if size <= np.float32(1.0) else np.float32(1.0) / size
    square = small * small
    angle = np.float32(-2.23382773) * square + np.float32(8.38043299)
    angle = (angle * square - np.float32(18.40200963)) * square + np.float32(57.25073807)
    angle *= small
    if size > np.float32(1.0):
        angle = np.float32(90.0) - angle
    return angle if slope >= 0.0 else -angle


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _insert(levels: Floats, servers: NDArray[np.int32], level: Real, server: int) -> None:
    # into a falling list, behind its equals; the weakest drops out
    k = levels.size - 1
    while k > 0 and level > levels[k - 1]:
        levels[k], servers[k] = levels[k - 1], servers[k - 1]
        k -= 1
    levels[k], servers[k] = level, server


@njit(cache=True, error_model="numpy", nogil=True)
def _cell_levels(
    table: Floats,
    azimuth: int,
    power: Real,
    bearing: NDArray[np.int16],
    low: NDArray[np.int32],
    part: Floats,
    losses: Floats,
    level: Floats,
) -> None:
    flat, width = table.ravel(), np.int32(table.shape[1])
    for s in range(losses.size):
        turn = np.int32(bearing[s]) - azimuth
        turn = turn + np.int32(360) if turn < 0 else turn
        # Unsigned, so that the compiler need not ask for negative positions and takes many slots at once.
        at = np.uint32(turn * width + low[s])
        level[s] = power - losses[s] + flat[at] + part[s] * (flat[at + np.uint32(1)] - flat[at])


@njit(cache=True, error_model="numpy", nogil=True)
def add_power(level: Floats, received: Floats) -> None:
    """Add 10^(level/10) mW to ``received``, to four parts in a million.

    The power of two is split: its whole part goes into the exponent bits of a float32, the rest through a polynomial.
    """
    bits = np.empty(level.size, dtype=np.int32)
    scale = np.empty(level.size, dtype=np.float32)
    for s in range(level.size):
        x = max(min(level[s] * np.float32(0.33219281), np.float32(120.0)), np.float32(-126.0))
        whole = np.int32(np.floor(x))
        f = x - np.float32(whole)
        bits[s] = (whole + np.int32(127)) << np.int32(23)
        rest = (np.float32(0.01367031) * f + np.float32(0.051745)) * f + np.float32(0.24160436)
        scale[s] = (rest * f + np.float32(0.69297292)) * f + np.float32(1.00000349)
    value = bits.view(np.float32)
    for s in range(level.size):
        received[s] += value[s] * scale[s]


@njit(cache=True, error_model="numpy", nogil=True)
def add_cells(
    row: int,
    column: int,
    disc: Disc,
    rises: Floats,
    losses: Floats,
    tables: Floats,
    table_of: NDArray[np.int32],
    azimuth: NDArray[np.int32],
    power: Floats,
    identity: NDArray[np.int32],
    levels: Floats,
    servers: NDArray[np.int32],
    total: Floats,
) -> None:
    """Enter the cells of one mast and frequency into the strongest servers of each map cell.

    ``tables`` gain tables (antenna, degree from boresight, quarter degree of elevation); ``table_of``, ``azimuth``
    (whole degrees), ``power`` (dBm) and ``identity`` by cell. ``levels`` (dBm) and ``servers``, both (rows, columns,
    k), hold the k strongest in falling order, equal levels in order of entry; ``total`` the received power in mW.
    """
    depth, size = levels.shape[2], losses.size
    low = np.empty(size, dtype=np.int32)
    part = np.empty(size, dtype=np.float32)
    level = np.empty(size, dtype=np.float32)
    received = np.zeros(size, dtype=np.float32)
    for s in range(size):
        at = (_elevation(rises[s] / disc.distance[s]) + np.float32(90.0)) * np.float32(ELEVATION_STEPS)
        low[s] = np.int32(at) if at >= 0.0 else np.int32(0)
        part[s] = at - np.float32(low[s])
    for c in range(identity.size):
        _cell_levels(tables[table_of[c]], azimuth[c], power[c], disc.bearing, low, part, losses, level)
        add_power(level, received)
        for s in range(size):
            y, x = row + disc.row[s], column + disc.column[s]
            if level[s] > levels[y, x, depth - 1]:
                _insert(levels[y, x], servers[y, x], level[s], identity[c])
    for s in range(size):
        if np.isfinite(losses[s]):
            total[row + disc.row[s], column + disc.column[s]] += received[s]


@njit(cache=True, error_model="numpy", nogil=True)
def merge_servers(
    levels: Floats, servers: NDArray[np.int32], more_levels: Floats, more_servers: NDArray[np.int32]
) -> None:
    """Merge a second list of strongest servers into the first, cell by cell; of equal levels the first list's leads."""
    depth = levels.shape[2]
    for y in range(levels.shape[0]):
        for x in range(levels.shape[1]):
            for j in range(depth):
                level = more_levels[y, x, j]
                if not level > levels[y, x, depth - 1]:
                    break
                _insert(levels[y, x], servers[y, x], level, more_servers[y, x, j])
