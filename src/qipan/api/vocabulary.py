"""The vocabulary, areas and units: what the page needs to name anything."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import shapely
from fastapi import APIRouter
from sqlalchemy import select

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven
from qipan.core import tables
from qipan.core.ground.classes import cover_names

router = APIRouter(prefix="/api", tags=["vocabulary"])


@router.get("/catalogue")
def read_catalogue(principal: PrincipalGiven, service: ServiceGiven) -> dict[str, Any]:
    """Return kinds with attributes, links, indicators and legends, in both languages, and how many of each one sees."""
    catalogue, counts = service.catalogue, service.map.counts(principal)
    return {
        "fields": [asdict(one) for one in catalogue.fields.values()],
        "kinds": [asdict(kind) | {"count": counts[kind.key]} for kind in catalogue.kinds.values()],
        "domains": [{"key": key, "name": asdict(name)} for key, name in catalogue.domains.items()],
        "links": [asdict(one) for one in catalogue.links.values()],
        "indicators": [asdict(one) for one in catalogue.indicators.values()],
        "metrics": [asdict(one) for one in catalogue.metrics.values()],
        "placements": [asdict(one) for one in catalogue.placements.values()],
        "rates": [asdict(one) for one in catalogue.rates.values()],
        "approval_steps": [asdict(one) for one in catalogue.approval_steps.values()],
        "land_covers": [{"key": key, "name": asdict(name)} for key, name in cover_names.items()],
    }


@router.get("/areas")
def list_areas(_principal: PrincipalGiven, connection: Reading) -> list[dict[str, Any]]:
    """Return the tree of areas that are valid now."""
    area = tables.area.c
    query = select(area.id, area.code, area.name, area.level, area.parent_id).where(area.valid_to.is_(None))
    return [dict(row._mapping) for row in connection.execute(query.order_by(area.code))]


@router.get("/areas/geometry")
def area_geometry(_principal: PrincipalGiven, connection: Reading, level: str = "district") -> dict[str, Any]:
    """Return the areas of one level as GeoJSON."""
    area = tables.area.c
    query = select(area.id, area.code, area.name, area.geometry)
    query = query.where(area.level == level, area.valid_to.is_(None), area.geometry.is_not(None))
    rows = connection.execute(query.order_by(area.code)).all()
    shapes = shapely.to_geojson(shapely.from_wkb([row.geometry for row in rows])) if rows else []
    features = [_feature(dict(row._mapping), shape) for row, shape in zip(rows, shapes, strict=True)]
    return {"type": "FeatureCollection", "features": features}


def _feature(row: dict[str, Any], shape: str) -> dict[str, Any]:
    properties = {key: row[key] for key in ("id", "code", "name")}
    return {"type": "Feature", "id": row["id"], "properties": properties, "geometry": json.loads(shape)}


@router.get("/units")
def list_units(_principal: PrincipalGiven, connection: Reading) -> list[dict[str, Any]]:
    """Return the units that are valid now, with their other names."""
    aliases: dict[int, list[str]] = {}
    for row in connection.execute(select(tables.unit_alias).order_by(tables.unit_alias.c.alias)):
        aliases.setdefault(row.unit_id, []).append(row.alias)
    unit = tables.unit.c
    query = select(unit.id, unit.name, unit.kind, unit.parent_id, unit.area_id).where(unit.valid_to.is_(None))
    rows = connection.execute(query.order_by(unit.id))
    return [dict(row._mapping) | {"aliases": aliases.get(row.id, [])} for row in rows]
