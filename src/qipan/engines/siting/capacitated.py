"""Capacitated location, whole demands or parts, stated exactly to HiGHS."""

from __future__ import annotations

import numpy as np

from qipan.engines.siting.arrays import row_ids
from qipan.engines.siting.checking_assignments import required
from qipan.engines.siting.errors import Infeasible, TooLargeError
from qipan.engines.siting.exact import MOST_PAIRS
from qipan.engines.siting.locations import Assignment, Capacitated
from qipan.engines.siting.model import Model
from qipan.engines.siting.results import Effort


def solve_capacitated(problem: Capacitated, effort: Effort | None = None) -> Assignment:
    """Choose sites and who serves whom at least opening and serving cost, within every capacity.

    Practical to a few hundred sites; the best plan and bound within ``effort.exact_seconds`` are handed back.

    Raises: `TooLargeError`, `Infeasible`.
    """
    effort = effort or Effort()
    reach, n, m = problem.reach, problem.reach.candidates, problem.reach.demands
    if reach.pairs > MOST_PAIRS:
        message = f"{reach.pairs} pairs are too many for capacities, which take up to {MOST_PAIRS}"
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
