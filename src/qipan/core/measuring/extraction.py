"""From rows of the register to Parquet files of the snapshot, through DuckDB, which reads the JSON on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Select, Text, cast, select, type_coerce

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.columns import KindColumns, select_sql
from qipan.core.measuring.manifest import Partition

_BATCH = 200_000
_DAYS = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")
_NAMES = ("id", "kind", "area_id", "owner_id", "state", *_DAYS, "attributes")
Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


def extraction_query() -> Select[tuple[object, ...]]:
    """Return the query of the columns that the snapshot is made from, days and attributes as the driver has them."""
    row = tables.resource.c
    days = [type_coerce(row[day], Text).label(day) for day in _DAYS]
    # Parsing ten million JSON texts in Python would take longer than all the rest.
    attributes = cast(row.attributes, Text).label("attributes")
    return select(row.id, row.kind, row.area_id, row.owner_id, row.state, *days, attributes)


class Extraction:
    """Rows gathered in DuckDB, one table for each kind, until they are written as files."""

    def __init__(self, catalogue: Catalogue, columns: Mapping[str, KindColumns], tree: Tree) -> None:
        self._columns = columns
        self._selects = {code: select_sql(catalogue, one) for code, one in columns.items()}
        self._duckdb = duckdb.connect()
        self._made: set[str] = set()
        self._fill_districts(tree)

    def _fill_districts(self, tree: Tree) -> None:
        ids = list(tree.areas)
        districts = pa.table({"area_id": ids, "district_id": [tree.district(one) for one in ids]})
        self._duckdb.register("districts", districts)
        self._duckdb.execute("create table district as select area_id::bigint as area_id, district_id from districts")

    def add(self, connection: Connection, query: Select[tuple[object, ...]], seen: Callable[[int], None]) -> None:
        """Read the rows of a query and sort them by kind; ``seen`` is told how many came, batch by batch."""
        for batch in _batches(connection, query):
            self._duckdb.register("batch", batch)
            for code in set(batch.column("kind").unique().to_pylist()) & set(self._columns):
                into = f'insert into "{code}"' if code in self._made else f'create table "{code}" as'
                self._duckdb.execute(f"{into} {self._selects[code]}")
                self._made.add(code)
            self._duckdb.unregister("batch")
            seen(batch.num_rows)

    def forget(self, ids: Iterable[int]) -> None:
        """Name the resources whose old rows must leave the files that ``merge`` renews."""
        self._duckdb.register("ids", pa.table({"id": pa.array(sorted(ids), pa.int64())}))
        self._duckdb.execute("create table gone as from ids")

    def write(self, folder: Path, code: str, generation: int) -> dict[str, Partition]:
        """Write all files of one kind anew and return them by the district's number; none where it has no row."""
        if code not in self._made:
            return {}
        found = self._duckdb.execute(f'select distinct district_id from "{code}" order by all').fetchall()
        return {str(district): self._write(folder, code, district, None, generation) for (district,) in found}

    def merge(self, folder: Path, code: str, old: Mapping[str, Partition], generation: int) -> dict[str, Partition]:
        """Renew those files of one kind that hold a forgotten row or gain a gathered one, and return them.

        A file that loses its last row is returned with no rows.
        """
        touched = self._holding_gone(folder, old)
        if code in self._made:
            found = self._duckdb.execute(f'select distinct district_id from "{code}"').fetchall()
            touched |= {str(district) for (district,) in found}
        return {
            district: self._write(folder, code, int(district), old.get(district), generation)
            for district in sorted(touched)
        }

    def _holding_gone(self, folder: Path, old: Mapping[str, Partition]) -> set[str]:
        """Return the districts whose file holds a forgotten row."""
        paths = {str(folder / one.name): district for district, one in old.items()}
        if not paths:
            return set()
        query = "select distinct filename from read_parquet($1, filename = true) semi join gone using (id)"
        return {paths[name] for (name,) in self._duckdb.execute(query, [list(paths)]).fetchall()}

    def _write(self, folder: Path, code: str, district: int, old: Partition | None, generation: int) -> Partition:
        path = folder / f"{code}-{district}-{generation}.parquet"
        temporary = path.with_suffix(".parquet.new")
        sources = []
        if old is not None:
            sources.append(f"select * from read_parquet({_quoted(folder / old.name)}) anti join gone using (id)")
        if code in self._made:
            sources.append(f'select * exclude (district_id) from "{code}" where district_id = {district}')
        source = " union all by name ".join(sources)
        written = self._duckdb.execute(f"copy ({source}) to {_quoted(temporary)} (format parquet, compression zstd)")
        rows = written.fetchall()[0][0]
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        return Partition(path.name, rows, path.stat().st_size)

    def close(self) -> None:
        """Let go of the gathered rows."""
        self._duckdb.close()


def _batches(connection: Connection, query: Select[tuple[object, ...]]) -> Iterator[pa.Table]:
    result = connection.execution_options(yield_per=_BATCH).execute(query)
    for rows in result.partitions():
        yield pa.table(dict(zip(_NAMES, map(_array, _NAMES, zip(*rows, strict=True)), strict=True)))


def _array(name: str, values: Iterable[object]) -> pa.Array:
    if name in ("kind", "attributes"):
        return pa.array(values, pa.string())
    if name in _DAYS:
        found = pa.array(values)  # texts from SQLite, days from PostgreSQL
        return found.cast(pa.string()) if found.type == pa.null() else found
    return pa.array(values, pa.int64())


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
