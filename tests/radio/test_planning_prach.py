"""Random access: zones by radius, roots that neighbours do not share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.planning import RootPlan, plan_roots, zone_for
from qipan.engines.radio.planning.prach import ZONES

# largest radius in km by N_CS of format 0 as LTE planning tables print it
PRINTED = [0.79, 1.08, 1.51, 2.08, 2.65, 3.51, 4.37, 5.51, 7.37, 9.80, 12.23, 15.94, 22.80, 38.81, 58.83]


@pytest.mark.parametrize(("config", "radius"), list(enumerate(PRINTED, start=1)))
def test_zones_hold_the_printed_radii(config: int, radius: float):
    assert zone_for(radius * 1000 - 20).config == config
    if config < 15:
        assert zone_for(radius * 1000 + 20).config == config + 1


@pytest.mark.parametrize("preamble", ["long-1.25", "long-5", "short-15", "short-30"])
def test_roots_give_64_preambles(preamble: str):
    length = 839 if preamble.startswith("long") else 139
    table = ZONES.get(preamble, ZONES["short"])
    for radius in (50.0, 200.0, 500.0):
        try:
            zone = zone_for(radius, preamble, delay_spread=1e-6)
        except OutOfRange:
            continue
        assert zone.shift == table[zone.config]
        each = length // zone.shift if zone.shift else 1
        assert zone.roots * each >= 64 > (zone.roots - 1) * each


def test_too_wide_a_cell_is_refused():
    assert zone_for(100_000.0).roots == 64
    with pytest.raises(OutOfRange, match=r"PRACH long-1.25 kHz: cell radius 130000 m is outside 1 to 118"):
        zone_for(130_000.0)


def _held(plan: RootPlan, cell: int, size: int) -> set[int]:
    return {(int(plan.root[cell]) + r) % size for r in range(int(plan.roots[cell]))}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), size=st.sampled_from([838, 138]), most=st.integers(1, 12))
def test_shared_roots_are_those_told(seed: int, size: int, most: int):
    draws = np.random.default_rng(seed)
    links = draws.random((40, 40)) < 0.15
    np.fill_diagonal(links, False)
    graph, layer = sparse.csr_array(links.astype(float)), draws.integers(0, 2, 40)
    preamble = "long-1.25" if size == 838 else "short-30"
    plan = plan_roots(graph, draws.integers(1, most + 1, 40), preamble=preamble, layer=layer)
    told = {tuple(pair) for pair in plan.shared.tolist()}
    found = {
        (i, j)
        for i in range(40)
        for j in range(i + 1, 40)
        if (links[i, j] or links[j, i]) and layer[i] == layer[j] and _held(plan, i, size) & _held(plan, j, size)
    }
    assert told == found
    if size == 838:
        assert not told  # room enough for all 40 of them


def test_the_same_plan_twice():
    graph = sparse.random_array((200, 200), density=0.04, rng=np.random.default_rng(3), format="csr")
    first, again = (plan_roots(graph, 5, preamble="short-30") for _ in range(2))
    assert first.root.tobytes() == again.root.tobytes()
    with pytest.raises(OutOfRange, match="roots of a cell 65"):
        plan_roots(graph, 65)
