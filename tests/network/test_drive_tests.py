"""Drive tests: files as offices write them, bad rows refused by number, errors found again, corrections applied."""

from __future__ import annotations

import numpy as np
import pyogrio
import pytest
import shapely

from qipan.core.access import Principal, system
from qipan.core.errors import AccessDenied, ImportRejected, InvalidRecord, NotFound
from qipan.core.resources import change_resource
from qipan.domains.mobile.coverage import open_study, run_coverage
from qipan.domains.mobile.coverage.correcting import keep_correction
from qipan.domains.mobile.network import (
    FitParameters,
    NothingToPlan,
    calibrate_study,
    compare,
    comparison_figures,
    delete_calibration,
    delete_drive_test,
    import_drive_test,
    list_calibrations,
    list_drive_tests,
    read_drive_test,
    read_refused,
    read_samples,
)
from qipan.domains.mobile.network.drive_tests.reading import read_file
from qipan.engines.geodesy import gcj02_to_bd09, wgs84_to_gcj02
from qipan.engines.radio import TooFewMeasurements
from tests.coverage.town import mobile, operator_user, plane, telecom

rival = Principal("移动", "operator", 3, owner_ids=frozenset({mobile}), may_write=True)
stranger = Principal("别家", "operator", 4, owner_ids=frozenset({99}), may_write=True)


def route(study, count=1500, owner=mobile, seed=1):
    """Points in the open where a layer of an operator is predicted: row, column, longitude, latitude."""
    layer = next(one for one in study.layers if one.operator_id == owner and one.frequency > 3000)
    level = np.asarray(study.levels(layer.number)[..., 0])
    places = np.argwhere((level > -110) & (level < -45) & ~np.asarray(study.built))
    chosen = places[np.random.default_rng(seed).integers(0, len(places), count)]
    grid = study.grid
    x = grid.west + (chosen[:, 1] + 0.5) * grid.resolution
    y = grid.north - (chosen[:, 0] + 0.5) * grid.resolution
    longitude, latitude = plane.to_degrees(x, y)
    return layer, chosen, longitude, latitude


def lines(head, *columns):
    return (head + "\n" + "\n".join(",".join(map(str, row)) for row in zip(*columns, strict=True))).encode()


@pytest.mark.parametrize(
    ("datum", "shift"),
    [
        ("wgs84", lambda x, y: (x, y)),
        ("gcj02", wgs84_to_gcj02),
        ("bd09", lambda x, y: gcj02_to_bd09(*wgs84_to_gcj02(x, y))),
    ],
)
def test_coordinates_of_any_datum_end_at_the_same_place(datum, shift):
    x, y = np.array([114.05, 114.06]), np.array([22.53, 22.54])
    east, north = shift(x, y)
    read = read_file(lines("经度,纬度,RSRP", east, north, [-80, -90]), "a.csv", datum)
    assert read.table["longitude"].to_numpy() == pytest.approx(x, abs=1e-7)
    assert read.table["latitude"].to_numpy() == pytest.approx(y, abs=1e-7)


@pytest.mark.parametrize(
    "head",
    [
        "经度,纬度,RSRP(dBm),SINR（dB）,PCI,时间",
        "lon,lat,NR SS-RSRP,NR SS-SINR,NR PCI,Timestamp",
        "Lng,Lat,电平,信噪比,物理小区标识,测试时间",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_headings_are_found_in_both_languages(head, encoding):
    text = f"{head}\n114.05,22.53,-80.5,12,301,2023-05-01 08:00:01\n".encode(encoding)
    (row,) = read_file(text, "a.csv").table.to_pylist()
    assert (row["level"], row["sinr"], row["pci"], row["time"]) == (-80.5, 12.0, 301, "2023-05-01 08:00:01")


def test_rows_that_will_not_do_are_named_and_the_others_stay():
    text = (
        "时间,经度,纬度,RSRP,PCI,备注\n"
        "1,114.05,22.53,-80,301,好\n"
        "2,东,22.53,-80,301,\n"
        "3,114.05,22.53,-20,301,\n"
        "4,114.05,22.53,,301,\n"
        "5,,,-80,301,\n"
        "6,114.05,22.53,-80,2000,\n"
        "7,114.05,95,-80,301,\n"
        "8,114.06,22.53,-81,,好\n"
    )
    read = read_file(text.encode("gb18030"), "路测.csv")
    assert read.table["row"].to_pylist() == [2, 9]
    assert {one.row for one in read.refused} == {3, 4, 5, 6, 7, 8}
    said = {one.row: str(one) for one in read.refused}
    assert said[4] == "第 4 行，“RSRP”的值“-20”：超出范围，允许 -156 至 -31 dBm"
    assert "应为数值" in said[3]


@pytest.mark.parametrize(
    ("content", "datum", "sentence"),
    [
        (b"a,b\n1,2\n", "wgs84", "没有经度、纬度、RSRP列：现有 a、b"),
        ("经度,纬度,RSRP\n200,22,-80\n".encode(), "wgs84", "没有一行可用的测量点（共 1 行）"),
        ("经度,纬度,RSRP\n114,22,-80\n".encode(), "mars", "没有坐标系“mars”"),
        ("经度,纬度,RSRP\n114,22,-80\n".encode(), "gauss_kruger:4547", "坐标应为经纬度"),
        (b"PK\x03\x04" + bytes(20), "wgs84", "是损坏的压缩文件"),
        (b"", "wgs84", "是空文件"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_a_sentence(content, datum, sentence):
    with pytest.raises(ImportRejected) as told:
        read_file(content, "坏.csv", datum)
    assert sentence in str(told.value)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_a_geopackage_is_read_by_its_points(tmp_path, crs):
    x, y = np.array([506_000.0, 506_100.0]), np.array([2_494_000.0, 2_494_100.0])
    longitude, latitude = plane.to_degrees(x, y)
    at = (x, y) if crs == "EPSG:4547" else (longitude, latitude)
    pyogrio.raw.write(
        tmp_path / "a.gpkg", shapely.to_wkb(shapely.points(*at)), layer="drive", crs=crs, geometry_type="Point",
        field_data=[np.array([-80.0, -85.5]), np.array(["2023", "2024"], dtype=object)], fields=["SS-RSRP", "时间"],
    )  # fmt: skip
    read = read_file((tmp_path / "a.gpkg").read_bytes(), "a.gpkg")
    assert read.table["level"].to_pylist() == [-80.0, -85.5]
    assert read.table["longitude"].to_numpy() == pytest.approx(longitude, abs=1e-8)
    assert read.table["time"].to_pylist() == ["2023", "2024"]


def test_tests_are_kept_with_their_refused_rows_and_seen_by_their_own(fresh):
    town, _ = fresh
    content = "经度,纬度,RSRP\n114.05,22.53,-80\n114.05,22.53,5\n".encode()
    test = import_drive_test(town.database, operator_user, content, "a.csv")
    assert (test.rows, test.refused, test.owner_id) == (1, 1, telecom)
    assert read_refused(town.database, test)[0]["row"] == 3
    assert list_drive_tests(town.database, operator_user) == list_drive_tests(town.database, system) == [test]
    assert list_drive_tests(town.database, rival) == []
    with pytest.raises(NotFound):
        delete_drive_test(town.database, rival, test.id)
    with pytest.raises(AccessDenied, match="不能为其他运营商导入路测"):
        import_drive_test(town.database, rival, content, "a.csv", owner_id=telecom)
    with pytest.raises(ImportRejected):
        import_drive_test(town.database, system, b"a,b\n1,2\n", "b.csv")
    assert len(list_drive_tests(town.database, system)) == 1
    delete_drive_test(town.database, system, test.id)
    assert list_drive_tests(town.database, system) == []


def test_the_measured_cell_is_found_by_code_by_identity_and_by_strength(fresh):
    town, number = fresh
    study = open_study(town.database, number)
    layer, places, longitude, latitude = route(study, 400)
    server = np.asarray(study.servers(layer.number))[places[:, 0], places[:, 1]]
    level = np.asarray(study.levels(layer.number))[places[:, 0], places[:, 1]]
    code = study.cells["code"]
    second = server[:, 1] >= 0
    text = [code[one] for one in server[second, 1]]
    measured = [f"{one:.3f}" for one in level[second, 1]]
    content = lines("经度,纬度,RSRP,小区", longitude[second], latitude[second], measured, text)
    test = import_drive_test(town.database, system, content, "a.csv", owner_id=mobile)
    found = compare(town.database, town.catalogue, study, read_samples(town.database, test), mobile)
    assert found.counts == {"best": 0, "pci": 0, "cell": int(second.sum())}
    assert np.abs(found.measurements.level - found.measurements.predicted).max() < 0.001
    strongest = lines("经度,纬度,RSRP", longitude, latitude, [f"{one:.3f}" for one in level[:, 0]])
    test = import_drive_test(town.database, system, strongest, "b.csv", owner_id=telecom)
    found = compare(town.database, town.catalogue, study, read_samples(town.database, test), telecom)
    assert found.counts["best"] > 0
    owners = study.cells["operator_id"][found.measurements.cell]
    assert set(owners.tolist()) == {telecom}


def test_an_identity_says_which_cell_was_measured(fresh):
    town, number = fresh
    study = open_study(town.database, number)
    code = town.codes["移动增1-0"]
    with town.database.begin() as connection:
        change_resource(connection, town.catalogue, system, code, {"physical_cell_identity": 500}, 1)
    cell = int(np.flatnonzero(study.cells["code"] == code)[0])
    layer = int(study.cells["layer"][cell])
    servers, levels = np.asarray(study.servers(layer)), np.asarray(study.levels(layer))
    places = np.argwhere((servers[..., 1] == cell) & (levels[..., 1] > -120) & (levels[..., 1] < -40))[:100]
    x, y = (study.grid.west + (places[:, 1] + 0.5) * 20, study.grid.north - (places[:, 0] + 0.5) * 20)
    measured = [f"{one:.3f}" for one in levels[places[:, 0], places[:, 1], 1]]
    content = lines("经度,纬度,RSRP,PCI", *plane.to_degrees(x, y), measured, [500] * len(places))
    test = import_drive_test(town.database, system, content, "a.csv", owner_id=mobile)
    found = compare(town.database, town.catalogue, study, read_samples(town.database, test), mobile)
    assert found.counts["pci"] == len(places)
    assert set(found.measurements.cell.tolist()) == {cell}


def test_samples_elsewhere_are_told(planned, study):
    town, _ = planned
    read = read_file(lines("经度,纬度,RSRP", [100.0], [30.0], [-80]), "a.csv")
    with pytest.raises(NothingToPlan, match="没有一个测量点"):
        compare(town.database, town.catalogue, study, read.table, mobile)
    with pytest.raises(NothingToPlan, match="没有该运营商的小区"):
        compare(town.database, town.catalogue, study, read.table, 77)


def biased(town, study, offset=6.0):
    layer, places, longitude, latitude = route(study, 3000)
    level = np.asarray(study.levels(layer.number))[places[:, 0], places[:, 1], 0]
    noise = np.random.default_rng(2).normal(0.0, 4.0, len(level))
    server = np.asarray(study.servers(layer.number))[places[:, 0], places[:, 1], 0]
    content = lines("经度,纬度,RSRP,小区", longitude, latitude, level + offset + noise, study.cells["code"][server])
    return import_drive_test(town.database, system, content, "b.csv", owner_id=mobile)


def test_a_bias_is_found_and_taken_out_of_later_studies(fresh):
    town, number = fresh
    study = open_study(town.database, number)
    test = biased(town, study)
    rules = FitParameters(block=200.0, bin=20.0)
    found = calibrate_study(town.database, town.catalogue, system, study, [test.id], parameters=rules)
    before, unseen = found.reports["before"], found.reports["held_out"]
    assert before["mean"] == pytest.approx(6.0, abs=0.4)
    assert abs(unseen["mean"]) < 0.5
    assert unseen["rmse"] < 4.6 < before["rmse"]
    assert len(found.reports["folds"]) == 5
    corrected = town.study("校正后", calibration=found.id)
    run_coverage(town.database, town.catalogue, system, corrected)
    again = open_study(town.database, corrected)
    figures = comparison_figures(
        compare(town.database, town.catalogue, again, read_samples(town.database, test), mobile)
    )
    assert abs(figures["error"]["mean"]) < 0.5
    assert sum(figures["histogram"]["counts"]) == figures["samples"]
    assert [one.id for one in list_calibrations(town.database, system)] == [found.id]
    assert list_calibrations(town.database, rival) == []
    delete_calibration(town.database, system, found.id)
    with pytest.raises(InvalidRecord, match="没有这个路测校正"):
        run_coverage(town.database, town.catalogue, system, corrected)


def test_a_correction_raises_levels_and_keeps_their_order(fresh):
    town, number = fresh
    kept = {"correction": {"intercept": -6.0, "slope": 8.0, "clutter": {"4": 3.0}}}
    corrected = town.study("校正", calibration=keep_correction(town.database, kept))
    run_coverage(town.database, town.catalogue, system, corrected)
    plain, changed = open_study(town.database, number), open_study(town.database, corrected)
    for layer in plain.layers:
        levels = np.asarray(changed.levels(layer.number))
        heard = np.isfinite(levels)
        assert (np.diff(np.where(heard, levels, -999.0), axis=-1) <= 0.0).all()
        assert (heard == np.isfinite(plain.levels(layer.number))).all()
        total = np.asarray(changed.total(layer.number))
        power = np.where(heard, 10.0 ** (levels.astype(float) / 10.0), 0.0).sum(axis=-1)
        assert (power <= total * 1.005).all()  # levels are kept in steps of 0.01 dB


def test_too_few_samples_carry_no_correction(planned, study):
    town, _ = planned
    _, _, longitude, latitude = route(study, 30)
    content = lines("经度,纬度,RSRP", longitude, latitude, [-80] * 30)
    test = import_drive_test(town.database, system, content, "few.csv", owner_id=mobile)
    with pytest.raises(TooFewMeasurements):
        calibrate_study(town.database, town.catalogue, system, study, [test.id])
    assert list_calibrations(town.database, system) == []
    with pytest.raises(NotFound, match="没有路测 99"):
        read_drive_test(town.database, system, 99)
