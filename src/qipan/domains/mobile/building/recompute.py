"""Coverage before and after a plan by the radio engine's own recompute, on the study's map cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.ground import Box, read_ground
from qipan.core.jobs import Progress
from qipan.core.placing import Task
from qipan.domains.mobile.building.cells import PlannedCells
from qipan.domains.mobile.coverage import Study, StudyLayer, load_antennas
from qipan.domains.mobile.coverage.groups import Best, Group, best_of, groups_of
from qipan.domains.mobile.coverage.metrics import facade_level, indoor_level
from qipan.domains.mobile.coverage.summary import bands_of
from qipan.engines.radio import Cells, Settings, coverage

Record = dict[str, Any]
Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
_shares = ("outdoor_area", "indoor_area", "population", "population_indoor")
_band_cells = 4_000_000


def coverage_of_plan(
    task: Task, study: Study, layers: Mapping[int, StudyLayer], planned: PlannedCells, progress: Progress
) -> tuple[list[Record], list[Record]]:
    """Return the shares covered of the city and its districts, by operator and together, before and after.

    The planned cells are swept over the study's own ground with its own settings; each map cell then has the stronger
    of what it had and what they bring.
    """
    groups = [one for one in groups_of(study) if one.operator_id is None or one.operator_id in layers]
    sweeps, telling = _Sweeps(task, study, layers, planned, progress.part(0.0, 0.5)), progress.part(0.5, 1.0)
    sweeps.prepare()
    sums: list[dict[int, Doubles]] = [{}, {}]
    for window in bands_of(study, _band_cells):
        telling.report(window[0].start / study.grid.rows, "重算覆盖")
        before = best_of(study, groups, window)
        wholes, places = _wholes(study, window)
        ids, place = np.unique(places, return_inverse=True)
        held = [_held(study, one, wholes) for one in before]
        _add(sums[0], ids, place.reshape(-1), wholes, held)
        sweeps.raise_to(groups, before, window)
        _add(sums[1], ids, place.reshape(-1), wholes, [_held(study, one, wholes) for one in before])
    return _rows(task, groups, sums[0]), _rows(task, groups, sums[1])


class _Sweeps:
    """Levels that the planned cells of each operator bring, for windows of the study's map."""

    def __init__(
        self, task: Task, study: Study, layers: Mapping[int, StudyLayer], planned: PlannedCells, progress: Progress
    ) -> None:
        self._study, self._layers, self._progress = study, layers, progress
        numbers = {owner: place for place, owner in enumerate(layers)}
        owners = task.candidates.owner_id[planned.site]
        layer = np.array([numbers[int(one)] for one in owners], dtype=np.int64)
        self._numbers = numbers
        self._cells: Cells | None = None
        if len(planned):
            self._cells = planned.engine_cells(load_antennas(task.database), layer)
        grid = study.grid
        box: Box = (
            grid.west, grid.north - grid.rows * grid.resolution, grid.west + grid.columns * grid.resolution, grid.north,
        )  # fmt: skip
        self._ground = read_ground(task.database, task.catalogue, box, grid.resolution)
        self._found: dict[int, Floats] = {}

    def raise_to(self, groups: Sequence[Group], best: Sequence[Best], window: tuple[slice, slice]) -> None:
        """Raise what groups have on a window to what the planned cells bring."""
        if self._cells is None:
            return
        for owner, layer in self._layers.items():
            level = self._found[owner]
            facade = facade_level(self._study, layer, window, lambda wider, level=level: level[wider])  # type: ignore[misc]
            inside = indoor_level(self._study, layer, window, facade)
            for group, one in zip(groups, best, strict=True):
                if group.operator_id in (None, owner):
                    np.fmax(one.outdoors, facade, out=one.outdoors)
                    np.fmax(one.indoors, inside, out=one.indoors)

    def prepare(self) -> None:
        """Sweep the planned cells, once for all windows."""
        if self._found or self._cells is None:
            return
        parameters, shape = self._study.parameters, self._study.grid.shape
        settings = Settings(
            radius=float(parameters["radius"]), receiver=float(parameters["receiver"]),
            model=parameters["model"], servers=1, sample=0,
        )  # fmt: skip
        stopped = self._progress.stop.is_set
        found = coverage(self._ground, self._cells, settings, progress=self._tell, cancelled=stopped)
        self._progress.check()
        for whose, number in self._numbers.items():
            held = found.layers[number].levels[..., 0] if number < len(found.layers) else None
            self._found[whose] = _on(shape, held)

    def _tell(self, done: int, planned: int) -> None:
        self._progress.report(done / max(planned, 1), "重算覆盖")


def _on(shape: tuple[int, int], levels: Floats | None) -> Floats:
    """Return levels on a map of another shape, -inf where there are none."""
    if levels is not None and levels.shape == shape:
        return levels
    found = np.full(shape, -np.inf, dtype=np.float32)
    if levels is not None:
        rows, columns = (min(one) for one in zip(shape, levels.shape, strict=True))
        found[:rows, :columns] = levels[:rows, :columns]
    return found


def _wholes(study: Study, window: tuple[slice, slice]) -> tuple[Doubles, NDArray[np.int64]]:
    """Return what there is to cover on each map cell, (4, cells) as ``_shares``, and the cell's area."""
    built = np.asarray(study.built[window]).ravel()
    people = np.asarray(study.population[window], dtype=np.float64).ravel()
    wholes = np.stack([(~built).astype(np.float64), built.astype(np.float64), people, np.where(built, people, 0.0)])
    return wholes, np.asarray(study.areas[window]).ravel().astype(np.int64)


def _held(study: Study, best: Best, wholes: Doubles) -> Doubles:
    limits = study.parameters
    outside = best.outdoors.ravel() >= limits["outdoor_threshold"]
    inside = best.indoors.ravel() >= limits["indoor_threshold"]
    return np.stack([wholes[0] * outside, wholes[1] * inside, wholes[2] * outside, wholes[3] * inside])


def _add(
    sums: dict[int, Doubles], ids: NDArray[np.int64], place: NDArray[np.int64], wholes: Doubles, held: list[Doubles]
) -> None:
    """Add wholes and what is held of them to each area's sums, (1 + groups, 4)."""
    for column, one in enumerate([wholes, *held]):
        for share in range(len(_shares)):
            totals = np.bincount(place, one[share], minlength=len(ids))
            for area, total in zip(ids.tolist(), totals.tolist(), strict=True):
                table = sums.setdefault(area, np.zeros((1 + len(held), len(_shares))))
                table[column, share] += total


def _rows(task: Task, groups: Sequence[Group], sums: Mapping[int, Doubles]) -> list[Record]:
    """Return shares of the city and its districts."""
    city = task.tree.city
    together: dict[int, Doubles] = {}
    for area, table in sums.items():
        if area not in task.tree.areas:
            continue
        for above in {task.district_of(area), city.id if city is not None else area}:
            together[above] = together.get(above, np.zeros_like(table)) + table
    found = []
    for area in sorted(together):
        whole = together[area][0]
        for group, part in zip(groups, together[area][1:], strict=True):
            shares = {
                key: round(float(part[k] / whole[k]), 6) if whole[k] > 0 else None for k, key in enumerate(_shares)
            }
            found.append({"area_id": area, "operator_id": group.operator_id, **shares})
    return found
