"""Colouring by saturation, annealing of residues and descent: the compiled part of PCI planning.

A cell's cost at an identity is a pair: hard conflicts (collisions before confusions before reuse too near), then the
weight of equal residues. Both are sums over unordered pairs, so that every descending move lowers the whole plan's cost
and the search ends.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .pci_graph import IDENTITIES, Doubles, Graph, Ints

Allowed = NDArray[np.bool_]
#: Weights of a collision, a confusion and a reuse too near: each outweighs any number of the next that a cell can have.
COLLISION, CONFUSION, REUSE = 1 << 40, 1 << 20, 1


class Residues(NamedTuple):
    """What equal residues cost: ``moduli``, the ``factors`` of a pair's weight by modulus, their common multiple."""

    moduli: Ints
    factors: Doubles
    multiple: int


@njit(cache=True)
def _hard(cell: int, pci: Ints, graph: Graph, cost: Ints) -> None:
    # hard conflicts of the cell at every identity
    cost[:] = 0
    for e in range(graph.near_start[cell], graph.near_start[cell + 1]):
        if pci[graph.near[e]] >= 0:
            cost[pci[graph.near[e]]] += COLLISION
    for e in range(graph.source_start[cell], graph.source_start[cell + 1]):
        source = graph.sources[e]
        for t in range(graph.target_start[source], graph.target_start[source + 1]):
            other = graph.targets[t]
            if other != cell and pci[other] >= 0 and graph.layer[other] == graph.layer[cell]:
                cost[pci[other]] += CONFUSION
    if graph.reuse > 0.0:
        _add_reuse(cell, pci, graph, cost)


@njit(cache=True)
def _add_reuse(cell: int, pci: Ints, graph: Graph, cost: Ints) -> None:
    for row in range(-1, 2):
        middle = graph.bucket[cell] + row * graph.columns
        for m in range(graph.bucket_start[middle - 1], graph.bucket_start[middle + 2]):
            other = graph.members[m]
            if other == cell or pci[other] < 0 or graph.layer[other] != graph.layer[cell]:
                continue
            east, north = graph.x[other] - graph.x[cell], graph.y[other] - graph.y[cell]
            if east * east + north * north < graph.reuse * graph.reuse:
                cost[pci[other]] += REUSE


@njit(cache=True)
def _soft(cell: int, pci: Ints, graph: Graph, residues: Residues, cost: Doubles) -> None:
    # weight of equal residues at each residue of the moduli's common multiple, cost.size
    moduli, factors = residues.moduli, residues.factors
    cost[:] = 0.0
    for e in range(graph.near_start[cell], graph.near_start[cell + 1]):
        other, weight = pci[graph.near[e]], graph.weight[e]
        if other < 0 or weight == 0.0:
            continue
        for m in range(moduli.size):
            for residue in range(other % moduli[m], cost.size, moduli[m]):
                cost[residue] += factors[m] * weight


@njit(cache=True)
def _price(cell: int, pci: Ints, graph: Graph, residues: Residues, hard: Ints, soft: Doubles) -> None:
    _hard(cell, pci, graph, hard)
    _soft(cell, pci, graph, residues, soft)


@njit(cache=True)
def _choose(allowed: Allowed, residue: int, hard: Ints, soft: Doubles, used: Ints) -> int:
    # least hard, then the wanted residue, then least soft, then least used, then the lowest identity
    best = -1
    for p in range(IDENTITIES):
        if not allowed[p]:
            continue
        if best < 0 or hard[p] < hard[best]:
            best = p
            continue
        if hard[p] > hard[best]:
            continue
        off, best_off = residue >= 0 and p % soft.size != residue, residue >= 0 and best % soft.size != residue
        if off != best_off:
            best = best if off else p
            continue
        gain = soft[best % soft.size] - soft[p % soft.size]
        if gain > 0.0 or (gain == 0.0 and used[p] < used[best]):
            best = p
    return best


@njit(cache=True)
def _mark(word: NDArray[np.uint64], pci: int) -> int:
    # 1 where the cell did not yet see this identity
    bit = np.uint64(1) << np.uint64(pci & 63)
    new = 1 if (word[pci >> 6] & bit) == np.uint64(0) else 0
    word[pci >> 6] |= bit
    return new


@njit(cache=True)
def _link(cell: int, degree: int, first: Ints, after: Ints, before: Ints) -> None:
    head = first[degree]
    after[cell], before[cell] = head, -1
    if head >= 0:
        before[head] = cell
    first[degree] = cell


@njit(cache=True)
def _unlink(cell: int, degree: int, first: Ints, after: Ints, before: Ints) -> None:
    if before[cell] >= 0:
        after[before[cell]] = after[cell]
    else:
        first[degree] = after[cell]
    if after[cell] >= 0:
        before[after[cell]] = before[cell]


@njit(cache=True)
def _saturate(
    cell: int, pci: Ints, graph: Graph, seen: NDArray[np.uint64], degree: Ints, first: Ints, after: Ints, before: Ints
) -> int:
    # tell the cells that may not share the new identity; highest degree reached
    highest = 0
    for part in range(graph.source_start[cell + 1] - graph.source_start[cell] + 1):
        if part == 0:
            others, low, high = graph.near, graph.near_start[cell], graph.near_start[cell + 1]
        else:
            source = graph.sources[graph.source_start[cell] + part - 1]
            others, low, high = graph.targets, graph.target_start[source], graph.target_start[source + 1]
        for e in range(low, high):
            other = others[e]
            if pci[other] >= 0 or graph.layer[other] != graph.layer[cell] or not _mark(seen[other], pci[cell]):
                continue
            _unlink(other, degree[other], first, after, before)
            degree[other] += 1
            _link(other, degree[other], first, after, before)
            highest = max(highest, degree[other])
    return highest


@njit(cache=True)
def colour(
    pci: Ints,
    residue: Ints,
    order: Ints,
    group: Ints,
    allowed: Allowed,
    graph: Graph,
    residues: Residues,
) -> None:
    """Give an identity to each cell that has none (-1), the one that sees most different identities next.

    Ties go to the cell later in ``order``; ``residue`` wanted of each cell or -1; ``allowed`` (groups, 1008).
    """
    cells = pci.size
    hard, soft = np.empty(IDENTITIES, dtype=np.int64), np.empty(residues.multiple)
    used, degree = np.zeros(IDENTITIES, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    seen = np.zeros((cells, (IDENTITIES + 63) // 64), dtype=np.uint64)
    first = np.full(IDENTITIES + 1, -1, dtype=np.int64)
    after, before = np.full(cells, -1, dtype=np.int64), np.full(cells, -1, dtype=np.int64)
    for cell in order:
        if pci[cell] < 0:
            _link(cell, 0, first, after, before)
    highest = 0
    for cell in order:
        if pci[cell] >= 0:
            used[pci[cell]] += 1
            highest = max(highest, _saturate(cell, pci, graph, seen, degree, first, after, before))
    while highest >= 0:
        cell = first[highest]
        if cell < 0:
            highest -= 1
            continue
        _unlink(cell, highest, first, after, before)
        _price(cell, pci, graph, residues, hard, soft)
        pci[cell] = _choose(allowed[group[cell]], residue[cell], hard, soft, used)
        used[pci[cell]] += 1
        highest = max(highest, _saturate(cell, pci, graph, seen, degree, first, after, before))


@njit(cache=True)
def descend(
    pci: Ints,
    free: Ints,
    group: Ints,
    allowed: Allowed,
    graph: Graph,
    residues: Residues,
    passes: int,
) -> int:
    """Move the ``free`` cells one by one to their cheapest identity until none gains or ``passes`` are done."""
    hard, soft = np.empty(IDENTITIES, dtype=np.int64), np.empty(residues.multiple)
    used = np.zeros(IDENTITIES, dtype=np.int64)
    for cell in range(pci.size):
        used[pci[cell]] += 1
    for turn in range(passes):
        moved = 0
        for cell in free:
            now = pci[cell]
            _price(cell, pci, graph, residues, hard, soft)
            best = _choose(allowed[group[cell]], -1, hard, soft, used)
            less = soft[now % soft.size] - soft[best % soft.size]
            if hard[best] < hard[now] or (hard[best] == hard[now] and less > 1e-9 * soft[now % soft.size]):
                pci[cell] = best
                used[now] -= 1
                used[best] += 1
                moved += 1
        if moved == 0:
            return turn
    return passes


@njit(cache=True)
def _random(state: NDArray[np.uint64]) -> float:
    # SplitMix64: 0 to below 1
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def _residue_cost(cell: int, residue: int, taken: Ints, graph: Graph, residues: Residues) -> float:
    cost, moduli, factors = 0.0, residues.moduli, residues.factors
    for e in range(graph.near_start[cell], graph.near_start[cell + 1]):
        apart = abs(taken[graph.near[e]] - residue)
        for m in range(moduli.size):
            if apart % moduli[m] == 0:
                cost += factors[m] * graph.weight[e]
    return cost


@njit(cache=True)
def anneal(
    taken: Ints,
    free: Ints,
    group: Ints,
    open_residues: Allowed,
    graph: Graph,
    residues: Residues,
    heat: float,
    sweeps: int,
    seed: int,
) -> None:
    """Lower the weight of equal residues by annealing from ``heat`` down to a five-hundredth, ``sweeps`` over all.

    ``taken`` residues change in place; ``open_residues`` (groups, common multiple) those that a group may take.
    """
    state = np.array([seed], dtype=np.uint64)
    multiple = open_residues.shape[1]
    for sweep in range(sweeps):
        warmth = heat * 500.0 ** (-sweep / max(sweeps - 1, 1))
        for cell in free:
            new = int(_random(state) * multiple)
            if new == taken[cell] or not open_residues[group[cell], new]:
                continue
            more = _residue_cost(cell, new, taken, graph, residues)
            more -= _residue_cost(cell, taken[cell], taken, graph, residues)
            if more <= 0.0 or _random(state) < math.exp(-more / warmth):
                taken[cell] = new
