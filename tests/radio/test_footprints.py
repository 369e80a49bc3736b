"""Footprints of single masts are those of a run with that mast alone."""

from __future__ import annotations

import numpy as np

from qipan.engines.radio import Cells, Element, Ground, Settings, coverage
from qipan.engines.radio.city.footprints import footprints

panel = Element(gain_dbi=17.0, width=65.0, height=8.0)
settings = Settings(radius=500.0, sample=0, servers=1)


def ground() -> Ground:
    y, x = np.mgrid[0:81, 0:81]
    terrain = 15.0 + 0.05 * x
    return Ground.of(terrain, np.where((x % 9 < 5) & (y % 11 < 6), terrain + 21.0, terrain), resolution=20.0)


def cells(x: np.ndarray, y: np.ndarray, azimuth: np.ndarray) -> Cells:
    return Cells.of(x, y, height=25.0, f=3.5, watts=200.0, antennas=[panel], azimuth=azimuth, electrical_tilt=6.0)


def test_each_mast_reaches_what_it_reaches_alone() -> None:
    rng = np.random.default_rng(3)
    mast = np.repeat(np.arange(12), 3)
    x, y = (rng.uniform(-100, 1700, 12)[mast] for _ in range(2))
    azimuth = np.tile([0.0, 120.0, 240.0], 12)
    found = footprints(ground(), cells(x, y, azimuth), mast, 12, settings, -100.0)
    outside = (x < 0) | (x >= 1620) | (y < 0) | (y >= 1620)
    assert len(found.errors) == int(outside.sum())
    for one in range(12):
        mine = mast == one
        alone = coverage(ground(), cells(x[mine], y[mine], azimuth[mine]), settings).layers[0].levels[..., 0].ravel()
        at = found.at[found.start[one] : found.start[one + 1]]
        level = found.level[found.start[one] : found.start[one + 1]]
        heard = np.flatnonzero(alone >= -100.0)
        # The mast's own cell is the one that a run leaves out.
        assert len(np.setdiff1d(at, heard)) <= 1
        assert np.setdiff1d(heard, at).size == 0
        known = np.isfinite(alone[at])
        np.testing.assert_array_equal(level[known], alone[at][known])
