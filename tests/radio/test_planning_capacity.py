"""Capacity: the fixed point of load and interference, what is unserved, what to add."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.network import Link, equal_shares, noise_power, ss_sinr, throughput
from qipan.engines.radio.planning import BadNetwork, Habits, additions, busy_hour_demand, cell_capacity, split_demand
from qipan.engines.radio.planning.capacity import rate_steps

NOISE = noise_power(30e3)
LINK = Link()


def _network(seed: int, cells: int = 9, kept: int = 4, shape: tuple[int, int] = (30, 30)):
    # all cells everywhere, fourth power of the distance; total counts them all
    draws = np.random.default_rng(seed)
    place = draws.uniform(0, 30, (cells, 2))
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    apart = np.hypot(row[..., None] - place[:, 0], column[..., None] - place[:, 1]) * 40.0 + 20.0
    power = -5.0 - 38.0 * np.log10(apart) + draws.normal(0, 4, (*shape, cells))
    servers = np.argsort(-power, axis=-1, kind="stable")[..., :kept].astype(np.int32)
    levels = np.take_along_axis(power, servers.astype(int), axis=-1).astype(np.float32)
    total = (10.0 ** (power / 10.0)).sum(axis=-1).astype(np.float32)
    return levels, servers, total, draws.exponential(1.0, shape)


def _capacity(network, demand, **more):
    levels, servers, total, _ = network
    return cell_capacity(levels, servers, total, demand, cells=9, noise=NOISE, **more)


def test_steps_are_the_throughput_function():
    ratio, rate = rate_steps(LINK)
    sinr = np.random.default_rng(1).uniform(-15, 45, 4000)
    step = np.searchsorted(ratio, 10.0 ** (sinr / 10.0), side="right") - 1
    np.testing.assert_allclose(np.where(step >= 0, rate[step], 0.0), throughput(sinr, LINK), rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(1e3, 1e7))
def test_loads_are_a_fixed_point(seed: int, scale: float):
    # the same loads come back from the SINR and throughput of the network half
    network = _network(seed, kept=9)
    levels, servers, _, weight = network
    found = _capacity(network, weight * scale, tolerance=1e-9)
    assert found.settled
    sent = np.minimum(found.load, 1.0)
    power = 10.0 ** (levels.astype(np.float64) / 10.0)
    sinr = 10.0 * np.log10(power[..., 0] / ((power * sent[servers])[..., 1:].sum(axis=-1) + NOISE))
    rate = np.maximum(throughput(sinr, LINK), throughput(10 * np.log10(rate_steps(LINK)[0][0]) + 1e-9, LINK))
    again = np.bincount(servers[..., 0].ravel(), weights=(weight * scale / rate).ravel(), minlength=9)
    np.testing.assert_allclose(again, found.load, rtol=2e-3, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), more=st.floats(1.0, 4.0))
def test_more_demand_never_less_load(seed: int, more: float):
    network = _network(seed)
    part, full = (_capacity(network, network[3] * 2e5 * each, tolerance=1e-5) for each in (1.0, more))
    assert (full.load >= part.load - 1e-3).all()
    assert full.unserved >= part.unserved - 1.0
    assert part.settled
    assert full.settled


def test_idle_interferers_leave_the_rate_against_noise():
    network = _network(4)
    levels, servers, total, weight = network
    lone = np.where(servers[..., 0] == 2, weight, 0.0) * 1e4
    found = _capacity(network, lone)
    best = ss_sinr(levels, total, NOISE, 0.0)
    rate = throughput(best, LINK)
    assert found.load[2] == pytest.approx((lone[lone > 0] / rate[lone > 0]).sum(), rel=1e-9)
    assert found.load.sum() == found.load[2]


def test_capacity_is_demand_over_load_and_by_area_without():
    network = _network(5)
    found = _capacity(network, network[3] * 1e5)
    busy = found.demand > 0
    np.testing.assert_allclose(found.capacity[busy], found.demand[busy] / found.load[busy])
    empty = _capacity(network, np.zeros((30, 30)))
    rate = throughput(ss_sinr(network[0], network[2], NOISE, 0.0), LINK)
    users = np.ones((30, 30))
    share = equal_shares(network[1], users, 9)
    harmonic = [1.0 / (share / rate)[network[1][..., 0] == cell].sum() for cell in range(9)]
    np.testing.assert_allclose(empty.capacity, harmonic, rtol=1e-6)


def test_what_is_not_heard_and_what_is_too_much_is_unserved():
    levels = np.array([[[-80.0], [-80.0], [-150.0], [-np.inf]]], dtype=np.float32)
    servers = np.array([[[0], [0], [0], [-1]]], dtype=np.int32)
    total = np.where(levels[..., 0] > -200, 10.0 ** (np.maximum(levels[..., 0], -200) / 10.0), 0).astype(np.float32)
    peak = float(throughput(60.0, LINK))
    found = cell_capacity(levels, servers, total, [[peak, peak, 7.0, 5.0]], cells=2, noise=NOISE, limit=0.8)
    assert found.load[0] == pytest.approx(2.0)
    assert found.unreached == pytest.approx(12.0)
    assert found.excess[0] == pytest.approx(1.2 * peak)
    assert found.unserved == pytest.approx(12.0 + 1.2 * peak)
    assert found.overloaded(0.8).tolist() == [0]


@given(load=st.floats(0, 50), limit=st.floats(0.1, 1.0), have=st.integers(1, 3), most=st.integers(1, 5))
def test_additions_are_enough_and_no_more(load: float, limit: float, have: int, most: int):
    found = additions([load], limit=limit, carriers=have, most=most)
    carriers, cells = int(found.carriers[0]), int(found.cells[0])
    assert found.load[0] <= limit + 1e-6
    assert have + carriers <= max(most, have)
    work = load * have
    if cells:
        assert carriers == max(most - have, 0)
        assert work / ((have + carriers) * cells) > limit * (1 - 1e-6)
    elif carriers:
        assert work / (have + carriers - 1) > limit * (1 - 1e-6)


def test_demand_of_people():
    habits = Habits(users=0.5, gigabytes=30.0, busy_share=0.1, days=30.0, downlink=1.0)
    # 1 GB a day and user, a tenth of it in one hour
    assert busy_hour_demand([[2.0]], habits, 1.5)[0, 0] == pytest.approx(2 * 1.5 * 0.5 * 1e9 * 8 * 0.1 / 3600)
    with pytest.raises(OutOfRange, match="busy-hour share"):
        busy_hour_demand([1.0], Habits(busy_share=0.01))


def test_demand_goes_where_the_rate_is():
    rates = np.array([[[30.0, 0.0, np.nan]], [[10.0, 5.0, 0.0]]])
    assert split_demand([[8.0, 2.0, 3.0]], rates).tolist() == [[[6.0, 0.0, 3.0]], [[2.0, 2.0, 0.0]]]
    with pytest.raises(BadNetwork, match="rates: shape"):
        split_demand([[8.0]], rates)


def test_what_does_not_fit_is_said():
    network = _network(1)
    with pytest.raises(BadNetwork, match="demand: shape"):
        _capacity(network, np.zeros((2, 2)))
    with pytest.raises(OutOfRange, match="demand -1"):
        _capacity(network, np.full((30, 30), -1.0))
    with pytest.raises(BadNetwork, match="outside 0 to 3"):
        cell_capacity(*network[:3], network[3], cells=4, noise=NOISE)
    with pytest.raises(OutOfRange, match="load limit 0"):
        additions([0.3], limit=0.0)
