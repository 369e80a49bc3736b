"""Free space: ITU-R P.525."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import require_range

#: Speed of light in m/s (SI); P.1812 and TR 38.901 round it, each in its own module.
SPEED_OF_LIGHT = 299_792_458.0


def wavelength(f: float) -> float:
    """Wavelength in m of a frequency in GHz."""
    return SPEED_OF_LIGHT / (f * 1e9)


def free_space_loss(distance: ArrayLike, f: ArrayLike) -> NDArray[np.float64]:
    """Free-space basic transmission loss in dB, 20 lg(4πd/λ) (ITU-R P.525, equation (3)).

    ``distance`` in m and ``f`` in GHz broadcast against each other; both must be positive (OutOfRange).
    """
    require_range("P.525", "distance", distance, 1e-3, 1e12, "m")
    require_range("P.525", "frequency", f, 1e-6, 1e6, "GHz")
    d, frequency = np.asarray(distance, dtype=np.float64), np.asarray(f, dtype=np.float64)
    return np.asarray(20.0 * np.log10(4.0 * math.pi * d * frequency * 1e9 / SPEED_OF_LIGHT))
