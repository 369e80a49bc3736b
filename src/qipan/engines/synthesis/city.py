"""The whole city: ground plan, terrain, streets, buildings and every kind of asset, from a scale and a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis.buildings import Buildings, build, building_table
from qipan.engines.synthesis.ducts import fit_rooms, lay_ducts
from qipan.engines.synthesis.errors import ScaleOutOfRange, SeedOutOfRange
from qipan.engines.synthesis.fibre import build_fibre
from qipan.engines.synthesis.geography import Geography, lay_out
from qipan.engines.synthesis.indoor import hang_access_points, open_data_centres, place_edge_nodes
from qipan.engines.synthesis.land_cover import cover
from qipan.engines.synthesis.lattice import cut_blocks, spread_lattice
from qipan.engines.synthesis.mobile import build_mobile
from qipan.engines.synthesis.poles import equip_junctions, plant_poles
from qipan.engines.synthesis.sensing import Terminals, part_rows, scatter_terminals
from qipan.engines.synthesis.statistics import count_people
from qipan.engines.synthesis.street_poles import line_streets
from qipan.engines.synthesis.streets import Streets, draw_streets
from qipan.engines.synthesis.tables import Table
from qipan.engines.synthesis.terrain import Terrain, raise_hills
from qipan.engines.synthesis.venues import open_venues

least_scale, greatest_scale = 0.001, 1.0


@dataclass(frozen=True)
class City:
    """A generated city as arrays."""

    scale: float
    seed: int
    plan: Geography
    terrain: Terrain
    land_cover: NDArray[np.uint8]
    """Class of every cell of the terrain's grid as its place in ``cover_classes``."""
    streets: Streets
    buildings: Buildings
    tables: Mapping[str, Table]
    """By key of the kind, all kinds but terminals; a kind that another points at stands before it."""
    terminals: Terminals

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the keys of all kinds, one that another points at before the other."""
        return (*self.tables, "terminal")

    def rows(self, kind: str) -> int:
        """Return how many assets of a kind there are."""
        return self.terminals.count if kind == "terminal" else len(self.tables[kind])

    def parts(self, kind: str) -> Iterator[Table]:
        """Return the assets of a kind: terminals in parts of at most a million, any other kind at once."""
        if kind == "terminal":
            yield from self.terminals.parts()
        else:
            yield self.tables[kind]

    def in_parts(self, kind: str) -> bool:
        """Tell whether ``parts`` returns more than one table."""
        return kind == "terminal" and self.terminals.count > part_rows


def _require(scale: float, seed: int) -> None:
    if not least_scale <= scale <= greatest_scale:
        message = f"scale {scale} is not between {least_scale} and {greatest_scale:g}; give one in that range"
        raise ScaleOutOfRange(message)
    if seed < 0:
        message = f"seed {seed} is negative; give 0 or a positive whole number"
        raise SeedOutOfRange(message)


def synthesise(scale: float, seed: int, step: Callable[[str], None] | None = None) -> City:
    """Make the city of a scale (0.001 to 1) and seed; the same two give the same arrays.

    A city of scale s has s times the land, people and assets of the whole one, so its densities and ratios are those
    of the whole. ``step`` is told each part's name before it is made and may raise to stop.

    Raises ScaleOutOfRange, SeedOutOfRange (a negative seed).
    """
    _require(scale, seed)
    tell = step or (lambda _: None)
    streams = iter(np.random.SeedSequence(seed).spawn(16))

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
    ducts = lay_ducts(plan, streets, random())
    mobile = build_mobile(scale, buildings, streets, random())
    venues = open_venues(scale, buildings, random())
    rooms = fit_rooms(scale, buildings, random())
    poles = plant_poles(scale, streets, random())
    fibre = build_fibre(scale, rooms, buildings, random())
    stream = random()
    tables = (
        count_people(scale, stream),
        venues.table,
        building_table(buildings, stream),
        rooms,
        mobile.structures,
        poles,
        ducts.manholes,
        ducts.sections,
        mobile.stations,
        mobile.cells,
        fibre.terminals,
        fibre.ports,
        fibre.boxes,
        hang_access_points(scale, venues, buildings, stream),
        equip_junctions(scale, streets, poles, stream),
        open_data_centres(scale, buildings, stream),
        place_edge_nodes(scale, rooms, stream),
    )
    terminals = scatter_terminals(scale, buildings, streets, next(streams))
    lined = line_streets(scale, streets, poles, random())
    # What others may point at comes before them, as files are imported in this order.
    by_kind = {table.kind: table for table in (lined.poles, *tables, lined.devices)}
    return City(scale, seed, plan, terrain, cover(plan, terrain, buildings), streets, buildings, by_kind, terminals)
