"""Areas: the tree of city, districts, sub-districts and communities, and what became of each on which day."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, insert, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import insert_row
from qipan.core.errors import NotFound
from qipan.core.grams import folded
from qipan.core.history import open_change_set, write_change
from qipan.engines.geodesy import AreaLocator, prepare_polygons

levels = ("city", "district", "subdistrict", "community")
"""From the widest to the narrowest."""

_SUFFIXES = ("新区", "合作区", "街道", "社区", "区", "市", "县", "镇")
_area = tables.area.c


@dataclass(frozen=True, slots=True)
class Area:
    """One area as it is in one stretch of time."""

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Successor:
    """What an area becomes: its code and name and, where it is known, its polygon (WGS 84)."""

    code: str
    name: str
    geometry: BaseGeometry | None = None


class AreaIndex:
    """The areas of one day, found by name, by code or by position."""

    def __init__(self, areas: Sequence[Area], shapes: Sequence[bytes | None] = ()) -> None:
        self.areas = tuple(areas)
        self._named: dict[str, list[Area]] = {}
        for area in self.areas:
            for name in {folded(area.code), folded(area.name), _short(area.name)}:
                self._named.setdefault(name, []).append(area)
        self._locators = _locators(self.areas, shapes)

    def find(self, text: str) -> Area | None:
        """Return the one area whose code or name is ``text``; None where there is none or more than one."""
        found = self._named.get(folded(text), []) or self._named.get(_short(text), [])
        exact = [area for area in found if folded(text) in (folded(area.code), folded(area.name))]
        chosen = exact or found
        return chosen[0] if len(chosen) == 1 else None

    def reason(self, text: str) -> str:
        """Return why ``find`` has no answer for ``text``, with what to write instead."""
        if several := self._named.get(folded(text), []):
            return f"有 {len(several)} 个区域同名，请改写代码：{'、'.join(area.code for area in several[:5])}"
        if not self.areas:
            return "尚未导入任何区域，请先导入区域"
        names = {area.name: area.name for area in self.areas}
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.3)
        return "没有这个区域" + (f"，最接近的是“{near[0]}”" if near else f"，例如“{self.areas[0].name}”")

    def locate(self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the id of the narrowest area that holds each WGS 84 position of shape (n,), 0 where none does."""
        found = np.zeros(longitude.shape, dtype=np.int64)
        for ids, locator in self._locators:
            open_places = np.flatnonzero(found == 0)
            if not open_places.size:
                break
            places = locator.locate(longitude[open_places], latitude[open_places])
            found[open_places] = np.where(places >= 0, ids[places], 0)
        return found


def load_areas(connection: Connection, *, on: date | None = None, shapes: bool = False) -> AreaIndex:
    """Return the areas valid on a day, by default those not ended yet; with their polygons where ``shapes`` is set."""
    query = select(_area.id, _area.code, _area.name, _area.level, _area.parent_id, _area.valid_from, _area.valid_to)
    if on is None:
        query = query.where(_area.valid_to.is_(None))
    else:
        query = query.where(or_(_area.valid_from.is_(None), _area.valid_from <= on))
        query = query.where(or_(_area.valid_to.is_(None), _area.valid_to > on))
    areas = [Area(*row) for row in connection.execute(query.order_by(_area.id))]
    if not shapes:
        return AreaIndex(areas)
    polygons = {
        row.id: row.geometry
        for row in connection.execute(select(_area.id, _area.geometry).where(_area.geometry.is_not(None)))
    }
    return AreaIndex(areas, [polygons.get(area.id) for area in areas])


def city_bounds(connection: Connection) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of the city in degrees, None where its outline is not known."""
    query = select(_area.geometry).where(_area.level == "city", _area.geometry.is_not(None)).limit(1)
    shape = connection.execute(query).scalar_one_or_none()
    if shape is None:
        return None
    west, south, east, north = shapely.from_wkb(shape).bounds
    return west, south, east, north


def replace_areas(
    connection: Connection, principal: Principal, area_ids: Sequence[int], successors: Sequence[Successor], on: date
) -> list[int]:
    """End areas on a day and begin others in their place; return the new ids.

    One area by several is a split, several by one a merge, one by one a renaming. Resources, units and narrower areas
    move to the successor that holds them: the only one there is, or the one whose polygon holds their position (the
    first where none does). Each resource's version rises and its history tells of the move; what became of which area
    stands in ``area_change``. Raises NotFound for an area that is not there or has ended already.
    """
    principal.require_city()
    old = [area for area in load_areas(connection).areas if area.id in set(area_ids)]
    if len(old) != len(set(area_ids)) or not successors:
        message = f"区域 {'、'.join(map(str, area_ids))} 中有的不存在或已失效，请重新选择"
        raise NotFound(message)
    kind = "split" if len(successors) > 1 else "merge" if len(old) > 1 else "rename"
    change_set = open_change_set(connection, principal, "update", _sentence(old, successors), rows=len(old))
    new = [insert_row(connection, tables.area, _row(one, old[0], on)) for one in successors]
    for area in old:
        connection.execute(update(tables.area).where(_area.id == area.id).values(valid_to=on))
        write_change(connection, change_set, "area", area.id, {"valid_to": None}, {"valid_to": on.isoformat()})
        pairs = [{"from_id": area.id, "to_id": one, "on": on, "kind": kind} for one in new]
        connection.execute(insert(tables.area_change), pairs)
    _move_resources(connection, change_set, [area.id for area in old], new, successors)
    _move_dependants(connection, [area.id for area in old], new, successors)
    return new


def _short(name: str) -> str:
    plain = folded(name)
    ending = next((one for one in _SUFFIXES if plain.endswith(one) and len(plain) > len(one) + 1), "")
    return plain[: len(plain) - len(ending)]


def _locators(areas: Sequence[Area], shapes: Sequence[bytes | None]) -> list[tuple[NDArray[np.int64], AreaLocator]]:
    """Return one locator for each level that has polygons, the narrowest level first."""
    found = []
    for level in reversed(levels):
        held = [
            (area.id, shape)
            for area, shape in zip(areas, shapes, strict=False)
            if area.level == level and shape is not None
        ]
        if held:
            ids = np.array([one for one, _ in held], dtype=np.int64)
            found.append((ids, prepare_polygons(shapely.from_wkb([shape for _, shape in held]))))
    return found


def _sentence(old: Sequence[Area], successors: Sequence[Successor]) -> str:
    return f"区域调整：{'、'.join(area.name for area in old)} → {'、'.join(one.name for one in successors)}"


def _row(successor: Successor, old: Area, on: date) -> dict[str, object]:
    shape = None if successor.geometry is None else shapely.to_wkb(successor.geometry)
    return {
        "code": successor.code,
        "name": successor.name,
        "level": old.level,
        "parent_id": old.parent_id,
        "valid_from": on,
        "geometry": shape,
    }


def _choose(
    x: Sequence[float | None], y: Sequence[float | None], new: Sequence[int], successors: Sequence[Successor]
) -> NDArray[np.int64]:
    """Return the successor's id for each position."""
    ids = np.full(len(x), new[0], dtype=np.int64)
    known = [place for place, one in enumerate(successors) if one.geometry is not None]
    if len(new) > 1 and known and len(x):
        locator = prepare_polygons([successors[place].geometry for place in known])
        places = locator.locate(np.array(x, dtype=np.float64), np.array(y, dtype=np.float64))
        ids = np.where(places >= 0, np.array(new)[np.array(known)[places]], ids)
    return ids


def _move_resources(
    connection: Connection, change_set: int, old: Sequence[int], new: Sequence[int], successors: Sequence[Successor]
) -> None:
    resource = tables.resource.c
    if len(new) == 1:
        _move(connection, change_set, resource.area_id.in_(old), new[0])
        return
    rows = connection.execute(
        select(resource.id, resource.longitude, resource.latitude).where(resource.area_id.in_(old))
    ).all()
    chosen = _choose([row.longitude for row in rows], [row.latitude for row in rows], new, successors)
    for one in new:
        ids = [row.id for row, area in zip(rows, chosen, strict=True) if area == one]
        for start in range(0, len(ids), 500):
            _move(connection, change_set, resource.id.in_(ids[start : start + 500]), one)


def _move(connection: Connection, change_set: int, which: ColumnElement[bool], area_id: int) -> None:
    """Move resources to an area, with what each was and becomes in the history; both in the database, by one pass."""
    resource = tables.resource.c
    as_object = func.json_object if connection.dialect.name == "sqlite" else func.jsonb_build_object
    before = as_object("area_id", resource.area_id, "version", resource.version)
    after = as_object("area_id", literal(area_id), "version", resource.version + 1)
    told = select(literal(change_set), literal("resource"), resource.id, before, after).where(which)
    columns = ["change_set_id", "record", "record_id", "before", "after"]
    connection.execute(insert(tables.change).from_select(columns, told))
    moved = {"area_id": area_id, "changed_in": change_set, "version": resource.version + 1}
    connection.execute(update(tables.resource).where(which).values(**moved))


def _move_dependants(
    connection: Connection, old: Sequence[int], new: Sequence[int], successors: Sequence[Successor]
) -> None:
    connection.execute(update(tables.unit).where(tables.unit.c.area_id.in_(old)).values(area_id=new[0]))
    children = connection.execute(
        select(_area.id, _area.geometry).where(_area.parent_id.in_(old), _area.valid_to.is_(None))
    ).all()
    centres = [
        None if child.geometry is None else shapely.point_on_surface(shapely.from_wkb(child.geometry))
        for child in children
    ]
    x = [np.nan if centre is None else centre.x for centre in centres]
    y = [np.nan if centre is None else centre.y for centre in centres]
    for child, parent in zip(children, _choose(x, y, new, successors), strict=True):
        connection.execute(update(tables.area).where(_area.id == child.id).values(parent_id=int(parent)))
