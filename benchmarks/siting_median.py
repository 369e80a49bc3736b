"""OR-Library p-medians against their published optima, and HiGHS on one of them.

Quick: pmed1 to pmed20. Full: all 40. HiGHS takes the whole model of pmed10 in the same process.
Run: ``python -m benchmarks.siting_median [--quick]``.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks._claim import arguments, report
from benchmarks._siting_files import best_known, p_median
from qipan.engines.siting import Effort, NearestSites, Reach, solve_median


def solved(name: str, effort: Effort) -> tuple[bool, bool, float]:
    """Whether the published optimum was reached, whether it was proved, and CPU seconds."""
    distance, p = p_median(name)
    count = distance.shape[0]
    who, whom = np.divmod(np.arange(count * count), count)
    problem = NearestSites(Reach.from_pairs(who, whom, distance.ravel(), candidates=count, demands=count), p)
    started = time.process_time()
    plan = solve_median(problem, effort)
    seconds = time.process_time() - started
    optimum = float(best_known("pmedian")[name]["optimum"])
    print(f"{name}: {plan.objective:g} (optimum {optimum:g}, bound {plan.bound:g}), {seconds:.2f} CPU s")
    return plan.objective == optimum, plan.optimal, seconds


def main(last: int) -> None:
    """Run the first ``last`` graphs and the peer."""
    search = Effort(seed=1, bound_rounds=600)
    solved("pmed1", search)
    rows = {f"pmed{k}": solved(f"pmed{k}", search) for k in range(1, last + 1)}
    reached, proved = sum(row[0] for row in rows.values()), sum(row[1] for row in rows.values())
    peer = solved("pmed10", Effort(bound_rounds=0, search_rounds=0, exact=True))[2]
    ratio = peer / max(rows["pmed10"][2], 1e-3)
    print(f"{reached} of {last} optimal, {proved} of them proved without HiGHS")
    bar = f"pmed1 to pmed{last} optimal"
    report("siting_median", reached, "optima", peer="HiGHS, pmed10", ratio=ratio, bar=bar, holds=reached == last)


if __name__ == "__main__":
    main(20 if arguments(__doc__ or "").quick else 40)
