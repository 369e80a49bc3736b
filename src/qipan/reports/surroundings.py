"""What map sheets show beside the planned sites: outlines of districts, streets and what stands already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import GroundMissing, Plane, plane_at, read_plane, read_streets
from qipan.core.resources import Filter, filtered
from qipan.core.settings import as_of_day

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north in the plane, m."""


@dataclass(frozen=True)
class Surroundings:
    """Shapes in one plane in metres; ``outlines`` and ``names`` of districts by their number."""

    plane: Plane
    outlines: dict[int, shapely.Geometry]
    names: dict[int, str]
    streets: NDArray[np.object_]
    """Axes, shape (n,)."""
    rank: NDArray[np.int8]
    """Of each street, 0 the widest; shape (n,)."""
    existing: dict[str, Floats]
    """Places of what is in service, shape (m, 2), by the name of its kind."""


@dataclass(frozen=True)
class Underlay:
    """A picture to lie under the map, such as coverage: PNG bytes and its west, south, east, north in the plane, m."""

    png: bytes
    box: Box
    name: str
    classes: tuple[tuple[str, str], ...] = ()
    """Colour (``#rrggbb``) and text of each class for the legend."""


Underlays = Callable[[int, Box], Underlay | None]
"""Draws what lies under a box of the plane with an EPSG code; None where there is nothing."""


def read_surroundings(
    database: Database, catalogue: Catalogue, principal: Principal, place: tuple[float, float], kinds: Iterable[str]
) -> Surroundings:
    """Return what lies around ``place`` (longitude, latitude): districts, streets, what is in service of ``kinds``."""
    try:
        plane = read_plane(database)
    except GroundMissing:
        plane = plane_at(*place)
    try:
        streets = read_streets(database)
        lines, rank = streets.lines, streets.rank
    except GroundMissing:
        lines, rank = np.zeros(0, dtype=object), np.zeros(0, np.int8)
    existing = {
        catalogue.kinds[kind].name.zh: _places(database, catalogue, principal, kind, plane)
        for kind in sorted(set(kinds))
        if kind in catalogue.kinds
    }
    outlines, names = _districts(database, plane)
    return Surroundings(plane, outlines, names, lines, rank, existing)


def _districts(database: Database, plane: Plane) -> tuple[dict[int, shapely.Geometry], dict[int, str]]:
    area = tables.area.c
    query = select(area.id, area.name, area.geometry).where(
        area.level == "district", area.valid_to.is_(None), area.geometry.is_not(None)
    )
    with database.connect() as connection:
        rows = connection.execute(query.order_by(area.id)).all()
    shapes = shapely.transform(
        shapely.from_wkb([row.geometry for row in rows]),
        lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1])),
    )
    return {row.id: shape for row, shape in zip(rows, shapes, strict=True)}, {row.id: row.name for row in rows}


def _places(database: Database, catalogue: Catalogue, principal: Principal, kind: str, plane: Plane) -> Floats:
    row = tables.resource.c
    query = select(row.longitude, row.latitude).where(row.longitude.is_not(None))
    with database.connect() as connection:
        where = Filter(catalogue.kinds[kind], as_of=as_of_day(connection))
        found = connection.execute(filtered(query, catalogue, principal, where)).all()
    degrees = np.array([tuple(one) for one in found], dtype=np.float64).reshape(-1, 2)
    return np.column_stack(plane.to_plane(degrees[:, 0], degrees[:, 1]))
