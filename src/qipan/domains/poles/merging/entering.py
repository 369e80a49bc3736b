"""A merging plan entered into the register: planned smart poles, poles to be taken down, devices to be moved.

Every change stands in the history of its record; withdrawing the plan takes all of them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import Conflict
from qipan.core.history import open_change_set
from qipan.core.jobs import Progress
from qipan.core.placing.approvals import open_steps
from qipan.core.resources import change_resource, create_resource, delete_resource
from qipan.core.scenarios import Scenario, finish_scenario, read_scenario, scenario_folder
from qipan.core.settings import as_of_day
from qipan.core.steps import drop_steps
from qipan.domains.poles.merging.errors import MergingMissing
from qipan.domains.poles.merging.parameters import MergingParameters
from qipan.domains.poles.merging.store import read_plan

Record = dict[str, Any]
_row = tables.resource.c
_removal_steps = ("acceptance", "excavation")
"""What taking a pole down needs; a smart pole built in its place passes every step."""
_at_once = 500


@dataclass
class _Entry:
    """What is being entered, and what came of it so far."""

    connection: Connection
    catalogue: Catalogue
    principal: Principal
    day: str
    rows: Mapping[str, Any]
    """Rows of the register by code."""
    built: dict[str, str] = field(default_factory=dict)
    """Code of the smart pole in place of each pole that is replaced."""

    def mark(self, code: str, values: Mapping[str, object]) -> None:
        """Change attributes of a pole or device."""
        row = self.rows[code]
        change_resource(self.connection, self.catalogue, self.principal, code, values, row.version)

    def build(self, pole: Record, parameters: MergingParameters) -> None:
        """Create the planned smart pole in place of a pole."""
        row = self.rows[pole["code"]]
        values: Record = {
            "name": f"{pole['name']}改建智能杆"[:200],
            "state": "planned",
            "planned_on": self.day,
            "owner_id": row.owner_id,
            "area_id": row.area_id,
            "longitude": pole["longitude"],
            "latitude": pole["latitude"],
            "road": pole["road"],
            "height": max(parameters.smart_height, pole["height"]),
            "load_capacity": parameters.smart_load,
            "power_capacity": parameters.smart_power,
            "devices": min(pole["devices_after"], 60),
            "replaces": pole["code"],
        }
        kind = self.catalogue.kinds["smart_pole"]
        self.built[pole["code"]] = create_resource(self.connection, self.catalogue, self.principal, kind, values)


def enter_merging(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> Record:
    """Enter a merging plan, all or nothing: planned smart poles, marked poles and devices, steps of approval.

    Returns {"resources", "poles", "devices", "approvals"}. Raises Conflict where it was entered before or a pole is
    part of another entered plan, MergingMissing without a result, AccessDenied for what is not the principal's.
    """
    tell = progress or Progress()
    with database.begin() as connection:
        scenario, summary = _ready(connection, principal, scenario_id)
        poles = [one for one in _rows_of(database, principal, scenario_id, "poles") if one["state"] != "kept"]
        moves = _rows_of(database, principal, scenario_id, "moves")
        rows = _registered(connection, [one["code"] for one in (*poles, *moves)])
        _refuse_taken(rows, poles, moves)
        entry = _Entry(connection, catalogue, principal, as_of_day(connection).isoformat(), rows)
        parameters, whole = MergingParameters.from_json(scenario.parameters), max(len(poles) + len(moves), 1)
        for place, pole in enumerate(poles):
            tell.report(0.9 * place / whole, "登记杆件处置")
            entry.mark(pole["code"], {"treatment": pole["state"]})
            if pole["state"] == "replaced":
                entry.build(pole, parameters)
        for place, move in enumerate(moves, start=len(poles)):
            tell.report(0.9 * place / whole, "登记设备迁移")
            target = move["to_pole"]
            moved = {"treatment": "moved", "moves_to": entry.built.get(target, target)}
            entry.mark(move["code"], {"treatment": "removed"} if target is None else moved)
        found = _finish(entry, database, scenario, summary, poles, len(moves))
    tell.report(1.0, "完成")
    return found


def _finish(
    entry: _Entry, database: Database, scenario: Scenario, summary: Record, poles: Sequence[Record], devices: int
) -> Record:
    """Open the steps of approval and keep what was entered with the scenario."""
    connection, day = entry.connection, as_of_day(entry.connection)
    removed = [int(entry.rows[one["code"]].id) for one in poles if one["state"] == "removed"]
    built = [int(row.id) for row in _registered(connection, entry.built.values()).values()]
    message = f"合杆方案“{scenario.name}”转入登记库"
    change_set = open_change_set(connection, entry.principal, "create", message, rows=len(poles) + devices)
    approvals = open_steps(connection, entry.catalogue, built, day, change_set)
    approvals += open_steps(connection, entry.catalogue, removed, day, change_set, _removal_steps)
    counts = {"resources": len(built), "poles": len(poles), "devices": devices, "approvals": approvals}
    finish_scenario(connection, entry.principal, scenario.id, summary | {"entered": {"on": entry.day} | counts})
    pq.write_table(pa.table({"resource_id": built + removed}), scenario_folder(database, scenario.id) / _entered)
    return counts


_entered = "entered.parquet"


def withdraw_merging(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> Record:
    """Take an entered plan back, all or nothing: its planned poles, marks and steps of approval.

    Returns {"resources", "poles", "devices"}. Raises Conflict where it is not entered, or work on it has begun.
    """
    tell = progress or Progress()
    with database.begin() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "merging")
        principal.require_write(scenario.area_id, scenario.owner_id)
        summary = scenario.summary or {}
        if not summary.get("entered"):
            message = f"合杆方案“{scenario.name}”没有转入登记库：无可撤回"
            raise Conflict(message)
        poles = [one for one in _rows_of(database, principal, scenario_id, "poles") if one["state"] != "kept"]
        moves = _rows_of(database, principal, scenario_id, "moves")
        ids = pq.read_table(scenario_folder(database, scenario_id) / _entered)["resource_id"].to_pylist()
        built = _planned_of(connection, catalogue, ids)
        change_set = open_change_set(connection, principal, "delete", f"撤回合杆方案“{scenario.name}”")
        drop_steps(connection, change_set, ids)
        rows = _registered(connection, [one["code"] for one in (*poles, *moves)])
        entry = _Entry(connection, catalogue, principal, "", rows)
        for place, code in enumerate(built):
            tell.report(0.4 * place / len(built), "撤回规划智能杆")
            delete_resource(connection, catalogue, principal, code)
        for place, one in enumerate((*poles, *moves)):
            tell.report(0.4 + 0.5 * place / len(rows), "撤回处置")
            if one["code"] in rows:
                entry.mark(one["code"], {"treatment": None} | ({"moves_to": None} if "to_pole" in one else {}))
        finish_scenario(connection, principal, scenario_id, summary | {"entered": None})
    tell.report(1.0, "完成")
    return {"resources": len(built), "poles": len(poles), "devices": len(moves)}


def _ready(connection: Connection, principal: Principal, scenario_id: int) -> tuple[Scenario, Record]:
    scenario = read_scenario(connection, principal, scenario_id, "merging")
    principal.require_write(scenario.area_id, scenario.owner_id)
    if scenario.summary is None:
        message = f"方案“{scenario.name}”还没有结果：请先计算"
        raise MergingMissing(message)
    if scenario.summary.get("entered"):
        message = f"方案“{scenario.name}”已于 {scenario.summary['entered']['on']} 转入登记库：不能重复转入"
        raise Conflict(message)
    return scenario, scenario.summary


def _rows_of(database: Database, principal: Principal, scenario_id: int, table: str) -> list[Record]:
    rows: list[Record] = read_plan(database, principal, scenario_id, table).to_pylist()
    return rows


def _registered(connection: Connection, codes: Iterable[str]) -> dict[str, Any]:
    """Return the rows of the register by code."""
    wanted, found = list(codes), dict[str, Any]()
    for start in range(0, len(wanted), _at_once):
        query = select(tables.resource).where(_row.code.in_(wanted[start : start + _at_once]))
        found |= {row.code: row for row in connection.execute(query)}
    return found


def _refuse_taken(rows: Mapping[str, Any], poles: Sequence[Record], moves: Sequence[Record]) -> None:
    """Refuse what is gone from the register since the plan was computed, or is part of another entered plan."""
    codes = [one["code"] for one in (*poles, *moves)]
    if gone := [code for code in codes if code not in rows]:
        message = f"{len(gone)} 根杆或设备已不在登记库（{'、'.join(gone[:5])}）：请重新计算方案"
        raise Conflict(message)
    if taken := [code for code in codes if rows[code].attributes.get("treatment")]:
        message = f"{len(taken)} 根杆或设备已列入另一个转入登记库的合杆方案（{'、'.join(taken[:5])}）：请先撤回该方案"
        raise Conflict(message)


def _planned_of(connection: Connection, catalogue: Catalogue, ids: Sequence[int]) -> list[str]:
    """Return the codes of the smart poles among the ids; Conflict where one is more than planned."""
    found: list[str] = []
    kind = catalogue.kinds["smart_pole"].code
    for start in range(0, len(ids), _at_once):
        query = select(_row.code, _row.name, _row.state).where(
            _row.id.in_(ids[start : start + _at_once]), _row.kind == kind
        )
        for row in connection.execute(query):
            if catalogue.states[row.state - 1].key != "planned":
                message = f"{row.name}（{row.code}）已批准或开工：不能撤回方案，请先把它退回规划状态"
                raise Conflict(message)
            found.append(row.code)
    return found
