"""Importing areas and units: small files, read whole, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import Table as DatabaseTable

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.areas import levels, load_areas
from qipan.core.database import Database, insert_row
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.applying import ImportResult
from qipan.core.exchange.columns import exchange_columns
from qipan.core.exchange.matching import heading_of, match_columns
from qipan.core.exchange.parsing import Problems, parse_column
from qipan.core.exchange.reading import read_plain_table
from qipan.core.exchange.table import Table
from qipan.core.history import open_change_set, write_change
from qipan.core.units import load_units

Record = dict[str, Any]
_BETWEEN_ALIASES = re.compile(r"[;；、|]")


def import_areas(
    database: Database, source: Path | str | bytes, principal: Principal, *, name: str | None = None
) -> ImportResult:
    """Import a file of areas (code, name, level, parent, polygon in WGS 84) and return how much it changed.

    A code that is in the register keeps its area and takes what differs; what becomes of areas over time is
    ``qipan.core.areas.replace_areas``. Raises AccessDenied for anyone but the city, ImportRejected with every bad row.
    """
    principal.require_city()
    table = read_plain_table(source, name)
    with database.begin() as connection:
        problems = Problems(table.rows)
        records = _records(table, "area", problems)
        _check_areas(connection, table, records, problems)
        _reject(table, problems)
        return _write_areas(connection, table, records, principal)


def import_units(
    database: Database, source: Path | str | bytes, principal: Principal, *, name: str | None = None
) -> ImportResult:
    """Import a file of units (name, kind, unit above, area, aliases) and return how much it changed.

    A name that is in the register keeps its unit and takes what differs. Raises AccessDenied for anyone but the city,
    ImportRejected with every bad row.
    """
    principal.require_city()
    table = read_plain_table(source, name)
    with database.begin() as connection:
        problems = Problems(table.rows)
        records = _records(table, "unit", problems)
        _check_units(connection, records, problems)
        _reject(table, problems)
        return _write_units(connection, table, records, principal)


def _records(table: Table, which: str, problems: Problems) -> list[Record]:
    """Return the rows of a small table as dicts by field key, with what was wrong with them noted."""
    fields = exchange_columns(which)
    matches, wrong = match_columns(table, fields)
    problems.add_all([*table.problems, *wrong])
    found = {one.field: one.column for one in matches}
    columns = {}
    for field in fields:
        if field.key in found:
            heading = heading_of(matches, field)
            columns[field.key] = parse_column(table.columns[found[field.key]], field, heading, problems).to_pylist()
        elif field.required:
            problems.add_all([FieldProblem(1, field.name.zh, "", "文件中没有这一列")])
    key = "code" if which == "area" else "name"
    _note_repeated(columns.get(key, []), key, problems)
    columns["row"] = table.rows.tolist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _note_repeated(values: Sequence[str | None], key: str, problems: Problems) -> None:
    first: dict[str, int] = {}
    for place, value in enumerate(values):
        if value is not None and value in first:
            reason = f"与第 {problems.rows[first[value]]} 行重复"
            problems.add_all([FieldProblem(int(problems.rows[place]), key, value, reason)])
        elif value is not None:
            first[value] = place


def _reject(table: Table, problems: Problems) -> None:
    if problems.count:
        listed = sorted(problems.listed, key=lambda one: one.row or 0)
        message = f"{table.name} 有 {problems.count} 处问题，没有导入任何数据：{listed[0]}"
        raise ImportRejected(message, listed, problems.count)


def _check_areas(connection: Connection, table: Table, records: list[Record], problems: Problems) -> None:
    known = load_areas(connection)
    inside = {text for record in records for text in (record.get("code"), record.get("name"))}
    shapes = table.geometry if table.geometry is not None else np.full(len(table), None, dtype=object)
    types = shapely.get_type_id(shapes)
    for record, shape, type_id in zip(records, shapes, types.tolist(), strict=True):
        code, parent = record.get("code"), record.get("parent")
        if code and not re.fullmatch(r"\d{6,12}", code):
            _note(problems, record, "代码", code, "应为 6 至 12 位数字")
        if parent and parent not in inside and known.find(parent) is None:
            _note(problems, record, "上级区域", parent, known.reason(parent))
        if type_id not in (-1, 3, 6):
            _note(problems, record, "几何", shape.geom_type, "区域的几何应为面")
        record["geometry"] = None if type_id == -1 else shapely.to_wkb(shapely.make_valid(shapely.force_2d(shape)))


def _check_units(connection: Connection, records: list[Record], problems: Problems) -> None:
    units, areas = load_units(connection), load_areas(connection)
    inside = {record.get("name") for record in records}
    owner_of = {alias: unit.name for unit in units.units for alias in unit.aliases}
    for record in records:
        parent, area = record.get("parent"), record.get("area")
        if parent and parent not in inside and units.find(parent) is None:
            _note(problems, record, "上级单位", parent, units.reason(parent))
        if area and areas.find(area) is None:
            _note(problems, record, "所属区域", area, areas.reason(area))
        record["aliases"] = [one.strip() for one in _BETWEEN_ALIASES.split(record.get("aliases") or "") if one.strip()]
        for alias in record["aliases"]:
            if (other := owner_of.setdefault(alias, record.get("name") or "")) != record.get("name"):
                _note(problems, record, "别名", alias, f"已是“{other}”的别名")


def _note(problems: Problems, record: Record, heading: str, value: str, reason: str) -> None:
    problems.add_all([FieldProblem(record["row"], heading, value[:80], reason)])


@dataclass(slots=True)
class _Writer:
    """Writes new and changed rows of one table under one change set, opened when the first of them comes."""

    connection: Connection
    principal: Principal
    message: str
    table: DatabaseTable
    change_set: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def put(self, old: Mapping[str, Any] | None, values: Record) -> int:
        """Insert a row, or change what differs in ``old``, and return its id."""
        if old is None:
            self.open()
            self.created += 1
            return insert_row(self.connection, self.table, values)
        changed = {key: value for key, value in values.items() if old[key] != value}
        if not changed:
            self.unchanged += 1
            return int(old["id"])
        change_set = self.open()
        self.updated += 1
        self.connection.execute(update(self.table).where(self.table.c.id == old["id"]).values(**changed))
        before, after = ({key: _shown(side[key]) for key in changed} for side in (old, changed))
        write_change(self.connection, change_set, self.table.name, int(old["id"]), before, after)
        return int(old["id"])

    def open(self) -> int:
        if self.change_set is None:
            self.change_set = open_change_set(self.connection, self.principal, "import", self.message, rows=0)
        return self.change_set

    def result(self) -> ImportResult:
        if self.change_set is not None:
            count = self.created + self.updated
            which = tables.change_set.c.id == self.change_set
            self.connection.execute(update(tables.change_set).where(which).values(rows=count))
        return ImportResult(self.created, self.updated, self.unchanged, self.change_set)


def _shown(value: Any) -> Any:  # noqa: ANN401 - any column's value
    if isinstance(value, bytes):
        return shapely.from_wkb(value).geom_type
    return value.isoformat() if hasattr(value, "isoformat") else value


def _write_areas(connection: Connection, table: Table, records: list[Record], principal: Principal) -> ImportResult:
    column = tables.area.c
    rows = connection.execute(select(tables.area).where(column.valid_to.is_(None))).mappings().all()
    old = {row["code"]: dict(row) for row in rows}
    ids = {text: row["id"] for row in rows for text in (row["name"], row["code"])}
    writer = _Writer(connection, principal, f"导入区域（{table.name}）", tables.area)
    for record in sorted(records, key=lambda one: levels.index(one["level"])):
        values: Record = {key: record[key] for key in ("code", "name", "level", "valid_from") if key in record}
        if "parent" in record:
            values["parent_id"] = ids[record["parent"]] if record["parent"] else None
        if record["geometry"] is not None:
            values["geometry"] = record["geometry"]
        area_id = writer.put(old.get(record["code"]), values)
        ids |= {record["name"]: area_id, record["code"]: area_id}
    return writer.result()


def _write_units(connection: Connection, table: Table, records: list[Record], principal: Principal) -> ImportResult:
    areas, units = load_areas(connection), load_units(connection)
    old = {row["name"]: dict(row) for row in connection.execute(select(tables.unit)).mappings()}
    writer = _Writer(connection, principal, f"导入单位（{table.name}）", tables.unit)
    ids: dict[str, int] = {}
    for record in _parents_first(records):
        values: Record = {key: record[key] for key in ("name", "kind")}
        if "parent" in record:
            values["parent_id"] = _parent(record["parent"], ids, units.find)
        if "area" in record:
            area = areas.find(record["area"]) if record["area"] else None
            values["area_id"] = None if area is None else area.id
        ids[record["name"]] = writer.put(old.get(record["name"]), values)
        _write_aliases(writer, ids[record["name"]], record["aliases"])
    return writer.result()


def _parent(name: str | None, ids: Mapping[str, int], find: Callable[[str], Any]) -> int | None:
    if not name:
        return None
    return ids[name] if name in ids else int(find(name).id)


def _parents_first(records: list[Record]) -> list[Record]:
    by_name = {record["name"]: record for record in records}

    def depth(record: Record) -> int:
        seen: set[str] = set()
        while (parent := str(record.get("parent"))) in by_name and parent not in seen:
            seen.add(parent)
            record = by_name[parent]
        return len(seen)

    return sorted(records, key=depth)


def _write_aliases(writer: _Writer, unit_id: int, aliases: Sequence[str]) -> None:
    column = tables.unit_alias.c
    known = set(writer.connection.execute(select(column.alias).where(column.unit_id == unit_id)).scalars())
    if not aliases or known == set(aliases):
        return
    writer.open()
    writer.connection.execute(delete(tables.unit_alias).where(column.unit_id == unit_id))
    writer.connection.execute(insert(tables.unit_alias), [{"alias": one, "unit_id": unit_id} for one in set(aliases)])
