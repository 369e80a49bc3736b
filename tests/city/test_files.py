"""The folder: the same bytes for the same seed, the catalogue's columns and values, all of it or nothing."""

from __future__ import annotations

import csv
import errno
import filecmp
import json
import shutil

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.city import CityFolderTaken, CityNotWritten, CityOutOfRange, make, make_city
from qipan.core.codes import is_code
from qipan.core.database import open_database
from qipan.core.errors import JobCancelled
from qipan.core.exchange import import_folder
from qipan.core.fields import read_value

catalogue = load_catalogue()


def _manifest(folder):
    return json.loads((folder / "city.json").read_text(encoding="utf-8"))


def _rows(path):
    """Return header and rows of a file as texts, geometries as the last column of a GeoPackage."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        return header, rows, None
    _, table = pyogrio.read_arrow(path)
    geometry = shapely.from_wkb(table.column(table.column_names[-1]).to_numpy(zero_copy_only=False))
    table = table.drop_columns([table.column_names[-1]])
    columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    return table.column_names, [list(row) for row in zip(*columns, strict=True)], geometry


_of_plans = {"treatment", "replaces", "moves_to"}
"""What a merging plan writes when it is entered into the register; a made city has none."""


def _resources(folder):
    return [one for one in _manifest(folder)["files"] if one["content"] == "resources"]


def _columns(folder, kind):
    parts = [_rows(folder / one["file"]) for one in _resources(folder) if one["kind"] == kind]
    rows = [row for _, part, _ in parts for row in part]
    return {name: [row[place] for row in rows] for place, name in enumerate(parts[0][0])}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    make_city(tmp_path / "one", 0.001, 5)
    make_city(tmp_path / "two", 0.001, 5)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    same, different, failed = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False)
    assert sorted(same) == names
    assert not different
    assert not failed
    make_city(tmp_path / "three", 0.001, 6)
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "three", ["base_station.csv"], shallow=False)[1]


def test_the_manifest_lists_every_file_and_what_others_point_at_first(folder):
    manifest = _manifest(folder)
    listed = [one["file"] for one in manifest["files"]]
    assert sorted([*listed, "city.json"]) == sorted(path.name for path in folder.iterdir())
    assert [one["content"] for one in manifest["files"][:2]] == ["areas", "units"]
    order = [one["kind"] for one in _resources(folder)]
    assert set(order) == set(catalogue.kinds)
    for place, kind in enumerate(order):
        for attribute in catalogue.kinds[kind].attributes:
            if attribute.kind is not None:
                assert attribute.kind in order[:place]
    assert manifest["as_of"] == "2023-06-30"


@pytest.mark.parametrize("kind", catalogue.kinds)
def test_columns_and_values_are_the_catalogues(folder, kind):
    fields = catalogue.columns(catalogue.kinds[kind])
    (entry,) = [one for one in _resources(folder) if one["kind"] == kind]
    header, rows, _ = _rows(folder / entry["file"])
    assert header == [one.name.zh for one in fields]
    assert len(rows) == entry["rows"]
    for place, field in enumerate(fields):
        for value in {row[place] for row in rows}:
            read_value(field, value)
        if field.type == "choice":
            named = {""} if field.key in _of_plans else {choice.name.zh for choice in field.choices}
            assert {row[place] for row in rows} <= named


def test_codes_are_valid_unique_and_what_they_point_at_exists(folder):
    codes = {kind: _columns(folder, kind)["资源编码"] for kind in catalogue.kinds}
    everything = [code for each in codes.values() for code in each]
    assert len(set(everything)) == len(everything)
    assert all(map(is_code, everything))
    for key, kind in catalogue.kinds.items():
        columns = _columns(folder, key)
        for attribute in kind.attributes:
            if attribute.kind is not None:
                values = set(columns[attribute.name.zh])
                assert values - {""} <= set(codes[attribute.kind])
                assert bool(values - {""}) == (attribute.key not in _of_plans)


def test_areas_and_owners_are_those_that_the_city_brings(folder):
    _, areas, _ = _rows(folder / "areas.gpkg")
    header, units, _ = _rows(folder / "units.csv")
    assert header == ["name", "aliases", "kind", "parent", "area"]
    area_codes = {row[0]: row[1] for row in areas}
    assert {row[4] for row in units} <= set(area_codes)
    for kind in catalogue.kinds:
        columns = _columns(folder, kind)
        assert set(columns["权属单位"]) <= {row[0] for row in units}
        for code, area in set(zip((code[:6] for code in columns["资源编码"]), columns["所属区域"], strict=True)):
            assert area_codes[code] == area


def test_every_point_lies_in_the_polygon_of_its_district(folder):
    _, areas, polygons = _rows(folder / "areas.gpkg")
    named = {row[1]: polygon for row, polygon in zip(areas, polygons, strict=True)}
    for key, kind in catalogue.kinds.items():
        if kind.geometry not in ("point", "polygon"):
            continue
        columns = _columns(folder, key)
        points = shapely.points(np.array(columns["经度"], float), np.array(columns["纬度"], float))
        owners = np.array(columns["所属区域"])
        for name in set(columns["所属区域"]):
            shapely.prepare(named[name])
            assert shapely.covers(named[name], points[owners == name]).all(), (key, name)


def test_csv_has_the_mark_that_spreadsheets_need(folder):
    assert (folder / "venue.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_grids_are_georeferenced_tiled_and_deflated(folder):
    with rasterio.open(folder / "terrain.tif") as heights, rasterio.open(folder / "land_cover.tif") as cover:
        assert heights.dtypes == ("float32",)
        assert heights.res == (30.0, 30.0)
        assert heights.crs.to_epsg() == 4547
        assert heights.profile["tiled"]
        assert heights.compression.value == "DEFLATE"
        assert cover.transform == heights.transform
        assert cover.read(1).max() < len(_manifest(folder)["land_cover"])


def test_streets_have_names_and_classes(folder):
    header, rows, lines = _rows(folder / "streets.gpkg")
    assert header == ["name", "class", "length", "from_junction", "to_junction"]
    assert {row[1] for row in rows} == {"arterial", "secondary", "collector", "local"}
    assert all(row[0] for row in rows)
    assert (shapely.get_num_points(lines) == 2).all()


def test_many_rows_are_written_in_numbered_parts(tmp_path, monkeypatch):
    from qipan.engines.synthesis import sensing

    monkeypatch.setattr(sensing, "part_rows", 4000)
    monkeypatch.setattr("qipan.engines.synthesis.city.part_rows", 4000)
    make_city(tmp_path / "city", 0.001, 5)
    entries = [one for one in _resources(tmp_path / "city") if one["kind"] == "terminal"]
    assert [one["file"] for one in entries] == [f"terminal-{number:03d}.csv" for number in (1, 2, 3)]
    codes = _columns(tmp_path / "city", "terminal")["资源编码"]
    assert len(set(codes)) == len(codes) == 10_000


def test_progress_rises_to_the_end(tmp_path):
    told = []
    make_city(tmp_path / "city", 0.001, 1, lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(text for _, text in told)


@pytest.mark.parametrize("after", [0, 3, 6, 12, 20])
def test_cancelling_leaves_nothing(tmp_path, after):
    asked = iter(range(100))
    with pytest.raises(JobCancelled):
        make_city(tmp_path / "city", 0.001, 1, cancelled=lambda: next(asked) >= after)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    place = tmp_path / "city"
    place.mkdir()
    (place / "own.txt").write_text("mine")
    with pytest.raises(CityFolderTaken, match="已有内容"):
        make_city(place, 0.001, 1)
    assert [path.name for path in place.iterdir()] == ["own.txt"]
    make_city(place, 0.001, 1, overwrite=True)
    assert not (place / "own.txt").exists()
    assert (place / "city.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def test_an_empty_folder_is_filled_and_parents_are_made(tmp_path):
    (tmp_path / "empty").mkdir()
    make_city(tmp_path / "empty", 0.001, 1)
    make_city(tmp_path / "a" / "b", 0.001, 1)
    assert (tmp_path / "empty" / "city.json").exists()
    assert (tmp_path / "a" / "b" / "city.json").exists()


def test_too_little_room_is_said_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 1000))
    with pytest.raises(CityNotWritten, match="磁盘空间不足"):
        make_city(tmp_path / "city", 0.001, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "磁盘空间不足"),
        (OSError(errno.EACCES, "Permission denied"), "没有权限"),
        (pyogrio.errors.DataSourceError("could not write"), "请核对目录后重试"),
    ],
)
def test_a_failure_to_write_says_why_and_keeps_what_was_there(tmp_path, monkeypatch, error, words):
    make_city(tmp_path / "city", 0.001, 1)
    before = (tmp_path / "city" / "venue.csv").read_bytes()

    def fail(*_):
        raise error

    monkeypatch.setattr(make, "write_csv", fail)
    with pytest.raises(CityNotWritten, match=words):
        make_city(tmp_path / "city", 0.001, 2, overwrite=True)
    assert (tmp_path / "city" / "venue.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def test_a_file_in_the_way_is_not_replaced_unasked(tmp_path):
    (tmp_path / "city").write_text("a file")
    with pytest.raises(CityFolderTaken):
        make_city(tmp_path / "city", 0.001, 1)
    assert (tmp_path / "city").read_text() == "a file"


@pytest.mark.parametrize(
    ("scale", "seed", "words"), [(2, 1, "0.001 至 1"), (0.0, 1, "0.001 至 1"), (0.001, -1, "正整数")]
)
def test_what_cannot_be_made_is_refused_before_anything_is_touched(tmp_path, scale, seed, words):
    with pytest.raises(CityOutOfRange, match=words):
        make_city(tmp_path / "a" / "city", scale, seed)
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_comes_back_where_the_new_folder_cannot_take_over(tmp_path, monkeypatch):
    make_city(tmp_path / "city", 0.001, 1)
    move = make.os.replace

    def refuse_the_draft(source, target):
        if target == tmp_path / "city" and (source / "city.json").exists() and source.parent == tmp_path:
            raise OSError(errno.EACCES, "Permission denied")
        move(source, target)

    monkeypatch.setattr(make.os, "replace", refuse_the_draft)
    with pytest.raises(CityNotWritten, match="没有权限"):
        make_city(tmp_path / "city", 0.001, 2, overwrite=True)
    assert _manifest(tmp_path / "city")["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def test_the_folder_takes_the_road_of_a_real_city_into_the_register(folder, tmp_path):
    register = open_database(tmp_path / "register.db")
    results = import_folder(register, folder, system)
    register.close()
    for entry in _resources(folder):
        assert results[entry["file"]].created == entry["rows"]
