"""What is covered now, from a coverage study, on the map cells that a build plan reckons with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import Box, area_grid, read_ground
from qipan.core.jobs import Progress
from qipan.core.placing import NothingToPlace, Task
from qipan.core.scenarios import list_scenarios, read_scenario
from qipan.domains.mobile.coverage import Study, StudyLayer, StudyMissing, open_study
from qipan.domains.mobile.coverage.groups import Group, best_of
from qipan.domains.mobile.coverage.summary import bands_of
from qipan.engines.radio import Ground

Doubles = NDArray[np.float64]
_small = 400e6
"""Square metres up to which a city is planned on the finer cells."""
_fine, _coarse = 20.0, 50.0


@dataclass(frozen=True)
class Baseline:
    """Map cells of a plan, flat in row order of ``ground``, and by operator how well they are served now.

    ``people`` residents; ``district`` id; ``indoors`` and ``outdoors`` float32 (operators, cells): probability that a
    resident, or the street, gets the level asked for.
    """

    ground: Ground
    people: Doubles
    district: NDArray[np.int64]
    operators: tuple[int, ...]
    indoors: NDArray[np.float32]
    outdoors: NDArray[np.float32]


def study_of(task: Task, study_id: int | None) -> tuple[int, Study]:
    """Return number and result of the study that tells what is covered, the newest that fits where none is named.

    NothingToPlace where there is none.
    """
    wanted = task.parameters.coverage_id if study_id is None else study_id
    with task.database.connect() as connection:
        if wanted is not None:
            found = read_scenario(connection, task.principal, wanted, "coverage")
            return found.id, open_study(task.database, found.id)
        ready = [
            one
            for one in list_scenarios(connection, task.principal, kind="coverage")
            if one.summary is not None and not one.parameters.get("include_planned") and one.owner_id is None
        ]
    fitting = [one for one in ready if one.area_id in (None, task.scenario.area_id)]
    for one in fitting:
        with suppress(StudyMissing):  # written by another version, or its files are gone
            return one.id, open_study(task.database, one.id)
    message = "没有现状覆盖的计算结果：请先新建一个覆盖计算并完成计算，建设方案据此判断哪里尚未覆盖"
    raise NothingToPlace(message)


def planning_ground(database: Database, catalogue: Catalogue, study: Study, resolution: float | None) -> Ground:
    """Return the ground of a plan: the study's extent on cells of 20 m, of 50 m for a large city."""
    grid = study.grid
    wide, high = grid.columns * grid.resolution, grid.rows * grid.resolution
    usual = _fine if wide * high <= _small else _coarse
    cell = max(resolution or usual, grid.resolution)
    box: Box = (grid.west, grid.north - high, grid.west + wide, grid.north)
    return read_ground(database, catalogue, box, cell)


def read_baseline(task: Task, study: Study, ground: Ground, progress: Progress) -> Baseline:
    """Bring a study onto the plan's cells: residents and probabilities, weighted by where people and streets are."""
    operators = tuple(int(one) for one in task.owners)
    groups = [Group(one, tuple(la for la in study.layers if la.operator_id == one)) for one in operators]
    size = ground.shape[0] * ground.shape[1]
    people, street = np.zeros(size), np.zeros(size)
    indoors, outdoors = (np.zeros((len(operators), size)) for _ in range(2))
    limits, shadow = study.parameters, task.parameters.shadow_db
    for window in bands_of(study):
        progress.report(window[0].start / study.grid.rows, "读取现状覆盖")
        at = _cells_of(study, window, ground).ravel()
        roof = np.asarray(study.built[window]).ravel()
        living = np.asarray(study.population[window], dtype=np.float64).ravel()
        open_air = (~roof).astype(np.float64)
        for total, weight in ((people, living), (street, open_air)):
            total += np.bincount(at, weight, minlength=size + 1)[:size]
        for number, best in enumerate(best_of(study, groups, window)):
            inside = chance(best.indoors.ravel(), limits["indoor_threshold"], shadow)
            outside = chance(best.outdoors.ravel(), outdoors_least(task, study), shadow)
            homes = np.where(roof, inside, outside) * living
            indoors[number] += np.bincount(at, homes, minlength=size + 1)[:size]
            outdoors[number] += np.bincount(at, outside * open_air, minlength=size + 1)[:size]
    with np.errstate(invalid="ignore", divide="ignore"):
        lived = np.where(people > 0, indoors / people, 0.0)
        walked = np.where(street > 0, outdoors / street, 0.0)
    return Baseline(
        ground=ground,
        people=people,
        district=area_grid(task.database, ground, "district").ravel().astype(np.int64),
        operators=operators,
        indoors=lived.astype(np.float32),
        outdoors=walked.astype(np.float32),
    )


def outdoors_least(task: Task, study: Study) -> float:
    """Return the level in dBm that streets need: that of the plan's parameters, else the study's own."""
    asked = task.parameters.outdoor_threshold
    return float(study.parameters["outdoor_threshold"]) if asked is None else asked


def chance(level: NDArray[np.float32], threshold: float, shadow: float) -> Doubles:
    """Return the probability that a level in dBm with ``shadow`` dB of variability reaches a threshold; 0 for -inf."""
    over = np.asarray(level, dtype=np.float64) - threshold
    if shadow <= 0:
        return (over >= 0).astype(np.float64)
    return np.asarray(np.where(np.isfinite(over), ndtr(over / shadow), 0.0))


def _cells_of(study: Study, window: tuple[slice, slice], ground: Ground) -> NDArray[np.int64]:
    """Return the plan's flat cell of each of the study's, the number past the last where it lies outside."""
    grid = study.grid
    rows, columns = np.arange(window[0].start, window[0].stop), np.arange(window[1].start, window[1].stop)
    x = grid.west + (columns + 0.5) * grid.resolution
    y = grid.north - (rows + 0.5) * grid.resolution
    row, column = ground.cell_of(x[:1], y)[0], ground.cell_of(x, y[:1])[1]
    height, width = ground.shape
    inside = ((row >= 0) & (row < height))[:, None] & ((column >= 0) & (column < width))[None, :]
    return np.where(inside, row[:, None] * width + column[None, :], height * width)


def main_layers(study: Study, operators: Sequence[int]) -> Mapping[int, StudyLayer]:
    """Return each operator's public carrier with most cells; NothingToPlace for an operator that has none."""
    found: dict[int, StudyLayer] = {}
    for one in operators:
        own = [layer for layer in study.layers if layer.operator_id == one and not layer.private]
        if not own:
            message = (
                f"覆盖计算中没有运营商 {one} 的公网小区，无法确定新站频段：请重新计算现状覆盖，或调整 operator_ids"
            )
            raise NothingToPlace(message)
        found[one] = max(own, key=lambda layer: layer.cells)
    return found
