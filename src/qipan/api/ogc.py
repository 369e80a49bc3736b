"""OGC API Features, Part 1: Core (OGC 17-069r4): every kind of resource is a collection, so that GIS clients connect.

Tiles stand under the same collections (OGC API Tiles, Part 1, 20-057).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven
from qipan.api.register import kind_named, read_box, total_of
from qipan.api.tiles import MapFilterGiven, Place, Zoom, draw
from qipan.core.areas import city_bounds
from qipan.core.catalogue import Kind
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.records import Record
from qipan.core.resources import Filter, list_resources, read_resource

router = APIRouter(prefix="/ogc", tags=["OGC API Features"])
_openapi = "application/vnd.oai.openapi+json;version=3.0"

conformance_classes = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
_crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_geojson = "application/geo+json"


def _link(request: Request, path: str, rel: str, kind: str = "application/json", **query: object) -> dict[str, str]:
    base = str(request.base_url).rstrip("/")
    question = f"?{urlencode(query)}" if query else ""
    return {"href": f"{base}{path}{question}", "rel": rel, "type": kind}


@router.get("")
@router.get("/", include_in_schema=False)
def landing(request: Request, _principal: PrincipalGiven) -> dict[str, Any]:
    """Return the landing page."""
    return {
        "title": "Qipan 棋盘",
        "description": "城市新型信息基础设施资源",
        "links": [
            _link(request, "/ogc", "self"),
            _link(request, "/ogc/api", "service-desc", _openapi),
            _link(request, "/ogc/conformance", "conformance"),
            _link(request, "/ogc/collections", "data"),
        ],
    }


@router.get("/conformance")
def conformance(_principal: PrincipalGiven) -> dict[str, Any]:
    """Return the requirement classes that are met."""
    return {"conformsTo": list(conformance_classes)}


@router.get("/api", response_class=Response, responses={200: {"content": {_openapi: {}}}})
def definition(request: Request, _principal: PrincipalGiven) -> Response:
    """Return the OpenAPI document."""
    return JSONResponse(request.app.openapi(), media_type=_openapi)


@router.get("/collections")
def collections(
    request: Request, _principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> dict[str, Any]:
    """Return every kind that has a place as a collection; its extent is the city's."""
    kinds = [kind for kind in service.catalogue.kinds.values() if kind.geometry != "none"]
    bounds = city_bounds(connection)
    described = [_collection(request, kind, bounds) for kind in kinds]
    return {"links": [_link(request, "/ogc/collections", "self")], "collections": described}


@router.get("/collections/{kind}")
def collection(
    kind: str, request: Request, _principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> dict[str, Any]:
    """Return one collection."""
    return _collection(request, kind_named(service.catalogue, kind), city_bounds(connection))


def _collection(request: Request, kind: Kind, box: tuple[float, float, float, float] | None) -> dict[str, Any]:
    path = f"/ogc/collections/{kind.key}"
    described: dict[str, Any] = {
        "id": kind.key,
        "title": kind.name.zh,
        "description": f"{kind.description.zh} ({kind.name.en})",
        "itemType": "feature",
        "crs": [_crs84],
        "links": [
            _link(request, path, "self"),
            _link(request, f"{path}/items", "items", _geojson),
            _link(
                request, f"{path}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}", "item", "application/vnd.mapbox-vector-tile"
            ),
        ],
    }
    if box is not None:
        described["extent"] = {"spatial": {"bbox": [box], "crs": _crs84}}
    return described


@router.get("/collections/{kind}/items")
def items(
    kind: str,
    request: Request,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    bbox: str | None = None,
    moment: Annotated[str | None, Query(alias="datetime")] = None,
    limit: Annotated[int, Query(ge=1, le=10000)] = 100,
    cursor: str | None = None,
) -> Response:
    """Return one page of a kind's resources as GeoJSON, and a link to the next."""
    chosen = kind_named(service.catalogue, kind)
    where = Filter(kind=chosen, box=read_box(bbox), period=_period(moment))
    records, following = list_resources(
        connection, service.catalogue, principal, where, cursor=cursor, limit=limit, geometry=True
    )
    asked = {key: value for key, value in request.query_params.items() if key != "cursor"}
    path = f"/ogc/collections/{kind}/items"
    links = [_link(request, path, "self", _geojson, **request.query_params)]
    if following is not None:
        links.append(_link(request, path, "next", _geojson, **asked, cursor=following))
    content = {
        "type": "FeatureCollection",
        "features": [as_feature(record) for record in records],
        "numberMatched": total_of(service, connection, principal, where),
        "numberReturned": len(records),
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "links": links,
    }
    return _answer(content)


@router.get("/collections/{kind}/items/{code}")
def item(
    kind: str, code: str, request: Request, principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> Response:
    """Return one resource as GeoJSON."""
    record = read_resource(connection, service.catalogue, principal, code)
    if record["kind"] != kind_named(service.catalogue, kind).key:
        message = f"集合 {kind} 中没有编码为 {code} 的资源"
        raise NotFound(message)
    feature = as_feature(record)
    path = f"/ogc/collections/{kind}"
    links = [_link(request, f"{path}/items/{code}", "self", _geojson), _link(request, path, "collection")]
    return _answer(feature | {"links": links})


@router.get("/collections/{kind}/tiles/WebMercatorQuad/{z}/{y}/{x}", response_class=Response)
def collection_tile(
    kind: str,
    z: Zoom,
    y: Place,
    x: Place,
    where: MapFilterGiven,
    principal: PrincipalGiven,
    service: ServiceGiven,
    request: Request,
) -> Response:
    """Return a vector tile of one kind."""
    return draw(service, kind, (z, x, y), where, principal, request)


def as_feature(record: Record) -> dict[str, Any]:
    """Return a record as a GeoJSON feature: its code is its id, own attributes stand beside the common ones."""
    geometry = record["geometry"]
    if geometry is None and record["longitude"] is not None:
        geometry = {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]}
    left_out = ("geometry", "attributes", "id", "morton", "created_in", "changed_in", "longitude", "latitude")
    common = {key: value for key, value in record.items() if key not in left_out}
    return {
        "type": "Feature",
        "id": record["code"],
        "geometry": geometry,
        "properties": common | dict(record["attributes"]),
    }


def _answer(content: Mapping[str, Any]) -> Response:
    return Response(json.dumps(content, default=str, ensure_ascii=False), media_type=_geojson)


def _period(text: str | None) -> tuple[date | None, date | None] | None:
    """Return the period of a ``datetime`` parameter: an instant, or an interval open at ``..`` (7.15.4)."""
    if not text:
        return None
    ends = text.split("/")
    try:
        days = [None if end in ("", "..") else date.fromisoformat(end[:10]) for end in ends]
        if len(days) > 2:
            raise ValueError
    except ValueError as error:
        reason = "应为日期或时间段，如 2025-06-30 或 2024-01-01/.."
        raise InvalidRecord([FieldProblem(None, "datetime", text[:80], reason)]) from error
    return days[0], days[-1]
