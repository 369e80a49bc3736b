"""The green channel: steps that a planned resource passes one after the other, each with the working days allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.history import open_change_set, write_change
from qipan.core.resources import change_resource
from qipan.core.settings import as_of_day

Record = dict[str, Any]
decisions = ("waiting", "approved", "refused")
_row = tables.approval.c
_resource = tables.resource.c


def working_day(start: date, days: int) -> date:
    """Return the day that lies ``days`` working days after another; Monday to Friday, holidays not known."""
    return date.fromisoformat(str(np.busday_offset(start.isoformat(), days, roll="forward")))


def open_steps(
    connection: Connection, catalogue: Catalogue, resource_ids: Sequence[int], begun_on: date, change_set: int
) -> int:
    """Write every step for each resource, the first begun, and return how many were written."""
    steps = list(catalogue.approval_steps.values())
    rows = [
        {
            "resource_id": resource_id,
            "step": step.key,
            "position": place,
            "days_allowed": step.days,
            "begun_on": begun_on if place == 1 else None,
            "decision": "waiting",
            "note": "",
            "changed_in": change_set,
        }
        for resource_id in resource_ids
        for place, step in enumerate(steps, start=1)
    ]
    if rows:
        connection.execute(insert(tables.approval), rows)
    return len(rows)


def list_approvals(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    *,
    resource_ids: Iterable[int] | None = None,
    code: str | None = None,
    step: str | None = None,
    decision: str | None = None,
    overdue: bool | None = None,
    limit: int = 200,
    offset: int = 0,
) -> Record:
    """Return {"total", "items", "steps"}: the approvals that ``principal`` may see, those due first."""
    day = as_of_day(connection)
    query = _shown(principal)
    if resource_ids is not None:
        query = query.where(_row.resource_id.in_(sorted(set(resource_ids))))
    if code is not None:
        query = query.where(_resource.code == code)
    counts = _counts(connection, catalogue, query, day)
    if step is not None:
        query = query.where(_row.step == step)
    if decision is not None:
        query = query.where(_row.decision == decision)
    if overdue is not None:
        items = [one for one in _items(connection, catalogue, query, day) if one["overdue"] == overdue]
        return {"total": len(items), "items": items[offset : offset + limit], "steps": counts}
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(_row.begun_on.is_(None), _row.resource_id, _row.position).limit(limit).offset(offset)
    return {"total": total, "items": _items(connection, catalogue, page, day), "steps": counts}


def decide(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    approval_id: int,
    decision: str,
    note: str = "",
    decided_on: date | None = None,
) -> Record:
    """Decide one step and return it with the resource's ``state``.

    The next step begins on the day this one is approved; with the last the resource becomes approved. Raises
    InvalidRecord for a refusal without a note, Conflict for a step whose turn has not come, AccessDenied for a resource
    that is not the principal's to change.
    """
    row = connection.execute(_shown(principal).where(_row.id == approval_id)).one_or_none()
    if row is None:
        message = f"没有编号为 {approval_id} 的审批事项，或无权查看：请从列表中选择"
        raise NotFound(message)
    principal.require_write(row.area_id, row.owner_id)
    day = decided_on or as_of_day(connection)
    _check(connection, row, decision, note, day)
    name = catalogue.approval_steps[row.step].name.zh if row.step in catalogue.approval_steps else row.step
    change_set = open_change_set(connection, principal, "update", f"审批{row.resource_name}：{name} {_words[decision]}")
    decided = None if decision == "waiting" else day
    values = {"decision": decision, "note": note, "decided_on": decided, "changed_in": change_set}
    connection.execute(update(tables.approval).where(_row.id == approval_id).values(**values))
    before = {"decision": row.decision, "note": row.note, "decided_on": _text(row.decided_on)}
    after = {"decision": decision, "note": note, "decided_on": _text(decided)}
    write_change(connection, change_set, "approval", approval_id, before, after)
    _pass_on(connection, row, decision, day, change_set)
    _settle(connection, catalogue, principal, row, day)
    shown = connection.execute(_shown(principal).where(_row.id == approval_id)).one()
    state = connection.execute(select(_resource.state).where(_resource.id == row.resource_id)).scalar_one()
    return _as_record(catalogue, shown, as_of_day(connection)) | {"state": catalogue.states[state - 1].key}


_words = {"approved": "通过", "refused": "不予通过", "waiting": "退回待办"}


def _check(connection: Connection, row: Row[Any], decision: str, note: str, day: date) -> None:
    if decision not in decisions:
        raise InvalidRecord([FieldProblem(None, "decision", decision[:80], f"应为 {'、'.join(decisions)} 之一")])
    if decision == "refused" and not note.strip():
        raise InvalidRecord([FieldProblem(None, "note", "", "不予通过时请写明原因")])
    if decision != "waiting" and row.begun_on is None:
        message = f"{row.resource_name} 的前一环节尚未通过，本环节还没有开始：请先办结前一环节"
        raise Conflict(message)
    if decision != "waiting" and day < row.begun_on:
        reason = f"不能早于本环节开始的 {row.begun_on}"
        raise InvalidRecord([FieldProblem(None, "decided_on", day.isoformat(), reason)])
    later = (_row.resource_id == row.resource_id) & (_row.position > row.position) & (_row.decision != "waiting")
    if connection.execute(select(func.count()).where(later)).scalar_one():
        message = f"{row.resource_name} 的后续环节已有结论：请先退回后续环节"
        raise Conflict(message)


def _pass_on(connection: Connection, row: Row[Any], decision: str, day: date, change_set: int) -> None:
    """Begin the next step, or take its beginning back."""
    following = (_row.resource_id == row.resource_id) & (_row.position == row.position + 1)
    begun = day if decision == "approved" else None
    connection.execute(update(tables.approval).where(following).values(begun_on=begun, changed_in=change_set))


def _settle(connection: Connection, catalogue: Catalogue, principal: Principal, row: Row[Any], day: date) -> None:
    """Make the resource approved once all steps are, and planned again where a step is taken back."""
    open_steps = select(func.count()).where(_row.resource_id == row.resource_id, _row.decision != "approved")
    done = connection.execute(open_steps).scalar_one() == 0
    columns = (_resource.code, _resource.version, _resource.state)
    found = connection.execute(select(*columns).where(_resource.id == row.resource_id)).one()
    state = catalogue.states[found.state - 1].key
    if done and state == "planned":
        values: Mapping[str, object] = {"state": "approved", "approved_on": day.isoformat()}
    elif not done and state == "approved":
        values = {"state": "planned", "approved_on": None}
    else:
        return
    change_resource(connection, catalogue, principal, found.code, values, found.version)


def _shown(principal: Principal) -> Select[Any]:
    more = (
        _resource.code,
        _resource.name.label("resource_name"),
        _resource.kind,
        _resource.area_id,
        _resource.owner_id,
    )
    query = select(tables.approval, *more).join(tables.resource, _resource.id == _row.resource_id)
    return narrow(query, tables.resource, principal)


def _items(connection: Connection, catalogue: Catalogue, query: Select[Any], day: date) -> list[Record]:
    return [_as_record(catalogue, row, day) for row in connection.execute(query)]


def _as_record(catalogue: Catalogue, row: Row[Any], day: date) -> Record:
    step = catalogue.approval_steps.get(row.step)
    due = None if row.begun_on is None else working_day(row.begun_on, row.days_allowed)
    name = {"zh": row.step, "en": row.step} if step is None else {"zh": step.name.zh, "en": step.name.en}
    late = due is not None and (row.decided_on or day) > due
    keys = ("id", "area_id", "owner_id", "step", "position", "days_allowed", "begun_on", "decided_on", "decision")
    told = {key: getattr(row, key) for key in keys}
    who = {"resource_code": row.code, "resource_name": row.resource_name, "kind": catalogue.kind_of_code(row.kind).key}
    return told | who | {"note": row.note, "name": name, "due_on": due, "overdue": late}


def _counts(connection: Connection, catalogue: Catalogue, query: Select[Any], day: date) -> list[Record]:
    columns = (*decisions, "overdue")
    counts: dict[str, dict[str, int]] = {key: dict.fromkeys(columns, 0) for key in catalogue.approval_steps}
    for one in _items(connection, catalogue, query, day):
        count = counts.setdefault(one["step"], dict.fromkeys(columns, 0))
        count[one["decision"]] += 1
        count["overdue"] += one["overdue"] and one["decision"] == "waiting"
    return [{"step": key, **count} for key, count in counts.items()]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
