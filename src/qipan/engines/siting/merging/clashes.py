"""Why a street has no plan: the smallest set of its conditions that clash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.clashes import smallest_clash
from qipan.engines.siting.errors import Infeasible
from qipan.engines.siting.merging.exact import (
    Rows,
    Statement,
    apart,
    bear,
    columns,
    conflicting_pairs,
    conflicts_inside,
    gone,
    light,
    one_lamp,
    placed,
)
from qipan.engines.siting.merging.reach import Stretch

_nodes, _seconds = 500, 10.0


@dataclass(frozen=True)
class Demand:
    """One condition of a street that has a part in a clash.

    ``placed`` (device), ``gone`` (pole), ``bears`` (limit; window's poles), ``apart`` (device, device), ``one_lamp``
    (window's rows), ``lit`` (row).
    """

    kind: Literal["placed", "gone", "bears", "apart", "one_lamp", "lit"]
    numbers: tuple[int, ...]
    text: str


class NoMerging(Infeasible):
    """A street has no plan; ``demands`` are the conditions of the clash in numbers of its poles and devices."""

    def __init__(self, demands: tuple[Demand, ...], smallest: bool) -> None:
        self.demands = demands
        super().__init__(tuple(each.text for each in demands), smallest)


def no_lamp_within(stretch: Stretch) -> NoMerging:
    """Return the error for a stretch that no lamp of its row can light."""
    return NoMerging((_lit(stretch),), smallest=True)


def diagnose(statement: Statement) -> NoMerging:
    """Return the error that names the smallest clash of a window that has no plan."""
    demands = list(_demands(statement))

    def fewest_given_up(kept: Longs) -> Longs | None:
        model = columns(statement, np.zeros(2 * statement.window.poles.size + statement.pairs.device.size))
        _at_one_place(statement).add_to(model)
        upper = np.ones(len(demands))
        upper[kept] = 0.0
        first = model.add_columns(np.ones(len(demands)), upper=upper)
        for number, (_, rows) in enumerate(demands):
            _give_way(rows, first + number).add_to(model)
        found = model.solve(_seconds, nodes=_nodes)
        if found.values is None:
            return None if found.infeasible else np.zeros(0, np.int64)
        return np.flatnonzero(found.values[first:] > 0.5)

    clash, smallest = smallest_clash(len(demands), fewest_given_up)
    return NoMerging(tuple(demands[each][0] for each in clash), smallest)


def _at_one_place(statement: Statement) -> Rows:
    """Return the rows by which a device hangs at one place at most, which no one can give up."""
    rows = placed(statement)
    return Rows(rows.row, rows.column, rows.value, np.zeros(rows.low.size), rows.high)


def _give_way(rows: Rows, column: int) -> Rows:
    """Return rows that hold for any plan once ``column`` is 1: wide enough for all columns between 0 and 1."""
    count = rows.low.size
    least = np.bincount(rows.row, np.minimum(rows.value, 0.0), minlength=count)
    most = np.bincount(rows.row, np.maximum(rows.value, 0.0), minlength=count)
    short, over = np.maximum(rows.low - least, 0.0), np.maximum(most - rows.high, 0.0)
    every = np.arange(count)
    row = np.concatenate((rows.row, every, count + rows.row, count + every))
    slack = np.full(count, column)
    bounded = np.where(np.isfinite(rows.low), short, 0.0), np.where(np.isfinite(rows.high), -over, 0.0)
    return Rows(
        row,
        np.concatenate((rows.column, slack, rows.column, slack)),
        np.concatenate((rows.value, bounded[0], rows.value, bounded[1])),
        np.concatenate((rows.low, np.full(count, -np.inf))),
        np.concatenate((np.full(count, np.inf), rows.high)),
    )


def _demands(statement: Statement) -> Iterator[tuple[Demand, Rows]]:
    """Yield each condition that could be given up, one row each where a person can act on a single one."""
    street, window = statement.street, statement.window
    for place, rows in enumerate(_one_by_one(placed(statement))):
        device = int(window.devices[place])
        if not street.devices.optional[device]:
            shift, low = street.devices.shift[device], street.devices.lowest[device]
            text = f"device {device} hangs within {shift:g} m, at least {low:g} m high"
            yield Demand("placed", (device,), text), rows
    for pole, rows in zip(window.poles[street.poles.unwanted[window.poles]], _one_by_one(gone(statement)), strict=True):
        yield Demand("gone", (int(pole),), f"pole {pole} must go"), rows
    for limit, name in enumerate(street.limits):
        if (rows := bear(statement, limit)).low.size:
            poles = tuple(map(int, window.poles))
            yield Demand("bears", (limit, *poles), f"poles {', '.join(map(str, poles))} bear the {name}"), rows
    for one, other in conflicts_inside(statement):
        rows = apart(statement, *conflicting_pairs(statement, one, other))
        yield Demand("apart", (int(one), int(other)), f"devices {one} and {other} hang on different poles"), rows
    if (rows := one_lamp(statement)).low.size:
        lamps = street.devices.row[window.devices]
        numbers = tuple(map(int, np.unique(lamps[lamps >= 0])))
        yield Demand("one_lamp", numbers, "no pole has two lamps of one row"), rows
    for stretch in statement.stretches:
        yield _lit(stretch), light(statement, stretch)


def _lit(stretch: Stretch) -> Demand:
    text = f"row {stretch.row} is lit between {stretch.start:g} and {stretch.end:g} m"
    return Demand("lit", (stretch.row,), text)


def _one_by_one(rows: Rows) -> Iterator[Rows]:
    for number in range(rows.low.size):
        mine = np.flatnonzero(rows.row == number)
        one = slice(number, number + 1)
        yield Rows(np.zeros(mine.size, np.int64), rows.column[mine], rows.value[mine], rows.low[one], rows.high[one])
