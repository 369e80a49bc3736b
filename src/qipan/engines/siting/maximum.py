"""Maximal covering within a budget: greedy, swap descent, bound, bound-guided greedy, local search, exact finish."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.adopting import IslandPlan, adopt, trim
from qipan.engines.siting.anneal import anneal
from qipan.engines.siting.arrays import Floats, Longs
from qipan.engines.siting.bound import CoverBound, bound_cover
from qipan.engines.siting.checking import check
from qipan.engines.siting.clashes import diagnose
from qipan.engines.siting.core import Core
from qipan.engines.siting.exact import maximum_exact
from qipan.engines.siting.greedy import fill, meet_minimums
from qipan.engines.siting.islandbound import bound_by_islands
from qipan.engines.siting.presolve import Reduced, presolve
from qipan.engines.siting.problems import MaximumCoverage
from qipan.engines.siting.reasons import explain
from qipan.engines.siting.relinking import relink
from qipan.engines.siting.results import Effort, Progress, Siting
from qipan.engines.siting.search import Scratch, descend, fresh_scratch, improve
from qipan.engines.siting.several import anneal_several, anneal_tile
from qipan.engines.siting.state import State, fresh_state, state_of
from qipan.engines.siting.tempering import few_of_many, temper
from qipan.engines.siting.tiles import renew, side_by_side
from qipan.engines.siting.windows import cover_more, neighbourhood

_SLICE = 2_000
_PASSES = 50
_WINDOW, _WINDOW_NODES = 250, 20
_CHAINS = ((3, 0.2), (2, 0.5), (6, 0.1), (4, 0.2))
"""Most sites removed at a time and noise of the refill, of each chain."""
_TILE, _WHOLE = 2_500, 20_000
"""Candidates of a tile, and up to how many a core of its own thread is annealed whole."""
_ANNEALED, _MOVES, _HOT, _COLD = 0.75, 60, 0.02, 0.002


def solve_maximum(
    problem: MaximumCoverage, effort: Effort | None = None, start: npt.NDArray[np.integer] | None = None
) -> Siting:
    """Choose the sites that cover most within the budget.

    ``start`` may give a plan (original ids) to begin from; what of it still fits is kept. Every plan has passed the
    independent checker. Deterministic for a seed unless ``effort.keep_going`` cancels.

    Raises: `Infeasible` with the smallest set of clashing conditions.
    """
    effort = effort or Effort()
    reduced = presolve(problem)
    if reduced.core.budget < 0:
        raise diagnose(problem)
    search = _Search(problem, reduced, effort)
    search.run(start)
    return search.result()


class _Search:
    """One solve: the best plan so far, its value, the bound and the stage that found it."""

    def __init__(self, problem: MaximumCoverage, reduced: Reduced, effort: Effort) -> None:
        self.problem, self.reduced, self.effort, self.core = problem, reduced, effort, reduced.core
        self.best: Longs = np.zeros(0, np.int64)
        self.value = -np.inf
        self.bound = float(self.core.value.sum())
        self.method, self.finished = "greedy", True
        self.price, self.hot = 0.0, _HOT
        self.relaxed: CoverBound | None = None

    def run(self, start: npt.NDArray[np.integer] | None) -> None:
        """Go up the ladder until the bound is met, the effort is spent or the caller cancels."""
        scratch = fresh_scratch(self.core.cost.size)
        if start is not None:  # A plan that a person edits is to stay itself: the search begins cool.
            self.hot = _COLD
        state = self._begin(start)
        self._keep(state, "greedy")
        if self.value == -np.inf and start is not None:
            state = self._given(start, state)
        if not self._report("greedy", 1, 1):
            return
        descend(self.core, state, scratch, _PASSES)
        self._keep(state, "swap descent")
        if self.value == -np.inf:
            self._rescue()
        if self.effort.exact:
            self._prove()
            return
        if not self._report("swap descent", 1, 1) or not self._tighten():
            return
        if self.price_guides is not None:
            guided = fresh_state(self.core, self.effort.seed + 1)
            meet_minimums(self.core, guided)
            fill(self.core, guided, self.price_guides)
            fill(self.core, guided, np.ones(self.core.cost.size))
            descend(self.core, guided, scratch, _PASSES)
            self._keep(guided, "guided greedy")
        self._search(scratch)

    price_guides: Floats | None = None

    def _begin(self, start: npt.NDArray[np.integer] | None) -> State:
        """Greedy plan, or the given plan as far as it fits, filled up."""
        core = self.core
        state = fresh_state(core, self.effort.seed)
        favour = np.ones(core.cost.size)
        if start is not None:
            favour[:] = 0.0
            favour[np.isin(self.reduced.candidate, start)] = 1.0
            fill(core, state, favour)
            favour[:] = 1.0
        meet_minimums(core, state)
        fill(core, state, favour)
        return state

    def _given(self, start: npt.NDArray[np.integer], state: State) -> State:
        """The given plan as it is where it meets every condition, sites without gain and all; else ``state``."""
        rows = np.flatnonzero(np.isin(self.reduced.candidate, start))
        if not check(self.problem, self.reduced.plan(rows)).holds:
            return state
        given = state_of(self.core, rows, self.effort.seed)
        self._keep(given, "given plan")
        return given

    def _keep(self, state: State, method: str) -> bool:
        """Remember the state's plan if it meets the minimums and covers more than the best."""
        if state.sums[2] > 1e-9 or state.sums[0] <= self.value + 1e-9 * abs(self.value):
            return False
        self.best, self.value, self.method = np.flatnonzero(state.chosen), float(state.sums[0]), method
        return True

    def _keep_annealed(self, state: State) -> bool:
        return self._keep(state, "annealing")

    def _go_on(self, done: int, planned: int) -> bool:
        """Report an annealing; False where it is to end."""
        return not self._proved() and self._report("annealing", done, planned)

    def _report(self, stage: str, done: int, planned: int) -> bool:
        """Tell the caller where the solve stands; False, and unfinished, when it wants to stop."""
        base = self.reduced.base_value
        self.finished = self.effort.keep_going(Progress(stage, base + self.value, base + self.bound, done, planned))
        return self.finished

    def _tighten(self) -> bool:
        """Bound the problem, and keep the averaged plan as a guide; False when cancelled."""
        if self.effort.bound_rounds == 0:
            bound = bound_cover(self.core, self.best, self.value, 0, self.effort.keep_going)
        else:
            bound = bound_cover(self.core, self.best, self.value, self.effort.bound_rounds, self._shifted)
            self.price_guides = bound.average + 1e-3
        self._take(bound)
        return bound.finished and not self._proved()

    def _take(self, bound: CoverBound) -> None:
        self.relaxed = bound
        self.bound = min(self.bound, bound.value)
        self.price = bound.price
        self.finished = bound.finished

    def _sharpen(self) -> bool:
        """Lower the bound by islands around the rows that keep it from the plan; False when cancelled."""
        for most in self.effort.islands if self.effort.search_rounds != 0 else ():
            if self.relaxed is None or self._proved():
                break
            found = bound_by_islands(
                self.core, self.relaxed, self.best, self.value, most, self.effort.island_nodes, self._shifted
            )
            self.bound = min(self.bound, found.value)
            self.finished = found.finished
            self._adopt_islands(found.plans)
            if not self.finished:
                break
        return self.finished

    def _adopt_islands(self, plans: list[IslandPlan]) -> None:
        """Take over what the islands' trees found better than the best plan."""
        state = state_of(self.core, self.best, self.effort.seed)
        if adopt(self.core, state, plans, self.price) and trim(self.core, state):
            fill(self.core, state, np.ones(self.core.cost.size))
            descend(self.core, state, fresh_scratch(self.core.cost.size), _PASSES)
            self._keep(state, "islands")

    def _shifted(self, progress: Progress) -> bool:
        base = self.reduced.base_value
        return self.effort.keep_going(
            replace(progress, objective=progress.objective + base, bound=progress.bound + base)
        )

    def _proved(self) -> bool:
        return self.bound - self.value <= 1e-9 * max(1.0, abs(self.value))

    def _search(self, scratch: Scratch) -> None:
        """Swap annealing, then removal and refilling, both from the best plan; large cores by tiles on all cores."""
        rounds = self.effort.search_rounds
        if rounds is None:
            rounds = max(20_000, 20 * self.best.size)
        counted = bool((self.core.cost == 1.0).all()) and not self.core.group_cost.any()
        price = 0.0 if counted else self.price
        mean = self.value / max(self.best.size, 1)
        if self._anneal(scratch, _ANNEALED * rounds, mean, price) and self._sharpen() and not self._proved():
            self._refill(scratch, round((1 - _ANNEALED) * rounds), mean, price)
            if self.finished and not self._proved():
                self._solve_windows(scratch)

    def _tiled(self) -> bool:
        return self.core.cost.size > _TILE and not self.core.area_least.any() and not self.core.area_sites.any()

    def _anneal(self, scratch: Scratch, rounds: float, mean: float, price: float) -> bool:
        """Anneal in epochs of falling temperature; False when cancelled."""
        if self.hot == _HOT and few_of_many(self.core, self.best):
            moves = int(rounds * _MOVES)
            temper(self.core, self.best, self.effort.seed, moves, price, self._keep_annealed, self._go_on)
            return self.finished
        if self.hot == _HOT and rounds and not self.core.conflict.size:
            tile = _TILE if self._tiled() and self.core.cost.size > _WHOLE else 0
            moves, seed = int(rounds * _MOVES), self.effort.seed
            anneal_several(self.core, self.best, seed, moves, price, tile, self._keep_annealed, self._go_on)
            return self.finished
        core, state = self.core, state_of(self.core, self.best, self.effort.seed)
        epochs = int(np.clip(rounds // 5_000, 4, 40)) if rounds else 0
        moves = int(rounds * _MOVES / max(epochs, 1))
        for epoch in range(epochs):
            hot, cold = (mean * self.hot * (_COLD / self.hot) ** ((epoch + k) / epochs) for k in (0, 1))
            if self._tiled():
                each = moves / core.cost.size
                work = partial(anneal_tile, each=each, hot=hot, cold=cold, price=price)
                state = renew(core, state, _TILE, self.effort.seed + epoch, work)
            else:
                anneal(core, state, scratch, moves, hot, cold, price)
            fill(core, state, np.ones(core.cost.size))
            if epoch >= epochs // 2:
                settled = state_of(core, np.flatnonzero(state.chosen), self.effort.seed)
                descend(core, settled, scratch, 3)
                self._keep(settled, "annealing")
            if self._proved() or not self._report("annealing", epoch + 1, epochs):
                break
        return self.finished

    def _refill(self, scratch: Scratch, rounds: int, mean: float, price: float) -> None:
        """Removal and refilling by chains side by side; small cores also relink the chains' plans."""
        if self._tiled():
            self._refill_tiles(scratch, rounds, mean, price)
            return
        elite = [state_of(self.core, self.best, self.effort.seed * 1_000 + k) for k in range(len(_CHAINS))]
        slices = max(-(-rounds // (_SLICE * len(_CHAINS))), 1) if rounds else 0
        for done in range(slices):
            heat = 0.02 * mean * (1.0 - done / slices)
            side_by_side(partial(_run_chain, self.core, elite, heat, price), len(elite))
            for state in elite:
                if price > 0.0:
                    fill(self.core, state, np.ones(self.core.cost.size))
                if done % 16 == 15 or done == slices - 1:
                    descend(self.core, state, scratch, 2)
                self._keep(state, "local search")
            if done % 8 == 7 and not self.core.conflict.size and not self.core.area_least.size:
                self._relink(elite, scratch)
            if self._proved() or not self._report("local search", done + 1, slices):
                break

    def _relink(self, elite: list[State], scratch: Scratch) -> None:
        """Let the worst chain go on from the best plan between the two best ones that differ."""
        if self.core.area_sites.any():
            return
        order = sorted(range(len(elite)), key=lambda k: -float(elite[k].sums[0]))
        first, second, worst = elite[order[0]], elite[order[1]], order[-1]
        start = state_of(self.core, np.flatnonzero(first.chosen), self.effort.seed)
        between = relink(self.core, start, scratch, second.chosen)
        fresh = state_of(self.core, np.flatnonzero(between), int(elite[worst].random[0] >> np.uint64(40)))
        fill(self.core, fresh, np.ones(self.core.cost.size))
        descend(self.core, fresh, scratch, _PASSES)
        self._keep(fresh, "path relinking")
        elite[worst] = fresh

    def _refill_tiles(self, scratch: Scratch, rounds: int, mean: float, price: float) -> None:
        core, state = self.core, state_of(self.core, self.best, self.effort.seed)
        epochs = int(np.clip(rounds // 20_000, 2, 20)) if rounds else 0
        for done in range(epochs):
            heat = 0.005 * mean * (1.0 - done / epochs)
            each = rounds / (core.cost.size * epochs)
            work = partial(_refill_tile, each=each, heat=heat, price=price)
            state = renew(core, state, _TILE, self.effort.seed + 100 + done, work)
            fill(core, state, np.ones(core.cost.size))
            descend(core, state, scratch, 2)
            self._keep(state, "local search")
            if self._proved() or not self._report("local search", done + 1, epochs):
                break

    def _solve_windows(self, scratch: Scratch) -> None:
        """Neighbourhoods of the best plan, each solved exactly with all else as it is."""
        core, planned = self.core, self.effort.coverage_windows
        if not planned or core.area_least.any() or core.area_sites.any():
            return
        state = state_of(core, self.best, self.effort.seed)
        rng = np.random.default_rng(self.effort.seed)
        for done in range(planned):
            window = neighbourhood(core, int(rng.integers(core.cost.size)), _WINDOW)
            if cover_more(core, state, window, _WINDOW_NODES):
                descend(core, state, scratch, 2)
                self._keep(state, "exact windows")
            if self._proved() or not self._report("exact windows", done + 1, planned):
                break

    def _rescue(self) -> None:
        """No plan met the minimums so far: ask the exact solver, which finds one or names the clash."""
        found = maximum_exact(self.core, None, self.effort.exact_seconds)
        if found is None or found.chosen is None:
            raise diagnose(self.problem)
        self._adopt(found.chosen, found.bound, "exact")

    def _prove(self) -> None:
        found = maximum_exact(self.core, self.best, self.effort.exact_seconds)
        if found is not None and found.chosen is not None:
            self._adopt(found.chosen, found.bound, "exact")

    def _adopt(self, chosen: Longs, bound: float, method: str) -> None:
        self._keep(state_of(self.core, chosen, self.effort.seed), method)
        self.bound = min(self.bound, bound)

    def result(self) -> Siting:
        """The best plan, checked and explained."""
        problem, sites = self.problem, self.reduced.plan(self.best)
        verified = check(problem, sites)
        if not verified.holds:
            raise diagnose(problem)
        ordered, reasons = explain(problem.reach, problem.weight, problem.costs, problem.conditions, sites)
        served = problem.reach.best(sites)
        bound = max(self.bound + self.reduced.base_value, verified.objective)
        return Siting(
            chosen=ordered,
            objective=verified.objective,
            bound=bound,
            cost=verified.cost,
            seed=self.effort.seed,
            method=self.method,
            finished=self.finished,
            reasons=reasons,
            presolve=self.reduced.counts,
            layers={layer.name: float(layer.weight @ served) for layer in problem.layers},
        )


def _refill_tile(part: Core, local: State, *, each: float, heat: float, price: float) -> None:
    """Remove and refill in one tile, ``each`` times for each of its candidates."""
    rounds = max(int(each * part.cost.size), 1)
    improve(part, local, fresh_scratch(part.cost.size), rounds, 6, 0.2, heat, price)


def _run_chain(core: Core, elite: list[State], heat: float, price: float, k: int) -> None:
    """One slice of the chain ``k``."""
    most, noise = _CHAINS[k]
    improve(core, elite[k], fresh_scratch(core.cost.size), _SLICE, most, noise, heat, price)
