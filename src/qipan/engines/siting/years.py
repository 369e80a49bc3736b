"""In which year to build each site of a plan, by annealing: shifts of one site and swaps of two within the money.

A row counts in every year from the first of its owners' on, so that only the rows of the sites moved are looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Ints
from qipan.engines.siting.conditions import Conditions
from qipan.engines.siting.core import Core
from qipan.engines.siting.presolve import presolve
from qipan.engines.siting.problems import MaximumCoverage
from qipan.engines.siting.state import State, draw, draw_below, fresh_state

_MOVES, _FEWEST = 200, 100_000
_HOT, _COLD = 0.5, 0.005
"""Temperatures as shares of what a site covers on average."""


class _Calendar(NamedTuple):
    """``year`` int32 [n] of each of the core's sites, ``first`` int32 [m] the first year of each row's owners;
    ``spent`` float64 [years] in each year, ``released`` by its end; ``members`` int32 [groups, years] built then.
    """

    year: Ints
    first: Ints
    spent: Floats
    released: Floats
    members: np.ndarray


def exchange_years(
    problem: MaximumCoverage, free: Conditions, chosen: Ints, year: Ints, released: Floats, seed: int = 0
) -> Ints:
    """Return ``year`` (int32, one for each of ``chosen``, -1 for fixed sites) with the most covered, years summed up.

    ``free`` are the conditions without pins and minimums, ``released`` the money released by each year's end, within
    which the years given must stay.
    """
    others = np.setdiff1d(np.arange(problem.reach.candidates), chosen)
    conditions = replace(free, forbidden=np.union1d(free.forbidden, others))
    reduced = presolve(replace(problem, budget=float(np.finfo(np.float64).max), conditions=conditions))
    place = np.full(problem.reach.candidates, -1, np.int64)
    place[reduced.candidate] = np.arange(reduced.candidate.size)
    at = place[chosen]
    moving = np.flatnonzero(at >= 0)
    if released.size < 2 or moving.size < 2:
        return year
    years = np.zeros(moving.size, np.int32)
    years[at[moving]] = year[moving]
    calendar = _calendar(problem, free, reduced.core, chosen, year, years, released)
    core, moves = reduced.core, max(_FEWEST, _MOVES * moving.size)
    mean = float(core.value.sum()) / moving.size
    best = _anneal(core, calendar, fresh_state(core, seed), moves, mean * _HOT, mean * _COLD)
    year = year.copy()
    year[moving] = best[at[moving]]
    return year


def _calendar(
    problem: MaximumCoverage, free: Conditions, core: Core, chosen: Ints, year: Ints, years: Ints, released: Floats
) -> _Calendar:
    """Count what all of ``chosen`` spend, whether they are moved or not."""
    paid = chosen[year >= 0]
    spent = np.bincount(year[year >= 0], problem.costs[paid], minlength=released.size).astype(np.float64)
    members = np.zeros((core.group_cost.size, released.size), np.int32)
    if members.size:
        group = free.group[paid]
        np.add.at(members, (group[group >= 0], year[year >= 0][group >= 0]), 1)
        for one in np.flatnonzero(members.any(axis=1)):
            spent[np.argmax(members[one] > 0)] += core.group_cost[one]
    first = np.minimum.reduceat(years[core.owners], core.owner_start[:-1]).astype(np.int32)
    return _Calendar(years, first, spent, released * (1.0 + 1e-12) + 1e-9, members)


@njit(cache=True, nogil=True)
def _anneal(core: Core, calendar: _Calendar, state: State, moves: int, hot: float, cold: float) -> Ints:
    """The best years met; the calendar is left at the last."""
    best = calendar.year.copy()
    value, most = 0.0, 0.0
    last, n = calendar.spent.size, calendar.year.size
    for step in range(moves):
        heat = hot * (cold / hot) ** (step / moves)
        i, j = draw_below(state, n), -1
        was = calendar.year[i]
        if draw(state) < 0.3:
            then = draw_below(state, last)
        else:
            j = draw_below(state, n)
            then = calendar.year[j]
        if then == was:
            continue
        gained = _put(core, calendar, i, then)
        if j >= 0:
            gained += _put(core, calendar, j, was)
        if _affordable(calendar) and gained > heat * np.log(max(draw(state), 1e-300)):
            value += gained
            if value > most + 1e-9:
                most = value
                best[:] = calendar.year
            continue
        _put(core, calendar, i, was)
        if j >= 0:
            _put(core, calendar, j, then)
    return best


@njit(cache=True, nogil=True)
def _affordable(calendar: _Calendar) -> bool:
    total = 0.0
    for k in range(calendar.spent.size - 1):
        total += calendar.spent[k]
        if total > calendar.released[k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _put(core: Core, calendar: _Calendar, i: int, then: int) -> float:
    """Build site i in the year ``then``; what is covered more, years summed up."""
    was = calendar.year[i]
    calendar.spent[was] -= core.cost[i]
    calendar.spent[then] += core.cost[i]
    group = core.group[i]
    if group >= 0:
        calendar.spent[_opening(calendar, group)] -= core.group_cost[group]
        calendar.members[group, was] -= 1
        calendar.members[group, then] += 1
        calendar.spent[_opening(calendar, group)] += core.group_cost[group]
    calendar.year[i] = then
    gained = 0.0
    for at in range(core.start[i], core.start[i + 1]):
        row = core.rows[at]
        before = calendar.first[row]
        if then < before:
            calendar.first[row] = then
        elif was == before:
            now = then
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                now = min(now, calendar.year[core.owners[back]])
            calendar.first[row] = now
        gained += (before - calendar.first[row]) * core.value[row]
    return gained


@njit(cache=True, nogil=True)
def _opening(calendar: _Calendar, group: int) -> int:
    """The first year in which a member of the group is built."""
    for k in range(calendar.spent.size):
        if calendar.members[group, k] > 0:
            return k
    return 0
