"""Calibration by drive tests: simulated truth comes back, and the error told is the error there is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio import Cells, Element, Ground, Settings, coverage, excess_loss
from qipan.engines.radio.antennas import Mounted
from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.planning import (
    BadNetwork,
    Correction,
    FitRules,
    Measurements,
    TooFewMeasurements,
    binned,
    blocked_folds,
    calibrate,
    usable,
)

TRUTH = Correction(4.0, -6.0, {1: 3.0, 2: -5.0, 3: 1.5}, -0.2)


def _drive(count: int = 4000, seed: int = 1, noise: float = 7.0, truth: Correction = TRUTH) -> Measurements:
    draws = np.random.default_rng(seed)
    x, y = draws.uniform(0, 6000, (2, count))
    distance = np.hypot(x - 3000, y - 3000) + 30
    clutter, diffraction = draws.integers(1, 4, count), draws.exponential(12.0, count)
    predicted = -60 - 30 * np.log10(distance / 100) - diffraction
    level = truth.apply(predicted, distance, clutter, diffraction) + draws.normal(0, noise, count)
    return Measurements.of(x, y, level, predicted, distance=distance, clutter=clutter, diffraction=diffraction)


def test_known_terms_come_back():
    found = calibrate(_drive(20_000)).correction
    assert found.slope == pytest.approx(TRUTH.slope, abs=0.6)
    assert found.diffraction == pytest.approx(TRUTH.diffraction, abs=0.02)
    for number, term in TRUTH.clutter.items():
        assert found.intercept + found.clutter[number] == pytest.approx(TRUTH.intercept + term, abs=0.6)


def test_without_noise_they_come_back_exactly():
    rows = _drive(500, noise=0.0)
    found = calibrate(rows, FitRules(ridge=0.0, huber=np.inf)).correction
    np.testing.assert_allclose(found.apply(rows.predicted, rows.distance, rows.clutter, rows.diffraction), rows.level)


@pytest.mark.parametrize("noise", [4.0, 8.0])
def test_held_out_deviation_is_the_noise(noise: float):
    found = calibrate(_drive(6000, noise=noise))
    assert found.held_out.deviation == pytest.approx(noise, rel=0.05)
    assert abs(found.held_out.mean) < 0.5
    assert found.before.rmse > found.held_out.rmse >= found.fitted.rmse * 0.999
    assert sum(each.rows for each in found.folds) == found.held_out.rows == 6000


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 9999), count=st.integers(100, 300), shift=st.floats(-20, 20))
def test_never_worse_in_sample_than_none(seed: int, count: int, shift: float):
    rows = _drive(count, seed, noise=9.0, truth=Correction(shift))
    found = calibrate(rows, FitRules(huber=np.inf))
    assert found.fitted.rmse <= found.before.rmse + 1e-9


def test_outliers_do_not_pull():
    rows = _drive(6000, noise=5.0)
    wild = np.random.default_rng(3).random(len(rows)) < 0.06
    rows = dataclasses.replace(rows, level=np.where(wild, rows.level + 45.0, rows.level))
    robust, plain = calibrate(rows), calibrate(rows, FitRules(huber=np.inf))

    def off(correction: Correction) -> float:
        known = TRUTH.terms(rows.distance, rows.clutter, rows.diffraction)
        return float(np.abs(correction.terms(rows.distance, rows.clutter, rows.diffraction) - known).mean())

    assert off(robust.correction) < 0.5 * off(plain.correction)
    assert robust.outliers[wild].mean() > 0.99
    assert robust.outliers[~wild].mean() < 0.01


def test_blocks_tell_what_single_rows_hide():
    # shadowing common to a block looks like knowledge when its neighbours are in the training rows
    draws = np.random.default_rng(8)
    rows = _drive(1500, noise=1.0, truth=Correction())
    block = (rows.x // 1000).astype(int) * 6 + (rows.y // 1000).astype(int)
    rows = dataclasses.replace(rows, level=rows.level + draws.normal(0, 6, 36)[block], clutter=block)
    apart = calibrate(rows, FitRules(ridge=0.1, block=1000.0)).held_out.deviation
    mixed = calibrate(rows, FitRules(ridge=0.1, block=1.0)).held_out.deviation
    assert mixed < 2.0
    assert apart > 4.0


@given(seed=st.integers(0, 999), folds=st.integers(2, 8))
def test_a_block_is_never_split(seed: int, folds: int):
    x, y = np.random.default_rng(seed).uniform(-5000, 5000, (2, 400))
    fold = blocked_folds(x, y, folds, 700.0, seed)
    key = np.floor(x / 700) * 1000 + np.floor(y / 700)
    assert all(len(set(fold[key == each])) == 1 for each in np.unique(key))
    assert np.bincount(fold, minlength=folds).min() > 0.5 * 400 / folds


def test_bins_average_and_count():
    rows = Measurements.of([1, 2, 25], [1, 2, 3], [-80, -90, -70], [-85.0] * 3, distance=[100, 110, 200])
    found = binned(rows, 20.0)
    assert found.level.tolist() == [-85.0, -70.0]
    assert found.samples.tolist() == [2, 1]
    again = binned(found, 1000.0)
    assert again.level.tolist() == [pytest.approx(-80.0)]
    assert again.samples.tolist() == [3]
    other = binned(dataclasses.replace(rows, cell=np.array([0, 1, 0])), 20.0)
    assert len(other) == 3


def test_useless_measurements_are_counted_by_reason():
    rows = Measurements.of(0.0, 0.0, [-80, np.nan, -170, -90], -85.0, distance=[100, 100, 100, 5])
    kept, dropped = usable(rows)
    assert len(kept) == 1
    assert (dropped.not_numbers, dropped.outside_range, dropped.too_near) == (1, 1, 1)


def test_rare_classes_have_no_term():
    rows = _drive(400)
    clutter = rows.clutter.copy()
    clutter[:5] = 9
    found = calibrate(dataclasses.replace(rows, clutter=clutter))
    assert found.unfitted == (9,)
    assert set(found.correction.clutter) == {1, 2, 3}


def test_too_little_is_refused():
    with pytest.raises(TooFewMeasurements, match="30 usable rows are fewer than the 100"):
        calibrate(_drive(30))
    with pytest.raises(TooFewMeasurements, match="1 blocks of 90000 m, but 5 folds"):
        calibrate(_drive(200), FitRules(block=90_000.0))
    with pytest.raises(BadNetwork, match=r"columns of \[2, 3\]"):
        Measurements.of([0, 1], [0, 1, 2], 0.0, 0.0, distance=1.0)
    with pytest.raises(OutOfRange, match="ridge -1"):
        calibrate(_drive(200), FitRules(ridge=-1.0))


def _hills():
    """A ground with ridges that stand in the way of some paths, and three cells on it."""
    row, column = np.mgrid[:160, :160]
    terrain = (12.0 * np.sin(row / 9.0) * np.cos(column / 13.0)).astype(np.float32)
    ground = Ground.of(terrain, resolution=10.0, west=0.0, north=1600.0)
    places = np.array([[405.0, 1203.0], [801.0, 797.0], [1206.0, 452.0]])
    cells = Cells.of(
        places[:, 0], places[:, 1], height=25.0, f=3.5, watts=200.0, antennas=[Element(17.0, 65.0, 10.0)],
        azimuth=[0.0, 120.0, 240.0], electrical_tilt=4.0, names=["a", "b", "c"],
    )  # fmt: skip
    return ground, cells


def test_the_loss_beyond_free_space_is_that_of_the_profile():
    ground, cells = _hills()
    layer = coverage(ground, cells, Settings(radius=900.0, servers=3, sample=0)).layers[0]
    row, column, rank = np.nonzero(layer.servers >= 0)
    chosen = np.random.default_rng(1).permutation(row.size)[:2000]
    row, column, rank = row[chosen], column[chosen], rank[chosen]
    cell, level = layer.servers[row, column, rank], layer.levels[row, column, rank]
    found = excess_loss(ground, cells, cell, row, column, level)
    x, y = ground.centre_of(row, column)
    flat = np.hypot(x - cells.x[cell], y - cells.y[cell])
    tops = np.array([ground.terrain[ground.cell_of(a, b)] for a, b in zip(cells.x, cells.y, strict=True)]) + 25.0
    rise = ground.terrain[row, column] + 1.5 - tops[cell]
    free = 32.4 + 20 * np.log10(3.5) + 10 * np.log10(flat**2 + rise**2)
    away = (np.degrees(np.arctan2(x - cells.x[cell], y - cells.y[cell])) - cells.azimuth[cell] + 180) % 360 - 180
    mounted = Mounted(cells.antennas[0], 0.0, 0.0, 4.0)
    gain = mounted.gain(away, np.degrees(np.arctan2(rise, flat)))
    power = 10 * np.log10(200.0 * 1000 / cells.subcarriers[0])
    expected = np.maximum(power + gain - free - level, 0.0)
    far = flat > 150.0
    assert np.median(np.abs(found - expected)[far]) < 0.1
    assert np.percentile(np.abs(found - expected)[far], 95) < 1.0
    clear = found < 0.05
    assert 0.1 < clear.mean() < 0.9


@pytest.mark.parametrize("weight", [-0.4, 0.0, 0.3])
def test_the_weight_of_diffraction_is_found_again_on_folds_that_were_not_seen(weight):
    ground, cells = _hills()
    layer = coverage(ground, cells, Settings(radius=900.0, servers=1, sample=0)).layers[0]
    row, column = np.nonzero(layer.servers[..., 0] >= 0)
    chosen = np.random.default_rng(2).permutation(row.size)[:4000]
    row, column = row[chosen], column[chosen]
    cell, level = layer.servers[row, column, 0], layer.levels[row, column, 0].astype(np.float64)
    bent = excess_loss(ground, cells, cell, row, column, level)
    x, y = ground.centre_of(row, column)
    distance = np.hypot(x - cells.x[cell], y - cells.y[cell])
    heard = level + 2.0 + weight * bent + np.random.default_rng(3).normal(0.0, 3.0, level.size)
    rows, _ = usable(Measurements.of(x, y, heard, level, distance=distance, diffraction=bent, cell=cell), lowest=-200.0)
    found = calibrate(rows, FitRules(block=200.0, folds=5))
    assert found.correction.diffraction == pytest.approx(weight, abs=0.04)
    assert found.held_out.rmse == pytest.approx(3.0, abs=0.25)
    without = calibrate(dataclasses.replace(rows, diffraction=np.zeros(len(rows))), FitRules(block=200.0, folds=5))
    assert found.held_out.rmse <= without.held_out.rmse + 0.02
    assert (found.held_out.rmse < without.held_out.rmse - 0.1) == (weight != 0.0)
