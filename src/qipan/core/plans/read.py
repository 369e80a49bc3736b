"""Plans as the faces show them: records with ids, offsets into the newest document, and what links them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.errors import NotFound

Record = dict[str, Any]

_target, _task, _document, _plan = tables.target.c, tables.task.c, tables.document.c, tables.plan.c


def is_newest() -> ColumnElement[bool]:
    """Return the condition under which a document is the newest of its plan."""
    other = tables.document.alias("other")
    newer = select(other.c.id).where(other.c.plan_id == _document.plan_id, other.c.version > _document.version)
    return ~newer.exists()


def list_plans(connection: Connection) -> list[Record]:
    """Return every plan with its newest document and the number of its targets, tasks and bound targets."""
    shown = _target.status != "dismissed"
    bound = case((_target.binding_status == "confirmed", 1))
    targets = select(_target.document_id, func.count().label("targets"), func.count(bound).label("bound"))
    counted = targets.where(shown).group_by(_target.document_id).subquery()
    tasks = select(_task.document_id, func.count().label("tasks")).where(_task.status != "dismissed")
    tasked = tasks.group_by(_task.document_id).subquery()
    query = (
        select(tables.plan, _document.id.label("document_id"), _document.version)
        .add_columns(counted.c.targets, counted.c.bound, tasked.c.tasks)
        .join(tables.document, _document.plan_id == _plan.id)
        .where(is_newest())
        .outerjoin(counted, counted.c.document_id == _document.id)
        .outerjoin(tasked, tasked.c.document_id == _document.id)
        .order_by(_plan.id)
    )
    return [_plan_record(dict(row._mapping)) for row in connection.execute(query)]


def _plan_record(row: Record) -> Record:
    period = None if row["period_from"] is None else [row["period_from"], row["period_to"]]
    kept = {key: row[key] for key in ("id", "title", "issuers", "document_id", "version")}
    return kept | {"period": period} | {key: row[key] or 0 for key in ("targets", "tasks", "bound")}


def read_plan_record(connection: Connection, plan_id: int) -> Record:
    """Return a plan with its newest document's text and clauses, and corrections that found no place in it."""
    found = [plan for plan in list_plans(connection) if plan["id"] == plan_id]
    if not found:
        message = f"没有编号为 {plan_id} 的计划"
        raise NotFound(message)
    (record,) = found
    columns = [_document[key] for key in ("id", "version", "filename", "format", "pages", "text")]
    document = connection.execute(select(*columns).where(_document.id == record["document_id"])).one()
    clause = tables.clause.c
    clauses = [clause[key] for key in ("id", "path", "title", "level", "page", "start", "end")]
    rows = connection.execute(select(*clauses).where(clause.document_id == document.id).order_by(clause.start))
    return record | {
        "document": dict(document._mapping),
        "clauses": [dict(row._mapping) for row in rows],
        "unmatched_corrections": unmatched_corrections(connection, plan_id),
    }


def unmatched_corrections(connection: Connection, plan_id: int) -> list[Record]:
    """Return what people corrected in an older version and the newest no longer holds."""
    columns = tables.correction.c
    query = select(columns.id, columns.record, columns.kind, columns.anchor, columns.fields, columns.actor, columns.at)
    query = query.where(columns.plan_id == plan_id, columns.found.is_(False)).order_by(columns.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def list_targets(connection: Connection, plan_id: int | None = None) -> list[Record]:
    """Return the targets of the newest document of a plan, or of all plans, in the order of the text."""
    query = select(tables.target, _document.plan_id).join(tables.document, _document.id == _target.document_id)
    query = query.where(is_newest())
    return _targets(connection, _of_plan(query, plan_id).order_by(_document.plan_id, _target.start, _target.id))


def read_target(connection: Connection, target_id: int) -> Record:
    """Return one target; NotFound where there is none."""
    query = select(tables.target, _document.plan_id).join(tables.document, _document.id == _target.document_id)
    return _only(_targets(connection, query.where(_target.id == target_id)), f"没有编号为 {target_id} 的目标")


def _targets(connection: Connection, query: Any) -> list[Record]:  # noqa: ANN401 - a select
    rows = [dict(row._mapping) for row in connection.execute(query)]
    tasks = _linked(connection, "target_id", "task_id", [row["id"] for row in rows])
    for row in rows:
        del row["document_id"]
        row["task_ids"] = tasks[row["id"]]
    return rows


def _linked(connection: Connection, mine: str, other: str, ids: list[int]) -> dict[int, list[int]]:
    columns = tables.contribution.c
    found: dict[int, list[int]] = defaultdict(list)
    query = select(columns[mine], columns[other]).where(columns[mine].in_(ids)).order_by(columns[other])
    for one, another in connection.execute(query):
        found[one].append(another)
    return found


def list_tasks(
    connection: Connection, plan_id: int | None = None, *, unit_id: int | None = None, text: str = ""
) -> list[Record]:
    """Return the tasks of the newest document of a plan, or of all plans; of one unit, or with a word, where given."""
    query = select(tables.task, _document.plan_id, _plan.title.label("plan_title"))
    query = query.join(tables.document, _document.id == _task.document_id).join(
        tables.plan, _plan.id == _document.plan_id
    )
    query = query.where(is_newest())
    if unit_id is not None:
        mine = select(tables.assignment.c.task_id).where(tables.assignment.c.unit_id == unit_id)
        query = query.where(_task.id.in_(mine), _task.status != "dismissed")
    if text:
        query = query.where(_task.text.contains(text, autoescape=True))
    return _tasks(connection, _of_plan(query, plan_id).order_by(_plan.id, _task.start, _task.id))


def read_task(connection: Connection, task_id: int) -> Record:
    """Return one task; NotFound where there is none."""
    query = select(tables.task, _document.plan_id).join(tables.document, _document.id == _task.document_id)
    return _only(_tasks(connection, query.where(_task.id == task_id)), f"没有编号为 {task_id} 的任务")


def _tasks(connection: Connection, query: Any) -> list[Record]:  # noqa: ANN401 - a select
    rows = [dict(row._mapping) for row in connection.execute(query)]
    ids = [row["id"] for row in rows]
    targets = _linked(connection, "task_id", "target_id", ids)
    assigned: dict[int, list[Record]] = defaultdict(list)
    columns = tables.assignment.c
    for row in connection.execute(select(tables.assignment).where(columns.task_id.in_(ids)).order_by(columns.id)):
        record = dict(row._mapping)
        assigned[record.pop("task_id")].append(record)
    for task in rows:
        del task["document_id"]
        task |= {"assignments": assigned[task["id"]], "target_ids": targets[task["id"]]}
    return rows


def task_units(connection: Connection, plan_id: int | None = None) -> list[Record]:
    """Return every unit that has tasks, with how many it leads, answers for and supports."""
    assigned, unit = tables.assignment.c, tables.unit.c
    counts = [func.count(case((assigned.role == role, 1))).label(role) for role in ("lead", "responsible", "support")]
    query = (
        select(assigned.unit_id, func.coalesce(unit.name, assigned.name).label("name"), unit.kind, *counts)
        .join(tables.task, _task.id == assigned.task_id)
        .join(tables.document, _document.id == _task.document_id)
        .outerjoin(tables.unit, unit.id == assigned.unit_id)
        .where(_task.status != "dismissed", is_newest())
        .group_by(assigned.unit_id, func.coalesce(unit.name, assigned.name), unit.kind)
        .order_by(func.count().desc(), func.coalesce(unit.name, assigned.name))
    )
    return [dict(row._mapping) for row in connection.execute(_of_plan(query, plan_id))]


def _of_plan(query: Any, plan_id: int | None) -> Any:  # noqa: ANN401 - a select
    return query if plan_id is None else query.where(_document.plan_id == plan_id)


def _only(rows: list[Record], missing: str) -> Record:
    if not rows:
        raise NotFound(missing)
    return rows[0]
