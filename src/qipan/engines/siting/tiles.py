"""Disjoint tiles of a core: neighbourhoods searched side by side, each with all other sites as they are.

Tiles follow from the core and a seed alone and each tile draws its own random numbers, so that a search over them
gives the same plan on any number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numba import njit

from qipan.engines.siting.arrays import Flags, Floats, Ints, Longs, offsets, row_ids
from qipan.engines.siting.core import Core, transpose
from qipan.engines.siting.state import State, state_of

T = TypeVar("T")


def workers() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[int], T], count: int) -> list[T]:
    """Results of ``work`` for 0 to ``count`` - 1, in that order, on all cores."""
    if count <= 1 or workers() == 1:
        return [work(k) for k in range(count)]
    with ThreadPoolExecutor(workers()) as pool:
        return list(pool.map(work, range(count)))


def partition(core: Core, most: int, seed: int) -> list[Longs]:
    """Split the candidates into tiles of about ``most`` by halving along breadth-first orders; groups stay whole."""
    n = core.cost.size
    label, seen, mark = np.zeros(n, np.int32), np.zeros(core.value.size, np.int32), np.zeros(n, np.int32)
    rng = np.random.default_rng(seed)
    order, clock, labels = np.empty(n, np.int64), 0, 1
    waiting, done = [(0, np.arange(n))], []
    while waiting:
        own, nodes = waiting.pop()
        if nodes.size <= most:
            done.append(own)
            continue
        root = nodes[int(rng.integers(nodes.size))]
        for _ in range(2):  # The second order starts from the far end of the first.
            clock += 1
            spread(core, label, own, root, nodes, order, seen, mark, clock)
            root = order[nodes.size - 1]
        pieces = -(-nodes.size // most)
        half = nodes.size * (pieces // 2) // pieces
        label[order[half : nodes.size]] = labels
        waiting += [(own, order[:half].copy()), (labels, order[half : nodes.size].copy())]
        labels += 1
    if core.group_cost.size:
        _keep_groups_whole(label, core.group)
    by_label = np.argsort(label, kind="stable")
    ends = np.searchsorted(label[by_label], np.arange(labels + 1))
    tiles = [by_label[ends[own] : ends[own + 1]] for own in sorted(done)]
    return [tile for tile in tiles if tile.size]


def _keep_groups_whole(label: Ints, group: Ints) -> None:
    """Move the members of each group to the tile of its first."""
    inside = np.flatnonzero(group >= 0)
    groups, first = np.unique(group[inside], return_index=True)
    home = np.zeros(int(groups[-1]) + 1 if groups.size else 0, np.int32)
    home[groups] = label[inside[first]]
    label[inside] = home[group[inside]]


@njit(cache=True, nogil=True)
def spread(
    core: Core, label: Ints, own: int, root: int, nodes: Longs, order: Longs, seen: Ints, mark: Ints, clock: int
) -> None:
    """Breadth-first order, from ``root``, of the candidates ``nodes`` that are labelled ``own``, into ``order``."""
    order[0] = root
    mark[root] = clock
    read, written, rest = 0, 1, 0
    while read < nodes.size:
        if read == written:
            while mark[nodes[rest]] == clock:
                rest += 1
            order[written] = nodes[rest]
            mark[nodes[rest]] = clock
            written += 1
        i = order[read]
        read += 1
        for at in range(core.start[i], core.start[i + 1]):
            row = core.rows[at]
            if seen[row] == clock:
                continue
            seen[row] = clock
            for back in range(core.owner_start[row], core.owner_start[row + 1]):
                k = core.owners[back]
                if label[k] == own and mark[k] != clock:
                    mark[k] = clock
                    order[written] = k
                    written += 1


def movable(core: Core, tile: Longs, label_of: Ints) -> Longs:
    """The tile's candidates without those that conflict with a candidate of another tile."""
    if not core.conflict.size:
        return tile
    who = row_ids(core.conflict_start)
    abroad = np.zeros(core.cost.size, np.bool_)
    abroad[who[label_of[who] != label_of[core.conflict]]] = True
    return tile[~abroad[tile]]


def cut(core: Core, state: State, tile: Longs, spare: float) -> tuple[Core, Flags]:
    """The core over the tile's candidates and the rows that no other chosen site covers, and who of it is chosen.

    Its budget is what the tile's sites cost now, groups that only they hold included, and ``spare``.
    """
    start, rows, back = _cut_rows(core.start, core.rows, tile, state.chosen, state.depth)
    chosen = state.chosen[tile]
    group_cost = core.group_cost.copy()
    group = core.group[tile]
    spent = float(core.cost[tile][chosen].sum())
    if group_cost.size:
        held = np.bincount(group[chosen & (group >= 0)], minlength=group_cost.size)
        group_cost[state.members > held] = 0.0
        spent += float(group_cost[held > 0].sum())
    conflict_start, conflict = _cut_conflicts(core, tile)
    owner_start, owners = transpose(start, rows, back.size)
    empty = np.zeros(0)
    part = Core(
        start,
        rows,
        owner_start,
        owners,
        core.value[back],
        core.cost[tile],
        group,
        group_cost,
        conflict_start,
        conflict,
        np.full(back.size, -1, np.int32),
        empty,
        np.full(tile.size, -1, np.int32),
        empty,
        spent + spare,
    )
    return part, chosen


def _cut_conflicts(core: Core, tile: Longs) -> tuple[Longs, Ints]:
    number = np.full(core.cost.size, -1, np.int32)
    number[tile] = np.arange(tile.size, dtype=np.int32)
    who = number[row_ids(core.conflict_start)] if core.conflict.size else np.zeros(0, np.int32)
    whom = number[core.conflict]
    kept = (who >= 0) & (whom >= 0)
    order = np.argsort(who[kept], kind="stable")
    return offsets(who[kept][order], tile.size), whom[kept][order]


@njit(cache=True, nogil=True)
def _cut_rows(start: Longs, rows: Ints, tile: Longs, chosen: Flags, depth: Ints) -> tuple[Longs, Ints, Longs]:
    """Offsets and rows of the tile, rows renumbered as first met, and the core's number of each."""
    number = np.full(depth.size, -1, np.int32)
    inside = np.zeros(depth.size, np.int32)
    total = 0
    for k in range(tile.size):
        total += start[tile[k] + 1] - start[tile[k]]
        if chosen[tile[k]]:
            for at in range(start[tile[k]], start[tile[k] + 1]):
                inside[rows[at]] += 1
    new_start, new_rows = np.zeros(tile.size + 1, np.int64), np.empty(total, np.int32)
    back = np.empty(total, np.int64)
    met, written = 0, 0
    for k in range(tile.size):
        for at in range(start[tile[k]], start[tile[k] + 1]):
            row = rows[at]
            if depth[row] > inside[row]:
                continue
            if number[row] < 0:
                number[row] = met
                back[met] = row
                met += 1
            new_rows[written] = number[row]
            written += 1
        new_start[k + 1] = written
    return new_start, new_rows[:written].copy(), back[:met].copy()


def _spare(core: Core, state: State, tiles: list[Longs]) -> Floats:
    """Each tile's part of the unspent budget, by how many sites it holds."""
    held = np.array([float(state.chosen[tile].sum()) for tile in tiles])
    rest = max(core.budget - float(state.sums[1]), 0.0) if np.isfinite(core.budget) else 0.0
    return np.asarray(rest * held / max(held.sum(), 1.0), np.float64)


def renew(core: Core, state: State, most: int, seed: int, work: Callable[[Core, State], None]) -> State:
    """Let ``work`` change the plan in every tile of about ``most`` candidates; the state of the plans put together.

    Area minimums tie tiles together and are not looked at: leave cores that have some whole.
    """
    tiles = partition(core, most, seed)
    label = np.empty(core.cost.size, np.int32)
    for k, tile in enumerate(tiles):
        label[tile] = k
    tiles = [movable(core, tile, label) for tile in tiles]
    spare = _spare(core, state, tiles)

    def one(k: int) -> tuple[Longs, Longs]:
        part, chosen = cut(core, state, tiles[k], float(spare[k]))
        local = state_of(part, np.flatnonzero(chosen), seed * 1_000_003 + k)
        work(part, local)
        return tiles[k][chosen], tiles[k][local.chosen]

    plan = state.chosen.copy()
    for before, after in side_by_side(one, len(tiles)):
        plan[before] = False
        plan[after] = True
    return state_of(core, np.flatnonzero(plan), seed)
