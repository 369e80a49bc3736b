"""Capacitated service stated to HiGHS: whole, or only the pairs that a plan cheaper than a known one may use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Flags, Floats, Longs, row_ids
from qipan.engines.siting.model import Model, Solution
from qipan.engines.siting.serving import Market, Service


@dataclass(frozen=True)
class Served:
    """What HiGHS found: opened sites bool [n] and the share float64 [pairs] of the market's pairs, None where it found
    no plan; a bound from below, and whether there is no plan.
    """

    opened: Flags | None
    share: Floats
    bound: float
    infeasible: bool


def service_exact(
    market: Market,
    whole: bool,
    everyone: bool,
    pairs: Longs,
    known: Service | None,
    seconds: float,
    nodes: int | None,
) -> Served:
    """Least total with the pairs given (positions by site), from the plan ``known``.

    ``everyone`` asks that each demand be served; if not, an unserved one costs what the market says.
    """
    n = market.opening.size
    model, who = Model(), row_ids(market.start)[pairs].astype(np.int64)
    upper = market.allowed.astype(np.float64)
    model.add_columns(market.opening * market.paid, lower=market.pinned.astype(np.float64), upper=upper)
    groups = model.add_columns(market.group_cost * market.paid) if market.group_cost.size else n
    demand = market.demand[pairs].astype(np.int64)
    saved = np.zeros(pairs.size) if everyone else market.unserved[demand]
    first = model.add_columns(market.cost[pairs] - saved, whole=whole)
    every = np.arange(pairs.size)
    model.add_rows(demand, first + every, 1.0, 1.0 if everyone else 0.0, 1.0, market.amount.size)
    load = np.concatenate((market.amount[demand], -market.capacity))
    model.add_rows(
        np.concatenate((who, np.arange(n))), np.concatenate((first + every, np.arange(n))), load, -np.inf, 0.0, n
    )
    both = np.concatenate((np.ones(every.size), -np.ones(every.size)))
    model.add_rows(np.tile(every, 2), np.concatenate((first + every, who)), both, -np.inf, 0.0, every.size)
    _side_rows(market, model, groups)
    constant = 0.0 if everyone else float(market.unserved.sum())
    start = None if known is None else _start(market, known, pairs, first, model.columns)
    found = model.solve(seconds, start, nodes)
    return _read(market, found, pairs, first, constant)


def _side_rows(market: Market, model: Model, groups: int) -> None:
    n = market.opening.size
    inside = np.flatnonzero(market.group >= 0)
    every = np.arange(inside.size)
    if inside.size:
        columns = np.concatenate((inside, groups + market.group[inside].astype(np.int64)))
        values = np.concatenate((np.ones(inside.size), -np.ones(inside.size)))
        model.add_rows(np.tile(every, 2), columns, values, -np.inf, 0.0, inside.size)
    one = row_ids(market.conflict_start)
    once = one < market.conflict
    pairs = np.flatnonzero(once)
    if pairs.size:
        columns = np.concatenate((one[pairs], market.conflict[pairs])).astype(np.int64)
        model.add_rows(np.tile(np.arange(pairs.size), 2), columns, 1.0, -np.inf, 1.0, pairs.size)
    if market.area_sites.any():
        labelled = np.flatnonzero(market.area >= 0)
        model.add_rows(market.area[labelled], labelled, 1.0, market.area_sites, np.inf, market.area_sites.size)
    if np.isfinite(market.budget):
        money = np.concatenate((market.opening, market.group_cost))
        columns = np.concatenate((np.arange(n), groups + np.arange(market.group_cost.size)))
        model.add_rows(np.zeros(money.size), columns, money, -np.inf, market.budget, 1)


def _start(market: Market, known: Service, pairs: Longs, first: int, columns: int) -> Floats:
    start = np.zeros(columns)
    n = market.opening.size
    start[:n] = known.opened
    start[n : n + market.group_cost.size] = known.members > 0
    start[first:] = known.site[market.demand[pairs]] == row_ids(market.start)[pairs]
    return start


def _read(market: Market, found: Solution, pairs: Longs, first: int, constant: float) -> Served:
    share = np.zeros(market.demand.size)
    if found.values is None:
        return Served(None, share, -np.inf, found.infeasible)
    share[pairs] = np.maximum(found.values[first:], 0.0)
    opened = found.values[: market.opening.size] > 0.5
    return Served(opened, share, min(found.bound, found.objective) + constant, False)


def least_parts(market: Market, pairs: Longs, seconds: float) -> Floats | None:
    """Shares float64 [pairs of the market] by which the given pairs serve every demand at least cost; None if not in
    time.
    """
    model, every = Model(), np.arange(pairs.size)
    demand = market.demand[pairs]
    model.add_columns(market.cost[pairs], whole=False)
    model.add_rows(demand, every, 1.0, 1.0, 1.0, market.amount.size)
    sites, number = np.unique(row_ids(market.start)[pairs], return_inverse=True)
    model.add_rows(number, every, market.amount[demand], -np.inf, market.capacity[sites], sites.size)
    found = model.solve(seconds)
    if found.values is None:
        return None
    share = np.zeros(market.demand.size)
    share[pairs] = np.maximum(found.values, 0.0)
    return share
