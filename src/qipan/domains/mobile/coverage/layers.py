"""The maps of one carrier on disk: levels in steps of 0.01 dB, servers by their number within the carrier, power."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qipan.domains.mobile.coverage.blocks import BlockMap, BlockWriter, SumMap

Floats = NDArray[np.float32]
Codes = NDArray[np.uint16]
_steps = 100.0
"""Steps of a decibel that levels are kept in."""
_zero = 40_000
"""The number that stands for 0 dBm."""
_least_ratio = 1e-7
"""Part of the best server's power below which the rest of a sum is rounding."""


class LayerWriter:
    """Writes the maps of one carrier into ``folder``, window by window.

    ``shape`` rows, columns and servers kept; ``cells`` how many the carrier has.
    """

    def __init__(self, folder: Path, number: int, shape: tuple[int, int, int], cells: int) -> None:
        flat = (*shape[:2], 1)
        self._kind = _server_kind(cells)
        self._levels = BlockWriter(folder / f"levels-{number}", shape, np.uint16)
        self._servers = BlockWriter(folder / f"servers-{number}", shape, self._kind)
        self._others = BlockWriter(folder / f"others-{number}", flat, np.uint16)

    def write(self, top: int, left: int, levels: Floats, servers: NDArray[np.integer[Any]], total: Floats) -> None:
        """Write a window that begins at whole blocks.

        ``levels`` dBm, falling, -inf where none, (rows, columns, k); ``servers`` numbers within the carrier, -1 where
        none; ``total`` mW, (rows, columns), of which what the best server does not send is kept.
        """
        self._levels.write(top, left, np.moveaxis(level_codes(levels), 2, 0))
        self._servers.write(top, left, np.moveaxis(servers + 1, 2, 0).astype(self._kind))
        self._others.write(top, left, _other_codes(np.ascontiguousarray(levels[..., 0]), total)[None])

    def close(self) -> None:
        """Finish the files."""
        for one in (self._levels, self._servers, self._others):
            one.close()


def open_levels(folder: Path, number: int, shape: tuple[int, int, int]) -> BlockMap[np.float32]:
    """Open SS-RSRP of a carrier in dBm, -inf where there is none."""
    return BlockMap(folder / f"levels-{number}", shape, np.uint16, _level_table)


def open_servers(
    folder: Path, number: int, shape: tuple[int, int, int], cells: NDArray[np.integer[Any]]
) -> BlockMap[np.int32]:
    """Open the servers behind the levels, -1 where there is none; ``cells`` what the carrier's cells are called."""
    table = np.append(-1, cells).astype(np.int32)
    return BlockMap(folder / f"servers-{number}", shape, _server_kind(cells.size), table)


def open_total(folder: Path, number: int, shape: tuple[int, int, int]) -> SumMap[np.float32]:
    """Open the power of all cells of a carrier in a resource element, mW."""
    best = BlockMap(folder / f"levels-{number}", shape, np.uint16, _power_table, flat=True)
    others = BlockMap(folder / f"others-{number}", (*shape[:2], 1), np.uint16, _power_table, flat=True)
    return SumMap(best, others)


def level_codes(levels: Floats) -> Codes:
    """Return the numbers that stand for levels in dBm, any shape: 0 for -inf, the nearest step for all others."""
    codes = np.empty(levels.shape, dtype=np.uint16)
    _encode(np.ascontiguousarray(levels).reshape(-1), codes.reshape(-1))
    return codes


def level_table() -> Floats:
    """Return the level in dBm of each number, -inf of 0; a copy."""
    return _level_table.copy()


def rounded_levels(levels: Floats) -> Floats:
    """Return levels in dBm as the files keep them."""
    return _level_table[level_codes(levels)]


def rounded_total(levels: Floats, total: Floats) -> Floats:
    """Return a sum in mW as the files keep it beside its levels in dBm, (rows, columns, k)."""
    best = np.ascontiguousarray(levels[..., 0])
    return np.asarray(_power_table[level_codes(best)] + _power_table[_other_codes(best, total)])


def _other_codes(best: Floats, total: Floats) -> Codes:
    """Return numbers for what is left of a sum in mW without its best server in dBm.

    The sum itself would not do: in steps of 0.01 dB it hides interference more than 25 dB below the server.
    """
    levels = np.empty(best.shape, dtype=np.float32)
    _left_over(best.reshape(-1), np.ascontiguousarray(total).reshape(-1), levels.reshape(-1))
    return level_codes(levels)


@njit(cache=True, nogil=True)
def _left_over(best: Floats, total: Floats, levels: Floats) -> None:
    for i in range(best.size):
        served = 10.0 ** (best[i] / 10.0) if best[i] > -np.inf else 0.0
        left = total[i] - served
        levels[i] = 10.0 * np.log10(left) if left > served * _least_ratio else -np.inf


def _server_kind(cells: int) -> type[np.uint16] | type[np.uint32]:
    return np.uint16 if cells < np.iinfo(np.uint16).max else np.uint32


@njit(cache=True, nogil=True)
def _encode(levels: Floats, codes: Codes) -> None:
    for i in range(levels.size):
        if levels[i] > -np.inf:
            codes[i] = min(max(round(levels[i] * _steps) + _zero, 1), 65_535)
        else:
            codes[i] = 0


def _table() -> Floats:
    table = ((np.arange(1 << 16) - _zero) / _steps).astype(np.float32)
    table[0] = -np.inf
    return table


_level_table = _table()
_power_table = np.asarray(10.0 ** (_level_table.astype(np.float64) / 10.0), dtype=np.float32)
