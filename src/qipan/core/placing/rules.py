"""Which candidate reaches which demand where a distance is the rule: around a point, or along the streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from qipan.core.ground import Streets
from qipan.core.placing.candidates import Candidates
from qipan.core.placing.hosts import Doubles, Longs, ends_of
from qipan.engines.siting import Reach

_batch = 128
"""Places searched together; near ones first, so that each batch needs a small part of the network."""
_off_street = 60.0
"""Farther than this from any street a place is on none, m."""


def reach_within(sites: Doubles, places: Doubles, metres: float) -> Reach:
    """Return the pairs within ``metres`` of points (n, 2) and (m, 2), each with weight 1."""
    if not len(sites) or not len(places):
        return Reach.from_pairs([], [], candidates=len(sites), demands=len(places))
    return Reach.within(sites, places, metres).binary()


def reach_along(streets: Streets, sites: Doubles, places: Doubles, metres: float) -> Reach:
    """Return the pairs that are at most ``metres`` apart along the streets, each with weight 1.

    A place counts at the foot of its perpendicular on the nearest street, if that is within 60 m.
    """
    network = _network(streets, np.concatenate([sites, places]))
    from_node, to_node = network.node[: len(sites)], network.node[len(sites) :]
    on = np.flatnonzero(from_node >= 0)
    who, whom = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    served = _rows_by_node(to_node, len(network.xy))
    for batch in _nearby_batches(sites[on]):
        rows = on[batch]
        near = _nodes_around(network.xy, sites[rows], metres + _off_street)
        part = network.graph[near][:, near]
        away = dijkstra(part, directed=False, indices=np.searchsorted(near, from_node[rows]), limit=metres)
        site, node = np.nonzero(np.isfinite(away))
        hit = served[near[node]]
        pairs = hit.tocoo()
        who.append(rows[site[pairs.coords[0]]])
        whom.append(pairs.coords[1].astype(np.int64))
    return Reach.from_pairs(np.concatenate(who), np.concatenate(whom), candidates=len(sites), demands=len(places))


@dataclass(frozen=True)
class _Network:
    """The streets cut at every place: nodes ``xy`` (k, 2), ``graph`` of metres between them, each place's ``node``."""

    xy: Doubles
    graph: csr_array
    node: Longs


def _network(streets: Streets, places: Doubles) -> _Network:
    points = shapely.points(places)
    tree = shapely.STRtree(streets.lines)
    found, street = tree.query_nearest(points, max_distance=_off_street, all_matches=False)
    offset = shapely.line_locate_point(streets.lines[street], points[found])
    start, end = ends_of(streets)
    corners, corner = np.unique(
        np.rint(np.concatenate([start, end]) * 10).astype(np.int64), axis=0, return_inverse=True
    )
    count, lines = len(corners), len(streets.lines)
    corner = corner.reshape(-1)
    node = np.full(len(places), -1, dtype=np.int64)
    node[found] = count + np.arange(len(found))
    length = shapely.length(streets.lines)
    # Along each street in order: its first corner, the places on it, its last corner.
    which = np.concatenate([np.arange(lines), street, np.arange(lines)])
    at = np.concatenate([np.zeros(lines), offset, length])
    number = np.concatenate([corner[:lines], node[found], corner[lines:]])
    turn = np.concatenate([np.zeros(lines), np.ones(len(found)), np.full(lines, 2)])
    order = np.lexsort((turn, at, which))
    same = np.diff(which[order]) == 0
    one, other = number[order][:-1][same], number[order][1:][same]
    # A length of 0 would be no edge at all.
    metres = np.maximum(np.diff(at[order])[same], 1e-3)
    size = count + len(found)
    graph = csr_array((metres, (one, other)), shape=(size, size))
    return _Network(np.concatenate([corners / 10.0, places[found]]), graph, node)


def _rows_by_node(node: Longs, nodes: int) -> csr_array:
    """Return which demand rows stand on each node, as rows of a matrix."""
    on = np.flatnonzero(node >= 0)
    return csr_array((np.ones(on.size, np.int8), (node[on], on)), shape=(nodes, len(node)))


def _nearby_batches(places: Doubles) -> list[NDArray[np.int64]]:
    """Return places in batches of near ones, by the cells of a coarse grid walked to and fro."""
    if not len(places):
        return []
    column, row = np.floor((places - places.min(axis=0)) / 2_000.0).astype(np.int64).T
    order = np.lexsort((places[:, 1], places[:, 0], row, column))
    return [order[at : at + _batch] for at in range(0, len(order), _batch)]


def _nodes_around(nodes: Doubles, places: Doubles, metres: float) -> Longs:
    low, high = places.min(axis=0) - metres, places.max(axis=0) + metres
    return np.flatnonzero(((nodes >= low) & (nodes <= high)).all(axis=1))


def spacing_pairs(x: Doubles, y: Doubles, owner: Longs, metres: float) -> NDArray[np.int32]:
    """Return pairs of candidates of one owner nearer to each other than ``metres``, int32 (k, 2)."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    if metres > 0:
        for one in np.unique(owner):
            rows = np.flatnonzero(owner == one)
            tree = cKDTree(np.column_stack([x[rows], y[rows]]))
            pairs.append(rows[tree.query_pairs(np.nextafter(metres, 0), output_type="ndarray")])
    return np.concatenate(pairs).astype(np.int32)


def near_any(candidates: Candidates, others: Candidates, metres: float) -> Longs:
    """Return the rows of candidates nearer than ``metres`` to another one of the same owner among ``others``."""
    found = np.zeros(len(candidates), dtype=bool)
    if metres > 0:
        for owner in np.unique(others.owner_id):
            rows, away = np.flatnonzero(candidates.owner_id == owner), others.owner_id == owner
            tree = cKDTree(np.column_stack([others.x[away], others.y[away]]))
            distance = tree.query(np.column_stack([candidates.x[rows], candidates.y[rows]]))[0]
            found[rows[distance < metres]] = True
    return np.flatnonzero(found)
