"""Which pole could carry which device: pairs within reach, side and height, and the stretches that lamps must light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.merging.street import Flags, Street

_TINY = 1e-6
"""Metres and metres of height by which a limit may be passed: positions come from rounded coordinates."""


@dataclass(frozen=True)
class Pairs:
    """Device ``device[e]`` can hang on pole ``pole[e]`` as it stands (``old``), as a smart pole (``new``) or both."""

    device: Longs
    pole: Longs
    old: Flags
    new: Flags

    def take(self, rows: Longs | Flags) -> Pairs:
        """Return the chosen pairs."""
        return Pairs(self.device[rows], self.pole[rows], self.old[rows], self.new[rows])


def find_pairs(street: Street) -> Pairs:
    """Return every pair of a device and a pole that can carry it by itself, ordered by device."""
    device, pole = _within_shift(street)
    poles, devices, smart = street.poles, street.devices, street.smart
    near = ~devices.same_side[device] | (poles.side[pole] == poles.side[devices.pole[device]])
    device, pole = device[near], pole[near]
    low, high, demand = devices.lowest[device] - _TINY, devices.highest[device] + _TINY, devices.demand[device]
    height = poles.height[pole]
    old = (low <= height) & (height <= high) & (demand <= poles.capacity[pole]).all(axis=1)
    new = (low <= smart.height) & (smart.height <= high) & (demand <= smart.capacity).all(axis=1)
    new &= np.isfinite(poles.replace_cost[pole])
    fits = (old | new) & _near_its_row(street, device, pole)
    return Pairs(device[fits], pole[fits], old[fits], new[fits])


def _within_shift(street: Street) -> tuple[Longs, Longs]:
    order = np.argsort(street.poles.position, kind="stable")
    along = street.poles.position[order]
    place, shift = street.poles.position[street.devices.pole], street.devices.shift + _TINY
    first, last = np.searchsorted(along, place - shift), np.searchsorted(along, place + shift, side="right")
    count = last - first
    device = np.repeat(np.arange(count.size), count)
    turn = np.arange(device.size) - np.repeat(np.cumsum(count) - count, count)
    return device, order[first[device] + turn]


def _near_its_row(street: Street, device: Longs, pole: Longs) -> Flags:
    """Tell which pairs leave a lamp within half the spacing of the ends of its row; true of all other devices."""
    row, place = street.devices.row, street.poles.position
    low, high = np.full(street.spacing.size, np.inf), np.full(street.spacing.size, -np.inf)
    lamps = np.flatnonzero(row >= 0)
    now = place[street.devices.pole[lamps]]
    np.minimum.at(low, row[lamps], now)
    np.maximum.at(high, row[lamps], now)
    near = np.ones(device.size, np.bool_)
    lit = np.flatnonzero(row[device] >= 0)
    mine, there = row[device[lit]], place[pole[lit]]
    beyond = street.spacing[mine] / 2 + _TINY
    near[lit] = (there >= low[mine] - beyond) & (there <= high[mine] + beyond)
    return near


@dataclass(frozen=True)
class Stretch:
    """A stretch of a row in which at least one pole must be lit; ``pairs`` are those that can light one."""

    row: int
    start: float
    end: float
    """Metres along the street."""
    pairs: Longs


def find_stretches(street: Street, pairs: Pairs) -> list[Stretch]:
    """Return the stretches that keep lit poles within each row's spacing, without those that others imply.

    Where a row reaches from a to b and its lamps stay within s / 2 of that, lit poles are no further than s apart
    exactly if one lies up to a + s / 2, one from b - s / 2 on, and one in every (t, t + s] that begins at a pole before
    b - s / 2.
    """
    found: list[Stretch] = []
    for row in np.unique(street.devices.row[street.devices.row >= 0]):
        lamps = np.flatnonzero(street.devices.row == row)
        if street.devices.optional[lamps].any() or street.devices.shift[lamps].any():
            found += _stretches(street, pairs, int(row), lamps)
    return found


def _stretches(street: Street, pairs: Pairs, row: int, lamps: Longs) -> list[Stretch]:
    spacing = float(street.spacing[row]) + _TINY
    chosen = np.flatnonzero(street.devices.row[pairs.device] == row)
    place = street.poles.position[pairs.pole[chosen]]
    order = np.argsort(place, kind="stable")
    chosen, place = chosen[order], place[order]
    now = street.poles.position[street.devices.pole[lamps]]
    first, last = float(now.min()), float(now.max())
    inside: Floats = np.unique(place[place < last - spacing / 2])
    start = np.concatenate(([-np.inf, last - spacing / 2 - 2 * _TINY], inside))
    end = np.concatenate(([first + spacing / 2, np.inf], inside + spacing))
    low, high = np.searchsorted(place, start, side="right"), np.searchsorted(place, end, side="right")
    return [
        Stretch(row, float(start[one]), float(end[one]), chosen[low[one] : high[one]]) for one in _shortest(low, high)
    ]


def _shortest(low: Longs, high: Longs) -> Longs:
    """Return the ranges [low, high) that hold no other of them, one of each that are equal."""
    kept, latest = [], -1
    for one in np.lexsort((-low, high)):
        if low[one] > latest:
            kept.append(one)
            latest = int(low[one])
    return np.array(kept, np.int64)
