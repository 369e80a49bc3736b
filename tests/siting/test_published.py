"""Published instances with known optima."""

from __future__ import annotations

import pytest
from benchmarks._siting_files import best_known, coverage, set_cover

from qipan.engines.siting import Effort, MaximumCoverage, SetCover, solve_cover, solve_maximum

pytestmark = pytest.mark.usefixtures("published")


@pytest.mark.parametrize("name", ["scp41", "scp51", "scp61"])
def test_search_reaches_the_optimum_of_a_set_cover(name: str) -> None:
    reach, cost = set_cover(name)
    plan = solve_cover(SetCover(reach, cost), Effort(seed=1, search_rounds=30_000, windows=0))
    assert plan.objective == float(best_known("setcover")[name]["best_known"])
    assert plan.bound <= plan.objective
    assert plan.gap < 0.05


def test_exact_mode_proves_a_set_cover() -> None:
    reach, cost = set_cover("scp41")
    plan = solve_cover(SetCover(reach, cost), Effort(exact=True))
    assert plan.optimal
    assert plan.objective == float(best_known("setcover")["scp41"]["best_known"])


def test_search_comes_near_the_best_known_coverage() -> None:
    reach, weight = coverage("NewYork", 400.0)
    known = float(best_known("mclp")["NewYork/50"]["best_known_covered_weight"])
    plan = solve_maximum(MaximumCoverage(reach, weight, 50), Effort(seed=1, search_rounds=4_000))
    assert 0.99 * known <= plan.objective <= known <= plan.bound <= 1.02 * known
