"""Maximum coverage of four real cities: 24 published cases against the best values known.

Quick: three cases for 9 s each. Full: all 24 for up to 58 s each. A case ends once
the best value known is reached.
Run: ``python -m benchmarks.siting_real [--quick]``.

Source: Máximo, Cordeau and Nascimento, AILS for the maximal covering location problem, 2023.
"""

from __future__ import annotations

from benchmarks._claim import arguments, report
from benchmarks._siting_files import best_known, coverage
from benchmarks.siting_coverage import Clock, solved, warm_up
from qipan.engines.siting import Effort, MaximumCoverage, Progress

_ROUNDS = 10_000_000
"""More than can be done within the seconds of a case, so that the clock ends it."""
QUICK = ("NewYork/50", "SanFrancisco/50", "Kings/100")


class _Target(Clock):
    """A clock that also ends a case once the best value known is reached."""

    def __init__(self, limit: float, known: float) -> None:
        super().__init__(limit)
        self.known = known

    def __call__(self, progress: Progress) -> bool:
        """Note the report; False past the limit or at the best value known."""
        return super().__call__(progress) and progress.objective < self.known - 0.5


def _best_after(clock: Clock) -> float:
    """Seconds until the last gap was reached."""
    return next(seconds for seconds, _, gap in clock.line if gap <= clock.line[-1][2])


def main(names: tuple[str, ...], seconds: float) -> None:
    """Solve the named cases (none: all) within ``seconds`` each."""
    warm_up()
    short, bounds = [], []
    for name, row in best_known("mclp").items():
        if names and name not in names:
            continue
        reach, weight = coverage(row["name"], float(row["radius_m"]))
        known = float(row["best_known_covered_weight"])
        clock = _Target(seconds, known)
        effort = Effort(seed=1, bound_rounds=1_500, search_rounds=_ROUNDS, keep_going=clock)
        plan = solved(MaximumCoverage(reach, weight, int(row["p"])), effort, clock)
        short.append(1 - plan.objective / known)
        bounds.append(plan.bound / known - 1)
        print(
            f"{name}: {short[-1]:.4%} below the best known, bound {bounds[-1]:.2%} above it, "
            f"found after {_best_after(clock):.1f} s"
        )
    reached = sum(each <= 0 for each in short)
    print(
        f"{reached} of {len(short)} at the best known value; mean {sum(short) / len(short):.4%}, worst {max(short):.4%}"
    )
    bar = f"all at the best known value in ≤ {seconds + 2:.0f} s each, bound within 1.7 %"
    holds = reached == len(short) and max(bounds) <= 0.017
    report("siting_real", 100 * max(short), "% below, worst", peer="literature", ratio=None, bar=bar, holds=holds)


if __name__ == "__main__":
    if arguments(__doc__ or "").quick:
        main(QUICK, 9.0)
    else:
        main((), 58.0)
