"""An independent checker: one device and one pole after the other over the stated street."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Longs
from qipan.engines.siting.checking import Verification
from qipan.engines.siting.merging.results import State
from qipan.engines.siting.merging.street import Street

_slack = 1e-5


def check_merging(street: Street, state: Longs, pole: Longs) -> Verification:
    """Recompute the number of poles (``objective``) and the cost of a plan and name every condition that it breaks."""
    broken = [*_broken_poles(street, state), *_broken_devices(street, state, pole)]
    if not broken:
        broken = [*_broken_loads(street, state, pole), *_broken_company(street, pole), *_broken_rows(street, pole)]
    return Verification(float((state != State.REMOVED).sum()), _cost(street, state, pole), tuple(broken))


def _cost(street: Street, state: Longs, pole: Longs) -> float:
    costs = (street.poles.remove_cost, street.poles.keep_cost, street.poles.replace_cost)
    total = sum(float(costs[one][number]) for number, one in enumerate(state))
    for device, there in enumerate(pole):
        if there < 0:
            total += float(street.devices.drop_cost[device])
        elif there != street.devices.pole[device]:
            total += float(street.devices.move_cost[device])
    return total


def _broken_poles(street: Street, state: Longs) -> list[str]:
    broken = []
    for number, one in enumerate(state):
        if one == State.REMOVED and not street.poles.removable[number]:
            broken.append(f"pole {number} is removed but must stay")
        if one != State.REMOVED and street.poles.unwanted[number]:
            broken.append(f"pole {number} stays but must go")
        if one == State.REPLACED and not np.isfinite(street.poles.replace_cost[number]):
            broken.append(f"pole {number} is replaced but cannot be")
    return broken


def _broken_devices(street: Street, state: Longs, pole: Longs) -> list[str]:
    poles, devices = street.poles, street.devices
    broken = []
    for device, there in enumerate(pole):
        home = devices.pole[device]
        if there < 0:
            if not devices.optional[device]:
                broken.append(f"device {device} hangs nowhere")
            continue
        if state[there] == State.REMOVED:
            broken.append(f"device {device} hangs on pole {there}, which is removed")
        moved = abs(poles.position[there] - poles.position[home])
        if moved > devices.shift[device] + _slack:
            broken.append(f"device {device} moves {moved:g} m, more than {devices.shift[device]:g}")
        if devices.same_side[device] and poles.side[there] != poles.side[home]:
            broken.append(f"device {device} changes sides")
        height = street.smart.height if state[there] == State.REPLACED else poles.height[there]
        if not devices.lowest[device] - _slack <= height <= devices.highest[device] + _slack:
            broken.append(f"device {device} hangs on pole {there} of {height:g} m")
    return broken


def _broken_loads(street: Street, state: Longs, pole: Longs) -> list[str]:
    broken = []
    for number, one in enumerate(state):
        capacity = street.smart.capacity if one == State.REPLACED else street.poles.capacity[number]
        load = street.devices.demand[pole == number].sum(axis=0)
        for limit in np.flatnonzero(load > capacity * (1 + _slack) + _slack):
            broken.append(f"pole {number} bears {street.limits[limit]} {load[limit]:g} of {capacity[limit]:g}")
    return broken


def _broken_company(street: Street, pole: Longs) -> list[str]:
    return [
        f"devices {one} and {other} share pole {pole[one]}"
        for one, other in street.conflicts
        if pole[one] >= 0 and pole[one] == pole[other]
    ]


def _broken_rows(street: Street, pole: Longs) -> list[str]:
    broken = []
    for row in range(street.spacing.size):
        lamps = np.flatnonzero(street.devices.row == row)
        hung = pole[lamps][pole[lamps] >= 0]
        if np.unique(hung).size < hung.size:
            broken.append(f"two lamps of row {row} share a pole")
        if street.devices.optional[lamps].any() or street.devices.shift[lamps].any():
            before = street.poles.position[street.devices.pole[lamps]]
            broken += _dark(row, float(street.spacing[row]), before, np.sort(street.poles.position[hung]))
    return broken


def _dark(row: int, spacing: float, before: np.ndarray, lit: np.ndarray) -> list[str]:
    if not lit.size:
        return [f"row {row} is dark"]
    gaps = [abs(lit[0] - before.min()) * 2, *np.diff(lit), abs(before.max() - lit[-1]) * 2]
    return [f"row {row} has lit poles {gap:g} m apart, more than {spacing:g}" for gap in gaps if gap > spacing + _slack]
