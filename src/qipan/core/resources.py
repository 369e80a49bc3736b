"""Resources one at a time: reading, listing, creating, changing, deleting, each within what the person may see.

A record is a dict with the catalogue's common fields (``owner_id`` and ``area_id`` in place of names, ``state`` by
key), ``attributes``, ``version`` and, in a single read, ``geometry`` as GeoJSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue, Kind
from qipan.core.codes import make_code
from qipan.core.database import insert_row
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.grams import folded, grams_of
from qipan.core.history import open_change_set, write_change
from qipan.core.links import Renewal, begin_links, delete_links, references_of, refuse_if_used, renew_links
from qipan.core.records import Record, as_json, columns_of_record
from qipan.core.steps import drop_steps
from qipan.engines.tiling import ranges_for_box

_columns = tables.resource.c
_sortable_rows = 20_000
sortable = ("code", "name", "state", "in_service_on")
"""Fields by which a list can be ordered."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which resources a list, count, tile or export is about; None leaves a field open."""

    kind: Kind | None = None
    area_ids: frozenset[int] | None = None
    owner_ids: frozenset[int] | None = None
    states: frozenset[str] | None = None
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees."""
    text: str = ""
    as_of: date | None = None
    """Only what is in service on that day."""
    period: tuple[date | None, date | None] | None = None
    """Only what is in service on some day of this period; None leaves an end open."""
    attributes: tuple[tuple[str, str | int | float | bool], ...] = ()
    """Own attributes of the kind that must have these values."""


def read_resource(connection: Connection, catalogue: Catalogue, principal: Principal, code: str) -> Record:
    """Return one resource with its geometry; NotFound where there is none or the principal may not see it."""
    row = _find(connection, principal, _columns.code == code, code)
    return as_record(catalogue, row, geometry=True)


def read_resource_by_id(connection: Connection, catalogue: Catalogue, principal: Principal, resource_id: int) -> Record:
    """Return one resource by its number in the register, as map features carry it."""
    row = _find(connection, principal, _columns.id == resource_id, str(resource_id))
    return as_record(catalogue, row, geometry=True)


def _find(connection: Connection, principal: Principal, which: ColumnElement[bool], name: str) -> Row[Any]:
    row = connection.execute(narrow(select(tables.resource).where(which), tables.resource, principal)).one_or_none()
    if row is None:
        message = f"没有编码为 {name} 的资源，或无权查看"
        raise NotFound(message)
    return row


def as_record(catalogue: Catalogue, row: Row[Any], *, geometry: bool = False) -> Record:
    """Return a row of the table as a record."""
    values = dict(row._mapping)
    kind = catalogue.kind_of_code(values["kind"])
    shape = values.pop("geometry")
    values |= {"kind": kind.key, "state": catalogue.states[values["state"] - 1].key}
    if geometry:
        values["geometry"] = None if shape is None else json.loads(shapely.to_geojson(shapely.from_wkb(shape)))
    return values


def filtered(
    query: Select[Any], catalogue: Catalogue, principal: Principal, where: Filter, *, by_place: bool = True
) -> Select[Any]:
    """Return ``query`` over the resource table limited to ``where`` and to what ``principal`` may see.

    ``by_place`` looks a box up in the index of places first, which pays unless the box holds most of what there is.
    """
    query = narrow(query, tables.resource, principal)
    if where.kind is not None:
        query = query.where(_columns.kind == where.kind.code)
    if where.area_ids is not None:
        query = query.where(_columns.area_id.in_(sorted(where.area_ids)))
    if where.owner_ids is not None:
        query = query.where(_columns.owner_id.in_(sorted(where.owner_ids)))
    if where.states is not None:
        numbers = [place for place, state in enumerate(catalogue.states, start=1) if state.key in where.states]
        query = query.where(_columns.state.in_(numbers))
    if where.box is not None:
        query = query.where(_within(where.box))
        if by_place:
            query = query.where(_columns.id.in_(_near(catalogue, where)))
    if where.as_of is not None:
        query = query.where(_columns.in_service_on <= where.as_of, _not_retired(where.as_of))
    if where.period is not None:
        query = query.where(_in_service_within(*where.period))
    if where.text:
        query = query.where(_named(where.text))
    for key, value in where.attributes:
        query = query.where(_attribute_is(key, value))
    return query


def _not_retired(day: date) -> ColumnElement[bool]:
    return or_(_columns.retired_on.is_(None), _columns.retired_on > day)


def _in_service_within(first: date | None, last: date | None) -> ColumnElement[bool]:
    began = _columns.in_service_on.is_not(None) if last is None else _columns.in_service_on <= last
    return began if first is None else and_(began, _not_retired(first))


def _within(box: tuple[float, float, float, float]) -> ColumnElement[bool]:
    west, south, east, north = box
    return and_(_columns.longitude.between(west, east), _columns.latitude.between(south, north))


def _near(catalogue: Catalogue, where: Filter) -> CompoundSelect[int]:
    """Return the query of the ids whose Morton keys a box may hold: one short walk along the index for each range.

    Written as an alternative of ranges SQLite would not use the index at all.
    """
    assert where.box is not None
    codes = [kind.code for kind in catalogue.kinds.values()] if where.kind is None else [where.kind.code]
    ranges = ranges_for_box(*where.box, most=4 if where.kind is None else 32)
    walks = [
        select(_columns.id).where(_columns.kind == code, _columns.morton >= low, _columns.morton < high)
        for code in codes
        for low, high in ranges
    ]
    return union_all(*walks)


def _attribute_is(key: str, value: str | int | float | bool) -> ColumnElement[bool]:
    member = _columns.attributes[key]
    if isinstance(value, bool):
        typed = member.as_boolean()
    else:
        typed = member.as_string() if isinstance(value, str) else member.as_float()
    same: ColumnElement[bool] = typed == value
    return same


def _named(text: str) -> ColumnElement[bool]:
    """Match a code from its start, or a name that holds ``text``, found through its character pairs."""
    wanted = text.strip()
    if wanted[:6].isdigit() and len(wanted) >= 6:
        return and_(_columns.code >= wanted.upper(), _columns.code < wanted.upper() + "~")
    grams = sorted(grams_of(wanted))
    entry = tables.search_entry.c
    if not grams:
        return _columns.id.in_(select(entry.resource_id).where(entry.gram.startswith(folded(wanted), autoescape=True)))
    holds_all = [_columns.id.in_(select(entry.resource_id).where(entry.gram == gram)) for gram in grams]
    return and_(*holds_all)


def list_resources(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    where: Filter,
    *,
    sort: str = "code",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
    geometry: bool = False,
) -> tuple[list[Record], str | None]:
    """Return one page of resources and the cursor of the next page, None at the end.

    A cursor names the last row shown, so that pages neither skip nor repeat rows while others edit.
    """
    column = _columns[sort if sort in sortable else "code"]
    by_place = _holds_little(connection, catalogue, where)
    query = filtered(select(tables.resource), catalogue, principal, where, by_place=by_place)
    if column is _columns.in_service_on:
        query = query.where(column.is_not(None))
    place = tuple_(column, _columns.id)
    if cursor is not None:
        last = _read_cursor(cursor, column is _columns.in_service_on)
        query = query.where(place < last if descending else place > last)
    directions = (column.desc(), _columns.id.desc()) if descending else (column, _columns.id)
    rows = connection.execute(query.order_by(*directions).limit(limit + 1)).all()
    records = [as_record(catalogue, row, geometry=geometry) for row in rows[:limit]]
    following = _cursor(rows[limit - 1]._mapping[column.name], rows[limit - 1].id) if len(rows) > limit else None
    return records, following


def _holds_little(connection: Connection, catalogue: Catalogue, where: Filter) -> bool:
    """Tell whether a box holds so little that finding it by place and sorting it beats walking along the order."""
    if where.box is None:
        return False
    held = select(func.count()).select_from(_near(catalogue, where).limit(_sortable_rows).subquery())
    return int(connection.execute(held).scalar_one()) < _sortable_rows


def _cursor(value: Any, row_id: int) -> str:  # noqa: ANN401 - the sorted column decides
    content = json.dumps([value, row_id], default=str, ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode()


def _read_cursor(cursor: str, is_day: bool) -> tuple[Any, int]:
    try:
        value, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return (date.fromisoformat(value) if is_day else value), int(row_id)
    except (ValueError, TypeError) as error:
        problem = FieldProblem(None, "cursor", cursor[:80], "不是本系统给出的翻页位置，请从第一页重新开始")
        raise InvalidRecord([problem]) from error


def count_resources(connection: Connection, catalogue: Catalogue, principal: Principal, where: Filter) -> int:
    """Return how many resources match and are visible."""
    query = filtered(select(func.count()).select_from(tables.resource), catalogue, principal, where)
    return int(connection.execute(query).scalar_one())


def create_resource(
    connection: Connection, catalogue: Catalogue, principal: Principal, kind: Kind, values: Mapping[str, object]
) -> str:
    """Create a resource from values by field key and return its code; InvalidRecord lists what will not do.

    Lines and polygons need ``geometry`` as GeoJSON. Attributes that name other resources begin links to them.
    """
    row = columns_of_record(connection, catalogue, principal, kind, values)
    principal.require_write(row["area_id"], row["owner_id"])
    row["code"] = _next_code(connection, kind, row["area_id"])
    change_set = open_change_set(connection, principal, "create", f"新增{kind.name.zh} {row['name']}")
    row |= {"created_in": change_set, "changed_in": change_set, "version": 1}
    resource_id = insert_row(connection, tables.resource, row)
    _index_name(connection, kind, resource_id, row["name"])
    named = {one.key: pa.array([row["attributes"].get(one.key)], pa.string()) for one in references_of(kind)}
    begin_links(connection, kind, np.array([resource_id]), named)
    write_change(connection, change_set, "resource", resource_id, None, _plain(row))
    return str(row["code"])


def change_resource(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    code: str,
    values: Mapping[str, object],
    version: int,
) -> None:
    """Change the given fields of a resource that was read at ``version``.

    Raises Conflict where someone else changed it since, AccessDenied where it is not the principal's to change or would
    no longer be, InvalidRecord with each field that will not do.
    """
    row = _find(connection, principal, _columns.code == code, code)
    principal.require_write(row.area_id, row.owner_id)
    kind = catalogue.kind_of_code(row.kind)
    before = dict(row._mapping)
    after = before | columns_of_record(connection, catalogue, principal, kind, values, before)
    principal.require_write(after["area_id"], after["owner_id"])
    change_set = open_change_set(connection, principal, "update", f"修改{kind.name.zh} {after['name']}")
    after |= {"version": version + 1, "changed_in": change_set}
    statement = update(tables.resource).where(_columns.id == row.id, _columns.version == version)
    changed = {key: value for key, value in after.items() if before[key] != value}
    if connection.execute(statement.values(**changed)).rowcount != 1:
        message = f"资源 {code} 已被他人修改（现为第 {row.version} 版，您读到的是第 {version} 版）：请重新载入后再改"
        raise Conflict(message)
    if after["name"] != row.name:
        connection.execute(delete(tables.search_entry).where(tables.search_entry.c.resource_id == row.id))
        _index_name(connection, kind, row.id, after["name"])
    for attribute in references_of(kind):
        old, new = (side["attributes"].get(attribute.key) for side in (before, after))
        if old != new:
            renew_links(connection, change_set, attribute, [Renewal(row.id, old, new)], date.today())
    write_change(connection, change_set, "resource", row.id, _plain(before), _plain(after))


def delete_resource(connection: Connection, catalogue: Catalogue, principal: Principal, code: str) -> None:
    """Delete a resource entered by mistake, with its links and steps of approval; what was built is retired instead.

    Raises InUse, naming some of them, where other resources refer to it.
    """
    row = _find(connection, principal, _columns.code == code, code)
    principal.require_write(row.area_id, row.owner_id)
    kind = catalogue.kind_of_code(row.kind)
    refuse_if_used(connection, catalogue, principal, row.id, code, kind)
    change_set = open_change_set(connection, principal, "delete", f"删除{kind.name.zh} {row.name}")
    delete_links(connection, change_set, row.id)
    drop_steps(connection, change_set, [row.id])
    connection.execute(delete(tables.search_entry).where(tables.search_entry.c.resource_id == row.id))
    connection.execute(delete(tables.resource).where(_columns.id == row.id))
    write_change(connection, change_set, "resource", row.id, _plain(dict(row._mapping)), None)


def links_of(connection: Connection, catalogue: Catalogue, principal: Principal, resource_id: int) -> list[Record]:
    """Return the links of a resource to others that the principal may see, with the other end's code, name and kind."""
    found = []
    link = tables.link.c
    for direction, mine, other in (("from", link.from_id, link.to_id), ("to", link.to_id, link.from_id)):
        shown = (link.id, link.kind, _columns.code, _columns.name, _columns.kind.label("kind_code"))
        query = select(*shown, link.valid_from, link.valid_to).join(tables.resource, _columns.id == other)
        query = narrow(query.where(mine == resource_id), tables.resource, principal).order_by(link.id).limit(500)
        for row in connection.execute(query):
            record = dict(row._mapping)
            kind = catalogue.kind_of_code(record.pop("kind_code"))
            found.append(record | {"direction": direction, "resource_kind": kind.key})
    return found


def _plain(row: Mapping[str, Any]) -> Record:
    """Return a row as JSON for the history, without what can be computed again."""
    left_out = {"morton", "geometry", "created_in", "changed_in", "id", "attributes"}
    common = {key: as_json(value) for key, value in row.items() if key not in left_out}
    return common | {f"attributes.{key}": value for key, value in row["attributes"].items()}


def _next_code(connection: Connection, kind: Kind, area_id: int) -> str:
    area = connection.execute(select(tables.area.c.code).where(tables.area.c.id == area_id)).scalar_one()
    prefix = make_code(area, kind.code, 0)[:10]
    newest = select(func.max(_columns.code)).where(_columns.code >= prefix, _columns.code < prefix + "~")
    last = connection.execute(newest).scalar_one()
    return make_code(area, kind.code, int(last[10:18]) + 1 if last else 1)


def _index_name(connection: Connection, kind: Kind, resource_id: int, name: str) -> None:
    if kind.searchable and (grams := grams_of(name)):
        rows = [{"gram": gram, "resource_id": resource_id} for gram in sorted(grams)]
        connection.execute(insert(tables.search_entry), rows)
