"""Where poles stand along their street: metres along its axis and the side, from imported streets or the poles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from qipan.core.database import Database
from qipan.core.ground import GroundMissing, Plane, plane_at, read_plane, read_streets
from qipan.domains.poles.merging.inventory import Floats, Longs, PoleColumns

_apart = 1_000.0
"""Metres put between parts of a street that do not touch, so that nothing moves from one to the other."""
_far = 60.0
"""Metres from the axis beyond which a pole is not thought to stand on a street of that name."""
_middle = 1.0
"""Metres right of the axis within which a pole still counts as standing left: coordinates are no better."""


@dataclass(frozen=True)
class Axes:
    """Axes of streets in the plane, by name."""

    plane: Plane
    lines: dict[str, NDArray[np.object_]]


@dataclass(frozen=True)
class Stations:
    """Where n poles stand along their streets."""

    position: Floats
    """Metres along the street."""
    side: Longs
    """0 left, 1 right of the axis."""
    rough: tuple[str, ...]
    """Roads without an imported axis whose poles do not stand along one line, so that metres are too few."""


def read_axes(database: Database, longitude: float, latitude: float) -> Axes:
    """Return the imported streets by name; none, in the plane of the given place, where none were imported."""
    try:
        plane, streets = read_plane(database), read_streets(database)
    except GroundMissing:
        return Axes(plane_at(longitude, latitude), {})
    order = np.argsort(streets.name.astype(str), kind="stable")
    names, first = np.unique(streets.name[order].astype(str), return_index=True)
    parts = np.split(streets.lines[order], first[1:])
    return Axes(plane, dict(zip(names.tolist(), parts, strict=True)))


def stations(axes: Axes, poles: PoleColumns, streets: list[Longs]) -> Stations:
    """Return where each pole stands along its street; ``streets`` holds the rows of the poles of each.

    Along the axis of the imported street of that name; along the line through the poles where there is none near.
    """
    x, y = axes.plane.to_plane(poles.longitude, poles.latitude)
    position, side, rough = np.zeros(x.size), np.zeros(x.size, np.int64), []
    for rows in streets:
        road = str(poles.road[rows[0]])
        lines = axes.lines.get(road)
        points = np.column_stack([x[rows], y[rows]])
        found = None if lines is None else _along(lines, points)
        if found is None:
            found, off = _through(points)
            rough += [road] if off > _far else []
        position[rows], side[rows] = found
    return Stations(position, side, tuple(rough))


def _along(lines: NDArray[np.object_], points: Floats) -> tuple[Floats, Longs] | None:
    """Return metres and side along lines, joined where they meet; None where a point lies far from all of them."""
    marks = shapely.points(points)
    hull = shapely.box(*(points.min(axis=0) - _far), *(points.max(axis=0) + _far))
    near = lines[shapely.intersects(lines, hull)]
    if not near.size:
        return None
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(near)))
    away = shapely.distance(marks[:, None], parts[None, :])
    nearest = away.argmin(axis=1)
    if away.min(axis=1).max() > _far:
        return None
    start = np.cumsum(shapely.length(parts) + _apart) - shapely.length(parts) - _apart
    place = shapely.line_locate_point(parts[nearest], marks)
    step = np.minimum(1.0, shapely.length(parts)[nearest] / 4)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(parts[nearest], np.maximum(place + by, 0.0)))
        for by in (-step, step)
    )
    return start[nearest] + place, _right_of(after - before, points - (before + after) / 2)


def _through(points: Floats) -> tuple[tuple[Floats, Longs], float]:
    """Return metres and side along the line through the points where they spread most, and how far off it they lie."""
    middle = points - points.mean(axis=0)
    direction = np.linalg.svd(middle, full_matrices=False)[2][0]
    along = middle @ direction
    off = float(np.abs(middle @ (-direction[1], direction[0])).max())
    return (along - along.min(), _right_of(np.broadcast_to(direction, points.shape), middle)), off


def _right_of(direction: Floats, offset: Floats) -> Longs:
    turn = direction[:, 0] * offset[:, 1] - direction[:, 1] * offset[:, 0]
    return (turn < -_middle * np.hypot(direction[:, 0], direction[:, 1])).astype(np.int64)
