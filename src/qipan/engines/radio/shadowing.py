"""Correlated shadow fading: 3GPP TR 38.901 §7.4.4 and §7.6.3.1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .errors import require_range

Floats = NDArray[np.float64]


def shadow_field(shape: tuple[int, int], resolution: float, correlation: float, draws: np.random.Generator) -> Floats:
    """Gaussian field of unit deviation with autocorrelation exp(-Δx/d_cor) (TR 38.901 equation (7.4-5)).

    ``shape`` rows and columns, ``resolution`` m a cell, ``correlation`` d_cor in m; the caller owns the random
    ``draws``. Made by circulant embedding on a torus of twice the size, so that opposite edges stay independent.
    """
    require_range("TR 38.901", "correlation distance", correlation, 1e-3, 1e6, "m")
    require_range("TR 38.901", "resolution", resolution, 1e-3, 1e6, "m")
    margin = int(np.ceil(6.0 * correlation / resolution))
    rows, columns = (size + max(size, margin) for size in shape)
    dy = np.minimum(np.arange(rows), rows - np.arange(rows)) * resolution
    dx = np.minimum(np.arange(columns), columns - np.arange(columns)) * resolution
    covariance = np.exp(-np.hypot(dy[:, None], dx[None, :]) / correlation)
    # Rounding and the wrap leave tiny negative powers, which no field has.
    power = np.maximum(np.fft.fft2(covariance).real, 0.0)
    noise = draws.standard_normal((rows, columns)) + 1j * draws.standard_normal((rows, columns))
    field = np.fft.fft2(np.sqrt(power / (rows * columns)) * noise).real
    return np.ascontiguousarray(field[: shape[0], : shape[1]])


def shadow_fields(
    sites: int,
    shape: tuple[int, int],
    resolution: float,
    correlation: float,
    draws: np.random.Generator,
    between_sites: float = 0.5,
) -> Floats:
    """One unit field a site, any two correlated by ``between_sites`` (0.5 in TR 38.901): sites × rows × columns."""
    require_range("TR 38.901", "correlation between sites", between_sites, 0.0, 1.0, "")
    common = shadow_field(shape, resolution, correlation, draws)
    own = np.stack([shadow_field(shape, resolution, correlation, draws) for _ in range(sites)])
    return np.asarray(np.sqrt(between_sites) * common + np.sqrt(1.0 - between_sites) * own)
