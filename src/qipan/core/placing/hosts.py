"""Where something may stand: resources of the register that can host it, and points along streets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy import Connection, Row, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.areas import load_areas
from qipan.core.catalogue import Catalogue, Kind, Source
from qipan.core.errors import FieldProblem
from qipan.core.ground import Plane, Streets
from qipan.core.placing.errors import CandidateProblem

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
Texts = NDArray[np.object_]
_row = tables.resource.c
_shown = 20
"""Problems told at once."""


@dataclass(frozen=True)
class Hosts:
    """Places as columns, n rows; ``key`` tells one from all others of its source in every run.

    ``id`` and ``code`` of the resource, 0 and empty beside a street; ``x``/``y`` m in the plane; ``height`` m above
    ground of what would be placed; ``source`` its place in the placement's sources.
    """

    key: Texts
    source: NDArray[np.int16]
    id: Longs
    code: Texts
    name: Texts
    area_id: Longs
    longitude: Doubles
    latitude: Doubles
    x: Doubles
    y: Doubles
    height: Doubles

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: NDArray[Any]) -> Hosts:
        """Return the rows that ``rows`` (places or flags) names."""
        return Hosts(*(getattr(self, one.name)[rows] for one in fields(self)))

    @staticmethod
    def joined(parts: Sequence[Hosts]) -> Hosts:
        """Return all rows of several, one after the other."""
        return Hosts(*(np.concatenate([getattr(one, name.name) for one in parts]) for name in fields(Hosts)))


def state_numbers(catalogue: Catalogue, keys: Sequence[str]) -> list[int]:
    """Return how the register stores the states of these keys."""
    return [place for place, state in enumerate(catalogue.states, start=1) if state.key in keys]


def resource_rows(
    connection: Connection, catalogue: Catalogue, principal: Principal, kind: Kind, states: Sequence[str]
) -> Sequence[Row[Any]]:
    """Return id, code, name, owner, area, place and attributes of the resources of a kind that may be seen."""
    shown = (_row.id, _row.code, _row.name, _row.owner_id, _row.area_id, _row.longitude, _row.latitude)
    query = select(*shown, _row.attributes).where(
        _row.kind == kind.code, _row.state.in_(state_numbers(catalogue, states))
    )
    return connection.execute(narrow(query, tables.resource, principal).order_by(_row.id)).all()


def resource_hosts(
    connection: Connection, catalogue: Catalogue, principal: Principal, plane: Plane, source: Source, place: int
) -> Hosts:
    """Return the resources in service that a source offers; CandidateProblem names those without a place."""
    kind = catalogue.kinds[str(source.kind)]
    rows = _offered(source, resource_rows(connection, catalogue, principal, kind, ["in_service"]))
    nowhere = [row for row in rows if row.longitude is None or row.latitude is None]
    if nowhere:
        problems = [
            FieldProblem(None, row.code, row.name[:80], "没有坐标，请补充经度与纬度") for row in nowhere[:_shown]
        ]
        message = (
            f"{len(nowhere)} 个{kind.name.zh}没有坐标，不能作为候选点：{'、'.join(row.code for row in nowhere[:5])}"
        )
        raise CandidateProblem(message, problems)
    longitude, latitude = (np.array([row[at] for row in rows], dtype=np.float64) for at in (5, 6))
    x, y = plane.to_plane(longitude, latitude) if rows else (longitude, latitude)
    height = np.array([_height(source, row.attributes) for row in rows], dtype=np.float64)
    return Hosts(
        key=np.array([f"{source.key}:{row.code}" for row in rows], dtype=object),
        source=np.full(len(rows), place, dtype=np.int16),
        id=np.array([row.id for row in rows], dtype=np.int64),
        code=np.array([row.code for row in rows], dtype=object),
        name=np.array([row.name for row in rows], dtype=object),
        area_id=np.array([row.area_id for row in rows], dtype=np.int64),
        longitude=longitude,
        latitude=latitude,
        x=x,
        y=y,
        height=height,
    )


def _offered(source: Source, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the rows that a source's list or, where nothing is on it, its filter names."""
    where: Mapping[str, tuple[Any, ...]] = source.where
    if source.listed is not None and any(row.attributes.get(source.listed) is not None for row in rows):
        where = {source.listed: (True,)}
    return [
        row
        for row in rows
        if all(_is_one(row.attributes.get(key), values) for key, values in where.items())
        and all((row.attributes.get(key) or 0) >= least for key, least in source.least.items())
    ]


def _is_one(value: object, allowed: tuple[object, ...]) -> bool:
    # A yes-or-no attribute that nobody filled in counts as no.
    return value in allowed or (value is None and False in allowed)


def _height(source: Source, attributes: Mapping[str, Any]) -> float:
    base = attributes.get(source.height) if isinstance(source.height, str) else source.height
    return max(float(base or 3.0) + source.above, 3.0)


def street_hosts(
    connection: Connection, plane: Plane, streets: Streets, source: Source, place: int, step: float
) -> Hosts:
    """Return points every ``step`` m along streets, or with a step of 0 the junctions where streets meet."""
    x, y, street = junctions(streets)[:3] if step <= 0 else points_along(streets, step)
    longitude, latitude = plane.to_degrees(x, y)
    area = load_areas(connection, shapes=True).locate(longitude, latitude)
    names = streets.name[street]
    found = Hosts(
        key=np.array([f"{source.key}:{east:.0f}x{north:.0f}" for east, north in zip(x, y, strict=True)], dtype=object),
        source=np.full(len(x), place, dtype=np.int16),
        id=np.zeros(len(x), dtype=np.int64),
        code=np.full(len(x), "", dtype=object),
        name=np.array([f"{name or '道路'}旁" for name in names], dtype=object),
        area_id=area,
        longitude=longitude,
        latitude=latitude,
        x=x,
        y=y,
        height=np.full(len(x), float(source.height) if not isinstance(source.height, str) else 10.0),
    )
    first = np.unique(found.key.astype(str), return_index=True)[1]
    kept = np.zeros(len(x), dtype=bool)
    kept[first] = True
    return found.take(kept & (area > 0))


def points_along(streets: Streets, step: float) -> tuple[Doubles, Doubles, Longs]:
    """Return x, y and street of points along all streets, each street cut into equal parts of about ``step`` m."""
    parts = np.maximum(np.rint(streets.length / step).astype(np.int64), 1)
    street = np.repeat(np.arange(len(parts)), parts)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (within + 0.5) / parts[street]
    points = shapely.line_interpolate_point(streets.lines[street], share, normalized=True)
    return shapely.get_x(points), shapely.get_y(points), street


def junctions(streets: Streets) -> tuple[Doubles, Doubles, Longs, NDArray[np.int8]]:
    """Return x, y, one street and the least rank number of the points where three streets or more end."""
    start, end = ends_of(streets)
    points = np.rint(np.concatenate([start, end]) * 10.0).astype(np.int64)
    street = np.tile(np.arange(len(start)), 2)
    order = np.lexsort((streets.rank[street], points[:, 1], points[:, 0]))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(points[order], axis=0) != 0).any(axis=1)
    first = order[fresh]
    meeting = np.diff(np.append(np.flatnonzero(fresh), len(order))) >= 3
    at = points[first[meeting]] / 10.0
    return at[:, 0], at[:, 1], street[first[meeting]], streets.rank[street[first[meeting]]]


def ends_of(streets: Streets) -> tuple[Doubles, Doubles]:
    """Return the first and last point of every street, both (n, 2)."""
    first, last = (shapely.get_point(streets.lines, at) for at in (0, -1))
    return shapely.get_coordinates(first), shapely.get_coordinates(last)


def apart_from(hosts: Hosts, x: Doubles, y: Doubles, metres: float) -> Hosts:
    """Return the hosts that stand at least ``metres`` from every point."""
    if not len(x) or not len(hosts) or metres <= 0:
        return hosts
    away = cKDTree(np.column_stack([x, y])).query(np.column_stack([hosts.x, hosts.y]))[0]
    return hosts.take(away >= metres)
