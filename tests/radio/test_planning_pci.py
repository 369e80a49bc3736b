"""PCI planning: against exact optima, an independent count, and rules that must hold."""

from __future__ import annotations

import itertools

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.planning import BadNetwork, NoIdentity, PciRules, check_pci, identities, plan_pci


def _city(seed: int = 3, sites: int = 120, nearest: int = 6):
    # sites at random, three cells each, neighbours to the nearest sites; weights fall with distance
    draws = np.random.default_rng(seed)
    place = np.repeat(draws.uniform(0, 6000, (sites, 2)), 3, axis=0)
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    close = apart <= np.sort(apart, axis=1)[:, 3 * nearest - 1 : 3 * nearest]
    weight = np.where(close | close.T, np.exp(-apart / 500.0) * draws.uniform(0.1, 1, apart.shape), 0.0)
    np.fill_diagonal(weight, 0.0)
    return sparse.csr_array(weight), place


def _least_mod_3(weights: np.ndarray) -> float:
    # weight of equal residues at best: x[i, r] cell i has residue r, y[i, j] both have one
    cells = len(weights)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    x = [[solver.addBinary() for _ in range(3)] for _ in range(cells)]
    for row in x:
        solver.addConstr(row[0] + row[1] + row[2] == 1)
    solver.addConstr(x[0][0] == 1)
    both = weights + weights.T
    cost = 0.0 * x[0][0]
    for i, j in itertools.combinations(range(cells), 2):
        if both[i, j] > 0:
            y = solver.addVariable(0, 1)
            for r in range(3):
                solver.addConstr(y >= x[i][r] + x[j][r] - 1)
            cost = cost + both[i, j] * y
    solver.minimize(cost)
    return solver.getInfo().objective_function_value


@pytest.mark.parametrize("seed", range(6))
def test_mod_3_is_optimal_on_small_plans(seed: int):
    draws = np.random.default_rng(seed)
    cells = 8 + seed % 5
    weights = np.triu(draws.uniform(0.1, 5, (cells, cells)) * (draws.random((cells, cells)) < 0.7), 1)
    graph = sparse.csr_array(weights)
    plan = plan_pci(graph, rules=PciRules(residues=((3, 1.0),), seed=seed + 1))
    assert plan.after.residues[3] == pytest.approx(_least_mod_3(weights), abs=1e-6)
    assert plan.after.clean


def test_a_city_without_conflicts():
    weights, place = _city()
    plan = plan_pci(weights, places=place, rules=PciRules(reuse_distance=900.0), current=np.zeros(len(place)))
    assert plan.after.clean
    assert not len(plan.after.reuse)
    assert plan.before is not None
    assert len(plan.before.collisions) == (weights + weights.T).nnz // 2
    assert plan.before.residues[3] == pytest.approx(plan.before.overlap)
    assert plan.after.residues[3] < 0.25 * plan.after.overlap  # a third by chance
    assert plan.after.residues[30] < 0.001 * plan.after.overlap


def test_conflicts_as_counted_by_hand():
    weights, place = _city(sites=12)
    pci = np.random.default_rng(5).integers(0, 9, len(place))
    found = check_pci(pci, weights, places=place, reuse_distance=500.0)
    listed, cells = weights.toarray() > 0, range(len(pci))
    pairs = list(itertools.combinations(cells, 2))
    equal = {(i, j) for i, j in pairs if pci[i] == pci[j]}
    assert {tuple(p) for p in found.collisions} == {(i, j) for i, j in equal if listed[i, j] or listed[j, i]}
    near = {(i, j) for i, j in equal if np.hypot(*(place[i] - place[j])) < 500.0}
    assert {tuple(p) for p in found.reuse} == near
    confused = {(c, pci[i]) for c in cells for i, j in equal if listed[c, i] and listed[c, j]}
    assert {(c, pci[a]) for c, a, _ in found.confusions} == confused
    assert all(pci[a] == pci[b] and listed[c, a] and listed[c, b] for c, a, b in found.confusions)
    both = (weights + weights.T).toarray()
    assert found.residues[3] == pytest.approx(sum(both[i, j] for i, j in pairs if pci[i] % 3 == pci[j] % 3))
    assert found.pairs[3] == sum(both[i, j] > 0 and pci[i] % 3 == pci[j] % 3 for i, j in pairs)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999))
def test_as_few_identities_as_a_full_ring_needs_are_enough(seed: int):
    # every cell within the two-neighbourhood of every other: all identities must differ, and there are just enough
    draws = np.random.default_rng(seed)
    cells = int(draws.integers(3, 30))
    hub = np.zeros((cells, cells))
    hub[0, 1:] = hub[1:, 0] = draws.uniform(0.1, 1, cells - 1)
    allowed = np.zeros(1008, dtype=bool)
    allowed[draws.choice(1008, cells, replace=False)] = True
    plan = plan_pci(sparse.csr_array(hub), allowed=allowed)
    assert plan.after.clean
    assert sorted(plan.pci) == np.flatnonzero(allowed).tolist()


def test_what_cannot_be_solved_is_told_with_its_cells():
    triangle = sparse.csr_array(np.ones((3, 3)) - np.eye(3))
    plan = plan_pci(triangle, allowed=identities((10, 11)))
    assert len(plan.after.collisions) == 1
    assert set(plan.pci) == {10, 11}


def test_fixed_identities_stay_and_groups_hold():
    weights, place = _city(sites=40)
    fixed = np.full(len(place), -1)
    fixed[:10] = np.arange(10) * 3
    indoor = (np.arange(len(place)) % 4 == 3).astype(int)
    indoor[:10] = 0
    allowed = np.stack([identities(but=[(900, 1007)]), identities((900, 1007))])
    plan = plan_pci(weights, fixed=fixed, group=indoor, allowed=allowed)
    assert (plan.pci[:10] == fixed[:10]).all()
    assert ((plan.pci >= 900) == (indoor == 1)).all()
    assert plan.after.clean


def test_cells_of_two_carriers_never_conflict():
    pair = sparse.csr_array(np.ones((2, 2)) - np.eye(2))
    plan = plan_pci(pair, layer=[0, 1], allowed=identities((7, 7)))
    assert plan.pci.tolist() == [7, 7]
    assert plan.after.clean
    assert plan.after.overlap == 0.0


def test_the_same_plan_twice_and_another_seed_as_clean():
    weights, _ = _city(sites=60)
    first, again = plan_pci(weights), plan_pci(weights)
    assert first.pci.tobytes() == again.pci.tobytes()
    assert plan_pci(weights, rules=PciRules(seed=99)).after.clean


def test_annealing_leaves_less_than_colouring_alone():
    weights, _ = _city()
    alone, annealed = plan_pci(weights, rules=PciRules(sweeps=0)), plan_pci(weights)
    assert annealed.after.residues[3] <= alone.after.residues[3]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"fixed": [5, -1, -1], "allowed": identities(but=[(0, 9)])}, NoIdentity, "fixed identity 5 is barred"),
        ({"allowed": np.zeros((1, 1008))}, NoIdentity, "none of the identities"),
        ({"group": [0, 1, 0]}, BadNetwork, "outside 0 to 0"),
        ({"layer": [0, 1]}, BadNetwork, "layer: 2 values for 3 cells"),
        ({"fixed": [1008, -1, -1]}, OutOfRange, "fixed identity 1008"),
        ({"rules": PciRules(residues=((1009, 1.0),))}, OutOfRange, "modulus 1009"),
        ({"interference": sparse.csr_array((2, 2))}, BadNetwork, "interference: shape"),
    ],
)
def test_what_does_not_fit_is_said(more: dict, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        plan_pci(sparse.csr_array(np.ones((3, 3)) - np.eye(3)), **more)
