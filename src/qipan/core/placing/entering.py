"""A plan's sites entered into the register: planned resources, linked to what carries them, with their approvals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, insert, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, Placement, Source
from qipan.core.database import Database
from qipan.core.errors import Conflict
from qipan.core.history import open_change_set
from qipan.core.jobs import Progress
from qipan.core.placing.approvals import open_steps
from qipan.core.placing.errors import PlanMissing
from qipan.core.placing.files import read_sites, read_table, write_table
from qipan.core.placing.task import placement_named
from qipan.core.resources import create_resource
from qipan.core.scenarios import Scenario, finish_scenario, read_scenario, scenario_folder
from qipan.core.settings import as_of_day

Record = dict[str, Any]
Parts = Callable[[Record, str], Iterable[tuple[str, Mapping[str, object]]]]
"""Kind and values of what belongs to a site (a row of ``sites.parquet``) whose resource has a code."""
_row = tables.resource.c


@dataclass
class _Entry:
    """What is being entered: under which rights, on which day, what was created so far."""

    connection: Connection
    catalogue: Catalogue
    principal: Principal
    placement: Placement
    day: date
    default_owner: int
    structures: dict[tuple[str, str], str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    created: int = 0

    def create(self, kind: str, values: Mapping[str, object]) -> str:
        """Create one planned resource and return its code."""
        known = self.catalogue.kinds[kind]
        planned = {"state": "planned", "planned_on": self.day.isoformat()}
        own = {one.key for one in self.catalogue.columns(known)} | {"owner_id", "area_id"}
        kept = {key: value for key, value in (planned | dict(values)).items() if key in own and value is not None}
        self.created += 1
        return create_resource(self.connection, self.catalogue, self.principal, known, kept)

    def link(self, kind: str, source: str, target: str) -> None:
        """Link two resources by their codes."""
        query = select(_row.code, _row.id).where(_row.code.in_([source, target]))
        ids = {row.code: row.id for row in self.connection.execute(query)}
        values = {"kind": kind, "from_id": ids[source], "to_id": ids[target], "valid_from": self.day}
        self.connection.execute(insert(tables.link).values(**values))


def enter_plan(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> Record:
    """Create the planned resources of a plan with their links and approvals, all or nothing.

    ``parts`` gives what belongs to a site, such as the cells of a station. Returns {"resources", "approvals", "codes"}.
    Raises Conflict where the plan was entered before, PlanMissing where it has no result, AccessDenied where a site is
    not the principal's to write.
    """
    tell = progress or Progress()
    folder = scenario_folder(database, scenario_id)
    with database.begin() as connection:
        scenario, summary = _ready(connection, principal, scenario_id)
        sites = read_sites(folder).to_pylist()
        placement, day = placement_named(catalogue, scenario.subject), as_of_day(connection)
        owner = _owner(connection, placement, catalogue, scenario.owner_id)
        entry = _Entry(connection, catalogue, principal, placement, day, owner)
        for place, site in enumerate(sites):
            tell.report(0.9 * place / max(len(sites), 1), "转入登记库")
            entry.codes.append(_enter(entry, site, parts))
        message = f"方案“{scenario.name}”转入登记库"
        change_set = open_change_set(connection, principal, "create", message, rows=entry.created)
        ids = _ids(connection, entry.codes)
        approvals = open_steps(connection, catalogue, ids, day, change_set)
        entered = {"on": day.isoformat(), "resources": entry.created, "sites": len(sites), "approvals": approvals}
        finish_scenario(connection, principal, scenario_id, summary | {"entered": entered})
    numbers = [one["site"] for one in sites]
    write_table(folder, "entered", pa.table({"site": numbers, "code": entry.codes, "resource_id": ids}))
    tell.report(1.0, "完成")
    return {"resources": entry.created, "approvals": approvals, "codes": entry.codes[:100]}


def entered_ids(database: Database, scenario_id: int) -> list[int]:
    """Return the ids of the resources that a plan brought into the register; empty where it was not entered."""
    try:
        found: list[int] = read_table(scenario_folder(database, scenario_id), "entered")["resource_id"].to_pylist()
    except PlanMissing:
        return []
    return found


def _ready(connection: Connection, principal: Principal, scenario_id: int) -> tuple[Scenario, Record]:
    scenario = read_scenario(connection, principal, scenario_id, "build")
    principal.require_write(scenario.area_id, scenario.owner_id)
    if scenario.summary is None:
        message = f"方案“{scenario.name}”还没有结果：请先计算"
        raise PlanMissing(message)
    if scenario.summary.get("entered"):
        message = f"方案“{scenario.name}”已于 {scenario.summary['entered']['on']} 转入登记库：不能重复转入"
        raise Conflict(message)
    return scenario, scenario.summary


def _owner(connection: Connection, placement: Placement, catalogue: Catalogue, given: int | None) -> int:
    """Return who owns what is placed for nobody in particular: whoever owns most of its kind, or the first unit."""
    if given is not None:
        return given
    query = select(_row.owner_id).where(_row.kind == catalogue.kinds[placement.kind].code)
    owners = list(connection.execute(query).scalars())
    if owners:
        return int(max(set(owners), key=lambda one: (owners.count(one), -one)))
    return int(connection.execute(select(tables.unit.c.id).order_by(tables.unit.c.id).limit(1)).scalar_one())


def _enter(entry: _Entry, site: Record, parts: Parts | None) -> str:
    """Create one site with what carries it and what belongs to it; return its code."""
    source = entry.placement.source(site["source"])
    place = {key: site[key] for key in ("longitude", "latitude", "area_id")}
    owner = site["owner_id"] or entry.default_owner
    values = json.loads(site["attributes"]) | place | {"owner_id": owner, "name": site["name"]}
    structure = _structure(entry, source, site, place, owner)
    attributes = entry.catalogue.kinds[entry.placement.kind].attributes
    named = next((one.key for one in attributes if one.kind is not None and one.kind == source.builds), None)
    if structure is not None and named is not None:
        values[named] = structure
    if entry.placement.by_operator:
        values["shared"] = bool(site["shared"])
    code = entry.create(entry.placement.kind, values)
    if source.link is not None and site["code"] and source.builds is None:
        entry.link(source.link, code, site["code"])
    for kind, more in parts(site, code) if parts is not None else ():
        entry.create(kind, dict(more) | place | {"owner_id": owner})
    return code


def _structure(entry: _Entry, source: Source, site: Record, place: Record, owner: int) -> str | None:
    """Return the structure that is built for a site, the one already created where another operator shares it."""
    if source.builds is None:
        return None
    host = (source.key, site["candidate"].rpartition(":")[0] if site["owner_id"] else site["candidate"])
    if host not in entry.structures:
        values: Record = dict(source.builds_values) | place | {"owner_id": owner}
        values["height"] = round(float(site["height"] or 3.0), 1)
        name = site["name"].removesuffix(entry.catalogue.kinds[entry.placement.kind].name.zh)
        values["name"] = f"{name}{entry.catalogue.kinds[source.builds].name.zh}"[:200]
        code = entry.create(source.builds, values)
        if source.link is not None and site["code"]:
            entry.link(source.link, code, site["code"])
        entry.structures[host] = code
    return entry.structures[host]


def _ids(connection: Connection, codes: list[str]) -> list[int]:
    found: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        query = select(_row.code, _row.id).where(_row.code.in_(codes[start : start + 500]))
        found |= {row.code: row.id for row in connection.execute(query)}
    return [found[code] for code in codes]
