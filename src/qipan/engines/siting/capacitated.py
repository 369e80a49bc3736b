"""Capacitated location: greedy, Lagrangian bound, guided greedy, annealing, HiGHS on the pairs that still matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Flags, Floats, Longs, offsets, row_ids
from qipan.engines.siting.capacitated_bound import bound_service, reduced_pairs
from qipan.engines.siting.capacitated_clashes import clash_of, overload_of
from qipan.engines.siting.capacitated_exact import least_parts, service_exact
from qipan.engines.siting.capacitated_search import anneal, construct, fresh_desk
from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.errors import Infeasible, TooLargeError
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.locations import Assignment, Capacitated
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import Effort, Progress
from qipan.engines.siting.serving import Market, Service, fresh_service, market_of, restore

_EXACT_PAIRS = 30_000
"""Pairs up to which HiGHS is given the whole model without being asked to."""
_NODES = 2_000
_SLICE = 1_000
_HOT, _COLD = 0.03, 0.001
"""Temperatures of the annealing as shares of what a site and its service cost on average."""
_PARTS, _PORTION = 16, 0.1
"""Into how many parts a demand is divided at most, and the portion of its sites' capacity each may take."""
_CHEAPEST, _CLOSED = 8, 5
"""Open sites that each demand's parts may go to, and sites that are tried without."""


def solve_capacitated(problem: Capacitated, effort: Effort | None = None) -> Assignment:
    """Choose sites and who serves whom at least opening and serving cost, within every capacity.

    HiGHS closes what the bound leaves open where few pairs can still matter, and in exact mode. Where parts are
    allowed the search places parts of large demands, and its sites then serve at least cost. Deterministic for a seed
    unless ``effort.keep_going`` cancels.

    Raises: `Infeasible`; `TooLargeError` where no plan was found and none could be ruled out.
    """
    effort = effort or Effort()
    if clash := clash_of(problem):
        raise Infeasible(clash.names, clash.smallest)
    search = _Search(problem, effort)
    search.run()
    return required(problem, search.result())


@dataclass(frozen=True)
class _Plan:
    """Open sites bool [n], shares float64 [pairs of the market] and the total."""

    opened: Flags
    share: Floats
    total: float
    method: str


class _Search:
    """One solve: the best plan so far, the bound, and the market that is searched, with large demands in parts."""

    def __init__(self, problem: Capacitated, effort: Effort) -> None:
        self.problem, self.effort = problem, effort
        self.market = market_for(problem)
        self.parts = np.ones(problem.reach.demands, np.int64) if problem.single else _parts(problem)
        self.whose = np.repeat(np.arange(self.parts.size), self.parts)
        self.searched = self.market if self.whose.size == self.parts.size else _divided(problem, self.whose, self.parts)
        self.bound = -np.inf
        self.best: _Plan | None = None

    def run(self) -> None:
        """Go up the ladder until the bound is met, the effort is spent or the caller cancels."""
        rounds = self.effort.search_rounds
        market = self.searched
        plan = self._constructed(np.argsort(market.opening / np.maximum(market.capacity, 1e-12), kind="stable"), 0)
        self._keep(plan, "greedy")
        going = self._report("greedy", 1, 1)
        found = bound_service(
            self.market,
            self.problem.single,
            float(plan.sums[0]),
            self.effort.bound_rounds if going else 0,
            self.effort.keep_going,
        )
        self.bound = found.value
        if found.finished and going and not self._proved():
            order = np.argsort(-found.average, kind="stable")
            guided = self._constructed(order, 1)
            self._keep(guided, "guided greedy")
            steps = max(20_000, 20 * market.opening.size) if rounds is None else rounds
            going = self._anneal(guided if guided.sums[0] < plan.sums[0] else plan, steps)
            if going and not self._proved():
                self._finish(found.prices)
        if self.best is None:
            self._rescue()
        elif not self.problem.single:
            self._settle_parts()

    def _constructed(self, order: Longs, seed: int) -> Service:
        plan = fresh_service(self.searched, self.effort.seed * 2 + seed)
        construct(self.searched, plan, fresh_desk(self.searched), order.astype(np.int64))
        return plan

    def _anneal(self, plan: Service, steps: int) -> bool:
        """Anneal in slices; False when cancelled."""
        market, desk = self.searched, fresh_desk(self.searched)
        mean = float(plan.sums[0]) / max(int(plan.size[0]), 1)
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
        """Remember a plan that serves everyone at a lower total."""
        if plan.sums[2] > 0 or (plan.standing < self.searched.area_sites).any():
            return
        if self.best is not None and plan.sums[0] >= self.best.total - 1e-9:
            return
        share = _shares(self.market, plan, self.whose, self.parts)
        self.best = self._plan(plan.opened.copy(), share, method)

    def _plan(self, opened: Flags, share: Floats, method: str) -> _Plan:
        """The plan without open sites that serve nobody and that nothing asks for."""
        market = self.market
        load = np.bincount(row_ids(market.start), share, minlength=opened.size)
        idle = np.flatnonzero(opened & (load <= 1e-9) & ~market.pinned)
        for j in idle[market.opening[idle] > 0]:
            area = market.area[j]
            if area < 0 or (opened & (market.area == area)).sum() > market.area_sites[area]:
                opened[j] = False
        groups = np.unique(market.group[opened])
        money = float(market.opening[opened].sum() + market.group_cost[groups[groups >= 0]].sum())
        return _Plan(opened, share, money + float(market.cost @ share), method)

    def _proved(self) -> bool:
        return self.best is not None and self.best.total - self.bound <= 1e-9 * max(1.0, abs(self.best.total))

    def _report(self, stage: str, done: int, planned: int) -> bool:
        total = np.inf if self.best is None else self.best.total
        return self.effort.keep_going(Progress(stage, total, self.bound, done, planned))

    def _finish(self, prices: Floats) -> None:
        """HiGHS on the pairs that a cheaper plan could use, where they are few or a proof is asked for."""
        if self.best is None:
            return
        sites, pairs = reduced_pairs(self.market, prices, self.best.total)
        left = np.flatnonzero(pairs & sites[row_ids(self.market.start)])
        if left.size > (MOST_PAIRS if self.effort.exact else _EXACT_PAIRS) or self.effort.search_rounds == 0:
            if self.effort.exact:
                message = f"{left.size} pairs are too many for the exact mode of capacities, which takes {MOST_PAIRS}"
                raise TooLargeError(message)
            return
        self._adopt(left, None if self.effort.exact else _NODES)

    def _adopt(self, pairs: Longs, nodes: int | None) -> None:
        known = None
        if self.problem.single and self.best is not None:
            known = fresh_service(self.market, 0)
            restore(self.market, known, self._site(self.best.share), self.best.opened)
        found = service_exact(self.market, self.problem.single, True, pairs, known, self.effort.exact_seconds, nodes)
        if found.infeasible and self.best is None:
            self._raise_infeasible()
        if found.opened is not None:
            plan = self._plan(found.opened, found.share, "exact")
            if self.best is None or plan.total < self.best.total - 1e-9:
                self.best = plan
        if self.best is not None:
            self.bound = max(self.bound, min(found.bound, self.best.total))

    def _rescue(self) -> None:
        """No plan was found: name the overload, or let HiGHS find a plan or rule one out."""
        overload = overload_of(self.problem)
        if overload is not None:
            raise Infeasible(overload.names, overload.smallest)
        if self.market.demand.size <= MOST_PAIRS:
            self._adopt(np.arange(self.market.demand.size), None)
        if self.best is None:
            message = (
                f"the search found no plan within the capacities, and {self.market.demand.size} pairs are too many to "
                f"prove that there is none; add capacity or reach"
            )
            raise TooLargeError(message)

    def _raise_infeasible(self) -> None:
        if self.problem.single:
            told = ("each demand is served whole by one site", f"capacity {self.problem.capacity.sum():g} of all sites")
        else:
            told = ("each demand is served within reach", "the conflicts and areas of the sites")
        raise Infeasible(told, smallest=False)

    def _settle_parts(self) -> None:
        """Let the open sites serve by the least costly parts, among the cheapest sites of each demand."""
        assert self.best is not None
        load = np.bincount(row_ids(self.market.start), self.best.share, minlength=self.best.opened.size)
        self._try_sites(self.best.opened)
        emptiest = np.flatnonzero(self.best.opened & ~self.market.pinned)
        for j in emptiest[np.argsort(load[emptiest], kind="stable")][:_CLOSED]:
            fewer = self.best.opened.copy()
            fewer[j] = False
            self._try_sites(fewer)

    def _try_sites(self, opened: Flags) -> None:
        """Serve by the least costly parts from the open sites; remember it where that is cheaper."""
        assert self.best is not None
        market, areas = self.market, self.market.area[opened]
        held = np.bincount(areas[areas >= 0], minlength=market.area_sites.size)
        if (held < market.area_sites).any() or market.capacity[opened].sum() < market.amount.sum():
            return
        cheap = (_cheapest_open(market, opened) | (self.best.share > 0)) & opened[row_ids(market.start)]
        share = least_parts(market, np.flatnonzero(cheap), self.effort.exact_seconds)
        if share is None:
            return
        plan = self._plan(opened.copy(), share, self.best.method)
        if plan.total < self.best.total - 1e-9:
            self.best = plan

    def _site(self, share: Floats) -> np.ndarray:
        """The site that serves the largest part of each demand, int32 [demands]."""
        site = np.full(self.problem.reach.demands, -1, np.int32)
        order = np.argsort(share, kind="stable")
        site[self.market.demand[order]] = row_ids(self.market.start)[order]
        return site

    def result(self) -> Assignment:
        """The best plan in the pairs of the problem."""
        assert self.best is not None
        reach, best = self.problem.reach, self.best
        chosen = np.flatnonzero(best.opened).astype(np.int32)
        site = self._site(best.share)
        share = None if self.problem.single else _over_reach(self.problem, self.market, best.share)
        bound = min(self.bound, best.total)
        assert site.size == reach.demands
        return Assignment(chosen, site, best.total, bound, self.effort.seed, best.method, share)


def market_for(problem: Capacitated) -> Market:
    """The market of a problem in which everyone is to be served: nobody costs more than being left out."""
    reach = problem.reach
    dearest = np.zeros(reach.demands)
    np.maximum.at(dearest, reach.demand, reach.weight.astype(np.float64))
    dear = float(problem.opening.max(initial=0.0) + problem.conditions.group_cost.max(initial=0.0))
    unserved = 2.0 * (dearest + dearest.max(initial=0.0) + dear) + 1.0
    return market_of(
        reach, problem.opening, problem.capacity, problem.amount, unserved, problem.conditions, whole=problem.single
    )


def _parts(problem: Capacitated) -> Longs:
    """Into how many equal parts the search divides each demand: more where it is large beside its sites."""
    who, demand = row_ids(problem.reach.start), problem.reach.demand
    total = np.bincount(demand, problem.capacity[who], minlength=problem.amount.size)
    mean = total / np.maximum(np.bincount(demand, minlength=problem.amount.size), 1)
    wanted = np.ceil(problem.amount / np.maximum(_PORTION * mean, 1e-12))
    return np.clip(wanted, 1, _PARTS).astype(np.int64)


def _divided(problem: Capacitated, whose: Longs, parts: Longs) -> Market:
    """The market with each demand as its parts."""
    reach = problem.reach
    first = np.cumsum(parts) - parts
    times = parts[reach.demand]
    ends = np.cumsum(times)
    within = np.arange(int(ends[-1]) if ends.size else 0) - np.repeat(ends - times, times)
    demand = np.repeat(first[reach.demand], times) + within
    weight = np.repeat(reach.weight / times, times).astype(np.float32)
    divided = Reach(np.r_[0, ends][reach.start], demand.astype(np.int32), weight, whose.size)
    amount = problem.amount[whose] / parts[whose]
    unserved = market_for(problem).unserved[whose]
    return market_of(divided, problem.opening, problem.capacity, amount, unserved, problem.conditions)


def _shares(market: Market, plan: Service, whose: Longs, parts: Longs) -> Floats:
    """Share of each of the market's pairs in a plan of the parts ``whose`` demand each is."""
    m = market.amount.size
    keys = row_ids(market.start).astype(np.int64) * m + market.demand
    at = np.searchsorted(keys, plan.site.astype(np.int64) * m + whose)
    share: Floats = np.bincount(at, 1.0 / parts[whose], minlength=keys.size).astype(np.float64)
    return share


def _cheapest_open(market: Market, opened: Flags) -> Flags:
    """Which pairs, bool [pairs], join a demand to one of its few cheapest open sites."""
    who = row_ids(market.start)
    among = np.flatnonzero(opened[who])
    order = among[np.lexsort((market.cost[among], market.demand[among]))]
    start = offsets(market.demand[order], market.amount.size)
    rank = np.arange(order.size) - start[market.demand[order]]
    cheap = np.zeros(who.size, np.bool_)
    cheap[order[rank < _CHEAPEST]] = True
    return cheap


def _over_reach(problem: Capacitated, market: Market, share: Floats) -> Floats:
    """Shares of the market's pairs as shares of all pairs of the problem."""
    m = market.amount.size
    mine = row_ids(market.start).astype(np.int64) * m + market.demand
    every = row_ids(problem.reach.start).astype(np.int64) * m + problem.reach.demand
    whole = np.zeros(every.size)
    whole[np.searchsorted(every, mine)] = share
    return whole
