"""What cells may not share or had better not share, as compiled loops read it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int64]
Indices = NDArray[np.int32]
Doubles = NDArray[np.float64]
#: Physical cell identities, TS 38.211 §7.4.2.1: 3 N_ID^(1) + N_ID^(2).
IDENTITIES = 1008


class Graph(NamedTuple):
    """Compressed rows of three relations and a bucket grid.

    ``near`` cells of one carrier that are neighbours or interfere in either direction, with the ``weight`` of both;
    ``sources`` the cells that list a cell; ``targets`` the cells that a cell lists; ``members`` the cells of each
    bucket of a grid as wide as the reuse distance, ``bucket`` the number of each cell's own; ``layer`` the carrier.
    """

    near_start: Indices
    near: Indices
    weight: Doubles
    source_start: Indices
    sources: Indices
    target_start: Indices
    targets: Indices
    layer: Ints
    x: Doubles
    y: Doubles
    reuse: float
    bucket: Ints
    columns: int
    bucket_start: Ints
    members: Ints


def _buckets(x: Doubles, y: Doubles, reuse: float) -> tuple[Ints, int, Ints, Ints]:
    # cells by squares of the reuse distance; an empty rim saves the walk its bounds
    if reuse <= 0.0:
        return np.zeros(x.size, dtype=np.int64), 0, np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    side = max(reuse, float(np.ptp(x)) / 2000.0, float(np.ptp(y)) / 2000.0)
    column = ((x - x.min()) // side).astype(np.int64) + 1
    row = ((y - y.min()) // side).astype(np.int64) + 1
    columns = int(column.max()) + 2
    bucket = row * columns + column
    start = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=(int(row.max()) + 2) * columns))])
    return bucket, columns, start.astype(np.int64), np.argsort(bucket, kind="stable")


def graph_of(
    neighbours: sparse.csr_array, interference: sparse.csr_array, layer: Ints, x: Doubles, y: Doubles, reuse: float
) -> Graph:
    """Relations from directed neighbour lists, directed weights, carriers and places in m."""
    pattern = _between(neighbours, np.zeros_like(layer), listed=True).tocsr()
    back = pattern.T.tocsr()
    near = _both_ways(_between(neighbours, layer, listed=True), _between(interference, layer, listed=False))
    bucket, columns, start, members = _buckets(x, y, reuse)
    return Graph(
        near.indptr.astype(np.int32), near.indices.astype(np.int32), near.data,
        back.indptr.astype(np.int32), back.indices.astype(np.int32),
        pattern.indptr.astype(np.int32), pattern.indices.astype(np.int32),
        layer, x, y, float(reuse), bucket, columns, start, members,
    )  # fmt: skip


def _between(matrix: sparse.csr_array, layer: Ints, *, listed: bool) -> sparse.coo_array:
    # entries between two cells of one carrier; ``listed`` counts them without weight, else those above 0 count
    entries = matrix.tocoo()
    kept = (layer[entries.row] == layer[entries.col]) & (entries.row != entries.col) & (listed | (entries.data > 0.0))
    values = np.zeros(int(kept.sum())) if listed else entries.data[kept]
    return sparse.coo_array((values, (entries.row[kept], entries.col[kept])), shape=matrix.shape)


def _both_ways(pairs: sparse.coo_array, weights: sparse.coo_array) -> sparse.csr_array:
    # one symmetric matrix; a pair without weight stays in it, as adding sparse matrices would not let it
    row, column = (np.concatenate([pairs.row, weights.row]), np.concatenate([pairs.col, weights.col]))
    values = np.concatenate([pairs.data, weights.data])
    ends = (np.concatenate([row, column]), np.concatenate([column, row]))
    both = sparse.coo_array((np.tile(values, 2), ends), shape=pairs.shape).tocsr()
    both.sort_indices()
    return both
