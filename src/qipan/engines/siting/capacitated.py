"""Capacitated location, whole demands or parts: stated exactly to HiGHS, beyond that by a Lagrangian search."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import Floats, Longs, pairs_of, row_ids
from qipan.engines.siting.capacitated_search import Located, locate
from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.errors import Infeasible, TooLargeError
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.locations import Assignment, Capacitated
from qipan.engines.siting.model import Model
from qipan.engines.siting.results import Effort

_EXACT_PAIRS = 30_000
"""Pairs up to which HiGHS is given the whole model without being asked to."""


def solve_capacitated(problem: Capacitated, effort: Effort | None = None) -> Assignment:
    """Choose sites and who serves whom at least opening and serving cost, within every capacity.

    Up to `_EXACT_PAIRS` pairs, and in exact mode, HiGHS solves the whole model within ``effort.exact_seconds``. Above
    that prices of ``effort.bound_rounds`` subgradient steps bound the problem and guide a search of whole service;
    where parts are allowed its sites then serve at least cost. Deterministic unless a time limit cuts HiGHS short.

    Raises: `Infeasible`; `TooLargeError` where the search found no plan or the exact mode is asked for too much.
    """
    effort = effort or Effort()
    if _cannot_be(problem):
        raise Infeasible(_clash(problem), smallest=False)
    if problem.reach.pairs <= _EXACT_PAIRS or effort.exact:
        return _solve_whole(problem, effort)
    located = locate(problem, effort)
    if located.site is not None:
        return _placed(problem, located, located.site, effort)
    if problem.reach.pairs <= MOST_PAIRS:
        return _solve_whole(problem, effort)
    message = (
        f"the search found no plan within the capacities, and {problem.reach.pairs} pairs are too many to prove that "
        f"there is none; add capacity or reach"
    )
    raise TooLargeError(message)


def _placed(problem: Capacitated, located: Located, site: Longs, effort: Effort) -> Assignment:
    """The searched plan; where parts are allowed its sites serve by the least costly parts."""
    pinned = np.union1d(problem.conditions.fixed, problem.conditions.mandatory)
    chosen = np.union1d(site, pinned).astype(np.int32)
    paid = np.setdiff1d(chosen, problem.conditions.fixed)
    opening = float(problem.opening[paid].sum())
    share = None if problem.single else _least_parts(problem, chosen.astype(np.int64), effort)
    if share is None:
        share_of = (site[problem.reach.demand] == row_ids(problem.reach.start)).astype(np.float64)
    else:
        share_of = share
        site = _largest_parts(problem, share)
    total = opening + float(problem.reach.weight.astype(np.float64) @ share_of)
    bound = min(located.bound, total)
    kept = None if problem.single else share_of
    return required(problem, Assignment(chosen, site.astype(np.int32), total, bound, effort.seed, "search", kept))


def _least_parts(problem: Capacitated, chosen: Longs, effort: Effort) -> Floats | None:
    """Parts, float64 [pairs], that serve all demands from the chosen sites at least cost; None if not in time."""
    reach = problem.reach
    pairs = pairs_of(reach.start, chosen)
    number = np.repeat(np.arange(chosen.size), np.diff(reach.start)[chosen])
    model, every = Model(), np.arange(pairs.size)
    model.add_columns(reach.weight[pairs].astype(np.float64), whole=False)
    model.add_rows(reach.demand[pairs], every, 1.0, 1.0, 1.0, reach.demands)
    amount = problem.amount[reach.demand[pairs]]
    model.add_rows(number, every, amount, -np.inf, problem.capacity[chosen], chosen.size)
    found = model.solve(effort.exact_seconds)
    if found.values is None:
        return None
    share = np.zeros(reach.pairs)
    share[pairs] = np.maximum(found.values, 0.0)
    return share


def _largest_parts(problem: Capacitated, share: Floats) -> Longs:
    """The site that serves the largest part of each demand."""
    site = np.full(problem.reach.demands, -1, np.int64)
    order = np.argsort(share, kind="stable")
    site[problem.reach.demand[order]] = row_ids(problem.reach.start)[order]
    return site


def _cannot_be(problem: Capacitated) -> bool:
    """Whether the capacity in all falls short, or a demand has no allowed site in reach."""
    allowed = np.ones(problem.reach.candidates, np.bool_)
    allowed[problem.conditions.forbidden] = False
    within = np.zeros(problem.reach.demands, np.bool_)
    within[problem.reach.demand[allowed[row_ids(problem.reach.start)]]] = True
    short = problem.capacity[allowed].sum() < problem.amount.sum() * (1.0 - 1e-9)
    return bool(short) or not bool(within.all())


def _solve_whole(problem: Capacitated, effort: Effort) -> Assignment:
    """The whole model, by HiGHS."""
    reach, n, m = problem.reach, problem.reach.candidates, problem.reach.demands
    if reach.pairs > MOST_PAIRS:
        message = f"{reach.pairs} pairs are too many for the exact mode of capacities, which takes up to {MOST_PAIRS}"
        raise TooLargeError(message)
    model, who, pairs = _opening_columns(problem), row_ids(reach.start), np.arange(reach.pairs)
    first = model.add_columns(reach.weight.astype(np.float64), whole=problem.single)
    model.add_rows(reach.demand, first + pairs, 1.0, 1.0, 1.0, m)
    model.add_rows(
        np.concatenate((who, np.arange(n))),
        np.concatenate((first + pairs, np.arange(n))),
        np.concatenate((problem.amount[reach.demand], -problem.capacity)),
        -np.inf,
        0.0,
        n,
    )
    both = np.concatenate((np.ones(pairs.size), -np.ones(pairs.size)))
    model.add_rows(np.tile(pairs, 2), np.concatenate((first + pairs, who)), both, -np.inf, 0.0, pairs.size)
    found = model.solve(effort.exact_seconds)
    if found.values is None:
        raise Infeasible(_clash(problem), smallest=False)
    site = np.full(m, -1, np.int32)
    order = np.argsort(found.values[first:], kind="stable")
    site[reach.demand[order]] = who[order]
    chosen = np.flatnonzero(found.values[:n] > 0.5).astype(np.int32)
    share = None if problem.single else np.maximum(found.values[first:], 0.0)
    bound = min(found.bound, found.objective)
    return required(problem, Assignment(chosen, site, found.objective, bound, effort.seed, "exact", share))


def _opening_columns(problem: Capacitated) -> Model:
    conditions, opening = problem.conditions, problem.opening.copy()
    opening[conditions.fixed] = 0.0
    lower, upper = np.zeros(opening.size), np.ones(opening.size)
    lower[conditions.fixed] = lower[conditions.mandatory] = 1.0
    upper[conditions.forbidden] = 0.0
    model = Model()
    model.add_columns(opening, lower=lower, upper=upper)
    return model


def _clash(problem: Capacitated) -> tuple[str, ...]:
    allowed = np.ones(problem.reach.candidates, np.bool_)
    allowed[problem.conditions.forbidden] = False
    return (
        f"capacity {problem.capacity[allowed].sum():g} of the sites allowed",
        f"amount {problem.amount.sum():g} of all demands",
        "each demand served within reach",
    )
