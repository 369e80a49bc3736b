"""A study with what a session tries on it: changed columns of cells, changed windows of its maps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.coverage.blocks import Key, MapArray, Number, split_key
from qipan.domains.mobile.coverage.layers import rounded_levels, rounded_total

changing = ("x", "y", "longitude", "latitude", "height", "watts", "azimuth", "mechanical_tilt", "electrical_tilt")
"""Columns of cells that a session may change."""


class TriedMap(Generic[Number]):
    """A map that can be written to: what is written stays in memory, the files below keep what they have.

    Memory is that of the smallest window that holds everything written.
    """

    def __init__(self, below: MapArray[Number]) -> None:
        self._below = below
        self._top = self._left = 0
        self._tried: NDArray[Number] | None = None
        self.shape = below.shape

    def __setitem__(self, key: tuple[slice, slice], values: NDArray[Number]) -> None:
        """Write a window."""
        rows, columns = key
        tried = self._grown(rows, columns)
        place = np.s_[
            rows.start - self._top : rows.stop - self._top, columns.start - self._left : columns.stop - self._left
        ]
        tried[place] = values

    def _grown(self, rows: slice, columns: slice) -> NDArray[Number]:
        """Return what is held, made to reach to a window."""
        if self._tried is None:
            self._top, self._left, self._tried = rows.start, columns.start, self._below[rows, columns]
        top, left = min(self._top, rows.start), min(self._left, columns.start)
        bottom = max(self._top + self._tried.shape[0], rows.stop)
        right = max(self._left + self._tried.shape[1], columns.stop)
        if (bottom - top, right - left) != self._tried.shape[:2]:
            self._tried = self[top:bottom, left:right]
            self._top, self._left = top, left
        return self._tried

    def __getitem__(self, key: Key) -> NDArray[Number]:
        """Return a window (with steps where asked) or the map cells of arrays of rows and columns."""
        found = self._below[key]
        if self._tried is None:
            return found
        rows, columns, planes = split_key(key, self.shape)
        here: Any
        if isinstance(rows, slice):
            rows, columns = (np.arange(one.start, one.stop, one.step) for one in (rows, columns))
            here = np.ix_(self._within(rows, 0), self._within(columns, 1))
            row, column = rows[self._within(rows, 0)][:, None], columns[self._within(columns, 1)][None]
        else:
            here = self._within(rows, 0) & self._within(columns, 1)
            row, column = rows[here], columns[here]
        tried = self._tried[row - self._top, column - self._left]
        found[here] = tried[..., planes] if len(self.shape) > 2 else tried
        return found

    def _within(self, places: NDArray[np.int64], axis: int) -> NDArray[np.bool_]:
        """Tell which places along an axis lie in what is held."""
        first, size = (self._top, self._left)[axis], 0 if self._tried is None else self._tried.shape[axis]
        return np.asarray((places >= first) & (places < first + size))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's own
        """Return the whole map."""
        return np.asarray(self[...], dtype=dtype)


class EditedStudy(Study):
    """A study whose layers can be written to: what is written stays in memory and never reaches the files."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(folder, facts)
        self._levels: dict[int, TriedMap[np.float32]] = {}
        self._servers: dict[int, TriedMap[np.int32]] = {}
        self._total: dict[int, TriedMap[np.float32]] = {}
        self._columns: dict[str, NDArray[Any]] | None = None

    @property
    def keeps_overall(self) -> bool:
        """False: what is tried on a layer changes what all of them give together."""
        return False

    @property
    def cells(self) -> dict[str, NDArray[Any]]:
        """Columns of the cells as they are now tried."""
        if self._columns is None:
            files = super().cells
            self._columns = {key: np.array(each) if key in changing else each for key, each in files.items()}
        return self._columns

    def write(
        self,
        number: int,
        window: tuple[slice, slice],
        levels: NDArray[np.float32],
        servers: NDArray[np.int32],
        total: NDArray[np.float32],
    ) -> None:
        """Try other values on a window of a layer, rounded as the files of a study are, so that both compare."""
        self.levels(number)[window] = rounded_levels(levels)
        self.servers(number)[window] = servers
        self.total(number)[window] = rounded_total(levels, total)

    def levels(self, number: int) -> TriedMap[np.float32]:
        """SS-RSRP of a layer in dBm as it is now tried."""
        if number not in self._levels:
            self._levels[number] = TriedMap(super().levels(number))
        return self._levels[number]

    def servers(self, number: int) -> TriedMap[np.int32]:
        """Numbers of the cells behind ``levels`` as they are now tried."""
        if number not in self._servers:
            self._servers[number] = TriedMap(super().servers(number))
        return self._servers[number]

    def total(self, number: int) -> TriedMap[np.float32]:
        """Power of all cells of a layer in mW as it is now tried."""
        if number not in self._total:
            self._total[number] = TriedMap(super().total(number))
        return self._total[number]
