"""A window of one layer of a study in which cells are tried; the rest of the city stays as its files say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.editing.errors import CellNotEditable
from qipan.domains.mobile.editing.tried import EditedStudy
from qipan.domains.mobile.inspection import OpenStudy
from qipan.engines.radio import BadCell, LiveCoverage, Update

_cache_bytes = 1 << 27
_deeper = 4
_most_side = 1600
"""Map cells that a window may measure: cells further apart are tried one after the other."""


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns of a grid, from the first to before the last."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        """The columns as a slice."""
        return slice(self.left, self.right)

    def joined(self, other: Window) -> Window:
        """Return the smallest window that holds both."""
        return Window(
            min(self.top, other.top), min(self.left, other.left),
            max(self.bottom, other.bottom), max(self.right, other.right),
        )  # fmt: skip

    def holds(self, other: Window) -> bool:
        """Tell whether another window lies within this one."""
        return self.joined(other) == self


def window_around(study: Study, x: float, y: float, cells: int) -> Window:
    """Return the window of so many map cells to each side of a point, cut off at the study's edge."""
    grid = study.grid
    row = math.floor((grid.north - y) / grid.resolution)
    column = math.floor((x - grid.west) / grid.resolution)
    return Window(
        max(row - cells, 0), max(column - cells, 0),
        min(row + cells + 1, grid.rows), min(column + cells + 1, grid.columns),
    )  # fmt: skip


class Patch:
    """Live coverage of one layer around some masts, written back into a study of its own after every change.

    Masts whose discs reach an edited one stand in the window with their whole discs, so that what an edit changes is
    what a run of the whole city would give.
    """

    def __init__(self, opened: OpenStudy, study: EditedStudy, layer: int, window: Window) -> None:
        if max(window.bottom - window.top, window.right - window.left) > _most_side:
            reach = _most_side * study.grid.resolution / 1000.0
            message = f"改动的小区相距超过 {reach:.0f} 公里：请先应用或放弃已有改动，再改远处的小区"
            raise CellNotEditable(message)
        self.study, self.layer, self.window = study, layer, window
        self.chosen = self._cells_within(opened, study, layer, window)
        ground = opened.window_ground(window.rows, window.columns)
        settings = opened.settings
        cells = opened.engine_cells(study, self.chosen)
        depth = settings.servers + _deeper
        self._live = LiveCoverage(ground, cells, settings, depth=depth, cache=_cache_bytes)
        self._local = {number: place for place, number in enumerate(self.chosen.tolist())}

    @staticmethod
    def _cells_within(opened: OpenStudy, study: Study, layer: int, window: Window) -> NDArray[np.int64]:
        row, column = opened.ground.cell_of(study.cells["x"], study.cells["y"])
        inside = (row >= window.top) & (row < window.bottom) & (column >= window.left) & (column < window.right)
        outdoors = study.cells["form"] != "indoor"
        return np.flatnonzero(inside & outdoors & (study.cells["layer"] == layer))

    def warm(self, number: int) -> None:
        """Compute what the first change of a cell will ask for."""
        column = self.study.cells
        self._live.warm(float(column["x"][number]), float(column["y"][number]))

    def change(self, number: int, values: Mapping[str, float]) -> list[Window]:
        """Turn, tilt, power or move a cell of the study, and write what changes on the map into the study's arrays.

        ``values`` by column of the study's cells. Returns the windows that changed. CellNotEditable names the value
        that is out of range; then nothing is changed.
        """
        place = self._local[number]
        updates: list[Update] = []
        try:
            if {"x", "y", "height"} & values.keys():
                cells = self.study.cells
                at = {key: values.get(key, float(cells[key][number])) for key in ("x", "y", "height")}
                updates.append(self._live.move_mast(place, at["x"], at["y"], at["height"]))
            turned = {key: value for key, value in values.items() if key not in ("x", "y", "height")}
            if turned:
                updates.append(self._live.change_cell(place, **turned))
        except BadCell as error:
            message = f"这些取值不能计算：{error}"
            raise CellNotEditable(message) from error
        return [window for update in updates for window in self._write(update)]

    def _write(self, update: Update) -> list[Window]:
        now = self._live.cells
        numbers = self.chosen[list(update.cells)]
        for key in ("x", "y", "height", "watts", "azimuth", "mechanical_tilt", "electrical_tilt"):
            self.study.cells[key][numbers] = getattr(now, key)[list(update.cells)]
        known = np.append(self.chosen, -1).astype(np.int32)
        windows = []
        for each in update.changes:
            rows = slice(each.rows.start + self.window.top, each.rows.stop + self.window.top)
            columns = slice(each.columns.start + self.window.left, each.columns.stop + self.window.left)
            self.study.write(self.layer, (rows, columns), each.now.levels, known[each.now.servers], each.now.total)
            windows.append(Window(rows.start, columns.start, rows.stop, columns.stop))
        return windows
