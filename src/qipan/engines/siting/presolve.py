"""Exact reductions: from a stated coverage problem to the core that the loops read, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, offsets, pairs_of
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.core import Core, local_order, row_signatures, select_pairs, transpose
from qipan.engines.siting.problems import MaximumCoverage, SetCover
from qipan.engines.siting.reach import Reach
from qipan.engines.siting.results import PresolveCounts

_NONE, _NO_FLOORS = np.zeros(0, np.int32), np.zeros(0)


@dataclass(frozen=True)
class Reduced:
    """The core with the way back: ``candidate`` int64 [n] original ids, ``forced`` ids that every plan holds.

    ``base_value`` is what the forced sites cover, ``base_cost`` what the mandatory among them cost, ``least_value``
    the core value still needed (set covers below a share of 1).
    """

    core: Core
    candidate: Longs
    forced: Ints
    base_value: float
    base_cost: float
    least_value: float
    counts: PresolveCounts

    def plan(self, chosen: Flags | npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Original ids of the forced sites and of the core's chosen ones (flags or positions)."""
        return np.union1d(self.forced, self.candidate[chosen])


@dataclass(frozen=True)
class _Rows:
    """Rows of the cover matrix before merging: levels of demands where coverage is graded."""

    start: Longs
    rows: Ints
    value: Floats
    demand: Ints


def presolve(problem: MaximumCoverage | SetCover) -> Reduced:
    """Drop forbidden, fix existing and mandatory, merge equal rows, drop what nobody covers; exact, with counts."""
    conditions, reach = problem.conditions, problem.reach
    full = isinstance(problem, SetCover) and problem.share == 1
    if full:  # A whole cover holds all the weight that any plan can; the checker compares it with the minimums.
        conditions = replace(conditions, demand_area=_NONE, area_least=_NO_FLOORS)
    weight = np.ones(reach.demands) if full else _weights(problem)
    grades = _graded(reach, weight)
    forced = np.union1d(conditions.fixed, conditions.mandatory).astype(np.int32)
    covered = np.zeros(grades.value.size, np.bool_)
    covered[grades.rows[pairs_of(grades.start, forced)]] = True
    group_cost = _open_groups(conditions, forced)
    base_cost = _forced_cost(problem, conditions)
    budget = problem.budget - base_cost if isinstance(problem, MaximumCoverage) else np.inf
    kept = _kept_candidates(problem, grades, covered, forced, group_cost, budget)
    wanted = ~covered & (grades.value > 0)
    merged = _merge(grades, kept, wanted, conditions)
    base_value = float(grades.value[covered].sum())
    counts = PresolveCounts(
        forbidden=int(conditions.forbidden.size),
        fixed=int(conditions.fixed.size),
        mandatory=int(np.setdiff1d(conditions.mandatory, conditions.fixed).size),
        useless=int(reach.candidates - kept.sum() - forced.size - conditions.forbidden.size),
        demands_settled=int(covered.sum()),
        demands_unreachable=merged.unreachable,
        rows_merged=merged.merged,
        rows=merged.value.size,
        candidates=merged.candidate.size,
    )
    core = _core(problem, conditions, merged, group_cost, budget, forced, grades, covered)
    least = 0.0
    if isinstance(problem, SetCover):
        least = merged.value.sum() if full else max(0.0, problem.share * float(weight.sum()) - base_value)
    return Reduced(core, merged.candidate, forced, base_value, base_cost, float(least), counts)


@dataclass(frozen=True)
class _Merged:
    start: Longs
    rows: Ints
    owner_start: Longs
    owners: Ints
    value: Floats
    row_area: Ints
    candidate: Longs
    unreachable: int
    merged: int


def _weights(problem: MaximumCoverage | SetCover) -> Floats:
    return problem.weight if isinstance(problem, MaximumCoverage) else problem.weights


def _graded(reach: Reach, weight: Floats) -> _Rows:
    """One row for each level of a demand: value weight × (level - level below), covered by weights at or above."""
    if reach.is_binary():
        return _Rows(reach.start, reach.demand, weight, np.arange(reach.demands, dtype=np.int32))
    order = np.lexsort((reach.weight, reach.demand))
    demand, level = reach.demand[order], reach.weight[order].astype(np.float64)
    fresh = np.ones(order.size, np.bool_)
    fresh[1:] = (np.diff(demand) > 0) | (np.diff(level) > 0)
    row_demand, row_level = demand[fresh], level[fresh]
    below = np.where(np.r_[True, np.diff(row_demand) > 0], 0.0, np.r_[0.0, row_level[:-1]])
    top = np.empty(order.size, np.int64)
    top[order] = np.cumsum(fresh) - 1
    bottom = np.searchsorted(row_demand, reach.demand)
    lengths = top - bottom + 1
    ends = np.cumsum(lengths)
    rows = np.arange(int(ends[-1]) if ends.size else 0) - np.repeat(ends - lengths - bottom, lengths)
    start = np.zeros_like(reach.start)
    start[1:] = np.r_[0, ends][reach.start[1:]]
    return _Rows(start, rows.astype(np.int32), weight[row_demand] * (row_level - below), row_demand.astype(np.int32))


def _open_groups(conditions: Conditions, forced: Ints) -> Floats:
    group_cost = conditions.group_cost.copy()
    if conditions.group.size:
        opened = conditions.group[forced]
        group_cost[opened[opened >= 0]] = 0.0
    return group_cost


def _forced_cost(problem: MaximumCoverage | SetCover, conditions: Conditions) -> float:
    paid = np.setdiff1d(conditions.mandatory, conditions.fixed)
    total = float(problem.costs[paid].sum())
    if conditions.group.size:
        opened = np.setdiff1d(conditions.group[paid], np.append(conditions.group[conditions.fixed], -1))
        total += float(conditions.group_cost[opened].sum())
    return total


def _kept_candidates(
    problem: MaximumCoverage | SetCover, grades: _Rows, covered: Flags, forced: Ints, group_cost: Floats, budget: float
) -> Flags:
    conditions = problem.conditions
    kept = np.ones(problem.reach.candidates, np.bool_)
    kept[conditions.forbidden] = False
    for one, other in (conditions.conflicts.T, conditions.conflicts.T[::-1]) if conditions.conflicts.size else ():
        kept[other[np.isin(one, forced)]] = False
    kept[forced] = False
    price = problem.costs.copy()
    if conditions.group.size:
        price += np.append(group_cost, 0.0)[conditions.group]
    kept &= price <= budget * (1 + 1e-12)
    if not conditions.area_sites.size:
        useful = np.r_[0, np.cumsum(~covered[grades.rows] & (grades.value[grades.rows] > 0))]
        kept &= useful[grades.start[1:]] > useful[grades.start[:-1]]
    return kept


def _merge(grades: _Rows, kept: Flags, wanted: Flags, conditions: Conditions) -> _Merged:
    """Merge rows that the same candidates cover, then number candidates and rows by neighbourhood."""
    first, second, degree = row_signatures(grades.start, grades.rows, kept, grades.value.size)
    alive = np.flatnonzero(wanted & (degree > 0))
    area = np.full(grades.value.size, -1, np.int32)
    if conditions.area_least.size:
        area = conditions.demand_area[grades.demand]
    order = alive[np.lexsort((second[alive], area[alive], first[alive]))]
    fresh = np.ones(order.size, np.bool_)
    fresh[1:] = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0) | (np.diff(area[order]) != 0)
    label = np.cumsum(fresh) - 1
    value = np.bincount(label, grades.value[order]).astype(np.float64)
    head = np.full(grades.value.size, -1, np.int32)
    head[order[fresh]] = label[fresh]
    kept_ids = np.flatnonzero(kept)
    start, rows = select_pairs(grades.start, grades.rows, kept_ids, head)
    owner_start, owners = transpose(start, rows, value.size)
    by_place, new_row = local_order(start, rows, owner_start, owners)
    start, rows = select_pairs(start, rows, by_place, new_row)
    owner_start, owners = transpose(start, rows, value.size)
    moved, row_area = np.empty_like(value), np.empty(value.size, np.int32)
    moved[new_row], row_area[new_row] = value, area[order[fresh]]
    unreachable = int((wanted & (degree == 0)).sum())
    return _Merged(
        start, rows, owner_start, owners, moved, row_area, kept_ids[by_place], unreachable, order.size - value.size
    )


def _core(
    problem: MaximumCoverage | SetCover,
    conditions: Conditions,
    merged: _Merged,
    group_cost: Floats,
    budget: float,
    forced: Ints,
    grades: _Rows,
    covered: Flags,
) -> Core:
    candidate = merged.candidate
    n = candidate.size
    position = np.full(problem.reach.candidates, -1, np.int64)
    position[candidate] = np.arange(n)
    pairs = position[conditions.conflicts.astype(np.int64)]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    both = np.concatenate((pairs, pairs[:, ::-1]))
    both = both[np.argsort(both[:, 0], kind="stable")]
    return Core(
        merged.start,
        merged.rows,
        merged.owner_start,
        merged.owners,
        merged.value,
        problem.costs[candidate],
        conditions.group[candidate] if conditions.group.size else np.full(n, -1, np.int32),
        group_cost,
        offsets(both[:, 0], n),
        both[:, 1].astype(np.int32),
        merged.row_area,
        _area_left(conditions, grades, covered),
        conditions.candidate_area[candidate] if conditions.area_sites.size else np.full(n, -1, np.int32),
        _sites_left(conditions, forced),
        float(budget),
    )


def _area_left(conditions: Conditions, grades: _Rows, covered: Flags) -> Floats:
    if not conditions.area_least.size:
        return conditions.area_least
    area = conditions.demand_area[grades.demand]
    counted = covered & (area >= 0)
    held = np.bincount(area[counted], grades.value[counted], minlength=conditions.area_least.size)
    return np.maximum(conditions.area_least - held, 0.0)


def _sites_left(conditions: Conditions, forced: Ints) -> Floats:
    if not conditions.area_sites.size:
        return conditions.area_sites
    labels = conditions.candidate_area[np.setdiff1d(forced, conditions.fixed)]
    held = np.bincount(labels[labels >= 0], minlength=conditions.area_sites.size)
    return np.maximum(conditions.area_sites - held, 0.0)
