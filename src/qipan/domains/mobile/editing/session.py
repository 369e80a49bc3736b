"""One person's try on a study: changed cells, the map as it would be, and what that gains and loses."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import Metric
from qipan.domains.mobile.coverage import Study, metric
from qipan.domains.mobile.editing.errors import CellNotEditable
from qipan.domains.mobile.editing.patch import Patch, Window, window_around
from qipan.domains.mobile.editing.tried import EditedStudy, changing
from qipan.domains.mobile.inspection import OpenStudy, draw_values


@dataclass(frozen=True, slots=True)
class Effect:
    """What a session's changes do for the subscribers of one operator.

    Ground in km² and residents that rise to the outdoor threshold of the study, and that fall below it; ``bounds`` what
    has changed on the map, in degrees; ``cells`` that differ from the register; ``version`` counts the changes.
    """

    bounds: tuple[float, float, float, float]
    gained_km2: float
    lost_km2: float
    residents_gained: float
    residents_lost: float
    milliseconds: float
    cells: int
    version: int


@dataclass
class Session:
    """Changes of cells tried on a study; one at a time."""

    opened: OpenStudy
    study: EditedStudy
    versions: dict[int, int] = field(default_factory=dict)
    """Version in the register of each cell that was changed, as it was read before."""
    version: int = 0
    _patches: dict[int, Patch] = field(default_factory=dict)
    _touched: dict[int, Window] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def changed(self) -> list[int]:
        """Numbers of the cells whose values differ from the study's."""
        before, now = self.opened.study.cells, self.study.cells
        differs = np.any([before[key] != now[key] for key in changing], axis=0)
        return np.flatnonzero(differs).tolist()

    def warm(self, number: int) -> None:
        """Compute what the first change of a cell will ask for."""
        with self.lock:
            self._patch(number).warm(number)

    def change(self, number: int, values: Mapping[str, float]) -> Effect:
        """Try values of a cell: azimuth, tilts, watts, height, longitude and latitude.

        CellNotEditable, and nothing changed, where they cannot be computed.
        """
        started = time.perf_counter()
        with self.lock:
            wanted = self._on_plane(number, values)
            at = [wanted.get(key, float(self.study.cells[key][number])) for key in ("x", "y")]
            patch = self._patch(number, (at[0], at[1]))
            for window in patch.change(number, wanted):
                known = self._touched.get(patch.layer)
                self._touched[patch.layer] = window if known is None else known.joined(window)
            self._place_moved()
            self.version += 1
            return self._effect(patch.layer, started)

    def _on_plane(self, number: int, values: Mapping[str, float]) -> dict[str, float]:
        column = self.study.cells
        wanted = {key: value for key, value in values.items() if key not in ("longitude", "latitude")}
        if {"longitude", "latitude"} & values.keys():
            at = [values.get(key, float(column[key][number])) for key in ("longitude", "latitude")]
            x, y = self.opened.plane.to_plane(*at)
            if not (math.isfinite(x) and math.isfinite(y)):
                message = f"位置 {at[0]:.6f}，{at[1]:.6f} 不在研究范围内：请把铁塔放回研究范围"
                raise CellNotEditable(message)
            wanted |= {"x": float(x), "y": float(y)}
        return wanted

    def _place_moved(self) -> None:
        before, now = self.opened.study.cells, self.study.cells
        moved = np.flatnonzero((before["x"] != now["x"]) | (before["y"] != now["y"]))
        if moved.size:
            now["longitude"][moved], now["latitude"][moved] = self.opened.plane.to_degrees(
                now["x"][moved], now["y"][moved]
            )

    def _patch(self, number: int, at: tuple[float, float] | None = None) -> Patch:
        """Return the layer's patch with room for a cell where it stands and at another place."""
        column = self.study.cells
        if column["form"][number] == "indoor":
            message = f"小区 {column['code'][number]} 是室内分布，只覆盖所在建筑：请在资源登记中修改"
            raise CellNotEditable(message)
        layer = int(column["layer"][number])
        reach = math.ceil(float(self.study.parameters["radius"]) / self.study.grid.resolution) + 2
        here = (float(column["x"][number]), float(column["y"][number]))
        # What an edit changes, and around it the masts whose power is heard there too, with the ground they look over.
        needed = [window_around(self.study, x, y, 2 * reach) for x, y in (here, at or here)]
        wanted = needed[0].joined(needed[1])
        held = self._patches.get(layer)
        if held is not None and held.window.holds(wanted):
            return held
        wider = window_around(self.study, *here, 3 * reach).joined(wanted)
        window = wider if held is None else wider.joined(held.window)
        self._patches[layer] = Patch(self.opened, self.study, layer, window)
        return self._patches[layer]

    def _effect(self, layer: int, started: float) -> Effect:
        study = self.study
        operator = study.layers[layer].operator_id
        private = study.layers[layer].private
        layers = [one.number for one in study.layers if one.operator_id == operator and one.private == private]
        whole: Window | None = None
        for number in layers:
            if (touched := self._touched.get(number)) is not None:
                whole = touched if whole is None else whole.joined(touched)
        if whole is None:
            whole = Window(0, 0, 1, 1)
        window = (whole.rows, whole.columns)
        flips = change_map(self.opened.study, study, layers, window)
        people = study.population[window]
        square = study.grid.resolution**2 / 1e6
        return Effect(
            bounds=self._bounds(whole),
            gained_km2=round(float((flips > 0).sum()) * square, 5),
            lost_km2=round(float((flips < 0).sum()) * square, 5),
            residents_gained=round(float(people[flips > 0].sum()), 1),
            residents_lost=round(float(people[flips < 0].sum()), 1),
            milliseconds=round((time.perf_counter() - started) * 1000.0, 1),
            cells=len(self.changed),
            version=self.version,
        )

    def _bounds(self, window: Window) -> tuple[float, float, float, float]:
        grid = self.study.grid
        x = [grid.west + window.left * grid.resolution, grid.west + window.right * grid.resolution]
        y = [grid.north - window.bottom * grid.resolution, grid.north - window.top * grid.resolution]
        longitude, latitude = self.opened.plane.to_degrees(x, y)
        return float(longitude[0]), float(latitude[0]), float(longitude[1]), float(latitude[1])


def change_map(before: Study, now: Study, layers: list[int] | None, window: tuple[slice, slice]) -> NDArray[np.float32]:
    """Return 1 where the best of ``layers`` has risen to the outdoor threshold, -1 where it fell below it, else nan."""
    threshold = float(now.parameters["outdoor_threshold"])
    was, is_ = (metric(each, "rsrp", layers, window) >= threshold for each in (before, now))
    flips = is_.astype(np.float32) - was.astype(np.float32)
    return np.where(flips == 0, np.float32(np.nan), flips)


def draw_change(session: Session, shown: Metric, layers: list[int] | None, z: int, x: int, y: int) -> bytes:
    """Return tile z/x/y of where a session's changes gain and lose coverage, in the colours of a metric."""
    before, now = session.opened.study, session.study
    return draw_values(now, shown, z, x, y, lambda window: change_map(before, now, layers, window))
