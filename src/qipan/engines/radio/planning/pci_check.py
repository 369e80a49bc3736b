"""What a plan of physical cell identities leaves in conflict, found by sorting, apart from the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.spatial import KDTree

from ..errors import require_range
from .errors import require_length
from .pci_graph import IDENTITIES

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PciConflicts:
    """Conflicts of one plan, with the cells.

    ``collisions`` pairs (n, 2) of neighbouring or interfering cells with one identity; ``confusions`` triples (n, 3): a
    cell and two of its neighbours with one identity; ``reuse`` pairs (n, 2) with one identity nearer than the reuse
    distance; ``residues`` by modulus the sum of both directions' overlap between cells of equal residue, and ``pairs``
    by modulus their number; ``overlap`` the sum over all pairs, to read the former against.
    """

    collisions: Ints
    confusions: Ints
    reuse: Ints
    residues: dict[int, float]
    pairs: dict[int, int]
    overlap: float

    @property
    def clean(self) -> bool:
        """Whether neither a collision nor a confusion is left."""
        return not len(self.collisions) and not len(self.confusions)


def _unordered(row: Ints, column: Ints) -> Ints:
    pairs = np.column_stack([np.minimum(row, column), np.maximum(row, column)]).astype(np.int64)
    return np.asarray(np.unique(pairs, axis=0))


def _confusions(neighbours: sparse.coo_array, pci: Ints, layer: Ints) -> Ints:
    # neighbours of one cell, sorted by carrier and identity: equals stand in a row, each is told with the one before
    order = np.lexsort((neighbours.col, pci[neighbours.col], layer[neighbours.col], neighbours.row))
    cell, other = neighbours.row[order].astype(np.int64), neighbours.col[order].astype(np.int64)
    key = np.column_stack([cell, layer[other], pci[other]])
    at = np.flatnonzero((key[1:] == key[:-1]).all(axis=1) & (other[1:] != other[:-1]))
    triples = np.column_stack([cell[at], other[at], other[at + 1]])
    return np.asarray(triples[(triples[:, 1:] != triples[:, :1]).all(axis=1)])


def _too_near(pci: Ints, layer: Ints, places: NDArray[np.float64], distance: float) -> Ints:
    order = np.lexsort((pci, layer))
    edges = np.flatnonzero((np.diff(pci[order]) != 0) | (np.diff(layer[order]) != 0)) + 1
    found = [np.empty((0, 2), dtype=np.int64)]
    for group in np.split(order, edges):
        pairs = KDTree(places[group]).query_pairs(np.nextafter(distance, 0.0), output_type="ndarray")
        found.append(np.sort(group[pairs], axis=1).reshape(-1, 2))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def check_pci(
    pci: ArrayLike,
    neighbours: sparse.csr_array,
    *,
    interference: sparse.csr_array | None = None,
    layer: ArrayLike | None = None,
    places: ArrayLike | None = None,
    reuse_distance: float = 0.0,
    moduli: tuple[int, ...] = (3, 30),
) -> PciConflicts:
    """Collisions, confusions, reuse too near and equal residues of the identities ``pci``, one for each cell.

    Arguments as :func:`plan_pci` takes them. OutOfRange for an identity outside 0 to 1007.
    """
    cells = neighbours.shape[0]
    identity = np.asarray(pci, dtype=np.int64)
    require_length("pci", identity.size, cells)
    require_range("PCI", "identity", identity, 0, IDENTITIES - 1, "")
    carrier = np.zeros(cells, dtype=np.int64) if layer is None else np.asarray(layer, dtype=np.int64)
    listed = neighbours.tocoo()
    heard = (neighbours if interference is None else interference).tocoo()
    positive = heard.data > 0.0
    row, column = heard.row[positive], heard.col[positive]
    weight = np.where((carrier[row] == carrier[column]) & (row != column), heard.data[positive], 0.0)
    equal = {m: identity[row] % m == identity[column] % m for m in moduli}
    ends = np.concatenate([listed.row, row]), np.concatenate([listed.col, column])
    same = (ends[0] != ends[1]) & (carrier[ends[0]] == carrier[ends[1]]) & (identity[ends[0]] == identity[ends[1]])
    near = np.empty((0, 2), dtype=np.int64)
    if places is not None and reuse_distance > 0.0:
        near = _too_near(identity, carrier, np.asarray(places, dtype=np.float64), reuse_distance)
    return PciConflicts(
        collisions=_unordered(ends[0][same], ends[1][same]),
        confusions=_confusions(listed, identity, carrier),
        reuse=near,
        residues={m: float(weight[equal[m]].sum()) for m in moduli},
        pairs={m: len(_unordered(row[equal[m] & (weight > 0)], column[equal[m] & (weight > 0)])) for m in moduli},
        overlap=float(weight.sum()),
    )
