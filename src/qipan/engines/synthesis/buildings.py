"""Buildings: blocks cut into lots, a footprint on each lot, heights by use, district and distance from the centre.

Footprints stand inside lots, lots do not overlap, and a lot across a district's border stays empty, so no two
footprints touch and each lies on land in one district.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import common_columns, lived, numbered
from qipan.engines.synthesis.figures import apportion, districts, households_of
from qipan.engines.synthesis.geography import Geography, to_degrees
from qipan.engines.synthesis.lattice import Blocks, Lattice
from qipan.engines.synthesis.tables import Coded, Column, Flags, Floats, Integers, Shapes, Table

uses = ("residential", "office", "commercial", "industrial", "public")
buildings_at_full_scale = 600_000
_verge = 0.1
"""Share of a block's side that street and pavement take at each edge: 15 m."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How a block is built up."""

    use: int
    """Place in ``uses``."""
    rows: int
    columns: int
    fill: tuple[float, float]
    """Least and greatest share of a lot's side that the footprint takes."""
    floors: float
    """Median number of floors before district and centre count."""
    spread: float
    """Standard deviation of the logarithm of the floors."""
    rise: float
    """How much centre and density add to the floors, 0 to 1."""
    storey: float
    """Height of a floor, m."""
    share: tuple[float, float]
    """Share of blocks at a district's rim and at its centre."""


_patterns = (
    _Pattern(0, 5, 5, (0.62, 0.80), 6.5, 0.22, 0.1, 3.1, (0.30, 0.22)),
    _Pattern(0, 3, 3, (0.45, 0.62), 17.0, 0.35, 0.8, 3.0, (0.10, 0.32)),
    _Pattern(0, 2, 4, (0.45, 0.72), 7.0, 0.18, 0.2, 3.0, (0.13, 0.12)),
    _Pattern(1, 2, 3, (0.48, 0.70), 13.0, 0.45, 1.0, 4.1, (0.03, 0.15)),
    _Pattern(2, 2, 2, (0.55, 0.78), 4.5, 0.35, 0.4, 5.0, (0.03, 0.08)),
    _Pattern(3, 2, 2, (0.60, 0.85), 4.0, 0.30, 0.0, 5.2, (0.35, 0.05)),
    _Pattern(4, 2, 3, (0.40, 0.65), 4.5, 0.25, 0.2, 4.0, (0.06, 0.06)),
)
_lots = np.array([one.rows * one.columns for one in _patterns])


@dataclass(frozen=True, slots=True)
class Buildings:
    """Footprints with heights; n buildings ordered by district, then from its centre outwards."""

    x: Floats
    """Middle of the footprint on the real plane, m; shape (n,)."""
    y: Floats
    corner_x: Floats
    """A point of the lot's edge, at least 1 m outside every footprint, m."""
    corner_y: Floats
    district: NDArray[np.int8]
    use: NDArray[np.int8]
    """Place in ``uses``."""
    floors: Integers
    height: Floats
    """Roof above ground, m."""
    area: Floats
    """Footprint, m²."""
    households: Integers
    centrality: Floats
    half: Floats
    """Half sides of a rectangle about the middle that lies inside the footprint, east and north, m; shape (n, 2)."""
    footprints: Shapes

    @property
    def people(self) -> Floats:
        """Return how many people live or work in each building, about; the weight for demand."""
        desks = np.array([0.0, 1 / 22, 1 / 35, 1 / 60, 1 / 40])[self.use]
        return np.asarray(self.households * 2.7 + self.area * self.floors * 0.7 * desks)


@dataclass(frozen=True, slots=True)
class _Lots:
    """Lots on chosen blocks, each with its pattern and place in the block's own square from 0 to 1."""

    block: Integers
    pattern: NDArray[np.int8]
    low: Floats
    """Corner of the lot towards the block's first corner; shape (n, 2)."""
    size: Floats
    """Sides of the lot; shape (n, 2)."""

    def take(self, rows: Integers | Flags) -> _Lots:
        return _Lots(self.block[rows], self.pattern[rows], self.low[rows], self.size[rows])


def build(plan: Geography, lattice: Lattice, blocks: Blocks, random: np.random.Generator) -> tuple[Buildings, Flags]:
    """Return the city's buildings and a mask over ``blocks`` of those built on."""
    count = max(round(buildings_at_full_scale * plan.scale), len(districts))
    pattern = _choose_patterns(blocks, random)
    wanted = _quotas(count)
    lots = _cut_lots(blocks, pattern, _candidates(blocks, pattern, wanted))
    lots = lots.take(random.random(len(lots.block)) < 0.93)
    low, size = _footprints(lots, random)
    fits = _fits(plan, lattice, blocks, lots)
    chosen = _first_of_each(blocks.district[lots.block], fits, wanted)
    lots, low, size = lots.take(chosen), low[chosen], size[chosen]
    built = np.zeros(len(blocks.district), dtype=bool)
    built[lots.block] = True
    return _raise(plan, lattice, blocks, lots, low, size, random), built


def _choose_patterns(blocks: Blocks, random: np.random.Generator) -> NDArray[np.int8]:
    """Draw the pattern of every block by its centrality."""
    shares = np.array([one.share for one in _patterns])
    weights = shares[:, :1] + (shares[:, 1:] - shares[:, :1]) * blocks.centrality
    limits = np.cumsum(weights, axis=0) / weights.sum(axis=0)
    return np.asarray((random.random(len(blocks.district)) > limits).sum(axis=0), dtype=np.int8)


def _quotas(count: int) -> Integers:
    """Share the buildings out among districts: by residents, less where land is short and towers stand."""
    weights = np.array([one.residents**0.65 * (one.land_area * (1 - one.relief)) ** 0.35 for one in districts])
    return np.maximum(apportion(count, weights), 1)


def _candidates(blocks: Blocks, pattern: NDArray[np.int8], wanted: Integers) -> Integers:
    """Return the blocks to cut up: each district's best, with half as many lots again as it needs."""
    lots = _lots[pattern] * np.where(blocks.whole, 1.0, 0.4)
    before = np.cumsum(lots) - lots
    start = np.searchsorted(blocks.district, np.arange(len(wanted)))
    own = before - before[np.minimum(start, len(before) - 1)][blocks.district]
    return np.flatnonzero(own < wanted[blocks.district] * 1.5 + 40)


def _cut_lots(blocks: Blocks, pattern: NDArray[np.int8], chosen: Integers) -> _Lots:
    """Cut blocks into the lots of their patterns."""
    kinds = pattern[chosen]
    block = np.repeat(chosen, _lots[kinds])
    kind = np.repeat(kinds, _lots[kinds])
    first = np.repeat(np.cumsum(_lots[kinds]) - _lots[kinds], _lots[kinds])
    rows = np.array([one.rows for one in _patterns])[kind]
    columns = np.array([one.columns for one in _patterns])[kind]
    row, column = np.divmod(np.arange(len(block)) - first, columns)
    size = (1 - 2 * _verge) / np.column_stack([columns, rows])
    return _Lots(block, kind, _verge + np.column_stack([column, row]) * size, size)


def _footprints(lots: _Lots, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return corner and sides of the footprint on each lot, in the block's square; both (n, 2)."""
    fill = np.array([one.fill for one in _patterns])[lots.pattern]
    share = fill[:, :1] + (fill[:, 1:] - fill[:, :1]) * random.random((len(fill), 2))
    place = random.uniform(0.35, 0.65, (len(fill), 2))
    return lots.low + (1 - share) * place * lots.size, share * lots.size


def _place(lattice: Lattice, corners: Integers, square: Floats) -> tuple[Floats, Floats]:
    """Map points of blocks' squares (n, 2) to the real plane, bilinearly between the blocks' corners (n, 4)."""
    u, v = square.T
    weights = np.column_stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
    return (lattice.x[corners] * weights).sum(axis=1), (lattice.y[corners] * weights).sum(axis=1)


def _fits(plan: Geography, lattice: Lattice, blocks: Blocks, lots: _Lots) -> Flags:
    """Tell which lots lie in their block's district whole."""
    fits = blocks.whole[lots.block].copy()
    unsure = np.flatnonzero(~fits)
    corners, district = blocks.corners[lots.block[unsure]], blocks.district[lots.block[unsure]]
    ring = [
        _place(lattice, corners, lots.low[unsure] + np.array(corner) * lots.size[unsure])
        for corner in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
    x, y = (np.column_stack([place[axis] for place in ring]) for axis in (0, 1))
    fits[unsure] = plan.holds(district, x, y)
    return fits


def _first_of_each(district: NDArray[np.int8], fits: Flags, wanted: Integers) -> Integers:
    """Return the first fitting lots of every district; what one lacks, those with lots to spare take over."""
    usable = np.flatnonzero(fits)
    offered = np.bincount(district[usable], minlength=len(wanted))
    total = int(wanted.sum())
    taken = np.minimum(wanted, offered)
    while (lacking := min(total, int(offered.sum())) - int(taken.sum())) > 0:
        taken = np.minimum(taken + apportion(lacking, (offered - taken).astype(np.float64)), offered)
    first = np.cumsum(offered) - offered
    place = np.arange(len(usable)) - first[district[usable]]
    return usable[place < taken[district[usable]]]


def _raise(
    plan: Geography,
    lattice: Lattice,
    blocks: Blocks,
    lots: _Lots,
    low: Floats,
    size: Floats,
    random: np.random.Generator,
) -> Buildings:
    """Give the chosen footprints floors, height, households and outline."""
    corners, district = blocks.corners[lots.block], blocks.district[lots.block]
    centrality = blocks.centrality[lots.block]
    floors = _floors(lots.pattern, district, centrality, random)
    storey = np.array([one.storey for one in _patterns])[lots.pattern]
    height = np.round(floors * storey + random.uniform(0.6, 2.4, len(floors)), 1)
    side = np.column_stack([_side(lattice, corners, 0, 1), _side(lattice, corners, 0, 3)])
    use = np.array([one.use for one in _patterns], dtype=np.int8)[lots.pattern]
    cut = np.where(random.random((len(floors), 1)) < 0.25, random.uniform(0.55, 0.75, (len(floors), 2)), 1.0)
    notch = (1 - cut[:, 0]) * (1 - cut[:, 1])
    area = size.prod(axis=1) * side.prod(axis=1) * (1 - notch)
    x, y = _place(lattice, corners, low + size * np.minimum(cut, 1) / 2)
    corner_x, corner_y = _place(lattice, corners, lots.low)
    return Buildings(
        x=x,
        y=y,
        corner_x=corner_x,
        corner_y=corner_y,
        district=district,
        use=use,
        floors=floors,
        height=height,
        area=area,
        households=_households(plan, district, use, area * floors),
        centrality=centrality,
        half=size * np.minimum(cut, 1) * side * 0.24,
        footprints=_outlines(lattice, corners, low, size, cut),
    )


def _side(lattice: Lattice, corners: Integers, one: int, other: int) -> Floats:
    """Return the distance of two of a block's corners, m."""
    a, b = corners[:, one], corners[:, other]
    return np.asarray(np.hypot(lattice.x[a] - lattice.x[b], lattice.y[a] - lattice.y[b]))


def _floors(
    pattern: NDArray[np.int8], district: NDArray[np.int8], centrality: Floats, random: np.random.Generator
) -> Integers:
    """Draw floors: log-normal, taller near the centre of dense districts; at most 110."""
    density = np.array([one.residents / one.land_area for one in districts])
    dense = np.sqrt(density / density.max())[district]
    rise = np.array([one.rise for one in _patterns])[pattern]
    median = np.array([one.floors for one in _patterns])[pattern] * (0.7 + 0.3 * dense + rise * dense * centrality**3)
    spread = np.array([one.spread for one in _patterns])[pattern]
    floors = median * np.exp(spread * random.standard_normal(len(pattern)))
    return np.asarray(np.clip(np.round(floors), 1, 110), dtype=np.int64)


def _households(plan: Geography, district: NDArray[np.int8], use: NDArray[np.int8], floor_area: Floats) -> Integers:
    """Share the census households of every district out among its homes by floor area."""
    result = np.zeros(len(district), dtype=np.int64)
    for place, total in enumerate(households_of(plan.scale)):
        own = np.flatnonzero(district == place)
        homes = own[use[own] == 0]
        rows = homes if len(homes) else own
        if len(rows):
            result[rows] = apportion(int(total), floor_area[rows])
    return result


def _outlines(lattice: Lattice, corners: Integers, low: Floats, size: Floats, cut: Floats) -> Shapes:
    """Return the outlines: rectangles, and an L where a corner is cut off."""
    whole = cut[:, 0] == 1
    counts = np.where(whole, 5, 7)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    coordinates = np.empty((int(offsets[-1]), 2))
    one, nothing = np.ones(len(cut)), np.zeros(len(cut))
    ring = [(nothing, nothing), (one, nothing), (one, cut[:, 1]), (cut[:, 0], cut[:, 1]), (cut[:, 0], one)]
    bent = [*ring, (nothing, one), ring[0]]
    square = [ring[0], ring[1], (one, one), (nothing, one), ring[0]]
    for mask, steps in ((whole, square), (~whole, bent)):
        for step, (u, v) in enumerate(steps):
            points = low[mask] + size[mask] * np.column_stack([u[mask], v[mask]])
            place = offsets[:-1][mask] + step
            coordinates[place] = np.column_stack(to_degrees(*_place(lattice, corners[mask], points)))
    return Shapes(coordinates, offsets)


def building_table(buildings: Buildings, random: np.random.Generator) -> Table:
    """Return the table of buildings with their outlines."""
    count = len(buildings.x)
    government = tuple(units.district_government(place) for place in range(len(districts)))
    days = np.datetime64("1984-01-01") + random.integers(0, 14_000, count)
    longitude, latitude = to_degrees(buildings.x, buildings.y)
    kinds = Coded(buildings.use, ("住宅楼", "办公楼", "商业楼", "厂房", "公共建筑"))
    name = numbered(buildings.district, kinds)
    columns: dict[str, Column] = {
        **common_columns(
            buildings.district, name, Coded(buildings.district, government), lived(days, random, months=24)
        ),
        "longitude": longitude,
        "latitude": latitude,
        "height": buildings.height,
        "floors": buildings.floors,
        "use": Coded(buildings.use, uses),
        "households": buildings.households,
    }
    return Table("building", buildings.district, columns, buildings.footprints)
