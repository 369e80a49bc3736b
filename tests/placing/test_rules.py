"""Reach along streets, least numbers shared out, and who pays what on a shared host."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from qipan.core.catalogue import load_catalogue
from qipan.core.ground import Streets
from qipan.core.placing.bills import bill_of, totals_of
from qipan.core.placing.candidates import candidates_of, costs_of
from qipan.core.placing.existing import nothing_existing
from qipan.core.placing.hosts import Hosts, junctions, points_along
from qipan.core.placing.minimums import parts_of, share_out
from qipan.core.placing.rules import reach_along, reach_within, spacing_pairs
from qipan.engines.siting import Conditions
from qipan.engines.siting.checking import plan_cost

catalogue = load_catalogue()


def streets(*lines: list[tuple[float, float]]) -> Streets:
    shapes = np.array([shapely.LineString(one) for one in lines], dtype=object)
    count = len(lines)
    names = np.array(["路"] * count, dtype=object)
    return Streets(shapes, names, np.zeros(count, dtype=np.int8), shapely.length(shapes))


cross = streets([(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(500, 0), (500, 400)], [(500, 0), (500, -400)])


def test_reach_follows_the_street_not_the_crow() -> None:
    sites = np.array([[100.0, 5.0]])
    places = np.array([[300.0, 0.0], [500.0, 150.0], [250.0, 50.0], [5000.0, 5000.0], [500.0, -350.0]])
    reach = reach_along(cross, sites, places, 560.0)
    # 200 m; 400 + 150 m; 150 m along from the foot of the perpendicular; on no street; 750 m.
    assert reach.demand.tolist() == [0, 1, 2]
    assert reach_within(sites, places, 560.0).demand.tolist() == [0, 1, 2, 4]


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=12), st.floats(0, 1000), st.floats(1, 900))
def test_on_one_straight_street_reach_is_the_difference(at: list[float], site: float, metres: float) -> None:
    whole = streets([(0, 0), (500, 0)], [(500, 0), (1000, 0)])
    places = np.column_stack([at, np.zeros(len(at))])
    reach = reach_along(whole, np.array([[site, 0.0]]), places, metres)
    near = np.flatnonzero(np.abs(np.array(at) - site) <= metres - 0.1)
    far = np.flatnonzero(np.abs(np.array(at) - site) > metres + 0.1)
    assert set(near) <= set(reach.demand.tolist())
    assert not set(far) & set(reach.demand.tolist())


def test_points_and_junctions_of_streets() -> None:
    x, _, street = points_along(cross, 100.0)
    assert np.bincount(street).tolist() == [5, 5, 4, 4]
    assert x[:5].tolist() == [50, 150, 250, 350, 450]
    x, y, _, _ = junctions(cross)
    assert (x.tolist(), y.tolist()) == ([500.0], [0.0])


@given(st.data())
def test_parts_together_reach_every_need(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 40))
    members = data.draw(st.lists(st.lists(st.booleans(), min_size=rows, max_size=rows), min_size=1, max_size=5))
    flags = [np.array(one) for one in members]
    needs = [data.draw(st.integers(0, max(int(one.sum()), 0))) for one in flags]
    part, belongs = parts_of(flags, rows)
    room = np.bincount(part, minlength=belongs.shape[1]).astype(np.int64)
    least = share_out(needs, belongs, room)
    for need, which, flag in zip(needs, belongs, flags, strict=True):
        assert int(least[which].sum()) >= need
        assert flag.sum() == room[which].sum()
    assert (least <= room).all()


def hosts(count: int) -> Hosts:
    numbers = np.arange(count)
    text = np.array([f"h{one}" for one in numbers], dtype=object)
    place = numbers.astype(np.float64)
    return Hosts(
        text, np.zeros(count, np.int16), numbers + 1, text, text, np.ones(count, np.int64), place, place, place, place,
        np.full(count, 20.0),
    )  # fmt: skip


@given(st.lists(st.integers(0, 11), unique=True, min_size=1), st.integers(0, 2**31))
def test_bills_add_up_to_what_the_engine_reckons(order: list[int], seed: int) -> None:
    placement = catalogue.placements["mobile.base_station"]
    rates = {key: one.default for key, one in catalogue.rates.items()}
    duct = np.random.default_rng(seed).uniform(0, 900, 4)
    found = candidates_of(placement, hosts(4), nothing_existing, [1, 2, 3], {1: 1}, duct, rates)
    chosen = np.array(order, dtype=np.int64)
    units = {key: one.unit for key, one in catalogue.rates.items()}
    capital, yearly = totals_of(bill_of(placement, found, chosen, rates, units), len(chosen))
    conditions = Conditions(group=found.group.astype(np.int32), group_cost=found.group_cost)
    assert capital.sum() == pytest.approx(plan_cost(found.own, conditions, chosen), abs=0.02 * len(chosen) * 6)
    shared = np.bincount(found.group[chosen])[found.group[chosen]] > 1
    rent = np.where(shared, rates["sharing.rent"], 1.0) * rates["mobile.tower_rent"]
    power = rates["power.direct_price"] * rates["mobile.macro_kilowatt_hours"]
    assert yearly == pytest.approx(rent + power)


def test_a_metre_that_costs_nothing_may_be_any_number() -> None:
    placement = catalogue.placements["poles.smart_pole"]
    rates = {key: one.default for key, one in catalogue.rates.items()} | {"transmission.pulling": 0.0}
    own, opening = costs_of(placement, np.zeros(1, np.int16), np.array([np.inf]), rates)
    assert own.tolist() == [rates["poles.pole"] + rates["power.connection"]]
    assert opening.tolist() == [0.0]


def test_spacing_holds_within_an_operator_alone() -> None:
    x, y = np.array([0.0, 50.0, 10.0]), np.zeros(3)
    assert spacing_pairs(x, y, np.array([1, 1, 2]), 60.0).tolist() == [[0, 1]]
    assert spacing_pairs(x, y, np.array([1, 1, 2]), 50.0).tolist() == []
