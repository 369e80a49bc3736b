"""The optimum that HiGHS proves, reached in seconds: 2,000 candidates and 20,000 demand points, both turn about.

The city is made like that of the published runs. Quick: 1,000 candidates and 10,000 demand points, HiGHS for 30 s.
Run: ``python -m benchmarks.siting_optimum [--quick]``.
"""

from __future__ import annotations

import time

from benchmarks._claim import arguments, report
from benchmarks._siting_city import PUBLISHED, city_reach
from benchmarks.siting_coverage import Clock, solved, warm_up
from qipan.engines.siting import Effort, MaximumCoverage
from qipan.engines.siting.exact import maximum_exact
from qipan.engines.siting.presolve import presolve


def main(candidates: int, seconds: float) -> None:
    """Search for 5 s, then let HiGHS work on the whole model for ``seconds``."""
    warm_up()
    reach, weight = city_reach(candidates, 10 * candidates, 1, *PUBLISHED[candidates])
    problem = MaximumCoverage(reach, weight, candidates // 20)
    clock = Clock(4.2)
    plan = solved(
        problem, Effort(seed=1, bound_rounds=600, search_rounds=40_000, coverage_windows=60, keep_going=clock), clock
    )
    ours = clock.line[-1][0]
    started = time.perf_counter()
    reduced = presolve(problem)
    found = maximum_exact(reduced.core, None, seconds)
    peer = time.perf_counter() - started
    value = 0.0 if found.chosen is None else float(weight @ reach.best(reduced.plan(found.chosen)))
    print(f"HiGHS: {value:,.0f} of at most {found.bound:,.0f} in {peer:.1f} s")
    holds = plan.objective >= value and ours <= 5
    bar = "at least what HiGHS finds, in ≤ 5 s"
    report("siting_optimum", ours, "s", peer="HiGHS, whole model", ratio=peer / ours, bar=bar, holds=holds)


if __name__ == "__main__":
    if arguments(__doc__ or "").quick:
        main(1_000, 30.0)
    else:
        main(2_000, 300.0)
