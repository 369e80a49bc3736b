"""The ground and cells that the radio benchmarks share: spectral hills, blocks of buildings, masts of three sectors."""

from __future__ import annotations

import numpy as np

from qipan.engines.radio import Cells, Element, Ground


def relief(side: int, seed: int = 20250101) -> np.ndarray:
    """Spectral noise of amplitude k^-1.6 (below 2 cycles none), 20 m deviation, valleys flattened, 20 m up."""
    wave = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :]) * side
    amplitude = np.where(wave >= 2, np.maximum(wave, 1.0) ** -1.6, 0.0)
    phase = np.exp(2j * np.pi * np.random.default_rng(seed).random((side, side)))
    heights = np.fft.ifft2(amplitude * phase).real
    heights *= 20.0 / heights.std()
    return np.where(heights < 0, 0.1 * heights, heights) + 20.0


def built(terrain: np.ndarray, seed: int = 7) -> np.ndarray:
    """Blocks of 11 by 11 cells, 55 % with one box of 4 to 8 cells a side, log-normal height (median 22 m, σ 0.6)."""
    draws, surface = np.random.default_rng(seed), terrain.copy()
    for row in range(0, terrain.shape[0] - 11, 11):
        for column in range(0, terrain.shape[1] - 11, 11):
            if draws.random() < 0.55:
                high, wide = draws.integers(4, 9, 2)
                box = np.s_[row : row + high, column : column + wide]
                surface[box] = terrain[box] + min(22.0 * np.exp(0.6 * draws.normal()), 150.0)
    return surface


def city(masts: int, density: float = 30.0, seed: int = 3) -> tuple[Ground, Cells]:
    """So many masts of three sectors, ``density`` a km² on a square of 10 m cells; a pattern of 4 km repeats."""
    side = int(np.ceil(np.sqrt(masts / density) * 100.0))
    terrain = relief(400)
    repeat = -(-side // 400)
    tops = np.tile(built(terrain), (repeat, repeat))[:side, :side]
    ground = Ground.of(np.tile(terrain, (repeat, repeat))[:side, :side], tops, resolution=10.0)
    draws = np.random.default_rng(seed)
    spans = ((0, side * 10), (0, side * 10), (25, 45), (2, 9))
    x, y, height, tilt = (draws.uniform(low, high, masts) for low, high in spans)
    cells = Cells.of(
        np.repeat(x, 3), np.repeat(y, 3), height=np.repeat(height, 3), f=3.5, watts=200.0,
        antennas=[Element(17.0, 65.0, 8.0)], azimuth=np.tile([0.0, 120.0, 240.0], masts),
        electrical_tilt=np.rint(np.repeat(tilt, 3)),
    )  # fmt: skip
    return ground, cells
