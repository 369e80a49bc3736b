"""Random access: zero correlation zones by cell radius and root sequences that neighbours do not share.

TS 38.211 §6.3.3.1: a cell takes as many consecutive logical root indices, counted around the end, as its 64 preambles
need; a root gives ⌊L / N_CS⌋ of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..errors import require_range
from .errors import require_length
from .pci_graph import Graph, Ints, graph_of

Preamble = Literal["long-1.25", "long-5", "short-15", "short-30", "short-60", "short-120"]
#: Unrestricted N_CS by zeroCorrelationZoneConfig 0 to 15: TS 38.211 Tables 6.3.3.1-5, -6 and -7.
ZONES = {
    "long-1.25": (0, 13, 15, 18, 22, 26, 32, 38, 46, 59, 76, 93, 119, 167, 279, 419),
    "long-5": (0, 13, 26, 33, 38, 41, 49, 55, 64, 76, 93, 119, 139, 209, 279, 419),
    "short": (0, 2, 4, 6, 8, 10, 12, 13, 15, 17, 19, 23, 27, 34, 46, 69),
}
_LIGHT = 299_792_458.0
_PREAMBLES = 64
# a root shared by neighbours outweighs all that a cell may share with the neighbours of its neighbours
_FIRST, _SECOND = 1 << 24, 1


@dataclass(frozen=True, slots=True)
class Zone:
    """A cell's preambles: ``config`` zeroCorrelationZoneConfig, ``shift`` N_CS, ``roots`` it takes."""

    config: int
    shift: int
    roots: int


def _sequence(preamble: Preamble) -> tuple[int, float, tuple[int, ...]]:
    kind, spacing = preamble.split("-")
    zones = ZONES.get(preamble) or ZONES[kind]
    return (839 if kind == "long" else 139), float(spacing) * 1000.0, zones


def zone_for(radius: float, preamble: Preamble = "long-1.25", delay_spread: float = 5.2e-6, guard: int = 2) -> Zone:
    """Smallest zero correlation zone that holds the round trip of a cell of ``radius`` m.

    ``preamble`` sequence length and subcarrier spacing in kHz; ``delay_spread`` s and ``guard`` samples for the
    receiver's filter are customary. OutOfRange for a radius beyond what one root can tell apart.
    """
    length, spacing, zones = _sequence(preamble)
    reach = _LIGHT / 2.0 * ((length - guard) / (length * spacing) - delay_spread)
    require_range(f"PRACH {preamble} kHz", "cell radius", radius, 1.0, max(reach, 0.0), "m")
    needed = math.ceil((2.0 * radius / _LIGHT + delay_spread) * length * spacing - 1e-9) + guard
    config = next((i for i, shift in enumerate(zones) if shift >= needed), 0)
    shift = zones[config]
    return Zone(config, shift, math.ceil(_PREAMBLES / (length // shift)) if shift else _PREAMBLES)


@njit(cache=True)
def _charge(cell: int, weight: int, start: Ints, roots: Ints, steps: Ints) -> None:
    # a weight on each root of the cell, as the steps up and down of their sum along the indices
    if start[cell] < 0:
        return
    size = steps.size - 1
    end = start[cell] + roots[cell]
    steps[start[cell]] += weight
    steps[min(end, size)] -= weight
    if end > size:
        steps[0] += weight
        steps[end - size] -= weight


@njit(cache=True)
def _penalties(cell: int, start: Ints, roots: Ints, graph: Graph, steps: Ints, penalty: Ints) -> None:
    steps[:] = 0
    for e in range(graph.near_start[cell], graph.near_start[cell + 1]):
        _charge(graph.near[e], _FIRST, start, roots, steps)
    for e in range(graph.source_start[cell], graph.source_start[cell + 1]):
        source = graph.sources[e]
        for t in range(graph.target_start[source], graph.target_start[source + 1]):
            other = graph.targets[t]
            if other != cell and graph.layer[other] == graph.layer[cell]:
                _charge(other, _SECOND, start, roots, steps)
    sums = 0
    for r in range(penalty.size):
        sums += steps[r]
        penalty[r] = sums


@njit(cache=True)
def _use(cell: int, change: int, start: Ints, roots: Ints, used: Ints) -> None:
    if start[cell] >= 0:
        for r in range(roots[cell]):
            used[(start[cell] + r) % used.size] += change


@njit(cache=True)
def _cheapest(now: int, count: int, penalty: Ints, used: Ints) -> int:
    # start of the cheapest run of ``count`` roots; stays where nothing is cheaper; then the least used
    sums, uses = 0, 0
    for r in range(count):
        sums, uses = sums + penalty[r], uses + used[r]
    best, least, fewest = -1, 0, 0
    at_now = 0
    for first in range(penalty.size):
        if first == now:
            at_now = sums
        if best < 0 or sums < least or (sums == least and uses < fewest):
            best, least, fewest = first, sums, uses
        last = (first + count) % penalty.size
        sums, uses = sums + penalty[last] - penalty[first], uses + used[last] - used[first]
    return now if now >= 0 and at_now == least else best


@njit(cache=True)
def _assign(start: Ints, roots: Ints, order: Ints, graph: Graph, size: int, passes: int) -> None:
    steps = np.zeros(size + 1, dtype=np.int64)
    penalty, used = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for _ in range(passes):
        moved = False
        for cell in order:
            now = start[cell]
            _use(cell, -1, start, roots, used)
            _penalties(cell, start, roots, graph, steps, penalty)
            start[cell] = _cheapest(now, roots[cell], penalty, used)
            _use(cell, 1, start, roots, used)
            moved = moved or start[cell] != now
        if not moved:
            return


@dataclass(frozen=True)
class RootPlan:
    """``root`` rootSequenceIndex of each cell, ``roots`` it takes from there on, ``shared`` pairs (n, 2) of cells.

    The pairs are neighbours of one carrier that share a root in spite of all.
    """

    root: Ints
    roots: Ints
    shared: Ints


def plan_roots(
    neighbours: sparse.csr_array,
    roots: ArrayLike,
    *,
    preamble: Preamble = "long-1.25",
    layer: ArrayLike | None = None,
    passes: int = 10,
) -> RootPlan:
    """Root sequences of all cells: neighbours share none, neighbours of a neighbour few.

    ``roots`` each cell needs (:func:`zone_for`); ``neighbours`` and ``layer`` as :func:`plan_pci` takes them. Greedy
    from the cells with most roots, then moved one by one until none gains or ``passes`` are done; deterministic.
    """
    cells, size = neighbours.shape[0], _sequence(preamble)[0] - 1
    needed = np.array(np.broadcast_to(np.asarray(roots, dtype=np.int64), (cells,)))
    require_range("PRACH", "roots of a cell", needed, 1, min(size, _PREAMBLES), "")
    carrier = np.zeros(cells, dtype=np.int64) if layer is None else np.asarray(layer, dtype=np.int64)
    require_length("layer", carrier.size, cells)
    nowhere = np.zeros(cells)
    graph = graph_of(neighbours, neighbours, carrier, nowhere, nowhere, 0.0)
    order = np.lexsort((np.arange(cells), -np.diff(graph.near_start), -needed))
    start = np.full(cells, -1, dtype=np.int64)
    _assign(start, needed, order, graph, size, passes)
    return RootPlan(start, needed, _shared(neighbours, carrier, start, needed, size))


def _shared(neighbours: sparse.csr_array, layer: Ints, start: Ints, roots: Ints, size: int) -> Ints:
    listed = neighbours.tocoo()
    i, j = listed.row.astype(np.int64), listed.col.astype(np.int64)
    behind: NDArray[np.int64] = (start[j] - start[i]) % size
    meet = (behind < roots[i]) | (size - behind < roots[j])
    pairs = np.column_stack([np.minimum(i, j), np.maximum(i, j)])[meet & (layer[i] == layer[j]) & (i != j)]
    return np.asarray(np.unique(pairs, axis=0))
