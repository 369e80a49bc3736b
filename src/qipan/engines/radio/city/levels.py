"""From edges to losses and from losses to the servers of each cell of the map."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..antennas.mounting import ELEVATION_STEPS
from ..profiles import LAMBDA_GHZ
from ..tr38901 import umi_loss
from .singles import Real
from .stencil import Stencil

Floats = NDArray[np.float32]
_PIECE = 32
_EXPONENT, _FRACTION, _ONE = np.int32(23), np.int32(0x007FFFFF), np.int32(127)


class Disc(NamedTuple):
    """A :class:`Stencil` by slot, which is row order, as seen from a mast: what writing to a map reads.

    ``distance`` m and ``bearing``, whole degrees clockwise from north, from the mast's own place. ``run`` lists the
    stretches of neighbouring slots of one row: row and column offset of the first and the slots from (inclusive) and to
    (exclusive), shape (n, 4).
    """

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: Floats
    bearing: NDArray[np.int16]
    run: NDArray[np.int64]


@lru_cache(maxsize=4)
def disc_of(stencil: Stencil) -> Disc:
    """The disc of a mast at the centre of its cell; :func:`seen_from` gives that of any other."""
    row, column = stencil.row.astype(np.int64), stencil.column.astype(np.int64)
    breaks = np.flatnonzero((np.diff(row) != 0) | (np.diff(column) != 1)) + 1
    first = np.concatenate([[0], breaks])
    run = np.column_stack([row[first], column[first], first, np.append(breaks, row.size)])
    distance, bearing = np.empty(row.size, dtype=np.float32), np.empty(row.size, dtype=np.int16)
    disc: Disc = seen_from(Disc(stencil.row, stencil.column, distance, bearing, run), 0.0, 0.0, stencil.resolution)
    return disc


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


@njit(cache=True, error_model="numpy", nogil=True)
def seen_from(disc: Disc, down: float, right: float, resolution: float) -> Disc:
    """The disc from a mast so many cells south and east of its cell's centre; ``resolution`` m a cell."""
    size, rows, columns = disc.row.size, disc.row, disc.column
    distance, bearing = np.empty(size, np.float32), np.empty(size, np.int16)
    metres, below, aside = np.float32(resolution), np.float32(down), np.float32(right)
    for s in range(size):
        south, east = np.float32(rows[s]) - below, np.float32(columns[s]) - aside
        distance[s] = math.sqrt(south * south + east * east) * metres
        # clockwise from north is a right angle less the direction's slope, and half a turn more in the west
        angle = np.float32(90.0) + _elevation(south / east)
        angle = angle + np.float32(180.0) if east < np.float32(0.0) else angle
        bearing[s] = np.int32(angle + np.float32(0.5)) % np.int32(360)
    return Disc(rows, columns, distance, bearing, disc.run)


def line_of(disc: Disc) -> Disc:
    """The disc on a map of one row whose columns are the slots: a writer then gives levels by slot."""
    size = disc.row.size
    return disc._replace(
        row=np.zeros(size, np.int32), column=np.arange(size, dtype=np.int32), run=np.array([[0, 0, 0, size]])
    )


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _log2(x: Real) -> Real:
    # of a positive number, to 3e-6: its exponent bits and a polynomial that is 0 at 1
    bits = np.float32(x).view(np.int32)
    whole = np.float32((bits >> _EXPONENT) - _ONE)
    f = np.int32((bits & _FRACTION) | (_ONE << _EXPONENT)).view(np.float32) - np.float32(1.0)
    rest = (np.float32(-0.02645741) * f + np.float32(0.12345136)) * f - np.float32(0.279538)
    rest = ((rest * f + np.float32(0.45827076)) * f - np.float32(0.7182819)) * f + np.float32(1.4425532)
    return whole + f * rest


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _power_of_2(x: Real) -> Real:
    # to four parts in a million: the whole part goes into the exponent bits of a float32, the rest is a polynomial
    held = max(min(x, np.float32(120.0)), np.float32(-126.0))
    whole = np.int32(np.floor(held))
    f = held - np.float32(whole)
    rest = (np.float32(0.01367031) * f + np.float32(0.051745)) * f + np.float32(0.24160436)
    rest = (rest * f + np.float32(0.69297292)) * f + np.float32(1.00000349)
    return np.int32((whole + _ONE) << _EXPONENT).view(np.float32) * rest


@njit(cache=True, error_model="numpy", nogil=True)
def surface_losses(edges: Floats, rises: Floats, disc: Disc, f: Real, losses: Floats) -> None:
    """Free space and Bullington on the surface for each slot (P.525, P.526), dB into ``losses``; f in GHz.

    P.1812 equation (12) is 6.9 dB and 20 lg of a number below 0.4522 wherever the loss is zero; (21) follows.
    """
    distance = disc.distance
    scale = np.float32(math.sqrt(f / LAMBDA_GHZ))
    constant = np.float32(32.4 + 20.0 * math.log10(f))
    one = np.float32(1.0)
    for s in range(edges.size):
        rise, far = rises[s], distance[s]
        free = constant + np.float32(3.01029996) * _log2(far * far + rise * rise)
        u = edges[s] * scale - np.float32(0.1)
        edge = np.float32(6.9) + np.float32(6.02059991) * _log2(math.sqrt(u * u + one) + u)
        edge = max(edge, np.float32(0.0))
        share = one - _power_of_2(edge * np.float32(-0.24044917))
        loss = free + edge + share * (np.float32(10.0) + np.float32(2e-5) * far)
        losses[s] = loss if rise == rise else np.float32(np.nan)


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
    """Add 10^(level/10) mW to ``received``, to four parts in a million."""
    for s in range(level.size):
        received[s] += _power_of_2(level[s] * np.float32(0.33219281))


@njit(cache=True, error_model="numpy", nogil=True)
def _displace(
    levels: Floats, servers: NDArray[np.int32], at: np.uint64, level: Floats, server: NDArray[np.int32],
    first: np.uint64, count: int, entering: int,
) -> None:  # fmt: skip
    # where a level is above the list's or was itself driven from above, the two change places
    for i in range(count):
        a, b = at + np.uint64(i), first + np.uint64(i)
        mine, theirs, who, other = level[b], levels[a], server[b], servers[a]
        wins = (mine > theirs) | (who != entering)
        levels[a] = mine if wins else theirs
        servers[a] = who if wins else other
        level[b] = theirs if wins else mine
        server[b] = other if wins else who


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _rising(weakest: Floats, at: int, level: Floats, first: int, stop: int) -> tuple[int, int]:
    # from where to where, in pieces, some level of a stretch is above the weakest kept
    low, high = stop, first
    for piece in range(first, stop, _PIECE):
        end = min(piece + _PIECE, stop)
        count = np.int32(0)
        for s in range(piece, end):
            a, b = np.uint64(at + s - first), np.uint64(s)
            count += np.int32(level[b] > weakest[a])
        if count > 0:
            low, high = min(low, piece), end
    return low, high


@njit(cache=True, error_model="numpy", nogil=True)
def _enter(
    levels: Floats, servers: NDArray[np.int32], origin: int, run: NDArray[np.int64], level: Floats,
    server: NDArray[np.int32], entering: int,
) -> None:  # fmt: skip
    # one cell's levels by slot into the lists; most of a dense city hears six stronger cells already
    width, kept = levels.shape[2], levels.shape[0]
    flat, whose = levels.reshape(kept, -1), servers.reshape(kept, -1)
    for r in range(run.shape[0]):
        y, x, first, stop = run[r]
        at = origin + y * width + x
        low, high = _rising(flat[kept - 1], at, level, first, stop)
        if high > low:
            place = np.uint64(at + low - first)
            for k in range(kept):
                _displace(flat[k], whose[k], place, level, server, np.uint64(low), high - low, entering)


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
    total: NDArray[np.floating],
) -> None:
    """Enter the cells of one mast and frequency into the strongest servers of each map cell.

    ``tables`` gain tables (antenna, degree from boresight, quarter degree of elevation); ``table_of``, ``azimuth``
    (whole degrees), ``power`` (dBm) and ``identity`` by cell. ``levels`` (dBm) and ``servers``, both (k, rows,
    columns), hold the k strongest in falling order, equal levels in order of entry; ``total`` the received power in mW.
    """
    size, width = losses.size, levels.shape[2]
    low, part = np.empty(size, np.int32), np.empty(size, np.float32)
    level, server = np.empty(size, np.float32), np.empty(size, np.int32)
    received = np.zeros(size, np.float32)
    for s in range(size):
        at = (_elevation(rises[s] / disc.distance[s]) + np.float32(90.0)) * np.float32(ELEVATION_STEPS)
        low[s] = np.int32(at) if at >= 0.0 else np.int32(0)
        part[s] = at - np.float32(low[s])
    for c in range(identity.size):
        _cell_levels(tables[table_of[c]], azimuth[c], power[c], disc.bearing, low, part, losses, level)
        add_power(level, received)
        server[:] = identity[c]
        _enter(levels, servers, row * width + column, disc.run, level, server, identity[c])
    for r in range(disc.run.shape[0]):
        y, x, first, stop = disc.run[r]
        for s in range(first, stop):
            # a level that is not known adds nothing
            if losses[s] == losses[s]:
                total[row + y, column + x + s - first] += received[s]


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _insert(levels: Floats, servers: NDArray[np.int32], level: Real, server: int) -> None:
    # into a falling list, behind its equals; the weakest drops out
    k = levels.size - 1
    while k > 0 and level > levels[k - 1]:
        levels[k], servers[k] = levels[k - 1], servers[k - 1]
        k -= 1
    levels[k], servers[k] = level, server


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
