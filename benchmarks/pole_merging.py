"""Merging the poles of a whole city's streets: the fewest poles with proof, against first-fit merging in the same run.

First-fit goes along each street and takes down every pole whose devices all find room on poles that stand, the nearest
first, as one does by hand; the same limits hold. Full: the generated city at scale 1 (about 150,000 street poles and
22,000 smart poles). Quick: scale 0.05.
Run: ``python -m benchmarks.pole_merging [--quick]``.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks._claim import arguments, report
from qipan.core.catalogue import load_catalogue
from qipan.core.ground import plane_at
from qipan.domains.poles.merging.inventory import DeviceColumns, Inventory, PoleColumns
from qipan.domains.poles.merging.lines import Axes, stations
from qipan.domains.poles.merging.parameters import MergingParameters
from qipan.domains.poles.merging.problems import StreetProblem, state_streets, streets_of
from qipan.engines.siting.merging import Merging, State, Street, check_merging, merge_all
from qipan.engines.siting.merging.reach import find_pairs
from qipan.engines.synthesis import City, synthesise

BAR = 300.0


def inventory(city: City) -> Inventory:
    """What stands along the streets of a generated city, without a register."""
    street, smart, devices = (city.tables[kind] for kind in ("street_pole", "smart_pole", "pole_device"))

    def both(key: str) -> np.ndarray:
        return np.concatenate([street.numbers(key), smart.numbers(key)])

    def texts(key: str) -> np.ndarray:
        columns = [table.coded(key) for table in (street, smart)]
        return np.concatenate([np.array(one.values, object)[one.codes] for one in columns])

    held = np.concatenate([np.zeros(len(street)), smart.numbers("devices")])
    count = len(held)
    names = np.array([f"{number}" for number in range(count)], object)
    what = devices.coded("class")
    poles = PoleColumns(
        code=names,
        name=names,
        kind=np.repeat(np.array(["street_pole", "smart_pole"], object), [len(street), len(smart)]),
        what=names,
        road=texts("road"),
        district_id=np.concatenate([street.district, smart.district]).astype(np.int64),
        longitude=both("longitude"),
        latitude=both("latitude"),
        height=both("height"),
        load=np.maximum(both("load_capacity") - 25 * held, 0),
        power=np.maximum(1000 * both("power_capacity") - 300 * held, 0),
        protected=np.concatenate([street.numbers("protected") > 0, np.ones(len(smart), bool)]),
    )
    labels = np.array([f"{number}" for number in range(len(devices))], object)
    rows = devices.columns["pole"].rows
    columns = [devices.numbers(key) for key in ("height", "mass", "power")]
    hung = DeviceColumns(labels, labels, np.array(what.values, object)[what.codes], rows, *columns)
    return Inventory(poles, hung)


def first_fit(street: Street) -> tuple[np.ndarray, np.ndarray]:
    """States and homes when poles go one by one, from the least loaded, where all their devices fit elsewhere."""
    pairs = find_pairs(street)
    poles, devices = street.poles, street.devices
    state, home = np.full(poles.position.size, State.KEPT), devices.pole.copy()
    load = np.zeros_like(poles.capacity)
    np.add.at(load, home, devices.demand)
    start = np.searchsorted(pairs.device, np.arange(home.size + 1))
    clash = {int(one): set() for one in np.unique(street.conflicts)}
    for one, other in street.conflicts:
        clash[int(one)].add(int(other))
        clash[int(other)].add(int(one))
    hung = [np.flatnonzero(home == pole).tolist() for pole in range(state.size)]
    for pole in np.argsort([len(each) for each in hung], kind="stable"):
        if not poles.removable[pole]:
            continue
        placed = {}
        for device in hung[pole]:
            options = pairs.pole[start[device] : start[device + 1]][pairs.old[start[device] : start[device + 1]]]
            options = options[(options != pole) & (state[options] == State.KEPT)]
            for there in options[np.argsort(np.abs(poles.position[options] - poles.position[pole]), kind="stable")]:
                taken = hung[there] + [one for one, at in placed.items() if at == there]
                more = sum((devices.demand[one] for one, at in placed.items() if at == there), devices.demand[device])
                row = devices.row[device]
                if (
                    (load[there] + more <= poles.capacity[there]).all()
                    and not clash.get(device, set()).intersection(taken)
                    and (row < 0 or row not in devices.row[taken])
                ):
                    placed[device] = int(there)
                    break
            else:
                break
        if len(placed) == len(hung[pole]):
            state[pole] = State.REMOVED
            for device, there in placed.items():
                home[device] = there
                hung[there].append(device)
                load[there] += devices.demand[device]
            hung[pole] = []
    return state, home


def stated(scale: float) -> list[StreetProblem]:
    """The streets of a city of that scale with the default parameters and rates."""
    city = synthesise(scale, 1)
    stock = inventory(city)
    streets = streets_of(stock.poles)
    axes = Axes(plane_at(float(stock.poles.longitude[0]), float(stock.poles.latitude[0])), {})
    rates = {key: one.default for key, one in load_catalogue().rates.items()}
    place = stations(axes, stock.poles, streets)
    return state_streets(stock, streets, place, MergingParameters(), rates)


def main(quick: bool) -> None:
    """Merge every street, verify each plan, and compare with first-fit."""
    begun = time.perf_counter()
    problems = stated(0.05 if quick else 1.0)
    poles = sum(len(each.poles) for each in problems)
    print(f"{len(problems):,} streets, {poles:,} poles, stated in {time.perf_counter() - begun:.1f} s")
    begun, worked = time.perf_counter(), time.process_time()
    plans = merge_all([each.street for each in problems])
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    assert all(isinstance(plan, Merging) for plan in plans)
    left, bound = sum(plan.poles for plan in plans), sum(plan.pole_bound for plan in plans)
    open_windows, windows = sum(plan.open_windows for plan in plans), sum(plan.windows for plan in plans)
    for problem, plan in zip(problems, plans, strict=True):
        found = check_merging(problem.street, plan.state, plan.pole)
        assert found.holds, found.broken
        assert abs(found.cost - plan.cost) < 1e-6 * max(1.0, plan.cost)
    begun = time.perf_counter()
    fitted = [first_fit(each.street) for each in problems]
    peer = time.perf_counter() - begun
    verified = [check_merging(each.street, *plan) for each, plan in zip(problems, fitted, strict=True)]
    by_hand = sum(each.objective for each in verified)
    unfit = sum(not each.holds for each in verified)
    print(f"{windows:,} windows, {open_windows} unproved, {seconds:.1f} s ({worked:.1f} CPU s); first-fit {peer:.1f} s")
    print(f"{poles:,} poles -> {left:,} (bound {bound:,}); first-fit {by_hand:,.0f}, {unfit} streets break a limit")
    ratio = (poles - left) / max(poles - by_hand, 1)
    bar = "whole city < 300 s, all windows proved"
    holds = seconds < BAR and open_windows == 0
    report("pole_merging", seconds, "s", peer="first-fit, poles saved", ratio=ratio, bar=bar, holds=holds)


if __name__ == "__main__":
    main(arguments(__doc__ or "").quick)
