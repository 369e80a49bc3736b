"""Steps of approval as rows that belong to a resource, and go where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from qipan.core import tables
from qipan.core.history import write_change

_row = tables.approval.c
_at_once = 500


def drop_steps(connection: Connection, change_set: int, resource_ids: Sequence[int]) -> None:
    """Delete the steps of approval of some resources, keeping what they were in the history."""
    for start in range(0, len(resource_ids), _at_once):
        theirs = _row.resource_id.in_(resource_ids[start : start + _at_once])
        for row in connection.execute(select(tables.approval).where(theirs)).all():
            told = {"step": row.step, "decision": row.decision, "note": row.note}
            write_change(connection, change_set, "approval", row.id, told, None)
        connection.execute(delete(tables.approval).where(theirs))
