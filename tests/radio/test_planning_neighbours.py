"""Neighbour lists: sums by pair, limits, both directions, sites."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.network import overlap_matrix
from qipan.engines.radio.planning import BadNetwork, Overlap, Reason, neighbour_lists


def _map(seed: int = 1, cells: int = 40, shape: tuple[int, int] = (60, 50), kept: int = 4):
    draws = np.random.default_rng(seed)
    servers = draws.permuted(np.tile(np.arange(cells, dtype=np.int32), (*shape, 1)), axis=-1)[..., :kept].copy()
    levels = np.sort(draws.uniform(-120, -70, (*shape, kept)), axis=-1)[..., ::-1].astype(np.float32)
    missing = draws.random(shape) < 0.1
    servers[missing], levels[missing] = -1, -np.inf
    return servers, levels


def test_sums_equal_the_full_matrix():
    servers, levels = _map()
    overlap = Overlap(40, window=6.0, floor=-200.0)
    overlap.add(servers, levels)
    assert (overlap.matrix().toarray() == overlap_matrix(servers, levels, 40, 6.0)).all()


@pytest.mark.parametrize("rows", [1, 7, 59])
def test_any_blocks_of_rows_give_the_same_bytes(rows: int):
    servers, levels = _map()
    weights = np.random.default_rng(4).uniform(0, 9, servers.shape[:2])
    whole, parts = Overlap(40), Overlap(40)
    whole.add(servers, levels, weights)
    for top in range(0, 60, rows):
        part = slice(top, top + rows)
        parts.add(servers[part], levels[part], weights[part])
    assert whole.matrix().data.tobytes() == parts.matrix().data.tobytes()


def test_the_table_grows_with_the_pairs():
    draws = np.random.default_rng(2)
    servers = draws.integers(0, 30_000, (300, 300, 2)).astype(np.int32)
    overlap = Overlap(30_000)
    overlap.add(servers, np.full(servers.shape, -80.0, dtype=np.float32))
    expected = sparse.coo_array((np.ones(90_000), (servers[..., 0].ravel(), servers[..., 1].ravel())), (30_000,) * 2)
    own = overlap.matrix()
    assert own.nnz > 1 << 16
    assert abs(own - expected.tocsr()).sum() == 0


def test_what_is_too_weak_does_not_overlap():
    servers = np.array([[[0, 1, 2]]], dtype=np.int32)
    overlap = Overlap(3, window=6.0, floor=-110.0)
    overlap.add(servers, np.array([[[-105.0, -109.0, -110.5]]], dtype=np.float32))
    assert overlap.matrix().toarray().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), limit=st.integers(1, 8), symmetric=st.booleans())
def test_lists_keep_their_limit_and_their_sites(seed: int, limit: int, symmetric: bool):
    draws = np.random.default_rng(seed)
    weights = sparse.random_array((24, 24), density=0.3, rng=draws, format="csr")
    site = np.arange(24) // 3
    found = neighbour_lists(weights, site, limit=limit, symmetric=symmetric)
    listed = found.weights.copy()
    listed.data = np.ones(listed.nnz)
    listed = listed.toarray()
    same = (site[:, None] == site) & ~np.eye(24, dtype=bool)
    assert (listed[same] == 1).all()
    assert found.counts().max() <= max(limit, 2)
    if symmetric:
        assert (listed == listed.T).all()
    reasons = sparse.csr_array((found.reasons, found.weights.indices, found.weights.indptr), shape=(24, 24)).toarray()
    heard = (weights.toarray() > 0) & ~np.eye(24, dtype=bool)
    assert (((reasons & Reason.OVERLAP) > 0) == (heard & (listed > 0))).all()
    assert (((reasons & Reason.CO_SITED) > 0) == same).all()
    assert (((reasons & Reason.SYMMETRY) > 0) == ((listed > 0) & ~heard & ~same)).all()


def test_carriers_meet_where_both_are_heard():
    serving = np.array([[5, 5, -1]], dtype=np.int32)
    servers = np.array([[[0, 1], [1, 2], [0, 1]]], dtype=np.int32)
    levels = np.array([[[-80.0, -84.0], [-90.0, -99.0], [-70.0, -71.0]]], dtype=np.float32)
    overlap = Overlap(6)
    overlap.add_between(serving, servers, levels)
    assert overlap.matrix().toarray()[5].tolist() == [1, 2, 0, 0, 0, 0]
    assert overlap.matrix().nnz == 2


def test_each_list_takes_the_heaviest():
    weights = sparse.csr_array(np.array([[0, 5, 9, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0.0]]))
    found = neighbour_lists(weights, limit=2, symmetric=False)
    cells, heavy, reasons = found.of(0)
    assert cells.tolist() == [2, 1]
    assert heavy.tolist() == [9, 5]
    assert reasons.tolist() == [Reason.OVERLAP] * 2
    assert neighbour_lists(weights, limit=2, least=6.0).of(1)[0].size == 0


def test_what_does_not_fit_is_said():
    servers, levels = _map()
    with pytest.raises(BadNetwork, match="cell 39 is outside 0 to 9"):
        Overlap(10).add(servers, levels)
    with pytest.raises(BadNetwork, match=r"weights: shape \(2, 2\)"):
        Overlap(40).add(servers, levels, np.ones((2, 2)))
    with pytest.raises(OutOfRange, match="weight -1"):
        Overlap(40).add(servers, levels, np.full((60, 50), -1.0))
    with pytest.raises(BadNetwork, match="site: 3 values for 40 cells"):
        neighbour_lists(Overlap(40).matrix(), [1, 2, 3])
