"""Sums by pair of cells in a table that grows with the pairs found, never with cells squared."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
_EMPTY = -1


@njit(cache=True)
def _slot(keys: Ints, key: int) -> int:
    # open addressing; multiplication by 2^64/φ scatters neighbouring keys
    mask = np.uint64(keys.size - 1)
    place = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20) & mask
    while keys[place] != _EMPTY and keys[place] != key:
        place = (place + np.uint64(1)) & mask
    return int(place)


@njit(cache=True)
def grown(keys: Ints, sums: Doubles) -> tuple[Ints, Doubles]:
    """The same table with twice the room."""
    wider, carried = np.full(keys.size * 2, _EMPTY, dtype=np.int64), np.zeros(keys.size * 2)
    for i in range(keys.size):
        if keys[i] != _EMPTY:
            place = _slot(wider, keys[i])
            wider[place], carried[place] = keys[i], sums[i]
    return wider, carried


@njit(cache=True)
def _one(keys: Ints, sums: Doubles, key: int, value: float) -> int:
    # 1 where the pair is new
    place = _slot(keys, key)
    new = 1 if keys[place] == _EMPTY else 0
    keys[place] = key
    sums[place] += value
    return new


@njit(cache=True)
def add_servers(
    keys: Ints,
    sums: Doubles,
    used: int,
    start: int,
    servers: NDArray[np.int32],
    levels: NDArray[np.float32],
    weights: Doubles,
    cells: int,
    window: float,
    floor: float,
) -> tuple[int, int]:
    """Add map cells from number ``start`` on: best server with each other one within ``window`` dB and above ``floor``.

    ``servers``/``levels`` (map cells, k), ``weights`` (map cells,). Stops before a map cell for which the table may be
    too small. Returns pairs in the table and the map cell to go on with.
    """
    room = keys.size // 2 - servers.shape[1]
    for m in range(start, servers.shape[0]):
        if used > room:
            return used, m
        best = servers[m, 0]
        if best < 0 or not levels[m, 0] >= floor or weights[m] == 0.0:
            continue
        for k in range(1, servers.shape[1]):
            level = levels[m, k]
            if servers[m, k] >= 0 and level >= floor and level >= levels[m, 0] - window:
                used += _one(keys, sums, best * cells + servers[m, k], weights[m])
    return used, servers.shape[0]
