"""Coverage problems stated whole to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, pairs_of, row_ids
from qipan.engines.siting.core import Core
from qipan.engines.siting.errors import TooLargeError
from qipan.engines.siting.model import Model, Solution

MOST_PAIRS = 2_000_000
"""Cover pairs beyond which a whole model is refused: HiGHS then does not leave the root relaxation in useful time."""


@dataclass(frozen=True)
class Found:
    """Core positions chosen (None: no plan), the bound, and whether no plan exists."""

    chosen: Longs | None
    bound: float
    infeasible: bool


def maximum_exact(core: Core, chosen: Longs | None, seconds: float, nodes: int | None = None) -> Found:
    """Maximize the covered value of a core within its budget, from the plan ``chosen`` if there is one.

    A search cut short by ``nodes`` is the same again, one cut short by ``seconds`` is not.

    Raises: `TooLargeError`.
    """
    model = Model(maximize=True)
    sites = _sites(core, model, np.zeros(core.cost.size))
    covers = model.add_columns(core.value, whole=False)
    _cover_rows(core, model, sites, covers)
    groups = _groups(core, model, sites, 0.0)
    _budget_row(core, model, sites, groups)
    _side_rows(core, model, sites, covers)
    return _solved(core, model, _start(core, model, chosen, groups, covers), seconds, nodes)


def cover_exact(core: Core, chosen: Longs | None, least: float, seconds: float, nodes: int | None = None) -> Found:
    """Least cost of a plan whose covered value is at least ``least`` (the whole value: each row is covered).

    Raises: `TooLargeError`.
    """
    model = Model()
    sites = _sites(core, model, core.cost)
    groups = _groups(core, model, sites, 1.0)
    covers = None
    if least >= float(core.value.sum()) * (1 - 1e-12) and not core.area_least.size:
        model.add_rows(row_ids(core.owner_start), core.owners, 1.0, 1.0, np.inf, core.value.size)
    else:
        covers = model.add_columns(np.zeros(core.value.size), whole=False)
        _cover_rows(core, model, sites, covers)
        every = np.arange(core.value.size)
        model.add_rows(np.zeros(every.size), covers + every, core.value, least, np.inf, 1)
    if np.isfinite(core.budget):
        _budget_row(core, model, sites, groups)
    _side_rows(core, model, sites, covers)
    return _solved(core, model, _start(core, model, chosen, groups, covers), seconds, nodes)


def _sites(core: Core, model: Model, cost: Floats) -> int:
    if core.rows.size > MOST_PAIRS:
        message = f"{core.rows.size} cover pairs are too many for the exact mode, which takes up to {MOST_PAIRS}"
        raise TooLargeError(message)
    return model.add_columns(cost)


def _cover_rows(core: Core, model: Model, sites: int, covers: int) -> None:
    """A row counts as covered only up to the number of its chosen owners."""
    m = core.value.size
    rows = np.concatenate((row_ids(core.owner_start), np.arange(m)))
    columns = np.concatenate((sites + core.owners.astype(np.int64), covers + np.arange(m)))
    values = np.concatenate((np.full(core.owners.size, -1.0), np.ones(m)))
    model.add_rows(rows, columns, values, -np.inf, 0.0, m)


def _groups(core: Core, model: Model, sites: int, paid: float) -> int:
    groups = model.add_columns(core.group_cost * paid) if core.group_cost.size else model.columns
    inside = np.flatnonzero(core.group >= 0)
    every = np.arange(inside.size)
    if inside.size:
        columns = np.concatenate((sites + inside, groups + core.group[inside]))
        values = np.concatenate((np.ones(inside.size), -np.ones(inside.size)))
        model.add_rows(np.concatenate((every, every)), columns, values, -np.inf, 0.0, inside.size)
    return groups


def _budget_row(core: Core, model: Model, sites: int, groups: int) -> None:
    columns = np.concatenate((sites + np.arange(core.cost.size), groups + np.arange(core.group_cost.size)))
    values = np.concatenate((core.cost, core.group_cost))
    model.add_rows(np.zeros(columns.size), columns, values, -np.inf, core.budget, 1)


def _side_rows(core: Core, model: Model, sites: int, covers: int | None) -> None:
    first = row_ids(core.conflict_start)
    once = first < core.conflict
    one, other = first[once].astype(np.int64), core.conflict[once].astype(np.int64)
    if one.size:
        every = np.arange(one.size)
        columns = np.concatenate((one, other)) + sites
        model.add_rows(np.concatenate((every, every)), columns, 1.0, -np.inf, 1.0, one.size)
    inside = np.flatnonzero(core.site_area >= 0)
    if core.area_sites.any():
        model.add_rows(core.site_area[inside], sites + inside, 1.0, core.area_sites, np.inf, core.area_sites.size)
    if core.area_least.any() and covers is not None:
        rows = np.flatnonzero(core.row_area >= 0)
        least = core.area_least
        model.add_rows(core.row_area[rows], covers + rows, core.value[rows], least, np.inf, least.size)


def _solved(core: Core, model: Model, start: Floats | None, seconds: float, nodes: int | None) -> Found:
    solution: Solution = model.solve(seconds, start, nodes)
    if solution.values is None:
        return Found(None, solution.bound, solution.infeasible)
    return Found(np.flatnonzero(solution.values[: core.cost.size] > 0.5), solution.bound, False)


def _start(core: Core, model: Model, chosen: Longs | None, groups: int, covers: int | None) -> Floats | None:
    """Columns of a known plan; None where there is no plan."""
    if chosen is None or not chosen.size:
        return None
    start = np.zeros(model.columns)
    start[chosen] = 1.0
    held = core.group[chosen]
    start[groups + np.unique(held[held >= 0])] = 1.0
    if covers is not None:
        start[covers + core.rows[pairs_of(core.start, chosen)]] = 1.0
    return start
