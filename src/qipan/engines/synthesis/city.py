"""The whole city: ground plan, terrain, streets, buildings and every kind of asset, from a scale and a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qipan.engines.synthesis.buildings import Buildings, build, building_table
from qipan.engines.synthesis.errors import ScaleOutOfRange
from qipan.engines.synthesis.geography import Geography, lay_out
from qipan.engines.synthesis.lattice import cut_blocks, spread_lattice
from qipan.engines.synthesis.mobile import build_mobile
from qipan.engines.synthesis.statistics import count_people
from qipan.engines.synthesis.streets import Streets, draw_streets
from qipan.engines.synthesis.tables import Table
from qipan.engines.synthesis.terrain import Terrain, raise_hills
from qipan.engines.synthesis.venues import open_venues

least_scale, greatest_scale = 0.001, 1.0


@dataclass(frozen=True)
class City:
    """A generated city as arrays."""

    part_rows: ClassVar[int] = 1_000_000

    scale: float
    seed: int
    plan: Geography
    terrain: Terrain
    streets: Streets
    buildings: Buildings
    tables: Mapping[str, Table]
    """By key of the kind; a kind that another points at stands before it."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the keys of all kinds, one that another points at before the other."""
        return tuple(self.tables)

    def rows(self, kind: str) -> int:
        """Return how many assets of a kind there are."""
        return len(self.tables[kind])

    def parts(self, kind: str) -> Iterator[Table]:
        """Return the assets of a kind, in parts of ``part_rows`` where there are more."""
        yield self.tables[kind]


def synthesise(scale: float, seed: int, step: Callable[[str], None] | None = None) -> City:
    """Make the city of a scale (0.001 to 1) and seed; the same two give the same arrays.

    A city of scale s has s times the land, people and assets of the whole one, so its densities and ratios are the whole
    city's. ``step`` is told each part's name before it is made and may raise to stop. Raises ScaleOutOfRange.
    """
    if not least_scale <= scale <= greatest_scale:
        message = f"scale {scale} is not between {least_scale} and {greatest_scale:g}; give one in that range"
        raise ScaleOutOfRange(message)
    tell = step or (lambda _: None)
    streams = iter(np.random.SeedSequence(seed).spawn(32))

    def random() -> np.random.Generator:
        return np.random.default_rng(next(streams))

    tell("districts")
    plan = lay_out(scale, random())
    tell("terrain")
    terrain = raise_hills(plan, random())
    tell("buildings")
    stream = random()
    lattice = spread_lattice(plan, stream)
    blocks = cut_blocks(plan, terrain, lattice, stream)
    buildings, built = build(plan, lattice, blocks, stream)
    tell("streets")
    streets = draw_streets(plan, terrain, lattice, blocks, built, random())
    tell("assets")
    mobile = build_mobile(scale, buildings, streets, random())
    venues = open_venues(scale, buildings, random())
    tables = (
        count_people(scale, random()),
        venues.table,
        building_table(buildings, random()),
        mobile.structures,
        mobile.stations,
        mobile.cells,
    )
    return City(scale, seed, plan, terrain, streets, buildings, {table.kind: table for table in tables})
