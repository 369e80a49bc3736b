"""A newer version of a document: what people corrected in the older one is found again and corrected again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from qipan.core import tables
from qipan.core.database import insert_row
from qipan.core.grams import folded
from qipan.engines.reading import Anchor, anchor_at, locate, match_anchors

Record = dict[str, Any]


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
    all_ = connection.execute(query).all()
    read_again: dict[int, Row[Any]] = {}
    for table in (tables.target, tables.task):
        mine = [one for one in all_ if one.record == table.name and one.kind != "added"]
        read_again |= _find(connection, table, row.id, row.text, mine)
    for correction in all_:
        found = _apply(connection, row.id, row.text, correction, read_again.get(correction.id))
        if found != correction.found:
            statement = update(tables.correction).where(corrections.id == correction.id)
            connection.execute(statement.values(found=found))


def _find(
    connection: Connection, table: Table, document_id: int, text: str, corrections: list[Row[Any]]
) -> dict[int, Row[Any]]:
    """Return, by the id of each correction that finds its place, the row of the newer version that it speaks of."""
    rows = connection.execute(select(table).where(table.c.document_id == document_id).order_by(table.c.id)).all()
    anchors = [Anchor(**correction.anchor) for correction in corrections]
    matched = match_anchors(anchors, [_anchor(row, text) for row in rows])
    return {corrections[index].id: rows[place] for index, place in matched.items()}


def _anchor(row: Row[Any], text: str) -> Anchor:
    name = row.name if hasattr(row, "name") else row.heading
    if row.start is None:
        return Anchor("", row.section, name)
    return anchor_at(text, row.start, row.end, row.section, name)


def _apply(connection: Connection, document_id: int, text: str, correction: Row[Any], row: Row[Any] | None) -> bool:
    table = tables.target if correction.record == "target" else tables.task
    if correction.kind == "added":
        return _add_again(connection, table, document_id, text, correction)
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


def _add_again(connection: Connection, table: Table, document_id: int, text: str, correction: Row[Any]) -> bool:
    place = locate(Anchor(**correction.anchor), text)
    if place is None:
        return False
    start, end = place
    fields = {key: value for key, value in correction.fields.items() if key not in ("assignments", "clause_id")}
    fields |= {"document_id": document_id, "start": start, "end": end, "status": "added"}
    if "quote" in fields:
        fields["quote"] = text[start:end]
    row_id = insert_row(connection, table, fields)
    _write(connection, table, row_id, correction)
    return True
