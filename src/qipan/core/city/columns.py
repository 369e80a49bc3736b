"""Turning generated tables into the columns of import files: the catalogue's own, in its order, by Chinese name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qipan.core.catalogue import Attribute, Kind, load_catalogue
from qipan.core.codes import make_codes
from qipan.engines.synthesis import Coded, Label, Reference, Table, districts

_area_codes = tuple(one.code for one in districts)


def codes_of(kind: Kind, district: NDArray[np.int8], first: int) -> pa.StringArray:
    """Return the codes of resources of one kind: row i of ``district`` (n,) has serial number first + i + 1."""
    serials = np.arange(first + 1, first + len(district) + 1, dtype=np.int64)
    codes = np.empty(len(district), dtype="U19")
    for place, area in enumerate(_area_codes):
        own = district == place
        if own.any():
            codes[own] = make_codes(area, kind.code, serials[own])
    return pa.array(codes)


def import_columns(table: Table, referenced: Mapping[str, pa.StringArray]) -> pa.Table:
    """Return a table with exactly the catalogue's columns for its kind.

    ``referenced`` holds the codes of every kind that the table points at, in the order of that kind's rows.
    """
    catalogue = load_catalogue()
    kind = catalogue.kinds[table.kind]
    columns = catalogue.columns(kind)
    unknown = set(table.columns) - {one.key for one in columns}
    if unknown:
        message = f"the generator fills {sorted(unknown)} of {kind.key}, which the catalogue does not have"
        raise KeyError(message)
    arrays = [_array(table, kind, one, referenced) for one in columns]
    return pa.Table.from_arrays(arrays, names=[one.name.zh for one in columns])


def _array(table: Table, kind: Kind, field: Attribute, referenced: Mapping[str, pa.StringArray]) -> pa.Array:
    if field.key == "code":
        return codes_of(kind, table.district, table.first)
    column = table.columns.get(field.key)
    if column is None:
        return pa.nulls(len(table), pa.string())
    if isinstance(column, Label):
        return _label(column)
    if isinstance(column, Reference):
        return _take(referenced[column.kind], column.rows)
    if isinstance(column, Coded):
        return _take(_texts(field, column.values), column.codes)
    if column.dtype == bool:
        return _take(pa.array(["否", "是"]), column.astype(np.int8))
    return pa.array(column)


def _texts(field: Attribute, values: tuple[str, ...]) -> pa.StringArray:
    """Return the texts that people read: of a choice its Chinese name."""
    if field.type == "choice":
        names = {one.key: one.name.zh for one in field.choices}
        values = tuple(names[value] for value in values)
    return pa.array(values, pa.string())


def _take(texts: pa.StringArray, rows: NDArray[np.integer]) -> pa.StringArray:
    places = pa.array(rows, mask=rows < 0) if (rows < 0).any() else pa.array(rows)
    return texts.take(places)


def _label(label: Label) -> pa.StringArray:
    parts = [_part(part) for part in label.parts]
    return pc.binary_join_element_wise(*parts, "")


def _part(part: str | Coded | NDArray[np.int64]) -> pa.Array | pa.Scalar:
    if isinstance(part, str):
        return pa.scalar(part)
    if isinstance(part, Coded):
        return _take(pa.array(part.values, pa.string()), part.codes)
    return pa.array(part).cast(pa.string())


@cache
def referenced_kinds() -> frozenset[str]:
    """Return the keys of the kinds that resources of other kinds point at."""
    kinds = load_catalogue().kinds.values()
    return frozenset(one.kind for kind in kinds for one in kind.attributes if one.kind is not None)
