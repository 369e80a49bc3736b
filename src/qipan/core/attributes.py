"""One attribute of many resources changed at once: all of them or none, under one change set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Attribute, Catalogue
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.history import open_change_set

_row = tables.resource.c
_at_once = 500
_named = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for the resource of a number, read at ``version``."""

    resource_id: int
    version: int
    value: int | float | str | bool | None


def set_attribute(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    *,
    kind: str,
    key: str,
    settings: Sequence[Setting],
    message: str,
) -> int:
    """Write one attribute of resources of one kind and return the change set.

    Raises Conflict where someone changed or deleted one since it was read, AccessDenied where one is not the
    principal's to change, InvalidRecord for a number outside the attribute's range; nothing is written then.
    """
    attribute = _attribute(catalogue, kind, key)
    _check_range(attribute, settings)
    wanted = {one.resource_id: one for one in settings}
    known = {row.id: row for row in _read(connection, catalogue.kinds[kind].code, list(wanted))}
    _check_versions(wanted, known)
    for row in known.values():
        principal.require_write(row.area_id, row.owner_id)
    change_set = open_change_set(connection, principal, "update", message, rows=len(wanted))
    _write(connection, change_set, key, [(known[number], one.value) for number, one in wanted.items()])
    return change_set


def _attribute(catalogue: Catalogue, kind: str, key: str) -> Attribute:
    found = catalogue.kinds[kind].attribute(key) if kind in catalogue.kinds else None
    if found is None:
        message = f"资源类别 {kind} 没有字段 {key}"
        raise NotFound(message)
    return found


def _check_range(attribute: Attribute, settings: Sequence[Setting]) -> None:
    low = -float("inf") if attribute.minimum is None else attribute.minimum
    high = float("inf") if attribute.maximum is None else attribute.maximum
    wrong = [one.value for one in settings if isinstance(one.value, int | float) and not low <= one.value <= high]
    if wrong:
        reason = f"应在 {low:g} 至 {high:g} {attribute.unit}之间"
        raise InvalidRecord([FieldProblem(None, attribute.name.zh, str(one), reason) for one in wrong[:_named]])


def _read(connection: Connection, code: str, ids: Sequence[int]) -> Iterator[Row[Any]]:
    """Yield the resources of the numbers and keep others from changing them until the transaction ends."""
    columns = (_row.id, _row.code, _row.version, _row.area_id, _row.owner_id, _row.attributes)
    for start in range(0, len(ids), _at_once):
        part = ids[start : start + _at_once]
        query = select(*columns).where(_row.id.in_(part), _row.kind == code)
        yield from connection.execute(query.with_for_update())  # type: ignore[misc]


def _check_versions(wanted: Mapping[int, Setting], known: Mapping[int, Row[Any]]) -> None:
    changed = [
        known[number].code if number in known else f"（已删除的 {number}）"
        for number, one in wanted.items()
        if number not in known or known[number].version != one.version
    ]
    if changed:
        message = f"有 {len(changed)} 个资源已被他人修改（{'、'.join(changed[:_named])}）：没有写入任何改动，请重新计算"
        raise Conflict(message)


def _write(
    connection: Connection, change_set: int, key: str, pairs: Sequence[tuple[Row[Any], int | float | str | bool | None]]
) -> None:
    statement = update(tables.resource).where(_row.id == bindparam("of"))
    renewed = [
        {"of": row.id, "attributes": row.attributes | {key: value}, "version": row.version + 1} for row, value in pairs
    ]
    told = [
        {
            "change_set_id": change_set,
            "record": "resource",
            "record_id": row.id,
            "before": {f"attributes.{key}": row.attributes.get(key), "version": row.version},
            "after": {f"attributes.{key}": value, "version": row.version + 1},
        }
        for row, value in pairs
    ]
    connection.execute(statement.values(changed_in=change_set), renewed)
    connection.execute(insert(tables.change), told)
