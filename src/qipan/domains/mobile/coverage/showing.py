"""A study's summary as far as a person may see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal

_area = tables.area.c


def visible_summary(connection: Connection, principal: Principal, summary: dict[str, Any]) -> dict[str, Any]:
    """Return a summary without the shares that are not a person's to see.

    An operator's people get its own shares and those of all networks together, a district's those of its areas and of
    the city. What went wrong with single cells is told to the city alone; how many it was, to everyone.
    """
    if principal.everything:
        return summary
    areas = set(principal.area_ids)
    if areas:
        areas |= set(connection.execute(select(_area.id).where(_area.level == "city")).scalars())
    owners = {None, *principal.owner_ids} if principal.owner_ids else None

    def seen(row: dict[str, Any]) -> bool:
        theirs = owners is None or row["operator_id"] in owners
        return theirs and (not areas or row.get("area_id") is None or row["area_id"] in areas)

    lists = {key: [row for row in summary.get(key, []) if seen(row)] for key in ("areas", "venues")}
    return summary | lists | {"errors": []}
