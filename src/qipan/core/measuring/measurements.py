"""Figures that people report: entered once, never changed; a correction supersedes what it corrects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.database import insert_row
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.history import open_change_set

Record = dict[str, Any]

_row = tables.measurement.c
_sets = tables.change_set.c


def list_measurements(
    connection: Connection, principal: Principal, *, indicator: str | None = None, area_id: int | None = None
) -> list[Record]:
    """Return the reported figures that the principal may see, newest period first, superseded ones included."""
    query = narrow(_shown(), tables.measurement, principal)
    if indicator is not None:
        query = query.where(_row.indicator == indicator)
    if area_id is not None:
        query = query.where(_row.area_id == area_id)
    return [dict(row._mapping) for row in connection.execute(query.order_by(_row.period_end.desc(), _row.id.desc()))]


def _shown() -> Select[Any]:
    keys = ("id", "indicator", "area_id", "owner_id", "period_end", "value", "status", "source")
    columns = [_row[key] for key in keys]
    after = (_sets.actor.label("entered_by"), _sets.at.label("entered_at"), _row.supersedes_id, _row.evidence_id)
    return select(*columns, *after).join(tables.change_set, _sets.id == _row.entered_in)


def in_force(
    connection: Connection, indicator: str, area_id: int, owner_id: int | None, period_end: date
) -> Record | None:
    """Return the figure of that scope and period that nothing has superseded, None where there is none."""
    superseded = select(_row.supersedes_id).where(_row.supersedes_id.is_not(None))
    query = _shown().where(
        _row.indicator == indicator,
        _row.area_id == area_id,
        _row.owner_id.is_(None) if owner_id is None else _row.owner_id == owner_id,
        _row.period_end == period_end,
        _row.id.not_in(superseded),
    )
    row = connection.execute(query.order_by(_row.id.desc()).limit(1)).one_or_none()
    return None if row is None else dict(row._mapping)


def record_measurement(
    connection: Connection, catalogue: Catalogue, principal: Principal, values: Mapping[str, Any]
) -> Record:
    """Enter a figure and return it; fields are indicator, area_id, owner_id, period_end, value, source, evidence_id,
    supersedes_id.

    With ``supersedes_id`` it corrects that figure, and withdraws it where ``value`` is None. Raises InvalidRecord with
    each field that will not do, Conflict where a figure of that scope and period is there already or was superseded
    meanwhile, AccessDenied where the area or unit is not the principal's.
    """
    checked = _checked(connection, catalogue, values)
    principal.require_write(checked["area_id"], checked["owner_id"])
    _check_succession(connection, checked)
    name = catalogue.indicators[checked["indicator"]].name.zh
    change_set = open_change_set(connection, principal, "report", f"填报 {name} {checked['period_end']}")
    return enter(connection, checked, change_set)


def enter(connection: Connection, checked: Record, change_set: int) -> Record:
    """Write one checked figure under a change set and return it."""
    measurement_id = insert_row(connection, tables.measurement, checked | {"entered_in": change_set})
    return dict(connection.execute(_shown().where(_row.id == measurement_id)).one()._mapping)


def _checked(connection: Connection, catalogue: Catalogue, values: Mapping[str, Any]) -> Record:
    problems: list[FieldProblem] = []
    found: Record = {key: values.get(key) for key in ("indicator", "area_id", "owner_id", "period_end", "value")}
    found |= {key: values.get(key) for key in ("supersedes_id", "evidence_id")} | {"source": values.get("source") or ""}

    def wrong(field: str, reason: str) -> None:
        problems.append(FieldProblem(None, field, str(values.get(field))[:80], reason))

    if found["indicator"] not in catalogue.indicators:
        wrong("indicator", "指标目录中没有这个指标")
    for key, table in (("area_id", tables.area), ("owner_id", tables.unit), ("evidence_id", tables.evidence)):
        required = key == "area_id"
        if (found[key] is not None or required) and not _exists(connection, table, found[key]):
            wrong(key, "没有这个编号，请从列表中选择")
    if not isinstance(found["period_end"], date):
        wrong("period_end", "应为期末日期，如 2025-06-30")
    withdrawn = found["value"] is None and found["supersedes_id"] is not None
    if not withdrawn and not _is_number(found["value"]):
        wrong("value", "应为数值；撤回已填数值时留空并指明被撤回的一条")
    if problems:
        raise InvalidRecord(problems)
    status = "withdrawn" if withdrawn else "corrected" if found["supersedes_id"] is not None else "reported"
    return found | {"value": None if withdrawn else float(found["value"]), "status": status}


def _exists(connection: Connection, table: Any, row_id: object) -> bool:  # noqa: ANN401 - any table with an id
    return (
        isinstance(row_id, int)
        and connection.execute(select(table.c.id).where(table.c.id == row_id)).first() is not None
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_succession(connection: Connection, checked: Record) -> None:
    """Refuse a second figure of one scope and period, and a correction of what is not in force."""
    scope = (checked["indicator"], checked["area_id"], checked["owner_id"], checked["period_end"])
    current = in_force(connection, *scope)
    if checked["supersedes_id"] is None:
        if current is not None and current["status"] != "withdrawn":
            message = f"该期已有数值 {current['value']:g}（编号 {current['id']}）：如需修改，请以更正方式提交"
            raise Conflict(message)
        return
    if current is None or current["id"] != checked["supersedes_id"]:
        if not _exists(connection, tables.measurement, checked["supersedes_id"]):
            message = f"没有编号为 {checked['supersedes_id']} 的填报数值"
            raise NotFound(message)
        message = f"编号 {checked['supersedes_id']} 的数值已被更正，或不属于同一指标、区域、单位和期末：请重新载入"
        raise Conflict(message)
