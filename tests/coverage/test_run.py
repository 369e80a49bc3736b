from __future__ import annotations

import shutil
from collections import namedtuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import DatabaseError, InvalidRecord, JobCancelled, NotFound
from qipan.core.ground import read_ground
from qipan.core.jobs import Progress
from qipan.core.scenarios import create_scenario, read_scenario, replace_folder, scenario_folder
from qipan.domains.mobile.coverage import (
    CoverageParameters,
    NothingToCompute,
    StudyMissing,
    import_antenna,
    metric,
    open_study,
    run_coverage,
    sweeping,
)
from qipan.domains.mobile.coverage.groups import best_of, groups_of
from qipan.domains.mobile.coverage.metrics import whole
from qipan.engines.radio import Settings, coverage
from tests.coverage.town import city, degrees, middle, mobile, north_half, operator_user, south_half, telecom


def compute(town, **parameters):
    number = town.study(**parameters)
    return number, run_coverage(town.database, town.catalogue, system, number)


def share(summary, area, operator, key):
    (row,) = [one for one in summary["areas"] if (one["area_id"], one["operator_id"]) == (area, operator)]
    return row[key]


def test_a_town_is_computed_and_summed_up(town):
    number, summary = compute(town)
    study = open_study(town.database, number)
    assert study.grid.shape == (120, 120)
    assert [(one.operator_id, one.frequency, one.band) for one in study.layers] == [
        (mobile, 2565.0, "2.6G"),
        (mobile, 3450.0, "3.5G"),
        (telecom, 3550.0, "3.5G"),
    ]
    assert summary["cells"] == 6
    assert summary["errors"] == []
    assert share(summary, north_half, None, "population") > 0.7
    parts = sorted(share(summary, area, None, "outdoor_area") for area in (north_half, south_half))
    assert parts[0] < share(summary, city, None, "outdoor_area") < parts[1]
    assert share(summary, north_half, mobile, "outdoor_area") <= share(summary, north_half, None, "outdoor_area")
    kinds = {(one["class"], one["operator_id"]): one["covered"] for one in summary["venues"]}
    assert kinds[("park", None)] == 0
    assert summary["agreement"]["points"] > 100
    with town.database.connect() as connection:
        kept = read_scenario(connection, system, number)
    assert (kept.state, kept.summary["cells"]) == ("ready", 6)


def test_the_arrays_are_those_of_the_engine(computed, study):
    town, _ = computed
    grid, cells = study.grid, study.cells
    box = (grid.west, grid.north - grid.rows * 20, grid.west + grid.columns * 20, grid.north)
    ground = read_ground(town.database, town.catalogue, box, 20.0)
    from qipan.domains.mobile.coverage.antennas import load_antennas
    from qipan.engines.radio import Cells

    outdoors = np.flatnonzero(cells["form"] != "indoor")
    known = load_antennas(town.database)
    names = sorted({str(one) for one in cells["antenna"][outdoors]})
    same = ("height", "f", "watts", "subcarriers", "azimuth", "mechanical_tilt", "electrical_tilt", "layer")
    exact = Cells.of(
        cells["x"][outdoors],
        cells["y"][outdoors],
        antennas=[known[name] for name in names],
        antenna=[names.index(one) for one in cells["antenna"][outdoors]],
        **{key: cells[key][outdoors] for key in same},
    )
    found = coverage(ground, exact, Settings(radius=700.0, servers=3, sample=0))
    for layer in study.layers:
        assert np.allclose(study.levels(layer.number), found.layers[layer.number].levels, atol=0.00501)
        assert np.array_equal(study.servers(layer.number), found.layers[layer.number].servers)
        assert np.allclose(study.total(layer.number), found.layers[layer.number].total, rtol=1.2e-3)


def test_blocks_give_what_one_piece_gives(computed, study, monkeypatch):
    town, _ = computed
    monkeypatch.setattr(sweeping, "_block_bytes", 5_000_000)
    number, _ = compute(town, name="分块")
    again = open_study(town.database, number)
    assert again.version != study.version
    for layer in study.layers:
        assert np.allclose(study.levels(layer.number), again.levels(layer.number), atol=1e-3)
        assert (study.servers(layer.number)[..., 0] == again.servers(layer.number)[..., 0]).mean() > 0.9999


def test_partners_on_a_shared_mast_serve_each_other(computed, study):
    town, _ = computed
    serving = {str(code) for code in study.cells["code"][study.serving(telecom)]}
    assert serving == {town.codes[name] for name in ("电信0", "移动0", "移动1", "移动2")}
    groups = groups_of(study)
    best = dict(zip([one.operator_id for one in groups], best_of(study, groups, whole(study)), strict=True))
    own = np.asarray(study.levels(2)[..., 0])
    street = ~study.built
    with_partners, alone = (np.nan_to_num(one[street], neginf=-300.0) for one in (best[telecom].outdoors, own))
    gained = with_partners - alone
    assert gained.min() >= 0.0
    assert (gained > 10.0).sum() > 1000
    # the station in the south is not shared
    low = slice(80, 105), slice(10, 50)
    assert (best[mobile].outdoors[low] >= best[telecom].outdoors[low]).all()
    assert np.isinf(best[telecom].outdoors[low]).sum() > np.isinf(best[mobile].outdoors[low]).sum()
    assert np.array_equal(best[None].outdoors, np.maximum(best[mobile].outdoors, best[telecom].outdoors))


def test_an_indoor_system_covers_its_own_building_alone(computed, study):
    town, _ = computed
    mall = next(one for one in study.layers if one.frequency == 2565.0)
    at, level, cell = study.indoors(mall.number)
    row, column = np.divmod(at, study.grid.columns)
    assert study.built[row, column].all()
    assert at.size == 12  # 80 by 60 m of 20 m cells
    assert (study.cells["code"][cell] == town.codes["室分0"]).all()
    inside = metric(study, "indoor")
    assert (inside[row, column] >= level).all()
    assert level.min() > -95.0
    best = metric(study, "server")
    assert not (best == cell[0]).any()


def test_a_bad_cell_is_named_and_the_others_are_computed(small_town):
    x, y = middle
    town = small_town
    town.cell("城外", "移动站", x + 20_000, y)
    for name in ("低频", "强功率", "贴地", "无频率"):
        town.cell(name, "移动站", x, y + 400)
    change(town, "低频", frequency=100.0)
    change(town, "强功率", power=500.0)
    change(town, "贴地", height=0.0)
    change(town, "无频率", frequency=None)
    _, summary = compute(town)
    assert summary["cells"] == 6
    names = ("城外", "低频", "强功率", "贴地", "无频率")
    told = {name: next(one for one in summary["errors"] if town.codes[name] in one) for name in names}
    assert "在计算范围之外（经度" in told["城外"]
    assert "频率 100 MHz超出 400 至 71000 MHz" in told["低频"]
    assert "发射功率 1e+47 W 超出 1e-06 至 100000 W" in told["强功率"]
    assert "挂高 0 米超出 1 至 400 米" in told["贴地"]
    assert "没有中心频率，允许 400 至 71000 MHz" in told["无频率"]
    assert len(summary["errors"]) == summary["error_count"] == 5


def change(town, label, **values):
    row = tables.resource.c
    with town.database.begin() as connection:
        found = connection.execute(select(row.attributes).where(row.code == town.codes[label])).scalar_one()
        kept = {key: value for key, value in (found | values).items() if value is not None}
        statement = update(tables.resource).where(row.code == town.codes[label])
        connection.execute(statement.values(attributes=kept))


def test_a_cell_on_unknown_ground_is_named(small_town, tmp_path):
    from qipan.core.ground import import_ground
    from tests.coverage.town import heights, write_raster

    grid = heights()
    grid[60:110, :60] = np.nan
    import_ground(small_town.database, "terrain", write_raster(tmp_path / "holes.tif", grid), system)
    _, summary = compute(small_town)
    (told,) = summary["errors"]
    assert small_town.codes["南0"] in told
    assert "处的地形没有高程" in told


def test_the_models_own_range_is_told(small_town):
    small_town.cell("低频专网", "南站", *middle, frequency=450.0)
    _, summary = compute(small_town, model="p1812")
    assert "频率 450 MHz超出 500 至 71000 MHz" in summary["errors"][0]
    _, summary = compute(small_town)
    assert summary["errors"] == []


def test_private_networks_are_layers_that_do_not_count_for_the_public(small_town):
    small_town.cell("专网0", "南站", middle[0] + 600, middle[1] - 600, frequency=1795.0, bandwidth=10.0)
    number, _ = compute(small_town)
    study = open_study(small_town.database, number)
    (private,) = [one for one in study.layers if one.private]
    assert private.band == "1.8G"
    alone = metric(study, "rsrp", private.number)
    assert np.isfinite(alone).any()
    public = metric(study, "rsrp")
    every = metric(study, "rsrp", [one.number for one in study.layers])
    assert (np.nan_to_num(every, nan=-999) > np.nan_to_num(public, nan=-999)).any()


def test_values_that_are_missing_are_counted(small_town):
    change(small_town, "南0", bandwidth=None, antenna="没有这种天线")
    number, summary = compute(small_town)
    assert summary["defaulted"] == {"macro": 1}
    study = open_study(small_town.database, number)
    (place,) = np.flatnonzero(study.cells["code"] == small_town.codes["南0"])
    assert study.cells["antenna"][place] == "64T64R"


def test_nothing_to_compute_is_said_and_the_earlier_result_stays(small_town):
    number, summary = compute(small_town)
    for label in ("移动0", "移动1", "移动2", "电信0", "南0"):
        change(small_town, label, power=500.0)
    with pytest.raises(NothingToCompute, match="没有可以计算的室外小区（5 个有误），例如小区"):
        run_coverage(small_town.database, small_town.catalogue, system, number)
    with small_town.database.connect() as connection:
        kept = read_scenario(connection, system, number)
    assert kept.state == "ready"
    assert kept.summary["cells"] == summary["cells"]
    assert "没有可以计算" in kept.reason


def test_cancelling_keeps_the_earlier_result(computed):
    town, _ = computed
    number, _ = compute(town, name="取消")
    version = open_study(town.database, number).version
    stages = []
    progress = Progress()

    def stop(fraction, stage):
        stages.append(fraction)
        if "计算覆盖" in stage:
            progress.stop.set()

    progress.listener = stop
    with pytest.raises(JobCancelled):
        run_coverage(town.database, town.catalogue, system, number, progress)
    assert open_study(town.database, number).version == version
    assert stages == sorted(stages)
    folder = scenario_folder(town.database, number).parent
    assert not [one for one in folder.iterdir() if one.name.startswith(".") and one.is_dir()]


def test_parameters_are_checked_field_by_field(small_town):
    asked = {"resolution": 0.1, "model": "magic", "servers": 2.5, "bands": "3.5G", "colour": "red", "load": True}
    number = small_town.study(**asked)
    with pytest.raises(InvalidRecord) as caught:
        run_coverage(small_town.database, small_town.catalogue, system, number)
    told = {one.field: one.reason for one in caught.value.problems}
    assert set(told) == set(asked)
    assert told["resolution"] == "应在 2 至 200米 之间"
    assert told["model"] == "应为 surface 或 p1812"


def test_parameters_survive_json():
    kept = CoverageParameters(bands=("3.5G",), operator_ids=(1, 2), load=0.3)
    assert CoverageParameters.from_json(kept.to_json()) == kept


def test_operators_bands_and_day_choose_the_cells(computed):
    town, _ = computed
    assert compute(town, operator_ids=[telecom])[1]["cells"] == 1
    assert compute(town, bands=["2.6G"])[1]["cells"] == 2
    with pytest.raises(NothingToCompute, match="导入 5G 小区"):
        compute(town, as_of="2019-01-01")


def test_a_district_is_computed_with_the_masts_around_it(computed):
    town, _ = computed
    number = town.study(area_id=south_half)
    summary = run_coverage(town.database, town.catalogue, system, number)
    study = open_study(town.database, number)
    assert study.grid.rows < 120
    assert summary["cells"] > 1
    assert {one["area_id"] for one in summary["areas"]} == {city, north_half, south_half}


def test_a_full_disk_is_foreseen(small_town, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    with pytest.raises(DatabaseError, match="磁盘空间不足：120×120 格、3 层约需"):
        compute(small_town)


def test_who_may_not_see_a_scenario_may_not_compute_it(computed):
    town, number = computed
    with pytest.raises(NotFound):
        run_coverage(town.database, town.catalogue, operator_user, number)
    with pytest.raises(StudyMissing, match="还没有覆盖计算结果"):
        open_study(town.database, town.study())


def test_an_imported_antenna_takes_the_place_of_a_typical_one(small_town, tmp_path):
    lines = ["NAME 4T4R", "FREQUENCY 3500", "GAIN 20 dBi", "HORIZONTAL 360"]
    lines += [f"{angle}.0 {min(abs((angle + 180) % 360 - 180) / 6, 30):.1f}" for angle in range(360)]
    lines += ["VERTICAL 360"] + [f"{angle}.0 {min(abs((angle + 180) % 360 - 180), 30):.1f}" for angle in range(360)]
    path = tmp_path / "4T4R.msi"
    path.write_text("\n".join(lines))
    before = np.nanmax(metric(open_study(small_town.database, compute(small_town)[0]), "rsrp", 2))
    assert import_antenna(small_town.database, path, system).gain == 20.0
    after = np.nanmax(metric(open_study(small_town.database, compute(small_town)[0]), "rsrp", 2))
    assert after > before


def test_positions_are_told_in_degrees(computed, study):
    town, _ = computed
    (place,) = np.flatnonzero(study.cells["code"] == town.codes["移动0"])
    at = degrees(middle[0], middle[1] + 400)
    assert study.cells["longitude"][place] == pytest.approx(at["longitude"])
    assert study.cells["x"][place] == pytest.approx(middle[0], abs=0.01)


def test_sites_of_a_build_plan_are_added(small_town):
    before = compute(small_town)[1]
    with small_town.database.begin() as connection:
        fields = {"kind": "build", "subject": "mobile.base_station", "name": "建站", "parameters": {}}
        plan = create_scenario(connection, system, **fields).id
    with pytest.raises(InvalidRecord, match="方案“建站”没有规划小区"):
        compute(small_town, include_planned=[plan])
    at = degrees(middle[0] + 700, middle[1] - 600)
    cell = {"site": 1, "owner_id": mobile, "f": 2.565, "watts": 200.0, "subcarriers": 3276.0, "azimuth": 0.0}
    cell |= {"mechanical_tilt": 3.0, "electrical_tilt": 4.0, "height": 25.0, "antenna": "64T64R"} | at
    with replace_folder(scenario_folder(small_town.database, plan)) as folder:
        pq.write_table(
            pa.Table.from_pylist([cell | {"azimuth": turn} for turn in (0.0, 120.0, 240.0)]), folder / "cells.parquet"
        )
    number, after = compute(small_town, include_planned=[plan])
    assert after["cells"] == before["cells"] + 3
    gained = share(after, south_half, mobile, "outdoor_area") - share(before, south_half, mobile, "outdoor_area")
    assert gained > 0.2
    cells = open_study(small_town.database, number).cells
    assert [str(one) for one in cells["code"][cells["resource_id"] < 0]] == [
        f"P{plan}-1-{place}" for place in (1, 2, 3)
    ]
    with pytest.raises(NotFound):
        compute(small_town, include_planned=[999])
