"""Where people are: areas on a grid, and the residents of areas spread over it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground.buildings import Buildings, read_buildings
from qipan.core.ground.burning import burn
from qipan.core.ground.classes import built_classes
from qipan.core.ground.errors import GroundMissing
from qipan.core.ground.plane import Plane, read_plane
from qipan.core.ground.reading import read_land_cover
from qipan.engines.radio import Ground

Doubles = NDArray[np.float64]
_area = tables.area.c
_row = tables.resource.c


def area_grid(database: Database, ground: Ground, level: str) -> NDArray[np.int32]:
    """Return the id of the area of a level (city, district, subdistrict, community) at each cell's centre, 0 for none.

    Areas without an outline or no longer valid are on no cell. Shape as the ground's.
    """
    with database.connect() as connection:
        query = select(_area.id, _area.geometry).where(_area.level == level, _area.valid_to.is_(None))
        rows = connection.execute(query.where(_area.geometry.is_not(None)).order_by(_area.id)).all()
    shapes = _on_plane(read_plane(database), [row.geometry for row in rows])
    ids = np.array([row.id for row in rows] + [0], dtype=np.int32)
    return np.asarray(ids[burn(shapes, ground)])


def _on_plane(plane: Plane, geometries: list[bytes]) -> NDArray[np.object_]:
    degrees = np.asarray(shapely.from_wkb(geometries), dtype=object).reshape(-1)
    return np.asarray(shapely.transform(degrees, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1]))))


def population_grid(database: Database, catalogue: Catalogue, ground: Ground) -> NDArray[np.float32]:
    """Return the residents of each cell of ``ground``: those of the newest yearly figures of each area.

    They are spread over the volume of the area's residential buildings (any building where their use is unknown); where
    there are none over built land cover, and where that is unknown too evenly. An area with figures of its own is
    taken out of the wider one. Areas of which ``ground`` shows a part bring their part. Shape as the ground's.
    """
    plane = read_plane(database)
    with database.connect() as connection:
        residents = _residents(connection, catalogue)
        query = select(_area.id, _area.geometry).where(_area.id.in_(list(residents)), _area.geometry.is_not(None))
        outlines = {row.id: row.geometry for row in connection.execute(query)}
        buildings = read_buildings(connection, catalogue, plane)
    known = [area for area in residents if area in outlines]
    grid = np.zeros(ground.shape, dtype=np.float32)
    if not known:
        return grid
    shapes = _on_plane(plane, [outlines[area] for area in known])
    counts = np.array([residents[area] for area in known])
    where = burn(shapes, ground)
    lived = _spread_by_buildings(grid, ground, buildings, shapes, counts)
    _spread_by_ground(grid, where, _ground_weights(database, ground), shapes, np.where(lived, 0.0, counts), ground)
    return grid


def _residents(connection: Connection, catalogue: Catalogue) -> dict[int, float]:
    """Return the newest known residents by area, narrower areas taken out of the wider, wider areas first."""
    code = catalogue.kinds["district_statistics"].code
    newest: dict[int, tuple[int, float]] = {}
    for area, found in connection.execute(select(_row.area_id, _row.attributes).where(_row.kind == code)):
        year, residents = found.get("year"), found.get("residents")
        if year is not None and residents is not None and year >= newest.get(area, (0, 0.0))[0]:
            newest[area] = (year, float(residents))
    parents = {row.id: row.parent_id for row in connection.execute(select(_area.id, _area.parent_id))}
    left = {area: count for area, (_, count) in newest.items()}
    for area, (_, count) in newest.items():
        above = parents.get(area)
        while above is not None and above not in newest:
            above = parents.get(above)
        if above is not None:
            left[above] = max(left[above] - count, 0.0)
    return dict(sorted(left.items(), key=lambda pair: _depth(parents, pair[0])))


def _depth(parents: dict[int, int | None], area: int) -> int:
    above, depth = parents.get(area), 0
    while above is not None:
        above, depth = parents.get(above), depth + 1
    return depth


def _spread_by_buildings(
    grid: NDArray[np.float32], ground: Ground, buildings: Buildings, shapes: NDArray[np.object_], counts: Doubles
) -> NDArray[np.bool_]:
    """Add the residents of areas that have buildings to live in, and tell which have."""
    if not len(buildings.ids):
        return np.zeros(len(counts), dtype=bool)
    centres = shapely.point_on_surface(buildings.shapes)
    x, y = shapely.get_x(centres), shapely.get_y(centres)
    place = _area_of(shapes, centres)
    home = np.isin(buildings.use, ("residential", ""))
    volume = np.where(home & (place >= 0), buildings.size * np.nan_to_num(buildings.height, nan=6.0), 0.0)
    whole = np.bincount(place[place >= 0], weights=volume[place >= 0], minlength=len(counts))
    each = np.where(volume > 0.0, counts[place] * volume / np.where(whole > 0.0, whole, 1.0)[place], 0.0)
    over = burn(buildings.shapes, ground)
    cells = np.bincount(over[over >= 0], minlength=len(each))
    grid += np.append(each / np.maximum(cells, 1), 0.0).astype(np.float32)[over]
    # A building too small to hold the centre of a cell stands on the one that holds its own.
    row, column = ground.cell_of(x, y)
    small = (cells == 0) & (row >= 0) & (row < ground.shape[0]) & (column >= 0) & (column < ground.shape[1])
    np.add.at(grid, (row[small], column[small]), each[small].astype(np.float32))
    return np.asarray(whole > 0.0)


def _area_of(shapes: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the place of the last of ``shapes`` that holds each point, -1 where none does."""
    found = np.full(len(points), -1, dtype=np.int64)
    point, shape = shapely.STRtree(shapes).query(points, predicate="within")
    np.maximum.at(found, point, shape)
    return found


def _ground_weights(database: Database, ground: Ground) -> Doubles:
    try:
        classes, _ = read_land_cover(database, ground)
    except GroundMissing:
        return np.ones(ground.shape)
    table = np.zeros(256)
    table[list(built_classes)] = list(built_classes.values())
    return np.asarray(table[classes])


def _spread_by_ground(
    grid: NDArray[np.float32],
    where: NDArray[np.int32],
    weights: Doubles,
    shapes: NDArray[np.object_],
    counts: Doubles,
    ground: Ground,
) -> None:
    """Add the residents of the remaining areas over their cells by weight, evenly where no cell has any."""
    for place in np.flatnonzero(counts > 0.0):
        own = where == place
        part = min(float(own.sum()) * ground.resolution**2 / max(float(shapely.area(shapes[place])), 1.0), 1.0)
        weight = weights[own] if weights[own].sum() > 0.0 else np.ones(int(own.sum()))
        if weight.size:
            grid[own] += (counts[place] * part * weight / weight.sum()).astype(np.float32)
