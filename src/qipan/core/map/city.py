"""The map in memory: points in one index for each kind, lines and outlines in another.

An edit costs a look at the newest change set.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, Kind
from qipan.core.database import Database
from qipan.core.map.outlines import area_shapes, as_shapes
from qipan.core.map.reading import changed_points, geometries, removed
from qipan.engines.tiling import (
    MOST_FEATURES,
    NEVER,
    Column,
    DrawnTile,
    PointFilter,
    PointIndex,
    Points,
    ShapeIndex,
    density_of,
    encode_density,
    encode_lines,
    encode_points,
    encode_polygons,
)

_epoch = date(1970, 1, 1)
_most_edits = 100_000


@dataclass(frozen=True, slots=True)
class MapFilter:
    """Which resources of a kind a map shows; None leaves a field open."""

    states: frozenset[int] | None = None
    """Places of states in ``Catalogue.states``, from 1."""
    area_ids: frozenset[int] | None = None
    owner_ids: frozenset[int] | None = None
    day: date | None = None
    """Only what is in service on that day."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Lines or outlines of one kind: where they are and, as points at their middle, what filters ask of them."""

    index: ShapeIndex
    facts: Points


class CityMap:
    """Tiles, density and build dates of everything in the register; safe to read from many threads."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._points: dict[str, PointIndex] = {}
        self._shapes: dict[str, _Drawn] = {}
        self._areas: dict[str, tuple[ShapeIndex, list[Column]]] = {}
        self._newest = 0

    def refresh(self) -> int:
        """Take in what changed since the last call and return the change set that the map now shows."""
        with self._database.connect() as connection:
            newest = connection.execute(select(func.coalesce(func.max(tables.change_set.c.id), 0))).scalar_one()
            if newest == self._newest:
                return self._newest
            with self._lock:
                if newest > self._newest:
                    self._take_in(connection)
                    self._newest = newest
        return self._newest

    def tile(self, kind: Kind, z: int, x: int, y: int, where: MapFilter, principal: Principal) -> DrawnTile:
        """Draw one tile of a kind: its resources in a layer named as the kind, or ``density`` where they are too many.

        Features carry the resource's number as id and ``state``, ``area_id`` and ``owner_id``.
        """
        self.refresh()
        narrowed = _point_filter(where, principal)
        if kind.geometry == "point":
            return self._point_tile(kind, z, x, y, narrowed)
        return self._shape_tile(kind, z, x, y, narrowed)

    def count(self, kind: Kind, where: MapFilter, principal: Principal) -> int:
        """Return how many resources of a kind match and are visible; faster than asking the register."""
        self.refresh()
        points = self._facts(kind)
        return 0 if points is None else int(_point_filter(where, principal).mask(points).sum())

    def counts(self, principal: Principal) -> dict[str, int]:
        """Return how many resources of each kind are visible, by the kind's key."""
        self.refresh()
        where = _point_filter(MapFilter(), principal)
        facts = {kind.key: self._facts(kind) for kind in self._catalogue.kinds.values()}
        return {key: 0 if points is None else int(where.mask(points).sum()) for key, points in facts.items()}

    def area_tile(self, level: str, z: int, x: int, y: int) -> bytes:
        """Draw one tile of the areas of a level, in a layer ``areas`` with their ``code`` and ``name``."""
        self.refresh()
        if level not in self._areas:
            with self._database.connect() as connection:
                self._areas[level] = area_shapes(connection, level)
        index, columns = self._areas[level]
        return encode_polygons(z, x, y, index.shapes, index.tile(z, x, y), columns, layer="areas")

    def timeline(self, kind: Kind, where: MapFilter, principal: Principal) -> list[tuple[date, int]]:
        """Return how many resources of a kind were in service at the end of each month since the first."""
        self.refresh()
        points = self._facts(kind)
        if points is None:
            return []
        points = points.take(_point_filter(where, principal).mask(points))
        built = points.built_on[points.built_on != NEVER]
        if not built.size:
            return []
        first = _month(max(int(built.min()), 0))
        retired = points.retired_on[points.retired_on != NEVER]
        last = _month(int(max(built.max(), retired.max() if retired.size else 0)))
        months = np.arange(first, last + np.timedelta64(2, "M"), dtype="datetime64[M]").astype("datetime64[D]")
        ends = months[1:].astype(np.int64)
        counts = np.searchsorted(np.sort(built), ends) - np.searchsorted(np.sort(retired), ends)
        days = (months[1:] - 1).astype(object).tolist()
        return list(zip(days, counts.tolist(), strict=True))

    def _facts(self, kind: Kind) -> Points | None:
        if drawn := self._shapes.get(kind.code):
            return drawn.facts
        index = self._points.get(kind.code)
        return None if index is None else index.points()

    def _point_tile(self, kind: Kind, z: int, x: int, y: int, where: PointFilter) -> DrawnTile:
        index = self._points.get(kind.code)
        if index is None:
            return DrawnTile(b"", "points", 0)
        amount = index.count(z, x, y, where)
        if amount > MOST_FEATURES:
            return DrawnTile(encode_density(density_of(index, z, x, y, where)), "density", amount)
        points = index.tile(z, x, y, where)
        columns = [Column("state", points.state, self._states()), *_number_columns(points)]
        data = encode_points(z, x, y, points.keys, points.ids, columns, layer=kind.key)
        return DrawnTile(data, "points", amount)

    def _shape_tile(self, kind: Kind, z: int, x: int, y: int, where: PointFilter) -> DrawnTile:
        drawn = self._shapes.get(kind.code)
        if drawn is None:
            return DrawnTile(b"", "points", 0)
        rows = drawn.index.tile(z, x, y)
        facts = drawn.facts.take(rows)
        rows = rows[where.mask(facts)]
        if rows.size > MOST_FEATURES:
            return DrawnTile(b"", "density", int(rows.size))
        columns = [Column("state", drawn.facts.state, self._states()), *_number_columns(drawn.facts)]
        encode = encode_lines if kind.geometry == "line" else encode_polygons
        data = encode(z, x, y, drawn.index.shapes, rows, columns, layer=kind.key)
        return DrawnTile(data, "points", int(rows.size))

    def _states(self) -> list[str | None]:
        return [None, *(state.key for state in self._catalogue.states)]

    def _take_in(self, connection: Connection) -> None:
        self._areas.clear()
        changed = changed_points(connection, self._newest)
        gone = removed(connection, self._newest) if self._newest else {}
        for code, points in changed.items():
            index = self._points.get(code)
            if index is None:
                self._points[code] = PointIndex(points)
                continue
            index.put(points)
            if index.delta_size > _most_edits:
                index.compact()
        for code, ids in gone.items():
            self._forget(code, ids)
        for kind in self._catalogue.kinds.values():
            if kind.geometry in ("line", "polygon") and (kind.code in changed or kind.code in gone):
                self._draw(connection, kind)

    def _forget(self, code: str, ids: list[int]) -> None:
        index = self._points.get(code)
        if index is None:
            return
        present = np.intersect1d(index.points().ids, np.array(ids, np.int64))
        if present.size:
            index.remove(present)

    def _draw(self, connection: Connection, kind: Kind) -> None:
        """Lay out the lines or outlines of a kind anew from the register."""
        ids: list[int] = []
        shapes: list[NDArray[np.object_]] = []
        for numbers, outlines in geometries(connection, kind.code):
            ids += numbers
            shapes.append(shapely.from_wkb(outlines))
        if not ids:
            self._shapes.pop(kind.code, None)
            return
        index = self._points.pop(kind.code, None)
        facts = _in_order(index, self._shapes.get(kind.code), np.array(ids, np.int64))
        self._shapes[kind.code] = _Drawn(ShapeIndex(as_shapes(kind.geometry, np.concatenate(shapes), ids)), facts)


def _in_order(index: PointIndex | None, before: _Drawn | None, ids: NDArray[np.int64]) -> Points:
    """Return the facts of the resources ``ids``, new ones from ``index`` and the others as they stood."""
    new = Points.none() if index is None else index.points()
    facts = new if before is None else _joined(new, before.facts)
    order = np.argsort(facts.ids, kind="stable")
    first = order[np.searchsorted(facts.ids[order], ids)]
    return facts.take(first)


def _joined(new: Points, old: Points) -> Points:
    """Return the points of ``new``, and of ``old`` those that ``new`` does not hold."""
    old = old.take(~np.isin(old.ids, new.ids))
    return Points(**{name: np.concatenate((column, old.columns()[name])) for name, column in new.columns().items()})


def _point_filter(where: MapFilter, principal: Principal) -> PointFilter:
    """Return what is asked for within what may be seen."""
    areas, owners = where.area_ids, where.owner_ids
    if not principal.everything:
        areas = _within(areas, principal.area_ids)
        owners = _within(owners, principal.owner_ids)
        if not principal.area_ids and not principal.owner_ids:
            areas = frozenset()
    day = None if where.day is None else (where.day - _epoch).days
    return PointFilter(states=where.states, areas=areas, owners=owners, day=day)


def _within(wanted: frozenset[int] | None, allowed: frozenset[int]) -> frozenset[int] | None:
    if not allowed:
        return wanted
    return allowed if wanted is None else wanted & allowed


def _number_columns(points: Points) -> Iterable[Column]:
    for name, codes in (("area_id", points.area), ("owner_id", points.owner)):
        yield Column(name, codes, range(int(codes.max(initial=0)) + 1))


def _month(day: int) -> np.datetime64:
    month: np.datetime64 = np.datetime64(day, "D").astype("datetime64[M]")
    return month
