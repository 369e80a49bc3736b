"""5G: structures, stations of three operators that share them, and cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import (
    Life,
    awaited,
    common_columns,
    days_by,
    drawn,
    lived,
    numbered,
    one_owner,
    point_table,
    rounded,
    short_names,
    spread,
    together,
)
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.figures import apportion, station_milestones
from qipan.engines.synthesis.streets import Streets
from qipan.engines.synthesis.tables import Coded, Column, Flags, Floats, Integers, Label, Reference, Table

_forms = ("macro", "micro", "indoor")
_indoor = 2
"""Place of the indoor form in ``_forms``."""
_form_shares = (0.62, 0.14, 0.24)
_operator_shares = (0.44, 0.30, 0.26)
_awaited = 0.032
"""Stations planned, approved or being built, as a share of those in service."""
_per_structure = 2.0
"""Macro stations on a structure, on average."""
_per_street_structure = 1.3
_highest_roof = 90.0
"""Roofs above this height, m, carry no macro station: it would be heard across the city."""
_bands = ("700M", "2.6G", "3.5G", "4.9G", "26G")
_band_shares = np.array([
    [[0.14, 0.80, 0.0, 0.06, 0.0], [0.0, 0.70, 0.0, 0.26, 0.04], [0.0, 1.0, 0.0, 0.0, 0.0]],
    [[0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.94, 0.0, 0.06], [0.0, 0.0, 1.0, 0.0, 0.0]],
    [[0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.94, 0.0, 0.06], [0.0, 0.0, 1.0, 0.0, 0.0]],
])  # fmt: skip
"""Shares of ``_bands`` by operator and form."""
_centres = np.array([[773.0, 2565.0, 3450.0, 4850.0, 25_875.0]] * 2 + [[773.0, 2565.0, 3550.0, 4850.0, 26_275.0]])
"""Downlink centre in MHz by operator and band: each operator's own hundred of the C band."""
_widths = np.array([30.0, 100.0, 100.0, 100.0, 400.0])
_powers = np.array([[49.0, 53.0, 53.0, 52.0, 40.0], [43.0, 44.0, 44.0, 44.0, 36.0], [27.0, 27.0, 27.0, 27.0, 24.0]])
"""Total transmit power in dBm by form and band."""
_antennas = ("64T64R", "32T32R", "4T4R-700", "4T4R杆站", "毫米波阵列", "室分全向")
_structure_forms = ("monopole", "lattice", "rooftop", "street", "bracket")


@dataclass(frozen=True, slots=True)
class Mobile:
    """The three tables of the mobile network; stations point at structures, cells at stations."""

    structures: Table
    stations: Table
    cells: Table


@dataclass(frozen=True, slots=True)
class _Sites:
    """Places that carry stations: n structures."""

    x: Floats
    y: Floats
    district: NDArray[np.int8]
    form: NDArray[np.int8]
    height: Floats
    centrality: Floats

    @staticmethod
    def joined(one: _Sites, other: _Sites) -> _Sites:
        return _Sites(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in _Sites.__slots__))


@dataclass(frozen=True, slots=True)
class _Stations:
    """Stations before they have a life: n rows."""

    operator: NDArray[np.int8]
    form: NDArray[np.int8]
    structure: Integers
    """Row of the structure, -1 indoors."""
    building: Integers
    """Row of the building, -1 outdoors."""
    shared: Flags


def build_mobile(scale: float, buildings: Buildings, streets: Streets, random: np.random.Generator) -> Mobile:
    """Return the mobile network, its stations in service by day as published."""
    in_service = max(round(station_milestones[-1][1] * scale), 12)
    count = in_service + max(round(in_service * _awaited), 3)
    macro = round(count * _form_shares[0])
    micro = round(count * _form_shares[1])
    roofs = _roof_sites(buildings, round(macro / _per_structure), random)
    kerbs = _street_sites(streets, round(micro / _per_street_structure), random)
    sites = _Sites.joined(roofs, kerbs)
    stations = _stations(len(roofs.x), len(kerbs.x), (macro, micro, count - macro - micro), buildings, random)
    life = _lives(scale, in_service, _pull(stations, sites, buildings), random)
    table, band, height = _station_table(stations, sites, buildings, life, random)
    cells = _cell_table(table, stations, band, height, life, random)
    return Mobile(_structure_table(sites, stations, life, random), table, cells)


def _roof_sites(buildings: Buildings, count: int, random: np.random.Generator) -> _Sites:
    """Choose where macro stations stand: on tall roofs, or on a tower beside a low building."""
    weights = np.where(buildings.height <= _highest_roof, (buildings.people + 6) ** 0.75, 0.0)
    rows = spread(buildings.x, buildings.y, weights, count, random)
    height = buildings.height[rows]
    tall = height >= 18
    form = np.where(
        tall, random.choice([2, 4], len(rows), p=[0.6, 0.4]), random.choice([0, 1, 3], len(rows), p=[0.72, 0.06, 0.22])
    )
    mast = np.array([0.0, 0.0, 9.0, 0.0, 3.5])[form] * random.uniform(0.75, 1.3, len(rows))
    tower = np.array([34.0, 42.0, 0.0, 16.0, 0.0])[form] * random.uniform(0.8, 1.2, len(rows))
    x = np.where(tall, buildings.x[rows], buildings.corner_x[rows])
    y = np.where(tall, buildings.y[rows], buildings.corner_y[rows])
    top = rounded(np.where(tall, height + mast, tower), 1)
    return _Sites(x, y, buildings.district[rows], form.astype(np.int8), top, buildings.centrality[rows])


def _street_sites(streets: Streets, count: int, random: np.random.Generator) -> _Sites:
    """Choose where micro stations stand: on low masts beside busy streets."""
    inner = np.flatnonzero((streets.inner >= 0) & (streets.use > 0))
    middle_x, middle_y = streets.along(inner, np.full(len(inner), 0.5), np.zeros(len(inner)))
    rows = inner[spread(middle_x, middle_y, streets.use[inner] ** 2 + 0.01, count, random)]
    x, y = streets.along(rows, random.uniform(0.1, 0.9, len(rows)), np.full(len(rows), 7.0))
    height = rounded(random.uniform(8, 15, len(rows)), 1)
    return _Sites(x, y, streets.inner[rows], np.full(len(rows), 3, dtype=np.int8), height, streets.use[rows])


def _stations(
    roofs: int, kerbs: int, counts: tuple[int, int, int], buildings: Buildings, random: np.random.Generator
) -> _Stations:
    """Put the operators' stations on structures and into buildings: no operator stands twice on one structure."""
    operator, form, structure, building = [], [], [], []
    for which, count in enumerate(counts):
        for whose, number in enumerate(apportion(count, np.array(_operator_shares))):
            nowhere = np.full(int(number), -1)
            operator.append(np.full(int(number), whose, dtype=np.int8))
            form.append(np.full(int(number), which, dtype=np.int8))
            if which == _indoor:
                structure.append(nowhere)
                building.append(_indoor_buildings(buildings, int(number), random))
            else:
                offered = kerbs if which else roofs
                rows = np.sort(random.permutation(offered)[:number]) + (roofs if which else 0)
                structure.append(np.resize(rows, int(number)))
                building.append(nowhere)
    owner, where = np.concatenate(operator), np.concatenate(structure)
    shared = _shared(owner, where, roofs + kerbs)
    return _Stations(owner, np.concatenate(form), where, np.concatenate(building), shared)


def _indoor_buildings(buildings: Buildings, count: int, random: np.random.Generator) -> Integers:
    """Choose the buildings where an operator covers the inside: busy ones that are no homes."""
    rows = np.flatnonzero(np.isin(buildings.use, (1, 2, 4)))
    if not len(rows):
        rows = np.arange(len(buildings.x))
    chosen = rows[spread(buildings.x[rows], buildings.y[rows], buildings.people[rows] ** 0.7, count, random)]
    return np.resize(chosen, count)


def _shared(operator: NDArray[np.int8], structure: Integers, sites: int) -> Flags:
    """Tell which stations two operators built together: telecom and unicom wherever both stand on one structure."""
    present = np.zeros((sites + 1, 3), dtype=bool)
    present[structure, operator] = True
    both = present[:, 1] & present[:, 2]
    return np.asarray((structure >= 0) & both[structure] & (operator != 0))


def _pull(stations: _Stations, sites: _Sites, buildings: Buildings) -> Floats:
    """Return how early a station's place asks for it, 0 to 1: the centre comes first."""
    outdoors = sites.centrality[np.maximum(stations.structure, 0)]
    return np.where(stations.structure >= 0, outdoors, buildings.centrality[np.maximum(stations.building, 0)])


def _lives(scale: float, in_service: int, pull: Floats, random: np.random.Generator) -> Life:
    """Hand out the days on which stations went into service, the centre's mostly first; the last ones still wait."""
    milestones = [(day, float(round(value * scale))) for day, value in station_milestones]
    milestones[-1] = (milestones[-1][0], float(in_service))
    days = days_by(milestones, in_service, random)
    lives = together(lived(days, random, months=5.0), awaited(len(pull) - in_service, random))
    order = np.argsort(-pull + random.normal(0, 0.45, len(pull)), kind="stable")
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order))
    return lives.take(turn)


def _station_table(
    stations: _Stations, sites: _Sites, buildings: Buildings, life: Life, random: np.random.Generator
) -> tuple[Table, NDArray[np.int8], Floats]:
    """Return the table of stations with their bands and antenna heights."""
    count = len(stations.form)
    outdoors = stations.structure >= 0
    site, building = np.maximum(stations.structure, 0), np.maximum(stations.building, 0)
    side = random.uniform(-1, 1, (2, count)) * buildings.half[building].T
    x = np.where(outdoors, sites.x[site], buildings.x[building] + side[0])
    y = np.where(outdoors, sites.y[site], buildings.y[building] + side[1])
    district = np.where(outdoors, sites.district[site], buildings.district[building])
    below = 0.5 + 1.6 * stations.operator
    outdoor_height = np.maximum(sites.height[site] - np.where(stations.form == 0, below, 0.4), 3.0)
    indoor_height = np.maximum(buildings.height[building] * 0.5, 3.0)
    height = rounded(np.where(outdoors, outdoor_height, indoor_height), 1)
    shares = _band_shares[stations.operator, stations.form].cumsum(axis=1)
    band = np.minimum((random.random((count, 1)) > shares).sum(axis=1), 4).astype(np.int8)
    owner = Coded(stations.operator, units.operators)
    label = Label(
        (
            Coded(district, short_names),
            Coded(stations.operator, ("移动", "电信", "联通")),
            Coded(stations.form, ("宏站", "微站", "室分")),
            np.arange(1, count + 1),
        )
    )
    rating = np.array([4.0, 0.5, 1.4])[stations.form] * random.uniform(0.85, 1.2, count)
    attributes: dict[str, Column] = {
        "form": Coded(stations.form, _forms),
        "band": Coded(band, _bands),
        "height": height,
        "structure": Reference("structure", stations.structure),
        "power_supply": drawn(random, ("direct", "resold"), (0.81, 0.19), count),
        "shared": stations.shared,
        "power_rating": np.round(rating, 2),
    }
    return point_table("base_station", district, (x, y), label, owner, life, attributes), band, height


def _cell_table(
    table: Table,
    stations: _Stations,
    band: NDArray[np.int8],
    height: Floats,
    life: Life,
    random: np.random.Generator,
) -> Table:
    """Return the cells: three for a macro station, a third of a circle apart, one for any other."""
    sectors = np.where(stations.form == 0, 3, 1)
    station = np.repeat(np.arange(len(sectors)), sectors)
    sector = np.arange(len(station)) - np.repeat(np.cumsum(sectors) - sectors, sectors)
    form, bands, operator = stations.form[station], band[station], stations.operator[station]
    towards = random.uniform(0, 120, len(sectors))[station] + 120 * sector + random.normal(0, 6, len(station))
    azimuth = np.where(form == 2, 0, np.round(towards) % 360)
    macro = form == 0
    tilt = np.where(macro, np.clip(np.round(np.degrees(np.arctan((height[station] - 1.5) / 420))), 1, 10), 0)
    electrical = np.where(macro, random.integers(3, 8, len(station)), np.where(form == 1, 4, 0))
    antenna = np.select([form == 2, bands == 4, bands == 0, form == 1], [5, 4, 2, 3], (station % 4 == 0).astype(int))
    identity = (random.integers(0, 336, len(sectors))[station] * 3 + sector) % 1008
    district = table.district[station]
    attributes: dict[str, Column] = {
        "station": Reference("base_station", station),
        "frequency": _centres[operator, bands],
        "bandwidth": _widths[bands],
        "azimuth": azimuth,
        "mechanical_tilt": tilt,
        "electrical_tilt": electrical.astype(np.float64),
        "height": height[station],
        "power": _powers[form, bands],
        "antenna": Coded(antenna.astype(np.int8), _antennas),
        "physical_cell_identity": identity,
        "longitude": table.numbers("longitude")[station],
        "latitude": table.numbers("latitude")[station],
    }
    name = numbered(district, Coded(operator, ("移动小区", "电信小区", "联通小区")))
    common = common_columns(district, name, Coded(operator, units.operators), life.take(station))
    return Table("cell", district, {**common, **attributes})


def _structure_table(sites: _Sites, stations: _Stations, life: Life, random: np.random.Generator) -> Table:
    """Return the structures: most stood before 5G, the others were built for their first station."""
    count = len(sites.x)
    carried = stations.structure >= 0
    first = np.full(count, np.datetime64("2023-06-01").astype(np.int64))
    served = carried & ~np.isnat(life.in_service_on)
    np.minimum.at(first, stations.structure[served], life.in_service_on[served].astype(np.int64))
    older = np.datetime64("2009-01-01").astype(np.int64) + random.integers(0, 3500, count)
    since = np.where(random.random(count) < 0.7, np.minimum(older, first - 40), first - random.integers(20, 120, count))
    present = np.zeros((count, 3), dtype=bool)
    present[stations.structure[carried], stations.operator[carried]] = True
    attributes: dict[str, Column] = {
        "form": Coded(sites.form, _structure_forms),
        "height": sites.height,
        "places": np.array([9, 12, 6, 3, 4])[sites.form],
        "operators": present.sum(axis=1),
    }
    kinds = Coded(sites.form, ("单管塔", "角钢塔", "楼面塔", "路灯杆塔", "抱杆"))
    return point_table(
        "structure",
        sites.district,
        (sites.x, sites.y),
        numbered(sites.district, kinds),
        one_owner(units.towers, count),
        lived(since.astype("datetime64[D]"), random, months=6.0),
        attributes,
    )
