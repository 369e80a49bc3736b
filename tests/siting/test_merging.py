"""Merging poles against every plan of tiny streets, hand-made streets, and what must hold of any plan."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qipan.engines.siting.merging as merging
from qipan.engines.siting import ConditionError, Infeasible
from qipan.engines.siting.merging import (
    Devices,
    NoMerging,
    Poles,
    Reason,
    SmartPole,
    State,
    Street,
    check_merging,
    merge,
    merge_all,
)


def best_by_trying(street: Street) -> tuple[float, float] | None:
    """Fewest poles and least cost over every state of every pole and every place of every device."""
    n = street.poles.position.size
    places = [range(-1 if optional else 0, n) for optional in street.devices.optional]
    best = None
    for state in product(State, repeat=n):
        for pole in product(*places):
            if any(there >= 0 and state[there] == State.REMOVED for there in pole):
                continue
            found = check_merging(street, np.array(state), np.array(pole, dtype=np.int64))
            if found.holds and (best is None or (found.objective, found.cost) < best):
                best = (found.objective, found.cost)
    return best


@st.composite
def streets(draw) -> Street:
    n, m = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    few = st.integers(0, 3)

    def listed(what, count):
        return draw(st.lists(what, min_size=count, max_size=count))

    rows = draw(st.booleans()) and m > 1
    removable = listed(st.sampled_from([True, True, True, False]), n)
    unwanted = [one and draw(st.sampled_from([False, False, False, True])) for one in removable]
    poles = Poles(
        position=listed(st.sampled_from([0.0, 4.0, 9.0, 30.0]), n),
        height=listed(st.sampled_from([6.0, 10.0]), n),
        capacity=[[one] for one in listed(st.integers(1, 4), n)],
        side=listed(st.integers(0, 1), n),
        removable=removable,
        unwanted=unwanted,
        keep_cost=listed(few, n),
        remove_cost=listed(few, n),
        replace_cost=listed(st.sampled_from([5.0, 8.0, np.inf]), n),
    )
    devices = Devices(
        pole=listed(st.integers(0, n - 1), m),
        demand=[[one] for one in listed(st.integers(0, 2), m)],
        shift=listed(st.sampled_from([0.0, 5.0, 10.0]), m),
        lowest=listed(st.sampled_from([3.0, 8.0]), m),
        highest=listed(st.sampled_from([9.0, np.inf, np.inf]), m),
        same_side=listed(st.booleans(), m),
        move_cost=listed(few, m),
        row=[0 if rows and k < 2 else -1 for k in range(m)],
        optional=listed(st.sampled_from([False, False, True]), m),
        drop_cost=listed(few, m),
    )
    conflicts = [[0, m - 1]] if m > 1 and draw(st.booleans()) else np.zeros((0, 2))
    spacing = [draw(st.sampled_from([9.0, 31.0]))] if rows else []
    return Street(poles, devices, SmartPole(12.0, [5.0]), ("load",), spacing, conflicts)


@settings(max_examples=150)
@given(streets())
def test_no_plan_is_better(street: Street):
    best = best_by_trying(street)
    if best is None:
        with pytest.raises(Infeasible) as raised:
            merge(street)
        assert raised.value.clash
        return
    plan = merge(street)
    found = check_merging(street, plan.state, plan.pole)
    assert found.holds, found.broken
    assert (plan.poles, pytest.approx(plan.cost)) == (found.objective, found.cost)
    assert (plan.poles, pytest.approx(plan.cost)) == best
    assert plan.optimal
    assert plan.gap == 0
    assert plan.poles == plan.pole_bound


@st.composite
def lamp_rows(draw) -> Street:
    n, m = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    metres = st.integers(0, 40)
    poles = Poles(draw(st.lists(metres, min_size=n, max_size=n)), np.full(n, 9.0), np.full((n, 0), 1.0))
    homes = draw(st.lists(st.integers(0, n - 1), min_size=m, max_size=m))
    shift = draw(st.lists(st.integers(1, 25), min_size=m, max_size=m))
    optional = draw(st.lists(st.booleans(), min_size=m, max_size=m))
    devices = Devices(homes, np.zeros((m, 0)), shift, np.full(m, 8.0), row=np.zeros(m), optional=optional)
    return Street(poles, devices, SmartPole(12.0, []), (), [draw(st.integers(5, 45))])


@settings(max_examples=200)
@given(lamp_rows())
def test_rows_of_lamps_keep_their_spacing_with_the_fewest_poles(street: Street):
    """A pole stands exactly where a lamp hangs, so all places of the lamps are all plans."""
    fewest = None
    for pole in product(*(range(-1 if one else 0, street.poles.position.size) for one in street.devices.optional)):
        state = np.full(street.poles.position.size, State.REMOVED)
        state[[there for there in pole if there >= 0]] = State.KEPT
        found = check_merging(street, state, np.array(pole))
        if found.holds and (fewest is None or found.objective < fewest):
            fewest = found.objective
    if fewest is None:
        with pytest.raises(Infeasible):
            merge(street)
        return
    plan = merge(street)
    assert check_merging(street, plan.state, plan.pole).holds
    assert plan.poles == fewest


def row_of_lamps(gap: float = 30.0, count: int = 9, **more) -> Street:
    """Lamp posts ``gap`` m apart, and 3 m behind each a low post with a camera that may move 5 m."""
    lamps = gap * np.arange(count)
    poles = Poles(
        position=np.concatenate((lamps, lamps + 3)),
        height=np.r_[np.full(count, 10.0), np.full(count, 6.0)],
        capacity=np.full((2 * count, 2), 50.0),
        remove_cost=np.full(2 * count, 2.0),
        replace_cost=np.full(2 * count, 30.0),
    )
    devices = Devices(
        pole=np.arange(2 * count),
        demand=np.tile([20.0, 10.0], (2 * count, 1)),
        shift=np.r_[np.zeros(count), np.full(count, 5.0)],
        lowest=np.r_[np.full(count, 9.0), np.full(count, 5.0)],
        move_cost=np.full(2 * count, 1.0),
        row=np.r_[np.zeros(count), np.full(count, -1)],
    )
    street = Street(poles, devices, SmartPole(12.0, [300.0, 300.0]), ("load in kg", "power in W"), [35.0])
    return replace(street, **more)


def test_cameras_move_to_the_lamp_posts_beside_them():
    plan = merge(row_of_lamps())
    assert plan.poles == 9
    assert plan.cost == 9 * 2 + 9 * 1
    assert plan.state.tolist() == [State.KEPT] * 9 + [State.REMOVED] * 9
    assert plan.pole.tolist() == [*range(9), *range(9)]
    assert plan.windows == 9
    assert plan.moved(row_of_lamps().devices.pole).tolist() == list(range(9, 18))
    assert set(plan.reason[:9]) == {Reason.ONLY_HOME}
    assert set(plan.reason[9:]) == {Reason.GONE}


def test_a_post_too_weak_for_both_becomes_a_smart_pole():
    street = row_of_lamps()
    street.poles.capacity[2, 0] = 30.0
    street.poles.capacity[3, 1] = 15.0
    plan = merge(street)
    assert plan.poles == 9
    assert np.flatnonzero(plan.state == State.REPLACED).tolist() == [2, 3]
    assert plan.cost == 9 * 2 + 9 * 1 + 2 * 30
    nowhere = replace(street, smart=SmartPole(12.0, [10.0, 300.0]))
    assert merge(nowhere).poles == 11


def test_lamps_are_taken_down_as_far_as_the_spacing_allows():
    street = row_of_lamps(gap=15.0, spacing=[30.0])
    street.devices.optional[:9] = True
    plan = merge(street)
    lit = np.sort(street.poles.position[plan.pole[:9][plan.pole[:9] >= 0]])
    assert np.diff(lit).max() <= 30.0 + 1e-6
    assert lit[0] <= 15.0 + 1e-6
    assert check_merging(street, plan.state, plan.pole).holds
    assert (plan.poles, len(lit)) == (9, 4)


def test_a_smart_pole_is_built_where_no_old_pole_is_high_enough():
    poles = Poles(position=[0.0, 4.0], height=[6.0, 6.0], capacity=[[90.0], [90.0]], replace_cost=[40.0, 30.0])
    devices = Devices(pole=[0, 1], demand=[[10.0], [10.0]], shift=[5.0, 5.0], lowest=[6.0, 8.0])
    plan = merge(Street(poles, devices, SmartPole(12.0, [100.0]), ("load",)))
    assert (plan.poles, plan.cost, plan.state.tolist()) == (1, 30.0, [State.REMOVED, State.REPLACED])


def test_devices_that_disturb_each_other_stay_apart():
    street = row_of_lamps()
    street = replace(street, conflicts=[[4, 13]])
    plan = merge(street)
    assert plan.poles == 10
    assert plan.pole[4] != plan.pole[13]


def test_the_smallest_clash_names_what_is_too_much():
    street = row_of_lamps()
    street.poles.unwanted[[3, 12]] = True
    with pytest.raises(NoMerging) as raised:
        merge(street)
    assert raised.value.smallest
    assert {one.kind for one in raised.value.demands} == {"placed", "gone"}
    assert "pole 3 must go" in raised.value.clash
    assert len(raised.value.clash) == 2


def test_a_row_that_is_dark_already_is_named():
    street = row_of_lamps(spacing=[25.0])
    street.devices.optional[:9] = True
    with pytest.raises(NoMerging, match="row 0 is lit between"):
        merge(street)


def test_a_device_that_no_pole_can_carry_is_named():
    street = row_of_lamps()
    street.devices.lowest[11] = 40.0
    with pytest.raises(NoMerging, match="device 11 hangs within 5 m, at least 40 m high"):
        merge(street)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("shift", [-1.0], "device 0: shift is -1.0, which must be 0 or more"),
        ("pole", [4], "device 0: pole is 4, which must be between 0 and 0"),
        ("demand", [[np.nan]], "device 0: load is nan"),
        ("lowest", [1.0, 2.0], "lowest has 2 values where 1 are needed"),
        ("row", [2], "device 0: row is 2, which must be below 0"),
    ],
)
def test_values_without_meaning_are_refused(field, value, said):
    good = {"pole": [0], "demand": [[1.0]], "shift": [0.0], "lowest": [3.0]}
    poles = Poles(position=[0.0], height=[8.0], capacity=[[10.0]])
    with pytest.raises(ConditionError, match=re.escape(said)):
        Street(poles, Devices(**{**good, field: value}), SmartPole(12.0, [10.0]), ("load",))


def random_street(seed: int, count: int = 60) -> Street:
    random = np.random.default_rng(seed)
    position = np.sort(random.uniform(0, 8.0 * count, count))
    m = 2 * count
    poles = Poles(
        position,
        random.choice([6.0, 8.0, 10.0, 12.0], count),
        np.column_stack([random.choice([120.0, 200.0], count), np.full(count, 800.0)]),
        random.integers(0, 2, count),
        random.random(count) < 0.9,
        remove_cost=np.full(count, 3_000.0),
        replace_cost=np.full(count, 45_000.0),
    )
    pole = random.integers(0, count, m)
    devices = Devices(
        pole,
        np.column_stack([random.uniform(5, 30, m), random.uniform(20, 120, m)]),
        random.choice([0.0, 5.0, 15.0], m),
        np.minimum(random.choice([3.0, 6.0, 8.0], m), poles.height[pole]),
        same_side=random.random(m) < 0.5,
        move_cost=np.full(m, 900.0),
    )
    return Street(poles, devices, SmartPole(12.0, [400.0, 3_000.0]), ("load in kg", "power in W"))


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_a_street_are_the_street(seed):
    """Never more poles than before, all devices hung, and two streets end to end cost what each does by itself."""
    one, other = random_street(seed), random_street(seed + 100)
    plans = merge_all([one, other])
    both = _end_to_end(one, other)
    plan = merge(both)
    assert check_merging(both, plan.state, plan.pole).holds
    assert plan.poles == sum(each.poles for each in plans) < both.poles.position.size
    assert plan.cost == pytest.approx(sum(each.cost for each in plans))
    assert (plan.pole >= 0).all()
    assert plan.windows == sum(each.windows for each in plans)


def _end_to_end(one: Street, other: Street) -> Street:
    def joined(name, part, add=0.0):
        return np.concatenate((getattr(getattr(one, part), name), getattr(getattr(other, part), name) + add))

    poles = {key: joined(key, "poles") for key in vars(one.poles) if key not in ("position", "removable", "unwanted")}
    flags = {key: joined(key, "poles", np.False_) for key in ("removable", "unwanted")}
    devices = {key: joined(key, "devices") for key in ("demand", "shift", "lowest", "move_cost", "same_side")}
    return Street(
        Poles(position=joined("position", "poles", 10_000.0), **poles, **{k: v.astype(bool) for k, v in flags.items()}),
        Devices(pole=joined("pole", "devices", one.poles.position.size), **devices),
        one.smart,
        one.limits,
    )


def test_many_streets_with_one_that_has_no_plan_and_an_early_end():
    bad = row_of_lamps()
    bad.devices.lowest[11] = 40.0
    good, failed = merge_all([row_of_lamps(), bad])
    assert good.poles == 9
    assert isinstance(failed, NoMerging)
    ended = merge_all([row_of_lamps()] * 40, workers=1, keep_going=lambda done, _of: done < 2)
    assert ended[0].poles == 9
    assert ended[-1] is None


def test_the_example_of_the_package_runs():
    assert doctest.testmod(merging).failed == 0
