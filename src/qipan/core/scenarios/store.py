"""Scenarios in the register: created, changed, computed, published, copied and deleted, each within one's rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, false, or_, select, update

from qipan.core import tables
from qipan.core.access import Principal, visible
from qipan.core.database import insert_row
from qipan.core.errors import Conflict, InUse, NotFound
from qipan.core.history import open_change_set, write_change

Fields = Mapping[str, Any]
kinds = {"coverage": "覆盖方案", "build": "建设方案", "merging": "合杆方案"}
"""What the kinds of scenarios are called."""
_row = tables.scenario.c
_sets = tables.change_set.c
_editable = ("name", "area_id", "owner_id", "parameters", "published")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario as the register holds it.

    ``kind`` is ``coverage``, ``build`` or ``merging``; ``subject`` what is computed or placed, by its key in the
    catalogue; ``area_id`` None stands for the whole city and ``owner_id`` None for all operators; ``state`` is
    ``draft``, ``computing``, ``ready`` or ``failed``, with the ``reason`` of the last; ``summary`` is None until a
    result is in.
    """

    id: int
    kind: str
    subject: str
    name: str
    area_id: int | None
    owner_id: int | None
    based_on_id: int | None
    published: bool
    state: str
    reason: str
    parameters: dict[str, Any]
    summary: dict[str, Any] | None
    job_id: int | None
    version: int
    created_by: str
    created_at: datetime


def list_scenarios(
    connection: Connection, principal: Principal, *, kind: str | None = None, subject: str | None = None
) -> list[Scenario]:
    """Return the scenarios that ``principal`` may see, newest first."""
    query = _shown(principal).order_by(_row.id.desc())
    if kind is not None:
        query = query.where(_row.kind == kind)
    if subject is not None:
        query = query.where(_row.subject == subject)
    return [_as_scenario(row) for row in connection.execute(query)]


def read_scenario(connection: Connection, principal: Principal, scenario_id: int, kind: str | None = None) -> Scenario:
    """Return one scenario; NotFound where there is none, it is not of that ``kind`` or the principal may not see it."""
    row = connection.execute(_shown(principal).where(_row.id == scenario_id)).one_or_none()
    if row is None:
        message = f"没有方案 {scenario_id}，或无权查看：请从方案列表中选择"
        raise NotFound(message)
    if kind is not None and row.kind != kind:
        message = f"方案 {scenario_id}“{row.name}”是{kinds[row.kind]}，不是{kinds[kind]}：请从{kinds[kind]}列表中选择"
        raise NotFound(message)
    return _as_scenario(row)


def create_scenario(
    connection: Connection,
    principal: Principal,
    *,
    kind: str,
    subject: str,
    name: str,
    parameters: Fields,
    area_id: int | None = None,
    owner_id: int | None = None,
    based_on_id: int | None = None,
) -> Scenario:
    """Write a draft and return it; AccessDenied where its area or unit is not the principal's."""
    principal.require_write(area_id, owner_id)
    change_set = open_change_set(connection, principal, "create", f"新建方案 {name}")
    values: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "name": name,
        "parameters": dict(parameters),
        "area_id": area_id,
        "owner_id": owner_id,
        "based_on_id": based_on_id,
    }
    stamps = {"created_in": change_set, "changed_in": change_set}
    scenario_id = insert_row(connection, tables.scenario, values | stamps)
    write_change(connection, change_set, "scenario", scenario_id, None, values)
    return read_scenario(connection, principal, scenario_id)


def copy_scenario(connection: Connection, principal: Principal, scenario_id: int, name: str) -> Scenario:
    """Write a draft with the parameters of another scenario, which it names as what it is based on."""
    source = read_scenario(connection, principal, scenario_id)
    return create_scenario(
        connection,
        principal,
        kind=source.kind,
        subject=source.subject,
        name=name,
        parameters=source.parameters,
        area_id=source.area_id,
        owner_id=source.owner_id,
        based_on_id=source.id,
    )


def update_scenario(
    connection: Connection, principal: Principal, scenario_id: int, values: Fields, version: int | None = None
) -> Scenario:
    """Change name, area_id, owner_id, parameters or published; Conflict where it was changed since ``version``.

    New parameters do not touch the result that is there; it is replaced by the next computation. Only the city
    publishes.
    """
    before = read_scenario(connection, principal, scenario_id)
    principal.require_write(before.area_id, before.owner_id)
    changed = {key: value for key, value in values.items() if key in _editable}
    if "published" in changed:
        principal.require_city()
    principal.require_write(changed.get("area_id", before.area_id), changed.get("owner_id", before.owner_id))
    change_set = open_change_set(connection, principal, "update", f"修改方案 {before.name}")
    known = before.version if version is None else version
    _write(connection, scenario_id, known, changed | {"version": known + 1, "changed_in": change_set})
    old = {key: getattr(before, key) for key in changed}
    write_change(connection, change_set, "scenario", scenario_id, old, changed)
    return read_scenario(connection, principal, scenario_id)


def _write(connection: Connection, scenario_id: int, version: int, values: Fields) -> None:
    unchanged = (_row.id == scenario_id) & (_row.version == version)
    if connection.execute(update(tables.scenario).where(unchanged).values(**values)).rowcount == 0:
        message = f"方案 {scenario_id} 已被他人修改，未作改动：请刷新后重试"
        raise Conflict(message)


def start_scenario(
    connection: Connection, principal: Principal, scenario_id: int, job_id: int | None, *, free: bool
) -> Scenario:
    """Mark a scenario as being computed, by a job if any.

    Raises Conflict unless it is ``free`` of another computation, and once its result was entered into the register.
    """
    found = read_scenario(connection, principal, scenario_id)
    principal.require_write(found.area_id, found.owner_id)
    if not free:
        by = "" if found.job_id is None else f"（任务 {found.job_id}）"
        message = f"方案“{found.name}”正在计算{by}：请等待完成，或先取消那一次计算"
        raise Conflict(message)
    if entered := (found.summary or {}).get("entered"):
        message = f"方案“{found.name}”已于 {entered['on']} 转入登记库，不再重新计算：请复制为新方案，或先撤回转入"
        raise Conflict(message)
    values = {"state": "computing", "job_id": job_id, "reason": ""}
    connection.execute(update(tables.scenario).where(_row.id == scenario_id).values(**values))
    return read_scenario(connection, principal, scenario_id)


def finish_scenario(connection: Connection, principal: Principal, scenario_id: int, summary: Fields) -> None:
    """Keep the summary of a result whose files are in place."""
    change_set = open_change_set(connection, principal, "compute", f"计算方案 {scenario_id}")
    values = {"state": "ready", "reason": "", "summary": dict(summary), "changed_in": change_set}
    kept = values | {"version": _row.version + 1}
    connection.execute(update(tables.scenario).where(_row.id == scenario_id).values(**kept))


def fail_scenario(connection: Connection, scenario_id: int, reason: str) -> None:
    """Say why a computation ended without a result; an earlier result stays."""
    where = (_row.id == scenario_id) & (_row.state == "computing")
    before = connection.execute(select(_row.summary).where(_row.id == scenario_id)).scalar_one_or_none()
    state = "failed" if before is None else "ready"
    connection.execute(update(tables.scenario).where(where).values(state=state, reason=reason))


def delete_scenario(connection: Connection, principal: Principal, scenario_id: int) -> None:
    """Delete a scenario that no other is based on; its files are the caller's to remove once this is committed."""
    found = read_scenario(connection, principal, scenario_id)
    principal.require_write(found.area_id, found.owner_id)
    based = connection.execute(select(_row.name).where(_row.based_on_id == scenario_id)).scalars().first()
    if based is not None:
        message = f"方案“{based}”以“{found.name}”为基础：请先删除前者"
        raise InUse(message)
    change_set = open_change_set(connection, principal, "delete", f"删除方案 {found.name}")
    old = {"name": found.name, "kind": found.kind, "subject": found.subject, "parameters": found.parameters}
    write_change(connection, change_set, "scenario", scenario_id, old, None)
    connection.execute(delete(tables.scenario).where(_row.id == scenario_id))


def _shown(principal: Principal) -> Select[Any]:
    kept = [_row[one.name] for one in fields(Scenario) if one.name in _row]
    query = select(*kept, _sets.actor.label("created_by"), _sets.at.label("created_at"))
    query = query.join(tables.change_set, _sets.id == _row.created_in)
    if principal.everything:
        return query
    published = _row.published if principal.account_id is not None else false()
    return query.where(or_(visible(tables.scenario, principal), published))


def _as_scenario(row: Row[Any]) -> Scenario:
    return Scenario(**row._mapping)
