"""The least capital that meets every number, without regard to how much is covered.

It tells whether a budget can do at all before coverage is weighed, and where none is given what a plan will need. A
quick plan of the cheapest sites mostly settles it; where that one is too dear or not found, an exact model does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from qipan.core.placing.candidates import Flags
from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Doubles, Longs
from qipan.engines.siting import Reach

_seconds = 8.0
_gap = 0.005


def cheapest_plan(stated: Stated) -> tuple[float, Longs] | None:
    """Return yuan and sites of a plan of cheap sites that meets pins, spacing and numbers; None where it found none."""
    candidates = stated.candidates
    conflicts = neighbours(stated)
    usable = np.ones(len(candidates), dtype=bool)
    usable[stated.forbidden] = False
    chosen: list[int] = []

    def choose(row: int) -> None:
        chosen.append(row)
        usable[row] = False
        usable[conflicts.indices[conflicts.indptr[row] : conflicts.indptr[row + 1]]] = False

    for row in stated.mandatory.tolist():
        if not usable[row]:
            return None
        choose(row)
    if not _choose_covering(stated, usable, choose) or not _choose_numbers(stated, usable, chosen, choose):
        return None
    rows = np.array(chosen, dtype=np.int64)
    opened = np.unique(candidates.group[rows])
    return float(candidates.own[rows].sum() + candidates.group_cost[opened].sum()), rows


def neighbours(stated: Stated) -> csr_array:
    """Return which candidates stand too near to which, symmetric, a row for each candidate."""
    pairs = stated.conflicts()
    both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64)
    count = len(stated.candidates)
    return csr_array((np.ones(len(both), np.int8), (both[:, 0], both[:, 1])), shape=(count, count))


def _choose_covering(stated: Stated, usable: Flags, choose: Callable[[int], None]) -> bool:
    """Choose sites for the least covered weights, those that cover most for their money first; False where short."""
    count = len(stated.candidates)
    served = stated.reach.best([count]) if count < stated.reach.candidates else np.zeros(stated.reach.demands)
    weight = stated.weight
    price = stated.candidates.own + stated.candidates.group_cost[stated.candidates.group]
    site = np.repeat(np.arange(count), np.diff(stated.reach.start[: count + 1]))
    demand, chance = stated.reach.demand[: site.size], stated.reach.weight[: site.size]
    for part, least in enumerate(stated.least_covered.tolist()):
        mine = stated.demand_part == part
        while float((weight * served)[mine].sum()) < least * (1 - 1e-9):
            gain = np.where(mine[demand], np.maximum(chance - served[demand], 0.0) * weight[demand], 0.0)
            value = np.where(usable, np.bincount(site, gain, minlength=count) / np.maximum(price, 1.0), 0.0)
            best = int(np.argmax(value))
            if value[best] <= 0:
                return False
            choose(best)
            rows = stated.reach.demand[stated.reach.start[best] : stated.reach.start[best + 1]]
            given = stated.reach.weight[stated.reach.start[best] : stated.reach.start[best + 1]]
            served[rows] = np.maximum(served[rows], given)
    return True


def _choose_numbers(stated: Stated, usable: Flags, chosen: list[int], choose: Callable[[int], None]) -> bool:
    """Choose the cheapest sites of each part that is short of its number; False where there are too few."""
    price = stated.candidates.own + stated.candidates.group_cost[stated.candidates.group]
    held = np.bincount(stated.site_part[chosen], minlength=len(stated.least_sites))
    for part, least in enumerate(stated.least_sites.tolist()):
        mine = np.flatnonzero(stated.site_part == part)
        lacking = least - int(held[part])
        for row in mine[np.argsort(price[mine], kind="stable")].tolist():
            if lacking <= 0:
                break
            if usable[row]:
                choose(row)
                lacking -= 1
        if lacking > 0:
            return False
    return True


def least_capital(stated: Stated) -> tuple[float, Longs] | None:
    """Return yuan, within half a per cent of the least, and sites of a plan that meets pins, spacing and numbers.

    None where there is no such plan or none was found in time. Least covered weights are met as if every pair covered
    in full, so that the figure is a lower one where coverage is by chance.
    """
    candidates = stated.candidates
    count, groups = len(candidates), candidates.group_cost
    rows = np.flatnonzero(stated.demand_part >= 0) if stated.least_covered.size else np.zeros(0, np.int64)
    sizes = (count, len(groups), rows.size)
    parts = [_opening(stated, sizes), _numbers(stated, sizes), _spacing(stated, sizes), *_covering(stated, rows, sizes)]
    matrix = vstack([part[0] for part in parts]).tocsr()
    low, high = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    least, most = np.zeros(sum(sizes)), np.ones(sum(sizes))
    least[stated.mandatory], most[stated.forbidden] = 1.0, 0.0
    if (least > most).any():
        return None
    whole = np.zeros(sum(sizes))
    whole[:count] = 1.0
    price = np.concatenate([candidates.own, groups, np.zeros(rows.size)])
    found = milp(
        price,
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(least, most),
        integrality=whole,
        options={"time_limit": _seconds, "mip_rel_gap": _gap},
    )
    if found.x is None:
        return None
    chosen = np.flatnonzero(found.x[:count] > 0.5)
    return float(price[: count + len(groups)] @ np.round(found.x[: count + len(groups)], 6)), chosen


def numbers_only(stated: Stated) -> Stated:
    """Return the problem with the demand that has a least number alone, small enough to name the smallest clash."""
    rows = np.flatnonzero(stated.demand_part >= 0) if stated.least_covered.size else np.zeros(0, np.int64)
    return replace(
        stated,
        reach=only_demands(stated.reach, rows),
        weights=stated.weights[:, rows],
        demand_part=stated.demand_part[rows] if stated.demand_part.size else stated.demand_part,
    )


def only_demands(reach: Reach, rows: Longs) -> Reach:
    """Return the pairs of some demand rows, numbered anew in their order."""
    number = np.full(reach.demands, -1, dtype=np.int64)
    number[rows] = np.arange(rows.size)
    kept = number[reach.demand] >= 0
    start = np.concatenate([[0], np.cumsum(kept)])[reach.start]
    return Reach(start, number[reach.demand[kept]].astype(np.int32), reach.weight[kept], rows.size)


_Part = tuple[csr_array, Doubles, Doubles]


def _block(stated: Stated, sites: csr_array, sizes: tuple[int, int, int]) -> csr_array:
    """Widen rows over sites by empty columns of groups and demands."""
    return hstack([sites, csr_array((sites.shape[0], sizes[1] + sizes[2]))]).tocsr()


def _opening(stated: Stated, sizes: tuple[int, int, int]) -> _Part:
    """A site opens its host: x_i - z_g ≤ 0."""
    count, groups, demands = sizes
    every = np.arange(count)
    sites = coo_array((np.ones(count), (every, every)), shape=(count, count))
    opened = coo_array((-np.ones(count), (every, stated.candidates.group)), shape=(count, groups))
    matrix = hstack([sites, opened, csr_array((count, demands))]).tocsr()
    return matrix, np.full(count, -np.inf), np.zeros(count)


def _numbers(stated: Stated, sizes: tuple[int, int, int]) -> _Part:
    """Each part has its least number of sites."""
    count, parts = sizes[0], len(stated.least_sites)
    sites = coo_array((np.ones(count), (stated.site_part, np.arange(count))), shape=(max(parts, 1), count)).tocsr()
    low = stated.least_sites.astype(np.float64) if parts else np.zeros(1)
    return _block(stated, sites, sizes), low, np.full(max(parts, 1), np.inf)


def _spacing(stated: Stated, sizes: tuple[int, int, int]) -> _Part:
    """Of two sites too near to each other at most one."""
    pairs = stated.conflicts()
    number = np.repeat(np.arange(len(pairs)), 2)
    sites = coo_array((np.ones(number.size), (number, pairs.ravel())), shape=(max(len(pairs), 1), sizes[0])).tocsr()
    rows = sites.shape[0]
    return _block(stated, sites, sizes), np.full(rows, -np.inf), np.ones(rows)


def _covering(stated: Stated, rows: Longs, sizes: tuple[int, int, int]) -> list[_Part]:
    """Demand counts as covered by a site that reaches it, and each part has its least covered weight."""
    if not rows.size:
        return []
    count, groups, demands = sizes
    reach = only_demands(stated.reach, rows)
    standing = np.zeros(demands)
    standing[reach.demand[reach.start[count] :]] = 1.0
    pairs = int(reach.start[count])
    site = np.repeat(np.arange(count), np.diff(reach.start[: count + 1]))
    reached = coo_array((-np.ones(pairs), (reach.demand[:pairs], site)), shape=(demands, count))
    every = np.arange(demands)
    served = coo_array((np.ones(demands), (every, every)), shape=(demands, demands))
    first = hstack([reached, csr_array((demands, groups)), served]).tocsr()
    part = stated.demand_part[rows]
    weight = stated.weight[rows]
    held = coo_array((weight, (part, every)), shape=(len(stated.least_covered), demands))
    second = hstack([csr_array((len(stated.least_covered), count + groups)), held]).tocsr()
    return [
        (first, np.full(demands, -np.inf), standing),
        (second, stated.least_covered * (1 - 1e-9), np.full(len(stated.least_covered), np.inf)),
    ]
