"""Set cover: greedy, bound-guided greedy, row weighting and exact windows; partial coverage by shrinking budgets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.bound import bound_cover
from qipan.engines.siting.checking import check
from qipan.engines.siting.clashes import diagnose
from qipan.engines.siting.coverbound import bound_cost
from qipan.engines.siting.coverwindows import cheaper_window, cheapest_columns
from qipan.engines.siting.exact import cover_exact
from qipan.engines.siting.greedy import fill, meet_minimums
from qipan.engines.siting.presolve import Reduced, presolve
from qipan.engines.siting.problems import SetCover
from qipan.engines.siting.reasons import explain
from qipan.engines.siting.results import Effort, Progress, Siting
from qipan.engines.siting.rowweights import fresh_weights, weight_rows
from qipan.engines.siting.search import descend, fresh_scratch, improve
from qipan.engines.siting.state import State, add, drop, fresh_state, state_of
from qipan.engines.siting.windows import neighbourhood

_SLICE = 2_000
_WINDOW = 200
_COLUMNS = 700
_FEW_ROWS, _NODES, _SHARE_NODES = 2_000, 300, 30
"""Rows up to which one window of the cheapest columns is solved, and nodes that HiGHS may visit in a window, fewer
where a share is covered and windows are harder."""


def solve_cover(problem: SetCover, effort: Effort | None = None) -> Siting:
    """Choose the sites of least cost that cover every demand, or a share of the demand weight.

    Every plan has passed the independent checker. Deterministic for a seed unless ``effort.keep_going`` cancels.

    Raises: `Infeasible` with the smallest set of clashing conditions.
    """
    search = _Search(problem, presolve(problem), effort or Effort())
    search.run()
    return search.result()


class _Search:
    """One solve: the best plan so far, its cost, the bound and the stage that found it."""

    def __init__(self, problem: SetCover, reduced: Reduced, effort: Effort) -> None:
        self.problem, self.reduced, self.effort, self.core = problem, reduced, effort, reduced.core
        self.whole = problem.share == 1
        self.least = reduced.least_value
        self.best: Longs = np.zeros(0, np.int64)
        self.cost, self.bound = np.inf, 0.0
        self.method, self.finished = "greedy", True
        costs = np.append(problem.costs, problem.conditions.group_cost)
        self.unit = 1.0 if (costs == np.round(costs)).all() else 0.0

    def run(self) -> None:
        """Go up the ladder until the bound is met, the effort is spent or the caller cancels."""
        self._greedy(np.ones(self.core.cost.size), "greedy")
        if self.cost == np.inf:
            self._rescue()
        if self.effort.exact:
            self._adopt(self.effort.exact_seconds)
        elif self.core.cost.size and self._report("greedy", 1, 1):
            (self._improve_whole if self.whole else self._improve_share)()

    def _greedy(self, favour: Floats, method: str) -> None:
        state = fresh_state(self.core, self.effort.seed)
        meet_minimums(self.core, state)
        if self.whole:
            fill(self.core, state, favour)
            fill(self.core, state, np.ones(favour.size))
        else:
            self._fill_to_share(state)
        self._prune(state)
        self._keep(state, method)

    def _fill_to_share(self, state: State) -> None:
        """Greedy by a budget doubled until the share is reached, then halved in between."""
        low, high = 0.0, float(np.sort(self.core.cost)[: max(1, self.core.cost.size // 100)].sum()) + 1e-9
        total = float(self.core.cost.sum() + self.core.group_cost.sum())
        start = np.flatnonzero(state.chosen)
        best = None
        for _ in range(40):
            trial = state_of(self.core._replace(budget=high), start, self.effort.seed)
            fill(self.core._replace(budget=high), trial, np.ones(self.core.cost.size))
            if trial.sums[0] >= self.least:
                best = trial
                break
            if high > total + state.sums[1]:
                break
            low, high = high, high * 2
        for _ in range(12 if best is not None else 0):
            middle = (low + high) / 2
            trial = state_of(self.core._replace(budget=middle), start, self.effort.seed)
            fill(self.core._replace(budget=middle), trial, np.ones(self.core.cost.size))
            if trial.sums[0] >= self.least:
                best, high = trial, middle
            else:
                low = middle
        if best is not None:
            fresh = np.setdiff1d(np.flatnonzero(best.chosen), start)
            for i in fresh:
                add(self.core, state, int(i))

    def _prune(self, state: State) -> None:
        """Drop, dearest first, what the plan does not need."""
        chosen = np.flatnonzero(state.chosen)
        for j in chosen[np.argsort(-self.core.cost[chosen], kind="stable")]:
            if state.sums[0] - state.gain[j] < self.least * (1 - 1e-12):
                continue
            short = state.sums[2]
            drop(self.core, state, int(j))
            if state.sums[2] > short + 1e-12:
                add(self.core, state, int(j))

    def _keep(self, state: State, method: str) -> bool:
        if state.sums[2] > 1e-9 or state.sums[0] < self.least * (1 - 1e-9) or state.sums[1] >= self.cost - 1e-9:
            return False
        self.best, self.cost, self.method = np.flatnonzero(state.chosen), float(state.sums[1]), method
        return True

    def _raise_bound(self, bound: float) -> None:
        """Take a better bound, rounded up where every cost is a whole number."""
        if self.unit and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        self.bound = max(self.bound, min(bound, self.cost))

    def _proved(self) -> bool:
        return self.cost - self.bound <= 1e-9 * max(1.0, self.cost)

    def _report(self, stage: str, done: int, planned: int) -> bool:
        base = self.reduced.base_cost
        self.finished = self.effort.keep_going(Progress(stage, base + self.cost, base + self.bound, done, planned))
        return self.finished

    def _shifted(self, progress: Progress) -> bool:
        base = self.reduced.base_cost
        return self.effort.keep_going(
            replace(progress, objective=progress.objective + base, bound=progress.bound + base)
        )

    def _improve_whole(self) -> None:
        bound = bound_cost(self.core, self.cost, self.effort.bound_rounds, self._shifted)
        self._raise_bound(bound.value)
        self.finished = bound.finished
        if not bound.finished or self._proved():
            return
        self._greedy(bound.average + 1e-3, "guided greedy")
        # Row weighting closes any site, also those that an area needs for its number.
        if (self.core.area_sites.any() or self._weight_rows()) and not self._proved():
            self._solve_windows(bound.reduced)

    def _weight_rows(self) -> bool:
        """Row weighting in slices; False when cancelled."""
        rounds = self.effort.search_rounds
        planned = max(1, -(-(200_000 if rounds is None else rounds) // _SLICE)) if rounds != 0 else 0
        core = self.core._replace(value=np.ones(self.core.value.size))
        state = state_of(core, self.best, self.effort.seed)
        weights = fresh_weights(core, state)
        for done in range(planned):
            cost = weight_rows(core, state, weights, self.cost, done * _SLICE, _SLICE)
            if cost < self.cost - 1e-9:
                self.best, self.cost, self.method = np.flatnonzero(weights.best), cost, "row weighting"
            if self._proved():
                break
            if not self._report("row weighting", done + 1, planned):
                return False
        return True

    def _solve_windows(self, reduced: Floats) -> None:
        """Exact windows round random candidates, or over the columns of least reduced cost where rows are few."""
        core, planned = self.core, self.effort.windows
        if not planned or (core.area_least.any() and not self.whole):
            return
        state = state_of(core, self.best, self.effort.seed)
        rng = np.random.default_rng(self.effort.seed)
        few = self.whole and core.value.size <= _FEW_ROWS
        planned = 1 if few else planned
        for done in range(planned):
            if few:
                better = cheaper_window(core, state, cheapest_columns(reduced, state, _COLUMNS), self.least, _NODES)
            else:
                window = neighbourhood(core, int(rng.integers(core.cost.size)), _WINDOW)
                nodes = _NODES if self.whole else _SHARE_NODES
                better = cheaper_window(core, state, window, self.least, nodes)
            if better:
                self._prune(state)
                self._keep(state, "exact windows")
            if self._proved() or not self._report("exact windows", done + 1, planned):
                return

    def _improve_share(self) -> None:
        """Search for the share within ever smaller budgets; the coverage bound gives the least cost of the share."""
        core = self.core._replace(budget=self.cost)
        price = self._price(self.cost, self.effort.bound_rounds)
        if not self.finished or self._proved():
            return
        state, scratch = state_of(core, self.best, self.effort.seed), fresh_scratch(core.cost.size)
        rounds = self.effort.search_rounds
        planned = -(-(20_000 if rounds is None else rounds) // _SLICE)
        for done in range(planned):
            core = self.core._replace(budget=self.cost - max(self.unit, 1e-6 * self.cost))
            while state.sums[1] > core.budget and state.size[0]:
                chosen = np.flatnonzero(state.chosen)
                drop(core, state, int(chosen[np.argmin(state.gain[chosen] / np.maximum(core.cost[chosen], 1e-9))]))
            improve(core, state, scratch, _SLICE, 3, 0.2, 0.0, price)
            fill(core, state, np.ones(core.cost.size))
            descend(core, state, scratch, 2)
            if state.sums[0] >= self.least:
                self._prune(state)
                self._keep(state, "local search")
            if self._proved() or not self._report("local search", done + 1, planned):
                return
        self._price(max(self.bound, 1e-9), self.effort.bound_rounds // 2)
        if self.finished and not self._proved():
            self._solve_windows(np.zeros(0))

    def _price(self, budget: float, rounds: int) -> float:
        """Bound the cost of the share by the price of money at a budget, and return the price.

        No plan covers more than base + price × cost: one that covers the share costs at least (share - base) / price.
        Beginning at the cost of a plan and going on at the bound is Newton's search for the best price.
        """
        core = self.core._replace(budget=budget)
        bound = bound_cover(core, self.best, self.least, rounds, self._told_of_price)
        self.finished = bound.finished
        if bound.price > 0:
            self._raise_bound((self.least - bound.base) / bound.price)
        return bound.price

    def _told_of_price(self, progress: Progress) -> bool:
        return self._report("bound", progress.done, progress.planned)

    def _rescue(self) -> None:
        """The greedy met no plan: ask the exact solver, which finds one or names the clash."""
        self._adopt(self.effort.exact_seconds)
        if self.cost == np.inf:
            raise diagnose(self.problem)

    def _adopt(self, seconds: float) -> None:
        if not self.core.value.size and not self.core.area_sites.any():
            self._raise_bound(self.cost)
            return
        found = cover_exact(self.core, self.best, self.least, seconds)
        if found.chosen is not None:
            self._keep(state_of(self.core, found.chosen, self.effort.seed), "exact")
            self._raise_bound(found.bound)

    def result(self) -> Siting:
        """The best plan, checked and explained."""
        problem, sites = self.problem, self.reduced.plan(self.best)
        verified = check(problem, sites)
        if not verified.holds:
            raise diagnose(problem)
        ordered, reasons = explain(problem.reach, problem.weights, problem.costs, problem.conditions, sites)
        return Siting(
            chosen=ordered,
            objective=verified.objective,
            bound=min(self.bound + self.reduced.base_cost, verified.objective),
            cost=verified.cost,
            seed=self.effort.seed,
            method=self.method,
            finished=self.finished,
            reasons=reasons,
            presolve=self.reduced.counts,
        )
