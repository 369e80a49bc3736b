"""Local search of a coverage plan: swap descent, then removal and refilling of small neighbourhoods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Floats, Ints, Longs
from qipan.engines.siting.core import Core
from qipan.engines.siting.state import State, add, cost_of_adding, draw, draw_below, drop, saved_by_dropping

_LARGE = 1e18


class Scratch(NamedTuple):
    """Work space of the loops over n candidates.

    ``overlap`` float64 [n] zeroed between uses; ``touched`` and ``pool`` int32 [n]; ``stamp`` int64 [n] with ``clock``
    int64 [1]; ``removed`` and ``added`` int32 [64]; ``journal`` int32 toggles since the best plan, ``written`` int64
    [1] how many.
    """

    overlap: Floats
    touched: Ints
    pool: Ints
    stamp: Longs
    clock: Longs
    removed: Ints
    added: Ints
    journal: Ints
    written: Longs


def fresh_scratch(n: int) -> Scratch:
    """Return work space for n candidates."""
    return Scratch(
        np.zeros(n),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int64),
        np.zeros(1, np.int64),
        np.zeros(64, np.int32),
        np.zeros(64, np.int32),
        np.zeros(1 << 16, np.int32),
        np.zeros(1, np.int64),
    )


@njit(cache=True, nogil=True)
def descend(core: Core, state: State, scratch: Scratch, passes: int) -> int:
    """Add or swap while that covers more, through all candidates up to ``passes`` times; number of moves made."""
    smallest = 1e-9 * max(1.0, state.sums[0])
    moves = 0
    for _ in range(passes):
        before = moves
        worst = _least_lost(state)
        for i in range(core.cost.size):
            if state.chosen[i] or state.gain[i] <= smallest:
                continue
            out = _best_exchange(core, state, scratch, i, worst, smallest)
            if out == -2:
                continue
            if _exchange(core, state, i, out):
                moves += 1
                worst = _least_lost(state)
        if moves == before:
            break
    return moves


@njit(cache=True, nogil=True)
def _least_lost(state: State) -> int:
    worst, least = -1, np.inf
    for k in range(state.size[0]):
        j = state.listed[k]
        if state.gain[j] < least or (state.gain[j] == least and j < worst):
            worst, least = j, state.gain[j]
    return worst


@njit(cache=True, nogil=True)
def _best_exchange(core: Core, state: State, scratch: Scratch, i: int, worst: int, smallest: float) -> int:
    """The chosen site whose exchange for i covers most more: -1 if i fits without one, -2 if none improves."""
    price = cost_of_adding(core, state, i)
    room = core.budget * (1.0 + 1e-12) - state.sums[1]
    if state.blocked[i] == 0 and price <= room:
        return -1
    if state.blocked[i] > 1:
        return -2
    only = _blocker(core, state, i) if state.blocked[i] == 1 else -1
    touched = 0
    for at in range(core.start[i], core.start[i + 1]):
        row = core.rows[at]
        if state.depth[row] == 1:
            j = state.mix[row]
            if scratch.overlap[j] == 0.0:
                scratch.touched[touched] = j
                touched += 1
            scratch.overlap[j] += core.value[row]
    best, out = smallest, -2
    if worst >= 0 and scratch.overlap[worst] == 0.0:
        scratch.touched[touched] = worst
        touched += 1
    for k in range(touched):
        j = scratch.touched[k]
        better = state.gain[i] + scratch.overlap[j] - state.gain[j]
        scratch.overlap[j] = 0.0
        if better > best and (only < 0 or j == only) and price - saved_by_dropping(core, state, j) <= room:
            best, out = better, j
    return out


@njit(cache=True, nogil=True)
def _blocker(core: Core, state: State, i: int) -> int:
    for at in range(core.conflict_start[i], core.conflict_start[i + 1]):
        if state.chosen[core.conflict[at]]:
            return int(core.conflict[at])
    return -1


@njit(cache=True, nogil=True)
def _exchange(core: Core, state: State, i: int, out: int) -> bool:
    """Put i in for ``out`` (-1: for none), unless the budget or an area minimum then fails."""
    shortfall = state.sums[2]
    if out >= 0:
        drop(core, state, out)
    add(core, state, i)
    if state.sums[2] <= shortfall + 1e-12 and state.sums[1] <= core.budget * (1.0 + 1e-12):
        return True
    drop(core, state, i)
    if out >= 0:
        add(core, state, out)
    return False


@njit(cache=True, nogil=True)
def improve(
    core: Core, state: State, scratch: Scratch, rounds: int, most: int, noise: float, heat: float, price: float
) -> int:
    """Remove up to ``most`` neighbouring sites and refill, ``rounds`` times; ends at the best plan met.

    ``noise`` blurs the choice of refills; a worse plan is kept with a chance that falls with its loss over ``heat``;
    ``price`` is what a unit of unspent budget is worth. Number of times a new best plan was found.
    """
    scratch.written[0] = 0
    best = _score(core, state, price)
    found = 0
    for _ in range(rounds):
        if state.size[0] == 0:
            break
        before = _score(core, state, price)
        out = _ruin(core, state, scratch, most)
        into = _refill(core, state, scratch, out, noise, price)
        after = _score(core, state, price)
        if after < before + heat * np.log(max(draw(state), 1e-300)):
            for k in range(into):
                drop(core, state, scratch.added[k])
            for k in range(out):
                add(core, state, scratch.removed[k])
            continue
        if after > best + 1e-9 * abs(best):
            best = after
            found += 1
            scratch.written[0] = 0
        else:
            _note(core, state, scratch, out, into)
            if scratch.written[0] + 128 > scratch.journal.size:
                _return_to_best(core, state, scratch)
    _return_to_best(core, state, scratch)
    return found


@njit(cache=True, nogil=True)
def _score(core: Core, state: State, price: float) -> float:
    rest = core.budget - state.sums[1] if price > 0.0 else 0.0
    short = state.sums[2] if state.sums[2] > 1e-9 else 0.0
    return float(state.sums[0] + price * rest - _LARGE * short)


@njit(cache=True, nogil=True)
def _note(core: Core, state: State, scratch: Scratch, out: int, into: int) -> None:
    """Write the toggles of an accepted round into the journal."""
    for k in range(out):
        scratch.journal[scratch.written[0]] = scratch.removed[k]
        scratch.written[0] += 1
    for k in range(into):
        scratch.journal[scratch.written[0]] = scratch.added[k]
        scratch.written[0] += 1


@njit(cache=True, nogil=True)
def _return_to_best(core: Core, state: State, scratch: Scratch) -> None:
    """Undo the journal, last toggle first."""
    for k in range(scratch.written[0] - 1, -1, -1):
        i = scratch.journal[k]
        if state.chosen[i]:
            drop(core, state, i)
        else:
            add(core, state, i)
    scratch.written[0] = 0


@njit(cache=True, nogil=True)
def _ruin(core: Core, state: State, scratch: Scratch, most: int) -> int:
    """Drop a random site and up to ``most`` - 1 that share rows with its neighbourhood; how many were dropped."""
    wanted = 1 + draw_below(state, min(most, state.size[0], scratch.removed.size))
    first = state.listed[draw_below(state, state.size[0])]
    scratch.removed[0] = first
    drop(core, state, first)
    out = 1
    for _ in range(8 * wanted):
        if out == wanted:
            break
        j = _near(core, state, scratch.removed[draw_below(state, out)])
        if j >= 0:
            scratch.removed[out] = j
            out += 1
            drop(core, state, j)
    return out


@njit(cache=True, nogil=True)
def _near(core: Core, state: State, site: int) -> int:
    """A chosen site two random steps from ``site`` over shared rows, or -1."""
    for _ in range(2):
        degree = core.start[site + 1] - core.start[site]
        if degree == 0:
            return -1
        row = core.rows[core.start[site] + draw_below(state, degree)]
        if state.depth[row] == 1:
            return int(state.mix[row])
        owners = core.owner_start[row + 1] - core.owner_start[row]
        offset = draw_below(state, owners)
        if state.depth[row] > 0:
            for k in range(owners):
                owner = core.owners[core.owner_start[row] + (k + offset) % owners]
                if state.chosen[owner]:
                    return int(owner)
        site = core.owners[core.owner_start[row] + offset]
    return -1


@njit(cache=True, nogil=True)
def _gather(core: Core, state: State, scratch: Scratch, out: int) -> int:
    """Collect the candidates that cover a row left open by the removed sites; how many."""
    scratch.clock[0] += 1
    pooled = 0
    for k in range(out):
        j = scratch.removed[k]
        for at in range(core.start[j], core.start[j + 1]):
            row = core.rows[at]
            if state.depth[row] > 0:
                continue
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                i = core.owners[back]
                if scratch.stamp[i] != scratch.clock[0]:
                    scratch.stamp[i] = scratch.clock[0]
                    scratch.pool[pooled] = i
                    pooled += 1
    return pooled


@njit(cache=True, nogil=True)
def _refill(core: Core, state: State, scratch: Scratch, out: int, noise: float, price: float) -> int:
    """Add by blurred gain for cost what the budget allows; how many were added."""
    pooled = _gather(core, state, scratch, out)
    least = price if draw(state) < 0.5 else 0.0
    # Calls that take the whole core cost more than one trial, so that groups alone are asked for.
    gain, chosen, blocked, pool, own_cost = state.gain, state.chosen, state.blocked, scratch.pool, core.cost
    grouped = core.group_cost.size > 0
    into = 0
    while into < scratch.added.size:
        room = core.budget * (1.0 + 1e-12) - state.sums[1]
        best, pick = 0.0, -1
        for k in range(pooled):
            i = pool[k]
            if chosen[i] or blocked[i] > 0 or gain[i] <= 0.0:
                continue
            cost = cost_of_adding(core, state, i) if grouped else own_cost[i]
            if cost > room:
                continue
            key = gain[i] / max(cost, 1e-9)
            if key <= least or key * (1.0 + noise) <= best:
                continue
            key *= 1.0 + noise * draw(state)
            if key > best:
                best, pick = key, i
        if pick < 0:
            break
        add(core, state, pick)
        scratch.added[into] = pick
        into += 1
    return into
