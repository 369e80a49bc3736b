"""One tile of a city: the masts on it, the ground around them and the servers they make.

A tile is computed from its own arrays alone, so any worker gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..p1812 import RADIUS_BETA
from .levels import Disc, add_cells, disc_of, seen_from, street_losses, surface_losses
from .rays1812 import Conditions, losses_1812
from .stencil import Stencil
from .sweep import Place, Tree, Trees, height_at, sweep_edges, tree_at, trees_of

Floats = NDArray[np.float32]


class Masts(NamedTuple):
    """Masts of a tile with their carriers and cells, nested by first positions.

    ``row``/``column`` in the tile's block, ``down``/``right`` cells south and east of that cell's centre and ``height``
    m above ground; carrier ``f`` GHz and its ``layer``; by cell
    the gain ``table``, ``azimuth`` in whole degrees, ``power`` dBm a resource element and ``identity``.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    down: NDArray[np.float64]
    right: NDArray[np.float64]
    height: NDArray[np.float64]
    first_carrier: NDArray[np.int64]
    f: NDArray[np.float64]
    layer: NDArray[np.int64]
    first_cell: NDArray[np.int64]
    table: NDArray[np.int32]
    azimuth: NDArray[np.int32]
    power: Floats
    identity: NDArray[np.int32]


class Rules(NamedTuple):
    """Numbers of a run that every tile shares.

    ``receiver`` m above ground; ``resolution`` m; ``ae`` km; ``by_1812`` and its ``p``, ``n0``, ``latitude``,
    ``inland`` and ``vertical``; ``street`` m, nearer than which TR 38.901
    holds; ``high`` GHz, above which it holds all over.
    """

    receiver: float
    resolution: float
    ae: float
    by_1812: bool
    p: float
    n0: float
    latitude: float
    inland: bool
    vertical: bool
    street: float
    high: float


@dataclass(frozen=True)
class TileJob:
    """All a worker needs for one tile: the block's corner in the city, its ground and its masts."""

    row: int
    column: int
    terrain: Floats
    obstacles: Floats
    masts: Masts
    layers: int
    depth: int


@dataclass(frozen=True)
class TileServers:
    """The servers that one tile's masts make over its block: k strongest levels and cells, total power in mW.

    Shapes (layers, rows, columns, k) and (layers, rows, columns).
    """

    row: int
    column: int
    levels: Floats
    servers: NDArray[np.int32]
    total: NDArray[np.floating]


def street_reach(f: float, rules: Rules) -> float:
    """Distance in m below which TR 38.901 holds at a frequency."""
    return np.inf if f > rules.high else rules.street


@njit(cache=True, error_model="numpy", nogil=True)
def _carrier_losses(
    terrain: Floats,
    place: Place,
    height: float,
    f: float,
    rules: Rules,
    tree: Tree,
    disc: Disc,
    edges: Floats,
    beta: Floats,
    rises: Floats,
    losses: Floats,
) -> None:
    mast = height_at(terrain, place) + height
    street = np.inf if f > rules.high else rules.street
    if street < np.inf and rules.by_1812:
        losses[:] = np.nan
        at = Conditions(f, rules.p, rules.ae, rules.n0, rules.latitude, rules.inland, rules.vertical)
        losses_1812(terrain, place, mast, rules.receiver, rules.resolution, tree, edges, beta, at, street, losses)
    elif street < np.inf:
        surface_losses(edges, rises, disc, f, losses)
    if street > 0.0:
        street_losses(edges, rises, disc.distance, f, height, rules.receiver, street, losses)


@njit(cache=True, error_model="numpy", nogil=True)
def _sweeps(
    terrain: Floats,
    obstacles: Floats,
    place: Place,
    mast: float,
    rules: Rules,
    tree: Tree,
    edges: Floats,
    beta: Floats,
    rises: Floats,
) -> None:
    # the β0 Earth radius has edges of its own, wanted below p = 50 % alone
    if rules.by_1812 and rules.p < 50.0:
        bent = 0.0005 / RADIUS_BETA
        sweep_edges(obstacles, terrain, place, mast, rules.receiver, bent, rules.resolution, tree, beta, rises)
    curve = 0.0005 / rules.ae
    sweep_edges(obstacles, terrain, place, mast, rules.receiver, curve, rules.resolution, tree, edges, rises)


@njit(cache=True, error_model="numpy", nogil=True)
def _swept(
    terrain: Floats,
    obstacles: Floats,
    place: Place,
    height: float,
    rules: Rules,
    trees: Trees,
    centred: Disc,
    edges: Floats,
    beta: Floats,
    rises: Floats,
) -> tuple[Tree, Disc]:
    # edges and rises of a mast, with its tree of rays and the disc as seen from its own place
    tree = tree_at(trees, place.down, place.right)
    mast = height_at(terrain, place) + height
    _sweeps(terrain, obstacles, place, mast, rules, tree, edges, beta, rises)
    return tree, seen_from(centred, place.down, place.right, rules.resolution)


@njit(cache=True, error_model="numpy", nogil=True)
def _enter_masts(
    terrain: Floats,
    obstacles: Floats,
    masts: Masts,
    rules: Rules,
    trees: Trees,
    centred: Disc,
    gains: Floats,
    levels: Floats,
    servers: NDArray[np.int32],
    total: Floats,
) -> None:
    size = centred.row.size
    edges, beta = np.empty(size, np.float32), np.empty(size, np.float32)
    rises, losses = np.empty(size, np.float32), np.empty(size, np.float32)
    for m in range(masts.row.size):
        place, height = Place(masts.row[m], masts.column[m], masts.down[m], masts.right[m]), masts.height[m]
        tree, disc = _swept(terrain, obstacles, place, height, rules, trees, centred, edges, beta, rises)
        for c in range(masts.first_carrier[m], masts.first_carrier[m + 1]):
            f = masts.f[c]
            _carrier_losses(terrain, place, height, f, rules, tree, disc, edges, beta, rises, losses)
            a, b, layer = masts.first_cell[c], masts.first_cell[c + 1], masts.layer[c]
            add_cells(
                place.row, place.column, disc, rises, losses, gains, masts.table[a:b], masts.azimuth[a:b],
                masts.power[a:b], masts.identity[a:b], levels[layer], servers[layer], total[layer],
            )  # fmt: skip


def tile_servers(
    job: TileJob, stencil: Stencil, rules: Rules, gains: Floats, sums: type[np.floating] = np.float32
) -> TileServers:
    """Compute one tile; a pure function of its arguments. ``sums`` is the type in which powers are added up."""
    # planes while masts enter, so that neighbours of a row lie side by side
    shape = job.terrain.shape
    levels = np.full((job.layers, job.depth, *shape), -np.inf, dtype=np.float32)
    servers = np.full((job.layers, job.depth, *shape), -1, dtype=np.int32)
    total = np.zeros((job.layers, *shape), dtype=sums)
    _enter_masts(
        job.terrain, job.obstacles, job.masts, rules, trees_of(stencil), disc_of(stencil), gains,
        levels, servers, total,
    )  # fmt: skip
    strongest, whose = (np.ascontiguousarray(np.moveaxis(each, 1, -1)) for each in (levels, servers))
    return TileServers(job.row, job.column, strongest, whose, total)


@njit(cache=True, error_model="numpy", nogil=True)
def mast_sweep(
    terrain: Floats, obstacles: Floats, place: Place, height: float, f: float, rules: Rules, trees: Trees, centred: Disc
) -> tuple[Floats, Floats, Disc]:
    """Losses in dB and rises in m of one mast and frequency by slot of the stencil, as a tile computes them.

    ``centred`` is the disc of a mast at its cell's centre; that of the ``place`` is given back.
    """
    size = centred.row.size
    edges, beta = np.empty(size, np.float32), np.empty(size, np.float32)
    rises, losses = np.empty(size, np.float32), np.empty(size, np.float32)
    tree, disc = _swept(terrain, obstacles, place, height, rules, trees, centred, edges, beta, rises)
    _carrier_losses(terrain, place, height, f, rules, tree, disc, edges, beta, rises, losses)
    return losses, rises, disc


@njit(cache=True, error_model="numpy", nogil=True)
def mast_losses(
    terrain: Floats, obstacles: Floats, place: Place, height: float, f: float, rules: Rules, trees: Trees, centred: Disc
) -> Floats:
    """Losses in dB of :func:`mast_sweep`."""
    return mast_sweep(terrain, obstacles, place, height, f, rules, trees, centred)[0]
