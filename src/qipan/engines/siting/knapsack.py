"""The relaxed knapsack that a Lagrangian bound leaves: profits, costs, shared group costs and one budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Ints, Longs
from qipan.engines.siting.core import Core


@dataclass(frozen=True)
class Knapsack:
    """An optimum of the relaxed knapsack.

    ``taken`` int64 candidates with their ``share`` float64 in (0, 1]; ``value`` its profit; ``price`` the profit of
    one more unit of budget; ``base`` = value - price × budget, so that base + price × budget bounds every budget.
    """

    taken: Longs
    share: Floats
    value: float
    price: float
    base: float


def relaxed_knapsack(core: Core, profit: Floats) -> Knapsack:
    """Maximize profit within the budget, sites and groups taken in fractions.

    A group's first members enter together with its cost, as the prefix by ratio that yields most for its whole cost;
    the value of a group is concave that way, so the choice by ratio is optimal.
    """
    positive = np.flatnonzero(profit > 0)
    if core.group_cost.any():
        return _grouped(core, profit, positive)
    order, share, value, price = _by_ratio(profit[positive], core.cost[positive], core.budget)
    return Knapsack(positive[order], share, value, price, value - price * core.budget)


def _by_ratio(profit: Floats, cost: Floats, budget: float) -> tuple[Longs, Floats, float, float]:
    """Positions taken, their shares, the profit, and the ratio at which the budget ends (0 if all fit)."""
    order = _best_first(profit, cost, budget)
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget * (1 + 1e-12), side="right"))
    value = float(profit[order[:whole]].sum())
    if whole == order.size:
        return order, np.ones(whole), value, 0.0
    edge = order[whole]
    rest = max(budget - (float(spent[whole - 1]) if whole else 0.0), 0.0)
    price = float(profit[edge] / cost[edge])
    share = np.ones(whole + 1)
    share[whole] = rest / cost[edge]
    return order[: whole + 1], share, value + price * rest, price


def _best_first(profit: Floats, cost: Floats, budget: float) -> Longs:
    """Positions by falling profit for cost; where all cost the same only those that can matter are sorted."""
    if cost.size and cost.min() == cost.max() and cost[0] > 0:
        most = int(budget / cost[0]) + 2
        if most < cost.size // 2:
            head = np.argpartition(-profit, most)[:most]
            head.sort()
            return head[np.argsort(-profit[head], kind="stable")]
    with np.errstate(divide="ignore"):
        return np.argsort(-(profit / cost), kind="stable")


def _grouped(core: Core, profit: Floats, positive: Longs) -> Knapsack:
    with np.errstate(divide="ignore"):
        ratio = profit[positive] / core.cost[positive]
    order = positive[np.lexsort((-ratio, core.group[positive]))]
    segment, segment_profit, segment_cost = _segments(order, core.group, core.group_cost, core.cost, profit)
    taken, share, value, price = _by_ratio(segment_profit, segment_cost, core.budget)
    portion = np.zeros(segment_profit.size)
    portion[taken] = share
    inside = portion[segment] > 0
    return Knapsack(order[inside], portion[segment][inside], value, price, value - price * core.budget)


@njit(cache=True)
def _segments(
    order: Longs, group: Ints, group_cost: Floats, cost: Floats, profit: Floats
) -> tuple[Longs, Floats, Floats]:
    """Segment number of each candidate in ``order`` (by group, then falling ratio), and profit and cost of each."""
    segment = np.empty(order.size, np.int64)
    total, price = np.zeros(order.size), np.zeros(order.size)
    used, k = 0, 0
    while k < order.size:
        own = group[order[k]]
        head = k + 1
        if own >= 0 and group_cost[own] > 0.0:
            head = _opening_end(order, k, group, group_cost[own], cost, profit)
            price[used] = group_cost[own]
        for each in range(k, head):
            segment[each] = used
            total[used] += profit[order[each]]
            price[used] += cost[order[each]]
        used += 1
        k = head
        while own >= 0 and k < order.size and group[order[k]] == own:
            segment[k] = used
            total[used], price[used] = profit[order[k]], cost[order[k]]
            used += 1
            k += 1
    return segment, total[:used], price[:used]


@njit(cache=True)
def _opening_end(order: Longs, k: int, group: Ints, opening: float, cost: Floats, profit: Floats) -> int:
    """End of the prefix of the group beginning at ``k`` with the greatest profit for its cost and the opening's."""
    own = group[order[k]]
    best, end = -1.0, k + 1
    gained, spent = 0.0, opening
    while k < order.size and group[order[k]] == own:
        gained += profit[order[k]]
        spent += cost[order[k]]
        k += 1
        if gained > best * spent:
            best, end = gained / spent, k
    return end
