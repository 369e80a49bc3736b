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
from qipan.core.catalogue import Attribute, Catalogue, Kind
from qipan.core.codes import make_code
from qipan.core.database import insert_row
from qipan.core.errors import Conflict, FieldProblem, InvalidRecord, NotFound
from qipan.core.fields import FieldValueError, read_value
from qipan.core.grams import folded, grams_of
from qipan.core.history import open_change_set, write_change
from qipan.engines.tiling import encode_keys, ranges_for_box

Record = dict[str, Any]

_DAYS = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")
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


def count_by_kind(connection: Connection, catalogue: Catalogue, principal: Principal) -> dict[str, int]:
    """Return the number of visible resources of each kind that has any, by the kind's key."""
    query = narrow(select(_columns.kind, func.count()), tables.resource, principal).group_by(_columns.kind)
    return {catalogue.kind_of_code(code).key: count for code, count in connection.execute(query)}


def create_resource(
    connection: Connection, catalogue: Catalogue, principal: Principal, kind: Kind, values: Mapping[str, object]
) -> str:
    """Create a resource from values by field key and return its code; InvalidRecord lists what will not do."""
    row = _checked(connection, catalogue, kind, values)
    principal.require_write(row["area_id"], row["owner_id"])
    row["code"] = _next_code(connection, kind, row["area_id"])
    change_set = open_change_set(connection, principal, "create", f"新增{kind.name.zh} {row['name']}")
    row |= {"created_in": change_set, "changed_in": change_set, "version": 1}
    resource_id = insert_row(connection, tables.resource, row)
    _index_name(connection, kind, resource_id, row["name"])
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
    after = before | _checked(connection, catalogue, kind, _as_written(catalogue, kind, before) | dict(values))
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
    write_change(connection, change_set, "resource", row.id, _plain(before), _plain(after))


def delete_resource(connection: Connection, catalogue: Catalogue, principal: Principal, code: str) -> None:
    """Delete a resource entered by mistake, with its links; what was really built is retired instead."""
    row = _find(connection, principal, _columns.code == code, code)
    principal.require_write(row.area_id, row.owner_id)
    kind = catalogue.kind_of_code(row.kind)
    change_set = open_change_set(connection, principal, "delete", f"删除{kind.name.zh} {row.name}")
    ends = or_(tables.link.c.from_id == row.id, tables.link.c.to_id == row.id)
    connection.execute(delete(tables.link).where(ends))
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


def _checked(connection: Connection, catalogue: Catalogue, kind: Kind, values: Mapping[str, object]) -> Record:
    """Return the table's columns for a record, or raise InvalidRecord with all its problems."""
    problems: list[FieldProblem] = []
    known = {one.key: one for one in catalogue.columns(kind)}
    for key in values:
        if key not in known and key not in ("owner_id", "area_id"):
            problems.append(FieldProblem(None, key, str(values[key])[:80], f"{kind.name.zh}没有这个字段"))
    read: Record = {}
    for key, attribute in known.items():
        if attribute.type in ("unit", "area") or key == "code":
            continue
        _read(attribute, values.get(key), read, problems)
    read |= {key: _reference(connection, key, values.get(key), problems) for key in ("owner_id", "area_id")}
    _check_place(kind, read, problems)
    if problems:
        raise InvalidRecord(problems)
    return _as_columns(catalogue, kind, read)


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


def _check_place(kind: Kind, read: Record, problems: list[FieldProblem]) -> None:
    if kind.geometry == "point" and (read.get("longitude") is None or read.get("latitude") is None):
        problems.append(FieldProblem(None, "经度/纬度", "", f"{kind.name.zh}必须有坐标"))


def _as_columns(catalogue: Catalogue, kind: Kind, read: Record) -> Record:
    own = {one.key for one in kind.attributes}
    place = [state.key for state in catalogue.states].index(read["state"]) + 1
    row: Record = {key: read[key] for key in ("name", "owner_id", "area_id", *_DAYS)}
    row |= {"kind": kind.code, "state": place}
    row["attributes"] = {key: _json(read[key]) for key in read if key in own and read[key] is not None}
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


def _plain(row: Mapping[str, Any]) -> Record:
    """Return a row as JSON for the history, without what can be computed again."""
    left_out = {"morton", "geometry", "created_in", "changed_in", "id", "attributes"}
    common = {key: _json(value) for key, value in row.items() if key not in left_out}
    return common | {f"attributes.{key}": value for key, value in row["attributes"].items()}


def _json(value: Any) -> Any:  # noqa: ANN401 - any stored value
    return value.isoformat() if isinstance(value, date) else value


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
