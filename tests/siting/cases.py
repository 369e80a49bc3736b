"""Tiny random problems and their best plans by trying every subset."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from qipan.engines.siting import Conditions, MaximumCoverage, Reach, SetCover, check


def every_plan(candidates: int):
    for size in range(candidates + 1):
        yield from (np.array(each, dtype=np.int64) for each in combinations(range(candidates), size))


def best_by_trying(problem: MaximumCoverage | SetCover) -> float | None:
    """Objective of the best plan, or None where no plan meets the conditions."""
    found = [check(problem, plan) for plan in every_plan(problem.reach.candidates)]
    values = [each.objective for each in found if each.holds]
    if not values:
        return None
    return max(values) if isinstance(problem, MaximumCoverage) else min(values)


@st.composite
def reaches(draw, graded: bool = False) -> Reach:
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    cells = draw(st.lists(st.booleans(), min_size=n * m, max_size=n * m))
    who, whom = np.nonzero(np.array(cells).reshape(n, m))
    weight = None
    if graded:
        weight = np.array(draw(st.lists(st.integers(1, 4), min_size=who.size, max_size=who.size))) / 4
    return Reach.from_pairs(who, whom, weight, candidates=n, demands=m)


@st.composite
def conditions(draw, reach: Reach) -> Conditions:
    n, m = reach.candidates, reach.demands
    ids = st.lists(st.integers(0, n - 1), max_size=2)
    fixed = draw(ids)
    forbidden = [each for each in draw(ids) if each not in fixed]
    pairs = [pair for pair in draw(st.lists(st.tuples(*[st.integers(0, n - 1)] * 2), max_size=2)) if pair[0] != pair[1]]
    labels = {}
    if draw(st.booleans()):
        labels["group"] = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
        labels["group_cost"] = draw(st.lists(st.integers(0, 5), min_size=2, max_size=2))
    if draw(st.booleans()):
        labels["demand_area"] = draw(st.lists(st.integers(-1, 1), min_size=m, max_size=m))
        labels["area_least"] = draw(st.lists(st.integers(0, 4), min_size=2, max_size=2))
    if draw(st.booleans()):
        labels["candidate_area"] = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
        labels["area_sites"] = draw(st.lists(st.integers(0, 1), min_size=2, max_size=2))
    mandatory = draw(ids) if draw(st.booleans()) else []
    return Conditions(fixed=fixed, mandatory=mandatory, forbidden=forbidden, conflicts=pairs, **labels)


@st.composite
def maximum_problems(draw, graded: bool = False) -> MaximumCoverage:
    reach = draw(reaches(graded))
    weight = draw(st.lists(st.integers(0, 9), min_size=reach.demands, max_size=reach.demands))
    cost = draw(st.none() | st.lists(st.integers(1, 6), min_size=reach.candidates, max_size=reach.candidates))
    return MaximumCoverage(reach, weight, draw(st.integers(0, 14)), cost, draw(conditions(reach)))


@st.composite
def cover_problems(draw) -> SetCover:
    reach = draw(reaches())
    weight = draw(st.lists(st.integers(1, 9), min_size=reach.demands, max_size=reach.demands))
    cost = draw(st.none() | st.lists(st.integers(1, 6), min_size=reach.candidates, max_size=reach.candidates))
    share = draw(st.sampled_from([1.0, 1.0, 0.5, 0.8]))
    return SetCover(reach, cost, weight, share, draw(conditions(reach)))
