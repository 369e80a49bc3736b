"""Why no plan exists: the smallest set of conditions that clash, by name.

A smallest clashing set is a smallest set that meets every correction (a set of conditions whose removal makes the rest
possible). Each round gives up the fewest conditions outside the set tried so far; when none outside can help, the
set tried clashes by itself, and being a smallest meeting set it is a smallest clash.

Source: Ignatiev, Previti, Liffiton and Marques-Silva, Smallest MUS extraction with minimal hitting set dualization,
2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, row_ids
from qipan.engines.siting.errors import Infeasible
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.model import Model
from qipan.engines.siting.problems import MaximumCoverage, SetCover

_ROUNDS = 200
_NODES, _SECONDS = 500, 10.0
"""Nodes that each search may visit, and seconds that guard those of large problems."""


def diagnose(problem: MaximumCoverage | SetCover) -> Infeasible:
    """Return the error that names the smallest clash of a problem that has no plan.

    Problems beyond the exact mode's size, or whose search does not end, get a set that is not proved smallest.
    """
    elastic = _Elastic(problem)
    if problem.reach.pairs > MOST_PAIRS:
        return Infeasible(tuple(elastic.names), smallest=False)
    clash, smallest = smallest_clash(len(elastic.names), elastic.fewest_given_up)
    return Infeasible(tuple(elastic.names[k] for k in clash), smallest)


def smallest_clash(count: int, fewest_given_up: Callable[[Longs], Longs | None]) -> tuple[Longs, bool]:
    """Return the fewest of ``count`` conditions that cannot hold together, and whether they were proved the fewest.

    ``fewest_given_up`` is given conditions that must hold and returns the fewest others whose removal leaves a plan:
    None where none does, an empty array where its search did not end.
    """
    corrections: list[Longs] = []
    tried, fewest = np.zeros(0, np.int64), True
    for _ in range(_ROUNDS):
        given_up = fewest_given_up(tried)
        if given_up is None:
            return tried, fewest
        if not given_up.size:
            break
        corrections.append(given_up)
        tried, fewest = _smallest_meeting(corrections, count)
    return tried, False


def _smallest_meeting(sets: list[Longs], count: int) -> tuple[Longs, bool]:
    """The fewest conditions that meet every set, and whether they were proved the fewest."""
    model = Model()
    model.add_columns(np.ones(count))
    rows = np.repeat(np.arange(len(sets)), [each.size for each in sets])
    model.add_rows(rows, np.concatenate(sets), 1.0, 1.0, np.inf, len(sets))
    found = model.solve(_SECONDS, nodes=_NODES)
    if found.values is None:
        return np.unique(np.concatenate(sets)), False
    return np.flatnonzero(found.values > 0.5), found.optimal


@dataclass(frozen=True)
class _Row:
    """One condition: lower ≤ Σ value · column + give · s ≤ upper, where s = 1 gives it up."""

    name: str
    columns: Longs
    values: Floats
    lower: float
    upper: float
    give: float


class _Elastic:
    """Every condition of a problem as a row that can be given up, over sites, covered demands and open groups."""

    def __init__(self, problem: MaximumCoverage | SetCover) -> None:
        self.problem, self.conditions = problem, problem.conditions
        self.reach = problem.reach
        self.n, self.m = self.reach.candidates, self.reach.demands
        self.new = np.ones(self.n, np.bool_)
        self.new[self.conditions.fixed] = False
        weight = problem.weight if isinstance(problem, MaximumCoverage) else problem.weights
        self.weight: Floats = np.asarray(weight)
        self.rows = self._pins() + self._areas() + self._aims()
        self.names = [row.name for row in self.rows]

    def fewest_given_up(self, kept: Longs) -> Longs | None:
        """Fewest conditions outside ``kept`` whose removal leaves a plan; None where there is none."""
        model = Model()
        lower = np.zeros(self.n)
        lower[self.conditions.fixed] = 1.0
        model.add_columns(np.zeros(self.n), lower=lower)
        model.add_columns(np.zeros(self.m), whole=False)
        groups = model.add_columns(np.zeros(self.conditions.group_cost.size), whole=False)
        upper = np.ones(len(self.rows))
        upper[kept] = 0.0
        slack = model.add_columns(np.ones(len(self.rows)), upper=upper)
        self._definitions(model, groups)
        for k, row in enumerate(self.rows):
            columns, values = np.append(row.columns, slack + k), np.append(row.values, row.give)
            model.add_rows(np.zeros(columns.size), columns, values, row.lower, row.upper, 1)
        solution = model.solve(_SECONDS, nodes=_NODES)
        if solution.values is None:
            return None if solution.infeasible else np.zeros(0, np.int64)
        return np.flatnonzero(solution.values[slack:] > 0.5)

    def _definitions(self, model: Model, groups: int) -> None:
        """Served ≤ Σ weight · site, an upper estimate that is exact for pairs that cover or do not; site ≤ group."""
        sites, demand = row_ids(self.reach.start), self.reach.demand.astype(np.int64)
        rows = np.concatenate((demand, np.arange(self.m)))
        columns = np.concatenate((sites, self.n + np.arange(self.m)))
        values = np.concatenate((-self.reach.weight.astype(np.float64), np.ones(self.m)))
        model.add_rows(rows, columns, values, -np.inf, 0.0, self.m)
        if self.conditions.group.size:
            inside = np.flatnonzero((self.conditions.group >= 0) & self.new)
            every = np.arange(inside.size)
            columns = np.concatenate((inside, groups + self.conditions.group[inside]))
            values = np.concatenate((np.ones(inside.size), -np.ones(inside.size)))
            model.add_rows(np.concatenate((every, every)), columns, values, -np.inf, 0.0, inside.size)

    def _pins(self) -> list[_Row]:
        one, conditions = np.ones(1), self.conditions
        rows = [_Row(f"site {i} is mandatory", np.array([i]), one, 1.0, np.inf, 1.0) for i in conditions.mandatory]
        rows += [_Row(f"site {i} is forbidden", np.array([i]), one, -np.inf, 0.0, -1.0) for i in conditions.forbidden]
        rows += [
            _Row(f"sites {i} and {j} conflict", np.array([i, j]), np.ones(2), -np.inf, 1.0, -1.0)
            for i, j in conditions.conflicts
        ]
        return rows

    def _areas(self) -> list[_Row]:
        rows, conditions = [], self.conditions
        for area, least in enumerate(conditions.area_least):
            inside = np.flatnonzero(conditions.demand_area == area)
            name = f"area {area} needs {least:g} covered"
            rows.append(_Row(name, self.n + inside, self.weight[inside], least, np.inf, least))
        for area, least in enumerate(conditions.area_sites):
            inside = np.flatnonzero((conditions.candidate_area == area) & self.new)
            name = f"area {area} needs {least:g} sites"
            rows.append(_Row(name, inside, np.ones(inside.size), least, np.inf, least))
        return rows

    def _aims(self) -> list[_Row]:
        """The budget, or what must be covered."""
        problem = self.problem
        if isinstance(problem, MaximumCoverage):
            paid = np.concatenate((np.where(self.new, problem.costs, 0.0), self._open_cost()))
            columns = np.concatenate((np.arange(self.n), self.n + self.m + np.arange(paid.size - self.n)))
            return [_Row(f"budget {problem.budget:g}", columns, paid, -np.inf, problem.budget, -float(paid.sum()))]
        if problem.share < 1:
            least = problem.share * float(self.weight.sum())
            every = np.arange(self.m)
            return [_Row(f"share {problem.share:g} covered", self.n + every, self.weight, least, np.inf, least)]
        reachable = np.flatnonzero(self.reach.covered())
        return [_Row(f"demand {d} is covered", np.array([self.n + d]), np.ones(1), 1.0, np.inf, 1.0) for d in reachable]

    def _open_cost(self) -> Floats:
        cost = self.conditions.group_cost.copy()
        if self.conditions.group.size:
            opened = self.conditions.group[self.conditions.fixed]
            cost[opened[opened >= 0]] = 0.0
        return cost
