"""What the map needs of the register: places, states and dates of what was created or changed, ids of what went."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray
from sqlalchemy import Connection, String, cast, func, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.engines.tiling import NEVER, Points

_chunk = 100_000
_columns = tables.resource.c
_numbers = ("id", "morton", "state", "area_id", "owner_id")
_days = ("in_service_on", "retired_on")


def changed_points(connection: Connection, since: int) -> dict[str, Points]:
    """Return what was created or changed after a change set, as points by kind code; shapes without a key are at 0."""
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for text in _texts(connection, since):
        table = _read(text)
        for code in pc.unique(table["kind"]).to_pylist():
            parts[code].append(table.filter(pc.equal(table["kind"], code)))
    return {code: _points(pa.concat_tables(part)) for code, part in parts.items()}


def _texts(connection: Connection, since: int) -> Iterator[str]:
    """Yield what changed as CSV, many rows a text, joined by the database: no Python object is made for any row."""
    lines = select(func.aggregate_strings(_line(), "\n"))
    if since:
        changed = connection.execute(lines.where(_columns.changed_in > since)).scalar_one()
        if changed is not None:
            yield changed
        return
    first, last = connection.execute(select(func.min(_columns.id), func.max(_columns.id))).one()
    for start in range(first or 0, (last or -1) + 1, _chunk):
        text = connection.execute(lines.where(_columns.id.between(start, start + _chunk - 1))).scalar_one()
        if text is not None:
            yield text


def _line() -> ColumnElement[str]:
    line: ColumnElement[str] = _columns.kind
    for key in (*_numbers, *_days):
        line = line.concat(",").concat(func.coalesce(cast(_columns[key], String), ""))
    return line


def _read(text: str) -> pa.Table:
    types = dict.fromkeys(_numbers, pa.int64()) | dict.fromkeys(_days, pa.date32()) | {"kind": pa.string()}
    return pa.csv.read_csv(
        io.BytesIO(text.encode()),
        read_options=pa.csv.ReadOptions(column_names=["kind", *_numbers, *_days]),
        convert_options=pa.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False),
    )


def _points(table: pa.Table) -> Points:
    built, retired = (_as_days(table[key]) for key in _days)
    ids, keys, state, area, owner = (pc.fill_null(table[key], 0).to_numpy() for key in _numbers)
    return Points.of(keys, ids, state=state, area=area, owner=owner, built_on=built, retired_on=retired)


def _as_days(column: pa.ChunkedArray) -> NDArray[np.int64]:
    days: NDArray[np.int64] = pc.fill_null(column.cast(pa.int32()).cast(pa.int64()), NEVER).to_numpy()
    return days


def removed(connection: Connection, since: int) -> dict[str, list[int]]:
    """Return what was deleted after a change set, by the kind code that its last state names."""
    change = tables.change.c
    query = select(change.record_id, change.before).where(change.record == "resource", change.change_set_id > since)
    gone: dict[str, list[int]] = defaultdict(list)
    for row in connection.execute(query.where(change.after.is_(None))):
        gone[row.before["kind"]].append(row.record_id)
    return gone


def geometries(connection: Connection, code: str) -> Iterator[tuple[list[int], list[bytes]]]:
    """Yield ids and geometries (WKB) of a kind, batch by batch."""
    query = select(_columns.id, _columns.geometry).where(_columns.kind == code, _columns.geometry.is_not(None))
    # SQLite hands rows over as they are asked for anyway; buffering them on the way would take half as long again.
    options = {} if connection.dialect.name == "sqlite" else {"stream_results": True, "max_row_buffer": _chunk}
    result = connection.execution_options(**options).execute(query)
    for rows in result.partitions(_chunk):
        yield [row[0] for row in rows], [row[1] for row in rows]
