"""Identities of a whole city's cells: time, conflicts, and equal residues against plain colourings of the same graph.

The peer is networkx (``pip install networkx``): its greedy colouring in saturation order, the order taken here too, and
by largest degree, its fastest, of the graph in which neighbours and neighbours of one cell are joined. It is timed
without building that graph, on a part of the city that it can hold; here the whole plan of that part is timed, residues
and count of conflicts included. Without networkx only the time of the city is reported.
"""

from __future__ import annotations

import importlib
import importlib.util
import time

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

from benchmarks import _claim
from qipan.engines.radio import PciConflicts, check_pci, neighbour_lists, plan_pci

_SPACING = 180.0


def city(sites: int, seed: int = 7) -> sparse.csr_array:
    """Neighbour lists of a city with three cells a site, whose overlap falls with distance and away from the beam."""
    draws = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(sites)))
    place = np.stack(np.divmod(np.arange(sites), side), axis=1) * _SPACING + draws.normal(0, 60.0, (sites, 2))
    azimuth = draws.uniform(0, 2 * np.pi, (sites, 1)) + np.radians([0.0, 120.0, 240.0])
    near = KDTree(place).query(place, k=16)[1].reshape(-1)
    site = np.repeat(np.arange(sites), 16)
    east, north = (place[near] - place[site]).T
    bearing, apart = np.arctan2(east, north), np.hypot(east, north)
    facing = 0.55 + 0.45 * np.cos(azimuth[site] - bearing[:, None])
    faced = 0.55 + 0.45 * np.cos(azimuth[near] - bearing[:, None] - np.pi)
    weight = 1000.0 * np.exp(-apart / 150.0)[:, None, None] * facing[:, :, None] * faced[:, None, :]
    row = np.broadcast_to(site[:, None, None] * 3 + np.arange(3)[:, None], weight.shape).ravel()
    column = np.broadcast_to(near[:, None, None] * 3 + np.arange(3), weight.shape).ravel()
    overlap = sparse.coo_array((weight.ravel(), (row, column)), shape=(3 * sites, 3 * sites)).tocsr()
    return neighbour_lists(overlap, np.arange(3 * sites) // 3).weights


def planned(neighbours: sparse.csr_array) -> tuple[float, PciConflicts]:
    """Seconds of a plan and what it leaves."""
    begun = time.perf_counter()
    plan = plan_pci(neighbours)
    return time.perf_counter() - begun, plan.after


def coloured(neighbours: sparse.csr_array, strategy: str) -> tuple[float, PciConflicts]:
    """Seconds of networkx's colouring alone and what it leaves."""
    networkx = importlib.import_module("networkx")
    shape = neighbours.indices, neighbours.indptr
    listed = sparse.csr_array((np.ones(neighbours.nnz, dtype=np.int32), *shape), shape=neighbours.shape)
    joined = sparse.triu((listed + listed.T + listed.T @ listed).tocoo(), k=1).tocoo()
    graph = networkx.Graph()
    graph.add_nodes_from(range(neighbours.shape[0]))
    graph.add_edges_from(zip(joined.row.tolist(), joined.col.tolist(), strict=True))
    begun = time.perf_counter()
    colours = networkx.greedy_color(graph, strategy=strategy)
    seconds = time.perf_counter() - begun
    return seconds, check_pci([colours[cell] for cell in range(len(colours))], neighbours)


def _said(name: str, cells: int, seconds: float, left: PciConflicts) -> None:
    share = {modulus: f"{weight / left.overlap:.1%}" for modulus, weight in left.residues.items()}
    conflicts = f"{len(left.collisions)} collisions, {len(left.confusions)} confusions"
    print(f"{name}: {cells} cells in {seconds:.2f} s, {conflicts}, overlap with equal residues {share}")


def _against_peer(sites: int) -> float | None:
    if importlib.util.find_spec("networkx") is None:
        print("networkx is not installed: no comparison")
        return None
    part = city(sites)
    own = min((planned(part) for _ in range(3)), key=lambda run: run[0])
    _said("here", part.shape[0], *own)
    peers = {strategy: coloured(part, strategy) for strategy in ("largest_first", "saturation_largest_first")}
    for strategy, run in peers.items():
        _said(f"networkx {strategy}", part.shape[0], *run)
    return peers["saturation_largest_first"][0] / own[0]


def main() -> None:
    """Plan a city and report the time against its bar."""
    options = _claim.arguments(__doc__ or "")
    planned(city(100))
    ratio = _against_peer(300 if options.quick else 700)
    neighbours = city(20_000 if options.quick else 60_000)
    seconds, left = planned(neighbours)
    _said("whole city", neighbours.shape[0], seconds, left)
    most = 60.0 * neighbours.shape[0] / 180_000
    _claim.report(
        "radio_pci",
        seconds,
        f"s for {neighbours.shape[0]} cells",
        peer="networkx greedy_color, saturation_largest_first",
        ratio=ratio,
        bar="180,000 cells in <= 60 s, without collision or confusion",
        holds=seconds <= most and left.clean,
    )


if __name__ == "__main__":
    main()
