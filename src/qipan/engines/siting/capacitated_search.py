"""Capacitated location beyond the exact model: Lagrangian bound on the assignment rows and a search guided by it.

At prices for serving each demand every site solves a fractional knapsack, whose sum bounds whole and split service
alike. The sites that pay at the prices are opened, demands are placed by regret, then moved, and sites closed.

Source: Beasley, Lagrangean heuristics for location problems, 1993; Holmberg, Rönnqvist and Yuan, An exact algorithm
for the capacitated facility location problems with single sourcing, 1999.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, offsets, row_ids
from qipan.engines.siting.locations import Capacitated
from qipan.engines.siting.results import Effort, Progress

_PATIENCE, _TRIES = 12, 10
_PASSES = 20


class Sites(NamedTuple):
    """Pairs both ways: ``start``, ``demand`` and ``cost`` by site, ``near_*`` by demand, cheapest first."""

    start: Longs
    demand: Ints
    cost: Floats
    near_start: Longs
    near_site: Ints
    near_cost: Floats
    opening: Floats
    capacity: Floats
    amount: Floats
    pinned: Flags
    allowed: Flags


class Located(NamedTuple):
    """Site of each demand (None: no plan was found), its total and a bound from below."""

    site: Longs | None
    total: float
    bound: float


def locate(problem: Capacitated, effort: Effort) -> Located:
    """Search whole service: ``effort.bound_rounds`` subgradient steps, a plan at every tenth and at better bounds."""
    sites = _sites(problem)
    n, m = sites.opening.size, sites.amount.size
    prices = _first_prices(sites)
    bound, total, best = -np.inf, np.inf, None
    served, worth = np.zeros(m), np.zeros(n)
    pace, worse = 2.0, 0
    kept = prices.copy()
    for done in range(max(effort.bound_rounds, 1)):
        value = price_sites(sites, prices, served, worth)
        if value > bound:
            bound, kept, worse = value, prices.copy(), 0
        else:
            worse += 1
        if done % _TRIES == 0 or (worse == 0 and done > effort.bound_rounds // 2):
            found = place(sites, worth)
            if found.size and (here := total_of(sites, found)) < total:
                total, best = here, found
        step = 1.0 - served
        length = float(step @ step)
        if length <= 1e-12 or total - bound <= 1e-9 * max(1.0, abs(total)):
            break
        if worse >= _PATIENCE:
            prices, pace, worse = kept.copy(), pace * 0.6, 0
        aim = total if np.isfinite(total) else abs(bound) * 1.1 + 1.0
        prices = prices + pace * max(aim - value, 1e-3 * abs(aim)) / length * step
        if not effort.keep_going(Progress("bound", total, bound, done + 1, effort.bound_rounds)):
            break
    return Located(best, total, bound)


def _sites(problem: Capacitated) -> Sites:
    reach, conditions = problem.reach, problem.conditions
    n = reach.candidates
    pinned, allowed = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    pinned[conditions.fixed] = pinned[conditions.mandatory] = True
    allowed[conditions.forbidden] = False
    opening = problem.opening.copy()
    opening[conditions.fixed] = 0.0
    who, cost = row_ids(reach.start), reach.weight.astype(np.float64)
    kept = allowed[who]
    who, demand, cost = who[kept], reach.demand[kept], cost[kept]
    order = np.lexsort((who, cost, demand))
    near_start = offsets(demand, reach.demands)
    amount = problem.amount
    near = (near_start, who[order], cost[order])
    return Sites(offsets(who, n), demand, cost, *near, opening, problem.capacity, amount, pinned, allowed)


def _first_prices(sites: Sites) -> Floats:
    """The cost of the second cheapest site of each demand."""
    prices = np.zeros(sites.amount.size)
    counts = np.diff(sites.near_start)
    some = counts > 0
    prices[some] = sites.near_cost[sites.near_start[:-1][some] + np.minimum(counts[some] - 1, 1)]
    return prices


@njit(cache=True, nogil=True)
def price_sites(sites: Sites, prices: Floats, served: Floats, worth: Floats) -> float:
    """The Lagrangian value; ``served`` how often each demand is served at it, ``worth`` of each site if opened."""
    served[:] = 0.0
    value = prices.sum()
    for j in range(worth.size):
        worth[j] = np.inf
        if not sites.allowed[j]:
            continue
        first, last = sites.start[j], sites.start[j + 1]
        demand = sites.demand[first:last]
        reward = prices[demand] - sites.cost[first:last]
        order = np.argsort(-reward / np.maximum(sites.amount[demand], 1e-12), kind="mergesort")
        worth[j] = sites.opening[j] - _fill(sites, j, demand, reward, order, served, False)
        if worth[j] < 0.0 or sites.pinned[j]:
            value += worth[j]
            _fill(sites, j, demand, reward, order, served, True)
    return float(value)


@njit(cache=True, nogil=True)
def _fill(sites: Sites, j: int, demand: Ints, reward: Floats, order: Longs, served: Floats, mark: bool) -> float:
    """Greatest reward of a fractional knapsack of the site's capacity; its parts added to ``served`` where marked."""
    room, total = sites.capacity[j], 0.0
    for k in order:
        if reward[k] <= 0.0 or room < 0.0:
            break
        amount = sites.amount[demand[k]]
        part = 1.0 if amount <= room else room / amount
        total += part * reward[k]
        room -= amount
        if mark:
            served[demand[k]] += part
    return total


@njit(cache=True, nogil=True)
def place(sites: Sites, worth: Floats) -> Longs:
    """Open what pays and more until all fits, then move, exchange and close; empty where no plan was found."""
    n, m = worth.size, sites.amount.size
    order = np.argsort(worth / np.maximum(sites.capacity, 1e-12), kind="mergesort")
    opened = sites.pinned.copy()
    for j in range(n):
        if sites.allowed[j] and worth[j] < 0.0:
            opened[j] = True
    site, room = np.empty(m, np.int64), np.empty(n)
    needed, held = sites.amount.sum(), sites.capacity[opened].sum()
    at = 0
    while True:
        if held >= needed and _assign(sites, opened, site, room):
            break
        while at < n and (opened[order[at]] or not sites.allowed[order[at]]):
            at += 1
        if at == n:
            return np.empty(0, np.int64)
        opened[order[at]] = True
        held += sites.capacity[order[at]]
    for _ in range(_PASSES):
        _shift(sites, opened, site, room)
        if not _toggle(sites, opened, site, room):
            break
    return site


@njit(cache=True, nogil=True)
def _assign(sites: Sites, opened: Flags, site: Longs, room: Floats) -> bool:
    """Place the demands, greatest regret and amount first, each at its cheapest open site with room."""
    m = site.size
    key = np.empty(m)
    for i in range(m):
        first, second = np.inf, np.inf
        for at in range(sites.near_start[i], sites.near_start[i + 1]):
            if opened[sites.near_site[at]]:
                if first == np.inf:
                    first = sites.near_cost[at]
                else:
                    second = sites.near_cost[at]
                    break
        if first == np.inf:
            return False
        key[i] = -(second - first)
    if _place_all(sites, opened, site, room, np.argsort(key, kind="mergesort")):
        return True
    return _place_all(sites, opened, site, room, np.argsort(-sites.amount, kind="mergesort"))


@njit(cache=True, nogil=True)
def _place_all(sites: Sites, opened: Flags, site: Longs, room: Floats, order: Longs) -> bool:
    site[:] = -1
    room[:] = sites.capacity
    for i in order:
        for at in range(sites.near_start[i], sites.near_start[i + 1]):
            j = sites.near_site[at]
            if opened[j] and sites.amount[i] <= room[j]:
                site[i] = j
                room[j] -= sites.amount[i]
                break
        if site[i] < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _cost(sites: Sites, i: int, j: int) -> float:
    """Cost of serving demand i from site j, inf where it is out of reach."""
    for at in range(sites.near_start[i], sites.near_start[i + 1]):
        if sites.near_site[at] == j:
            return float(sites.near_cost[at])
    return np.inf


@njit(cache=True, nogil=True)
def _shift(sites: Sites, opened: Flags, site: Longs, room: Floats) -> None:
    """Move single demands, or exchange two where a cheaper site is full, while that saves."""
    for _ in range(_PASSES):
        moved = False
        for i in range(site.size):
            for at in range(sites.near_start[i], sites.near_start[i + 1]):
                j = sites.near_site[at]
                if j == site[i]:
                    break
                if not opened[j]:
                    continue
                saved = _cost(sites, i, site[i]) - sites.near_cost[at]
                if saved <= 1e-9:
                    break
                if sites.amount[i] <= room[j]:
                    room[site[i]] += sites.amount[i]
                    room[j] -= sites.amount[i]
                    site[i] = j
                    moved = True
                    break
                if _exchange(sites, site, room, i, j, saved):
                    moved = True
                    break
        if not moved:
            break


@njit(cache=True, nogil=True)
def _exchange(sites: Sites, site: Longs, room: Floats, i: int, j: int, saved: float) -> bool:
    """Bring i to the full site j and one of its demands to i's site, where both fit and that saves."""
    old = site[i]
    for at in range(sites.start[j], sites.start[j + 1]):
        k = sites.demand[at]
        if site[k] != j:
            continue
        more = sites.amount[i] - sites.amount[k]
        if more > room[j] or -more > room[old]:
            continue
        if _cost(sites, k, old) - sites.cost[at] < saved - 1e-9:
            site[i], site[k] = j, old
            room[j] -= more
            room[old] += more
            return True
    return False


@njit(cache=True, nogil=True)
def _toggle(sites: Sites, opened: Flags, site: Longs, room: Floats) -> bool:
    """Close or open single sites where a plan placed afresh costs less; whether one did."""
    made = False
    total = total_of(sites, site)
    trial, left = np.empty_like(site), np.empty_like(room)
    for j in range(opened.size):
        if sites.pinned[j] or not sites.allowed[j]:
            continue
        opened[j] = not opened[j]
        if _assign(sites, opened, trial, left):
            _shift(sites, opened, trial, left)
            here = total_of(sites, trial)
            if here < total - 1e-9 * abs(total):
                total, made = here, True
                site[:] = trial
                room[:] = left
                continue
        opened[j] = not opened[j]
    return made


@njit(cache=True, nogil=True)
def total_of(sites: Sites, site: Longs) -> float:
    """Opening and serving cost of a placed plan: pinned sites and those that serve are paid."""
    total, used = 0.0, sites.pinned.copy()
    for i in range(site.size):
        total += _cost(sites, i, site[i])
        used[site[i]] = True
    for j in range(used.size):
        if used[j]:
            total += sites.opening[j]
    return total
