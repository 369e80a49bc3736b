"""The array types of the siting engine and the sums over offset-indexed rows that several modules need."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int32]
Longs: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Singles: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]


def row_ids(start: Longs) -> Ints:
    """Row number of every stored pair of the compressed rows ``start`` (int64 [rows + 1])."""
    return np.repeat(np.arange(start.size - 1, dtype=np.int32), np.diff(start))


def pairs_of(start: Longs, rows: npt.NDArray[np.integer]) -> Longs:
    """Positions of all pairs of the given rows, in their order."""
    lengths = start[rows + 1] - start[rows]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if ends.size else 0
    within = np.arange(total, dtype=np.int64) - np.repeat(ends - lengths, lengths)
    positions: Longs = np.repeat(start[rows], lengths) + within
    return positions


def offsets(rows: npt.NDArray[np.integer], count: int) -> Longs:
    """Offsets int64 [count + 1] of compressed rows whose pairs carry the row numbers ``rows``."""
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=start[1:])
    return start
