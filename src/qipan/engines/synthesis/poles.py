"""Smart poles along the main streets, and the roadside units at their junctions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import (
    awaited,
    days_by,
    drawn,
    lived,
    numbered,
    one_owner,
    point_table,
    rounded,
    scaled,
    spread,
    together,
)
from qipan.engines.synthesis.geography import to_plane
from qipan.engines.synthesis.streets import Streets
from qipan.engines.synthesis.tables import Column, Integers, Reference, Table

_poles = 22_000
_units = 620
_spacing = 31.0
"""Wanted distance between poles, m; streets of 125 to 185 m take 4 to 6 poles, 25 to 40 m apart."""
_aside = 9.0
"""Distance of a pole from the street's axis, m."""
_pole_milestones = (
    ("2018-06-30", 0.0),
    ("2018-12-31", 0.02),
    ("2019-12-31", 0.10),
    ("2020-12-31", 0.27),
    ("2021-12-31", 0.52),
    ("2022-12-31", 0.83),
    ("2023-06-30", 1.0),
)
_unit_milestones = (
    ("2019-12-31", 0.0),
    ("2020-12-31", 0.12),
    ("2021-12-31", 0.40),
    ("2022-12-31", 0.80),
    ("2023-06-30", 1.0),
)
_awaited = 0.04


def plant_poles(scale: float, streets: Streets, random: np.random.Generator) -> Table:
    """Return the smart poles: whole sections of main streets, the busiest first."""
    section, place = _rows(streets, scaled(_poles, scale, 20), random)
    count = len(section)
    side = np.where(section % 2 == 0, _aside, -_aside)
    x, y = streets.along(section, place, side)
    waiting = round(count * _awaited)
    days = days_by(_pole_milestones, count - waiting, random)
    life = together(lived(days, random, months=7.0), awaited(waiting, random))
    standing = np.isnat(life.in_service_on) == 0
    mounted = standing & (random.random(count) < 0.24)
    attributes: dict[str, Column] = {
        "height": np.array([12.0, 10.0, 8.0, 8.0])[streets.rank[section]],
        "road": streets.name.take(section),
        "power_capacity": rounded(random.choice([3.0, 5.0, 8.0, 10.0], count), 1),
        "load_capacity": rounded(random.choice([150.0, 250.0, 400.0], count), 0),
        "devices": np.where(standing, random.poisson(2.6, count) + mounted, 0),
        "station_mounted": mounted,
    }
    district = streets.inner[section]
    owner = one_owner(units.infrastructure, count)
    return point_table("smart_pole", district, (x, y), numbered(district, "多功能智能杆"), owner, life, attributes)


def _rows(streets: Streets, count: int, random: np.random.Generator) -> tuple[Integers, np.ndarray]:
    """Return section and share along it of each pole, whole sections after each other until there are ``count``."""
    main = np.flatnonzero((streets.inner >= 0) & (streets.rank <= 2))
    if not len(main):
        main = np.flatnonzero(streets.inner >= 0)
    urgency = streets.use[main] - 0.35 * streets.rank[main] + random.normal(0, 0.12, len(main))
    ordered = main[np.argsort(-urgency, kind="stable")]
    each = np.maximum(np.round(streets.length[ordered] / _spacing), 1).astype(np.int64)
    needed = int(np.searchsorted(np.cumsum(each), count)) + 1
    ordered, each = ordered[:needed], each[:needed]
    section = np.repeat(ordered, each)
    turn = np.arange(len(section)) - np.repeat(np.cumsum(each) - each, each)
    return section[:count], ((turn + 0.5) / np.repeat(each, each))[:count]


def equip_junctions(scale: float, streets: Streets, poles: Table, random: np.random.Generator) -> Table:
    """Return the roadside units: at main junctions, on a smart pole where one stands within 40 m."""
    degree = np.bincount(np.concatenate([streets.start, streets.end]), minlength=len(streets.x))
    fit = (streets.inner >= 0) & (degree[streets.start] >= 3) & (streets.rank <= 2)
    rows = np.flatnonzero(fit if fit.any() else streets.inner >= 0)
    middle = streets.along(rows, np.full(len(rows), 0.5), np.zeros(len(rows)))
    section = rows[spread(*middle, streets.use[rows] + 0.05, scaled(_units, scale, 3), random)]
    count = len(section)
    x, y = streets.along(section, 11.0 / streets.length[section], np.full(count, -8.0))
    stand = np.column_stack(to_plane(poles.numbers("longitude"), poles.numbers("latitude")))
    far, nearest = cKDTree(stand).query(np.column_stack([x, y]))
    attributes: dict[str, Column] = {
        "protocol": drawn(random, ("lte_v2x", "nr_v2x"), (0.72, 0.28), count),
        "road": streets.name.take(section),
        "pole": Reference("smart_pole", np.where(far < 40.0, nearest, -1)),
    }
    life = lived(random.permutation(days_by(_unit_milestones, count, random)), random, months=4.0)
    district = streets.inner[section]
    owner = drawn(random, (units.traffic_group, units.police.name), (0.7, 0.3), count)
    return point_table("roadside_unit", district, (x, y), numbered(district, "路侧单元"), owner, life, attributes)
