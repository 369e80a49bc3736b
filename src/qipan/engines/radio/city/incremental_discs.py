"""Levels of single cells over the disc around their mast, to the bit as a tile computes them, and a pool that keeps
them.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..antennas import Mounted, gain_table
from ..antennas.mounting import ELEVATION_STEPS
from .cells import Cells, mountings
from .ground import Ground
from .levels import Disc, add_cells, disc_of, line_of
from .stencil import Stencil
from .sweep import Place, trees_of
from .tiles import Rules, mast_sweep

Floats = NDArray[np.float32]
_Value = TypeVar("_Value")
_ELEVATIONS = 180 * ELEVATION_STEPS + 1
# the writer's elevations are within 0.005 degrees; this is more, in steps
_SPARE = 0.05
# gain tables for all directions kept, 1 MB each
_TABLES = 64
# so many cells of one antenna and tilt are worth a gain table for all directions
_COMMON = 8


class Carrier(NamedTuple):
    """Cells that one call of a tile enters together: a mast's place, height, frequency and layer.

    The place is a cell of the raster and cells ``down`` (south) and ``right`` (east) of its centre.
    """

    row: int
    column: int
    down: float
    right: float
    height: float
    f: float
    layer: int


class _Kept(Generic[_Value]):
    # the last few values asked for, by any thread; two threads may make the same value, which does no harm

    def __init__(self, size: int) -> None:
        self._size, self._values, self._lock = size, OrderedDict[tuple[float, ...], _Value](), Lock()

    def get(self, key: tuple[float, ...]) -> _Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def of(self, key: tuple[float, ...], make: Callable[[], _Value]) -> _Value:
        value = self.get(key)
        if value is None:
            value = make()
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._size:
                    self._values.popitem(last=False)
        return value


class Kind(NamedTuple):
    """What cells share a gain table by: number of the antenna, mechanical and electrical tilt in degrees down."""

    antenna: int
    mechanical: float
    electrical: float


def kind_of(cells: Cells, index: int) -> Kind:
    """The gain table of a cell, its tilts held to a tenth of a degree as a run holds them."""
    down, tilt = (float(np.rint(each[index] * 10.0) / 10.0) for each in (cells.mechanical_tilt, cells.electrical_tilt))
    return Kind(int(cells.antenna[index]), down, tilt)


class Discs:
    """Computes levels by slot of the ``stencil``; keeps the last sweeps, tiles' grounds and gain tables."""

    def __init__(self, ground: Ground, stencil: Stencil, rules: Rules, tile: int, workers: int) -> None:
        self._ground, self._rules, self._tile, self._workers = ground, rules, tile, workers
        # kept, since starting threads takes as long as what they do
        self._threads = ThreadPoolExecutor(workers)
        self._trees, self._disc = trees_of(stencil), disc_of(stencil)
        self.size = stencil.row.size
        self._margin = stencil.reach + 2
        self._sweeps: _Kept[tuple[Floats, Floats, Disc]] = _Kept(32)
        self._blocks: _Kept[tuple[Floats, Floats]] = _Kept(16)
        self._tables: _Kept[Floats] = _Kept(_TABLES)

    def levels(
        self, carrier: Carrier, cells: Cells, chosen: Sequence[int], common: Container[Kind] = frozenset()
    ) -> Floats:
        """Levels in dBm of a carrier's chosen cells, (cells, slots), -inf where none is heard.

        Gain tables for all directions are made for the antennas and tilts in ``common`` alone.
        """
        losses, rises, disc = self._sweeps.of(carrier[:6], lambda: self._swept(carrier))
        power = cells.element_power(np.asarray(chosen, dtype=np.int64))
        levels = np.full((len(chosen), 1, 1, self.size), -np.inf, dtype=np.float32)
        line = line_of(disc)
        server, total = np.empty((1, 1, self.size), np.int32), np.zeros((1, self.size), np.float32)
        for position, index in enumerate(chosen):
            azimuth = np.array([np.rint(cells.azimuth[index]) % 360], dtype=np.int32)
            table = self._gains(cells, index, int(azimuth[0]), rises, disc, common)
            add_cells(
                0, 0, line, rises, losses, table[None], np.zeros(1, np.int32), azimuth,
                power[position : position + 1], np.zeros(1, np.int32), levels[position], server, total,
            )  # fmt: skip
        return levels.reshape(len(chosen), self.size)

    def prepare(self, cells: Cells, chosen: NDArray[np.int64]) -> None:
        """Make the gain tables of the chosen cells' most common antennas and tilts, as many as are kept."""
        kinds, which = mountings(cells, chosen)
        common = np.argsort(-np.bincount(which), kind="stable")[:_TABLES]
        for antenna, down, tilt in (kinds[common] / (1.0, 10.0, 10.0)).tolist():
            self._tables.of((antenna, down, tilt), partial(gain_table, cells.antennas[int(antenna)], down, tilt))

    def losses(self, carrier: Carrier) -> Floats:
        """Losses in dB of a carrier's place, height and frequency, by slot."""
        return self._sweeps.of(carrier[:6], lambda: self._swept(carrier))[0]

    def _swept(self, carrier: Carrier) -> tuple[Floats, Floats, Disc]:
        # float32's last places depend on where in its tile's block a mast stands
        top, left = (place // self._tile * self._tile - self._margin for place in (carrier.row, carrier.column))
        side = self._tile + 2 * self._margin
        terrain, obstacles = self._blocks.of((top, left), lambda: self._ground.block(top, left, side, side))
        place = Place(carrier.row - top, carrier.column - left, carrier.down, carrier.right)
        swept: tuple[Floats, Floats, Disc] = mast_sweep(
            terrain, obstacles, place, carrier.height, carrier.f, self._rules, self._trees, self._disc
        )
        return swept

    def _gains(
        self, cells: Cells, index: int, azimuth: int, rises: Floats, disc: Disc, common: Container[Kind]
    ) -> Floats:
        key = antenna, down, tilt = kind_of(cells, index)
        if key in common:
            return self._tables.of(key, lambda: gain_table(cells.antennas[antenna], down, tilt))
        table = self._tables.get(key)
        if table is None:
            table = self._partial(Mounted(cells.antennas[antenna], 0.0, down, tilt), azimuth, rises, disc)
        return table

    def _partial(self, mounted: Mounted, azimuth: int, rises: Floats, disc: Disc) -> Floats:
        entries = _looked_up(disc.bearing, disc.distance, rises, azimuth)
        table = np.full(360 * _ELEVATIONS, np.nan, dtype=np.float32)

        def fill(part: NDArray[np.int64]) -> None:
            ahead, up = np.divmod(part, _ELEVATIONS)
            table[part] = mounted.gain(ahead.astype(np.float64), up / ELEVATION_STEPS - 90.0)

        # an envelope of many beams takes long, less so in parts whose arrays stay in the processor's cache
        parts = np.array_split(entries, max(self._workers, entries.size // 2048))
        list(self._threads.map(fill, parts))
        return table.reshape(360, _ELEVATIONS)


@njit(cache=True, error_model="numpy", nogil=True)
def _looked_up(bearing: NDArray[np.int16], distance: Floats, rises: Floats, azimuth: int) -> NDArray[np.int64]:
    # entries of a gain table that a disc looks up: two an elevation, a third where the approximate one of the writer
    # may fall on the other side of a step
    wanted = np.zeros(360 * _ELEVATIONS, dtype=np.bool_)
    for s in range(rises.size):
        if np.isfinite(rises[s]):
            at = (math.degrees(math.atan(rises[s] / distance[s])) + 90.0) * ELEVATION_STEPS
            low = int(at)
            first = low - 1 if at - low < _SPARE else low
            last = low + 2 if at - low > 1.0 - _SPARE else low + 1
            turn = (bearing[s] - azimuth) % 360 * _ELEVATIONS
            wanted[turn + max(first, 0) : turn + min(last, _ELEVATIONS - 1) + 1] = True
    return np.flatnonzero(wanted)


class Pool:
    """Keeps the levels of as many cells as fit in ``limit`` bytes, those used last, and computes what is missing."""

    def __init__(self, discs: Discs, limit: int, workers: int) -> None:
        self.discs, self._workers = discs, workers
        self.capacity = max(limit // (4 * discs.size), 64)
        # Pages of it that are not written to take no memory.
        self.levels: Floats = np.empty((self.capacity, discs.size), dtype=np.float32)
        self._rows: OrderedDict[int, int] = OrderedDict()
        self._free = list(range(self.capacity - 1, -1, -1))

    def get(self, index: int) -> Floats | None:
        """A cell's levels where they are kept."""
        return self.levels[self._rows[index]] if index in self._rows else None

    def keep(self, index: int, levels: Floats) -> None:
        """Keep a cell's levels."""
        if index not in self._rows:
            self._rows[index] = self._free.pop() if self._free else self._rows.popitem(last=False)[1]
        self._rows.move_to_end(index)
        self.levels[self._rows[index]] = levels

    def forget(self, index: int) -> None:
        """Drop a cell whose levels have changed."""
        if index in self._rows:
            self._free.append(self._rows.pop(index))

    def rows(self, carriers: Sequence[tuple[Carrier, Sequence[int]]], cells: Cells) -> NDArray[np.int64]:
        """Rows in ``levels`` of the carriers' cells in turn, at most ``capacity`` of them."""
        wanted = [index for _, chosen in carriers for index in chosen]
        for index in wanted:
            if index in self._rows:
                self._rows.move_to_end(index)
        missing = [each for each in carriers if not all(index in self._rows for index in each[1])]
        uses = Counter(kind_of(cells, index) for _, chosen in missing for index in chosen)
        common = {kind for kind, count in uses.items() if count >= _COMMON}

        def compute(each: tuple[Carrier, Sequence[int]]) -> Floats:
            return self.discs.levels(each[0], cells, each[1], common)

        with ThreadPoolExecutor(self._workers) as threads:
            for (_, chosen), levels in zip(missing, threads.map(compute, missing), strict=True):
                for index, level in zip(chosen, levels, strict=True):
                    self.keep(index, level)
        return np.array([self._rows[index] for index in wanted], dtype=np.int64)
