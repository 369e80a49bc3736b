"""Coverage with costs, one budget and sharing groups: 100,000 candidates, 1,000,000 demand points, gap over time.

Costs run from 40 to 169, the budget is 5 % of their sum, and two candidates in five stand on towers whose own cost all
tenants share. No peer finishes the full size. Quick: 10,000 candidates and 100,000 demand points within 30 s.
Run: ``python -m benchmarks.siting_budget [--quick]``.
"""

from __future__ import annotations

from benchmarks._claim import arguments, report
from benchmarks._siting_city import city_reach, shared_costs
from benchmarks.siting_coverage import Clock, resource_gb, solved, warm_up
from qipan.engines.siting import Effort, MaximumCoverage


def main(candidates: int, limit: float, rounds: int) -> None:
    """Solve one size within ``limit`` seconds."""
    clock = Clock(limit)
    warm_up()
    demands = 10 * candidates
    reach, weight = city_reach(candidates, demands, 1)
    cost, conditions = shared_costs(candidates, demands, 1)
    problem = MaximumCoverage(reach, weight, 0.05 * cost.sum(), cost, conditions)
    effort = Effort(seed=1, bound_rounds=1_000, search_rounds=rounds, keep_going=clock, island_nodes=500)
    plan = solved(problem, effort, clock)
    print(f"{plan.cost:,.0f} of {problem.budget:,.0f} spent; peak {resource_gb():.2f} GB")
    bar = f"gap ≤ 1.0 % in {limit + 5:.0f} s"
    holds = plan.gap <= 0.01
    report("siting_budget", 100 * plan.gap, "% gap", peer="none finishes", ratio=None, bar=bar, holds=holds)


if __name__ == "__main__":
    if arguments(__doc__ or "").quick:
        main(10_000, 25.0, 200_000)
    else:
        main(100_000, 235.0, 1_000_000)
