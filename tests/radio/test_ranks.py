"""Floats as whole numbers of the same order."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.radio.ranks import LEAST, MOST, rank, ranked

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS, NUMBERS)
def test_ranks_are_in_the_order_of_their_numbers(a: float, b: float):
    assert (rank(a) < rank(b)) == (a < b) or {a, b} == {0.0}
    assert LEAST < rank(a) < MOST


@given(NUMBERS)
def test_a_rank_gives_its_number_back(a: float):
    assert math.copysign(1.0, ranked(rank(a))) == math.copysign(1.0, a)
    assert ranked(rank(a)) == a
    assert np.float64(ranked(rank(a))).tobytes() == np.float64(a).tobytes()
