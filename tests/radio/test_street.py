"""P.1411 street models and correlated shadowing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.freespace import free_space_loss
from qipan.engines.radio.shadowing import shadow_field, shadow_fields
from qipan.engines.radio.street import (
    Corner,
    Roofs,
    canyon_corner,
    canyon_corner_high,
    canyon_los,
    canyon_los_millimetre,
    over_roofs,
    site_general_loss,
)

# Table 4 of P.1411-12 worked by hand (surroundings, GHz, m, dB).
GENERAL = [
    ("urban-high-rise", True, False, 10, 100, 92.7),
    ("urban-high-rise", False, False, 10, 300, 132.8848),
    ("urban-low-rise", False, False, 10, 150, 125.6302),
    ("residential", False, False, 10, 100, 99.7),
]


@pytest.mark.parametrize(("surround", "los", "above", "f", "d", "loss"), GENERAL)
def test_site_general_equation_1(surround: str, los: bool, above: bool, f: float, d: float, loss: float):
    assert site_general_loss(surround, d, f, los, above_roof=above) == pytest.approx(loss, abs=1e-4)


@pytest.mark.parametrize(
    ("los", "f", "d", "loss"),
    [(True, 2.2, 55, 75.16579013), (True, 73, 1200, 135.6343786), (False, 28, 800, 154.4602851)],
)
def test_over_roof_site_general_published_rows(los: bool, f: float, d: float, loss: float):
    assert site_general_loss("urban-high-rise", d, f, los, above_roof=True) == pytest.approx(loss, abs=1e-7)


def test_missing_combination_names_the_known():
    with pytest.raises(OutOfRange, match="no coefficients for residential LOS; there are urban-high-rise LOS"):
        site_general_loss("residential", 100, 3.5, True)


@given(d=st.floats(20, 999), f=st.floats(0.3, 15), h=st.floats(2, 20))
def test_canyon_bounds_are_ordered(d: float, f: float, h: float):
    found = canyon_los(d, f, h, 1.6)
    assert found.lower < found.median < found.upper or d > 4 * h * 1.6 * f / 0.2998 / 2


def test_canyon_is_continuous_at_the_break_point():
    point = 4 * 10 * 1.5 * 2.0 / 0.2998
    before, after = canyon_los(point - 1e-6, 2.0, 10, 1.5), canyon_los(point + 1e-6, 2.0, 10, 1.5)
    assert before == pytest.approx(after, abs=1e-6)
    # Before it the lower bound falls as free space does and lies within the two-ray gain of it.
    assert free_space_loss(point, 2.0) - before.lower == pytest.approx(6.02, abs=0.01)


def test_canyon_below_traffic_falls_with_the_cube():
    one, two = canyon_los(100, 5.0, 1.0, 1.0, 1.6), canyon_los(200, 5.0, 1.0, 1.0, 1.6)
    assert two.median - one.median == pytest.approx(30 * math.log10(2))
    assert canyon_los(10, 5.0, 1.0, 1.0, 1.6) == canyon_los(10, 5.0, 1.0, 1.0, 0.0)


def test_canyon_millimetre_equation_13_is_free_space_at_exponent_2():
    assert canyon_los_millimetre(200, 28.0) == pytest.approx(float(free_space_loss(200, 28.0)), abs=0.5)


def test_corner_is_symmetric_and_loses_more_further_in():
    corner = Corner(80, 60, 20, 15)
    assert canyon_corner(corner, 1.8) == pytest.approx(canyon_corner(Corner(60, 80, 15, 20), 1.8))
    assert canyon_corner(Corner(80, 120, 20, 15), 1.8) > canyon_corner(corner, 1.8)


def test_high_corner_joins_its_three_regions():
    los = 90.0
    inside, edge = (canyon_corner_high(Corner(100, x, 20, 20), 5.8, los) for x in (11.0, 11.0 + 1e-9))
    assert (inside, edge) == pytest.approx((los, los), abs=1e-6)
    before, after = (canyon_corner_high(Corner(100, x, 20, 20), 5.8, los) for x in (41.0, 41.0 + 1e-9))
    assert before == pytest.approx(los + 20)
    assert after == pytest.approx(before, abs=0.25)


ROOFS = Roofs(height=20, extent=500, separation=50, width=20)


def test_over_roofs_matches_walfisch_ikegami_where_they_agree():
    # Below 2 GHz and settled, §4.2.2.1 is COST 231 Walfisch-Ikegami: its terms by hand at 1.8 GHz, 1 km.
    free = 32.4 + 20 * math.log10(1.0) + 20 * math.log10(1800)
    street = -8.2 - 10 * math.log10(20) + 10 * math.log10(1800) + 20 * math.log10(18.5) + 4.0 - 0.114 * 35
    screens = -18 * math.log10(11) + 54 + 0 + (-4 + 0.7 * (1800 / 925 - 1)) * math.log10(1800) - 9 * math.log10(50)
    long = Roofs(height=20, extent=100_000, separation=50, width=20)
    assert over_roofs(1000, 1.8, 30, 1.5, long) == pytest.approx(free + street + screens, abs=1e-4)


@given(d=st.floats(20, 5000), f=st.floats(0.8, 26), h1=st.floats(4, 55), phi=st.floats(0, 90))
def test_over_roofs_never_below_free_space(d: float, f: float, h1: float, phi: float):
    loss = over_roofs(d, f, h1, 1.5, Roofs(18, 400, 45, 18, phi, True))
    assert loss >= 32.4 + 20 * math.log10(d * f) - 1e-9
    assert math.isfinite(loss)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"distance": 10}, "distance 10 m is outside 20 to 5000 m"),
        ({"f": 28.0}, "frequency 28 GHz"),
        ({"h1": 60}, "upper antenna height 60 m"),
        ({"h2": 5}, "lower antenna height 5 m"),
    ],
)
def test_over_roofs_range(change: dict, words: str):
    arguments = {"distance": 500, "f": 3.5, "h1": 30, "h2": 1.5, "roofs": ROOFS} | change
    with pytest.raises(OutOfRange, match=words):
        over_roofs(**arguments)


def test_shadow_field_has_unit_deviation_and_exponential_correlation():
    field = shadow_field((600, 600), 10.0, 50.0, np.random.default_rng(7))
    assert field.std() == pytest.approx(1.0, abs=0.05)
    for lag in (2, 5, 10):
        found = np.mean(field[:, lag:] * field[:, :-lag]) / np.mean(field**2)
        assert found == pytest.approx(math.exp(-lag * 10 / 50), abs=0.05)


def test_shadow_fields_of_sites_share_half():
    fields = shadow_fields(3, (400, 400), 10.0, 40.0, np.random.default_rng(1))
    assert np.corrcoef(fields[0].ravel(), fields[2].ravel())[0, 1] == pytest.approx(0.5, abs=0.08)


def test_the_same_draws_give_the_same_field():
    one, two = (shadow_field((20, 30), 10.0, 30.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, two)
