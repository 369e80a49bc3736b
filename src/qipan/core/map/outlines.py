"""Lines, outlines and areas of the register as shapes for tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.engines.tiling import Column, ShapeIndex, Shapes


def area_shapes(connection: Connection, level: str) -> tuple[ShapeIndex, list[Column]]:
    """Return the outlines of the areas of a level that are valid now, with their codes and names."""
    area = tables.area.c
    query = select(area.id, area.code, area.name, area.geometry)
    query = query.where(area.level == level, area.valid_to.is_(None), area.geometry.is_not(None))
    rows = connection.execute(query.order_by(area.id)).all()
    shapes = as_shapes("polygon", shapely.from_wkb([row.geometry for row in rows]), [row.id for row in rows])
    places = np.arange(len(rows))
    return ShapeIndex(shapes), [Column(key, places, [row._mapping[key] for row in rows]) for key in ("code", "name")]


def as_shapes(geometry: str, geometries: NDArray[np.object_], ids: Sequence[int]) -> Shapes:
    """Return geometries of one kind, ``line`` or ``polygon``, single or multiple, as shapes."""
    make = Shapes.lines if geometry == "line" else Shapes.polygons
    if not len(ids):
        return make([], [], [[0], [0]] if geometry == "polygon" else [[0]], ids)
    _, coordinates, offsets = shapely.to_ragged_array(_as_multiple(geometry, geometries))
    return make(coordinates[:, 0], coordinates[:, 1], offsets, ids)


def _as_multiple(geometry: str, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return every geometry as a multi-geometry where any is one: a ragged array holds one kind only."""
    single = shapely.GeometryType.LINESTRING if geometry == "line" else shapely.GeometryType.POLYGON
    alone = shapely.get_type_id(geometries) == single
    if alone.all():
        return geometries
    collect = shapely.multilinestrings if geometry == "line" else shapely.multipolygons
    whole = geometries.copy()
    whole[alone] = collect(geometries[alone], indices=np.arange(alone.sum()))
    return whole
