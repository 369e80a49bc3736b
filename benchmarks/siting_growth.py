"""Cost of a plan by size: processor seconds for n log n, with equal effort for each candidate, at three sizes.

Quick: 2,000, 4,000 and 8,000 candidates. Full: 10,000, 30,000 and 100,000; ten demand points a candidate.
Run: ``python -m benchmarks.siting_growth [--quick]``.
"""

from __future__ import annotations

import time
from math import log

from benchmarks._claim import arguments, report
from benchmarks._siting_city import city_reach
from benchmarks.siting_coverage import warm_up
from qipan.engines.siting import Effort, MaximumCoverage, solve_maximum


def seconds_of(candidates: int) -> float:
    """Processor seconds of one solve with 200 bound iterations and 4 search rounds for each candidate."""
    reach, weight = city_reach(candidates, 10 * candidates, 1)
    problem = MaximumCoverage(reach, weight, candidates // 20)
    started = time.process_time()
    plan = solve_maximum(problem, Effort(seed=1, bound_rounds=200, search_rounds=4 * candidates))
    seconds = time.process_time() - started
    print(
        f"{candidates:,} candidates: {seconds:.1f} CPU s, {1e6 * seconds / candidates:.0f} µs each, gap {plan.gap:.2%}"
    )
    return seconds


def main(sizes: tuple[int, ...]) -> None:
    """Compare the largest size with the smallest."""
    warm_up()
    seconds = [seconds_of(each) for each in sizes]
    growth = seconds[-1] / seconds[0]
    allowed = sizes[-1] * log(sizes[-1]) / (sizes[0] * log(sizes[0]))
    bar = "≤ 1.25 of n log n from the smallest to the largest"
    ratio = growth / allowed
    report("siting_growth", ratio, "of n log n", peer="n log n", ratio=ratio, bar=bar, holds=ratio <= 1.25)


if __name__ == "__main__":
    main((2_000, 4_000, 8_000) if arguments(__doc__ or "").quick else (10_000, 30_000, 100_000))
