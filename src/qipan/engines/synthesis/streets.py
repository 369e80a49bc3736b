"""Streets: the lattice lines that the built-up city uses, with class and name, and arterials between its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from qipan.engines.synthesis.figures import detached
from qipan.engines.synthesis.geography import Geography
from qipan.engines.synthesis.lattice import Blocks, Lattice, inner_margin, rank_of
from qipan.engines.synthesis.tables import Coded, Flags, Floats, Integers
from qipan.engines.synthesis.terrain import Terrain

classes = ("arterial", "secondary", "collector", "local")
"""Street classes from wide to narrow."""
_suffixes = ("大道", "路", "路", "街")
_first = "创科新兴宝文海滨明德和平景丰红荔彩梅龙凤翠竹深前沙河桂园石岩松玉民福泰安华荣金银东西"
_second = "业苑洲湾乐华清祥源兴康达田岭荔景山泉林峰港塘岸桥朗城围溪坪庙江湖天云"
_steepest = 0.14
"""Steepest arterial outside the built-up city, rise over run."""


@dataclass(frozen=True, slots=True)
class Streets:
    """Street sections between junctions, one connected network on each of the city's two pieces of land."""

    x: Floats
    """Junctions on the real plane, m; shape (n,)."""
    y: Floats
    district: NDArray[np.int8]
    """District of each junction as written."""
    start: Integers
    """Junction at which each section starts; shape (m,)."""
    end: Integers
    length: Floats
    """m"""
    rank: NDArray[np.int8]
    """Place of each section's class in ``classes``."""
    inner: NDArray[np.int8]
    """District of sections that lie well inside one, else -1."""
    name: Coded
    use: Floats
    """How central the ground beside the section is, 0 (open country) to 1."""

    def along(self, section: Integers, share: Floats, aside: Floats) -> tuple[Floats, Floats]:
        """Return points at ``share`` (0 to 1) of sections, ``aside`` m to the left of their axis; all shape (k,)."""
        a, b = self.start[section], self.end[section]
        dx, dy = self.x[b] - self.x[a], self.y[b] - self.y[a]
        length = self.length[section]
        return self.x[a] + share * dx - aside * dy / length, self.y[a] + share * dy + aside * dx / length


def draw_streets(
    plan: Geography, terrain: Terrain, lattice: Lattice, blocks: Blocks, built: Flags, random: np.random.Generator
) -> Streets:
    """Return the streets around ``built`` blocks (mask over ``blocks``) and the arterials that join them."""
    use = np.full(len(lattice.x), -1.0)
    for corner in range(4):
        np.maximum.at(use, blocks.corners[built, corner], blocks.centrality[built])
    start, end, number, north = _lines(plan, lattice)
    length = np.hypot(lattice.x[end] - lattice.x[start], lattice.y[end] - lattice.y[start])
    rise = np.abs(terrain.at(lattice.x[start], lattice.y[start]) - terrain.at(lattice.x[end], lattice.y[end]))
    wanted = (np.minimum(use[start], use[end]) >= 0) | ((rank_of(number) == 0) & (rise < _steepest * length))
    kept = _joined(lattice, start, end, length + 20 * rise, wanted)
    start, end, number, north = start[kept], end[kept], number[kept], north[kept]
    rank = rank_of(number)
    nodes, ends = np.unique(np.concatenate([start, end]), return_inverse=True)
    return Streets(
        x=lattice.x[nodes],
        y=lattice.y[nodes],
        district=lattice.district[nodes],
        start=ends[: len(start)],
        end=ends[len(start) :],
        length=length[kept],
        rank=rank,
        inner=_inner(plan, lattice, start, end),
        name=_names(number, north, rank, lattice.district[start], random),
        use=np.clip((use[start] + use[end]) / 2, 0, 1),
    )


def _lines(plan: Geography, lattice: Lattice) -> tuple[Integers, Integers, Integers, Flags]:
    """Return start, end, shifted line number and whether it runs north for every lattice section inside the city."""
    points = np.arange(lattice.rows * lattice.columns).reshape(lattice.rows, lattice.columns)
    row, column = np.divmod(points, lattice.columns)
    start = np.concatenate([points[:, :-1].ravel(), points[:-1].ravel()])
    end = np.concatenate([points[:, 1:].ravel(), points[1:].ravel()])
    number = np.concatenate([row[:, :-1].ravel() + lattice.shift[0], column[:-1].ravel() + lattice.shift[1]])
    north = np.arange(len(start)) >= points[:, :-1].size
    inside = np.flatnonzero((lattice.district[start] >= 0) & (lattice.district[end] >= 0))
    a, b = start[inside], end[inside]
    dry = plan.district_of((lattice.x[a] + lattice.x[b]) / 2, (lattice.y[a] + lattice.y[b]) / 2) >= 0
    inside = inside[dry]
    return start[inside], end[inside], number[inside], north[inside]


def _joined(lattice: Lattice, start: Integers, end: Integers, cost: Floats, wanted: Flags) -> Flags:
    """Tell which sections to keep: those wanted, and the cheapest others that make one network of each piece of land.

    What no section can join to the largest network of its piece of land is left out.
    """
    keep = wanted.copy()
    apart = np.isin(lattice.district[start], detached)
    for piece in (apart, ~apart):
        rows = np.flatnonzero(piece)
        if wanted[rows].any():
            keep[rows] = _one_network(len(lattice.x), start[rows], end[rows], cost[rows], wanted[rows])
    return keep


def _one_network(count: int, start: Integers, end: Integers, cost: Floats, wanted: Flags) -> Flags:
    """Do for one piece of land what ``_joined`` says; ``count`` is the number of lattice points."""
    graph = coo_matrix((np.ones(int(wanted.sum())), (start[wanted], end[wanted])), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    main = np.bincount(part[start[wanted]]).argmax()
    source = int(start[wanted][part[start[wanted]] == main][0])
    weights = coo_matrix((np.where(wanted, 1e-3, 1.0) * cost, (start, end)), shape=(count, count)).tocsr()
    distance, before = dijkstra(weights, directed=False, indices=source, return_predecessors=True)
    used = np.unique(np.concatenate([start[wanted], end[wanted]]))
    order = used[np.lexsort((distance[used], part[used]))]
    gates = order[np.unique(part[order], return_index=True)[1]]
    steps = set()
    for gate in gates[np.isfinite(distance[gates]) & (part[gates] != main)]:
        point = int(gate)
        while part[point] != main:
            steps.add((min(point, int(before[point])), max(point, int(before[point]))))
            point = int(before[point])
    keys = {first * count + second for first, second in steps}
    bridges = np.isin(np.minimum(start, end) * count + np.maximum(start, end), np.array(sorted(keys), dtype=np.int64))
    return np.asarray((wanted | bridges) & np.isfinite(distance[start]))


def _inner(plan: Geography, lattice: Lattice, start: Integers, end: Integers) -> NDArray[np.int8]:
    """Return the district of sections that keep ``inner_margin`` from its border at ends and nine points between."""
    found = np.where(lattice.inner[start] == lattice.inner[end], lattice.inner[start], np.int8(-1)).astype(np.int8)
    for share in np.arange(1, 10) / 10:
        rows = np.flatnonzero(found >= 0)
        a, b = start[rows], end[rows]
        x = lattice.x[a] + share * (lattice.x[b] - lattice.x[a])
        y = lattice.y[a] + share * (lattice.y[b] - lattice.y[a])
        found[rows[plan.district_within(x, y, inner_margin) != found[rows]]] = -1
    return found


def _names(
    number: Integers, north: Flags, rank: NDArray[np.int8], district: NDArray[np.int8], random: np.random.Generator
) -> Coded:
    """Name every line once in each district that it crosses."""
    key = ((district.astype(np.int64) * 2 + north) * 100_000 + number) * 4 + rank
    lines, codes = np.unique(key, return_inverse=True)
    scattered = random.permutation(len(_first) * len(_second))
    values = []
    for place, line in enumerate(lines):
        turn, pair = divmod(place, len(scattered))
        first, second = divmod(int(scattered[pair]), len(_second))
        values.append(_first[first] + _second[second] + ("", "一", "二", "三", "四", "五")[turn] + _suffixes[line % 4])
    return Coded(codes.astype(np.int32), tuple(values))
