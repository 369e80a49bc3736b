"""Why each site of a plan is in it: the order of choice, what each newly covers, and what it covers alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Floats, Ints, Longs
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.greedy import order_by_gain
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import Reasons


def explain(
    reach: Reach, weight: Floats, costs: Floats, conditions: Conditions, sites: npt.NDArray[np.integer]
) -> tuple[Ints, Reasons]:
    """Order a plan (fixed first, then by greatest gain for cost) and say what each site adds and holds alone."""
    fixed = np.intersect1d(conditions.fixed, sites)
    rest = np.setdiff1d(sites, fixed)
    served = np.zeros(reach.demands)
    price = np.maximum(costs, 1e-9)
    ordered = order_by_gain(reach.start, reach.demand, reach.weight, weight, served, price, fixed, rest)
    newly, number = _one_by_one(reach, weight, ordered)
    return ordered.astype(np.int32), Reasons(newly, number, _alone(reach, weight, ordered))


def _one_by_one(reach: Reach, weight: Floats, ordered: Longs) -> tuple[Floats, Longs]:
    """Weight and number of demands that each site newly covers, or covers better, after those before it."""
    served = np.zeros(reach.demands)
    newly, number = np.zeros(ordered.size), np.zeros(ordered.size, np.int64)
    for k, site in enumerate(ordered):
        at = slice(reach.start[site], reach.start[site + 1])
        demand = reach.demand[at]
        better = np.maximum(reach.weight[at] - served[demand], 0.0)
        newly[k] = weight[demand] @ better
        number[k] = np.count_nonzero(better)
        served[demand] += better
    return newly, number


def _alone(reach: Reach, weight: Floats, ordered: Longs) -> Floats:
    """Weight lost if each site alone were dropped: its best weights less the second best of the plan."""
    demand, level = reach.of(ordered)
    owner = np.repeat(np.arange(ordered.size), reach.start[ordered + 1] - reach.start[ordered])
    order = np.lexsort((owner, -level.astype(np.float64), demand))
    demand, owner = demand[order], owner[order]
    level = level[order].astype(np.float64)
    first = np.r_[True, np.diff(demand) > 0] if demand.size else np.zeros(0, np.bool_)
    follows = np.r_[~first[1:], False] if demand.size else first
    second = np.where(follows, np.r_[level[1:], 0.0], 0.0) if demand.size else level
    lost = np.bincount(owner[first], ((level - second) * weight[demand])[first], minlength=ordered.size)
    return np.asarray(lost, np.float64)
