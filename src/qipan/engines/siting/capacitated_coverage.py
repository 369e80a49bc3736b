"""Maximum coverage by sites that hold only so much: greedy, Lagrangian bound, annealed search, HiGHS for a proof."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Floats, Ints, Longs, row_ids
from qipan.engines.siting.capacitated_bound import bound_service
from qipan.engines.siting.capacitated_exact import service_exact
from qipan.engines.siting.capacitated_search import anneal, construct, fresh_desk
from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.clashes import diagnose
from qipan.engines.siting.errors import TooLargeError
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.locations import Assignment, CapacitatedCoverage
from qipan.engines.siting.problems import MaximumCoverage
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import Effort, Progress
from qipan.engines.siting.serving import Service, fresh_service, market_of, restore

_SLICE, _NODES = 1_000, 2_000
_EXACT_PAIRS = 20_000
_HOT, _COLD = 0.3, 0.01


def solve_capacitated_coverage(problem: CapacitatedCoverage, effort: Effort | None = None) -> Assignment:
    """Choose sites within the budget, and whom each serves within its capacity, so that most weight is served.

    Deterministic for a seed unless ``effort.keep_going`` cancels.

    Raises: `Infeasible` with the smallest set of clashing conditions; `TooLargeError` in exact mode.
    """
    search = _Search(problem, effort or Effort())
    search.run()
    return search.result()


class _Search:
    """One solve: the best plan's sites, the weight it leaves unserved and a bound on that from below."""

    def __init__(self, problem: CapacitatedCoverage, effort: Effort) -> None:
        self.problem, self.effort = problem, effort
        reach = problem.reach
        free = Reach(reach.start, reach.demand, np.zeros(reach.pairs, np.float32), reach.demands)
        self.market = market_of(
            free,
            problem.costs,
            problem.capacity,
            problem.amount,
            problem.weight,
            problem.conditions,
            paid=0.0,
            budget=problem.budget,
            whole=True,
        )
        self.site: Ints = np.full(reach.demands, -1, np.int32)
        self.opened = self.market.pinned.copy()
        self.left, self.bound, self.method = np.inf, 0.0, "greedy"

    def run(self) -> None:
        """Go up the ladder until the bound is met, the effort is spent or the caller cancels."""
        market, effort = self.market, self.effort
        held = np.bincount(row_ids(market.start), market.unserved[market.demand], minlength=market.opening.size)
        worth = held * np.minimum(market.capacity / np.maximum(self._wanted(), 1e-12), 1.0)
        plan = self._constructed(np.argsort(-worth / np.maximum(market.opening, 1e-12), kind="stable"))
        self._keep(plan, "greedy")
        if not self._report("greedy", 1, 1):
            return
        found = bound_service(market, True, float(plan.sums[0]), effort.bound_rounds, self._told)
        self.bound = max(found.value, 0.0)
        if not found.finished or self._proved():
            return
        guided = self._constructed(np.argsort(-found.average, kind="stable"))
        self._keep(guided, "guided greedy")
        best = guided if guided.sums[0] < plan.sums[0] else plan
        if self._anneal(best) and not self._proved():
            self._finish()

    def _wanted(self) -> Floats:
        """Amount of all demands in reach of each site."""
        market = self.market
        wanted: Floats = np.bincount(
            row_ids(market.start), market.amount[market.demand], minlength=market.opening.size
        ).astype(np.float64)
        return wanted

    def _constructed(self, order: Longs) -> Service:
        plan = fresh_service(self.market, self.effort.seed)
        construct(self.market, plan, fresh_desk(self.market), order.astype(np.int64))
        return plan

    def _anneal(self, plan: Service) -> bool:
        """Anneal in slices; False when cancelled."""
        market, desk, rounds = self.market, fresh_desk(self.market), self.effort.search_rounds
        steps = max(20_000, 20 * market.opening.size) if rounds is None else rounds
        served = float(market.unserved.sum() - plan.sums[0])
        mean = served / max(int(plan.size[0]), 1)
        slices, best = -(-steps // _SLICE), float(plan.sums[0])
        desk.site[:], desk.opened[:] = plan.site, plan.opened
        for done in range(slices):
            hot, cold = (mean * _HOT * (_COLD / _HOT) ** ((done + k) / slices) for k in (0, 1))
            better = anneal(market, plan, desk, _SLICE, hot, cold, best)
            if better < best:
                best = better
                kept = fresh_service(market, 0)
                restore(market, kept, desk.site, desk.opened)
                self._keep(kept, "local search")
            if self._proved() or not self._report("local search", done + 1, slices):
                return self._proved()
        return True

    def _keep(self, plan: Service, method: str) -> None:
        """Remember a plan that meets every condition and leaves less unserved."""
        market = self.market
        fits = plan.sums[1] <= market.budget * (1 + 1e-9) and (plan.standing >= market.area_sites).all()
        if fits and not plan.blocked[plan.opened].any() and plan.sums[0] < self.left - 1e-9:
            self.left, self.method = float(plan.sums[0]), method
            self.site, self.opened = plan.site.copy(), plan.opened.copy()

    def _proved(self) -> bool:
        return self.left - self.bound <= 1e-9 * max(1.0, float(self.market.unserved.sum()))

    def _report(self, stage: str, done: int, planned: int) -> bool:
        total = float(self.market.unserved.sum())
        return self.effort.keep_going(Progress(stage, total - self.left, total - self.bound, done, planned))

    def _told(self, progress: Progress) -> bool:
        return self._report(progress.stage, progress.done, progress.planned)

    def _finish(self) -> None:
        """HiGHS on the whole model where it is small or a proof is asked for."""
        market, exact = self.market, self.effort.exact
        if market.demand.size > (MOST_PAIRS if exact else _EXACT_PAIRS):
            if exact:
                message = f"{market.demand.size} pairs are too many for the exact mode, which takes {MOST_PAIRS}"
                raise TooLargeError(message)
            return
        if exact or self.effort.search_rounds != 0:
            self._adopt(None if exact else _NODES)

    def _adopt(self, nodes: int | None) -> None:
        market, known = self.market, None
        if np.isfinite(self.left):
            known = fresh_service(market, 0)
            restore(market, known, self.site, self.opened)
        pairs = np.arange(market.demand.size)
        found = service_exact(market, True, False, pairs, known, self.effort.exact_seconds, nodes)
        if found.opened is None:
            return
        plan = fresh_service(market, 0)
        served = np.flatnonzero(found.share > 0.5)
        site = np.full(market.amount.size, -1, np.int32)
        site[market.demand[served]] = row_ids(market.start)[served]
        restore(market, plan, site, found.opened)
        self._keep(plan, "exact")
        self.bound = max(self.bound, min(found.bound, self.left))

    def _without_capacities(self) -> MaximumCoverage:
        problem = self.problem
        reach = problem.reach.binary()
        return MaximumCoverage(reach, problem.weight, problem.budget, problem.cost, problem.conditions)

    def result(self) -> Assignment:
        """The best plan, checked; where there is none the clash of the conditions, to which capacities add nothing."""
        if not np.isfinite(self.left) and self.market.demand.size <= MOST_PAIRS:
            self._adopt(None)
        if not np.isfinite(self.left):
            raise diagnose(self._without_capacities())
        total = float(self.market.unserved.sum())
        chosen = np.flatnonzero(self.opened).astype(np.int32)
        objective, bound = total - self.left, total - min(self.bound, self.left)
        plan = Assignment(chosen, self.site, objective, bound, self.effort.seed, self.method)
        return required(self.problem, plan)
