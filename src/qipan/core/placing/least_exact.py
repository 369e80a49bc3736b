"""The least capital that meets every number, by an exact model of bounded size within a bounded time.

It is asked where a quick plan of the cheapest sites is too dear or not found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.least import only_demands, relevant_part

_gap = 0.005
_seconds = 8.0
_most = 3_000_000
"""Coefficients beyond which the model is not tried: building it alone would take longer than the time it is given."""


@dataclass(frozen=True)
class Least:
    """What the exact model says: yuan and ``rows`` of a plan (None: none was found), and yuan that no plan undercuts.

    ``bound`` is inf where it is proved that there is no plan at all.
    """

    cost: float
    rows: Longs | None
    bound: float


def least_capital(stated: Stated, seconds: float = _seconds) -> Least:
    """Return a plan that meets pins, spacing and numbers for the least capital within half a per cent, if found.

    Least covered weights are met as if every pair covered in full, so that the figures are lower ones where coverage
    is by chance. Neither plan nor bound where the problem is too large or the time too short.
    """
    small, rows = relevant_part(stated)
    pairs = int(small.reach.start[len(small.candidates)])
    if pairs + 2 * len(small.conflicts) + 4 * len(small.candidates) > _most:
        return Least(np.inf, None, 0.0)
    found = _solve(small, seconds)
    return Least(found.cost, None if found.rows is None else rows[found.rows], found.bound)


def _solve(stated: Stated, seconds: float) -> Least:
    candidates = stated.candidates
    count, groups = len(candidates), candidates.group_cost
    rows = np.flatnonzero(stated.demand_part >= 0) if stated.least_covered.size else np.zeros(0, np.int64)
    sizes = (count, len(groups), rows.size)
    parts = [_opening(stated, sizes), _numbers(stated, sizes), _spacing(stated, sizes), *_covering(stated, rows, sizes)]
    matrix = vstack([part[0] for part in parts]).tocsr()
    low, high = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    least, most = np.zeros(sum(sizes)), np.ones(sum(sizes))
    least[stated.mandatory], most[stated.forbidden] = 1.0, 0.0
    if not sum(sizes):
        feasible = not stated.least_sites.any() and not stated.least_covered.any()
        return Least(0.0, np.zeros(0, np.int64), 0.0) if feasible else Least(np.inf, None, np.inf)
    if (least > most).any():
        return Least(np.inf, None, np.inf)
    whole = np.zeros(sum(sizes))
    whole[:count] = 1.0
    price = np.concatenate([candidates.own, groups, np.zeros(rows.size)])
    found = milp(
        price,
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(least, most),
        integrality=whole,
        options={"time_limit": seconds, "mip_rel_gap": _gap},
    )
    if found.x is None:
        return Least(np.inf, None, np.inf if found.status == 2 else 0.0)
    chosen = np.flatnonzero(found.x[:count] > 0.5)
    opened = np.unique(candidates.group[chosen])
    cost = float(candidates.own[chosen].sum() + groups[opened].sum())
    bound = cost if found.mip_dual_bound is None else min(float(found.mip_dual_bound), cost)
    return Least(cost, chosen, bound)


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
    pairs = stated.conflicts
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
