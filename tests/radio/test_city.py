"""The city-wide mode: against the exact mode, deterministic, and never lost to one bad cell."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

from qipan.engines.radio.antennas import Element, Isotropic, Mounted
from qipan.engines.radio.city import Cells, Ground, Settings, coverage
from qipan.engines.radio.city.cells import gain_tables
from qipan.engines.radio.city.levels import add_power, disc_of, seen_from, surface_losses
from qipan.engines.radio.city.rays1812 import Conditions
from qipan.engines.radio.city.reference import own_profile, reference_losses
from qipan.engines.radio.city.run import merge_tile, tile_plans
from qipan.engines.radio.city.stencil import disc_stencil
from qipan.engines.radio.city.sweep import CLEAR
from qipan.engines.radio.city.tiles import tile_servers
from qipan.engines.radio.diffraction import bullington_from_edge
from qipan.engines.radio.errors import BadCell, BadRaster, OutOfRange
from qipan.engines.radio.p1812 import Climate, Request, median_radius, predict
from qipan.engines.radio.profiles import Profile

NEARBY = Settings(radius=400.0, sample=0)


def _hills(side: int = 240, seed: int = 3) -> np.ndarray:
    wave = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :]) * side
    amplitude = np.where(wave >= 2, np.maximum(wave, 1) ** -1.8, 0.0)
    phase = np.exp(2j * np.pi * np.random.default_rng(seed).random((side, side)))
    relief = np.fft.ifft2(amplitude * phase).real
    return np.maximum(relief / relief.std() * 20.0, -5.0) + 30.0


def _buildings(terrain: np.ndarray, seed: int = 5) -> np.ndarray:
    draws, surface = np.random.default_rng(seed), terrain.copy()
    for row in range(2, terrain.shape[0] - 8, 11):
        for column in range(2, terrain.shape[1] - 8, 11):
            if draws.random() < 0.55:
                high, wide = draws.integers(4, 9, 2)
                surface[row : row + high, column : column + wide] += min(22 * math.exp(0.6 * draws.normal()), 150)
    return surface


def _ground(built: bool = True) -> Ground:
    terrain = _hills()
    return Ground.of(terrain, _buildings(terrain) if built else None, resolution=10.0)


def _cells(count: int = 6, seed: int = 11, **more) -> Cells:
    draws = np.random.default_rng(seed)
    x, y = draws.uniform(500, 1900, count), draws.uniform(500, 1900, count)
    options = {"height": np.repeat(draws.uniform(20, 40, count), 3), "f": 3.5, "watts": 200.0} | more
    return Cells.of(
        np.repeat(x, 3),
        np.repeat(y, 3),
        antennas=[Element(17.0, 65.0, 8.0)],
        azimuth=np.tile([0.0, 120.0, 240.0], count),
        electrical_tilt=6.0,
        **options,
    )


@pytest.mark.parametrize("model", ["surface", "p1812"])
@pytest.mark.parametrize("built", [False, True])
def test_fast_agrees_with_exact(model: str, built: bool):
    found = coverage(_ground(built), _cells(), Settings(radius=1000.0, model=model, sample=4000)).agreement
    assert found is not None
    assert found.points > 2500
    assert found.median <= (1.0 if built else 0.5)
    assert found.p90 <= 2.5


def _beside_roofs(ground: Ground, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    # places on roofs, a metre from the edge of their map cell, which is the building's
    high = ground.surface - ground.terrain > 10.0
    edge = high & ~np.roll(high, -1, axis=1)
    edge[:, :60] = edge[:, -60:] = edge[:60] = edge[-60:] = False
    row, column = (each[:: edge.sum() // count][:count] for each in np.nonzero(edge))
    x, y = ground.centre_of(row, column)
    return x + 4.0, y - 3.0


@pytest.mark.parametrize("above", [3.0, -8.0])
@pytest.mark.parametrize("model", ["surface", "p1812"])
def test_masts_on_roofs_and_walls_agree_where_they_stand(model: str, above: float):
    ground = _ground()
    x, y = _beside_roofs(ground)
    row, column = ground.cell_of(x, y)
    height = np.maximum((ground.surface - ground.terrain)[row, column] + above, 4.0)
    cells = Cells.of(x, y, height=height, f=3.5, watts=200.0, antennas=[Isotropic()])
    found = coverage(ground, cells, Settings(radius=500.0, model=model, sample=4000)).agreement
    assert found is not None
    assert found.points > 3500
    assert found.median <= 1.0
    assert found.p90 <= 2.5


def test_a_mast_beside_unknown_ground_stands_on_its_own_cell():
    terrain = np.full((81, 81), 30.0)
    terrain[:, 41:] = np.nan
    ground = Ground.of(terrain, resolution=10.0)
    cells = Cells.of(409.0, 405.0, height=30.0, f=2.6, watts=10.0, antennas=[Isotropic()])
    found = coverage(ground, cells, Settings(radius=300.0, sample=500)).agreement
    assert found is not None
    assert found.p90 < 0.1


def test_time_percentages_below_half_agree_too():
    found = coverage(_ground(), _cells(), Settings(radius=900.0, model="p1812", p=10.0, sample=800)).agreement
    assert found is not None
    assert found.median <= 1.0


def test_rays_of_several_stretches_agree_too():
    terrain = _hills(440)
    cells = Cells.of([2195.0, 2405.0], [2195.0, 1805.0], height=40.0, f=2.6, watts=80.0, antennas=[Isotropic()])
    ground = Ground.of(terrain, _buildings(terrain), resolution=10.0)
    found = coverage(ground, cells, Settings(radius=1700.0, sample=2000)).agreement
    assert found is not None
    assert found.median <= 1.0
    assert found.p90 <= 2.5


def test_street_model_above_6_ghz_has_line_of_sight_by_the_surface():
    centred = Cells.of([805.0, 1205.0], [1005.0, 1505.0], height=25.0, f=26.0, watts=10.0, antennas=[Isotropic()])
    found = coverage(_ground(), centred, Settings(radius=300.0, sample=800)).agreement
    assert found is not None
    # Line of sight flips at building corners alone; elsewhere both modes are one formula.
    assert found.median < 0.001


def test_exact_mode_is_predict_on_the_same_profile():
    ground = _ground()
    at = Conditions(2.6, 50.0, float(median_radius(45.0)), 325.0, 30.0, True, False)
    points = np.array([120.0, 130.0]), np.array([40.0, 140.0])
    found = reference_losses(ground.terrain, ground.surface, 10.0, 60.0, 60.0, 30.0, 1.5, *points, at, True, 0.0)
    for i in range(2):
        d, h, g = own_profile(ground.terrain, ground.surface, 60.0, 60.0, points[0][i], points[1][i], 10.0)
        expected = predict(Profile.with_surface(d, h, g), Request(2.6, htg=30.0, hrg=1.5), Climate(latitude=30.0))
        assert found[i] == pytest.approx(expected.Lb, abs=1e-9)


def test_an_open_plain_is_free_space_and_the_antenna():
    ground = Ground.of(np.zeros((81, 81)), resolution=10.0)
    antenna = Mounted(Element(15.0, 65.0, 65.0), 90.0, 0.0, 3.0)
    cells = Cells.of(
        405.0, 405.0, height=30.0, f=0.7, watts=100.0, subcarriers=1000, antennas=[antenna.antenna], azimuth=90.0,
        electrical_tilt=3.0,
    )  # fmt: skip
    found = coverage(ground, cells, Settings(radius=150.0, sample=0)).layers[0]
    row, column = 40, 52
    free = 32.4 + 20 * math.log10(0.7) + 10 * math.log10(120**2 + 28.5**2)
    expected = 20.0 + float(antenna.gain(90.0, -math.degrees(math.atan(28.5 / 120)))) - free
    assert found.levels[row, column, 0] == pytest.approx(expected, abs=0.05)
    assert found.servers[row, column, 0] == 0
    assert found.servers[row, column, 1] == -1
    assert found.servers[40, 40, 0] == -1
    assert found.total[row, column] == pytest.approx(10 ** (found.levels[row, column, 0] / 10), rel=1e-4)


def test_servers_are_the_strongest_of_each_cell_alone():
    ground, cells = _ground(), _cells(3)
    together = coverage(ground, cells, dataclasses.replace(NEARBY, servers=3))
    alone = []
    for i in range(len(cells)):
        one = Cells.of(
            cells.x[i], cells.y[i], height=cells.height[i], f=3.5, watts=200.0, antennas=cells.antennas,
            azimuth=cells.azimuth[i], electrical_tilt=6.0,
        )  # fmt: skip
        alone.append(coverage(ground, one, NEARBY).layers[0].levels[..., 0])
    stack = np.stack(alone, axis=-1)
    best = -np.sort(-stack, axis=-1)[..., :3]
    assert np.array_equal(best, together.layers[0].levels)
    power = np.where(np.isfinite(stack), 10 ** (stack.astype(np.float64) / 10), 0.0).sum(axis=-1)
    np.testing.assert_allclose(together.layers[0].total, power, rtol=1e-4)


def test_layers_do_not_interfere_and_share_their_sweep():
    ground, cells = _ground(), _cells(3)
    low = dataclasses.replace(cells, f=np.full(len(cells), 0.7), layer=np.ones(len(cells), dtype=np.int64))
    names = ("x", "y", "height", "f", "watts", "subcarriers", "azimuth", "mechanical_tilt", "electrical_tilt", "load")
    names += ("antenna", "layer")
    both = dataclasses.replace(cells, **{name: np.append(getattr(cells, name), getattr(low, name)) for name in names})
    found = coverage(ground, both, NEARBY).layers
    assert np.array_equal(found[0].total, coverage(ground, cells, NEARBY).layers[0].total)
    alone = coverage(ground, dataclasses.replace(low, layer=cells.layer), NEARBY).layers[0]
    assert np.array_equal(found[1].levels, alone.levels)
    assert found[1].servers.max() >= len(cells)


def test_the_same_bytes_for_any_workers():
    ground, cells = _ground(), _cells()
    one, two = (coverage(ground, cells, dataclasses.replace(NEARBY, tile=50), workers=count) for count in (1, 3))
    assert one.layers[0].levels.tobytes() == two.layers[0].levels.tobytes()
    assert one.layers[0].servers.tobytes() == two.layers[0].servers.tobytes()
    assert one.layers[0].total.tobytes() == two.layers[0].total.tobytes()
    # Another tile size moves the blocks' origin and with it float32's last places.
    whole = coverage(ground, cells, NEARBY)
    assert np.array_equal(np.isfinite(whole.layers[0].levels), np.isfinite(one.layers[0].levels))
    held = np.isfinite(one.layers[0].levels)
    assert np.quantile(np.abs(whole.layers[0].levels[held] - one.layers[0].levels[held]), 0.99) < 0.05


def test_progress_and_cancel():
    heard: list[tuple[int, int]] = []
    settings = dataclasses.replace(NEARBY, tile=50)
    done = coverage(_ground(), _cells(), settings, workers=1, progress=lambda *each: heard.append(each))
    assert done.complete
    assert heard == [(i + 1, heard[-1][1]) for i in range(len(heard))]
    stopped = coverage(_ground(), _cells(), settings, workers=1, cancelled=lambda: True)
    assert not stopped.complete
    assert (stopped.layers[0].servers == -1).all()


BAD = [
    ({"x": 9000.0}, "cell A lies at x 9000, y 800 m, outside the raster's x 0 to 2400, y 0 to 2400 m"),
    ({"x": 25.0, "y": 25.0}, "cell A stands at x 25, y 25 m, where the terrain is not a number"),
    ({"watts": 0.0}, "cell A has power 0 W, outside 1e-06 to 1e+07 W"),
    ({"f": 300.0}, "cell A has frequency 300 GHz, outside 0.03 to 100 GHz"),
    ({"height": math.nan}, "cell A has height nan m, outside 1 to 3000 m"),
    ({"azimuth": math.nan}, "cell A has an azimuth or tilt that is not a number of degrees"),
    ({"antenna": 2}, "cell A has antenna 2, outside 0 to 0"),
    ({"load": 1.5, "watts": -1.0}, "cell A has power -1 W, outside 1e-06 to 1e+07 W and has load 1.5, outside 0 to 1"),
]


@pytest.mark.parametrize(("change", "words"), BAD, ids=[next(iter(change)) for change, _ in BAD])
def test_a_bad_cell_is_named_and_the_others_computed(change: dict, words: str):
    terrain = _hills()
    terrain[230:, :10] = np.nan
    ground = Ground.of(terrain, resolution=10.0)
    fine = {"x": 800.0, "y": 800.0, "height": 30.0, "f": 2.6, "watts": 80.0, "azimuth": 0.0, "antenna": 0, "load": 0.5}
    mixed = {key: [{**fine, **change}[key], value] for key, value in fine.items()}
    cells = Cells.of(mixed.pop("x"), mixed.pop("y"), antennas=[Isotropic()], names=["A", "B"], **mixed)
    found = coverage(ground, cells, NEARBY)
    assert [str(error) for error in found.errors] == [words]
    assert set(np.unique(found.layers[0].servers)) == {-1, 1}


def test_columns_of_different_length_are_named():
    with pytest.raises(BadCell, match="column watts has 2 values where others have 3; give one or 3"):
        Cells.of([1.0, 2.0, 3.0], 5.0, height=30.0, f=3.5, watts=[10.0, 20.0], antennas=[Isotropic()])


def test_a_run_of_bad_cells_alone_is_empty_and_says_why():
    found = coverage(_ground(), _cells(watts=0.0), NEARBY)
    assert len(found.errors) == 18
    assert found.errors[0].args[0].startswith("cell number 0 has power 0 W")
    assert (found.layers[0].servers == -1).all()


def test_unknown_terrain_and_surface_stay_unknown_and_block_nothing():
    terrain = _hills()
    terrain[60:70, 60:70] = np.nan
    surface = terrain.copy()
    surface[95:105, 95:105] = np.nan
    ground = Ground.of(terrain, surface, resolution=10.0)
    found = coverage(ground, Cells.of(800, 1600, height=30, f=3.5, watts=10, antennas=[Isotropic()]), NEARBY)
    assert (found.layers[0].servers[60:70, 60:70] == -1).all()
    assert (found.layers[0].servers[95:105, 95:105, 0] == 0).all()
    assert not np.isnan(found.layers[0].levels).any()
    assert np.isfinite(found.layers[0].total).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"terrain": np.zeros(5)}, "no raster of at least 3 by 3"),
        ({"terrain": np.zeros((5, 5)), "surface": np.zeros((5, 6))}, "resample it to one grid"),
        ({"terrain": np.zeros((5, 5)), "resolution": 0.0}, "needs a metric georeference"),
        ({"terrain": np.full((5, 5), np.nan)}, "none of the 25 cells is a number"),
    ],
)
def test_rasters_that_do_not_fit(arguments: dict, words: str):
    with pytest.raises(BadRaster, match=words):
        Ground.of(**({"resolution": 10.0} | arguments))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"radius": 1.0}, "radius 1 m"), ({"p": 0.1}, "time percentage"), ({"high": 28.0, "model": "p1812"}, "28 GHz")],
)
def test_settings_outside_the_models(change: dict, words: str):
    with pytest.raises(OutOfRange, match=words):
        coverage(_ground(), _cells(), dataclasses.replace(NEARBY, **change))


def test_coordinates_go_to_cells_and_back():
    ground = Ground.of(np.zeros((20, 30)), resolution=5.0, west=1000.0, north=2000.0)
    x, y = ground.centre_of([0, 19], [0, 29])
    assert (x.tolist(), y.tolist()) == ([1002.5, 1147.5], [1997.5, 1902.5])
    assert [each.tolist() for each in ground.cell_of(x, y)] == [[0, 19], [0, 29]]


def test_stencil_serves_every_cell_once_from_every_part_of_the_masts_cell():
    stencil = disc_stencil(200.0, 10.0)
    for first, slot in zip(stencil.first, stencil.slot, strict=True):
        assert sorted(slot.tolist()) == list(range(stencil.row.size))
        assert first[-1] == stencil.row.size
    assert stencil.row.size == sum(0 < r * r + c * c <= 400 for r in range(-20, 21) for c in range(-20, 21))


def test_a_disc_is_seen_from_where_the_mast_stands():
    stencil = disc_stencil(200.0, 10.0)
    disc = seen_from(disc_of(stencil), 0.42, -0.3, 10.0)
    south, east = stencil.row - 0.42, stencil.column + 0.3
    np.testing.assert_allclose(disc.distance, 10.0 * np.hypot(south, east), rtol=1e-6)
    off = disc.bearing - np.degrees(np.arctan2(east, -south))
    assert np.abs((off + 180.0) % 360.0 - 180.0).max() < 0.51
    assert disc.bearing.min() >= 0
    assert disc.bearing.max() < 360


def test_power_sum_is_exact_to_four_millionths():
    level = np.linspace(-180, 60, 5001).astype(np.float32)
    received = np.zeros(level.size, dtype=np.float32)
    add_power(level, received)
    # The rest is float32's own rounding of the exponent, 2.3e-7 a decibel.
    np.testing.assert_allclose(received, 10.0 ** (level.astype(np.float64) / 10), rtol=3e-5)


@pytest.mark.parametrize("f", [0.7, 3.5])
def test_losses_from_edges_are_the_formulas(f: float):
    stencil = disc_stencil(300.0, 10.0)
    disc, draws = disc_of(stencil), np.random.default_rng(2)
    edges = draws.uniform(-2.0, 60.0, disc.row.size).astype(np.float32)
    edges[:2] = CLEAR, 0.0
    rises, losses = draws.uniform(-60.0, 20.0, disc.row.size).astype(np.float32), np.empty(disc.row.size, np.float32)
    surface_losses(edges, rises, disc, f, losses)
    metres = np.hypot(disc.distance, rises).astype(np.float64)
    obstructed = [
        bullington_from_edge(float(edge) / math.sqrt(0.2998 / f), d / 1000.0)
        for edge, d in zip(edges, disc.distance.tolist(), strict=True)
    ]
    np.testing.assert_allclose(losses, 32.4 + 20 * np.log10(f * metres) + obstructed, atol=0.01)


def test_a_tile_sent_elsewhere_gives_the_same_bytes():
    ground, cells = _ground(), _cells(3)
    settings = dataclasses.replace(NEARBY, tile=60)
    stencil = disc_stencil(settings.radius, ground.resolution, settings.density)
    good, rules = np.ones(len(cells), dtype=bool), settings.rules(ground.resolution)
    gains = gain_tables(cells, np.flatnonzero(good))[0]
    shape = (1, *ground.shape)
    levels, servers = np.full((*shape, 2), -np.inf, np.float32), np.full((*shape, 2), -1, np.int32)
    total = np.zeros(shape, np.float32)
    jobs = [plan.job(ground) for plan in tile_plans(ground, cells, good, settings, stencil.reach)]
    assert len(jobs) > 1
    for job in jobs:
        sent = pickle.loads(pickle.dumps((job, stencil, rules, gains)))
        merge_tile(levels, servers, total, pickle.loads(pickle.dumps(tile_servers(*sent))))
    here = coverage(ground, cells, settings).layers[0]
    assert levels[0].tobytes() == here.levels.tobytes()
    assert servers[0].tobytes() == here.servers.tobytes()
    assert total[0].tobytes() == here.total.tobytes()
