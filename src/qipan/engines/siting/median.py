"""p-median: fast interchange with restarts, a Lagrangian bound on the assignment rows, HiGHS for a proof."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, offsets, row_ids
from qipan.engines.siting.checking import broken_numbers, broken_pins
from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.errors import Infeasible, TooLargeError
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.interchange import Distances, Medians, interchange, open_costs, served_times
from qipan.engines.siting.locations import Assignment, NearestSites
from qipan.engines.siting.model import Model
from qipan.engines.siting.results import Effort, Progress

_PATIENCE, _NAMED, _TRIES = 12, 12, 20


def solve_median(problem: NearestSites, effort: Effort | None = None) -> Assignment:
    """Choose the sites that make the weighted distances to the nearest of them least in sum.

    ``effort.search_rounds`` counts restarts of the interchange, None meaning 200. Deterministic for a seed.

    Raises: `TooLargeError` in exact mode.
    """
    effort = effort or Effort()
    distances, forbidden = _distances(problem)
    search = _Search(problem, distances, forbidden, effort)
    search.run()
    chosen = np.flatnonzero(search.best).astype(np.int32)
    away = problem.distances(chosen)
    objective = float(problem.weights @ away)
    site = nearest_sites(problem, chosen)
    plan = Assignment(chosen, site, objective, min(search.bound, objective), effort.seed, search.method)
    return required(problem, plan)


def nearest_sites(problem: NearestSites, chosen: np.ndarray) -> np.ndarray:
    """The nearest chosen site of each demand, int32 [demands], -1 where none reaches it; ties go to the lowest id."""
    demand, length = problem.reach.of(chosen)
    owner = np.repeat(chosen, np.diff(problem.reach.start)[chosen])
    order = np.lexsort((owner, length, demand))
    demand, owner = demand[order], owner[order]
    first = np.r_[True, np.diff(demand) > 0] if demand.size else np.zeros(0, np.bool_)
    site = np.full(problem.reach.demands, -1, np.int32)
    site[demand[first]] = owner[first]
    return site


def _distances(problem: NearestSites) -> tuple[Distances, np.ndarray]:
    """Weighted distances both ways without the forbidden candidates' pairs, and who is forbidden."""
    reach, conditions, weight = problem.reach, problem.conditions, problem.weights
    forbidden = np.zeros(reach.candidates, np.bool_)
    forbidden[conditions.forbidden] = True
    who = row_ids(reach.start)
    kept = ~forbidden[who]
    who, demand = who[kept], reach.demand[kept]
    length = reach.weight[kept].astype(np.float64) * weight[demand]
    order = np.lexsort((who, length, demand))
    pinned = np.zeros(reach.candidates, np.bool_)
    pinned[conditions.fixed] = pinned[conditions.mandatory] = True
    near_start = offsets(demand, reach.demands)
    start = offsets(who, reach.candidates)
    far = problem.far * weight
    near = (near_start, who[order], length[order])
    both = np.concatenate((conditions.conflicts, conditions.conflicts[:, ::-1]))
    both = both[np.argsort(both[:, 0], kind="stable")]
    conflicts = (offsets(both[:, 0], pinned.size), np.ascontiguousarray(both[:, 1]))
    area = np.full(pinned.size, -1, np.int32)
    if conditions.area_sites.size:
        area = conditions.candidate_area.copy()
        area[conditions.fixed] = -1
    return Distances(start, demand, length, *near, far, pinned, *conflicts, area, conditions.area_sites), forbidden


class _Search:
    """One solve: the best plan, its total, the bound and the stage that found it."""

    def __init__(self, problem: NearestSites, distances: Distances, forbidden: np.ndarray, effort: Effort) -> None:
        self.problem, self.distances, self.effort = problem, distances, effort
        self.allowed = np.flatnonzero(~forbidden)
        n, m = forbidden.size, distances.far.size
        empty = np.zeros(m)
        work = (np.zeros(m, np.int32), empty, empty.copy(), np.zeros(n), np.zeros(n), np.zeros(n, np.int32))
        self.plan = Medians(distances.pinned.copy(), *work, np.zeros(distances.area_sites.size))
        self.rng = np.random.default_rng(effort.seed)
        self.best, self.total, self.bound, self.method = distances.pinned.copy(), np.inf, 0.0, "interchange"
        whole = (distances.length == np.round(distances.length)).all() and (
            distances.far == distances.far.round()
        ).all()
        self.whole = bool(whole)

    def run(self) -> None:
        """Interchange from a random plan, bound, restarts near the best, and the exact model where asked."""
        for _ in range(_TRIES):
            self.plan.chosen[:] = self.distances.pinned
            self._fill(self.rng.permutation(self.allowed))
            if self._stands():
                break
        self._descend("interchange")
        if np.isfinite(self.total):
            self._improve()
        if (self.effort.exact and not self._proved()) or self.total == np.inf:
            self._prove()
        if self.total == np.inf:
            raise Infeasible(self._clash(), smallest=False)

    def _improve(self) -> None:
        """Bound, interchange from the bound's average, restarts near the best."""
        average = self._tighten()
        if average is not None and not self._proved():
            self._from_average(average)
        rounds = 200 if self.effort.search_rounds is None else self.effort.search_rounds
        for done in range(rounds):
            if self._proved() or not self._report("restarts", done, rounds):
                break
            self._shake()
            self._descend("restarts")

    def _clash(self) -> tuple[str, ...]:
        conditions = self.problem.conditions
        areas = [f"area {k} needs {least:g} sites" for k, least in enumerate(conditions.area_sites) if least]
        pairs = [f"sites {one} and {other} conflict" for one, other in conditions.conflicts]
        return (f"{self.problem.sites} sites", *areas, *pairs[:_NAMED])

    def _fill(self, order: Longs) -> None:
        """Choose in ``order`` up to p sites, first what areas need, passing over what conflicts."""
        distances, chosen = self.distances, self.plan.chosen
        blocked = np.zeros(chosen.size, np.bool_)
        left = distances.area_sites.copy()
        size = 0

        def choose(i: int) -> None:
            nonlocal size
            chosen[i], size = True, size + 1
            blocked[distances.conflict[distances.conflict_start[i] : distances.conflict_start[i + 1]]] = True
            if distances.area[i] >= 0:
                left[distances.area[i]] -= 1

        for i in np.flatnonzero(chosen):
            choose(int(i))
        for needed in (True, False):
            for i in order:
                wanted = not needed or (distances.area[i] >= 0 and left[distances.area[i]] > 0)
                if size < self.problem.sites and wanted and not chosen[i] and not blocked[i]:
                    choose(int(i))

    def _stands(self) -> bool:
        """Whether no two chosen sites conflict and every area has the sites it needs."""
        return not broken_pins(self.problem.conditions, np.flatnonzero(self.plan.chosen)) and not broken_numbers(
            self.problem.conditions, np.flatnonzero(self.plan.chosen)
        )

    def _descend(self, method: str) -> None:
        if not self._stands():
            return
        total = interchange(self.distances, self.plan, self.rng.permutation(self.allowed))
        if total < self.total - 1e-9 * max(1.0, abs(total)):
            self.best, self.total, self.method = self.plan.chosen.copy(), total, method

    def _shake(self) -> None:
        """Begin from the best plan with a few free sites moved at random."""
        self.plan.chosen[:] = self.best
        movable = np.flatnonzero(self.best & ~self.distances.pinned)
        closed = np.setdiff1d(self.allowed, np.flatnonzero(self.best))
        moves = min(int(self.rng.integers(2, 3 + max(2, movable.size // 5))), movable.size, closed.size)
        self.plan.chosen[self.rng.choice(movable, moves, replace=False)] = False
        self._fill(self.rng.permutation(closed))

    def _from_average(self, average: Floats) -> None:
        self.plan.chosen[:] = self.distances.pinned
        self._fill(self.allowed[np.argsort(-average[self.allowed], kind="stable")])
        self._descend("guided interchange")

    def _proved(self) -> bool:
        return bool(np.isfinite(self.total)) and self.total - self.bound <= 1e-9 * max(1.0, self.total)

    def _report(self, stage: str, done: int, planned: int) -> bool:
        return self.effort.keep_going(Progress(stage, self.total, self.bound, done, planned))

    def _raise_bound(self, bound: float) -> None:
        if self.whole:
            bound = float(np.ceil(bound - 1e-6))
        self.bound = max(self.bound, min(bound, self.total))

    def _tighten(self) -> Floats | None:
        """Subgradient bound on the assignment rows from the averaged direction; the averaged plan."""
        if self.effort.bound_rounds == 0:
            return None
        multipliers = 0.5 * (self.plan.one + self.plan.two)
        value, taken = self._lagrangian(multipliers)
        cover = served_times(self.distances, multipliers, taken)
        average = np.zeros(self.best.size)
        average[taken] = 1.0
        pace, worse = 1.0, 0
        for done in range(self.effort.bound_rounds):
            step = 1.0 - cover
            step[(multipliers >= self.distances.far) & (step > 0)] = 0.0
            length = float(step @ step)
            if length <= 1e-12 or self._proved():
                break
            trial = multipliers + pace * (self.total - value) / length * step
            np.clip(trial, 0.0, self.distances.far, out=trial)
            here, taken = self._lagrangian(trial)
            cover += 0.1 * (served_times(self.distances, trial, taken) - cover)
            average *= 0.9
            average[taken] += 0.1
            if here > value:
                multipliers, value, worse = trial, here, 0
                self._raise_bound(value)
            else:
                worse += 1
                if worse >= _PATIENCE:
                    pace, worse = max(pace * 0.7, 1e-6), 0
            if not self._report("bound", done + 1, self.effort.bound_rounds):
                break
        return average

    def _lagrangian(self, multipliers: Floats) -> tuple[float, Longs]:
        """Value at the multipliers (at most far) and the sites that attain it."""
        worth = open_costs(self.distances, multipliers)
        pinned = np.flatnonzero(self.distances.pinned)
        free = np.setdiff1d(self.allowed, pinned)
        order = free[np.argsort(worth[free], kind="stable")]
        taken = np.concatenate((pinned, order[: self.problem.sites - pinned.size]))
        return float(multipliers.sum() + worth[taken].sum()), taken

    def _prove(self) -> None:
        """The whole assignment model, with only the pairs no longer than far."""
        distances, m = self.distances, self.distances.far.size
        if distances.length.size > MOST_PAIRS:
            message = f"{distances.length.size} pairs are too many for the exact mode, which takes up to {MOST_PAIRS}"
            raise TooLargeError(message)
        model = Model()
        upper = np.zeros(self.best.size)
        upper[self.allowed] = 1.0
        model.add_columns(np.zeros(self.best.size), lower=distances.pinned.astype(float), upper=upper)
        pairs = np.arange(distances.length.size)
        first = model.add_columns(distances.length, whole=False)
        fallback = model.add_columns(distances.far, whole=False)
        who = row_ids(distances.start)
        model.add_rows(
            np.concatenate((distances.demand, np.arange(m))),
            np.concatenate((first + pairs, fallback + np.arange(m))),
            1.0,
            1.0,
            1.0,
            m,
        )
        values = np.concatenate((np.ones(pairs.size), -np.ones(pairs.size)))
        model.add_rows(np.tile(pairs, 2), np.concatenate((first + pairs, who)), values, -np.inf, 0.0, pairs.size)
        model.add_rows(np.zeros(self.best.size), np.arange(self.best.size), 1.0, -np.inf, self.problem.sites, 1)
        conflicts = self.problem.conditions.conflicts.astype(np.int64)
        if conflicts.size:
            each = np.arange(len(conflicts))
            model.add_rows(np.tile(each, 2), conflicts.T.ravel(), 1.0, -np.inf, 1.0, each.size)
        if distances.area_sites.any():
            inside = np.flatnonzero(distances.area >= 0)
            model.add_rows(distances.area[inside], inside, 1.0, distances.area_sites, np.inf, distances.area_sites.size)
        found = model.solve(self.effort.exact_seconds)
        if found.values is not None and found.objective < self.total - 1e-6:
            self.best, self.total, self.method = found.values[: self.best.size] > 0.5, found.objective, "exact"
        self._raise_bound(found.bound)
