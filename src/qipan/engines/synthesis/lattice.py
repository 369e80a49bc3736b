"""The lattice that streets run along and blocks lie between, bent so that no street is straight for long.

Its spacing is that of a real street grid at every scale: a small city has fewer streets, not narrower ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from qipan.engines.synthesis.geography import Geography
from qipan.engines.synthesis.tables import Flags, Floats, Integers
from qipan.engines.synthesis.terrain import Terrain

spacing = 150.0
"""Distance between neighbouring streets, m."""
_bends = ((9000.0, 430.0), (3100.0, 60.0))
"""Wavelength and amplitude of the lattice's own shears, m."""
_finest_borders = 0.01
"""Scale below which borders bend within the length of a block."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Points where lines cross; point (row, column) is number ``row * columns + column``."""

    rows: int
    columns: int
    x: Floats
    """Shape (rows * columns,), m on the real plane."""
    y: Floats
    district: NDArray[np.int8]
    """District that each point lies in as written, -1 outside the city."""
    inner: NDArray[np.int8]
    """District of points at least ``inner_margin`` inside it, else -1."""
    shift: tuple[int, int]
    """Added to a row's or column's number before its rank is told."""


inner_margin = 14.0
"""Whatever stands within this distance of an inner point is in the same district, m."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Ground between four streets, those with their middle in the city, in the order in which the city grows."""

    corners: Integers
    """Lattice points south-west, south-east, north-east, north-west; shape (n, 4)."""
    district: NDArray[np.int8]
    """District of the middle."""
    whole: Flags
    """Whether the block lies well inside that district; of the others every lot has to be looked at."""
    centrality: Floats
    """0 at a district's rim to 1 at its centre: the rank of the block in its district."""


def spread_lattice(plan: Geography, random: np.random.Generator) -> Lattice:
    """Return the lattice over all districts and a street's width beyond."""
    west, south, east, north = plan.bounds
    reach = spacing * 2 + sum(amplitude for _, amplitude in _bends)
    columns = int((east - west + 2 * reach) / spacing)
    rows = int((north - south + 2 * reach) / spacing)
    phases = random.uniform(0, 2 * np.pi, (len(_bends), 2))
    offset = random.uniform(0, spacing, 2)
    u, v = np.meshgrid(np.arange(columns) * spacing + offset[0], np.arange(rows) * spacing + offset[1])
    x, y = u.ravel() + west - reach, v.ravel() + south - reach
    for (wavelength, amplitude), phase in zip(_bends, phases, strict=True):
        x = x + amplitude * np.sin(2 * np.pi / wavelength * y + phase[0])
        y = y + amplitude * np.sin(2 * np.pi / wavelength * x + phase[1])
    shift = random.integers(0, 8, 2)
    district = plan.district_of(x, y)
    inner = plan.district_within(x, y, inner_margin)
    return Lattice(rows, columns, x, y, district, inner, (int(shift[0]), int(shift[1])))


def cut_blocks(plan: Geography, terrain: Terrain, lattice: Lattice, random: np.random.Generator) -> Blocks:
    """Return the blocks of the city, each district's from its best ground to its worst."""
    row, column = np.divmod(np.arange((lattice.rows - 1) * (lattice.columns - 1)), lattice.columns - 1)
    first = row * lattice.columns + column
    corners = first[:, None] + np.array([0, 1, lattice.columns + 1, lattice.columns])
    near = (lattice.district[corners] >= 0).any(axis=1)
    corners = corners[near]
    x, y = lattice.x[corners].mean(axis=1), lattice.y[corners].mean(axis=1)
    district = plan.district_of(x, y)
    inside = district >= 0
    corners, district, x, y = corners[inside], district[inside], x[inside], y[inside]
    score = _ground_score(plan, terrain, x, y) + random.normal(0, 0.08, len(x))
    order = np.lexsort((-score, district))
    counts = np.bincount(district, minlength=128)[:128]
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    centrality = 1 - place / np.repeat(counts, counts)
    corners, district = corners[order], district[order]
    whole = _whole(plan, lattice, corners, district)
    return Blocks(corners, district, whole, centrality)


def _whole(plan: Geography, lattice: Lattice, corners: Integers, district: NDArray[np.int8]) -> Flags:
    """Tell which blocks' corners and middles of sides are well inside; none where borders bend within a block."""
    if plan.scale < _finest_borders:
        return np.zeros(len(corners), dtype=bool)
    whole = (lattice.inner[corners] == district[:, None]).all(axis=1)
    for side in range(4):
        ends = corners[:, [side, (side + 1) % 4]]
        middle_x, middle_y = lattice.x[ends].mean(axis=1), lattice.y[ends].mean(axis=1)
        whole &= plan.district_within(middle_x, middle_y, inner_margin) == district
    return np.asarray(whole)


def _ground_score(plan: Geography, terrain: Terrain, x: Floats, y: Floats) -> Floats:
    """Return how good ground is to build on: near centres, low, level; about -2 to 1."""
    distance = cKDTree(plan.centres).query(np.column_stack([x, y]))[0] / plan.shrink
    height = terrain.at(x, y) / plan.shrink
    step = 30.0
    slope = np.hypot(
        terrain.at(x + step, y) - terrain.at(x - step, y), terrain.at(x, y + step) - terrain.at(x, y - step)
    )
    score: Floats = np.exp(-distance / 3500.0) - np.clip(height / 160.0, 0, 2) - np.clip(slope / (2 * step) / 0.3, 0, 1)
    return score


def rank_of(numbers: Integers) -> NDArray[np.int8]:
    """Return the class of lattice lines by their shifted number: 0 arterial, 1 secondary, 2 collector, 3 local."""
    return np.select([numbers % 8 == 0, numbers % 4 == 0, numbers % 2 == 0], [0, 1, 2], 3).astype(np.int8)
