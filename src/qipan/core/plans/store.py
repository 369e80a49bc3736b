"""A reading enters the register: document, clauses, targets, tasks, who answers for them, what would measure them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import insert_row
from qipan.core.errors import NotFound
from qipan.core.history import open_change_set
from qipan.core.plans.read import Record
from qipan.engines.reading import Coverage, Document, Heading, Reading, Target, Task

Resolve = Callable[[str], tuple[int | None, float]]
"""Who a unit's name means: the unit's id, or None, and how sure that is."""

Propose = Callable[[Record], tuple[Record, float] | None]
"""What would measure a target: indicator, area_id and owner_id, and how sure that is; None where nothing fits."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """What was stored of a document."""

    plan_id: int
    document_id: int
    version: int
    targets: int
    tasks: int


def store_plan(
    connection: Connection,
    principal: Principal,
    document: Document,
    reading: Reading,
    filename: str,
    *,
    resolve: Resolve,
    propose: Propose,
    plan_id: int | None = None,
) -> StoredPlan:
    """Store a reading as a new plan, or as the next version of ``plan_id``, and return what was stored.

    Corrections of earlier versions are applied by ``qipan.core.plans.revise`` afterwards, in the same transaction.
    """
    principal.require_city()
    title = reading.title or filename
    change_set = open_change_set(connection, principal, "read", f"读取 {filename}：{title}")
    plan_id = _plan(connection, reading, title, change_set, plan_id)
    version = _next_version(connection, plan_id)
    values = {"plan_id": plan_id, "version": version, "filename": filename, "format": document.format}
    values |= {"sha256": document.sha256, "pages": document.pages, "text": document.text, "created_in": change_set}
    document_id = insert_row(connection, tables.document, values)
    clauses = _store_clauses(connection, document_id, reading.headings, len(document.text))
    targets = _store_targets(connection, document_id, reading, clauses, propose)
    tasks = _store_tasks(connection, document_id, reading.tasks, clauses, resolve)
    links = [{"target_id": targets[link.target], "task_id": tasks[link.task]} for link in reading.links]
    if links:
        connection.execute(insert(tables.contribution), links)
    return StoredPlan(plan_id, document_id, version, len(targets), len(tasks))


def _plan(connection: Connection, reading: Reading, title: str, change_set: int, plan_id: int | None) -> int:
    first, last = reading.period or (None, None)
    values = {"title": title[:300], "issuers": list(reading.issuers), "period_from": first, "period_to": last}
    if plan_id is None:
        return insert_row(connection, tables.plan, values | {"created_in": change_set})
    if connection.execute(update(tables.plan).where(tables.plan.c.id == plan_id).values(values)).rowcount != 1:
        message = f"没有编号为 {plan_id} 的计划"
        raise NotFound(message)
    return plan_id


def _next_version(connection: Connection, plan_id: int) -> int:
    query = select(func.max(tables.document.c.version)).where(tables.document.c.plan_id == plan_id)
    return (connection.execute(query).scalar_one() or 0) + 1


def _store_clauses(
    connection: Connection, document_id: int, headings: Sequence[Heading], length: int
) -> dict[str, int]:
    """Store the headings, each with the stretch down to the next one that is not below it; return ids by path."""
    clauses: dict[str, int] = {}
    for place, heading in enumerate(headings):
        following = (other.start for other in headings[place + 1 :] if other.level <= heading.level)
        values = {"document_id": document_id, "path": heading.path[:60], "title": heading.title[:300]}
        values |= {"level": heading.level, "page": heading.page, "start": heading.start}
        clause_id = insert_row(connection, tables.clause, values | {"end": next(following, length)})
        clauses.setdefault(heading.path, clause_id)
    return clauses


def _store_targets(
    connection: Connection, document_id: int, reading: Reading, clauses: dict[str, int], propose: Propose
) -> list[int]:
    ids: list[int] = []
    rows = [_target_row(target) for target in reading.targets] + [_coverage_row(one) for one in reading.coverage]
    parents = [target.parent for target in reading.targets] + [None] * len(reading.coverage)
    for row, parent in zip(rows, parents, strict=True):
        row |= {"document_id": document_id, "clause_id": clauses.get(row["section"])}
        row |= {"parent_id": None if parent is None or parent >= len(ids) else ids[parent]}
        ids.append(insert_row(connection, tables.target, row | binding_columns(propose(row))))
    return ids


def binding_columns(proposed: tuple[Record, float] | None) -> Record:
    """Return the columns of a target for a proposed indicator, or for none."""
    if proposed is None:
        return {"binding_status": "none"}
    values, confidence = proposed
    return dict(values) | {"binding_confidence": confidence, "binding_status": "proposed"}


def _target_row(target: Target) -> Record:
    return _shared_columns(target) | {
        "kind": str(target.kind),
        "comparator": target.comparator,
        "value": target.values[0],
        "value_to": target.values[1] if len(target.values) > 1 else None,
        "unit": target.unit,
        "scope": target.scope[:100],
        "level": str(target.level),
        "basis": str(target.basis or "cumulative"),
    }


def _coverage_row(coverage: Coverage) -> Record:
    whole = {"kind": "coverage", "comparator": ">=", "value": 100.0, "value_to": None, "unit": "%", "scope": ""}
    return _shared_columns(coverage) | whole | {"level": "aim", "basis": "cumulative"}


def _shared_columns(read: Target | Coverage) -> Record:
    place = {"quote": read.quote, "start": read.start, "end": read.end, "page": read.page}
    return place | {
        "name": read.name[:300],
        "section": read.section[:60],
        "year": read.year,
        "confidence": read.confidence,
        "status": "read",
    }


def _store_tasks(
    connection: Connection, document_id: int, tasks: Sequence[Task], clauses: dict[str, int], resolve: Resolve
) -> list[int]:
    ids: list[int] = []
    for task in tasks:
        row: dict[str, Any] = {"document_id": document_id, "clause_id": clauses.get(task.section)}
        row |= {"section": task.section[:60], "heading": task.heading[:300], "text": task.text, "page": task.page}
        row |= {"start": task.text_start, "end": task.text_end, "deadline": task.deadline or ""}
        ids.append(insert_row(connection, tables.task, row | {"confidence": task.confidence, "status": "read"}))
        assignments = [_assignment(ids[-1], name, task, resolve) for name in dict.fromkeys(task.units)]
        if assignments:
            connection.execute(insert(tables.assignment), assignments)
    return ids


def _assignment(task_id: int, name: str, task: Task, resolve: Resolve) -> Record:
    unit_id, confidence = resolve(name)
    role = "lead" if name in task.lead else "support" if name in task.support else "responsible"
    return {"task_id": task_id, "name": name[:200], "unit_id": unit_id, "role": role, "confidence": confidence}
