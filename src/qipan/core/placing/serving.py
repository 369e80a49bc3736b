"""Demand and reach of placements whose rule is a distance: around a point, or along the streets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import DemandLayer, Source
from qipan.core.ground import area_grid, population_grid, read_ground, read_streets
from qipan.core.jobs import Progress
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.demand import Demand, demand_rows, resource_demand, street_demand
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.rules import reach_along, reach_within
from qipan.core.placing.task import Served, Task
from qipan.engines.siting import Reach


class ByDistance:
    """The method of placements that reach ``within`` or ``along_street``."""

    def serve(self, task: Task, progress: Progress) -> Served:
        """Return the demand of all layers and the candidates that reach it."""
        parts = []
        for layer, one in enumerate(task.placement.layers):
            progress.report(layer / (len(task.placement.layers) + 1), f"需求：{one.name.zh}")
            parts.append(within_area(task, demand_of_layer(task, layer)))
        demand = Demand.joined(parts)
        progress.report(0.8, "计算服务范围")
        reach = self._reach(task, task.candidates, demand)
        standing = self._standing(task, demand)
        total = demand.weights.sum(axis=1) + settled(task)
        before = total - demand.weights[:, standing == 0].sum(axis=1)
        return Served(demand, with_standing(reach, standing), total, before)

    def reach_of(self, task: Task, demand: Demand, row: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return what one candidate reaches where it stands now."""
        one = self._reach(task, task.candidates.take(np.array([row])), demand)
        return one.demand.astype(np.int64), one.weight

    def values(self, _task: Task, _source: Source, _owner_id: int) -> Mapping[str, Any]:
        """Return nothing: the source says all."""
        return {}

    def _reach(self, task: Task, candidates: Candidates, demand: Demand) -> Reach:
        sites, places = np.column_stack([candidates.x, candidates.y]), np.column_stack([demand.x, demand.y])
        reach = self._by_rule(task, sites, places)
        return only_hosts(task, candidates, demand, reach)

    def _by_rule(self, task: Task, sites: Doubles, places: Doubles) -> Reach:
        if task.placement.reach == "along_street":
            return reach_along(read_streets(task.database), sites, places, task.placement.metres)
        return reach_within(sites, places, task.placement.metres)

    def _standing(self, task: Task, demand: Demand) -> NDArray[np.float32]:
        """Return 1 for demand that something in service reaches, where no attribute says that it does not."""
        serving = task.existing.in_service.astype(bool) & np.isfinite(task.existing.x)
        sites = np.column_stack([task.existing.x[serving], task.existing.y[serving]])
        reach = self._by_rule(task, sites, np.column_stack([demand.x, demand.y]))
        found = np.zeros(len(demand), dtype=np.float32)
        found[np.unique(reach.demand)] = 1.0
        for layer, one in enumerate(task.placement.layers):
            if one.unserved is not None:
                found[demand.weights[layer] > 0] = 0.0
        return found


def demand_of_layer(task: Task, layer: int) -> Demand:
    """Return the open demand of one layer of a placement by distance."""
    one, placement = task.placement.layers[layer], task.placement
    if one.of == "residents":
        return resident_demand(task, layer)
    with task.database.connect() as connection:
        if one.of == "resources":
            return resource_demand(
                connection, task.catalogue, task.principal, task.plane, placement, layer, task.districts
            )
        streets = read_streets(task.database)
        return street_demand(connection, task.plane, placement, layer, streets, placement.demand_step, task.districts)


def resident_demand(task: Task, layer: int) -> Demand:
    """Return map cells of the placement's demand step with their residents."""
    ground = read_ground(task.database, task.catalogue, resolution=task.placement.demand_step)
    people = population_grid(task.database, task.catalogue, ground)
    district = area_grid(task.database, ground, "district")
    row, column = np.nonzero((people > 0) & (district > 0))
    x, y = ground.centre_of(row, column)
    weight = people[row, column].astype(np.float64)
    return demand_rows(x, y, district[row, column].astype(np.int64), layer, len(task.placement.layers), weight)


def within_area(task: Task, demand: Demand) -> Demand:
    """Return the demand of the scenario's area, all of it where the scenario is the city's."""
    held = task.within
    if held is None:
        return demand
    wanted = {task.district_of(one) for one in held}
    return demand.take(np.isin(demand.district_id, sorted(wanted)))


def settled(task: Task) -> Doubles:
    """Return the weight of resources that an attribute says are served already, by layer."""
    return np.array([_settled(task, one) for one in task.placement.layers])


def _settled(task: Task, layer: DemandLayer) -> float:
    if layer.unserved is None or layer.kind is None:
        return 0.0
    from qipan.core.placing.hosts import resource_rows

    held = task.within
    with task.database.connect() as connection:
        kind = task.catalogue.kinds[layer.kind]
        rows = resource_rows(connection, task.catalogue, task.principal, kind, ["in_service"])
    chosen = [
        row.attributes
        for row in rows
        if row.attributes.get(layer.unserved) is True
        and all(row.attributes.get(key) in values for key, values in layer.where.items())
        and (held is None or row.area_id in held)
    ]
    return sum(float(one.get(layer.weight) or 0.0) if layer.weight else 1.0 for one in chosen)


def only_hosts(task: Task, candidates: Candidates, demand: Demand, reach: Reach) -> Reach:
    """Return the reach with the candidates of sources that serve their host alone held to it."""
    alone = np.array([one.covers == "host" for one in task.placement.sources])[candidates.source]
    if not alone.any():
        return reach
    site = np.repeat(np.arange(len(candidates)), np.diff(reach.start))
    kept = ~alone[site]
    who, whom = host_pairs(candidates, np.flatnonzero(alone), demand)
    weight = np.concatenate([reach.weight[kept], np.ones(who.size, np.float32)])
    who, whom = np.concatenate([site[kept], who]), np.concatenate([reach.demand[kept].astype(np.int64), whom])
    return Reach.from_pairs(who, whom, weight, candidates=len(candidates), demands=len(demand))


def host_pairs(candidates: Candidates, rows: Longs, demand: Demand) -> tuple[Longs, Longs]:
    """Return candidate and demand rows of those whose host is the demand itself."""
    resource = np.flatnonzero(demand.resource_id > 0)
    order = resource[np.argsort(demand.resource_id[resource], kind="stable")]
    ids = demand.resource_id[order]
    first, last = (np.searchsorted(ids, candidates.host_id[rows], side=side) for side in ("left", "right"))
    lengths = np.where(candidates.host_id[rows] > 0, last - first, 0)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(rows, lengths), order[np.repeat(first, lengths) + within]


def with_standing(reach: Reach, standing: NDArray[np.float32]) -> Reach:
    """Return the reach with a last candidate that serves what stands already, with the given weight by demand."""
    rows = np.flatnonzero(standing > 0)
    return Reach(
        np.append(reach.start, reach.pairs + rows.size),
        np.concatenate([reach.demand, rows.astype(np.int32)]),
        np.concatenate([reach.weight, standing[rows].astype(np.float32)]),
        reach.demands,
    )
