"""ITU-R P.525 and P.526 by their own formulas, limits and symmetries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio.diffraction import (
    bullington_loss,
    delta_bullington_loss,
    first_term_loss,
    knife_edge_loss,
    smooth_bullington_loss,
    spherical_loss,
)
from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.freespace import free_space_loss, wavelength


@pytest.mark.parametrize(("f", "d", "loss"), [(1.0, 1000.0, 92.4478), (3.5, 100.0, 83.3292), (26.0, 10.0, 80.7471)])
def test_free_space_p525_equation_3(f: float, d: float, loss: float):
    assert free_space_loss(d, f) == pytest.approx(loss, abs=2e-4)


def test_free_space_broadcasts():
    assert free_space_loss([[100.0], [1000.0]], [0.7, 2.6, 3.5]).shape == (2, 3)


@pytest.mark.parametrize(("d", "f"), [(0.0, 1.0), (100.0, 0.0), (math.nan, 1.0), (-5.0, 1.0)])
def test_free_space_refuses(d: float, f: float):
    with pytest.raises(OutOfRange, match=r"P\.525"):
        free_space_loss(d, f)


@pytest.mark.parametrize(("nu", "loss"), [(-0.8, 0.0), (0.0, 6.03), (1.0, 13.93), (2.4, 20.54), (10.0, 32.86)])
def test_knife_edge_p526_equation_31(nu: float, loss: float):
    assert knife_edge_loss(nu) == pytest.approx(loss, abs=0.02)


def test_knife_edge_approximates_the_fresnel_integral():
    # P.526 equation (30): J(ν) = -20 lg(√((1-C-S)²+(C-S)²)/2); the closed form is stated for ν > -0.78.
    from scipy.special import fresnel

    for nu in np.linspace(-0.7, 6, 40):
        s, c = fresnel(nu)
        exact = -20 * math.log10(math.hypot(1 - c - s, c - s) / 2)
        assert knife_edge_loss(nu) == pytest.approx(exact, abs=0.3)


def test_one_edge_is_bullington_of_that_edge():
    d, g = np.array([0.0, 1.0, 3.0]), np.array([0.0, 60.0, 0.0])
    lam = wavelength(1.0)
    nu = (60 - (20 * 2 + 10) / 3) * math.sqrt(0.002 * 3 / (lam * 1 * 2))
    edge = knife_edge_loss(nu)
    expected = edge + (1 - math.exp(-edge / 6)) * (10 + 0.06)
    assert bullington_loss(d, g, 20.0, 10.0, 1e12, lam) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_bullington_is_reciprocal(seed: int):
    rng = np.random.default_rng(seed)
    d = np.concatenate([[0.0], np.cumsum(rng.uniform(0.02, 0.2, 60))])
    g = np.cumsum(rng.normal(0, 6, d.size)) + 100
    there = bullington_loss(d, g, g[0] + 25, g[-1] + 2, 8500.0, 0.1)
    back = bullington_loss(d[-1] - d[::-1], np.ascontiguousarray(g[::-1]), g[-1] + 2, g[0] + 25, 8500.0, 0.1)
    assert there == pytest.approx(back, abs=1e-8)


@pytest.mark.parametrize("vertical", [False, True])
def test_first_term_over_mixed_ground_is_the_weighted_sum(vertical: bool):
    land, sea, mixed = (first_term_loss(80.0, 30.0, 10.0, 8500.0, 0.1, part, vertical) for part in (0.0, 1.0, 0.3))
    assert mixed == pytest.approx(0.7 * land + 0.3 * sea, rel=1e-12)


def test_spherical_loss_vanishes_with_clearance_and_grows_with_distance():
    assert spherical_loss(5.0, 300.0, 300.0, 8500.0, 3.0, 0.1, 0.0, False) == 0
    losses = [spherical_loss(d, 30.0, 10.0, 8500.0, 0.3, 1.0, 0.0, False) for d in (20.0, 40.0, 80.0, 160.0)]
    assert losses == sorted(losses)
    assert losses[0] > 0


def test_delta_bullington_of_a_smooth_earth_is_at_least_the_spherical_loss():
    d = np.linspace(0, 80, 801)
    total, actual, smooth, sphere = delta_bullington_loss(
        d, np.zeros(801), 30.0, 10.0, 0.0, 0.0, 8500.0, 0.3, 1.0, 0.0, False
    )
    assert actual == smooth
    assert total == pytest.approx(max(sphere, actual))
    assert smooth == pytest.approx(smooth_bullington_loss(80.0, 30.0, 10.0, 8500.0, 1.0), abs=0.01)
