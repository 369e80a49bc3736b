"""One window stated exactly to HiGHS: first the fewest poles, then the least cost with as few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.errors import TooLargeError
from qipan.engines.siting.merging.reach import Pairs, Stretch
from qipan.engines.siting.merging.results import Part, State
from qipan.engines.siting.merging.street import Flags, Street
from qipan.engines.siting.merging.windows import Window
from qipan.engines.siting.model import Model, Solution

NODES = 5_000
"""Nodes that each solve of a window may visit, so that the same street always gets the same plan."""


@dataclass(frozen=True)
class Statement:
    """A window in numbers of its own: poles 0 to n, devices 0 to m, pairs of both, stretches as pairs."""

    street: Street
    window: Window
    pairs: Pairs
    stretches: tuple[Stretch, ...]

    @property
    def optional(self) -> Flags:
        """Which of the window's devices may be taken down."""
        return self.street.devices.optional[self.window.devices]

    @property
    def move_cost(self) -> Floats:
        """Cost of each pair: that of moving the device where the pole is not the one it hangs on."""
        device = self.window.devices[self.pairs.device]
        away = self.street.devices.pole[device] != self.window.poles[self.pairs.pole]
        return np.where(away, self.street.devices.move_cost[device], 0.0)

    @property
    def drop_cost(self) -> Floats:
        """Cost of taking down each of the window's devices, 0 for those that stay."""
        return np.where(self.optional, self.street.devices.drop_cost[self.window.devices], 0.0)

    @property
    def replaceable(self) -> Flags:
        """Which of the window's poles can become smart poles."""
        return np.isfinite(self.street.poles.replace_cost[self.window.poles])

    @property
    def state_costs(self) -> tuple[Floats, Floats, Floats]:
        """Cost of removing, keeping and replacing each pole; 0 for a replacement that cannot be."""
        poles, chosen = self.street.poles, self.window.poles
        replace = np.where(self.replaceable, poles.replace_cost[chosen], 0.0)
        return poles.remove_cost[chosen], poles.keep_cost[chosen], replace


def state_window(street: Street, window: Window, pairs: Pairs, stretches: list[Stretch]) -> Statement:
    """Number a window's poles, devices and pairs from 0."""
    inner = pairs.take(window.pairs)
    own = Pairs(
        np.searchsorted(window.devices, inner.device), np.searchsorted(window.poles, inner.pole), inner.old, inner.new
    )
    lit = [stretches[number] for number in window.stretches]
    places = [np.searchsorted(window.pairs, one.pairs) for one in lit]
    moved = tuple(Stretch(one.row, one.start, one.end, place) for one, place in zip(lit, places, strict=True))
    return Statement(street, window, own, moved)


@dataclass(frozen=True)
class Rows:
    """Conditions over the columns (kept poles, replaced poles, pairs): low ≤ Σ value · column ≤ high for each."""

    row: Longs
    column: Longs
    value: Floats
    low: Floats
    high: Floats

    def add_to(self, model: Model) -> None:
        """Add them to a model whose first columns are those."""
        if self.low.size:
            model.add_rows(self.row, self.column, self.value, self.low, self.high, self.low.size)


def hold(statement: Statement) -> Rows:
    """Return the rows by which a device hangs only on a pole that stands in a form that can carry it."""
    pairs, n = statement.pairs, statement.window.poles.size
    every = np.arange(pairs.device.size)
    row = np.concatenate((every, every[pairs.old], every[pairs.new]))
    column = np.concatenate((2 * n + every, pairs.pole[pairs.old], n + pairs.pole[pairs.new]))
    value = np.where(column >= 2 * n, 1.0, -1.0)
    return Rows(row, column, value, np.full(every.size, -np.inf), np.zeros(every.size))


def stand(statement: Statement) -> Rows:
    """Return the rows by which a pole has one form at most, and one at least where it must stay."""
    n = statement.window.poles.size
    least = np.where(statement.street.poles.removable[statement.window.poles], 0.0, 1.0)
    return Rows(np.tile(np.arange(n), 2), np.arange(2 * n), np.ones(2 * n), least, np.ones(n))


def gone(statement: Statement) -> Rows:
    """Return the rows by which each pole that must go stands in no form."""
    n = statement.window.poles.size
    poles = np.flatnonzero(statement.street.poles.unwanted[statement.window.poles])
    column = np.concatenate((poles, n + poles))
    none = np.zeros(poles.size)
    return Rows(np.tile(np.arange(poles.size), 2), column, np.ones(column.size), none, none)


def placed(statement: Statement) -> Rows:
    """Return the rows by which each device hangs somewhere, optional ones at one place at most."""
    n, m = statement.window.poles.size, statement.window.devices.size
    device = statement.pairs.device
    least = np.where(statement.optional, 0.0, 1.0)
    return Rows(device, 2 * n + np.arange(device.size), np.ones(device.size), least, np.ones(m))


def bear(statement: Statement, limit: int) -> Rows:
    """Return the rows by which each pole bears what hangs on it, for one of the limits."""
    pairs, n, street = statement.pairs, statement.window.poles.size, statement.street
    demand = street.devices.demand[statement.window.devices[pairs.device], limit]
    most = np.bincount(pairs.pole, demand, minlength=n)
    own = np.minimum(street.poles.capacity[statement.window.poles, limit], most)
    smart = np.minimum(street.smart.capacity[limit], most)
    binding = np.minimum(own, np.where(statement.replaceable, smart, np.inf)) < most
    rank = np.cumsum(binding) - 1
    chosen, poles = np.flatnonzero(binding[pairs.pole]), np.flatnonzero(binding)
    row = np.concatenate((rank[pairs.pole[chosen]], rank[poles], rank[poles]))
    column = np.concatenate((2 * n + chosen, poles, n + poles))
    value = np.concatenate((demand[chosen], -own[poles], -smart[poles]))
    return Rows(row, column, value, np.full(poles.size, -np.inf), np.zeros(poles.size))


def apart(statement: Statement, one: Longs, other: Longs) -> Rows:
    """Return the rows by which pairs ``one`` and ``other`` of the window do not both hold."""
    n, every = statement.window.poles.size, np.arange(one.size)
    column = 2 * n + np.concatenate((one, other))
    return Rows(np.tile(every, 2), column, np.ones(column.size), np.full(one.size, -np.inf), np.ones(one.size))


def conflicting_pairs(statement: Statement, one: int, other: int) -> tuple[Longs, Longs]:
    """Return for two devices of the street, poles where both could hang: the pair of each, in the same order."""
    place = [np.searchsorted(statement.window.devices, each) for each in (one, other)]
    mine, theirs = (np.flatnonzero(statement.pairs.device == each) for each in place)
    _, first, second = np.intersect1d(statement.pairs.pole[mine], statement.pairs.pole[theirs], return_indices=True)
    return mine[first], theirs[second]


def one_lamp(statement: Statement) -> Rows:
    """Return the rows by which a pole carries one lamp at most of each row."""
    pairs, n = statement.pairs, statement.window.poles.size
    label = statement.street.devices.row[statement.window.devices[pairs.device]]
    lamps = np.flatnonzero(label >= 0)
    _, row, count = np.unique(label[lamps] * n + pairs.pole[lamps], return_inverse=True, return_counts=True)
    several = count[row] > 1
    rank = np.cumsum(count > 1) - 1
    number = int((count > 1).sum())
    column = 2 * n + lamps[several]
    return Rows(rank[row[several]], column, np.ones(column.size), np.full(number, -np.inf), np.ones(number))


def light(statement: Statement, stretch: Stretch) -> Rows:
    """Return the row by which a stretch holds a lit pole."""
    column = 2 * statement.window.poles.size + stretch.pairs
    return Rows(np.zeros(column.size, np.int64), column, np.ones(column.size), np.ones(1), np.full(1, np.inf))


def conflicts_inside(statement: Statement) -> Longs:
    """Return the street's conflicts whose two devices both lie in the window, shape [k, 2]."""
    conflicts = statement.street.conflicts
    return conflicts[np.isin(conflicts, statement.window.devices).all(axis=1)] if conflicts.size else conflicts


def solve_window(statement: Statement, seconds: float) -> Part | None:
    """Return the plan of a window with the fewest poles and, among those, the least cost; None where there is none.

    Each of the two solves ends after `NODES` nodes, or ``seconds`` as a guard; what is not proved by then shows in the
    bounds. Raises TooLargeError where not even a first plan was found by then.
    """
    fewest = _model(statement, _counts(statement)).solve(seconds, nodes=NODES)
    if fewest.values is None and not fewest.infeasible:
        poles = statement.window.poles.size
        message = f"no plan of {poles} poles was found in {NODES} nodes or {seconds:g} s; give more seconds"
        raise TooLargeError(message)
    if fewest.values is None:
        return None
    remove, keep, replace = statement.state_costs
    hang = statement.move_cost - statement.drop_cost[statement.pairs.device]
    model, n = _model(statement, np.concatenate((keep - remove, replace - remove, hang))), statement.window.poles.size
    model.add_rows(np.zeros(2 * n, np.int64), np.arange(2 * n), 1.0, -np.inf, float(round(fewest.objective)), 1)
    cheapest = model.solve(seconds, start=fewest.values, nodes=NODES)
    return _part(statement, fewest, cheapest, float(remove.sum() + statement.drop_cost.sum()))


def _counts(statement: Statement) -> Floats:
    n = statement.window.poles.size
    return np.concatenate((np.ones(2 * n), np.zeros(statement.pairs.device.size)))


def _model(statement: Statement, cost: Floats) -> Model:
    model = columns(statement, cost)
    for rows in (placed(statement), gone(statement), one_lamp(statement)):
        rows.add_to(model)
    for limit in range(len(statement.street.limits)):
        bear(statement, limit).add_to(model)
    for one, other in conflicts_inside(statement):
        apart(statement, *conflicting_pairs(statement, one, other)).add_to(model)
    for stretch in statement.stretches:
        light(statement, stretch).add_to(model)
    return model


def columns(statement: Statement, cost: Floats) -> Model:
    """Return a model with the window's columns and what they mean, before any condition."""
    model = Model()
    n = statement.window.poles.size
    upper = np.ones(cost.size)
    upper[n : 2 * n] = statement.replaceable
    model.add_columns(cost, upper=upper)
    hold(statement).add_to(model)
    stand(statement).add_to(model)
    return model


def _part(statement: Statement, fewest: Solution, cheapest: Solution, constant: float) -> Part:
    found = cheapest if cheapest.values is not None else fewest
    assert found.values is not None
    n = statement.window.poles.size
    state = np.where(found.values[:n] > 0.5, State.KEPT, State.REMOVED)
    state = np.where(found.values[n : 2 * n] > 0.5, State.REPLACED, state).astype(np.int64)
    pole = np.full(statement.window.devices.size, -1, np.int64)
    hung = np.flatnonzero(found.values[2 * n :] > 0.5)
    pole[statement.pairs.device[hung]] = statement.window.poles[statement.pairs.pole[hung]]
    cost = _cost(statement, state, hung, pole < 0)
    bound = cheapest.bound + constant if np.isfinite(cheapest.bound) else 0.0
    proved = fewest.optimal and cheapest.optimal
    least = int(np.ceil(fewest.bound - 1e-6)) if np.isfinite(fewest.bound) else 0
    return Part(state, pole, cost, least, cost if proved else min(bound, cost), proved)


def _cost(statement: Statement, state: Longs, hung: Longs, dropped: Flags) -> float:
    by_state = np.choose(state, statement.state_costs)
    return float(by_state.sum() + statement.move_cost[hung].sum() + statement.drop_cost[dropped].sum())
