"""Capacity of a study's cells in the busy hour against what their residents ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage import Study, StudyLayer, visible_cells
from qipan.domains.mobile.network.errors import NothingToPlan
from qipan.domains.mobile.network.neighbours import study_of
from qipan.domains.mobile.network.pavements import Districts, Residents, read_districts, residents
from qipan.domains.mobile.network.records import keep
from qipan.engines.radio import (
    Capacity,
    Habits,
    Link,
    additions,
    busy_hour_demand,
    cell_capacity,
    split_demand,
    ss_sinr,
    throughput,
)

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
_subscribers = "mobile.subscribers_5g"
_at_once = 500_000


@dataclass(frozen=True, slots=True)
class CapacityParameters:
    """What people ask for and how much a cell may carry.

    ``users`` of 5G per resident, ``gigabytes`` a user and month, ``busy_share`` of a day in its busiest hour;
    ``shares`` weight of each operator by unit number, subscribers for instance, where empty what the operators
    reported, else all alike; ``limit`` of load, 0 to 1; ``most`` carriers a cell may have; ``indoors`` whether people
    are behind their facade.
    """

    users: float = 0.4
    gigabytes: float = 20.0
    busy_share: float = 0.07
    shares: Mapping[int, float] = field(default_factory=dict)
    limit: float = 0.7
    most: int = 3
    indoors: bool = True


@dataclass(frozen=True)
class _Loaded:
    """Loads of all cells of a study, and the demand in bit/s that no cell reaches."""

    load: Doubles
    demand: Doubles
    capacity: Doubles
    excess: Doubles
    unreached: float
    settled: bool


def run_capacity(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    parameters: CapacityParameters | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute the load of each cell in the busy hour, keep it and return the figures by operator and district.

    Raises NothingToPlan where the study has no residents, InvalidRecord for shares that will not do.
    """
    asked, tell = parameters or CapacityParameters(), progress or Progress()
    study = study_of(database, principal, scenario_id)
    with database.connect() as connection:
        seen = visible_cells(connection, catalogue, principal, study)
        shares, source = _market(connection, study, asked)
    people = residents(study, tell.part(0.0, 0.1))
    if not people.people.sum() > 0.0:
        message = "研究范围内没有常住人口：请先登记区域年度统计（district_statistics）的常住人口"
        raise NothingToPlan(message)
    habits = Habits(users=asked.users, gigabytes=asked.gigabytes, busy_share=asked.busy_share)
    demand = busy_hour_demand(people.people, habits)
    found = _loads(study, people, demand, shares, asked, tell.part(0.1, 0.95))
    districts = read_districts(database)
    facts = _facts(study, found, demand, shares, source, districts, asked, seen)
    keep(study, principal, "capacity", facts, cells=_rows(study, found, asked, seen, districts))
    tell.report(1.0, "完成")
    return facts


def _public(study: Study) -> dict[int, list[StudyLayer]]:
    owners: dict[int, list[StudyLayer]] = {}
    for one in study.layers:
        if not one.private:
            owners.setdefault(one.operator_id, []).append(one)
    return owners


def _market(connection: Connection, study: Study, asked: CapacityParameters) -> tuple[dict[int, float], str]:
    """Return the share of each public operator of a study, and where it comes from: given, reported or equal."""
    owners = list(_public(study))
    wrong = [one for one, value in asked.shares.items() if one not in owners or not 0.0 <= value < 1e12]
    if wrong:
        reason = f"应为研究中运营商（{'、'.join(map(str, owners))}）的非负数值"
        raise InvalidRecord([FieldProblem(None, "shares", str(one), reason) for one in wrong])
    weights, source = {one: float(asked.shares.get(one, 0.0)) for one in owners}, "given"
    if not sum(weights.values()):
        weights, source = _reported(connection, owners), "reported"
    if not all(weights.values()) and source == "reported":
        weights, source = dict.fromkeys(owners, 1.0), "equal"
    whole = sum(weights.values())
    return {one: value / whole for one, value in weights.items()}, source


def _reported(connection: Connection, owners: Sequence[int]) -> dict[int, float]:
    """Return the newest 5G subscribers that each operator reported for the city, 0 where it reported none."""
    row, area = tables.measurement.c, tables.area.c
    query = select(row.owner_id, row.value).join(tables.area, area.id == row.area_id)
    query = query.where(row.indicator == _subscribers, area.level == "city", row.owner_id.in_(owners))
    query = query.where(row.status != "withdrawn").order_by(row.period_end, row.id)
    newest = {one.owner_id: float(one.value or 0.0) for one in connection.execute(query)}
    return {one: newest.get(one, 0.0) for one in owners}


def _loads(
    study: Study,
    people: Residents,
    demand: Doubles,
    shares: Mapping[int, float],
    asked: CapacityParameters,
    progress: Progress,
) -> _Loaded:
    cells = len(study.cells["index"])
    columns = [np.zeros(cells) for _ in range(4)]
    unreached, settled = 0.0, True
    for place, (operator, layers) in enumerate(_public(study).items()):
        part = progress.part(place / len(shares), (place + 1) / len(shares))
        carried = _carried(study, people, demand * shares[operator], layers, asked, part)
        for layer, found in zip(layers, carried, strict=True):
            mine = study.cells["layer"] == layer.number
            for column, values in zip(columns, (found.load, found.demand, found.capacity, found.excess), strict=True):
                column[mine] = values[mine]
            unreached, settled = unreached + found.unreached, settled and found.settled
    load, asked_for, capacity, excess = columns
    return _Loaded(load, asked_for, capacity, excess, unreached, settled)


def _carried(
    study: Study,
    people: Residents,
    demand: Doubles,
    layers: Sequence[StudyLayer],
    asked: CapacityParameters,
    progress: Progress,
) -> list[Capacity]:
    """Share the demand of one operator among its carriers by the rates they give, and load each of them."""
    progress.report(0.0, "各载波速率")
    rates = np.stack([_rates(study, layer, people, asked) for layer in layers])
    parts = split_demand(demand[None], rates[:, None])[:, 0]
    found = []
    for place, (layer, wanted) in enumerate(zip(layers, parts, strict=True)):
        progress.report(0.2 + 0.8 * place / len(layers), "小区负荷")
        levels, servers, total = _heard(study, layer, people, asked)
        noise = layer.noise * _behind(layer, asked)
        cells = len(study.cells["index"])
        found.append(
            cell_capacity(
                levels, servers, total, wanted, cells=cells, noise=noise, link=_link(layer), limit=asked.limit
            )
        )
        study.release()
    return found


def _link(layer: StudyLayer) -> Link:
    width = layer.subcarriers * layer.spacing * 1000.0
    return Link(bandwidth=width, layers=layer.streams, downlink=layer.downlink)


def _behind(layer: StudyLayer, asked: CapacityParameters) -> float:
    """How much louder noise is against a signal that has passed a facade, interference having passed it too."""
    return float(10.0 ** (layer.entry_loss / 10.0)) if asked.indoors else 1.0


def _heard(
    study: Study, layer: StudyLayer, people: Residents, asked: CapacityParameters
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Return levels, servers (n, k) and the sum of a layer for each place where people are.

    In a building with an indoor system that is stronger, people hear nothing else.
    """
    where = np.divmod(people.at, study.grid.columns)
    levels = np.array(study.levels(layer.number)[where])
    servers, total = np.array(study.servers(layer.number)[where]), np.array(study.total(layer.number)[where])
    at, level, cell = study.indoors(layer.number)
    if not at.size:
        return levels, servers, total
    order = np.argsort(at, kind="stable")
    place = np.clip(np.searchsorted(at[order], people.home), 0, at.size - 1)
    inside = at[order][place] == people.home
    # The facade lies before the network outside alone.
    loud = level[order][place] + (layer.entry_loss if asked.indoors else 0.0)
    stronger = np.flatnonzero(inside & (loud > levels[:, 0]))
    levels[stronger], servers[stronger] = -np.inf, -1
    levels[stronger, 0], servers[stronger, 0] = loud[stronger], cell[order][place][stronger]
    total[stronger] = 10.0 ** (loud[stronger] / 10.0)
    return levels, servers, total


def _rates(study: Study, layer: StudyLayer, people: Residents, asked: CapacityParameters) -> Doubles:
    """Return what a layer gives a lone terminal where people are, bit/s, 0 where nothing."""
    levels, _, total = _heard(study, layer, people, asked)
    found = np.zeros(len(levels))
    noise, load = layer.noise * _behind(layer, asked), float(study.parameters["load"])
    for start in range(0, len(levels), _at_once):
        part = slice(start, start + _at_once)
        ratio = ss_sinr(levels[part][None], total[part][None], noise, load)[0]
        found[part] = np.nan_to_num(throughput(ratio, _link(layer)), nan=0.0)
    study.release()
    return found


def _district_of(study: Study, districts: Districts) -> Ints:
    """Return the district that each cell of a study stands in, 0 for none."""
    grid = study.grid
    row = ((grid.north - study.cells["y"]) // grid.resolution).astype(np.int64)
    column = ((study.cells["x"] - grid.west) // grid.resolution).astype(np.int64)
    inside = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    areas = np.zeros(row.size, dtype=np.int32)
    areas[inside] = study.areas[row[inside], column[inside]]
    return districts.numbers(areas)


def _rows(
    study: Study, found: _Loaded, asked: CapacityParameters, seen: NDArray[np.bool_], districts: Districts
) -> pa.Table:
    """Return the cells that one may see and that carry or could carry something, heaviest first."""
    more = additions(found.load, limit=asked.limit, most=asked.most)
    use = np.flatnonzero(seen & ((found.capacity > 0.0) | (found.load > 0.0)))
    order = use[np.argsort(-found.load[use], kind="stable")]
    columns = {
        "cell": order,
        "district_id": _district_of(study, districts)[order],
        "load": found.load[order],
        "demand": found.demand[order] / 1e6,
        "capacity": found.capacity[order] / 1e6,
        "excess": found.excess[order] / 1e6,
        "carriers": more.carriers[order],
        "cells": more.cells[order],
        "load_after": more.load[order],
    }
    return pa.table(columns)


def _facts(
    study: Study,
    found: _Loaded,
    demand: Doubles,
    shares: Mapping[int, float],
    source: str,
    districts: Districts,
    asked: CapacityParameters,
    seen: NDArray[np.bool_],
) -> dict[str, Any]:
    more = additions(found.load, limit=asked.limit, most=asked.most)
    district, operator = _district_of(study, districts), study.cells["operator_id"]
    public = np.isin(study.cells["layer"], [one.number for one in study.layers if not one.private])

    def figures(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        loads = found.load[chosen & (found.capacity > 0.0)]
        return {
            "cells": int(chosen.sum()),
            "overloaded": int((found.load[chosen] > asked.limit).sum()),
            "mean_load": round(float(loads.mean()), 4) if loads.size else None,
            "demand": round(float(found.demand[chosen].sum()) / 1e6, 3),
            "excess": round(float(found.excess[chosen].sum()) / 1e6, 3),
            "carriers": int(more.carriers[chosen].sum()),
            "new_cells": int(more.cells[chosen].sum()),
        }

    return {
        "parameters": asdict(asked) | {"shares": {str(one): round(value, 6) for one, value in shares.items()}},
        "shares_from": source,
        "asked": round(float(demand.sum()) / 1e6, 3),
        "unreached": round(found.unreached / 1e6, 3),
        "settled": found.settled,
        **figures(public),
        "seen": int((seen & public).sum()),
        "operators": [{"operator_id": one, "share": shares[one], **figures(public & (operator == one))}
                      for one in shares],
        "districts": [{"area_id": one, "name": name, **figures(public & (district == one))}
                      for one, name in districts.names.items()],
    }  # fmt: skip
