"""Sensing terminals: meters in homes, detectors and cameras, lamps and covers along streets; ten million at scale 1.

They are made a million at a time, each part from a random stream of its own, so no more than one part is ever held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import (
    Life,
    awaited,
    lived,
    numbered,
    point_table,
    scaled,
    together,
    within,
)
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.streets import Streets
from qipan.engines.synthesis.tables import Coded, Column, Days, Floats, Integers, Table

_terminals = 10_000_000
part_rows = 1_000_000
_connections = ("nb_iot", "lte_cat1", "redcap", "lora", "wired")
_awaited = 0.02
_retired = 0.015
_days = ("2014-12-31", "2016-12-31", "2018-12-31", "2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31", "2023-06-30")
_by_day = (0.0, 0.03, 0.13, 0.23, 0.38, 0.58, 0.84, 1.0)
"""Share of all terminals in service by each of ``_days``."""


@dataclass(frozen=True, slots=True)
class _Type:
    """A type of terminal: its share, name and owner, where it stands and how it is connected."""

    key: str
    name: str
    share: float
    owner: str
    place: str
    """``home``, ``building``, ``lift`` (in tall buildings) or ``street``"""
    connections: tuple[float, float, float, float, float]
    on_platform: float


_types = (
    _Type("water_meter", "智能水表", 0.262, units.water, "home", (0.78, 0.02, 0, 0.15, 0.05), 0.40),
    _Type("gas_meter", "智能燃气表", 0.190, units.gas, "home", (0.88, 0.06, 0, 0.06, 0), 0.36),
    _Type("electricity_meter", "智能电表", 0.272, units.power, "home", (0.02, 0.10, 0.01, 0, 0.87), 0.12),
    _Type("smoke", "烟感", 0.105, units.fire.name, "building", (0.86, 0.02, 0, 0.10, 0.02), 0.71),
    _Type("camera", "视频", 0.052, units.police.name, "street", (0, 0.01, 0.04, 0, 0.95), 0.66),
    _Type("air_quality", "空气质量监测仪", 0.001, units.environment.name, "street", (0.35, 0.40, 0.05, 0, 0.20), 0.93),
    _Type("water_level", "水位计", 0.004, units.waters.name, "street", (0.55, 0.35, 0, 0.05, 0.05), 0.90),
    _Type("manhole_cover", "智能井盖", 0.030, units.waters.name, "street", (0.90, 0.02, 0, 0.08, 0), 0.74),
    _Type("street_lamp", "路灯", 0.042, units.urban.name, "street", (0.55, 0.20, 0.01, 0.14, 0.10), 0.69),
    _Type("parking", "停车检测器", 0.031, units.transport.name, "street", (0.72, 0.05, 0, 0.13, 0.10), 0.58),
    _Type("slope", "边坡监测仪", 0.001, units.planning.name, "street", (0.50, 0.45, 0.01, 0.04, 0), 0.95),
    _Type("lift", "电梯监测仪", 0.010, units.market.name, "lift", (0.25, 0.55, 0.02, 0, 0.18), 0.63),
)


@dataclass(frozen=True, slots=True)
class Terminals:
    """How many terminals there are and what they are thrown onto; ``part`` makes a million of them."""

    count: int
    seed: np.random.SeedSequence
    buildings: Buildings
    streets: Streets

    def parts(self) -> Iterator[Table]:
        """Return the terminals in parts of ``part_rows``; the last may be shorter."""
        parts = -(-self.count // part_rows)
        for place in range(parts):
            stream = np.random.default_rng(
                np.random.SeedSequence(self.seed.entropy, spawn_key=(*self.seed.spawn_key, place))
            )
            yield self._part(place * part_rows, min(part_rows, self.count - place * part_rows), stream)

    def _part(self, first: int, count: int, random: np.random.Generator) -> Table:
        kind = random.choice(len(_types), count, p=_shares()).astype(np.int8)
        district, place = self._stand(kind, random)
        connection = np.array([one.connections for one in _types]).cumsum(axis=1)[kind]
        life = _lives(count, random)
        live = ~np.isnat(life.in_service_on)
        attributes: dict[str, Column] = {
            "type": Coded(kind, tuple(one.key for one in _types)),
            "connection": Coded(
                (random.random((count, 1)) > connection).sum(axis=1).clip(max=4).astype(np.int8), _connections
            ),
            "on_platform": live & (random.random(count) < np.array([one.on_platform for one in _types])[kind]),
        }
        name = numbered(district, Coded(kind, tuple(one.name for one in _types)), first)
        owner = Coded(kind, tuple(one.owner for one in _types))
        table = point_table("terminal", district, place, name, owner, life, attributes)
        return Table(table.kind, table.district, table.columns, None, first)

    def _stand(
        self, kind: NDArray[np.int8], random: np.random.Generator
    ) -> tuple[NDArray[np.int8], tuple[Floats, Floats]]:
        """Return district and place of terminals of the given types."""
        buildings, streets = self.buildings, self.streets
        weights = {
            "home": buildings.households.astype(np.float64),
            "building": buildings.area * buildings.floors,
            "lift": np.where(buildings.floors >= 7, buildings.area * buildings.floors, 0.0) + 1e-6,
        }
        district = np.empty(len(kind), dtype=np.int8)
        x, y = np.empty(len(kind)), np.empty(len(kind))
        where = np.array([one.place for one in _types])
        for place, chance in weights.items():
            rows = np.flatnonzero(where[kind] == place)
            row = _thrown(chance, len(rows), random)
            x[rows], y[rows] = within((buildings.x[row], buildings.y[row]), buildings.half[row], random)
            district[rows] = buildings.district[row]
        rows = np.flatnonzero(where[kind] == "street")
        section = _thrown(np.where(streets.inner >= 0, streets.use + 0.03, 0.0), len(rows), random)
        aside = random.choice([-6.5, 6.5], len(rows)) + random.uniform(-1.5, 1.5, len(rows))
        x[rows], y[rows] = streets.along(section, random.uniform(0.02, 0.98, len(rows)), aside)
        district[rows] = streets.inner[section]
        return district, (x, y)


def scatter_terminals(scale: float, buildings: Buildings, streets: Streets, seed: np.random.SeedSequence) -> Terminals:
    """Return the terminals of a city of ``scale``."""
    return Terminals(scaled(_terminals, scale, 100), seed, buildings, streets)


def _shares() -> Floats:
    shares = np.array([one.share for one in _types])
    return np.asarray(shares / shares.sum())


def _thrown(weights: Floats, count: int, random: np.random.Generator) -> Integers:
    """Return ``count`` rows drawn with chances by ``weights``."""
    limits = np.cumsum(weights)
    return np.asarray(
        np.searchsorted(limits, random.random(count) * limits[-1], side="right").clip(max=len(weights) - 1)
    )


def _lives(count: int, random: np.random.Generator) -> Life:
    """Return lives drawn one by one: the day from the growth curve, a few retired, a few still to come."""
    waiting = round(count * _awaited)
    marks = np.array(_days, dtype="datetime64[D]").astype(np.float64)
    drawn: Days = np.interp(random.random(count - waiting), _by_day, marks).astype(np.int64).astype("datetime64[D]")
    lives = together(lived(drawn, random, months=1.5, retired=_retired), awaited(waiting, random))
    return lives.take(random.permutation(count))
