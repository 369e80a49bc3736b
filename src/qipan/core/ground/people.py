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
from qipan.engines.radio import Ground, spread_population

Doubles = NDArray[np.float64]
_area = tables.area.c
_row = tables.resource.c
_counted_at_once = 4_000_000


def area_grid(database: Database, ground: Ground, *levels: str) -> NDArray[np.int32]:
    """Return the id of the area of a level (city, district, subdistrict, community) at each cell's centre, 0 for none.

    Of several ``levels`` the last that has an area there counts. Areas without an outline or no longer valid are on no
    cell. Shape as the ground's.
    """
    with database.connect() as connection:
        query = select(_area.id, _area.geometry, _area.level).where(_area.level.in_(levels), _area.valid_to.is_(None))
        found = connection.execute(query.where(_area.geometry.is_not(None)).order_by(_area.id)).all()
    rows = sorted(found, key=lambda row: levels.index(row.level))
    shapes = _on_plane(read_plane(database), [row.geometry for row in rows])
    ids = np.array([row.id for row in rows] + [0], dtype=np.int32)
    return np.asarray(ids[burn(shapes, ground)])


def _on_plane(plane: Plane, geometries: list[bytes]) -> NDArray[np.object_]:
    degrees = np.asarray(shapely.from_wkb(geometries), dtype=object).reshape(-1)
    return np.asarray(shapely.transform(degrees, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1]))))


def population_grid(
    database: Database, catalogue: Catalogue, ground: Ground, buildings: Buildings | None = None
) -> NDArray[np.float32]:
    """Return the residents of each cell of ``ground``: those of the newest yearly figures of each area.

    They are spread over the volume of the area's residential buildings (any building where their use is unknown); where
    there are none over built land cover, and where that is unknown too evenly. An area with figures of its own is
    taken out of the wider one. Areas of which ``ground`` shows a part bring their part. ``buildings`` are read where
    they are not given. Shape as the ground's.
    """
    plane = read_plane(database)
    with database.connect() as connection:
        residents = _residents(connection, catalogue)
        query = select(_area.id, _area.geometry).where(_area.id.in_(list(residents)), _area.geometry.is_not(None))
        outlines = {row.id: row.geometry for row in connection.execute(query)}
        homes = read_buildings(connection, catalogue, plane) if buildings is None else buildings
    known = [area for area in residents if area in outlines]
    if not known:
        return np.zeros(ground.shape, dtype=np.float32)
    shapes = _on_plane(plane, [outlines[area] for area in known])
    where = burn(shapes, ground)
    weight, shown = _lived_in(ground, homes, shapes)
    bare, cells = np.isnan(shown), _cells_of(where, len(known))
    if bare.any():
        _weigh_ground(database, ground, where, bare, weight)
        wide = np.maximum(shapely.area(shapes[bare]), 1.0)
        shown[bare] = np.minimum(cells[bare] * ground.resolution**2 / wide, 1.0)
    counts = np.array([residents[area] for area in known])
    return spread_population(np.where(cells > 0, counts * shown, 0.0), where, weight)


def _cells_of(where: NDArray[np.int32], areas: int) -> NDArray[np.int64]:
    """Return how many cells of a grid each area has, counted part by part so that no second grid is needed."""
    parts = np.array_split(where, max(where.size // _counted_at_once, 1))
    return np.asarray(sum(np.bincount(part[part >= 0], minlength=areas) for part in parts))


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


def _lived_in(ground: Ground, buildings: Buildings, shapes: NDArray[np.object_]) -> tuple[NDArray[np.float32], Doubles]:
    """Return the volume to live in over each cell, and by area the part of it that ``ground`` shows, nan without any.

    A building belongs to the area that holds its middle, and so does a cell to be lived in that it stands on.
    """
    volume = np.zeros(ground.shape, dtype=np.float32)
    if not len(buildings.ids):
        return volume, np.full(len(shapes), np.nan)
    centres = shapely.point_on_surface(buildings.shapes)
    place = _area_of(shapes, centres)
    home = np.isin(buildings.use, ("residential", "")) & (place >= 0)
    amount = np.where(home, buildings.size * np.nan_to_num(buildings.height, nan=6.0), 0.0)
    over = burn(buildings.shapes, ground)
    cells = np.bincount(over[over >= 0], minlength=len(amount))
    # A building too small to hold the centre of a cell stands on the one that holds its own.
    row, column = ground.cell_of(shapely.get_x(centres), shapely.get_y(centres))
    small = (cells == 0) & (row >= 0) & (row < ground.shape[0]) & (column >= 0) & (column < ground.shape[1])
    volume += np.append(amount / np.maximum(cells, 1), 0.0).astype(np.float32)[over]
    np.add.at(volume, (row[small], column[small]), amount[small].astype(np.float32))
    on_map = home & ((cells > 0) | small)
    whole, seen = (np.bincount(place[use], weights=amount[use], minlength=len(shapes)) for use in (home, on_map))
    return volume, np.where(whole > 0.0, seen / np.where(whole > 0.0, whole, 1.0), np.nan)


def _area_of(shapes: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the place of the last of ``shapes`` that holds each point, -1 where none does."""
    found = np.full(len(points), -1, dtype=np.int64)
    point, shape = shapely.STRtree(shapes).query(points, predicate="within")
    np.maximum.at(found, point, shape)
    return found


def _weigh_ground(
    database: Database, ground: Ground, where: NDArray[np.int32], bare: NDArray[np.bool_], weight: NDArray[np.float32]
) -> None:
    """Set the weight of the cells of ``bare`` areas, in which no building is lived in, by their land cover."""
    there = np.append(bare, False)[where]
    weight[there] = 0.0
    try:
        classes, _ = read_land_cover(database, ground)
    except GroundMissing:
        return
    table = np.zeros(256, dtype=np.float32)
    table[list(built_classes)] = list(built_classes.values())
    weight[there] = table[classes[there]]
