"""The green channel: steps that a planned resource passes one after the other, each with the working days allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.history import open_change_set, write_change
from qipan.core.placing.working_days import read_working_days
from qipan.core.resources import change_resource
from qipan.core.settings import as_of_day

Record = dict[str, Any]
decisions = ("waiting", "approved", "refused")
_row = tables.approval.c
_resource = tables.resource.c


def open_steps(
    connection: Connection,
    catalogue: Catalogue,
    resource_ids: Sequence[int],
    begun_on: date,
    change_set: int,
    only: Sequence[str] = (),
) -> int:
    """Write every step, or ``only`` some, for each resource, the first begun, and return how many were written."""
    steps = [one for one in catalogue.approval_steps.values() if not only or one.key in only]
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
    clock = _Clock(connection, catalogue)
    query = _shown(principal)
    if resource_ids is not None:
        query = query.where(_row.resource_id.in_(sorted(set(resource_ids))))
    if code is not None:
        query = query.where(_resource.code == code)
    counts = _counts(connection, clock, query)
    if step is not None:
        query = query.where(_row.step == step)
    if decision is not None:
        query = query.where(_row.decision == decision)
    if overdue is not None:
        ids = _those_late(connection, clock, query, overdue)
        page = query.where(_row.id.in_(ids[offset : offset + limit]))
        return {"total": len(ids), "items": clock.records(connection, _in_order(page)), "steps": counts}
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = _in_order(query).limit(limit).offset(offset)
    return {"total": total, "items": clock.records(connection, page), "steps": counts}


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
    return _Clock(connection, catalogue).record(shown) | {"state": catalogue.states[state - 1].key}


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


def _in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(_row.begun_on.is_(None), _row.resource_id, _row.position)


class _Clock:
    """Tells what is due when and what is late, by the register's day and the working days of its calendar."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self.catalogue, self.day = catalogue, as_of_day(connection)
        self._working_days = read_working_days(connection, catalogue)
        self._known: dict[tuple[date, int], date] = {}

    def due(self, begun_on: date | None, days_allowed: int) -> date | None:
        """Return the last day of a step, None for one that has not begun."""
        if begun_on is None:
            return None
        key = (begun_on, days_allowed)
        if key not in self._known:
            self._known[key] = self._working_days.after(begun_on, days_allowed)
        return self._known[key]

    def is_late(self, row: Row[Any]) -> bool:
        """Tell whether a step was decided, or still waits, after its last day."""
        due = self.due(row.begun_on, row.days_allowed)
        return due is not None and (row.decided_on or self.day) > due

    def records(self, connection: Connection, query: Select[Any]) -> list[Record]:
        """Return the steps that a query finds as they are shown."""
        return [self.record(row) for row in connection.execute(query)]

    def record(self, row: Row[Any]) -> Record:
        """Return a step as it is shown."""
        step = self.catalogue.approval_steps.get(row.step)
        name = {"zh": row.step, "en": row.step} if step is None else {"zh": step.name.zh, "en": step.name.en}
        keys = ("id", "area_id", "owner_id", "step", "position", "days_allowed", "begun_on", "decided_on", "decision")
        told = {key: getattr(row, key) for key in keys}
        kind = self.catalogue.kind_of_code(row.kind).key
        who = {"resource_code": row.code, "resource_name": row.resource_name, "kind": kind}
        times = {"due_on": self.due(row.begun_on, row.days_allowed), "overdue": self.is_late(row)}
        return told | who | {"note": row.note, "name": name} | times


def _those_late(connection: Connection, clock: _Clock, query: Select[Any], late: bool) -> list[int]:
    """Return the ids of the steps that are late, or of those that are not, in their order."""
    columns = _in_order(query.with_only_columns(_row.id, _row.begun_on, _row.days_allowed, _row.decided_on))
    return [row.id for row in connection.execute(columns) if clock.is_late(row) == late]


def _counts(connection: Connection, clock: _Clock, query: Select[Any]) -> list[Record]:
    """Return for each step how many wait, are approved or refused, and how many of the waiting are late."""
    alike = (_row.step, _row.decision, _row.begun_on, _row.days_allowed, _row.decided_on)
    counts: dict[str, dict[str, int]] = {
        key: dict.fromkeys((*decisions, "overdue"), 0) for key in clock.catalogue.approval_steps
    }
    for row in connection.execute(query.with_only_columns(*alike, func.count().label("number")).group_by(*alike)):
        count = counts.setdefault(row.step, dict.fromkeys((*decisions, "overdue"), 0))
        count[row.decision] += row.number
        count["overdue"] += row.number if row.decision == "waiting" and clock.is_late(row) else 0
    return [{"step": key, **count} for key, count in counts.items()]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
