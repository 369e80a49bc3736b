"""Fibre access: line terminals in rooms, their PON ports, and the boxes from which homes are reached."""

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
    point_table,
    scaled,
    together,
)
from qipan.engines.synthesis.buildings import Buildings
from qipan.engines.synthesis.figures import apportion, districts, homes_passed_milestones
from qipan.engines.synthesis.tables import Coded, Column, Days, Floats, Integers, Reference, Table

_terminals = 5400
_technologies = ("gpon", "epon", "10g_pon", "50g_pon")
_port_shares = (0.43, 0.04, 0.525, 0.005)
_old_milestones = (("2011-12-31", 0.0), ("2014-12-31", 0.45), ("2018-12-31", 0.94), ("2020-12-31", 1.0))
_new_milestones = (
    ("2017-12-31", 0.0),
    ("2018-12-31", 0.05),
    ("2019-12-31", 0.15),
    ("2020-12-31", 0.33),
    ("2021-12-31", 0.58),
    ("2022-12-31", 0.85),
    ("2023-06-30", 1.0),
)
_newest_milestones = (("2022-12-31", 0.0), ("2023-06-30", 1.0))
_homes_for_each_box = 48


@dataclass(frozen=True, slots=True)
class Fibre:
    """The three tables of fibre access; ports point at line terminals, those at rooms."""

    terminals: Table
    ports: Table
    boxes: Table


def build_fibre(scale: float, rooms: Table, buildings: Buildings, random: np.random.Generator) -> Fibre:
    """Return fibre access, its homes passed by day in line with published shares."""
    room = np.sort(random.integers(0, len(rooms), scaled(_terminals, scale, 4)))
    ports = random.choice([32, 48, 64], len(room), p=[0.35, 0.4, 0.25])
    terminal = np.repeat(np.arange(len(room)), ports)
    technology = drawn(random, _technologies, _port_shares, len(terminal))
    life = lived(_port_days(technology.codes, random), random, months=2.0)
    return Fibre(
        _terminal_table(rooms, room, terminal, technology, life.in_service_on, random),
        _port_table(rooms, room, terminal, technology, life),
        _box_table(buildings, random),
    )


def _port_days(technology: NDArray[np.integer], random: np.random.Generator) -> Days:
    days = np.empty(len(technology), dtype="datetime64[D]")
    milestones = (_old_milestones, _old_milestones, _new_milestones, _newest_milestones)
    for place, one in enumerate(milestones):
        own = technology == place
        days[own] = random.permutation(days_by(one, int(own.sum()), random))
    return days


def _terminal_table(
    rooms: Table, room: Integers, terminal: Integers, technology: Coded, days: Days, random: np.random.Generator
) -> Table:
    """Return the line terminals: each went into service with its first port."""
    first = np.full(len(room), np.iinfo(np.int64).max)
    np.minimum.at(first, terminal, days.astype(np.int64))
    fast = technology.codes >= _technologies.index("10g_pon")
    district = rooms.district[room]
    life = lived(first.astype("datetime64[D]"), random, months=4.0)
    columns: dict[str, Column] = {
        **common_columns(district, numbered(district, "光线路终端"), rooms.coded("owner").take(room), life),
        "longitude": rooms.numbers("longitude")[room],
        "latitude": rooms.numbers("latitude")[room],
        "room": Reference("machine_room", room),
        "pon_ports": np.bincount(terminal, minlength=len(room)),
        "pon_ports_10g": np.bincount(terminal[fast], minlength=len(room)),
    }
    return Table("olt", district, columns)


def _port_table(rooms: Table, room: Integers, terminal: Integers, technology: Coded, life: Life) -> Table:
    own = room[terminal]
    district = rooms.district[own]
    columns: dict[str, Column] = {
        **common_columns(district, numbered(district, "PON端口"), rooms.coded("owner").take(own), life),
        "longitude": rooms.numbers("longitude")[own],
        "latitude": rooms.numbers("latitude")[own],
        "olt": Reference("olt", terminal),
        "technology": technology,
    }
    return Table("pon_port", district, columns)


def _box_table(buildings: Buildings, random: np.random.Generator) -> Table:
    """Return the boxes: every 48 neighbouring homes have one, so that each home is passed once at most."""
    row, homes = _boxes(buildings)
    count = len(row)
    life, gigabit = _box_lives(homes, buildings.centrality[row], random)
    ports = np.where(homes > 32, 64, 32)
    used = np.minimum(np.round(homes * random.beta(7, 3.5, count)).astype(np.int64), ports)
    attributes: dict[str, Column] = {
        "ports": ports,
        "ports_used": np.where(np.isnat(life.in_service_on), 0, used),
        "homes_passed": homes,
        "gigabit": gigabit,
    }
    owner = drawn(random, (*units.operators, units.cable), (0.33, 0.44, 0.20, 0.03), count)
    district = buildings.district[row]
    place = (buildings.corner_x[row], buildings.corner_y[row])
    return point_table("distribution_box", district, place, numbered(district, "光分纤箱"), owner, life, attributes)


def _boxes(buildings: Buildings) -> tuple[Integers, Integers]:
    """Return for each box the building it stands at and its homes; buildings of a district follow each other."""
    rows, homes = [], []
    for place in range(len(districts)):
        own = np.flatnonzero((buildings.district == place) & (buildings.households > 0))
        limits = np.cumsum(buildings.households[own])
        if not len(own):
            continue
        total = int(limits[-1])
        first = np.arange(0, total, _homes_for_each_box)
        rows.append(own[np.searchsorted(limits, first, side="right")])
        homes.append(np.minimum(_homes_for_each_box, total - first))
    return np.concatenate(rows), np.concatenate(homes)


def _box_lives(homes: Integers, centrality: Floats, random: np.random.Generator) -> tuple[Life, NDArray[np.bool_]]:
    """Hand out the days of boxes so that the share of homes passed by gigabit follows the milestones.

    Of the boxes that never get there half serve at lower speed since long, the others still wait.
    """
    count = len(homes)
    share = homes_passed_milestones[-1][1]
    order = np.argsort(-centrality + random.normal(0, 0.5, count), kind="stable")
    passed = int(np.searchsorted(np.cumsum(homes[order]), share * homes.sum()))
    slow, waiting = apportion(count - passed, np.array([0.5, 0.5]))
    days = days_by(homes_passed_milestones, passed, random)
    old = np.sort(np.datetime64("2010-01-01") + random.integers(0, 2500, int(slow)))
    lives = together(lived(np.concatenate([days, old]), random, months=3.0), awaited(int(waiting), random))
    turn = np.empty(count, dtype=np.int64)
    turn[order] = np.arange(count)
    gigabit = np.concatenate([np.ones(passed, bool), np.zeros(int(slow), bool), np.ones(int(waiting), bool)])
    return lives.take(turn), gigabit[turn]
