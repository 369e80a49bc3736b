"""Why capacitated service has no plan: pins that contradict each other, or demands whose sites hold too little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from qipan.engines.siting.arrays import Flags, row_ids
from qipan.engines.siting.locations import Capacitated

_UNITS = 1_000_000_000
_NAMED = 12


@dataclass(frozen=True)
class ServiceClash:
    """Conditions that cannot hold together, and whether they are proved to be the fewest."""

    names: tuple[str, ...]
    smallest: bool


def clash_of(problem: Capacitated) -> ServiceClash | None:
    """Return what contradicts itself before any search: pins, areas, a demand without a site, the capacity in all."""
    return next(iter((*_pins(problem), *_areas(problem), *_unreached(problem), *_short(problem))), None)


def _allowed(problem: Capacitated) -> Flags:
    allowed = np.ones(problem.reach.candidates, np.bool_)
    allowed[problem.conditions.forbidden] = False
    return allowed


def _pins(problem: Capacitated) -> Iterator[ServiceClash]:
    conditions = problem.conditions
    for site in np.intersect1d(conditions.mandatory, conditions.forbidden):
        yield ServiceClash((f"site {site} is mandatory", f"site {site} is forbidden"), smallest=True)
    pinned = {int(each): "fixed" for each in conditions.fixed}
    pinned = {int(each): "mandatory" for each in conditions.mandatory} | pinned
    for one, other in conditions.conflicts.tolist():
        if one in pinned and other in pinned:
            told = [f"site {each} is mandatory" for each in (one, other) if pinned[each] == "mandatory"]
            yield ServiceClash((*told, f"sites {one} and {other} conflict"), smallest=True)


def _areas(problem: Capacitated) -> Iterator[ServiceClash]:
    conditions = problem.conditions
    new = np.ones(problem.reach.candidates, np.bool_)
    new[conditions.fixed] = False
    for area, least in enumerate(conditions.area_sites):
        inside = np.flatnonzero((conditions.candidate_area == area) & new)
        barred = np.intersect1d(inside, conditions.forbidden)
        if inside.size - barred.size < least:
            over = int(np.ceil(inside.size - least)) + 1
            told = [f"site {each} is forbidden" for each in barred[: max(over, 0)]]
            yield ServiceClash((f"area {area} needs {least:g} sites", *told), smallest=True)


def _unreached(problem: Capacitated) -> Iterator[ServiceClash]:
    reach, allowed = problem.reach, _allowed(problem)
    who = row_ids(reach.start)
    fits = problem.amount[reach.demand] <= problem.capacity[who] * (1 + 1e-9)
    usable = allowed[who] & fits if problem.single else allowed[who]
    served = np.bincount(reach.demand[usable], minlength=reach.demands) > 0
    for demand in np.flatnonzero(~served)[:1]:
        mine = reach.demand == demand
        barred = who[mine & ~allowed[who] & (fits | (not problem.single))]
        if barred.size:
            told = tuple(f"site {each} is forbidden" for each in barred)
            yield ServiceClash((f"demand {demand} is served", *told), smallest=True)
        elif mine.any():
            most = problem.capacity[who[mine]].max()
            told = (
                f"demand {demand} of {problem.amount[demand]:g} is served whole",
                f"its sites hold at most {most:g}",
            )
            yield ServiceClash(told, smallest=True)
        else:
            yield ServiceClash((f"demand {demand} is served", f"no site reaches demand {demand}"), smallest=True)


def _short(problem: Capacitated) -> Iterator[ServiceClash]:
    held, needed = float(problem.capacity[_allowed(problem)].sum()), float(problem.amount.sum())
    if held < needed * (1 - 1e-9):
        told = (f"capacity {held:g} of the sites allowed", f"amount {needed:g} of all demands")
        yield ServiceClash((*told, *_barred(problem, np.ones(problem.reach.candidates, np.bool_))), smallest=False)


def _barred(problem: Capacitated, near: Flags) -> tuple[str, ...]:
    """Forbidden sites among those ``near``, which would help."""
    return tuple(f"site {each} is forbidden" for each in problem.conditions.forbidden if near[each])[:_NAMED]


def overload_of(problem: Capacitated) -> ServiceClash | None:
    """Return the demands that fill every site in their reach and still want more, even by parts; None where none do.

    Source: Ford and Fulkerson, Maximal flow through a network, 1956: the least cut holds them.
    """
    reach, allowed = problem.reach, _allowed(problem)
    n, m = reach.candidates, reach.demands
    scale = _UNITS / max(float(problem.amount.sum()), 1e-12)
    amount = np.floor(problem.amount * scale)
    capacity = np.minimum(np.ceil(problem.capacity * scale), _UNITS) * allowed
    who = row_ids(reach.start).astype(np.int64)
    ends = (
        np.concatenate((np.full(m, n + m), n + reach.demand, np.arange(n))),
        np.concatenate((n + np.arange(m), who, np.full(n, n + m + 1))),
    )
    carried = np.concatenate((amount, amount[reach.demand], capacity)).astype(np.int32)
    graph = csr_array((carried, ends), shape=(n + m + 2, n + m + 2))
    left = graph - maximum_flow(graph, n + m, n + m + 1).flow
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    seen = np.zeros(n + m + 2, np.bool_)
    seen[breadth_first_order(csr_array(left), n + m, return_predecessors=False)] = True
    short = np.flatnonzero(seen[n : n + m])
    near = np.zeros(n, np.bool_)
    near[who[np.isin(reach.demand, short)]] = True
    wanted, held = float(problem.amount[short].sum()), float(problem.capacity[near & allowed].sum())
    if held >= wanted * (1 - 1e-9):
        return None
    told = (
        f"demands {_listed(short)} want {wanted:g}",
        f"sites {_listed(np.flatnonzero(near & allowed))} in their reach hold {held:g}",
    )
    return ServiceClash((*told, *_barred(problem, near)), smallest=False)


def _listed(ids: np.ndarray) -> str:
    shown = ", ".join(map(str, ids[:_NAMED].tolist()))
    return f"{shown} and {ids.size - _NAMED} more" if ids.size > _NAMED else shown or "none"
