"""Inverse normal distributions: the exact one and the approximation that P.1812 prescribes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri


def inverse_normal(probability: ArrayLike) -> NDArray[np.float64]:
    """Inverse of the cumulative normal distribution, F⁻¹(p) for 0 < p < 1 (ITU-R P.1057, exact)."""
    return np.asarray(ndtri(np.asarray(probability, dtype=np.float64)))


@njit(cache=True, error_model="numpy")
def _tail(x: float) -> float:
    # P.1812 equations (97a) to (97d): T(x) - C(x)
    t = math.sqrt(-2.0 * math.log(x))
    above = (0.010328 * t + 0.802853) * t + 2.515516698
    below = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    return t - above / below


@njit(cache=True, error_model="numpy")
def inverse_complementary_normal(x: float) -> float:
    """Approximate inverse complementary cumulative normal distribution I(x), 0 < x < 1.

    ITU-R P.1812-8, Attachment 2 to Annex 1, equations (96) and (97); x is held within 1e-6 and 1 - 1e-6.
    """
    x = min(max(x, 0.000001), 0.999999)
    return _tail(x) if x <= 0.5 else -_tail(1.0 - x)
