"""What people change in a reading: confirm, correct, dismiss, add, bind.

Each is kept as a correction that outlives the version of the document it was made in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import insert_row
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.history import open_change_set, write_change
from qipan.core.plans.read import Record, list_targets, read_plan_record, read_target, read_task
from qipan.engines.reading import Anchor, anchor_at

_TARGET_FIELDS = {
    "name": str,
    "value": float,
    "value_to": float,
    "unit": str,
    "comparator": str,
    "year": int,
    "kind": str,
    "scope": str,
    "section": str,
    "level": str,
    "basis": str,
    "quote": str,
    "start": int,
    "end": int,
    "status": str,
}
_TASK_FIELDS = {"heading": str, "deadline": str, "section": str, "start": int, "end": int, "status": str}
_CHOICES = {
    "comparator": (">=", ">", "<=", "=", "range"),
    "kind": ("target", "baseline", "measure", "coverage"),
    "level": ("floor", "aim", "stretch"),
    "basis": ("cumulative", "in_period"),
    "status": ("read", "confirmed", "changed", "added", "dismissed"),
}
_ROLES = ("lead", "responsible", "support")


def change_target(connection: Connection, principal: Principal, target_id: int, values: Mapping[str, object]) -> Record:
    """Change fields or the status of a target and return it; the status ``read`` forgets earlier corrections."""
    principal.require_city()
    read = _read_fields(_TARGET_FIELDS, values)
    row = _row(connection, tables.target, target_id, "目标")
    _change(connection, principal, tables.target, row, read)
    return read_target(connection, target_id)


def add_target(connection: Connection, principal: Principal, plan_id: int, values: Mapping[str, object]) -> Record:
    """Add a target that the reading missed, as a stretch of the newest document, and return it."""
    principal.require_city()
    read = _read_fields(_TARGET_FIELDS, values)
    document = _newest_document(connection, plan_id)
    place = _place(document.text, read)
    defaults = {"kind": "target", "comparator": ">=", "unit": "", "scope": "", "level": "aim", "basis": "cumulative"}
    required = [key for key in ("name", "value") if read.get(key) in (None, "")]
    if required:
        raise InvalidRecord([FieldProblem(None, key, "", "必填，不能为空") for key in required])
    section = _section_of(connection, document.id, place["start"])
    row = defaults | section | read | place | {"document_id": document.id, "status": "added", "confidence": 1.0}
    return read_target(connection, _add(connection, principal, tables.target, row))


def change_task(connection: Connection, principal: Principal, task_id: int, values: Mapping[str, Any]) -> Record:
    """Change fields, the status or the assignments of a task and return it."""
    principal.require_city()
    given = dict(values)
    assignments = given.pop("assignments", None)
    read = _read_fields(_TASK_FIELDS, given)
    row = _row(connection, tables.task, task_id, "任务")
    if assignments is not None:
        _replace_assignments(connection, principal, task_id, assignments)
        read = {"status": "changed"} | read
    _change(connection, principal, tables.task, row, read, assignments=assignments)
    return read_task(connection, task_id)


def add_task(connection: Connection, principal: Principal, plan_id: int, values: Mapping[str, Any]) -> Record:
    """Add a task that the reading missed, as a stretch of the newest document, and return it."""
    principal.require_city()
    given = dict(values)
    assignments = given.pop("assignments", [])
    read = _read_fields(_TASK_FIELDS, given)
    document = _newest_document(connection, plan_id)
    if not read.get("heading"):
        raise InvalidRecord([FieldProblem(None, "heading", "", "必填，不能为空")])
    place = _place(document.text, read)
    text = place.pop("quote") or str(read["heading"])
    row = _section_of(connection, document.id, place["start"]) | read | place
    row |= {"document_id": document.id, "text": text, "status": "added", "confidence": 1.0}
    task_id = _add(connection, principal, tables.task, row, assignments=assignments)
    _replace_assignments(connection, principal, task_id, assignments)
    return read_task(connection, task_id)


def bind_target(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    target_id: int,
    indicator: str | None,
    *,
    status: str = "confirmed",
    area_id: int | None = None,
    owner_id: int | None = None,
) -> Record:
    """Confirm or refuse the indicator that measures a target, and say for which area or operator; return the target.

    ``proposed`` takes a confirmation or refusal back.
    """
    principal.require_city()
    if status not in ("proposed", "confirmed", "refused"):
        raise InvalidRecord([FieldProblem(None, "status", status[:80], "应为 proposed、confirmed 或 refused")])
    if status != "refused" and indicator not in catalogue.indicators:
        raise InvalidRecord([FieldProblem(None, "indicator", str(indicator)[:80], "指标目录中没有这个指标")])
    row = _row(connection, tables.target, target_id, "目标")
    values = {"indicator": indicator, "binding_status": status, "area_id": area_id, "owner_id": owner_id}
    _write(connection, principal, tables.target, row, values, "bind", f"指标对应：{row.name} → {indicator}")
    _keep_correction(connection, principal, "target", "bound", row, values)
    return read_target(connection, target_id)


def confirm_bindings(
    connection: Connection, catalogue: Catalogue, principal: Principal, plan_id: int, least_confidence: float
) -> int:
    """Confirm every proposed indicator of at least that confidence and return how many there were."""
    principal.require_city()
    proposed = [
        target
        for target in list_targets(connection, plan_id)
        if target["binding_status"] == "proposed" and (target["binding_confidence"] or 0) >= least_confidence
    ]
    for target in proposed:
        scope = {"area_id": target["area_id"], "owner_id": target["owner_id"]}
        bind_target(connection, catalogue, principal, target["id"], target["indicator"], **scope)
    return len(proposed)


def delete_plan(connection: Connection, principal: Principal, plan_id: int) -> None:
    """Delete a plan with all its versions, targets, tasks and corrections; the register stays as it is."""
    principal.require_city()
    plan = read_plan_record(connection, plan_id)
    documents = select(tables.document.c.id).where(tables.document.c.plan_id == plan_id)
    tasks = select(tables.task.c.id).where(tables.task.c.document_id.in_(documents))
    connection.execute(delete(tables.contribution).where(tables.contribution.c.task_id.in_(tasks)))
    connection.execute(delete(tables.assignment).where(tables.assignment.c.task_id.in_(tasks)))
    connection.execute(
        update(tables.target).where(tables.target.c.document_id.in_(documents)).values(parent_id=None, clause_id=None)
    )
    for table in (tables.task, tables.target, tables.clause):
        connection.execute(delete(table).where(table.c.document_id.in_(documents)))
    connection.execute(delete(tables.correction).where(tables.correction.c.plan_id == plan_id))
    connection.execute(delete(tables.document).where(tables.document.c.plan_id == plan_id))
    connection.execute(delete(tables.plan).where(tables.plan.c.id == plan_id))
    change_set = open_change_set(connection, principal, "delete", f"删除计划 {plan['title']}")
    write_change(connection, change_set, "plan", plan_id, {"title": plan["title"]}, None)


def _read_fields(fields: Mapping[str, type], values: Mapping[str, object]) -> Record:
    problems: list[FieldProblem] = []
    read: Record = {}
    for key, value in values.items():
        if key not in fields:
            problems.append(FieldProblem(None, key[:80], str(value)[:80], f"不能修改；可修改的有 {'、'.join(fields)}"))
            continue
        try:
            read[key] = None if value is None else fields[key](value)
        except (TypeError, ValueError):
            problems.append(FieldProblem(None, key, str(value)[:80], "应为数值"))
            continue
        allowed = _CHOICES.get(key)
        if allowed is not None and read[key] not in allowed:
            problems.append(FieldProblem(None, key, str(value)[:80], f"应为其中之一：{'、'.join(allowed)}"))
    if problems:
        raise InvalidRecord(problems)
    return read


def _row(connection: Connection, table: Table, row_id: int, name: str) -> Row[Any]:
    columns = (table, tables.document.c.plan_id, tables.document.c.text.label("document_text"))
    query = select(*columns).join(tables.document, tables.document.c.id == table.c.document_id)
    row = connection.execute(query.where(table.c.id == row_id)).one_or_none()
    if row is None:
        message = f"没有编号为 {row_id} 的{name}"
        raise NotFound(message)
    return row


def _change(
    connection: Connection,
    principal: Principal,
    table: Table,
    row: Row[Any],
    values: Record,
    *,
    assignments: list[Record] | None = None,
) -> None:
    if values.keys() - {"status"}:
        values = {"status": row.status if row.status == "added" else "changed"} | values
    kind = values.get("status", "changed")
    _write(connection, principal, table, row, values, "update", f"校对：{kind}")
    if kind == "read":
        _forget_corrections(connection, table.name, row)
        return
    fields = values if assignments is None else values | {"assignments": assignments}
    _keep_correction(connection, principal, table.name, kind, row, fields)


def _write(
    connection: Connection, principal: Principal, table: Table, row: Row[Any], values: Record, action: str, message: str
) -> None:
    change_set = open_change_set(connection, principal, action, message)
    connection.execute(update(table).where(table.c.id == row.id).values(**values))
    before = {key: row._mapping[key] for key in values}
    write_change(connection, change_set, table.name, row.id, before, values)


def _anchor(row: Row[Any], text: str) -> Record:
    name = row.name if hasattr(row, "name") else row.heading
    if row.start is None:
        return asdict(Anchor("", row.section, name))
    return asdict(anchor_at(text, row.start, row.end, row.section, name))


def _keep_correction(
    connection: Connection, principal: Principal, record: str, kind: str, row: Row[Any], fields: Record
) -> None:
    values = {"plan_id": row.plan_id, "record": record, "kind": kind, "anchor": _anchor(row, row.document_text)}
    written = {"fields": fields, "actor": principal.name, "at": datetime.now(UTC), "found": True}
    connection.execute(insert(tables.correction).values(values | written))


def _forget_corrections(connection: Connection, record: str, row: Row[Any]) -> None:
    columns = tables.correction.c
    anchor = _anchor(row, row.document_text)
    query = select(columns.id, columns.anchor).where(columns.plan_id == row.plan_id, columns.record == record)
    mine = [found.id for found in connection.execute(query) if _same_place(found.anchor, anchor)]
    connection.execute(delete(tables.correction).where(columns.id.in_(mine)))


def _same_place(one: Record, other: Record) -> bool:
    return all(one[key] == other[key] for key in ("quote", "section", "before"))


def _newest_document(connection: Connection, plan_id: int) -> Row[Any, Any]:
    columns = tables.document.c
    query = select(columns.id, columns.text).where(columns.plan_id == plan_id).order_by(columns.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        message = f"没有编号为 {plan_id} 的计划"
        raise NotFound(message)
    return row


def _place(text: str, read: Record) -> Record:
    start, end = read.get("start"), read.get("end")
    if start is None or end is None or not 0 <= start < end <= len(text):
        reason = f"应为文档中的一段文字，起止位置在 0 至 {len(text)} 之间"
        raise InvalidRecord([FieldProblem(None, "start/end", f"{start}–{end}", reason)])
    return {"start": start, "end": end, "quote": text[start:end]}


def _section_of(connection: Connection, document_id: int, start: int) -> Record:
    clause = tables.clause.c
    query = select(clause.id, clause.path, clause.page).where(clause.document_id == document_id)
    query = query.where(clause.start <= start, clause.end > start).order_by(clause.level.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return {"clause_id": row.id, "section": row.path, "page": row.page} if row else {"clause_id": None, "section": ""}


def _add(
    connection: Connection,
    principal: Principal,
    table: Table,
    row: Record,
    *,
    assignments: list[Record] | None = None,
) -> int:
    change_set = open_change_set(connection, principal, "create", "校对：added")
    row_id = insert_row(connection, table, row)
    write_change(connection, change_set, table.name, row_id, None, row)
    stored = _row(connection, table, row_id, "")
    fields = row if assignments is None else row | {"assignments": assignments}
    _keep_correction(connection, principal, table.name, "added", stored, fields)
    return row_id


def _replace_assignments(connection: Connection, principal: Principal, task_id: int, assignments: list[Record]) -> None:
    rows = []
    for place, one in enumerate(assignments, start=1):
        name, role = str(one.get("name", "")).strip(), one.get("role", "responsible")
        if not name or role not in _ROLES:
            reason = f"第 {place} 个单位应有名称，角色为 {'、'.join(_ROLES)} 之一"
            raise InvalidRecord([FieldProblem(None, "assignments", f"{name} {role}"[:80], reason)])
        unit = {"unit_id": one.get("unit_id"), "confidence": 1.0, "reviewer": principal.name}
        rows.append({"task_id": task_id, "name": name, "role": role} | unit)
    connection.execute(delete(tables.assignment).where(tables.assignment.c.task_id == task_id))
    if rows:
        connection.execute(insert(tables.assignment), rows)
