"""What a solver hands back: the plan, its value, a proven bound and why each site is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from qipan.engines.siting.arrays import Floats, Ints, Longs


@dataclass(frozen=True)
class Progress:
    """Where a running solve stands: its stage, best objective, bound, and steps done of steps planned."""

    stage: str
    objective: float
    bound: float
    done: int
    planned: int


KeepGoing = Callable[[Progress], bool]
"""Called between slices of work; returning False ends the solve with the best plan so far."""


def always(progress: Progress) -> bool:
    """Never cancel."""
    return True


@dataclass(frozen=True)
class Effort:
    """How hard to try. The result depends on these numbers and the problem alone, unless ``keep_going`` cancels.

    ``bound_rounds`` subgradient iterations; ``search_rounds`` removals and refills of the local search, None meaning
    twenty for each candidate; ``windows`` exact windows of set covers and ``coverage_windows`` of maximum coverage,
    none unless asked, as each takes up to seconds where demand is clustered; ``islands`` sizes, in candidates, of the
    islands that branch and bound solves one after the other to lower the bound of maximum coverage after a search, with
    up to ``island_nodes`` nodes in each tree; ``exact`` asks HiGHS for a proof of the whole problem, within
    ``exact_seconds``. `quick` suits a map, `edit` a change made by hand, `report` a document.
    """

    seed: int = 0
    bound_rounds: int = 300
    search_rounds: int | None = None
    windows: int = 100
    exact: bool = False
    exact_seconds: float = 60.0
    keep_going: KeepGoing = always
    coverage_windows: int = 0
    islands: tuple[int, ...] = (100,)
    island_nodes: int = 1_000

    @classmethod
    def quick(cls, seed: int = 0, keep_going: KeepGoing = always) -> Effort:
        """Greedy and swap descent only: an answer within seconds at full size; the bound is a rough one."""
        return cls(seed, bound_rounds=0, search_rounds=0, windows=0, keep_going=keep_going, islands=())

    @classmethod
    def edit(cls, seed: int = 0, keep_going: KeepGoing = always) -> Effort:
        """For a district's plan solved again from the one before, after a site was pinned, forbidden or moved."""
        return cls(seed, bound_rounds=200, search_rounds=2_000, windows=0, keep_going=keep_going, islands=())

    @classmethod
    def report(cls, seed: int = 0, keep_going: KeepGoing = always) -> Effort:
        """A tight bound and a long search."""
        return cls(
            seed, bound_rounds=1_200, windows=400, keep_going=keep_going, coverage_windows=40, islands=(100, 150)
        )


@dataclass(frozen=True)
class PresolveCounts:
    """What the exact reductions took away before the search."""

    forbidden: int = 0
    fixed: int = 0
    mandatory: int = 0
    useless: int = 0
    demands_settled: int = 0
    demands_unreachable: int = 0
    rows_merged: int = 0
    rows: int = 0
    candidates: int = 0


@dataclass(frozen=True)
class Reasons:
    """Why each site of a plan is in it, in the order of the result's ``chosen``.

    ``newly_covered`` float64: weight that the sites before it do not cover; ``newly_demands`` int64: number of demands
    it newly covers or covers better; ``alone`` float64: weight lost if it alone were dropped.
    """

    newly_covered: Floats
    newly_demands: Longs
    alone: Floats


@dataclass(frozen=True)
class Siting:
    """A plan with its certificate.

    ``chosen`` int32: fixed assets first, then the others in order of greatest gain for their cost; ``objective``,
    ``bound`` (no plan can be better) and ``gap`` = |bound - objective| / |objective|; ``cost`` of the plan without its
    fixed assets; ``method`` names the stage that found the plan; ``finished`` is False when it was cancelled.
    ``layers`` gives the covered weight of each layer. Every plan has passed `check` before it is handed out.
    """

    chosen: Ints
    objective: float
    bound: float
    cost: float
    seed: int
    method: str
    finished: bool
    reasons: Reasons
    presolve: PresolveCounts
    layers: dict[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound; 0 is proven optimal."""
        return relative_gap(self.objective, self.bound)

    @property
    def optimal(self) -> bool:
        """Whether the bound proves that no plan is better."""
        return self.gap <= 1e-9


def relative_gap(objective: float, bound: float) -> float:
    """Return |bound - objective| / |objective|, inf where no bound is known or the objective is 0 and not proved."""
    if not np.isfinite(bound):
        return float("inf")
    difference = abs(bound - objective)
    if difference <= 1e-9 * max(1.0, abs(bound)):
        return 0.0
    return difference / abs(objective) if objective else float("inf")
