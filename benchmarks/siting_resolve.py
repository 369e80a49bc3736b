"""A district's plan solved again after a person pins, forbids or moves one site: 3,000 candidates, 30,000 demands.

Each edit starts from the plan before it and is compared with a solve from nothing under the same effort. Costs, a
budget and sharing groups are on. Quick: 6 edits; full: 30.
Run: ``python -m benchmarks.siting_resolve [--quick]``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks._claim import arguments, report
from benchmarks._siting_city import city_reach, shared_costs
from qipan.engines.siting import Conditions, Effort, MaximumCoverage, check, solve_maximum


def edits(problem: MaximumCoverage, chosen: np.ndarray, count: int) -> Iterator[tuple[str, Conditions]]:
    """Forbid a chosen site, pin another, or move one: forbid it and pin another, in turn."""
    rng = np.random.default_rng(3)
    for k in range(count):
        gone = int(rng.choice(chosen))
        pinned = int(rng.choice(np.setdiff1d(np.arange(problem.reach.candidates), chosen)))
        kind = ("forbidden", "pinned", "moved")[k % 3]
        change = {"forbidden": [gone]} if kind != "pinned" else {}
        change |= {"mandatory": [pinned]} if kind != "forbidden" else {}
        yield kind, replace(problem.conditions, **change)


def main(count: int) -> None:
    """Time the edits and compare values with solves from nothing."""
    reach, weight = city_reach(3_000, 30_000, 1)
    cost, conditions = shared_costs(3_000, 30_000, 1)
    problem = MaximumCoverage(reach, weight, 0.05 * cost.sum(), cost, conditions)
    plan = solve_maximum(problem, Effort(seed=1, search_rounds=20_000))
    solve_maximum(problem, Effort.edit(1), start=plan.chosen)
    slowest, worse, cold = 0.0, 0.0, 0.0
    for kind, changed in edits(problem, plan.chosen, count):
        asked = replace(problem, conditions=changed)
        started = time.perf_counter()
        again = solve_maximum(asked, Effort.edit(1), start=plan.chosen)
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        fresh = solve_maximum(asked, Effort(seed=1))
        cold += time.perf_counter() - started
        assert check(asked, again.chosen).holds
        slowest, worse = max(slowest, seconds), max(worse, fresh.objective / again.objective - 1)
        kept = np.intersect1d(plan.chosen, again.chosen).size
        print(
            f"{kind}: {again.objective:,.0f}, gap {again.gap:.2%}, {seconds:.2f} s, {kept} of {plan.chosen.size} stay; "
            f"from nothing {fresh.objective:,.0f}"
        )
    print(f"slowest {slowest:.2f} s, at most {worse:.2%} below a full solve from nothing")
    bar, holds = "< 2 s for each edit, ≤ 0.3 % below a full solve", slowest < 2 and worse <= 0.003
    ratio = cold / count / slowest
    report("siting_resolve", slowest, "s, slowest", peer="full solve from nothing", ratio=ratio, bar=bar, holds=holds)


if __name__ == "__main__":
    main(6 if arguments(__doc__ or "").quick else 30)
