"""Ducts under the streets, the manholes that join them, and the rooms that they lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import (
    Life,
    common_columns,
    lived,
    numbered,
    point_table,
    rounded,
    scaled,
    spread,
)
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.figures import apportion, detached
from qipan.engines.synthesis.geography import Geography, to_degrees
from qipan.engines.synthesis.streets import Streets
from qipan.engines.synthesis.tables import Coded, Column, Floats, Integers, Reference, Shapes, Table

_rooms = 6000
_levels = ("core", "aggregation", "access")
_owners = (units.pipelines, units.telecom, units.mobile, units.unicom)
_owner_shares = (0.52, 0.22, 0.16, 0.10)


@dataclass(frozen=True, slots=True)
class Ducts:
    """The manholes and the duct sections between them."""

    manholes: Table
    sections: Table


def lay_ducts(plan: Geography, streets: Streets, random: np.random.Generator) -> Ducts:
    """Return ducts under all but local streets: a manhole at each junction, a handhole half-way to the next."""
    street = _network(streets)
    junctions, ends = np.unique(np.concatenate([streets.start[street], streets.end[street]]), return_inverse=True)
    middle_x, middle_y = streets.along(street, np.full(len(street), 0.5), np.zeros(len(street)))
    inner = streets.inner[street]
    middle_district = np.where(inner >= 0, inner, plan.district_of(middle_x, middle_y)).astype(np.int8)
    district = np.concatenate([streets.district[junctions], middle_district])
    x, y = np.concatenate([streets.x[junctions], middle_x]), np.concatenate([streets.y[junctions], middle_y])
    owner = random.choice(len(_owners), len(streets.name.values), p=_owner_shares).astype(np.int8)
    days = np.datetime64("1998-01-01") + random.integers(0, 9100, len(streets.name.values))
    line = streets.name.codes[street]
    line_of_hole = np.empty(len(district), dtype=np.int64)
    line_of_hole[ends] = np.tile(line, 2)
    line_of_hole[len(junctions) :] = line
    holes = _manholes(district, (x, y), len(junctions), owner[line_of_hole], lived(days[line_of_hole], random), random)
    halves = np.column_stack([ends[: len(street)], len(junctions) + np.arange(len(street)), ends[len(street) :]])
    pairs = np.concatenate([halves[:, :2], halves[:, 1:]])
    both = np.tile(street, 2)
    life = lived(days[streets.name.codes[both]], random)
    sections = _sections(pairs, both, streets, (x, y), district, owner[streets.name.codes[both]], life, random)
    return Ducts(holes, sections)


def _network(streets: Streets) -> Integers:
    """Return the streets with ducts: all but local ones, the largest connected part on each piece of land."""
    wide = np.flatnonzero(streets.rank <= 2)
    if not len(wide):
        return np.arange(len(streets.start))
    count = len(streets.x)
    ones = np.ones(len(wide), dtype=np.int8)
    graph = coo_matrix((ones, (streets.start[wide], streets.end[wide])), shape=(count, count))
    part = connected_components(graph, directed=False)[1][streets.start[wide]]
    apart = np.isin(streets.district[streets.start[wide]], detached)
    keep = np.zeros(len(wide), dtype=bool)
    for piece in (apart, ~apart):
        if piece.any():
            keep |= piece & (part == np.bincount(part[piece]).argmax())
    return wide[keep]


def _manholes(
    district: NDArray[np.int8],
    place: tuple[Floats, Floats],
    junctions: int,
    owner: NDArray[np.int8],
    life: Life,
    random: np.random.Generator,
) -> Table:
    """Return the manholes, those at junctions first."""
    count = len(district)
    small = (np.arange(count) >= junctions) & (random.random(count) < 0.85)
    attributes: dict[str, Column] = {
        "form": Coded(small.astype(np.int8), ("manhole", "handhole")),
        "depth": rounded(np.where(small, random.uniform(0.9, 1.4, count), random.uniform(1.8, 3.4, count)), 2),
    }
    name = numbered(district, Coded(small.astype(np.int8), ("人孔", "手孔")))
    return point_table("manhole", district, place, name, Coded(owner, _owners), life, attributes)


def _sections(
    pairs: Integers,
    street: Integers,
    streets: Streets,
    place: tuple[Floats, Floats],
    district: NDArray[np.int8],
    owner: NDArray[np.int8],
    life: Life,
    random: np.random.Generator,
) -> Table:
    """Return the sections between ``pairs`` of manholes (n, 2); a section's area is that of the one it starts at."""
    count = len(pairs)
    x, y = place[0][pairs], place[1][pairs]
    longitude, latitude = to_degrees(x.ravel(), y.ravel())
    middle = to_degrees(x.mean(axis=1), y.mean(axis=1))
    holes = np.array([24, 18, 12, 6])[streets.rank[street]] + random.integers(-2, 3, count) * 2
    start = district[pairs[:, 0]]
    attributes: dict[str, Column] = {
        "longitude": middle[0],
        "latitude": middle[1],
        "from_manhole": Reference("manhole", pairs[:, 0]),
        "to_manhole": Reference("manhole", pairs[:, 1]),
        "holes": holes,
        "holes_used": np.round(holes * random.beta(4, 2.2, count)).astype(np.int64),
        "length": rounded(np.hypot(x[:, 0] - x[:, 1], y[:, 0] - y[:, 1]), 2),
        "road": streets.name.take(street),
    }
    common = common_columns(start, numbered(start, "管道段"), Coded(owner, _owners), life)
    shapes = Shapes(np.column_stack([longitude, latitude]), np.arange(count + 1) * 2)
    return Table("duct_section", start, {**common, **attributes}, shapes)


def fit_rooms(scale: float, buildings: Buildings, random: np.random.Generator) -> Table:
    """Return the machine rooms of the three operators, each with at least two; a few core, a tenth aggregation."""
    counts = np.maximum(apportion(scaled(_rooms, scale), np.array([0.40, 0.36, 0.24])), 2)
    row = spread(buildings.x, buildings.y, np.sqrt(buildings.people + 5), int(counts.sum()), random)
    count = len(row)
    owner = random.permutation(np.resize(np.repeat(np.arange(3, dtype=np.int8), counts), count))
    draw = random.random(count)
    level = np.select([draw < 0.004, draw < 0.10], [0, 1], 2).astype(np.int8)
    racks = np.round(np.array([600.0, 48.0, 8.0])[level] * np.exp(random.normal(0, 0.35, count))).astype(np.int64) + 2
    attributes: dict[str, Column] = {
        "level": Coded(level, _levels),
        "floor_area": rounded(racks * random.uniform(2.2, 3.4, count), 1),
        "racks": racks,
        "racks_used": np.floor(racks * random.beta(6, 2.2, count)).astype(np.int64),
    }
    days = np.datetime64("2000-01-01") + random.integers(0, 8400, count)
    district = buildings.district[row]
    name = numbered(district, "通信机房")
    place = (buildings.x[row], buildings.y[row])
    return point_table(
        "machine_room", district, place, name, Coded(owner, units.operators), lived(days, random), attributes
    )
