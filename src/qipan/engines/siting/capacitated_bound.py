"""Lagrangian bound on capacitated service, by the volume algorithm.

At a price for serving each demand, no higher than the cost of leaving it unserved, every site solves a knapsack: by
parts, or whole demands where each goes to one site, which bounds that case more tightly than the linear relaxation.
The sites that pay at the prices, or that the budget allows, make up the bound; conflicts and areas are left out of it.

Source: Beasley, Lagrangean heuristics for location problems, 1993; Holmberg, Rönnqvist and Yuan, An exact algorithm
for the capacitated facility location problems with single sourcing, 1999; Barahona and Anbil, 2000, for the steps;
Horowitz and Sahni, Computing partitions with applications to the knapsack problem, 1974, for whole demands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Singles
from qipan.engines.siting.bound import mixing, moved, squared_length
from qipan.engines.siting.core import Core
from qipan.engines.siting.knapsack import relaxed_knapsack
from qipan.engines.siting.results import KeepGoing, Progress
from qipan.engines.siting.serving import Market

_MIXING, _PATIENCE = 0.1, 8
_NODES = 400
_LAST = 0.25


@dataclass(frozen=True)
class ServiceBound:
    """A bound from below on the total, the averaged opening float64 [n], the prices float64 [m] it was found at, and
    whether the iterations ran to their end.
    """

    value: float
    average: Floats
    prices: Floats
    finished: bool


@dataclass(frozen=True)
class _Point:
    prices: Singles
    value: float
    served: Singles
    share: Floats


def bound_service(market: Market, whole: bool, known: float, rounds: int, keep_going: KeepGoing) -> ServiceBound:
    """Bound the total from below by up to ``rounds`` steps; ``known`` is the total of a plan.

    Whole demands are put into the knapsacks in the last quarter of the steps, where the prices have settled.
    """
    ceiling = market.unserved.astype(np.float32)
    best = _at(market, np.minimum(_first_prices(market), ceiling), False)
    served, average = best.served.copy(), best.share.copy()
    pace, worse, finished = 1.0, 0, True
    for done in range(rounds):
        last = whole and done >= (1.0 - _LAST) * rounds
        length, distance = squared_length(best.prices, ceiling, served), known - best.value
        if length <= 1e-12 or distance <= 1e-9 * max(1.0, abs(known)):
            break
        here = _at(market, moved(best.prices, ceiling, served, pace * distance / length), last)
        mix, ahead = mixing(here.prices, ceiling, here.served, served, _MIXING)
        served += np.float32(mix) * (here.served - served)
        average += mix * (here.share - average)
        if here.value > best.value:
            best, worse = here, 0
            pace = min(pace * 1.1, 2.0) if ahead else pace
        else:
            worse += 1
            if worse >= _PATIENCE:
                pace, worse = max(pace * 0.7, 1e-5), 0
        if not keep_going(Progress("bound", known, best.value, done + 1, rounds)):
            finished = False
            break
    if whole and finished:
        closing = _at(market, best.prices, True)
        best = closing if closing.value > best.value else best
    return ServiceBound(best.value, average, best.prices.astype(np.float64), finished)


def _first_prices(market: Market) -> Singles:
    """The least cost of serving each demand where its site's opening is shared by amount: no site gains by opening."""
    if not market.paid:
        return (0.5 * market.unserved).astype(np.float32)
    each = market.paid * market.opening / np.maximum(market.capacity, 1e-12)
    share = each[market.near_site] * np.repeat(market.amount, np.diff(market.near_start))
    prices = market.unserved.copy()
    some = np.diff(market.near_start) > 0
    if some.any():
        prices[some] = np.minimum.reduceat(market.near_cost + share, market.near_start[:-1][some])
    return prices.astype(np.float32)


def _at(market: Market, prices: Singles, whole: bool) -> _Point:
    exact = prices.astype(np.float64)
    gain, part = np.zeros(market.opening.size), np.zeros(market.demand.size)
    fill_sites(market, exact, whole, gain, part)
    share, value = _opened(market, gain)
    served = np.zeros(market.amount.size, np.float32)
    _serve(market, share, part, served)
    return _Point(prices, float(exact.sum()) + value, served, share)


def _opened(market: Market, gain: Floats) -> tuple[Floats, float]:
    """Share of each site that is opened at the gains of their knapsacks, and what they add to the value."""
    share = market.pinned.astype(np.float64)
    pinned = np.flatnonzero(market.pinned)
    value = market.paid * _pinned_money(market) - float(gain[pinned].sum())
    profit = np.where(market.allowed & ~market.pinned, gain, 0.0)
    if np.isfinite(market.budget):
        money = _pinned_money(market)
        knapsack = relaxed_knapsack(_money(market, market.budget - money), profit)
        share[knapsack.taken] = knapsack.share
        return share, value - knapsack.value
    reduced = market.opening - profit
    taken = np.flatnonzero((reduced < 0) & market.allowed & ~market.pinned)
    cost = _group_cost_left(market)
    if cost.any():
        grouped = market.group[taken] >= 0
        worth = np.bincount(market.group[taken][grouped], reduced[taken][grouped], minlength=cost.size)
        opened = np.append(worth + cost < 0, True)
        taken = taken[opened[market.group[taken]]]
        value += float(cost[opened[:-1]].sum())
    share[taken] = 1.0
    return share, value + float(reduced[taken].sum())


def _group_cost_left(market: Market) -> Floats:
    cost = market.group_cost.copy()
    held = market.group[market.pinned]
    cost[held[held >= 0]] = 0.0
    return cost


def _pinned_money(market: Market) -> float:
    spent = market.group_cost.sum() - _group_cost_left(market).sum()
    return float(market.opening[market.pinned].sum() + spent)


def _money(market: Market, budget: float) -> Core:
    """The sites as a core without rows, for the budget's knapsack."""
    n = market.opening.size
    none, empty = np.zeros(0), np.zeros(0, np.int32)
    start = np.zeros(n + 1, np.int64)
    return Core(
        start,
        empty,
        np.zeros(1, np.int64),
        empty,
        none,
        market.opening,
        market.group,
        _group_cost_left(market),
        start,
        empty,
        empty,
        none,
        np.full(n, -1, np.int32),
        none,
        max(budget, 0.0),
    )


@njit(cache=True, nogil=True)
def _serve(market: Market, share: Floats, part: Floats, served: Singles) -> None:
    for j in range(share.size):
        if share[j] > 0.0:
            for at in range(market.start[j], market.start[j + 1]):
                served[market.demand[at]] += share[j] * part[at]


@njit(cache=True, nogil=True)
def fill_sites(market: Market, prices: Floats, whole: bool, gain: Floats, part: Floats) -> None:
    """Greatest gain of each site at the prices, float64 [n], and the ``part`` float64 [pairs] of the demands it takes.

    With ``whole`` no part is split and the gain is exact, or bounds it where the search of a knapsack is cut short.
    """
    part[:] = 0.0
    for j in range(gain.size):
        first, last = market.start[j], market.start[j + 1]
        count, total, amount = 0, 0.0, 0.0
        for at in range(first, last):
            reward = prices[market.demand[at]] - market.cost[at]
            if reward > 0.0:
                count += 1
                total += reward
                amount += market.amount[market.demand[at]]
        gain[j] = total
        if amount <= market.capacity[j]:
            for at in range(first, last):
                if prices[market.demand[at]] > market.cost[at]:
                    part[at] = 1.0
            continue
        gain[j] = _knapsack(market, prices, j, count, whole, part)


@njit(cache=True, nogil=True)
def _knapsack(market: Market, prices: Floats, j: int, count: int, whole: bool, part: Floats) -> float:
    items, ratio = np.empty(count, np.int64), np.empty(count)
    k = 0
    for at in range(market.start[j], market.start[j + 1]):
        reward = prices[market.demand[at]] - market.cost[at]
        if reward > 0.0:
            items[k] = at
            ratio[k] = -reward / max(market.amount[market.demand[at]], 1e-12)
            k += 1
    items = items[np.argsort(ratio, kind="mergesort")]
    reward, amount = np.empty(count), np.empty(count)
    for k in range(count):
        i = market.demand[items[k]]
        reward[k], amount[k] = prices[i] - market.cost[items[k]], market.amount[i]
    room, total = market.capacity[j], 0.0
    for k in range(count):
        share = min(1.0, room / amount[k]) if amount[k] > 0.0 else 1.0
        if share <= 0.0:
            break
        part[items[k]] = share
        total += share * reward[k]
        room -= share * amount[k]
    if not whole:
        return total
    taken = np.zeros(count, np.bool_)
    exact = _whole_knapsack(reward, amount, market.capacity[j], taken)
    if exact < 0.0:
        return total
    for k in range(count):
        part[items[k]] = 1.0 if taken[k] else 0.0
    return exact


@njit(cache=True, nogil=True)
def _whole_knapsack(reward: Floats, amount: Floats, capacity: float, best: np.ndarray) -> float:
    """Greatest reward of whole items, sorted by falling ratio, by depth first search; -1 where it was cut short."""
    count, room, value, top = reward.size, capacity, 0.0, 0.0
    taken = np.zeros(count, np.bool_)
    k = 0
    for _ in range(_NODES * count):
        while k < count and amount[k] <= room * (1.0 + 1e-12):
            taken[k] = True
            room -= amount[k]
            value += reward[k]
            k += 1
        if value > top:
            top = value
            best[:] = taken
        bound = value
        if k < count:
            bound += _relaxed(reward, amount, room, k + 1)
        if k < count and bound > top * (1.0 + 1e-12):
            k += 1
            continue
        back = min(k, count) - 1
        while back >= 0 and not taken[back]:
            back -= 1
        if back < 0:
            return top
        while back >= 0:
            taken[back] = False
            room += amount[back]
            value -= reward[back]
            if value + _relaxed(reward, amount, room, back + 1) > top * (1.0 + 1e-12):
                break
            back -= 1
            while back >= 0 and not taken[back]:
                back -= 1
        if back < 0:
            return top
        k = back + 1
    return -1.0


@njit(cache=True, nogil=True)
def _relaxed(reward: Floats, amount: Floats, room: float, first: int) -> float:
    """Reward of the items from ``first`` on, by parts."""
    total = 0.0
    for k in range(first, reward.size):
        if amount[k] > room:
            if amount[k] > 0.0:
                total += reward[k] * room / amount[k]
            break
        room -= amount[k]
        total += reward[k]
    return total


def reduced_pairs(market: Market, prices: Floats, total: float) -> tuple[np.ndarray, np.ndarray]:
    """Which sites, bool [n], and which pairs, bool [pairs], a plan cheaper than ``total`` may still use.

    A pair costs the bound its reduced cost at the capacity's price of its site, and the site what it lacks to pay.
    """
    gain, part = np.zeros(market.opening.size), np.zeros(market.demand.size)
    fill_sites(market, prices, False, gain, part)
    lacks = np.where(market.pinned | (market.group >= 0), 0.0, np.maximum(market.opening - gain, 0.0))
    over = _over(market, prices, part)
    here = float(prices.sum()) + _opened(market, gain)[1]
    room = total - here + 1e-6 * max(1.0, abs(total))
    who = np.repeat(np.arange(lacks.size), np.diff(market.start))
    return (lacks <= room) & market.allowed, lacks[who] + over <= room


@njit(cache=True, nogil=True)
def _over(market: Market, prices: Floats, part: Floats) -> Floats:
    """What serving each pair costs more than its price, the site's capacity priced at its least ratio taken."""
    over = np.zeros(market.demand.size)
    for j in range(market.start.size - 1):
        price, split = np.inf, False
        for at in range(market.start[j], market.start[j + 1]):
            if 0.0 < part[at] <= 1.0:
                amount = max(market.amount[market.demand[at]], 1e-12)
                ratio = (prices[market.demand[at]] - market.cost[at]) / amount
                price = min(price, ratio)
                split = split or part[at] < 1.0
        for at in range(market.start[j], market.start[j + 1]):
            i = market.demand[at]
            if not split and part[at] == 0.0 and prices[i] > market.cost[at]:
                split = True
        if not split or price == np.inf:
            price = 0.0
        for at in range(market.start[j], market.start[j + 1]):
            i = market.demand[at]
            over[at] = max(market.cost[at] - prices[i] + price * market.amount[i], 0.0)
    return over
