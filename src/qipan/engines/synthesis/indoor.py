"""What stands inside buildings beside telecom rooms: access points in venues, data centres, edge nodes."""

from __future__ import annotations

import numpy as np

from qipan.engines.synthesis import units
from qipan.engines.synthesis.assets import (
    awaited,
    common_columns,
    days_by,
    drawn,
    lived,
    numbered,
    point_table,
    rounded,
    scaled,
    spread,
    together,
    within,
)
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.figures import apportion
from qipan.engines.synthesis.tables import Column, Reference, Table
from qipan.engines.synthesis.venues import Venues

_access_points = 26_000
_data_centres = 42
_edge_nodes = 320
_point_milestones = (
    ("2014-12-31", 0.0),
    ("2018-12-31", 0.38),
    ("2020-12-31", 0.62),
    ("2022-12-31", 0.93),
    ("2023-06-30", 1.0),
)
_node_milestones = (("2018-12-31", 0.0), ("2020-12-31", 0.25), ("2022-12-31", 0.85), ("2023-06-30", 1.0))


def hang_access_points(scale: float, venues: Venues, buildings: Buildings, random: np.random.Generator) -> Table:
    """Return the access points: in venues with free WLAN, more where more people come."""
    served = np.flatnonzero(venues.table.numbers("free_wlan"))
    if not len(served):
        served = np.arange(len(venues.table))
    visitors = venues.table.numbers("visitors_per_day")[served]
    each = apportion(scaled(_access_points, scale, 12), visitors**0.6)
    venue = np.repeat(served, each)
    count = len(venue)
    building = venues.building[venue]
    waiting = round(count * 0.03)
    days = random.permutation(days_by(_point_milestones, count - waiting, random))
    life = together(lived(days, random, months=2.0, retired=0.03), awaited(waiting, random))
    attributes: dict[str, Column] = {
        "standard": drawn(random, ("wifi4", "wifi5", "wifi6", "wifi7"), (0.12, 0.47, 0.40, 0.01), count),
        "venue": Reference("venue", venue),
        "indoor": random.random(count) < 0.86,
    }
    owner = drawn(random, (*units.operators, units.infrastructure), (0.36, 0.32, 0.18, 0.14), count)
    place = within((buildings.x[building], buildings.y[building]), buildings.half[building], random)
    district = buildings.district[building]
    return point_table("access_point", district, place, numbered(district, "无线接入点"), owner, life, attributes)


def open_data_centres(scale: float, buildings: Buildings, random: np.random.Generator) -> Table:
    """Return the data centres: in works and offices, the newer the more frugal."""
    fitting = np.flatnonzero(np.isin(buildings.use, (1, 3)))
    if not len(fitting):
        fitting = np.arange(len(buildings.x))
    weights = buildings.area[fitting]
    row = fitting[spread(buildings.x[fitting], buildings.y[fitting], weights, scaled(_data_centres, scale, 2), random)]
    count = len(row)
    racks = np.round(2400 * np.exp(random.normal(0, 0.7, count))).astype(np.int64)
    age = random.uniform(0, 14, count)
    attributes: dict[str, Column] = {
        "racks": racks,
        "racks_used": np.floor(racks * random.beta(6, 3, count)).astype(np.int64),
        "power_usage_effectiveness": rounded(1.19 + 0.03 * age + random.uniform(0, 0.06, count), 2),
        "compute": rounded(np.where(age < 5, racks * random.uniform(0, 1.2e-4, count), 0), 3),
    }
    days = np.datetime64("2023-06-01") - (age * 365).astype(np.int64)
    owner = drawn(random, (*units.operators, units.infrastructure), (0.3, 0.36, 0.2, 0.14), count)
    district = buildings.district[row]
    place = (buildings.x[row], buildings.y[row])
    life = lived(days, random, months=20)
    return point_table("data_centre", district, place, numbered(district, "数据中心"), owner, life, attributes)


def place_edge_nodes(scale: float, rooms: Table, random: np.random.Generator) -> Table:
    """Return the edge nodes, each in a room of its operator."""
    count = min(scaled(_edge_nodes, scale, 3), len(rooms))
    room = np.sort(random.permutation(len(rooms))[:count])
    district = rooms.district[room]
    life = lived(random.permutation(days_by(_node_milestones, count, random)), random, months=3.0)
    columns: dict[str, Column] = {
        **common_columns(district, numbered(district, "边缘计算节点"), rooms.coded("owner").take(room), life),
        "longitude": rooms.numbers("longitude")[room],
        "latitude": rooms.numbers("latitude")[room],
        "room": Reference("machine_room", room),
        "servers": random.integers(2, 33, count),
    }
    return Table("edge_node", district, columns)
