"""Whom possible stations would serve: footprints of the radio engine turned into probabilities, never circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import ndtri

from qipan.core.catalogue import Source
from qipan.core.ground import read_streets, street_ranks
from qipan.core.jobs import Progress
from qipan.core.placing import (
    Demand,
    Served,
    Task,
    demand_rows,
    host_pairs,
    points_along,
    resource_demand,
    settled,
    with_standing,
    within_area,
)
from qipan.domains.mobile.building.baseline import (
    Baseline,
    chance,
    main_layers,
    outdoors_least,
    planning_ground,
    read_baseline,
    study_of,
)
from qipan.domains.mobile.building.cells import planned_cells
from qipan.domains.mobile.building.facades import Facades
from qipan.domains.mobile.coverage import Study, StudyLayer, load_antennas
from qipan.domains.mobile.coverage.venues import venues_file
from qipan.engines.radio import Footprints, Ground, Settings, footprints
from qipan.engines.siting import Reach

_settled = 0.95
"""Probability from which on demand counts as served and no more is wanted."""
_sure = 0.9
"""Probability with which a station outdoors must reach a venue that people report as not deeply covered."""
_steps = 4
"""Probabilities are kept in quarters: finer ones multiply the rows of the problem and change no choice."""
_block = 400
"""Masts whose footprints are taken together."""

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
_Pairs = tuple[Longs, Longs, Floats]


class ByRadio:
    """The method of radio placements: what is covered now from a study, footprints from the radio engine."""

    def __init__(self, study_id: int | None = None) -> None:
        self.study_id = study_id
        self.layers: Mapping[int, StudyLayer] = {}
        self._opened: tuple[Study, Ground, Facades] | None = None

    def prepare(self, task: Task) -> tuple[Study, Ground, Facades]:
        """Open the study and the ground that the plan reckons with, and choose each operator's carrier."""
        if self._opened is None:
            self.study_id, study = study_of(task, self.study_id)
            ground = planning_ground(task.database, task.catalogue, study, task.parameters.resolution)
            self.layers = main_layers(study, task.owners)
            with np.errstate(invalid="ignore"):
                built = np.asarray(ground.surface > ground.terrain + 0.5)
            self._opened = study, ground, Facades(built)
        return self._opened

    def serve(self, task: Task, progress: Progress) -> Served:
        """Return residents, streets and venues that lack coverage, and the stations that would reach them."""
        study, ground, _ = self.prepare(task)
        baseline = read_baseline(task, study, ground, progress.part(0.0, 0.4))
        progress.report(0.4, "汇总需求")
        layers = task.placement.layers
        parts, chances = list[Demand](), list[Floats]()
        total, before = np.zeros(len(layers)), settled(task)
        for place, layer in enumerate(layers):
            if layer.of == "resources":
                found = self._resources(task, ground, place)
                total[place] += before[place]
                pieces = [(found, np.zeros(len(found)))]
            else:
                pieces = list(_cell_demand(task, baseline, place))
            for rows, now in pieces:
                total[place] += rows.weights[place].sum()
                before[place] += float(rows.weights[place] @ now)
                lacking = now < _settled
                parts.append(rows.take(lacking))
                chances.append(_quarters(now[lacking]))
        demand = Demand.joined(parts)
        reach = self._reach(task, demand, np.arange(len(task.candidates)), progress.part(0.45, 1.0))
        return Served(demand, with_standing(reach, np.concatenate(chances)), total, before)

    def reach_of(self, task: Task, demand: Demand, row: int) -> tuple[Longs, Floats]:
        """Return what one candidate reaches where it stands now."""
        one = self._reach(task, demand, np.array([row]), Progress())
        first, last = one.start[row], one.start[row + 1]
        return one.demand[first:last].astype(np.int64), one.weight[first:last]

    def values(self, task: Task, _source: Source, owner_id: int) -> Mapping[str, Any]:
        """Return the band of the operator's main carrier; new stations are on direct power."""
        self.prepare(task)
        return {"band": self.layers[owner_id].band, "power_supply": "direct"}

    def _resources(self, task: Task, ground: Ground, place: int) -> Demand:
        """Return the resources of a layer that are not served; ``vertex`` is the map cell that each stands on."""
        with task.database.connect() as connection:
            found = resource_demand(
                connection, task.catalogue, task.principal, task.plane, task.placement, place, task.districts
            )
        found = within_area(task, found)
        found.vertex[:] = _cell_at(ground, found.x, found.y)
        return found

    def _reach(self, task: Task, demand: Demand, rows: Longs, progress: Progress) -> Reach:
        """Return a row of reach for every candidate, filled for those in ``rows`` alone."""
        study, ground, facades = self.prepare(task)
        candidates, sources = task.candidates, task.placement.sources
        around = np.array([one.covers == "around" for one in sources])[candidates.source[rows]]
        who, whom = host_pairs(candidates, rows[~around], demand)
        parts: list[_Pairs] = [(who, whom, np.ones(who.size, np.float32))]
        antennas, predicted = load_antennas(task.database), predicted_venues(study)
        settings = Settings(radius=task.placement.metres, sample=0, receiver=float(study.parameters["receiver"]))
        outdoors, done = rows[around], 0
        for owner in np.unique(candidates.owner_id[outdoors]).tolist():
            levels = _Levels(task, study, self.layers[owner])
            index = _Index(task, demand, owner, ground, predicted)
            mine = outdoors[candidates.owner_id[outdoors] == owner]
            for first in range(0, len(mine), _block):
                progress.report(done / max(len(outdoors), 1), "计算候选点覆盖")
                part = mine[first : first + _block]
                planned = planned_cells(task.placement, candidates, part, self.layers)
                mast = np.searchsorted(part, planned.site)
                cells = planned.engine_cells(antennas)
                found = footprints(ground, cells, mast, len(part), settings, levels.floor)
                parts += [(part[site], row, how) for site, row, how in _served(found, index, levels, facades)]
                done += len(part)
        sites, places, weights = (np.concatenate([one[k] for one in parts]) for k in range(3))
        return Reach.from_pairs(sites, places, weights, candidates=len(candidates), demands=len(demand))


def predicted_venues(study: Study) -> Longs:
    """Return the ids of the venues that a study predicts to be deeply covered by all networks together."""
    path = study.folder / venues_file
    if not path.exists():
        return np.zeros(0, dtype=np.int64)
    table = pq.read_table(path, columns=["resource_id", "operator_id", "covered"])
    together = np.array([one is None for one in table["operator_id"].to_pylist()], dtype=bool)
    covered = table["covered"].to_numpy(zero_copy_only=False).astype(bool)
    return np.asarray(table["resource_id"].to_numpy()[together & covered], dtype=np.int64)


class _Levels:
    """Levels in dBm that one operator's carrier needs on the street: for people indoors, streets, a venue surely."""

    def __init__(self, task: Task, study: Study, layer: StudyLayer) -> None:
        self.shadow, least = task.parameters.shadow_db, task.parameters.least_probability
        self.indoors = float(study.parameters["indoor_threshold"]) + layer.entry_loss
        self.outdoors = outdoors_least(task, study)
        self.margin = float(ndtri(least)) * self.shadow
        self.venue = self.indoors + float(ndtri(_sure)) * self.shadow
        self.floor = min(self.indoors, self.outdoors) + self.margin


class _Index:
    """The demand rows of one operator by map cell: ``indoors`` and ``outdoors`` (cells,), -1 for none, and venues."""

    def __init__(self, task: Task, demand: Demand, owner: int, ground: Ground, predicted: Longs) -> None:
        self.size = ground.shape[0] * ground.shape[1]
        kinds = [layer.of for layer in task.placement.layers]
        layer = np.argmax(demand.weights > 0, axis=0)
        self.indoors, self.outdoors = (np.full(self.size, -1, dtype=np.int64) for _ in range(2))
        for kind, number in (("residents", self.indoors), ("roads", self.outdoors)):
            which = np.isin(layer, [place for place, one in enumerate(kinds) if one == kind])
            rows = np.flatnonzero(which & (demand.owner_id == owner) & (demand.resource_id == 0))
            number[demand.vertex[rows]] = rows
        # Where prediction finds a venue covered and people report that it is not, prediction is wrong there: only a
        # system of its own helps.
        outside = (demand.resource_id > 0) & (demand.vertex >= 0) & ~np.isin(demand.resource_id, predicted)
        venues = np.flatnonzero(outside)
        self._venues = venues[np.argsort(demand.vertex[venues], kind="stable")]
        self._venue_cells = demand.vertex[self._venues]
        self.wanted = self.indoors >= 0
        self.wanted[self._venue_cells] = True

    def venues_at(self, cells: Longs) -> tuple[Longs, Longs]:
        """Return the places in ``cells`` and the demand rows of the venues that stand there."""
        first, last = (np.searchsorted(self._venue_cells, cells, side=side) for side in ("left", "right"))
        count = last - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(np.arange(len(cells)), count), self._venues[np.repeat(first, count) + within]


def _served(found: Footprints, index: _Index, levels: _Levels, facades: Facades) -> Iterator[_Pairs]:
    """Yield mast, demand row and probability of service: residents, streets, venues."""
    mast = np.repeat(np.arange(found.masts), np.diff(found.start))
    at = found.at.astype(np.int64)
    street = np.flatnonzero((index.outdoors[at] >= 0) & (found.level >= levels.outdoors + levels.margin))
    how = chance(found.level[street], levels.outdoors, levels.shadow)
    yield mast[street], index.outdoors[at[street]], _quarters(how)
    heard = found.level >= levels.indoors + levels.margin
    masts, cells, level = facades.before(mast[heard], at[heard], found.level[heard], index.wanted)
    home = index.indoors[cells] >= 0
    yield masts[home], index.indoors[cells[home]], _quarters(chance(level[home], levels.indoors, levels.shadow))
    sure = np.flatnonzero(level >= levels.venue)
    place, rows = index.venues_at(cells[sure])
    yield masts[sure[place]], rows, np.ones(rows.size, dtype=np.float32)


def _cell_demand(task: Task, baseline: Baseline, place: int) -> Iterator[tuple[Demand, Doubles]]:
    """Yield for each operator the map cells with residents or streets and how likely each is served now.

    ``vertex`` holds the flat number of the cell.
    """
    homes = task.placement.layers[place].of == "residents"
    weight = baseline.people if homes else _street_metres(task, baseline.ground, place)
    known = baseline.indoors if homes else baseline.outdoors
    cells = np.flatnonzero((weight > 0) & (baseline.district > 0))
    x, y = baseline.ground.centre_of(*np.divmod(cells, baseline.ground.shape[1]))
    for number, owner in enumerate(baseline.operators):
        owners = np.full(cells.size, owner, dtype=np.int64)
        rows = demand_rows(
            x, y, baseline.district[cells], place, len(task.placement.layers), weight[cells],
            owner_id=owners, vertex=cells,
        )  # fmt: skip
        rows = within_area(task, rows)
        yield rows, known[number][rows.vertex].astype(np.float64)


def _street_metres(task: Task, ground: Ground, place: int) -> Doubles:
    """Return the metres of street in each map cell, by the worth of their class."""
    streets, layer = read_streets(task.database), task.placement.layers[place]
    worth = np.array([layer.ranks.get(name, 1.0) for name in street_ranks])
    x, y, street = points_along(streets, task.placement.demand_step)
    parts = np.maximum(np.bincount(street, minlength=len(streets.rank)), 1)
    each = (worth[streets.rank] * streets.length / parts)[street]
    cell = _cell_at(ground, x, y)
    metres = np.bincount(cell[cell >= 0], each[cell >= 0], minlength=ground.shape[0] * ground.shape[1])
    return metres.astype(np.float64)


def _cell_at(ground: Ground, x: Doubles, y: Doubles) -> Longs:
    """Return the flat number of the map cell at each point, -1 outside."""
    row, column = ground.cell_of(x, y)
    height, width = ground.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return np.where(inside, row * width + column, -1)


def _quarters(weight: NDArray[np.floating[Any]]) -> Floats:
    return (np.rint(np.asarray(weight, dtype=np.float64) * _steps) / _steps).astype(np.float32)
