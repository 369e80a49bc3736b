"""One resource as a person gives it: every value checked, and turned into the columns of the register's table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Attribute, Catalogue, Kind
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.fields import FieldValueError, read_value
from qipan.core.links import check_references, references_of
from qipan.core.shapes import middles, read_shape
from qipan.engines.tiling import encode_keys

Record = dict[str, Any]

_DAYS = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")
_POSITION = ("longitude", "latitude")


def columns_of_record(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    kind: Kind,
    values: Mapping[str, object],
    stored: Mapping[str, Any] | None = None,
) -> Record:
    """Return the table's columns for the values of a new resource, or of one that is ``stored`` and changes.

    ``owner_id`` and ``area_id`` stand in place of names; lines and polygons take ``geometry`` as GeoJSON. Raises
    InvalidRecord with each field that will not do.
    """
    problems = _unknown(catalogue, kind, values)
    shape = _shape(kind, values, problems) if stored is None or "geometry" in values else None
    before = {} if stored is None else _as_written(catalogue, kind, stored)
    if shape is not None:
        before = {key: value for key, value in before.items() if key not in _POSITION}
    read = _read_all(connection, catalogue, kind, before | dict(values), problems)
    _check_place(kind, read, problems)
    problems += check_references(connection, catalogue, principal, kind, read, (stored or {}).get("attributes", {}))
    if problems:
        raise InvalidRecord(problems)
    if shape is not None:
        _stand(kind, read, shape)
    row = _as_columns(catalogue, kind, read)
    return row if shape is None else row | {"geometry": shapely.to_wkb(shape)}


def as_json(value: Any) -> Any:  # noqa: ANN401 - any stored value
    """Return a stored value as JSON holds it: dates as text."""
    return value.isoformat() if isinstance(value, date) else value


def _unknown(catalogue: Catalogue, kind: Kind, values: Mapping[str, object]) -> list[FieldProblem]:
    known = {one.key for one in catalogue.columns(kind)} | {"owner_id", "area_id"}
    if kind.geometry in ("line", "polygon"):
        known.add("geometry")
    reason = f"{kind.name.zh}没有这个字段"
    return [FieldProblem(None, key, str(values[key])[:80], reason) for key in values if key not in known]


def _read_all(
    connection: Connection,
    catalogue: Catalogue,
    kind: Kind,
    values: Mapping[str, object],
    problems: list[FieldProblem],
) -> Record:
    read: Record = {}
    for attribute in catalogue.columns(kind):
        if attribute.type not in ("unit", "area") and attribute.key != "code":
            _read(attribute, values.get(attribute.key), read, problems)
    for attribute in references_of(kind):
        if read.get(attribute.key) is not None:
            read[attribute.key] = read[attribute.key].upper()
    return read | {key: _reference(connection, key, values.get(key), problems) for key in ("owner_id", "area_id")}


def _read(attribute: Attribute, value: object, into: Record, problems: list[FieldProblem]) -> None:
    try:
        into[attribute.key] = read_value(attribute, value)
    except FieldValueError as error:
        problems.append(FieldProblem(None, attribute.name.zh, str(value or "")[:80], str(error)))


def _reference(connection: Connection, key: str, value: object, problems: list[FieldProblem]) -> int | None:
    table = tables.unit if key == "owner_id" else tables.area
    if isinstance(value, int) and connection.execute(select(table.c.id).where(table.c.id == value)).first():
        return value
    name = "权属单位" if key == "owner_id" else "所属区域"
    problems.append(FieldProblem(None, name, str(value or ""), "没有这个编号，请从列表中选择"))
    return None


def _shape(kind: Kind, values: Mapping[str, object], problems: list[FieldProblem]) -> BaseGeometry | None:
    """Return the shape that a line or polygon needs; None for other kinds and where it will not do."""
    if kind.geometry not in ("line", "polygon"):
        return None
    given = values.get("geometry")
    try:
        return read_shape(kind, given)
    except FieldValueError as error:
        problems.append(FieldProblem(None, "几何", "" if given is None else str(given)[:80], str(error)))
        return None


def _check_place(kind: Kind, read: Record, problems: list[FieldProblem]) -> None:
    known = [read.get(key) is not None for key in _POSITION]
    if kind.geometry == "point" and not all(known):
        problems.append(FieldProblem(None, "经度/纬度", "", f"{kind.name.zh}必须有坐标"))
    elif any(known) and not all(known):
        problems.append(FieldProblem(None, "经度/纬度", "", "经度与纬度须同时填写"))


def _stand(kind: Kind, read: Record, shape: BaseGeometry) -> None:
    """Give a line or polygon the position that stands for it, unless one was given."""
    if read.get("longitude") is None:
        (middle,) = middles(kind, np.array([shape], dtype=object))
        read |= {"longitude": float(shapely.get_x(middle)), "latitude": float(shapely.get_y(middle))}


def _as_columns(catalogue: Catalogue, kind: Kind, read: Record) -> Record:
    own = {one.key for one in kind.attributes}
    place = [state.key for state in catalogue.states].index(read["state"]) + 1
    row: Record = {key: read[key] for key in ("name", "owner_id", "area_id", *_DAYS)}
    row |= {"kind": kind.code, "state": place}
    row["attributes"] = {key: as_json(read[key]) for key in read if key in own and read[key] is not None}
    longitude, latitude = read.get("longitude"), read.get("latitude")
    row |= {"longitude": longitude, "latitude": latitude, "morton": None}
    if longitude is not None and latitude is not None:
        row["morton"] = int(encode_keys([longitude], [latitude])[0])
    return row


def _as_written(catalogue: Catalogue, kind: Kind, row: Mapping[str, Any]) -> Record:
    """Return a stored row as values by field key, as a person would give them."""
    keys = [one.key for one in catalogue.columns(kind) if one.type not in ("unit", "area") and one.key != "code"]
    values = {key: row["attributes"].get(key, row.get(key)) for key in keys}
    state = catalogue.states[row["state"] - 1].key
    return values | {"state": state, "owner_id": row["owner_id"], "area_id": row["area_id"]}
