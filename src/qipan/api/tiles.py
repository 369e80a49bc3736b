"""The map over HTTP: vector tiles of every kind and of areas, and build dates for the time slider."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven
from qipan.api.register import kind_named, with_parts
from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.map import MapFilter

router = APIRouter(prefix="/api", tags=["map"])

media_type = "application/vnd.mapbox-vector-tile"
Zoom = Annotated[int, Path(ge=0, le=22)]
Place = Annotated[int, Path(ge=0)]


def read_map_filter(
    service: ServiceGiven,
    connection: Reading,
    state: Annotated[list[str] | None, Query()] = None,
    area_id: Annotated[list[int] | None, Query()] = None,
    owner_id: Annotated[list[int] | None, Query()] = None,
    as_of: date | None = None,
) -> MapFilter:
    """Return what a query string asks a map to show."""
    places = enumerate(service.catalogue.states, start=1)
    return MapFilter(
        states=None if state is None else frozenset(place for place, one in places if one.key in state),
        area_ids=with_parts(connection, tables.area, area_id),
        owner_ids=with_parts(connection, tables.unit, owner_id),
        day=as_of,
    )


MapFilterGiven = Annotated[MapFilter, Depends(read_map_filter)]


@router.get("/tiles/areas/{level}/{z}/{x}/{y}.mvt", response_class=Response)
def area_tile(level: str, z: Zoom, x: Place, y: Place, _principal: PrincipalGiven, service: ServiceGiven) -> Response:
    """Return a tile of the areas of one level."""
    return Response(service.map.area_tile(level, z, x, y), media_type=media_type)


@router.get("/tiles/{kind}/{z}/{x}/{y}.mvt", response_class=Response)
def tile(
    kind: str,
    z: Zoom,
    x: Place,
    y: Place,
    where: MapFilterGiven,
    principal: PrincipalGiven,
    service: ServiceGiven,
    request: Request,
) -> Response:
    """Return a tile of one kind: its resources, or their density where they are too many for a tile."""
    return draw(service, kind, (z, x, y), where, principal, request)


def draw(
    service: ServiceGiven,
    kind: str,
    place: tuple[int, int, int],
    where: MapFilter,
    principal: Principal,
    request: Request,
) -> Response:
    """Return a tile, or 304 where the client has what the register still holds."""
    tag = f'"{service.map.refresh()}-{hash((where, principal)):x}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    drawn = service.map.tile(kind_named(service.catalogue, kind), *place, where, principal)
    headers |= {"X-Tile-Mode": drawn.mode, "X-Tile-Features": str(drawn.points)}
    return Response(drawn.data, media_type=media_type, headers=headers)


@router.get("/timeline/{kind}")
def timeline(
    kind: str, where: MapFilterGiven, principal: PrincipalGiven, service: ServiceGiven
) -> list[dict[str, Any]]:
    """Return how many resources of a kind were in service at the end of each month."""
    counts = service.map.timeline(kind_named(service.catalogue, kind), where, principal)
    return [{"day": day, "count": count} for day, count in counts]
