"""Sharing between operators, indoors, venues."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from qipan.engines.radio import building_entry_loss
from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.planning import (
    BadNetwork,
    DeepCounts,
    DeepRule,
    Limits,
    Sharing,
    Thresholds,
    area_covered,
    area_wholes,
    cells_on_shared_sites,
    count_deep,
    deep_coverage,
    entry_loss,
    entry_probability,
    facade_levels,
    outline_window,
    permitted_best,
    shared_levels,
    spread_population,
)

OPERATORS = ["east", "east", "west", "north"]


def _best(seed: int = 1, shape: tuple[int, int] = (40, 30)) -> np.ndarray:
    draws = np.random.default_rng(seed)
    best = draws.uniform(-125, -85, (4, *shape)).astype(np.float32)
    best[draws.random(best.shape) < 0.1] = -np.inf
    return best


def test_shared_is_the_strongest_of_their_layers():
    best = _best()
    assert (shared_levels(best, OPERATORS, ["east", "north"]) == best[[0, 1, 3]].max(axis=0)).all()
    with pytest.raises(BadNetwork, match="operator south has no layer"):
        shared_levels(best, OPERATORS, ["south"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), rows=st.integers(1, 40))
def test_sharing_never_loses_and_blocks_add_up(seed: int, rows: int):
    best, people = _best(seed), np.random.default_rng(seed).exponential(3.0, (40, 30))
    whole, parts = (Sharing(OPERATORS, ["east", "west"], Thresholds(level=-100.0)) for _ in range(2))
    whole.add(best, {"population": people})
    for top in range(0, 40, rows):
        parts.add(best[:, top : top + rows], {"population": people[top : top + rows]})
    found, again = whole.result(), parts.result()
    for operator in ("east", "west"):
        for weight in ("area", "population"):
            assert found.gain[operator][weight] >= 0.0
            assert again.alone[operator][weight] == pytest.approx(found.alone[operator][weight])
    covered = best[:3].max(axis=0) >= -100.0
    assert found.shared["area"] == pytest.approx(covered.mean())
    assert found.shared["population"] == pytest.approx(people[covered].sum() / people.sum())


def test_only_the_district_counts():
    best, inside = _best(), np.zeros((40, 30), dtype=bool)
    inside[5, 7] = True
    count = Sharing(OPERATORS, ["west"])
    count.add(best, inside=inside)
    assert count.result().whole == {"area": 1.0}
    assert count.result().alone["west"]["area"] == float(best[2, 5, 7] >= -105.0)


def test_nobody_is_no_share():
    count = Sharing(OPERATORS, ["west"])
    count.add(_best(), {"population": np.zeros((40, 30))})
    assert math.isnan(count.result().shared["population"])


def test_co_sited_cells_alone():
    site, operator = [1, 1, 2, 3, 3, 3], ["east", "west", "east", "west", "north", "west"]
    assert cells_on_shared_sites(site, operator, ["east", "west"]).tolist() == [True, True, False, False, False, False]
    servers = np.array([[[2, 0], [3, -1]]], dtype=np.int32)
    levels = np.array([[[-80.0, -90.0], [-70.0, -np.inf]]], dtype=np.float32)
    permitted = cells_on_shared_sites(site, operator, ["east", "west"])
    assert permitted_best(levels, servers, permitted).tolist() == [[-90.0, -np.inf]]


@pytest.mark.parametrize("f", [0.7, 3.5, 26.0])
def test_unmixed_loss_is_that_of_the_recommendation(f: float):
    for probability in (10.0, 50.0, 90.0):
        for share, kind in ((0.0, "traditional"), (1.0, "thermally-efficient")):
            expected = float(building_entry_loss(kind, f, probability))
            assert entry_loss(share, f, probability) == pytest.approx(expected, abs=0.01)
            assert entry_probability(expected, share, f) == pytest.approx(probability / 100.0, abs=1e-4)


@given(share=st.floats(0, 1), probability=st.floats(1, 99))
@settings(max_examples=20, deadline=None)
def test_mixture_is_a_quantile_between_the_kinds(share: float, probability: float):
    loss = float(entry_loss(share, 3.5, probability))
    ends = [float(building_entry_loss(kind, 3.5, probability)) for kind in ("traditional", "thermally-efficient")]
    assert min(ends) - 0.01 <= loss <= max(ends) + 0.01
    assert float(entry_probability(loss, share, 3.5)) == pytest.approx(probability / 100.0, abs=1e-3)


def test_loss_of_a_map_keeps_its_shape():
    share = np.linspace(0, 1, 12).reshape(3, 4)
    found = entry_loss(share, 2.6)
    assert found.shape == (3, 4)
    assert (np.diff(found.ravel()) > 0).all()
    with pytest.raises(OutOfRange, match=r"thermally efficient part 1\.2"):
        entry_loss([1.2], 2.6)


@given(seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_each_district_keeps_its_people(seed: int):
    draws = np.random.default_rng(seed)
    district = draws.integers(-1, 4, (20, 20))
    volume = np.where(district == 2, 0.0, draws.exponential(100.0, (20, 20)) * (draws.random((20, 20)) < 0.4))
    people = draws.uniform(0, 1e5, 4)
    spread = spread_population(people, district, volume)
    here = [float(spread[district == each].sum()) for each in range(4)]
    np.testing.assert_allclose(here, people, rtol=1e-5)
    assert not spread[district < 0].any()
    assert np.ptp(spread[district == 2]) == 0.0


def test_districts_without_people_are_said():
    with pytest.raises(BadNetwork, match="district: 3 is outside 0 to 1"):
        spread_population([1.0, 2.0], [[3]], [[1.0]])
    with pytest.raises(BadNetwork, match="district 1: its 2 people have no map cell"):
        spread_population([1.0, 2.0], [[0]], [[1.0]])


def _grid(window, shape):
    inside = np.zeros(shape, dtype=bool)
    inside[window.rows, window.columns] = window.inside
    return inside


@pytest.mark.parametrize("seed", range(5))
def test_outline_with_a_hole_as_shapely_sees_it(seed: int):
    draws = np.random.default_rng(seed)
    angle = np.sort(draws.uniform(0, 2 * np.pi, 9))
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * draws.uniform(150, 290, (9, 1)) + 310
    hole = (ring - ring.mean(axis=0)) * 0.3 + ring.mean(axis=0)
    found = _grid(outline_window([ring, hole], west=0.0, north=600.0, resolution=10.0, shape=(60, 60)), (60, 60))
    outline = Polygon(ring, [hole]) if Polygon(ring).contains(Polygon(hole)) else MultiPolygon()
    if outline.is_empty:
        outline = Polygon(ring).symmetric_difference(Polygon(hole))
    expected = [[outline.contains(Point(c * 10 + 5, 595 - r * 10)) for c in range(60)] for r in range(60)]
    assert (found == np.array(expected)).all()


def test_a_kiosk_takes_the_cell_it_stands_in():
    window = outline_window([[[52, 51], [54, 51], [54, 53]]], west=0, north=100, resolution=10, shape=(10, 10))
    assert np.argwhere(_grid(window, (10, 10))).tolist() == [[4, 5]]
    with pytest.raises(BadNetwork, match="outside the map's x 0 to 100"):
        outline_window([[[520, 51], [540, 51], [540, 53]]], west=0, north=100, resolution=10, shape=(10, 10))
    with pytest.raises(BadNetwork, match="three or more points"):
        outline_window([[[520, 51], [540, 51]]], west=0, north=100, resolution=10, shape=(10, 10))


def test_deep_coverage_needs_both_sides_of_the_wall():
    best = np.full((10, 10), -95.0, dtype=np.float32)
    inside, built = np.ones((10, 10), dtype=bool), np.zeros((10, 10), dtype=bool)
    built[:5] = True
    assert deep_coverage(best, 12.0, inside, built).covered
    weak = deep_coverage(best, 20.0, inside, built)
    assert (weak.covered, weak.outdoors, weak.indoors, weak.cells, weak.built) == (False, 1.0, 0.0, 100, 50)
    loss = np.full((10, 10), 12.0)
    loss[0, :6] = 30.0
    assert not deep_coverage(best, loss, inside, built).covered
    assert deep_coverage(best, loss, inside, built, DeepRule(indoor_share=0.88)).covered
    park = deep_coverage(best, 99.0, inside, np.zeros((10, 10), dtype=bool))
    assert park.covered
    assert math.isnan(park.indoors)
    best[9, :3] = -np.inf
    assert deep_coverage(best, 12.0, inside, built).outdoors == 47 / 50
    assert not deep_coverage(best, 12.0, inside, built).covered
    with pytest.raises(BadNetwork, match="no map cell"):
        deep_coverage(best, 12.0, np.zeros((10, 10), dtype=bool))


def test_a_venue_counted_by_hand():
    # Four map cells of the venue on the street and five under its building; the last column is the neighbour's.
    inside = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0]], dtype=bool)
    built = np.array([[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1]], dtype=bool)
    outdoors = np.array([[-100, -104, -106, -60], [-90, -70, -70, -60], [-70, -70, -70, -60]], dtype=np.float32)
    indoors = np.array([[-80, -80, -80, -80], [-80, -109, -110, -80], [-111, -112, -np.inf, -80]], dtype=np.float32)
    whole = count_deep(outdoors, indoors, inside, built)
    assert whole == DeepCounts(street=4, built=5, outdoors=3, indoors=2)
    parts = [count_deep(outdoors[row], indoors[row], inside[row], built[row]) for row in (slice(0, 1), slice(1, 3))]
    assert parts[0] + parts[1] == whole
    found = whole.judged(DeepRule(outdoor_share=0.75, indoor_share=0.4))
    assert (found.covered, found.outdoors, found.indoors, found.cells, found.built) == (True, 0.75, 0.4, 9, 5)
    assert not whole.judged(DeepRule(outdoor_share=0.76, indoor_share=0.4)).covered
    assert not whole.judged(DeepRule(outdoor_share=0.75, indoor_share=0.41)).covered
    hall = count_deep(outdoors, indoors, inside & built, built).judged(DeepRule(indoor_share=0.4))
    assert hall.covered
    assert math.isnan(hall.outdoors)


@given(seed=st.integers(0, 999), rings=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_a_building_takes_the_nearest_street(seed: int, rings: int):
    draws = np.random.default_rng(seed)
    built = draws.random((12, 15)) < draws.uniform(0.2, 0.95)
    level = np.where(draws.random((12, 15)) < 0.9, draws.uniform(-120, -60, (12, 15)), -np.inf).astype(np.float32)
    found = facade_levels(level, built, rings)
    row, column = np.mgrid[:12, :15]
    for y, x in np.ndindex(12, 15):
        away = np.maximum(abs(row - y), abs(column - x))
        street = np.where(built, -np.inf, level)
        near = [street[away == ring].max(initial=-np.inf) for ring in range(1, rings + 1)]
        expected = next((one for one in near if one > -np.inf), level[y, x]) if built[y, x] else level[y, x]
        assert found[y, x] == np.float32(expected)


@given(seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_sums_by_area_are_those_of_numpy(seed: int):
    draws = np.random.default_rng(seed)
    area, built = draws.integers(0, 4, (9, 11)), draws.random((9, 11)) < 0.4
    people = draws.exponential(3.0, (9, 11)).astype(np.float32)
    outdoors, indoors, ratio = (draws.uniform(-120, -90, (9, 11)).astype(np.float32) for _ in range(3))
    ratio[0] = np.nan
    limits = Limits(-105.0, -110.0, -100.0)
    weights = (~built, built, people, people * built, ~built)
    met = (outdoors >= -105, indoors >= -110, outdoors >= -105, indoors >= -110, ratio >= -100)
    for found, passed in (
        (area_wholes(area, built, people, 4), [np.ones((9, 11), dtype=bool)] * 5),
        (area_covered(area, built, people, 4, (outdoors, indoors, ratio), limits), met),
    ):
        for place, (weight, good) in enumerate(zip(weights, passed, strict=True)):
            expected = np.bincount(area.ravel(), weights=(weight * good).ravel(), minlength=4)
            np.testing.assert_allclose(found[:, place], expected, rtol=1e-6)
    with pytest.raises(BadNetwork, match="area: 0 to 3 is outside 0 to 2"):
        area_wholes(area, built, people, 3)


def test_thresholds_take_level_and_sinr():
    level, sinr = np.array([-100.0, -110.0, np.nan, -90.0]), np.array([0.0, 5.0, 5.0, -4.0])
    assert Thresholds().met(level).tolist() == [True, False, False, True]
    assert Thresholds().met(level, sinr).tolist() == [True, False, False, False]
