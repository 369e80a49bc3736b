"""Dividing land among centres so that each gets a given area: power diagrams by Newton's method.

Aurenhammer, Hoffmann, Aronov (1998), "Minkowski-type theorems and least-squares clustering": weights exist for which
the power cells have any given areas, and they maximise a concave function. Its second derivative between two
neighbours is the length of their common border over twice their distance.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from qipan.engines.synthesis.tables import Floats

_Shapes = NDArray[np.object_]


def divide(land: shapely.Geometry, centres: Floats, areas: Floats) -> list[shapely.Geometry]:
    """Divide ``land`` into one cell for each of ``centres`` (n, 2) with ``areas`` (n,), to 1 part in 10,000.

    ``areas`` are taken as shares: the cells fill the land whole. A cell is convex but for the land's own border.
    """
    if len(centres) == 1:
        return [land]
    targets = areas * (land.area / areas.sum())
    centres = _relaxed(land, centres)
    weights = np.zeros(len(centres))
    cells = _power_cells(land, centres, weights)
    for _ in range(60):
        sizes = shapely.area(cells)
        if np.abs(sizes / targets - 1).max() < 1e-4:
            break
        step = _newton_step(cells, centres, targets - sizes)
        weights, cells = _damped(land, centres, weights, step, float(min(targets.min(), sizes.min())) / 4)
    return list(cells)


def _relaxed(land: shapely.Geometry, centres: Floats) -> Floats:
    """Move centres that stand outside the land onto it, so that no cell is empty at the start."""
    points = shapely.points(centres)
    outside = ~shapely.contains(land, points)
    if not outside.any():
        return centres
    inner = shapely.buffer(land, -0.02 * np.sqrt(land.area))
    nearest = shapely.shortest_line(shapely.boundary(inner), points[outside])
    moved = centres.copy()
    moved[outside] = shapely.get_coordinates(shapely.get_point(nearest, 0))
    return moved


def _power_cells(land: shapely.Geometry, centres: Floats, weights: Floats) -> _Shapes:
    """Return the part of the land whose power distance |x - centre|² - weight is least, for each centre."""
    west, south, east, north = shapely.bounds(land)
    reach = 4 * (east - west + north - south)
    cells = np.full(len(centres), land, dtype=object)
    for one in range(len(centres)):
        for other in range(len(centres)):
            if one != other and not shapely.is_empty(cells[one]):
                half = _half_plane(centres[one], centres[other], weights[one] - weights[other], reach)
                cells[one] = shapely.intersection(cells[one], half)
    return cells


def _half_plane(one: Floats, other: Floats, advantage: float, reach: float) -> shapely.Geometry:
    """Return a rectangle that covers what lies within ``reach`` on the side of ``one`` of two centres' power line."""
    along = other - one
    distance = float(np.hypot(*along))
    along = along / distance
    across = np.array([-along[1], along[0]])
    # Beyond the land a line cuts nothing, wherever it lies: the rectangle then has to cover all or none of it.
    offset = np.clip(distance / 2 + advantage / (2 * distance), -reach / 2, reach / 2)
    foot = one + along * offset
    corners = [foot - 2 * reach * across, foot + 2 * reach * across]
    back = [corners[1] - 2 * reach * along, corners[0] - 2 * reach * along]
    return shapely.polygons(np.array([*corners, *back]))


def _newton_step(cells: _Shapes, centres: Floats, lacking: Floats) -> Floats:
    """Return the change of weights that would give every cell what it lacks if borders kept their lengths."""
    count = len(cells)
    matrix = np.zeros((count, count))
    for one in range(count):
        for other in range(one + 1, count):
            border = shapely.length(shapely.intersection(cells[one], shapely.buffer(cells[other], 1e-6))) / 2
            matrix[one, other] = matrix[other, one] = -border / (2 * np.hypot(*(centres[one] - centres[other])))
    matrix[np.diag_indices(count)] = -matrix.sum(axis=1)
    return np.asarray(np.linalg.lstsq(matrix, lacking, rcond=None)[0])


def _damped(
    land: shapely.Geometry, centres: Floats, weights: Floats, step: Floats, least: float
) -> tuple[Floats, _Shapes]:
    """Take as much of the step as leaves no cell smaller than ``least``."""
    cells = _power_cells(land, centres, weights + step)
    for _ in range(12):
        if shapely.area(cells).min() > least:
            break
        step = 0.5 * step
        cells = _power_cells(land, centres, weights + step)
    return weights + step, cells
