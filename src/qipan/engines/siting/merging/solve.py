"""Merging the poles of one street, or of a city of streets, window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.errors import Infeasible, SitingError, TooLargeError
from qipan.engines.siting.merging.clashes import diagnose, no_lamp_within
from qipan.engines.siting.merging.exact import Statement, solve_window, state_window
from qipan.engines.siting.merging.reach import Pairs, Stretch, find_pairs, find_stretches
from qipan.engines.siting.merging.reasons import explain
from qipan.engines.siting.merging.results import Merging, Part, State
from qipan.engines.siting.merging.street import Street
from qipan.engines.siting.merging.windows import Window, cut

KeepGoing = Callable[[int, int], bool]
"""Told how many of how many streets are done; returning False ends the work after the streets that are begun."""


def merge(street: Street, seconds: float = 120.0) -> Merging:
    """Return the plan with the fewest poles and, among those, the least cost, for one street.

    The street is cut into windows that cannot touch each other, and each is solved exactly, so the plan is the best
    one unless a window's proof takes too many nodes (then ``optimal`` is False and the bounds tell); ``seconds`` guards
    each window against a machine that stands still.

    Raises: `Infeasible` with the smallest set of conditions that clash, `TooLargeError` where a window is too large
    for any plan to be found.
    """
    pairs = find_pairs(street)
    stretches = find_stretches(street, pairs)
    if dark := [stretch for stretch in stretches if not stretch.pairs.size]:
        raise no_lamp_within(dark[0])
    windows = cut(street, pairs, stretches)
    parts = [_solved(street, window, pairs, stretches, seconds) for window in windows]
    return _joined(street, pairs, stretches, windows, parts)


def merge_all(
    streets: Sequence[Street], seconds: float = 120.0, workers: int = 2, keep_going: KeepGoing | None = None
) -> list[Merging | SitingError | None]:
    """Return what `merge` says of each street: the plan, its error, or None where work was ended before.

    Errors are `Infeasible` and `TooLargeError`; ``keep_going`` may also raise to end the work.
    """
    found: list[Merging | SitingError | None] = [None] * len(streets)
    pool = ThreadPoolExecutor(workers)
    try:
        for number, future in enumerate([pool.submit(_merged, street, seconds) for street in streets]):
            found[number] = future.result()
            if keep_going is not None and not keep_going(number + 1, len(streets)):
                break
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _merged(street: Street, seconds: float) -> Merging | SitingError:
    try:
        return merge(street, seconds)
    except (Infeasible, TooLargeError) as error:
        return error


def _solved(street: Street, window: Window, pairs: Pairs, stretches: list[Stretch], seconds: float) -> Part:
    statement = state_window(street, window, pairs, stretches)
    if simple := _nothing_to_gain(statement):
        return simple
    part = solve_window(statement, seconds) if window.poles.size else _homeless(statement)
    if part is None:
        raise diagnose(statement)
    return part


def _homeless(statement: Statement) -> Part | None:
    """Return the plan of a device that no pole can carry: taken down where it may be."""
    if not statement.optional.all():
        return None
    cost = float(statement.drop_cost.sum())
    return Part(np.zeros(0, np.int64), np.full(statement.optional.size, -1, np.int64), cost, 0, cost, True)


def _nothing_to_gain(statement: Statement) -> Part | None:
    """Return the plan of a single pole that may go for it carries nothing, or stays with all it has; else None."""
    window, street = statement.window, statement.street
    if window.poles.size != 1 or window.stretches or street.poles.unwanted[window.poles[0]]:
        return None
    pole, devices = window.poles, window.devices
    remove, keep, replace = (each[0] for each in statement.state_costs)
    if not devices.size and street.poles.removable[pole[0]]:
        return Part(np.array([State.REMOVED]), devices, remove, 0, remove, True)
    rows = street.devices.row[devices]
    crowded = np.unique(rows[rows >= 0]).size < (rows >= 0).sum() or np.isin(street.conflicts, devices).any()
    fits = statement.pairs.old.sum() == devices.size and (street.devices.pole[devices] == pole[0]).all()
    fits &= (street.devices.demand[devices].sum(axis=0) <= street.poles.capacity[pole[0]]).all()
    if crowded or not fits or street.devices.optional[devices].any() or (statement.replaceable[0] and replace < keep):
        return None
    return Part(np.array([State.KEPT]), np.full(devices.size, pole[0]), keep, 1, keep, True)


def _joined(
    street: Street, pairs: Pairs, stretches: list[Stretch], windows: list[Window], parts: list[Part]
) -> Merging:
    state = np.zeros(street.poles.position.size, np.int64)
    pole: Longs = np.full(street.devices.pole.size, -1, np.int64)
    for window, part in zip(windows, parts, strict=True):
        state[window.poles] = part.state
        pole[window.devices] = part.pole
    reason, because = explain(street, pairs, stretches, state, pole)
    return Merging(
        state,
        pole,
        cost=float(sum(part.cost for part in parts)),
        pole_bound=sum(part.pole_bound for part in parts),
        cost_bound=float(sum(part.cost_bound for part in parts)),
        reason=reason,
        because=because,
        windows=len(windows),
        open_windows=sum(not part.proved for part in parts),
    )
