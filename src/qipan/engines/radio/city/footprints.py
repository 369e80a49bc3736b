"""The footprint of each mast by itself: which map cells it would serve, and how strongly, whatever else stands there.

A run of :func:`coverage` keeps the strongest servers of each map cell; a choice among many possible masts needs what
every one of them reaches. Levels are those of a run to the bit but for where in a tile a mast stands.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadCell
from .cells import Cells, gain_tables, reject
from .ground import Ground
from .levels import Disc, add_cells, disc_of, line_of
from .run import Settings, lowest_frequency, morton
from .stencil import disc_stencil
from .sweep import Place, Trees, trees_of
from .tiles import Rules, mast_sweep

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Footprints:
    """Map cells that each mast reaches, compressed by mast.

    ``start`` int64 (masts + 1,); ``at`` int32 flat index of the map cell in the ground, ascending within a mast, and
    ``level`` SS-RSRP in dBm of the mast's strongest cell, float32; ``errors`` the cells left out and why.
    """

    start: NDArray[np.int64]
    at: NDArray[np.int32]
    level: Floats
    errors: tuple[BadCell, ...]

    @property
    def masts(self) -> int:
        """Number of masts."""
        return self.start.size - 1


def footprints(
    ground: Ground,
    cells: Cells,
    mast: NDArray[np.integer],
    masts: int,
    settings: Settings,
    floor: float,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Footprints:
    """Compute what each mast reaches at ``floor`` dBm and above.

    ``mast`` (cells,) number of the mast from 0 that each cell hangs on; the cells of one mast stand at one place, may
    differ in height and frequency, and count together by the strongest. A mast without a good cell reaches nothing.
    """
    rules = settings.rules(ground.resolution)
    good, errors = reject(cells, ground, lowest_frequency(rules))
    chosen = np.flatnonzero(good)
    stencil = disc_stencil(settings.radius, ground.resolution, settings.density)
    tables, table = gain_tables(cells, chosen) if chosen.size else (np.zeros((1, 1, 1), np.float32), np.zeros(0, int))
    work = _Work(ground, rules, trees_of(stencil), disc_of(stencil), stencil.reach, cells, tables, floor)
    row, column = ground.cell_of(cells.x[chosen], cells.y[chosen])
    order = np.lexsort((mast[chosen], morton(row // 64, column // 64)))
    groups = _runs(np.asarray(mast)[chosen][order])
    found: list[tuple[int, NDArray[np.int32], Floats]] = []
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as threads:
        jobs = [order[first:last] for first, last in groups]
        for done, (one, at, level) in enumerate(
            threads.map(lambda which: work.reach(mast, chosen[which], row[which], column[which], table[which]), jobs)
        ):
            found.append((one, at, level))
            if progress is not None and done % 50 == 0:
                progress(done, len(jobs))
    return _compressed(found, masts, errors)


@dataclass(frozen=True)
class _Work:
    ground: Ground
    rules: Rules
    trees: Trees
    disc: Disc
    margin: int
    cells: Cells
    tables: Floats
    floor: float

    def reach(
        self,
        mast: NDArray[np.integer],
        which: NDArray[np.int64],
        row: NDArray[np.int64],
        column: NDArray[np.int64],
        table: NDArray[np.int32],
    ) -> tuple[int, NDArray[np.int32], Floats]:
        """What the cells ``which`` of one mast reach together."""
        top, left = int(row[0]) - self.margin - 2, int(column[0]) - self.margin - 2
        side = 2 * self.margin + 5
        terrain, obstacles = self.ground.block(top, left, side, side)
        size = self.disc.row.size
        levels = np.full((1, 1, size), -np.inf, dtype=np.float32)
        server, total = np.zeros((1, 1, size), np.int32), np.zeros((1, size), np.float32)
        down, right = (float(each) for each in self.ground.offset_of(self.cells.x[which[0]], self.cells.y[which[0]]))
        here = Place(int(row[0]) - top, int(column[0]) - left, down, right)
        power = self.cells.element_power(which)
        azimuth = (np.rint(self.cells.azimuth[which]) % 360).astype(np.int32)
        carriers = np.column_stack([self.cells.height[which], self.cells.f[which]])
        for height, f in np.unique(carriers, axis=0).tolist():
            mine = np.flatnonzero((carriers == (height, f)).all(axis=1))
            losses, rises, disc = mast_sweep(terrain, obstacles, here, height, f, self.rules, self.trees, self.disc)
            add_cells(
                0, 0, line_of(disc), rises, losses, self.tables, table[mine], azimuth[mine], power[mine],
                mine.astype(np.int32), levels, server, total,
            )  # fmt: skip
        return int(mast[which[0]]), *self._heard(int(row[0]), int(column[0]), levels.ravel())

    def _heard(self, row: int, column: int, level: Floats) -> tuple[NDArray[np.int32], Floats]:
        rows, columns = self.disc.row + row, self.disc.column + column
        height, width = self.ground.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        heard = np.flatnonzero(inside & (level >= self.floor))
        at = rows[heard] * width + columns[heard]
        # The mast's own map cell is no slot of the disc; it hears what its best neighbour hears.
        own = np.append(at, row * width + column)
        level = np.append(level[heard], level[heard].max() if heard.size else np.float32(-np.inf))
        order = np.argsort(own, kind="stable")[: None if heard.size else 0]
        return own[order].astype(np.int32), level[order].astype(np.float32)


def _runs(labels: NDArray[np.integer]) -> list[tuple[int, int]]:
    """First and last place of each run of equal labels."""
    if not labels.size:
        return []
    breaks = np.flatnonzero(np.diff(labels)) + 1
    return list(zip(np.r_[0, breaks].tolist(), np.r_[breaks, labels.size].tolist(), strict=True))


def _compressed(
    found: list[tuple[int, NDArray[np.int32], Floats]], masts: int, errors: tuple[BadCell, ...]
) -> Footprints:
    found.sort(key=lambda each: each[0])
    lengths = np.zeros(masts + 1, dtype=np.int64)
    for one, at, _ in found:
        lengths[one + 1] = at.size
    at = np.concatenate([each for _, each, _ in found]) if found else np.zeros(0, np.int32)
    level = np.concatenate([each for _, _, each in found]) if found else np.zeros(0, np.float32)
    return Footprints(np.cumsum(lengths), at, level, errors)
