"""A whole city: masts grouped, tiles along a Morton curve, all cores, one result."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import BadCell, require_range
from ..p1812 import median_radius
from .agreement import Agreement, agreement
from .cells import Cells, gain_tables, mountings, reject
from .ground import Ground
from .levels import merge_servers
from .stencil import Stencil, disc_stencil
from .tiles import Masts, Rules, TileJob, TileServers, tile_servers

Model = Literal["surface", "p1812"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a city is computed.

    ``radius`` m around each mast; ``receiver`` m above ground; ``model`` free space with Bullington on the surface, or
    P.1812-8 by rays; ``servers`` kept a map cell; ``street`` m, nearer than which TR 38.901 UMi holds with line of
    sight by the surface (by default 250 with P.1812, whose range starts there, else nowhere) and above ``high`` GHz
    everywhere; ``dn``, ``n0``, ``latitude``, ``inland``, ``p`` and ``vertical`` as P.1812 asks; ``density`` rays a cell
    of the disc's edge; ``tile`` cells a side; ``sample`` receivers compared with the exact mode, 0 for none.
    """

    radius: float = 1000.0
    receiver: float = 1.5
    model: Model = "surface"
    servers: int = 2
    street: float | None = None
    high: float = 6.0
    dn: float = 45.0
    n0: float = 325.0
    latitude: float = 30.0
    inland: bool = True
    p: float = 50.0
    vertical: bool = True
    density: float = 1.0
    tile: int = 200
    sample: int = 2000

    def rules(self, resolution: float) -> Rules:
        """The numbers that tiles share; OutOfRange for those outside the models' range."""
        require_range("coverage", "radius", self.radius, resolution, 100_000.0, "m")
        require_range("coverage", "receiver height", self.receiver, 1.0, 3000.0, "m")
        require_range("coverage", "time percentage", self.p, 1.0, 50.0, "%")
        require_range("coverage", "servers kept", self.servers, 1, 64, "")
        by_1812 = self.model == "p1812"
        require_range("coverage", "frequency of TR 38.901 and above", self.high, 0.5, 6.0 if by_1812 else 100.0, "GHz")
        street = self.street if self.street is not None else (250.0 if by_1812 else 0.0)
        return Rules(
            self.receiver, resolution, float(median_radius(self.dn)), by_1812, self.p, self.n0, self.latitude,
            self.inland, self.vertical, street, self.high,
        )  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """The servers of one carrier.

    ``levels`` SS-RSRP in dBm of the strongest cells, falling, -inf where there is none, and ``servers`` their indices,
    -1 where none, both (rows, columns, k); ``total`` power in a resource element from all its cells at full load, mW,
    (rows, columns).
    """

    levels: NDArray[np.float32]
    servers: NDArray[np.int32]
    total: NDArray[np.float32]


@dataclass(frozen=True)
class Coverage:
    """What a run gives.

    ``layers`` in the order of the cells' layer numbers; ``errors`` the cells left out and why; ``agreement`` with the
    exact mode on a sample, None where not asked or nothing was computed; ``complete`` False after a cancel, when only
    some tiles are in.
    """

    layers: tuple[Layer, ...]
    errors: tuple[BadCell, ...]
    agreement: Agreement | None
    complete: bool


def morton(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position along the Morton curve of cells below 2^16 in each direction."""
    key = np.zeros(np.broadcast(row, column).shape, dtype=np.int64)
    for bit in range(16):
        key |= ((column >> bit) & 1) << (2 * bit) | ((row >> bit) & 1) << (2 * bit + 1)
    return key


def _nested(
    cells: Cells,
    chosen: NDArray[np.int64],
    places: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
    which: NDArray[np.int32],
) -> Masts:
    # cells of one tile → masts (place and height), carriers (frequency) and cells, in Morton order of map cells
    height, f, layer = cells.height[chosen], cells.f[chosen], cells.layer[chosen]
    row, column, down, right = places
    order = np.lexsort((chosen, layer, f, height, right, down, morton(row, column)))
    chosen, row, column, down, right = chosen[order], row[order], column[order], down[order], right[order]
    height, f, layer, which = height[order], f[order], layer[order], which[order]
    moved = np.any([np.diff(each) != 0 for each in (row, column, down, right, height)], axis=0)
    new_mast = np.concatenate([[True], moved])
    new_carrier = new_mast | np.concatenate([[True], (np.diff(f) != 0) | (np.diff(layer) != 0)])
    carriers = np.flatnonzero(new_carrier)
    first_carrier = np.append(np.flatnonzero(new_mast[carriers]), carriers.size)
    azimuth = np.rint(cells.azimuth[chosen]).astype(np.int64) % 360
    return Masts(
        row[new_mast], column[new_mast], down[new_mast], right[new_mast], height[new_mast],
        first_carrier, f[carriers], layer[carriers],
        np.append(carriers, chosen.size), which, azimuth.astype(np.int32),
        cells.element_power(chosen), chosen.astype(np.int32),
    )  # fmt: skip


@dataclass(frozen=True)
class TilePlan:
    """One tile of a city: the corner of its block, cells a side of it, its masts; :meth:`job` adds the ground."""

    row: int
    column: int
    side: int
    masts: Masts
    layers: int
    depth: int

    def job(self, ground: Ground) -> TileJob:
        """All that a worker needs for the tile."""
        terrain, obstacles = ground.block(self.row, self.column, self.side, self.side)
        return TileJob(self.row, self.column, terrain, obstacles, self.masts, self.layers, self.depth)


@dataclass(frozen=True)
class Shared:
    """What all tiles of a run share; ``gains`` (antenna, degree from boresight, quarter degree of elevation), dBi."""

    rules: Rules
    stencil: Stencil
    gains: NDArray[np.float32]


#: Computes tiles of a ground and gives their servers in the order of the plans.
Runner = Callable[[Iterator[TilePlan], Ground, Shared], Iterator[TileServers]]


def tile_plans(
    ground: Ground, cells: Cells, good: NDArray[np.bool_], settings: Settings, reach: int
) -> Iterator[TilePlan]:
    """Plans of a city's tiles in Morton order; the ``good`` cells' gain tables are numbered as ``gain_tables`` does."""
    chosen = np.flatnonzero(good)
    row, column = ground.cell_of(cells.x[chosen], cells.y[chosen])
    down, right = ground.offset_of(cells.x[chosen], cells.y[chosen])
    which = mountings(cells, chosen)[1]
    tile_row, tile_column = row // settings.tile, column // settings.tile
    key = morton(tile_row, tile_column)
    order = np.argsort(key, kind="stable")
    margin, layers = reach + 2, int(cells.layer[chosen].max()) + 1 if chosen.size else 0
    for part in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if chosen.size else ():
        top = int(tile_row[part[0]]) * settings.tile - margin
        left = int(tile_column[part[0]]) * settings.tile - margin
        places = row[part] - top, column[part] - left, down[part], right[part]
        masts = _nested(cells, chosen[part], places, which[part])
        yield TilePlan(top, left, settings.tile + 2 * margin, masts, layers, settings.servers)


def merge_tile(
    levels: NDArray[np.float32], servers: NDArray[np.int32], total: NDArray[np.floating], tile: TileServers
) -> None:
    """Merge a tile's servers into the city's arrays; tiles must come in the order of their jobs."""
    rows, columns = total.shape[1:]
    top, left = max(tile.row, 0), max(tile.column, 0)
    high, wide = tile.total.shape[1:]
    bottom, right = min(tile.row + high, rows), min(tile.column + wide, columns)
    city, here = (
        np.s_[top:bottom, left:right],
        np.s_[top - tile.row : bottom - tile.row, left - tile.column : right - tile.column],
    )
    for layer in range(total.shape[0]):
        merge_servers(levels[layer][city], servers[layer][city], tile.levels[layer][here], tile.servers[layer][here])
        total[layer][city] += tile.total[layer][here]


def on_threads(workers: int | None = None, sums: type[np.floating] = np.float32) -> Runner:
    """A runner on threads of this process, all cores by default; ``sums`` is the type in which powers are added up."""
    count = workers or os.cpu_count() or 1

    def run(plans: Iterator[TilePlan], ground: Ground, shared: Shared) -> Iterator[TileServers]:
        def work(plan: TilePlan) -> TileServers:
            return tile_servers(plan.job(ground), shared.stencil, shared.rules, shared.gains, sums)

        with ThreadPoolExecutor(count) as pool:
            waiting: deque[Future[TileServers]] = deque()
            for plan in plans:
                waiting.append(pool.submit(work, plan))
                # only a few more in the air than there are workers
                if len(waiting) > 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    return run


def coverage(
    ground: Ground,
    cells: Cells,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Coverage:
    """Strongest servers of every map cell.

    Deterministic: the same bytes for any number of ``workers`` (all cores by default). Cells of one place and height
    share a sweep. ``progress`` hears of tiles done and in all; a true ``cancelled`` stops after the tile in hand. Cells
    that cannot be computed are named in the result and the others are.
    """
    return coverage_by(on_threads(workers), ground, cells, settings or Settings(), progress, cancelled)


def coverage_by(
    runner: Runner,
    ground: Ground,
    cells: Cells,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Coverage:
    """What :func:`coverage` gives, its tiles computed by ``runner``."""
    rules = settings.rules(ground.resolution)
    good, errors = reject(cells, ground, lowest_frequency(rules))
    shape = (int(cells.layer[good].max()) + 1 if good.any() else 1, *ground.shape)
    levels = np.full((*shape, settings.servers), -np.inf, dtype=np.float32)
    servers = np.full((*shape, settings.servers), -1, dtype=np.int32)
    total = np.zeros(shape, dtype=np.float32)
    layers = tuple(Layer(*each) for each in zip(levels, servers, total, strict=True))
    if not good.any():
        return Coverage(layers, errors, None, True)
    stencil = disc_stencil(settings.radius, ground.resolution, settings.density)
    into = (levels, servers, total)
    complete = run_tiles(runner, ground, cells, good, settings, stencil, into, progress, cancelled)
    checked = agreement(ground, cells, good, rules, stencil, settings.sample) if settings.sample and complete else None
    return Coverage(layers, errors, checked, complete)


def lowest_frequency(rules: Rules) -> float:
    """Lowest frequency in GHz that the models of a run are stated for."""
    return 0.5 if rules.street > 0.0 else 0.03


def run_tiles(
    runner: Runner,
    ground: Ground,
    cells: Cells,
    good: NDArray[np.bool_],
    settings: Settings,
    stencil: Stencil,
    into: tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.floating]],
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> bool:
    """Compute all tiles and merge them ``into`` levels, servers and total; False when it was stopped before the end."""
    shared = Shared(settings.rules(ground.resolution), stencil, gain_tables(cells, np.flatnonzero(good))[0])
    row, column = (each[good] // settings.tile for each in ground.cell_of(cells.x, cells.y))
    count = np.unique(morton(row, column)).size
    plans = tile_plans(ground, cells, good, settings, stencil.reach)
    allowed = iter(lambda: None if cancelled is not None and cancelled() else next(plans, None), None)
    done = 0
    for tile in runner(allowed, ground, shared):
        merge_tile(*into, tile)
        done += 1
        if progress is not None:
            progress(done, count)
    return done == count
