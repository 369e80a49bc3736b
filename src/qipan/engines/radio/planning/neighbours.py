"""Neighbour lists from where the areas of cells overlap.

Overlap is summed in passes over blocks of rows, whose order alone decides the bytes; memory grows with the pairs of
cells that meet, not with their number squared. Lists are sparse matrices: row the serving cell, column its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..errors import require_range
from .errors import BadNetwork, require_length, require_shape
from .pairs import add_servers, grown

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]


class Reason(IntFlag):
    """Why a cell is a neighbour; several may hold."""

    OVERLAP = 1
    CO_SITED = 2
    SYMMETRY = 4


class Overlap:
    """Sum of the overlap of each cell as best server with each other cell.

    ``cells`` their number; ``window`` dB below the best within which another server overlaps, by default 6; ``floor``
    dBm below which nothing is usable.
    """

    def __init__(self, cells: int, window: float = 6.0, floor: float = -110.0) -> None:
        require_range("overlap", "cells", cells, 1, 2**31 - 1, "")
        require_range("overlap", "window", window, 0.0, 100.0, "dB")
        self._cells, self._window, self._floor = cells, float(window), float(floor)
        self._keys = np.full(1 << 16, -1, dtype=np.int64)
        self._sums = np.zeros(1 << 16)
        self._used = 0

    def add(self, servers: NDArray[np.int32], levels: NDArray[np.float32], weights: ArrayLike | None = None) -> None:
        """Add a block of the map: ``servers`` and ``levels`` (rows, columns, k) as a coverage run keeps them.

        ``weights`` (rows, columns) such as population, by default 1 for each map cell, so that sums count area. Blocks
        may be of any size. BadNetwork for arrays that do not fit or a server beyond the cells.
        """
        require_shape("servers", servers.shape, levels.shape)
        if servers.size and int(servers.max()) >= self._cells:
            message = f"servers: cell {int(servers.max())} is outside 0 to {self._cells - 1}; give the number of cells"
            raise BadNetwork(message)
        ranks = servers.shape[-1]
        places = servers.size // ranks
        weight = np.ones(places) if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
        if weights is not None:
            require_shape("weights", weight.shape, servers.shape[:-1])
            require_range("overlap", "weight", weight, 0.0, np.finfo(np.float64).max, "")
        self._add(
            np.ascontiguousarray(servers, dtype=np.int32).reshape(places, ranks),
            np.ascontiguousarray(levels, dtype=np.float32).reshape(places, ranks),
            weight.ravel(),
        )

    def add_between(
        self,
        serving: NDArray[np.int32],
        servers: NDArray[np.int32],
        levels: NDArray[np.float32],
        weights: ArrayLike | None = None,
    ) -> None:
        """Add a block where the cells ``serving`` (rows, columns), -1 for none, meet another carrier's ``servers``.

        ``servers`` and ``levels`` (rows, columns, k) of that carrier: those within the window of its own best overlap.
        For neighbours between carriers.
        """
        require_shape("serving", serving.shape, levels.shape[:-1])
        self.add(
            np.concatenate([serving[..., None], servers], axis=-1),
            np.concatenate([levels[..., :1], levels], axis=-1),
            weights,
        )

    def _add(self, servers: NDArray[np.int32], levels: NDArray[np.float32], weights: Doubles) -> None:
        done = 0
        while done < len(servers):
            self._used, done = add_servers(
                self._keys, self._sums, self._used, done, servers, levels, weights, self._cells, self._window,
                self._floor,
            )  # fmt: skip
            if done < len(servers):
                self._keys, self._sums = grown(self._keys, self._sums)

    def matrix(self) -> sparse.csr_array:
        """The sums so far, (cells, cells): row the best server, column the cell that overlaps it."""
        filled = np.flatnonzero(self._keys >= 0)
        keys = self._keys[filled]
        order = np.argsort(keys, kind="stable")
        row, column = keys[order] // self._cells, keys[order] % self._cells
        return _csr(row, column, self._sums[filled[order]], self._cells)


def _csr(row: Ints, column: Ints, values: NDArray[np.generic], cells: int) -> sparse.csr_array:
    # from pairs sorted by row and column
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=cells))])
    index = np.int32 if len(row) < 2**31 - 1 else np.int64
    return sparse.csr_array((values, column.astype(index), start.astype(index)), shape=(cells, cells))


@dataclass(frozen=True)
class Neighbours:
    """Neighbour lists of all cells.

    ``weights`` (cells, cells) sparse, row the serving cell: its overlap with the neighbour, 0 where only the site or
    the other direction made them neighbours; ``reasons`` one :class:`Reason` in bits for each stored entry of it.
    """

    weights: sparse.csr_array
    reasons: NDArray[np.uint8]

    def of(self, cell: int) -> tuple[Ints, Doubles, NDArray[np.uint8]]:
        """Neighbours of one cell, their weights and reasons, heaviest first."""
        part = slice(self.weights.indptr[cell], self.weights.indptr[cell + 1])
        order = np.argsort(-self.weights.data[part], kind="stable")
        return (
            self.weights.indices[part][order].astype(np.int64),
            self.weights.data[part][order],
            self.reasons[part][order],
        )

    def counts(self) -> Ints:
        """Number of neighbours of each cell."""
        return np.asarray(np.diff(self.weights.indptr), dtype=np.int64)


def _co_sited(site: Ints) -> tuple[Ints, Ints]:
    # every ordered pair of two cells of one site
    order = np.argsort(site, kind="stable")
    _, first, size = np.unique(site[order], return_index=True, return_counts=True)
    group = np.repeat(np.arange(first.size), size)
    left = np.repeat(np.arange(site.size), size[group])
    offset = np.arange(left.size) - np.repeat(np.cumsum(size[group]) - size[group], size[group])
    right = first[group[left]] + offset
    other = left != right
    return np.asarray(order[left[other]]), np.asarray(order[right[other]])


@njit(cache=True)
def _fill(row: Ints, column: Ints, always: NDArray[np.bool_], limit: int, cells: int, both: bool) -> NDArray[np.bool_]:
    # pairs come in falling importance; with both, a pair takes a place of either cell
    room = np.full(cells, limit, dtype=np.int64)
    kept = np.zeros(row.size, dtype=np.bool_)
    for p in range(row.size):
        i, j = row[p], column[p]
        if always[p] or (room[i] > 0 and (not both or room[j] > 0)):
            kept[p] = True
            room[i] -= 1
            room[j] -= both
    return kept


@dataclass(frozen=True)
class _Candidates:
    row: Ints
    column: Ints
    there: Doubles
    back: Doubles
    same_site: NDArray[np.bool_]


def _candidates(overlap: sparse.csr_array, site: Ints | None, least: float) -> _Candidates:
    cells = overlap.shape[0]
    found = overlap.tocoo()
    heavy = (found.data > 0.0) & (found.data >= least) & (found.row != found.col)
    row, column = found.row[heavy].astype(np.int64), found.col[heavy].astype(np.int64)
    here, there = _co_sited(site) if site is not None else (row[:0], row[:0])
    keys = np.unique(np.concatenate([row * cells + column, column * cells + row, here * cells + there]))
    forth, back = np.zeros(keys.size), np.zeros(keys.size)
    forth[np.searchsorted(keys, row * cells + column)] = found.data[heavy]
    back[np.searchsorted(keys, column * cells + row)] = found.data[heavy]
    i, j = keys // cells, keys % cells
    same = site[i] == site[j] if site is not None else np.zeros(keys.size, dtype=np.bool_)
    return _Candidates(i, j, forth, back, same)


def neighbour_lists(
    overlap: sparse.csr_array,
    site: ArrayLike | None = None,
    *,
    limit: int = 32,
    least: float = 0.0,
    symmetric: bool = True,
) -> Neighbours:
    """Neighbour lists by falling overlap.

    ``overlap`` as :meth:`Overlap.matrix` gives it; ``site`` one number for each cell: cells of one site are always
    neighbours, even beyond ``limit``, and count towards it; overlaps below ``least`` are left out. ``symmetric`` takes
    both directions of a pair or neither, heaviest sum of both first, so that no list passes its limit; else each
    list is filled on its own. Equal weights go by cell number. BadNetwork for another number of sites than cells.
    """
    cells = overlap.shape[0]
    require_range("neighbours", "limit", limit, 1, 4096, "")
    places = None if site is None else np.asarray(site, dtype=np.int64)
    if places is not None:
        require_length("site", places.size, cells)
    all_pairs = _candidates(overlap.tocsr(), places, least)
    i, j, forth, back, same = (
        all_pairs.row, all_pairs.column, all_pairs.there, all_pairs.back, all_pairs.same_site,
    )  # fmt: skip
    wanted = np.flatnonzero(i < j) if symmetric else np.flatnonzero(same | (forth > 0.0))
    weight = forth + back if symmetric else forth
    order = wanted[np.lexsort((j[wanted], i[wanted], -weight[wanted], ~same[wanted]))]
    kept = order[np.flatnonzero(_fill(i[order], j[order], same[order], limit, cells, symmetric))]
    if symmetric:
        kept = np.concatenate([kept, np.searchsorted(i * cells + j, j[kept] * cells + i[kept])])
    kept = np.sort(kept)
    reasons = (forth[kept] > 0.0) * np.uint8(Reason.OVERLAP) + same[kept] * np.uint8(Reason.CO_SITED)
    reasons[reasons == 0] = Reason.SYMMETRY
    return Neighbours(_csr(i[kept], j[kept], forth[kept], cells), reasons)
