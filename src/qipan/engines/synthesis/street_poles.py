"""Poles of a single purpose along the main streets, as they stood before poles were shared, and what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import Life, lived, numbered, point_table, rounded, scaled, short_names
from qipan.engines.synthesis.figures import as_of
from qipan.engines.synthesis.geography import to_plane
from qipan.engines.synthesis.streets import Streets
from qipan.engines.synthesis.tables import Coded, Column, Flags, Floats, Integers, Label, Reference, Table

_poles = 150_000
_lamp_spacing = 34.0
"""Wanted distance between lamp posts of one side, m."""
_aside = 9.0
"""Distance of poles from the street's axis, m."""


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of poles: how many on a section, where, how strong, and what it carries."""

    key: str
    name: str
    owner: str
    number: tuple[int, ...]
    """On a section of each class of streets that has poles, at most."""
    chance: float
    at_junction: bool
    heights: tuple[float, ...]
    load: float
    """kg"""
    power: float
    """kW"""
    devices: tuple[int, ...]
    """Numbers of devices drawn from."""
    mounted: float
    """Metres above ground, the pole's top where 0."""
    mass: float
    watts: float


_classes = (
    _Class("lamp", "路灯杆", units.urban.name, (0, 0, 0), 1.0, False, (12.0, 10.0), 120.0, 2.0, (1,), 0.0, 22.0, 180.0),
    _Class("signal", "信号灯杆", units.police.name, (2, 2, 1), 0.9, True, (7.0,), 180.0, 2.0, (2, 3), 6.0, 28.0, 60.0),
    _Class(
        "sign", "标志杆", units.police.name, (3, 2, 1), 0.7, False, (5.0, 7.0), 90.0, 0.0, (1, 1, 2), 4.0, 24.0, 0.0
    ),
    _Class(
        "name_sign", "路名牌杆", units.planning.name, (1, 1, 1), 0.8, True, (3.5,), 40.0, 0.2, (1,), 2.5, 14.0, 25.0
    ),
    _Class(
        "camera", "监控杆", units.police.name, (2, 1, 1), 0.8, False, (6.5, 8.0), 80.0, 1.0, (1, 2, 3), 6.0, 6.0, 45.0
    ),
    _Class(
        "sensor", "监测杆", units.environment.name, (1, 1, 0), 0.3, False, (4.0, 5.0), 40.0, 0.5, (1,), 3.5, 9.0, 30.0
    ),
)


@dataclass(frozen=True, slots=True)
class StreetPoles:
    """The poles and the devices that point at them."""

    poles: Table
    devices: Table


@dataclass(frozen=True, slots=True)
class _Rows:
    """Poles before they have a life: section, share along it, metres aside and class, each shape (n,)."""

    section: Integers
    share: Floats
    aside: Floats
    kind: NDArray[np.int8]

    def take(self, rows: Integers | Flags) -> _Rows:
        return _Rows(self.section[rows], self.share[rows], self.aside[rows], self.kind[rows])


def line_streets(scale: float, streets: Streets, smart: Table, random: np.random.Generator) -> StreetPoles:
    """Return the poles of whole sections, the busiest first; no lamp post where a smart pole of ``smart`` stands."""
    count = scaled(_poles, scale, 60)
    sections = _sections(streets, count, random)
    rows = _apart(streets, _all_rows(streets, sections, random), smart)
    rows = rows.take(np.arange(min(count, len(rows.kind))))
    life = _lives(len(rows.kind), random)
    poles = _pole_table(streets, rows, life, random)
    return StreetPoles(poles, _device_table(poles, rows, life, random))


def _sections(streets: Streets, count: int, random: np.random.Generator) -> Integers:
    main = np.flatnonzero((streets.inner >= 0) & (streets.rank <= 2))
    if not len(main):
        main = np.flatnonzero(streets.inner >= 0)
    urgency = streets.use[main] - 0.2 * streets.rank[main] + random.normal(0, 0.15, len(main))
    ordered = main[np.argsort(-urgency, kind="stable")]
    least = streets.length[ordered] / _lamp_spacing
    return ordered[: int(np.searchsorted(np.cumsum(least), count)) + 1]


def _all_rows(streets: Streets, sections: Integers, random: np.random.Generator) -> _Rows:
    """Return the poles of the sections, section by section in the order given."""
    parts = [_lamps(streets, sections, random)]
    parts += [_others(streets, sections, place, random) for place in range(1, len(_classes))]
    joined = _Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Rows.__slots__))
    turn = np.zeros(len(streets.length), dtype=np.int64)
    turn[sections] = np.arange(len(sections))
    return joined.take(np.lexsort((joined.share, turn[joined.section])))


def _lamps(streets: Streets, sections: Integers, random: np.random.Generator) -> _Rows:
    """Lamp posts on both sides of wide streets, on one side of collectors."""
    each = np.maximum(np.round(streets.length[sections] / _lamp_spacing), 1).astype(np.int64)
    section = np.repeat(sections, each)
    turn = np.arange(len(section)) - np.repeat(np.cumsum(each) - each, each)
    share = (turn + 0.5) / np.repeat(each, each)
    wide = streets.rank[section] <= 1
    section, share = np.concatenate([section, section[wide]]), np.concatenate([share, share[wide]])
    share = share + random.uniform(-1.5, 1.5, len(share)) / streets.length[section]
    aside = np.concatenate([np.full(len(wide), _aside), np.full(int(wide.sum()), -_aside)])
    return _Rows(section, share, aside, np.zeros(len(section), dtype=np.int8))


def _others(streets: Streets, sections: Integers, place: int, random: np.random.Generator) -> _Rows:
    """Poles of one of the other classes: 8 to 22 m from a junction, or anywhere between."""
    one = _classes[place]
    most = np.array(one.number)[np.minimum(streets.rank[sections], 2)]
    each = random.binomial(most, one.chance)
    section = np.repeat(sections, each)
    count, length = len(section), streets.length[section]
    near = random.uniform(8.0, 22.0, count) / length
    share = np.where(random.random(count) < 0.5, near, 1.0 - near)
    if not one.at_junction:
        share = np.where(random.random(count) < 0.45, share, random.uniform(0.1, 0.9, count))
    aside = random.choice([-_aside, _aside], count) + random.uniform(-1.0, 1.0, count)
    return _Rows(section, share.clip(0.02, 0.98), aside, np.full(count, place, dtype=np.int8))


def _apart(streets: Streets, rows: _Rows, smart: Table) -> _Rows:
    """Leave out lamp posts within 20 m of a smart pole of their side."""
    there = np.column_stack(to_plane(smart.numbers("longitude"), smart.numbers("latitude")))
    here = np.column_stack(streets.along(rows.section, rows.share, rows.aside))
    far = cKDTree(there).query(here, distance_upper_bound=17.0)[0]
    return rows.take((rows.kind > 0) | (far > 16.9))


def _lives(count: int, random: np.random.Generator) -> Life:
    days = np.datetime64("2003-01-01") + random.integers(0, 6_500, count)
    return lived(np.minimum(days, as_of - 90), random, months=4.0)


def _pole_table(streets: Streets, rows: _Rows, life: Life, random: np.random.Generator) -> Table:
    count = len(rows.kind)
    height = _one_of([one.heights for one in _classes], rows.kind, random)
    height = np.where(rows.kind == 0, np.where(streets.rank[rows.section] == 0, 12.0, 10.0), height)
    strength = random.uniform(0.85, 1.25, count)
    attributes: dict[str, Column] = {
        "class": Coded(rows.kind, tuple(one.key for one in _classes)),
        "road": streets.name.take(rows.section),
        "height": height,
        "load_capacity": rounded(_by_class("load")[rows.kind] * strength, 0),
        "power_capacity": rounded(_by_class("power")[rows.kind], 1),
        "protected": random.random(count) < 0.01,
    }
    district = streets.inner[rows.section]
    place = streets.along(rows.section, rows.share, rows.aside)
    name = numbered(district, Coded(rows.kind, tuple(one.name for one in _classes)))
    owner = Coded(rows.kind, tuple(one.owner for one in _classes))
    return point_table("street_pole", district, place, name, owner, life, attributes)


def _device_table(poles: Table, rows: _Rows, life: Life, random: np.random.Generator) -> Table:
    each = _one_of([one.devices for one in _classes], rows.kind, random).astype(np.int64)
    pole = np.repeat(np.arange(len(poles)), each)
    kind, district = rows.kind[pole], poles.district[pole]
    mounted, top = _by_class("mounted")[kind], poles.numbers("height")[pole]
    attributes: dict[str, Column] = {
        "class": Coded(kind, tuple(one.key for one in _classes)),
        "pole": Reference("street_pole", pole),
        "height": rounded(np.where(mounted > 0, np.minimum(mounted, top - 0.5), top), 1),
        "mass": rounded(_by_class("mass")[kind] * random.uniform(0.7, 1.4, len(pole)), 1),
        "power": rounded(_by_class("watts")[kind] * random.uniform(0.7, 1.3, len(pole)), 0),
    }
    place = to_plane(poles.numbers("longitude")[pole], poles.numbers("latitude")[pole])
    what = Coded(kind, ("路灯", "信号灯", "交通标志", "路名牌", "摄像机", "监测设备"))
    name = Label((Coded(district, short_names), what, np.arange(1, len(pole) + 1)))
    owner = Coded(kind, tuple(one.owner for one in _classes))
    return point_table("pole_device", district, place, name, owner, life.take(pole), attributes)


def _one_of(choices: Sequence[Sequence[float]], kind: NDArray[np.int8], random: np.random.Generator) -> Floats:
    """Return for each row one of the values that its class has to choose from."""
    number = np.array([len(each) for each in choices])
    values = np.array([value for each in choices for value in each], dtype=np.float64)
    first = np.cumsum(number) - number
    drawn: Floats = values[first[kind] + (random.random(len(kind)) * number[kind]).astype(np.int64)]
    return drawn


def _by_class(key: str) -> Floats:
    values: Floats = np.array([getattr(one, key) for one in _classes], dtype=np.float64)
    return values
