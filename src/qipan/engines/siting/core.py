"""The reduced problem that the compiled loops read, and the loops that lay it out in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs


class Core(NamedTuple):
    """A coverage problem after presolve, over ``n`` candidates and ``m`` rows.

    ``start`` int64 [n + 1] and ``rows`` int32: candidate → rows; ``owner_start`` int64 [m + 1] and ``owners`` int32:
    row → candidates; ``value`` float64 [m]; ``cost`` float64 [n]; ``group`` int32 [n], -1 for none, and
    ``group_cost`` float64; ``conflict_start`` int64 [n + 1] and ``conflict`` int32; ``row_area`` int32 [m] with
    ``area_least`` float64; ``site_area`` int32 [n] with ``area_sites`` float64; ``budget`` what may still be spent.
    """

    start: Longs
    rows: Ints
    owner_start: Longs
    owners: Ints
    value: Floats
    cost: Floats
    group: Ints
    group_cost: Floats
    conflict_start: Longs
    conflict: Ints
    row_area: Ints
    area_least: Floats
    site_area: Ints
    area_sites: Floats
    budget: float


@njit(cache=True, nogil=True)
def transpose(start: Longs, rows: Ints, count: int) -> tuple[Longs, Ints]:
    """Turn candidate → rows into row → candidates (ascending) for ``count`` rows."""
    owner_start = np.zeros(count + 1, np.int64)
    for at in range(rows.size):
        owner_start[rows[at] + 1] += 1
    for row in range(count):
        owner_start[row + 1] += owner_start[row]
    fill = owner_start[:-1].copy()
    owners = np.empty(rows.size, np.int32)
    for i in range(start.size - 1):
        for at in range(start[i], start[i + 1]):
            row = rows[at]
            owners[fill[row]] = i
            fill[row] += 1
    return owner_start, owners


@njit(cache=True, nogil=True)
def _scatter(value: np.uint64) -> np.uint64:
    """The finalizer of SplitMix64: spreads consecutive numbers over 64 bits."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def row_signatures(start: Longs, rows: Ints, kept: Flags, count: int) -> tuple[np.ndarray, np.ndarray, Ints]:
    """Two 64-bit sums over the kept candidates of each row, and their number.

    Rows with equal owners have equal signatures; the converse fails with a chance of about rows² / 2¹²⁸.
    """
    first, second = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    degree = np.zeros(count, np.int32)
    for i in range(start.size - 1):
        if not kept[i]:
            continue
        one = _scatter(np.uint64(i) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1))
        other = _scatter(one + np.uint64(0x9E3779B97F4A7C15))
        for at in range(start[i], start[i + 1]):
            first[rows[at]] += one
            second[rows[at]] += other
            degree[rows[at]] += 1
    return first, second, degree


@njit(cache=True, nogil=True)
def select_pairs(start: Longs, rows: Ints, kept: Longs, new_row: Ints) -> tuple[Longs, Ints]:
    """Keep the candidates ``kept`` in that order and the rows with ``new_row`` of at least 0, ascending in each."""
    new_start = np.zeros(kept.size + 1, np.int64)
    for k in range(kept.size):
        number = 0
        for at in range(start[kept[k]], start[kept[k] + 1]):
            if new_row[rows[at]] >= 0:
                number += 1
        new_start[k + 1] = new_start[k] + number
    selected = np.empty(new_start[-1], np.int32)
    for k in range(kept.size):
        fill = new_start[k]
        for at in range(start[kept[k]], start[kept[k] + 1]):
            if new_row[rows[at]] >= 0:
                selected[fill] = new_row[rows[at]]
                fill += 1
        selected[new_start[k] : fill].sort()
    return new_start, selected


@njit(cache=True, nogil=True)
def local_order(start: Longs, rows: Ints, owner_start: Longs, owners: Ints) -> tuple[Longs, Ints]:
    """Breadth-first order of candidates and the new number of each row, so that neighbours lie near in memory.

    Candidates that no row ties together follow one another in their given order.
    """
    n, m = start.size - 1, owner_start.size - 1
    order, new_row = np.empty(n, np.int64), np.full(m, -1, np.int32)
    seen = np.zeros(n, np.bool_)
    read, written, next_row = 0, 0, 0
    for root in range(n):
        if seen[root]:
            continue
        seen[root] = True
        order[written] = root
        written += 1
        while read < written:
            i = order[read]
            read += 1
            for at in range(start[i], start[i + 1]):
                row = rows[at]
                if new_row[row] >= 0:
                    continue
                new_row[row] = next_row
                next_row += 1
                for back in range(owner_start[row], owner_start[row + 1]):
                    k = owners[back]
                    if not seen[k]:
                        seen[k] = True
                        order[written] = k
                        written += 1
    return order, new_row
