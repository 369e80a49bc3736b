"""A city that is edited: after any edits its map is what a whole run of the edited cells gives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio import (
    BadCell,
    BadRaster,
    Cells,
    Element,
    Ground,
    Isotropic,
    LiveCoverage,
    OutOfRange,
    Profile,
    Settings,
    bullington_loss,
    coverage,
    free_space_loss,
)

SIDE = 70
SMALL = Settings(radius=160.0, tile=24, sample=0)
PANEL = Element(17.0, 65.0, 8.0)


def _ground() -> Ground:
    draws = np.random.default_rng(8)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    terrain = 30.0 + 12.0 * np.sin(x / 9.0) * np.cos(y / 11.0)
    terrain[:3, :5] = np.nan
    surface = terrain + np.where(draws.random(terrain.shape) < 0.15, 17.0, 0.0)
    return Ground.of(terrain, surface, resolution=10.0)


GROUND = _ground()


def _cells(masts: int = 9, seed: int = 2, **more: object) -> Cells:
    draws = np.random.default_rng(seed)
    x, y = draws.uniform(60, 640, masts), draws.uniform(60, 640, masts)
    # two masts in one cell of the map, and two at one place: those share a sweep and add up their power together
    x[1], y[1] = x[0] // 10 * 10 + 3.0, y[0] // 10 * 10 + 4.0
    x[8], y[8] = x[7], y[7]
    values: dict[str, object] = {"height": 30.0, "f": 3.5, "watts": 100.0} | more
    return Cells.of(
        np.repeat(x, 3), np.repeat(y, 3), antennas=[PANEL], azimuth=np.tile([0.0, 120.0, 240.0], masts),
        electrical_tilt=6.0, **values,
    )  # fmt: skip


def _same(live: LiveCoverage, run: Settings = SMALL) -> None:
    fresh = coverage(GROUND, live.cells, run)
    for here, there in zip(live.layers, fresh.layers, strict=False):
        assert np.array_equal(here.levels, there.levels)
        assert np.array_equal(here.servers, there.servers)
        np.testing.assert_allclose(here.total, there.total, rtol=3e-5, atol=0.0)


PLACES = st.tuples(st.integers(60, 640), st.integers(20, 640))
EDITS = st.one_of(
    st.tuples(st.just("turn"), st.integers(0, 26), st.integers(0, 11)),
    st.tuples(st.just("tilt"), st.integers(0, 26), st.integers(0, 12)),
    st.tuples(st.just("power"), st.integers(0, 26), st.sampled_from([1e-6, 5.0, 100.0, 400.0])),
    st.tuples(st.just("move"), st.integers(0, 26), PLACES),
    st.tuples(st.just("raise"), st.integers(0, 26), st.sampled_from([12.0, 30.0, 55.0])),
    st.tuples(st.just("remove"), st.integers(0, 26), st.none()),
    st.tuples(st.just("add"), PLACES, st.integers(0, 359)),
)


def _do(live: LiveCoverage, edit: tuple) -> None:
    kind, index, value = edit
    gone = kind in ("turn", "tilt") and live.cells.watts[index] == 0.0
    if kind == "turn":
        live.change_cell(index, azimuth=30.0 * value, watts=20.0 if gone else None)
    elif kind == "tilt":
        live.change_cell(index, electrical_tilt=value, mechanical_tilt=value / 4, watts=20.0 if gone else None)
    elif kind == "power":
        live.change_cell(index, watts=value)
    elif kind == "remove":
        live.remove_cell(index)
    elif kind == "add":
        x, y = index
        live.add_cells(Cells.of(x, y, height=25.0, f=3.5, watts=60.0, antennas=[PANEL], azimuth=value))
    elif live.cells.watts[index] == 0.0:
        with pytest.raises(BadCell, match="has power 0 W"):
            live.move_mast(index, 100.0, 100.0)
    elif kind == "move":
        live.move_mast(index, *value)
    else:
        cells = live.cells
        live.move_mast(index, cells.x[index], cells.y[index], value)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(edits=st.lists(EDITS, min_size=1, max_size=8), depth=st.integers(2, 6), begin=st.sampled_from(["run", "deep"]))
def test_any_edits_give_what_a_whole_run_gives(edits: list[tuple], depth: int, begin: str):
    cells = _cells()
    found = coverage(GROUND, cells, SMALL) if begin == "run" else None
    live = LiveCoverage(GROUND, cells, SMALL, found, depth=depth, cache=2**18, workers=2)
    if begin == "deep":
        assert live.deepen()
    for edit in edits:
        _do(live, edit)
    _same(live)


@pytest.mark.parametrize("model", ["surface", "p1812"])
def test_layers_heights_and_streets(model: str):
    run = dataclasses.replace(SMALL, model=model, street=70.0, servers=3)
    count = 27
    cells = _cells(
        layer=np.arange(count) % 3 // 2, f=np.where(np.arange(count) % 3 == 2, 0.7, 3.5),
        height=20.0 + np.arange(count) // 3 % 4,
    )  # fmt: skip
    live = LiveCoverage(GROUND, cells, run, coverage(GROUND, cells, run))
    for index in range(0, count, 2):
        live.change_cell(index, azimuth=7.0 * index)
    live.move_mast(3, 300.0, 300.0, 44.0)
    live.remove_cell(5)
    _same(live, run)


def test_an_area_alone_is_computed_and_then_edited():
    cells = _cells(14)
    live = LiveCoverage(GROUND, cells, SMALL, depth=3)
    assert (live.layers[0].servers == -1).all()
    live.warm(350.0, 350.0, 100.0)
    live.change_cell(0, watts=10.0)
    middle = np.s_[25:45, 25:45]
    fresh = coverage(GROUND, live.cells, SMALL).layers[0]
    assert np.array_equal(live.layers[0].levels[middle], fresh.levels[middle])
    assert np.array_equal(live.layers[0].servers[middle], fresh.servers[middle])
    live.warm(350.0, 350.0, 5000.0)
    _same(live)


def test_an_update_says_what_changed():
    cells = _cells()
    live = LiveCoverage(GROUND, cells, SMALL, coverage(GROUND, cells, SMALL))
    before = live.layers[0].levels[..., 0].copy(), live.layers[0].servers[..., 0].copy()
    update = live.change_cell(6, watts=1e-6)
    (change,) = update.changes
    assert update.cells == (6,)
    assert (change.rows.stop - change.rows.start) * 10 <= 2 * SMALL.radius + 10
    outside = np.ones(GROUND.shape, dtype=bool)
    outside[change.rows, change.columns] = False
    now = live.layers[0]
    assert np.array_equal(now.levels[outside, 0], before[0][outside])
    assert np.array_equal(change.now.levels, now.levels[change.rows, change.columns])
    assert np.array_equal(change.now.total, now.total[change.rows, change.columns])
    assert update.switched == int((now.servers[..., 0] != before[1]).sum()) > 0
    assert update.gained(-75.0) == 0.0
    assert update.lost(-75.0) == 100.0 * ((before[0] >= -75.0) & (now.levels[..., 0] < -75.0)).sum() > 0
    back = live.change_cell(6, watts=100.0)
    assert (back.gained(-75.0), back.lost(-75.0), back.switched) == (update.lost(-75.0), 0.0, update.switched)


def test_a_mast_moved_far_changes_two_windows_and_one_moved_near_one():
    cells = _cells()
    live = LiveCoverage(GROUND, cells, SMALL, coverage(GROUND, cells, SMALL))
    live.move_mast(6, 100.0, 100.0)
    assert len(live.move_mast(6, 640.0, 640.0).changes) == 2
    assert len(live.move_mast(6, 600.0, 640.0).changes) == 1
    moved = live.cells
    assert (moved.x[6:9] == 600.0).all()
    assert (moved.x[:6] == cells.x[:6]).all()


def test_a_mast_moved_by_a_metre_is_felt():
    cells = _cells()
    live = LiveCoverage(GROUND, cells, SMALL, coverage(GROUND, cells, SMALL))
    x, y = 305.0, 405.0
    live.move_mast(6, x, y)
    before = live.layers[0].levels.copy()
    live.move_mast(6, x + 1.0, y)
    both = np.isfinite(before) & np.isfinite(live.layers[0].levels)
    assert np.abs(live.layers[0].levels[both] - before[both]).max() > 0.05
    assert GROUND.cell_of(x, y)[0] == GROUND.cell_of(x + 1.0, y)[0]
    _same(live)


def test_a_removed_cell_keeps_its_number_and_comes_back():
    cells = _cells()
    found = coverage(GROUND, cells, SMALL)
    live = LiveCoverage(GROUND, cells, SMALL, found)
    live.remove_cell(2)
    assert not (live.layers[0].servers == 2).any()
    assert [str(error) for error in coverage(GROUND, live.cells, SMALL).errors] == [
        "cell number 2 has power 0 W, outside 1e-06 to 1e+07 W"
    ]
    live.change_cell(2, watts=100.0)
    assert np.array_equal(live.layers[0].levels, found.layers[0].levels)
    assert np.array_equal(live.layers[0].servers, found.layers[0].servers)


def test_new_cells_bring_antennas_layers_and_names():
    cells = _cells()
    live = LiveCoverage(GROUND, cells, SMALL, coverage(GROUND, cells, SMALL))
    more = Cells.of(
        [205.0, 405.0], 305.0, height=20.0, f=[3.5, 0.7], watts=40.0, antennas=[Isotropic(3.0)], layer=[0, 1],
        names=["new", "low"],
    )  # fmt: skip
    update = live.add_cells(more)
    assert update.cells == (27, 28)
    assert len(live.layers) == 2
    assert {each.name for each in live.at(405.0, 345.0)} >= {"low"}
    _same(live)
    live.change_cell(27, watts=4.0)
    _same(live)


WRONG = [
    (lambda live: live.change_cell(0, watts=0.0), "cell number 0 has power 0 W"),
    (lambda live: live.change_cell(3, azimuth=np.nan), "azimuth or tilt that is not a number"),
    (lambda live: live.change_cell(99, watts=1.0), "cell number 99 is not one of the city's 0 to 26"),
    (lambda live: live.move_mast(0, -50.0, 100.0), "cell number 0 lies at x -50, y 100 m, outside the raster's"),
    (lambda live: live.move_mast(0, 15.0, 685.0), "where the terrain is not a number"),
    (lambda live: live.move_mast(0, 100.0, 100.0, 0.2), "has height 0.2 m, outside 1 to 3000 m"),
    (lambda live: live.add_cells(Cells.of(9.0, 9.0, height=9.0, f=300, watts=1, antennas=[PANEL])), "300 GHz"),
]


@pytest.mark.parametrize(("edit", "words"), WRONG, ids=[words[:30] for _, words in WRONG])
def test_a_bad_edit_is_named_and_changes_nothing(edit, words: str):
    cells = _cells()
    found = coverage(GROUND, cells, SMALL)
    live = LiveCoverage(GROUND, cells, SMALL, found)
    with pytest.raises(BadCell, match=words):
        edit(live)
    assert np.array_equal(live.layers[0].levels, found.layers[0].levels)
    assert np.array_equal(live.layers[0].total, found.layers[0].total)
    assert len(live.cells) == len(cells)
    assert np.array_equal(live.cells.x, cells.x)


def test_a_run_that_does_not_fit_is_refused():
    cells = _cells()
    found = coverage(GROUND, cells, SMALL)
    with pytest.raises(BadRaster, match="whole: False"):
        LiveCoverage(GROUND, cells, SMALL, dataclasses.replace(found, complete=False))
    with pytest.raises(BadRaster, match="with 3"):
        LiveCoverage(GROUND, cells, dataclasses.replace(SMALL, servers=3), found)
    with pytest.raises(OutOfRange, match="depth of the lists 1 is outside 2 to 64"):
        LiveCoverage(GROUND, cells, SMALL, depth=1)


def test_deepening_can_be_stopped():
    cells = _cells()
    found = coverage(GROUND, cells, SMALL)
    live = LiveCoverage(GROUND, cells, SMALL, found, workers=1)
    asked = iter([False, True, True])
    assert not live.deepen(cancelled=lambda: next(asked))
    assert np.array_equal(live.layers[0].levels, found.layers[0].levels)
    heard: list[tuple[int, int]] = []
    assert live.deepen(progress=lambda *each: heard.append(each))
    assert heard[-1][0] == heard[-1][1]


@pytest.mark.parametrize("deep", [False, True])
def test_the_strongest_at_a_point_are_those_of_a_deeper_run(deep: bool):
    cells = _cells()
    live = LiveCoverage(GROUND, cells, SMALL, coverage(GROUND, cells, SMALL))
    if deep:
        live.deepen()
    six = coverage(GROUND, cells, dataclasses.replace(SMALL, servers=6)).layers[0]
    for row, column in ((30, 30), (50, 22), (20, 61)):
        x, y = GROUND.centre_of(row, column)
        for k in (2, 6):
            held = six.servers[row, column, :k]
            heard = live.at(float(x), float(y), k)
            assert [each.cell for each in heard] == held[held >= 0].tolist()
            assert [each.level for each in heard] == six.levels[row, column, : len(heard)].tolist()
    with pytest.raises(OutOfRange, match="point: x -5 m is outside 0 to 700 m"):
        live.at(-5.0, 40.0)


def _flat(obstacle: float = 0.0) -> LiveCoverage:
    surface = np.zeros((41, 81))
    surface[:, 40] = obstacle
    ground = Ground.of(np.zeros((41, 81)), surface, resolution=10.0)
    cells = Cells.of(105.0, 205.0, height=20.0, f=2.0, watts=10.0, antennas=[Isotropic()])
    return LiveCoverage(ground, cells, Settings(radius=600.0))


def test_a_clear_path_is_drawn_with_its_fresnel_zone():
    path = _flat().profile(0, 505.0, 205.0)
    assert path.distance[-1] == pytest.approx(0.4)
    assert path.line_of_sight
    assert path.apex is None
    assert len(path.obstacles) == 1
    assert (path.sight[0], path.sight[-1]) == (20.0, 1.5)
    # halfway along 400 m at 2 GHz: √(λ·d/4) = 3.87 m
    assert path.clearance[20] == pytest.approx(0.6 * np.sqrt(0.2998 / 2.0 * 100.0))
    assert path.nu < -0.78
    # P.1812 rounds its constant, P.525 in SI units does not: 0.05 dB
    assert path.exact == pytest.approx(float(free_space_loss(np.hypot(400.0, 18.5), 2.0)), abs=0.05)
    assert path.fast == pytest.approx(path.exact, abs=0.5)


def test_an_obstacle_is_found_where_it_stands():
    path = _flat(40.0).profile(0, 655.0, 205.0)
    assert not path.line_of_sight
    assert not path.fresnel_clear
    assert path.obstacles == (30,)
    assert path.apex == pytest.approx((0.3, 40.0), abs=0.01)
    assert path.nu > 1.0
    profile = Profile.with_surface(path.distance, path.terrain, path.surface)
    loss = bullington_loss(profile.distance, profile.tops, 20.0, 1.5, 8500.0, 0.2998 / 2.0)
    assert path.exact - float(free_space_loss(np.hypot(550.0, 18.5), 2.0)) == pytest.approx(loss, abs=0.05)
    assert np.isfinite(path.fast)
    assert np.isnan(_flat(40.0).profile(0, 795.0, 205.0).fast)


def test_a_path_too_short_or_outside_is_refused():
    live = _flat()
    with pytest.raises(OutOfRange, match="path: distance 0 m is outside 10"):
        live.profile(0, 105.0, 205.0)
    with pytest.raises(OutOfRange, match="point: y 900 m is outside 0 to 410 m"):
        live.profile(0, 300.0, 900.0)
    live.remove_cell(0)
    with pytest.raises(BadCell, match="power 0 W"):
        live.profile(0, 300.0, 200.0)
