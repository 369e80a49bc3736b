"""Floats as whole numbers of the same order: a largest or least of many then becomes vector code, to the last bit."""

from __future__ import annotations

import numpy as np
from numba import njit

_SIGN, _REST = np.int64(63), np.int64(0x7FFFFFFFFFFFFFFF)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def rank(x: float) -> np.int64:
    """A whole number that grows as ``x`` does; ``x`` is a number."""
    bits = np.float64(x).view(np.int64)
    return bits ^ ((bits >> _SIGN) & _REST)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def ranked(place: np.int64) -> float:
    """The float of a rank."""
    return np.int64(place ^ ((place >> _SIGN) & _REST)).view(np.float64)


#: Ranks below and above those of all finite numbers.
LEAST, MOST = np.int64(-0x7FF0000000000001), np.int64(0x7FF0000000000000)
