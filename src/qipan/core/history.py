"""History: every change belongs to a change set, written in the same transaction as what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import insert_row

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record, as history shows it; ``before`` is None for its creation, ``after`` for its end."""

    at: datetime
    actor: str
    action: str
    message: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def open_change_set(
    connection: Connection, principal: Principal, action: str, message: str = "", *, rows: int = 1, request: str = ""
) -> int:
    """Write a change set by ``principal`` and return its id; what is changed under it names this id."""
    values = {
        "request": request or str(uuid4()),
        "actor": principal.name,
        "action": action,
        "message": message,
        "rows": rows,
        "at": datetime.now(UTC),
    }
    return insert_row(connection, tables.change_set, values)


def write_change(
    connection: Connection, change_set_id: int, record: str, record_id: int, before: Fields | None, after: Fields | None
) -> None:
    """Write what one record was and became; only fields that differ are kept when both are given."""
    if before is not None and after is not None:
        changed = [key for key in after if before.get(key) != after[key]]
        before, after = {key: before.get(key) for key in changed}, {key: after[key] for key in changed}
    values = {"change_set_id": change_set_id, "record": record, "record_id": record_id}
    connection.execute(insert(tables.change).values(values | {"before": before, "after": after}))


def history_of(
    connection: Connection, record: str, record_id: int, *, created_in: int | None = None
) -> Sequence[Change]:
    """Return the changes of one record, newest first.

    ``created_in`` names the change set that created the record, for records that an import created without a change
    row of their own.
    """
    sets, rows = tables.change_set.c, tables.change.c
    shown = (sets.at, sets.actor, sets.action, sets.message)
    query = (
        select(*shown, rows.before, rows.after, sets.id)
        .join(tables.change_set, sets.id == rows.change_set_id)
        .where(rows.record == record, rows.record_id == record_id)
        .order_by(sets.id.desc(), rows.id.desc())
    )
    found = connection.execute(query).all()
    changes = [Change(*row[:6]) for row in found]
    if created_in is not None and created_in not in {row.id for row in found}:
        created = connection.execute(select(*shown).where(sets.id == created_in)).one()
        changes.append(Change(*created, before=None, after=None))
    return changes
