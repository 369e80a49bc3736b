"""A plan of the cheapest sites that meets every number, without regard to how much is covered.

It tells whether a budget can do at all before coverage is weighed, and where none is given what a plan will need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from heapq import heapify, heappop, heappush

import numpy as np
from scipy.sparse import csr_array

from qipan.core.placing.candidates import Flags
from qipan.core.placing.conditions import Stated
from qipan.core.placing.hosts import Longs
from qipan.engines.siting import Reach


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
    pairs = stated.conflicts
    both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64)
    count = len(stated.candidates)
    return csr_array((np.ones(len(both), np.int8), (both[:, 0], both[:, 1])), shape=(count, count))


def _choose_covering(stated: Stated, usable: Flags, choose: Callable[[int], None]) -> bool:
    """Choose sites for the least covered weights, those that cover most for their money first; False where short."""
    if not stated.least_covered.size:
        return True
    count = len(stated.candidates)
    small = numbers_only(stated)
    reach, part_of, weight = small.reach, small.demand_part, small.weight
    served = reach.best([count]) if count < reach.candidates else np.zeros(reach.demands)
    price = np.maximum(stated.candidates.own + stated.candidates.group_cost[stated.candidates.group], 1.0)

    def value(row: int, part: int) -> float:
        demand, chance = reach.of(np.array([row]))
        mine = part_of[demand] == part
        return float((np.maximum(chance - served[demand], 0.0) * weight[demand])[mine].sum() / price[row])

    for part, least in enumerate(stated.least_covered.tolist()):
        mine = part_of == part
        covered = float((weight * served)[mine].sum())
        # What a site adds only shrinks as others are chosen, so that the best of last time is mostly the best now.
        queue = [(-value(row, part), row) for row in _reaching(reach, mine, count).tolist() if usable[row]]
        heapify(queue)
        while covered < least * (1 - 1e-9):
            if not queue:
                return False
            best = heappop(queue)[1]
            now = value(best, part) if usable[best] else 0.0
            if now <= 0:
                continue
            if queue and now < -queue[0][0]:
                heappush(queue, (-now, best))
                continue
            choose(best)
            demand, chance = reach.of(np.array([best]))
            served[demand] = np.maximum(served[demand], chance)
            covered = float((weight * served)[mine].sum())
    return True


def _reaching(reach: Reach, wanted: Flags, count: int) -> Longs:
    """Return the first ``count`` candidates that reach any of the ``wanted`` demands."""
    hits = np.concatenate([[0], np.cumsum(wanted[reach.demand])])
    return np.flatnonzero(np.diff(hits[reach.start[: count + 1]])).astype(np.int64)


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


def relevant_part(stated: Stated) -> tuple[Stated, Longs]:
    """Return the problem of those candidates alone that numbers or pins ask for, and their rows.

    Nothing else is worth a place in a plan of least capital; demand without a least number is left out too.
    """
    small = numbers_only(stated)
    count, reach = len(stated.candidates), small.reach
    asked = np.zeros(count, dtype=bool)
    asked[stated.mandatory] = True
    asked |= (stated.least_sites > 0)[stated.site_part] if len(stated.least_sites) else False
    if small.least_covered.size:
        asked[_reaching(reach, (small.least_covered > 0)[small.demand_part], count)] = True
    rows = np.flatnonzero(asked)
    number = np.full(count, -1, dtype=np.int64)
    number[rows] = np.arange(rows.size)
    kept = number[stated.conflicts]
    candidates = stated.candidates.take(rows)
    candidates = replace(candidates, group=np.unique(candidates.group, return_inverse=True)[1].reshape(-1))
    every = np.append(rows, count) if reach.candidates > count else rows
    lengths = np.diff(reach.start)[every]
    demand, chance = reach.of(every)
    part = replace(
        small,
        candidates=candidates,
        reach=Reach(np.concatenate([[0], np.cumsum(lengths)]), demand, chance, reach.demands),
        site_part=stated.site_part[rows],
        mandatory=number[stated.mandatory],
        forbidden=number[stated.forbidden][asked[stated.forbidden]],
        conflicts=kept[(kept >= 0).all(axis=1)].astype(np.int32),
    )
    return part, rows
