"""From what stands along the streets to the problems that the engine solves, one for each street."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from qipan.domains.poles.merging.inventory import DeviceColumns, Floats, Inventory, Longs, PoleColumns
from qipan.domains.poles.merging.lines import Stations
from qipan.domains.poles.merging.parameters import MergingParameters, device_rules
from qipan.engines.siting.merging import Devices, Poles, SmartPole, Street

limits = ("承重（kg）", "供电（W）")
"""What a pole can bear."""
_lamp = "lamp"


@dataclass(frozen=True)
class StreetProblem:
    """One street: rows of its poles and devices in the inventory, and the problem in numbers of its own."""

    poles: Longs
    devices: Longs
    street: Street


def streets_of(poles: PoleColumns) -> list[Longs]:
    """Return the rows of the poles of each street: poles of one road name in one district."""
    if not poles.code.size:
        return []
    roads = np.unique(poles.road.astype(str), return_inverse=True)[1]
    key = poles.district_id * (int(roads.max()) + 1) + roads
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def state_streets(
    inventory: Inventory,
    streets: list[Longs],
    stations: Stations,
    parameters: MergingParameters,
    rates: Mapping[str, float],
) -> list[StreetProblem]:
    """Return the problem of each street.

    What is there now is taken to hold: a pole bears at least what it carries, a device may stay where it is, lamps that
    are further apart than the spacing begin a row of their own. So every street has a plan unless a person asks for
    what cannot be.
    """
    place, side = stations.position, stations.side
    order = np.argsort(inventory.devices.pole, kind="stable")
    carried = inventory.devices.pole[order]
    found = []
    for rows in streets:
        local = {int(row): number for number, row in enumerate(rows)}
        first, last = np.searchsorted(carried, rows), np.searchsorted(carried, rows, side="right")
        devices = np.sort(np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)]))
        home = np.array([local[int(row)] for row in inventory.devices.pole[devices]], np.int64)
        street = _street(inventory, rows, devices, home, (place[rows], side[rows]), parameters, rates)
        found.append(StreetProblem(rows, devices, street))
    return found


def _street(
    inventory: Inventory,
    rows: Longs,
    devices: Longs,
    home: Longs,
    stations: tuple[Floats, Longs],
    parameters: MergingParameters,
    rates: Mapping[str, float],
) -> Street:
    hung = _devices(inventory, rows, devices, home, stations, parameters, rates)
    poles = _poles(inventory.poles, rows, hung, stations, parameters, rates)
    smart = SmartPole(parameters.smart_height, np.array([parameters.smart_load, parameters.smart_power * 1000.0]))
    spacing = np.full(int(hung.row.max(initial=-1)) + 1, parameters.lamp_spacing)
    what = inventory.devices.what[devices]
    return Street(poles, hung, smart, limits, spacing, _apart(what, stations[0][home], hung))


def _poles(
    columns: PoleColumns,
    rows: Longs,
    hung: Devices,
    stations: tuple[Floats, Longs],
    parameters: MergingParameters,
    rates: Mapping[str, float],
) -> Poles:
    smart = columns.kind[rows] == "smart_pole"
    capacity = np.column_stack([columns.load[rows], columns.power[rows]])
    carried = np.zeros_like(capacity)
    np.add.at(carried, hung.pole, hung.demand)
    code = columns.code[rows].astype(str)
    removal = rates["poles.removal"]
    return Poles(
        position=stations[0],
        height=columns.height[rows],
        capacity=np.where(np.isnan(capacity), carried, np.maximum(capacity, carried)),
        side=stations[1],
        removable=~(columns.protected[rows] | np.isin(code, np.array(parameters.stay, str))),
        unwanted=np.isin(code, np.array(parameters.go, str)),
        remove_cost=np.full(rows.size, removal),
        replace_cost=np.where(smart | columns.protected[rows], np.inf, rates["poles.pole"] + removal),
    )


def _devices(
    inventory: Inventory,
    rows: Longs,
    devices: Longs,
    home: Longs,
    stations: tuple[Floats, Longs],
    parameters: MergingParameters,
    rates: Mapping[str, float],
) -> Devices:
    columns, rules = inventory.devices, device_rules()
    what = columns.what[devices].astype(str)
    lamp = what == _lamp
    return Devices(
        pole=home,
        demand=np.column_stack([columns.mass[devices], columns.power[devices]]),
        shift=_by_class({key: parameters.shift_of(key) for key in rules}, what),
        lowest=np.minimum(columns.height[devices], inventory.poles.height[rows][home]),
        same_side=_by_class({key: float(rule.same_side) for key, rule in rules.items()}, what) > 0,
        move_cost=_by_class({key: rates[f"poles.move_{key}"] for key in rules}, what),
        row=_rows_of_lamps(lamp, stations[0][home], stations[1][home], parameters.lamp_spacing, columns, devices),
        optional=lamp & parameters.drop_lamps,
    )


def _by_class(values: Mapping[str, float], what: np.ndarray) -> Floats:
    keys, codes = np.unique(what, return_inverse=True)
    return np.array([values[key] for key in keys], np.float64)[codes] if what.size else np.zeros(0)


def _rows_of_lamps(
    lamp: np.ndarray, place: Floats, side: Longs, spacing: float, columns: DeviceColumns, devices: Longs
) -> Longs:
    """Return the row of each lamp, -1 for other devices: lamps of one side, no further apart than the spacing.

    A second lamp on a pole is no part of a row: it lights another part of the street.
    """
    row = np.full(lamp.size, -1, np.int64)
    lamps = np.flatnonzero(lamp)
    first = np.unique(columns.pole[devices[lamps]], return_index=True)[1]
    lamps = lamps[np.sort(first)]
    order = lamps[np.lexsort((place[lamps], side[lamps]))]
    if order.size:
        apart = (np.diff(place[order]) > spacing) | (np.diff(side[order]) != 0)
        row[order] = np.concatenate([[0], np.cumsum(apart)])
    return row


def _apart(what: np.ndarray, place: Floats, hung: Devices) -> Longs:
    """Return pairs of devices that must not come to share a pole; those that share one now may stay together."""
    rules = device_rules()
    pairs = []
    for one in sorted(rules):
        for other in (each for each in rules[one].apart if one <= each):
            mine, theirs = np.flatnonzero(what == one), np.flatnonzero(what == other)
            if mine.size and theirs.size:
                reach = float(hung.shift[mine].max() + hung.shift[theirs].max())
                near = cKDTree(place[mine, None]).query_ball_tree(cKDTree(place[theirs, None]), reach)
                pairs += [(int(mine[i]), int(theirs[j])) for i, found in enumerate(near) for j in found]
    apart = np.array([(i, j) for i, j in pairs if i != j and hung.pole[i] != hung.pole[j]], np.int64)
    return apart.reshape(-1, 2)
