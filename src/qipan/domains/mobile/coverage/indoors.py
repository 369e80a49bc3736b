"""Indoor systems: each covers the building it stands in, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from qipan.core.ground import Buildings
from qipan.domains.mobile.coverage.assumptions import load_assumptions
from qipan.domains.mobile.coverage.network import Placed
from qipan.engines.radio import Antenna, Ground, path_loss, resource_element_power

_farthest = 30.0
"""Distance in m within which a system whose position lies in no building belongs to the nearest one."""
_alone = 30.0
"""Radius in m of what a system covers where the register knows no building."""


@dataclass(frozen=True)
class Indoors:
    """Map cells that indoor systems cover: ``at`` flat index, ``level`` dBm, ``cell`` its number, ``layer``; (m,)."""

    at: NDArray[np.int64]
    level: NDArray[np.float32]
    cell: NDArray[np.int64]
    layer: NDArray[np.int64]


def indoor_coverage(
    placed: Placed, first: int, buildings: Buildings, ground: Ground, antennas: dict[str, Antenna]
) -> Indoors:
    """Return what the indoor systems ``placed`` cover; their cells are numbered from ``first``.

    The level is that of TR 38.901 InH without line of sight at the distance to the nearest antenna that the catalogue
    gives: a distributed system has one in every room or so. Of two systems in one building the stronger counts.
    """
    covered = _footprints(placed, buildings)
    levels = indoor_levels_of(placed, antennas)
    parts = []
    for place, shape in enumerate(covered):
        at = _cells_of(shape, ground)
        parts.append((at, np.full(at.size, levels[place]), np.full(at.size, first + place)))
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return Indoors(nothing, np.empty(0, dtype=np.float32), nothing, nothing)
    at, level, cell = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Indoors(at, level.astype(np.float32), cell, placed.layer[cell - first])


def indoor_levels_of(placed: Placed, antennas: dict[str, Antenna]) -> NDArray[np.float64]:
    """Return SS-RSRP in dBm at the customary distance from an antenna of each system, shape (n,)."""
    distance = load_assumptions().cell_defaults["indoor"]["distance"]
    gain = np.array([float(antennas[one.antenna].gain(0.0, 0.0)) for one in placed.rows])
    power = resource_element_power(placed.column("watts"), placed.subcarriers)
    loss = [
        float(path_loss("InH-mixed", distance, max(f / 1000.0, 0.5), h_bs=3.0, h_ut=1.0, los=False))
        for f in placed.column("frequency")
    ]
    return np.asarray(power + gain - np.array(loss))


def _footprints(placed: Placed, buildings: Buildings) -> NDArray[np.object_]:
    """Return the outline of the building of each system, a circle where there is none near."""
    points = shapely.points(placed.x, placed.y)
    found = np.asarray(shapely.buffer(points, _alone), dtype=object).reshape(-1)
    if len(buildings.ids):
        tree = shapely.STRtree(buildings.shapes)
        point, near = tree.query_nearest(points, max_distance=_farthest, all_matches=False)
        found[point] = buildings.shapes[near]
    return found


def _cells_of(shape: shapely.Geometry, ground: Ground) -> NDArray[np.int64]:
    """Return the flat index of the cells whose centre an outline holds, of its own cell where it holds none."""
    west, south, east, north = shapely.bounds(shape)
    (top, bottom), (left, right) = ground.cell_of([west, east], [north, south])
    row, column = (each.ravel() for each in np.mgrid[top : bottom + 1, left : right + 1])
    inside = shapely.contains_xy(shape, *ground.centre_of(row, column))
    if not inside.any():
        middle = shapely.point_on_surface(shape)
        row, column = (np.atleast_1d(each) for each in ground.cell_of(middle.x, middle.y))
        inside = np.ones(1, dtype=bool)
    inside &= (row >= 0) & (row < ground.shape[0]) & (column >= 0) & (column < ground.shape[1])
    return np.asarray(row[inside] * ground.shape[1] + column[inside], dtype=np.int64)
