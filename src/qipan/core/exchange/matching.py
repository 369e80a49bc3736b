"""Which field each column of a file is: said by the user, or found by its Chinese name, English name or key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from qipan.core.catalogue import Attribute
from qipan.core.errors import FieldProblem
from qipan.core.exchange.table import Table
from qipan.core.grams import folded

_UNIT = re.compile(r"\([^()]*\)\*?$|\*$")


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """One column of a file and the field it is."""

    column: str
    field: str | None
    """Key of the field; None where none was found or the user ignores the column."""
    ignored: bool
    sample: tuple[str, ...]
    """Its first three values as text."""


def match_columns(table: Table, fields: Sequence[Attribute]) -> tuple[list[ColumnMatch], list[FieldProblem]]:
    """Match every column of a table; a column that is no field, or a field that two columns claim, is a problem."""
    names = _names(fields)
    keys = {one.key for one in fields}
    problems = [_unknown_in_file(column, table) for column in table.mapping if column not in table.columns]
    matches: list[ColumnMatch] = []
    for column, values in table.columns.items():
        field = table.mapping[column] if column in table.mapping else names.get(_plain(column))
        ignored = column in table.mapping and not field
        if field and field not in keys:
            problems.append(FieldProblem(1, column, field, f"没有这个字段：可选 {'、'.join(sorted(keys))}"))
            field = None
        elif not field and not ignored:
            problems.append(FieldProblem(1, column, column, _nearest(column, fields)))
        elif twin := next((one.column for one in matches if field and one.field == field), None):
            problems.append(FieldProblem(1, column, column, f"与“{twin}”列是同一个字段：请只留一列，或忽略其一"))
        matches.append(ColumnMatch(column, field or None, ignored, _sample(values)))
    return matches, problems


def heading_of(matches: Sequence[ColumnMatch], field: Attribute) -> str:
    """Return what the file calls a field, or its Chinese name where the file does not have it."""
    return next((one.column for one in matches if one.field == field.key), field.name.zh)


def _names(fields: Sequence[Attribute]) -> Mapping[str, str]:
    named: dict[str, str] = {}
    for field in fields:
        for name in (field.key, field.name.zh, field.name.en, shapefile_name(field.key)):
            named.setdefault(folded(name), field.key)
    return named


def shapefile_name(key: str) -> str:
    """Return a field's key as Shapefile can hold it: the first ten characters, no two alike within a kind.

    What would be cut keeps its first six characters and the first letters of the words that follow.
    """
    if len(key) <= 10:
        return key
    head, *rest = key.split("_")
    tail = "".join(word[0] if len(word) > 2 else word for word in rest)
    return f"{head[: 9 - len(tail)]}_{tail}"


def _plain(column: str) -> str:
    """Return a heading without its unit or mark: 挂高（m） and 挂高* are both 挂高."""
    plain = folded(column)
    return _UNIT.sub("", plain) or plain


def _nearest(column: str, fields: Sequence[Attribute]) -> str:
    named = {folded(name): one for one in fields for name in (one.name.zh, one.name.en, one.key)}
    near = difflib.get_close_matches(_plain(column), named, n=1, cutoff=0.4)
    hint = f"，最接近的是“{named[near[0]].name.zh}”" if near else ""
    return f"目录中没有这一列{hint}：请改列名、指定对应字段，或明确忽略此列"


def _unknown_in_file(column: str, table: Table) -> FieldProblem:
    return FieldProblem(1, column, column, f"文件中没有这一列：现有 {'、'.join(table.columns)}")


def _sample(values: pa.Array) -> tuple[str, ...]:
    return tuple(str(value) for value in values.slice(0, 20).drop_null()[:3].to_pylist())
