"""Set covers against their best known costs, and HiGHS on the same models turn about.

Quick: scp41, scp51, scp61 and scpe1, each against HiGHS. Full: every published cover whose optimum is proved, then
nre to nrh and rail507 against the literature, and the synthetic city of 10,000 candidates with costs.
Run: ``python -m benchmarks.siting_cover [--quick]``.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks._claim import arguments, report
from benchmarks._siting_city import city_reach
from benchmarks._siting_files import best_known, set_cover
from qipan.engines.siting import Effort, SetCover, solve_cover

QUICK = ("scp41", "scp51", "scp61", "scpe1")
PROVED = ("scp41", "scp49", "scp51", "scp61", "scpa1", "scpb1", "scpc1", "scpd1", "scpe1")
OPEN = ("scpnre1", "scpnrf1", "scpnrg1", "scpnrg5", "scpnrh1", "scpnrh5")


def excess(name: str, effort: Effort) -> tuple[float, float, float]:
    """Relative excess over the best known cost, CPU seconds, and the proven gap."""
    reach, cost = set_cover(name)
    started = time.process_time()
    plan = solve_cover(SetCover(reach, cost), effort)
    seconds = time.process_time() - started
    known = float(best_known("setcover")[name]["best_known"])
    print(f"{name}: {plan.objective:g} (known {known:g}, bound {plan.bound:g}), {seconds:.1f} CPU s, {plan.method}")
    return plan.objective / known - 1, seconds, plan.gap


def synthetic() -> float:
    """The city of 10,000 candidates and 100,000 demands with costs 40 to 170; the proven gap."""
    reach, _ = city_reach(10_000, 100_000, 1)
    cost = np.random.default_rng(2).integers(40, 171, reach.candidates).astype(float)
    started = time.perf_counter()
    plan = solve_cover(SetCover(reach, cost), Effort(seed=1, bound_rounds=1_000, search_rounds=20_000, windows=300))
    seconds = time.perf_counter() - started
    print(
        f"city: {plan.objective:,.0f} of at least {plan.bound:,.0f}, gap {plan.gap:.2%}, {seconds:.1f} s, {plan.method}"
    )
    return plan.gap


def quick() -> None:
    """Four small covers by search and by HiGHS, turn about."""
    warm, cost = set_cover("scp41")
    solve_cover(SetCover(warm, cost), Effort(bound_rounds=5, search_rounds=10))
    search = Effort(seed=1, search_rounds=20_000, windows=0)
    ours = [excess(name, search) for name in QUICK]
    peer = [excess(name, Effort(bound_rounds=0, exact=True, exact_seconds=15.0)) for name in QUICK]
    ratio = sum(each[1] for each in peer) / max(sum(each[1] for each in ours), 1e-9)
    worst = max(each[0] for each in ours)
    bar = "scp4 to scpe optimal"
    report("siting_cover", 100 * worst, "% over best known", peer="HiGHS", ratio=ratio, bar=bar, holds=worst <= 0)


def full() -> None:
    """All bars of set covers."""
    proved = max(excess(name, Effort(seed=1))[0] for name in PROVED)
    hard = max(excess(name, Effort(seed=1, search_rounds=100_000))[0] for name in OPEN)
    rail = excess("rail507", Effort(seed=1, bound_rounds=2_000, search_rounds=200_000))[0]
    gap = synthetic()
    print(f"proved optima +{proved:.2%}, nre to nrh +{hard:.2%}, rail507 +{rail:.2%}, city gap {gap:.2%}")
    holds = proved <= 0 and hard <= 0.02 and rail <= 178 / 174 - 1 and gap <= 0.028
    bar = "scp4-scpe optimal, nre-nrh ≤ 2 %, rail507 ≤ 178, city gap ≤ 2.8 %"
    report("siting_cover", 100 * hard, "% over best known", peer="literature", ratio=None, bar=bar, holds=holds)


if __name__ == "__main__":
    quick() if arguments(__doc__ or "").quick else full()
