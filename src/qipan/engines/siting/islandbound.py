"""A bound on coverage plans below the Lagrangian one: islands solved by branch and bound, all else relaxed.

With a price on the budget and multipliers on the rows that cross from one island to another, the problem falls apart:
every island has a priced coverage problem of its own, in which a crossing row is worth its multiplier. The sum of the
islands' bounds, of what crossing rows are worth beyond their multipliers, and of price × budget bounds every plan.
Conflicts and minimum numbers of sites stay out, which can only raise the bound; minimums of covered weight enter by
their prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit

from qipan.engines.siting.adopting import IslandPlan
from qipan.engines.siting.anneal import anneal
from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs
from qipan.engines.siting.bound import CoverBound
from qipan.engines.siting.branching import ROOT_STEPS, Piece, Work, branch, fresh_work, lagrangian_of, settle, tighten
from qipan.engines.siting.core import Core, row_signatures, select_pairs, transpose
from qipan.engines.siting.islands import crossing, islands, slack
from qipan.engines.siting.results import KeepGoing, Progress
from qipan.engines.siting.search import fresh_scratch
from qipan.engines.siting.state import state_of
from qipan.engines.siting.tiles import side_by_side

_BATCH = 16
_SMALLEST = 4
_PAIRS = 5_000
"""Cover pairs of an island beyond which its tree gets fewer nodes, so that each island costs about the same."""
_TRIALS, _HOT, _COLD = 100, 0.3, 0.005
"""Trials of the annealing for each candidate of an island, and its temperatures in prices of a mean site."""


@dataclass(frozen=True)
class IslandBound:
    """The bound ``value``, whether it was worked out to the end, and the best plan met in each island."""

    value: float
    finished: bool
    plans: list[IslandPlan]


def bound_by_islands(
    core: Core, bound: CoverBound, chosen: Longs, target: float, most: int, nodes: int, keep_going: KeepGoing
) -> IslandBound:
    """Bound every plan of ``core`` by islands of up to ``most`` candidates and ``nodes`` nodes of each tree.

    ``bound`` gives price and multipliers, ``chosen`` (positions) and its value ``target`` the best plan known. What
    has been worked out when ``keep_going`` cancels counts. Deterministic.
    """
    lost = slack(core, bound.weight, bound.multipliers, chosen)
    label = islands(core, lost, bound.multipliers, most)
    relaxed = bound.multipliers.astype(np.float64)
    worth = np.where(crossing(core, label), np.minimum(relaxed, bound.weight), bound.weight)
    flags = np.zeros(core.cost.size, np.bool_)
    flags[chosen] = True
    order = np.argsort(label, kind="stable")
    tiles = np.split(order, np.cumsum(np.bincount(label))[:-1]) if order.size else []
    tiles = [tile for tile in tiles if tile.size >= _SMALLEST]
    tiles.sort(key=lambda tile: -tile.size)
    work = partial(_gain, core, bound.price, worth, relaxed, flags, nodes)
    value, plans = bound.value, list[IslandPlan]()
    for first in range(0, len(tiles), _BATCH):
        batch = tiles[first : first + _BATCH]
        found = side_by_side(partial(work, batch), len(batch))
        value -= sum(gain for gain, _ in found)
        plans += [IslandPlan(tile, plan) for tile, (_, plan) in zip(batch, found, strict=True)]
        done = first + len(batch)
        if not keep_going(Progress("islands", target, value, done, len(tiles))):
            return IslandBound(value, False, plans)
    return IslandBound(value, True, plans)


def _gain(
    core: Core, price: float, worth: Floats, multipliers: Floats, flags: Flags, nodes: int, tiles: list[Longs], k: int
) -> tuple[float, Flags]:
    """How far the tree of the k-th island ends below that island's part of the Lagrangian, and the island's plan."""
    tile = tiles[k]
    piece = _piece(core, price, worth, multipliers, tile)
    first = _first_plan(piece, flags[tile], price * float(core.cost[tile].mean()))
    work = fresh_work(piece, *first)
    start = lagrangian_of(piece, work)
    top = tighten(piece, work, ROOT_STEPS)
    plan = work.plan
    if top > work.best[0]:
        small, settled, free = _shrunk(piece, work)
        fitting = max(min(nodes, nodes * _PAIRS // max(small.rows.size, 1)), 1)
        bound, value, inner = branch(small, work.plan[free], float(work.best[0]) - settled, fitting)
        top = min(top, bound + settled)
        if value + settled > work.best[0]:
            plan = work.fate == 1
            plan[free] = inner
    return max(start - top, 0.0), plan


def _piece(core: Core, price: float, worth: Floats, multipliers: Floats, tile: Longs) -> Piece:
    """The priced problem of one island, over the rows that are worth anything."""
    start, rows, back = _gathered(core.start, core.rows, tile, worth)
    group, group_cost = core.group[tile].copy(), np.zeros(0)
    if (group >= 0).any():
        own, local = np.unique(group[group >= 0], return_inverse=True)
        group[group >= 0] = local
        group_cost = price * core.group_cost[own]
    value = worth[back]
    return Piece(start, rows, value, np.minimum(multipliers[back], value), price * core.cost[tile], group, group_cost)


@njit(cache=True, nogil=True)
def _gathered(start: Longs, rows: Ints, tile: Longs, worth: Floats) -> tuple[Longs, Ints, Longs]:
    """Offsets and rows of the tile, rows renumbered as first met, and the core's number of each."""
    number = np.full(worth.size, -1, np.int32)
    total = 0
    for k in range(tile.size):
        total += start[tile[k] + 1] - start[tile[k]]
    new_start, new_rows = np.zeros(tile.size + 1, np.int64), np.empty(total, np.int32)
    back = np.empty(total, np.int64)
    met, written = 0, 0
    for k in range(tile.size):
        for at in range(start[tile[k]], start[tile[k] + 1]):
            row = rows[at]
            if worth[row] <= 0.0:
                continue
            if number[row] < 0:
                number[row] = met
                back[met] = row
                met += 1
            new_rows[written] = number[row]
            written += 1
        new_start[k + 1] = written
    return new_start, new_rows[:written].copy(), back[:met].copy()


def _first_plan(piece: Piece, flags: Flags, mean: float) -> tuple[Flags, float]:
    """A good plan of the piece and its value: the known one, or where a short annealing from it ends."""
    n, none = piece.cost.size, np.zeros(0)
    nowhere = np.full(n, -1, np.int32)
    owner_start, owners = transpose(piece.start, piece.rows, piece.value.size)
    core = Core(
        piece.start,
        piece.rows,
        owner_start,
        owners,
        piece.value,
        piece.cost,
        piece.group,
        piece.group_cost,
        np.zeros(n + 1, np.int64),
        np.zeros(0, np.int32),
        np.full(piece.value.size, -1, np.int32),
        none,
        nowhere,
        none,
        np.inf,
    )
    state = state_of(core, np.flatnonzero(flags), 1)
    known = float(state.sums[0] - state.sums[1])
    scratch = fresh_scratch(n)
    anneal(core, state, scratch, _TRIALS * n, _HOT * mean, _COLD * mean, 1.0)
    anneal(core, state, scratch, 5 * n, _COLD * mean / 100, _COLD * mean / 100, 1.0)
    found = float(state.sums[0] - state.sums[1])
    return (state.chosen.copy(), found) if found > known else (flags.copy(), known)


def _shrunk(piece: Piece, work: Work) -> tuple[Piece, float, Longs]:
    """The piece without its settled sites and rows, equal rows merged; what the settled are worth; the free sites."""
    settled = settle(piece, work)
    free = np.flatnonzero(work.fate == 0)
    first, second, degree = row_signatures(piece.start, piece.rows, work.fate == 0, piece.value.size)
    alive = np.flatnonzero(work.open & (degree > 0))
    order = alive[np.lexsort((second[alive], first[alive]))]
    fresh = np.ones(order.size, np.bool_)
    fresh[1:] = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    label = np.cumsum(fresh) - 1
    head = np.full(piece.value.size, -1, np.int32)
    head[order[fresh]] = label[fresh]
    start, rows = select_pairs(piece.start, piece.rows, free, head)
    value = np.bincount(label, piece.value[order]).astype(np.float64)
    multipliers = np.minimum(np.bincount(label, work.here[order]), value).astype(np.float64)
    group = piece.group[free].copy()
    group[(group >= 0) & np.append(work.opened, False)[group]] = -1
    return Piece(start, rows, value, multipliers, piece.cost[free], group, piece.group_cost), settled, free
