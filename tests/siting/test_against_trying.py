"""Solvers against every subset of tiny problems with every kind of condition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from qipan.engines.siting import Effort, Infeasible, MaximumCoverage, SetCover, check, solve_cover, solve_maximum
from tests.siting.cases import best_by_trying, cover_problems, maximum_problems

SEARCH = Effort(seed=3, bound_rounds=40, search_rounds=2_000, windows=3)
EXACT = Effort(seed=3, exact=True)


def _solved(problem: MaximumCoverage | SetCover, effort: Effort):
    return solve_maximum(problem, effort) if isinstance(problem, MaximumCoverage) else solve_cover(problem, effort)


@pytest.mark.parametrize("effort", [SEARCH, EXACT], ids=["search", "exact"])
@pytest.mark.parametrize("kind", ["binary", "graded", "cover"])
def test_no_plan_is_better_than_the_bound_and_exact_finds_the_best(kind: str, effort: Effort) -> None:
    strategy = cover_problems() if kind == "cover" else maximum_problems(graded=kind == "graded")

    @settings(max_examples=60)
    @given(strategy)
    def holds(problem: MaximumCoverage | SetCover) -> None:
        best = best_by_trying(problem)
        if best is None:
            with pytest.raises(Infeasible):
                _solved(problem, effort)
            return
        plan = _solved(problem, effort)
        assert check(problem, plan.chosen).holds
        sign = 1 if isinstance(problem, MaximumCoverage) else -1
        assert sign * plan.objective <= sign * best + 1e-6
        assert sign * plan.bound >= sign * best - 1e-6 * max(1.0, abs(best))
        if effort.exact:
            assert plan.objective == pytest.approx(best)
            assert plan.gap <= 1e-6

    holds()


@settings(max_examples=60)
@given(maximum_problems())
def test_reasons_add_up_to_the_objective(problem: MaximumCoverage) -> None:
    try:
        plan = solve_maximum(problem, Effort.quick())
    except Infeasible:
        return
    assert plan.reasons.newly_covered.sum() == pytest.approx(plan.objective)
    for k, site in enumerate(plan.chosen):
        without = problem.weight @ problem.reach.best(np.delete(plan.chosen, k))
        assert plan.reasons.alone[k] == pytest.approx(plan.objective - without), site
