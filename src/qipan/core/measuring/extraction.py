"""From rows of the register to Parquet files of the snapshot, through DuckDB, which reads the JSON on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Select, Text, cast, func, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.columns import KindColumns, select_sql
from qipan.core.measuring.manifest import Partition

_BATCH = 200_000
_DAYS = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")
_SEPARATOR = "\x1f"
_FIELDS = ("id::bigint", "kind", "area_id::bigint", "owner_id::bigint", "state::tinyint", *_DAYS, "attributes")
Progress = Callable[[float, str], None]
"""Told the share done, 0 to 1, and what is being done."""


def extraction_query() -> Select[tuple[str]]:
    """Return the query of what the snapshot is made from: each row one text, fields apart by a control character.

    Making eleven Python objects of every row takes longer than all the rest; JSON never holds the character as it is.
    """
    row = tables.resource.c
    days = [func.coalesce(cast(row[day], Text), "") for day in _DAYS]
    fields = [cast(row[key], Text) for key in ("id", "kind", "area_id", "owner_id", "state")]
    line: ColumnElement[str] = fields[0]
    for field in [*fields[1:], *days, cast(row.attributes, Text)]:
        line = line.concat(_SEPARATOR).concat(field)
    return select(line.label("line"))


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

    def add(self, connection: Connection, query: Select[tuple[str]], seen: Callable[[int], None]) -> None:
        """Read the rows of a query and sort them by kind; ``seen`` is told how many came, batch by batch."""
        result = connection.execution_options(yield_per=_BATCH).execute(query)
        for lines in result.scalars().partitions():
            self._duckdb.register("lines", pa.table({"line": pa.array(lines, pa.string())}))
            self._duckdb.execute(_SPLIT)
            for (code,) in self._duckdb.execute("select distinct kind from batch").fetchall():
                if code in self._columns:
                    into = f'insert into "{code}"' if code in self._made else f'create table "{code}" as'
                    self._duckdb.execute(f"{into} {self._selects[code]}")
                    self._made.add(code)
            seen(len(lines))

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


def _split_sql() -> str:
    names = [(place, *field.partition("::")) for place, field in enumerate(_FIELDS, start=1)]
    fields = ", ".join(f"nullif(fields[{place}], ''){mark}{kind} as {name}" for place, name, mark, kind in names)
    lines = f"select string_split(line, chr({ord(_SEPARATOR)})) as fields from lines"
    return f"create or replace temp table batch as select {fields} from ({lines})"


_SPLIT = _split_sql()


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
