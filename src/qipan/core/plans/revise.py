"""A newer version of a document: what people corrected in the older one is found again and corrected again."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from qipan.core import tables
from qipan.core.database import insert_row
from qipan.core.grams import folded

Record = dict[str, Any]

_least_likeness = 0.6
"""Below this a stretch of the new text is not taken for the corrected one."""


def apply_corrections(connection: Connection, plan_id: int) -> None:
    """Apply every correction of a plan, oldest first, to its newest document.

    A correction finds its target or task again by quote, section and surrounding words; one that finds none is kept
    and marked, so that a person decides.
    """
    document = tables.document.c
    newest = select(document.id, document.text).where(document.plan_id == plan_id).order_by(document.version.desc())
    row = connection.execute(newest.limit(1)).one()
    corrections = tables.correction.c
    query = select(tables.correction).where(corrections.plan_id == plan_id).order_by(corrections.id)
    for correction in connection.execute(query).all():
        found = _apply(connection, row.id, row.text, correction)
        if found != correction.found:
            statement = update(tables.correction).where(corrections.id == correction.id)
            connection.execute(statement.values(found=found))


def _apply(connection: Connection, document_id: int, text: str, correction: Row[Any]) -> bool:
    table = tables.target if correction.record == "target" else tables.task
    if correction.kind == "added":
        return _add_again(connection, table, document_id, text, correction)
    row = _find(connection, table, document_id, text, correction.anchor)
    if row is None or (_speaks_of_numbers(correction) and not _same_words(text[row.start : row.end], correction)):
        return False
    _write(connection, table, row.id, correction)
    return True


def _speaks_of_numbers(correction: Row[Any]) -> bool:
    """Tell whether a correction holds only for the very words it was made on: a number changed or confirmed."""
    numbers = {"value", "value_to", "unit", "comparator", "year"}
    return correction.kind == "confirmed" or bool(numbers & correction.fields.keys())


def _same_words(quote: str, correction: Row[Any]) -> bool:
    return folded(quote) == folded(correction.anchor["quote"])


def _write(connection: Connection, table: Table, row_id: int, correction: Row[Any]) -> None:
    # Where the words stand is the new version's to say, what they mean the person's.
    place = ("start", "end", "quote", "section", "page", "document_id", "clause_id", "assignments")
    values = {key: value for key, value in correction.fields.items() if key not in place}
    if values:
        connection.execute(update(table).where(table.c.id == row_id).values(**values))
    if (assignments := correction.fields.get("assignments")) is not None:
        connection.execute(delete(tables.assignment).where(tables.assignment.c.task_id == row_id))
        rows = [_assignment(row_id, one, correction.actor) for one in assignments]
        if rows:
            connection.execute(insert(tables.assignment), rows)


def _assignment(task_id: int, one: Record, reviewer: str) -> Record:
    named = {"name": one["name"], "role": one.get("role", "responsible"), "unit_id": one.get("unit_id")}
    return {"task_id": task_id, "confidence": 1.0, "reviewer": reviewer} | named


def _find(connection: Connection, table: Table, document_id: int, text: str, anchor: Record) -> Row[Any] | None:
    rows = connection.execute(select(table).where(table.c.document_id == document_id)).all()
    scored = [(_likeness(row, text, anchor), -row.id, row) for row in rows]
    best = max(scored, key=lambda one: one[:2], default=None)
    return best[2] if best is not None and best[0] >= _least_likeness else None


def _likeness(row: Row[Any], text: str, anchor: Record) -> float:
    """Return 0 to 1: how probably a row of the new version is what was corrected in the old one."""
    quote = text[row.start : row.end] if row.start is not None else ""
    name = row.name if hasattr(row, "name") else row.heading
    same_name = _alike(name, anchor["name"])
    if same_name < 0.5:
        return 0.0
    before, after = _around(text, row.start, row.end, len(anchor["before"]), len(anchor["after"]))
    around = (_alike(before, anchor["before"]) + _alike(after, anchor["after"])) / 2
    same_section = 1.0 if row.section == anchor["section"] else 0.0
    return 0.45 * _alike(quote, anchor["quote"]) + 0.3 * same_name + 0.15 * around + 0.1 * same_section


def _around(text: str, start: int | None, end: int | None, before: int, after: int) -> tuple[str, str]:
    if start is None or end is None:
        return "", ""
    return text[max(0, start - before) : start], text[end : end + after]


def _alike(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()


def _add_again(connection: Connection, table: Table, document_id: int, text: str, correction: Row[Any]) -> bool:
    anchor = correction.anchor
    start = _place(text, anchor)
    if start is None:
        return False
    fields = {key: value for key, value in correction.fields.items() if key not in ("assignments", "clause_id")}
    fields |= {"document_id": document_id, "start": start, "end": start + len(anchor["quote"]), "status": "added"}
    row_id = insert_row(connection, table, fields)
    _write(connection, table, row_id, correction)
    return True


def _place(text: str, anchor: Record) -> int | None:
    """Return where the quote stands in the new text: of several places the one with the most alike surroundings."""
    quote = anchor["quote"]
    places, at = [], text.find(quote) if quote else -1
    while at >= 0:
        places.append(at)
        at = text.find(quote, at + 1)
    if not places:
        return None

    def alike(start: int) -> float:
        around = _around(text, start, start + len(quote), len(anchor["before"]), len(anchor["after"]))
        return _alike(around[0], anchor["before"]) + _alike(around[1], anchor["after"])

    return max(places, key=alike)
