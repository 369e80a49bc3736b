"""Writing many rows at once by the driver's fastest way: rows of values on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from qipan.core import tables
from qipan.core.collecting import collection_paused
from qipan.core.jobs import Progress

_VARIABLES = 800
"""Values in one SQLite statement; beyond that a longer statement gains nothing."""
_AT_ONCE = 40_000
_ROOM = -524_288
"""SQLite's page cache during an import, as its pragma counts: 512 MiB, taken up only as far as it is used."""

Constants = Mapping[str, int | str]


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Give SQLite room for the pages of an import, so that none is written twice; the room is given back after."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size={_ROOM}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


def insert_rows(
    connection: Connection,
    table: Table,
    data: pa.Table,
    constants: Constants = MappingProxyType({}),
    progress: Progress | None = None,
) -> None:
    """Insert the rows of ``data``, whose columns are those of ``table`` by name; dates and JSON as text.

    ``constants`` are columns that are the same in every row. A column of ``data`` without any value is left out.
    """
    progress = progress or Progress()
    insert = _insert_into_sqlite if connection.dialect.name == "sqlite" else _copy_to_postgresql
    data = data.select([name for name in data.column_names if data[name].null_count < data.num_rows])
    with collection_paused():
        for start in range(0, data.num_rows, _AT_ONCE):
            progress.report(start / data.num_rows)
            insert(connection, table.name, data.slice(start, _AT_ONCE), constants)


def insert_search_entries(
    connection: Connection,
    pairs: list[str],
    starts: NDArray[np.int64],
    owners: NDArray[np.int64],
    progress: Progress | None = None,
) -> None:
    """Insert what ``qipan.core.grams.grams_of_many`` gives into the table of names' pairs."""
    if connection.dialect.name != "sqlite":
        grams = pa.array(pairs, pa.string()).take(pa.array(np.repeat(np.arange(len(pairs)), np.diff(starts))))
        data = pa.table({"gram": grams, "resource_id": pa.array(owners)})
        insert_rows(connection, tables.search_entry, data, progress=progress)
        return
    progress = progress or Progress()
    statement = "INSERT INTO search_entry (gram, resource_id) SELECT ?, value FROM json_each(?)"
    for place, pair in enumerate(pairs):
        if place % 50 == 0:
            progress.report(place / len(pairs))
        # A list of numbers in one text is read faster than numbers are handed over one by one.
        listed = str(owners[starts[place] : starts[place + 1]].tolist())
        connection.exec_driver_sql(statement, (pair, listed))


def _insert_into_sqlite(connection: Connection, table: str, data: pa.Table, constants: Constants) -> None:
    width = data.num_columns
    rows = list(zip(*(_values(column) for column in data.columns), strict=True))
    together = max(1, _VARIABLES // width)
    whole = len(rows) - len(rows) % together
    opening = f"INSERT INTO {table} ({', '.join([*data.column_names, *constants])}) VALUES "
    one = f"({', '.join(['?'] * width + [_literal_of(value) for value in constants.values()])})"
    if whole:
        groups = [tuple(chain.from_iterable(rows[at : at + together])) for at in range(0, whole, together)]
        connection.exec_driver_sql(opening + ", ".join([one] * together), groups)
    if whole < len(rows):
        connection.exec_driver_sql(opening + one, rows[whole:])


def _literal_of(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    if column.null_count and not pa.types.is_string(column.type):
        return list(column.to_pylist())
    return list(column.to_numpy().tolist())


def _copy_to_postgresql(connection: Connection, table: str, data: pa.Table, constants: Constants) -> None:
    for name, value in constants.items():
        data = data.append_column(name, pa.array([value]).take(pa.array(np.zeros(data.num_rows, dtype=np.int64))))
    buffer = io.BytesIO()
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    pacsv.write_csv(_with_hexadecimal(data), buffer, options)
    statement = f"COPY {table} ({', '.join(data.column_names)}) FROM STDIN (FORMAT csv)"
    driver = connection.dialect.loaded_dbapi
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
            copy.write(buffer.getvalue())
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error) from error


def _with_hexadecimal(data: pa.Table) -> pa.Table:
    """Return a table whose binary columns are the text that PostgreSQL reads as bytea."""
    for place, column in enumerate(data.columns):
        if pa.types.is_binary(column.type):
            texts = [None if value is None else f"\\x{value.hex()}" for value in column.to_pylist()]
            data = data.set_column(place, data.column_names[place], pa.array(texts, pa.string()))
    return data
