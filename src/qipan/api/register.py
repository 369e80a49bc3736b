"""The register: lists, single resources, their links and history, search."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy import Connection, Table, select

from qipan.api.context import PrincipalGiven, Reading, Service, ServiceGiven, Writing
from qipan.core import tables
from qipan.core.access import Principal, subtree
from qipan.core.catalogue import Catalogue, Kind
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.fields import FieldValueError, read_value
from qipan.core.history import history_of
from qipan.core.map import MapFilter
from qipan.core.plans.read import is_newest
from qipan.core.records import Record
from qipan.core.resources import (
    Filter,
    change_resource,
    count_resources,
    create_resource,
    delete_resource,
    links_of,
    list_resources,
    read_resource,
    read_resource_by_id,
)

router = APIRouter(prefix="/api", tags=["register"])


def kind_named(catalogue: Catalogue, key: str) -> Kind:
    """Return the kind of that key; NotFound names those there are."""
    kind = catalogue.kinds.get(key)
    if kind is None:
        message = f"没有资源类别 {key[:40]}：可用的有 {'、'.join(catalogue.kinds)}"
        raise NotFound(message)
    return kind


def read_box(text: str | None) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a ``bbox`` parameter (OGC API Features, 7.15.3)."""
    if not text:
        return None
    try:
        numbers = tuple(map(float, text.split(",")))
        west, south, east, north = numbers if len(numbers) == 4 else (*numbers[0:2], *numbers[3:5])
        if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
            raise ValueError
    except ValueError as error:
        reason = "应为 西,南,东,北 四个数，单位为度"
        raise InvalidRecord([FieldProblem(None, "bbox", text[:80], reason)]) from error
    return west, south, east, north


def read_filter(
    service: ServiceGiven,
    connection: Reading,
    kind: str | None = None,
    q: Annotated[str, Query(max_length=100)] = "",
    area_id: Annotated[list[int] | None, Query()] = None,
    owner_id: Annotated[list[int] | None, Query()] = None,
    state: Annotated[list[str] | None, Query()] = None,
    bbox: str | None = None,
    as_of: date | None = None,
    attribute: Annotated[list[str] | None, Query(description="key:value of the kind, such as form:macro")] = None,
) -> Filter:
    """Return the filter that a query string describes."""
    chosen = None if kind is None else kind_named(service.catalogue, kind)
    return Filter(
        kind=chosen,
        area_ids=with_parts(connection, tables.area, area_id),
        owner_ids=with_parts(connection, tables.unit, owner_id),
        states=None if state is None else frozenset(state),
        box=read_box(bbox),
        text=q.strip(),
        as_of=as_of,
        attributes=tuple(_read_attribute(chosen, one) for one in attribute or ()),
    )


def _read_attribute(kind: Kind | None, text: str) -> tuple[str, str | int | float | bool]:
    key, mark, value = text.partition(":")
    found = None if kind is None else kind.attribute(key)
    if found is None or not mark or not value.strip():
        reason = "应为“字段:值”，字段是所选资源类别自有的属性，如 form:macro"
        raise InvalidRecord([FieldProblem(None, "attribute", text[:80], reason)])
    try:
        read: str | int | float | bool = read_value(found, value)
    except FieldValueError as error:
        raise InvalidRecord([FieldProblem(None, found.name.zh, value[:80], str(error))]) from error
    return key, read


def with_parts(connection: Connection, table: Table, ids: list[int] | None) -> frozenset[int] | None:
    """Return areas or units with all that is below them: a district holds what its sub-districts hold."""
    return None if ids is None else frozenset().union(*(subtree(connection, table, one) for one in ids))


FilterGiven = Annotated[Filter, Depends(read_filter)]


@router.get("/resources")
def list_page(
    where: FilterGiven,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    sort: str = "code",
    descending: bool = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """Return one page of resources, their number in all, and the cursor of the next page."""
    options = {"sort": sort, "descending": descending, "cursor": cursor, "limit": limit}
    catalogue = service.catalogue
    items, following = list_resources(connection, catalogue, principal, where, **options)  # type: ignore[arg-type]
    total = total_of(service, connection, principal, where)
    return {"items": [shown(item) for item in items], "total": total, "next": following}


def total_of(service: Service, connection: Connection, principal: Principal, where: Filter) -> int:
    """Count what matches: the map knows it at once unless names, places or own attributes are asked about."""
    if where.kind is None or where.text or where.box or where.attributes or where.period:
        return count_resources(connection, service.catalogue, principal, where)
    places = enumerate(service.catalogue.states, start=1)
    wanted = where.states
    states = None if wanted is None else frozenset(place for place, one in places if one.key in wanted)
    asked = MapFilter(states, where.area_ids, where.owner_ids, where.as_of)
    return service.map.count(where.kind, asked, principal)


def shown(record: Record) -> Record:
    """Return a record as the API gives it."""
    left_out = ("morton", "created_in", "changed_in")
    return {key: value for key, value in record.items() if key not in left_out}


@router.get("/resources/by-id/{resource_id}")
def read_by_id(resource_id: int, principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Record:
    """Return one resource by its number, as map features carry it."""
    return shown(read_resource_by_id(connection, service.catalogue, principal, resource_id))


@router.get("/resources/{code}")
def read_one(code: str, principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Record:
    """Return one resource with its geometry, links and history."""
    record = read_resource(connection, service.catalogue, principal, code)
    links = links_of(connection, service.catalogue, principal, record["id"])
    changes = history_of(connection, "resource", record["id"], created_in=record["created_in"])
    return shown(record) | {"links": links, "history": [asdict(change) for change in changes]}


@router.post("/resources", status_code=201)
def create(values: dict[str, Any], principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> Record:
    """Create a resource of ``kind`` from values by field key."""
    kind = kind_named(service.catalogue, str(values.pop("kind", "")))
    code = create_resource(connection, service.catalogue, principal, kind, values)
    return shown(read_resource(connection, service.catalogue, principal, code))


@router.patch("/resources/{code}")
def change(
    code: str,
    values: dict[str, Any],
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Writing,
    if_match: Annotated[int, Header()],
) -> Record:
    """Change fields of a resource that was read at version ``If-Match``; 409 where it has changed since."""
    change_resource(connection, service.catalogue, principal, code, values, if_match)
    return shown(read_resource(connection, service.catalogue, principal, code))


@router.delete("/resources/{code}", status_code=204)
def delete(code: str, principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> None:
    """Delete a resource entered by mistake."""
    delete_resource(connection, service.catalogue, principal, code)


@router.get("/search")
def search(
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    q: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[dict[str, Any]]:
    """Find resources, targets, tasks, units, areas, indicators and plans by any part of their name."""
    wanted = q.strip()
    if not wanted:
        return []
    found = _indicators(service.catalogue, wanted)
    for kind, table, name in (
        ("plan", tables.plan, tables.plan.c.title),
        ("target", tables.target, tables.target.c.name),
        ("task", tables.task, tables.task.c.heading),
        ("unit", tables.unit, tables.unit.c.name),
        ("area", tables.area, tables.area.c.name),
    ):
        query = select(table.c.id, name).where(name.contains(wanted, autoescape=True)).limit(limit)
        if "document_id" in table.c:
            newest = table.join(tables.document, tables.document.c.id == table.c.document_id)
            query = query.select_from(newest).where(is_newest(), table.c.status != "dismissed")
        found += [{"type": kind, "key": str(row[0]), "name": row[1], "detail": ""} for row in connection.execute(query)]
    where = Filter(text=wanted)
    records, _ = list_resources(connection, service.catalogue, principal, where, limit=limit)
    for record in records:
        detail = service.catalogue.kinds[record["kind"]].name.zh
        found.append({"type": "resource", "key": record["code"], "name": record["name"], "detail": detail})
    return found[:limit]


def _indicators(catalogue: Catalogue, wanted: str) -> list[dict[str, Any]]:
    return [
        {"type": "indicator", "key": one.key, "name": one.name.zh, "detail": one.unit}
        for one in catalogue.indicators.values()
        if wanted in one.name.zh or wanted.casefold() in one.name.en.casefold()
    ]
