"""The snapshot follows the register by rewriting what changed and nothing else, and survives being torn."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest
from sqlalchemy import delete, insert, select, update

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import insert_row
from qipan.core.errors import DatabaseError
from qipan.core.history import open_change_set, write_change
from qipan.core.measuring import refresh, updating
from qipan.core.resources import change_resource, delete_resource

CATALOGUE = load_catalogue()
SINCE = date(2020, 1, 1)


def files(snapshot):
    return {
        (code, district): one.name
        for code, partitions in snapshot.manifest.partitions.items()
        for district, one in partitions.items()
    }


def build(city):
    for area in ("东一街道", "东二街道", "西区"):
        city.add("smart_pole", area, "移动", in_service_on=SINCE, height=10)
        city.add("access_point", area, "电信", in_service_on=SINCE, standard="wifi6")


def test_one_file_for_each_kind_and_district(city):
    build(city)
    names = files(city.snapshot())
    east, west = str(city.areas["东区"]), str(city.areas["西区"])
    assert set(names) == {(kind, district) for kind in ("POLE", "WLAP") for district in (east, west)}


def test_only_what_the_formulas_need_is_kept(city):
    build(city)
    snapshot = city.snapshot()
    with duckdb.connect() as connection:
        columns = connection.execute("describe from read_parquet($1)", [snapshot.files("POLE")]).fetchall()
    assert [row[0] for row in columns] == [
        *("id", "area_id", "owner_id", "begin_in_service", "end_in_service", "devices", "station_mounted"),
    ]


def test_nothing_is_written_where_nothing_changed(city):
    build(city)
    first = city.snapshot()
    assert city.snapshot().version == first.version
    assert files(city.snapshot()) == files(first)


def test_an_addition_rewrites_its_own_partition(city):
    build(city)
    before = files(city.snapshot())
    city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
    after = files(city.snapshot())
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {("POLE", str(city.areas["西区"]))}
    assert city.value("poles.smart_poles").value == 4


def code_of(city, resource_id):
    with city.database.connect() as connection:
        query = select(tables.resource.c.code).where(tables.resource.c.id == resource_id)
        return connection.execute(query).scalar_one()


def test_edits_moves_and_deletions_are_followed(city):
    build(city)
    extra = {"height": 10, "longitude": 114.0, "latitude": 22.5}
    pole = city.add("smart_pole", "西区", "移动", in_service_on=SINCE, **extra)
    assert city.value("poles.smart_poles", area="西区").value == 2
    place = {"longitude": 114.0, "latitude": 22.5}
    with city.database.begin() as connection:
        code = code_of(city, pole)
        change_resource(
            connection, CATALOGUE, system, code, place | {"retired_on": "2021-01-01", "state": "retired"}, 1
        )
    assert city.value("poles.smart_poles", area="西区").value == 1
    with city.database.begin() as connection:
        moved = {"retired_on": None, "state": "in_service", "area_id": city.areas["东一街道"]}
        change_resource(connection, CATALOGUE, system, code, place | moved, 2)
    assert (city.value("poles.smart_poles", area="西区").value, city.value("poles.smart_poles").value) == (1, 4)
    with city.database.begin() as connection:
        delete_resource(connection, CATALOGUE, system, code)
    assert city.value("poles.smart_poles").value == 3


def test_the_last_of_a_kind_can_go(city):
    pole = city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
    assert city.value("poles.smart_poles").value == 1
    with city.database.begin() as connection:
        delete_resource(connection, CATALOGUE, system, code_of(city, pole))
    assert city.value("poles.smart_poles") is None


def test_a_change_set_that_was_committed_late_is_not_missed(city):
    build(city)
    city.snapshot()
    with city.database.begin() as connection:
        late = open_change_set(connection, system, "create")
        open_change_set(connection, system, "create")
        connection.execute(delete(tables.change_set).where(tables.change_set.c.id == late))
    city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
    assert city.value("poles.smart_poles").value == 4
    # The transaction that took the lower number ends only now.
    with city.database.begin() as connection:
        row = connection.execute(tables.resource.select().where(tables.resource.c.kind == "POLE")).first()
        sets = dict(connection.execute(tables.change_set.select()).first()._mapping)
        connection.execute(insert(tables.change_set).values(sets | {"id": late}))
        values = dict(row._mapping) | {"code": "X" * 19, "created_in": late, "changed_in": late}
        del values["id"]
        insert_row(connection, tables.resource, values)
    assert city.value("poles.smart_poles").value == 5


@pytest.mark.parametrize("damage", ["cut", "gone", "no manifest", "broken manifest", "other format", "stray"])
def test_a_torn_snapshot_is_made_again(lone_city, damage):
    build(lone_city)
    before = lone_city.snapshot()
    path = before.folder / next(iter(before.manifest.partitions["POLE"].values())).name
    manifest = before.folder / "manifest.json"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-7])
    elif damage == "gone":
        path.unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "broken manifest":
        manifest.write_text(manifest.read_text()[:40])
    elif damage == "other format":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 0}))
    else:
        (before.folder / "POLE-9-9.parquet").write_bytes(b"half")
        (before.folder / "POLE-9-9.parquet.new").write_bytes(b"half")
        lone_city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
    assert lone_city.value("poles.smart_poles").value == (4 if damage == "stray" else 3)
    assert lone_city.value("wlan.access_points").value == 3
    assert not (before.folder / "POLE-9-9.parquet").exists()


def test_a_crash_while_writing_leaves_the_old_snapshot(lone_city, monkeypatch):
    build(lone_city)
    before = lone_city.snapshot()
    lone_city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)

    def fail(*_):
        message = "no space left"
        raise OSError(message)

    with monkeypatch.context() as patch:
        patch.setattr(updating, "write_manifest", fail)
        with pytest.raises(DatabaseError, match="no space left"):
            lone_city.snapshot()
    with duckdb.connect() as connection:
        assert connection.execute("select count(*) from read_parquet($1)", [before.files("POLE")]).fetchall() == [(3,)]
    assert lone_city.value("poles.smart_poles").value == 4


def test_a_reader_of_the_old_snapshot_is_not_cut_off(lone_city):
    build(lone_city)
    before = lone_city.snapshot()
    lone_city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
    lone_city.snapshot()
    with duckdb.connect() as connection:
        assert connection.execute("select count(*) from read_parquet($1)", [before.files("POLE")]).fetchall() == [(3,)]
    for _ in range(2):
        lone_city.add("smart_pole", "西区", "移动", in_service_on=SINCE, height=10)
        lone_city.snapshot()
    left = {path.name for path in before.folder.glob("*.parquet")}
    assert len(left) == len(files(lone_city.snapshot())) + 1


def test_another_register_in_the_same_place_is_noticed(lone_city):
    build(lone_city)
    lone_city.snapshot()
    with lone_city.database.begin() as connection:
        connection.execute(delete(tables.resource).where(tables.resource.c.kind == "POLE"))
        connection.execute(update(tables.change_set).values(request="another"))
    assert lone_city.value("poles.smart_poles") is None


def test_an_area_that_changes_hands_moves_its_resources(lone_city):
    build(lone_city)
    assert lone_city.value("poles.smart_poles", area="东区").value == 2
    with lone_city.database.begin() as connection:
        where = tables.area.c.id == lone_city.areas["东二街道"]
        connection.execute(update(tables.area).where(where).values(parent_id=lone_city.areas["西区"]))
    assert lone_city.value("poles.smart_poles", area="东区").value == 1
    assert lone_city.value("poles.smart_poles", area="西区").value == 2


def test_an_attribute_that_a_formula_begins_to_read_is_added(lone_city):
    from dataclasses import replace

    build(lone_city)
    lone_city.snapshot()
    taller = replace(CATALOGUE.indicators["poles.smart_poles"], formula="count(smart_pole, height >= 10)")
    catalogue = replace(CATALOGUE, indicators={**CATALOGUE.indicators, "poles.smart_poles": taller})
    snapshot = refresh(lone_city.database, catalogue, lone_city.folder)
    with duckdb.connect() as connection:
        heights = connection.execute("select height from read_parquet($1)", [snapshot.files("POLE")]).fetchall()
    assert heights == [(10.0,)] * 3


def test_many_changes_at_once_take_one_pass(lone_city, monkeypatch):
    build(lone_city)
    lone_city.snapshot()
    monkeypatch.setattr(updating, "_MANY", 50)
    lone_city.add_many("smart_pole", "东一街道", "移动", 80, in_service_on=SINCE, height=8)
    assert lone_city.value("poles.smart_poles", area="西区").value == 1
    assert lone_city.value("poles.smart_poles").value == 83


def test_progress_is_told(lone_city):
    build(lone_city)
    told = []
    refresh(lone_city.database, CATALOGUE, lone_city.folder, lambda share, stage: told.append((share, stage)))
    assert told[-1] == (1.0, "指标快照已更新")
    assert all(0 <= share <= 1 for share, _ in told)


def test_a_folder_that_cannot_be_written_is_said_plainly(lone_city, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="指标快照"):
        refresh(lone_city.database, CATALOGUE, tmp_path / "file" / "snapshot")


def test_history_of_other_records_is_no_concern(lone_city):
    build(lone_city)
    lone_city.snapshot()
    with lone_city.database.begin() as connection:
        change_set = open_change_set(connection, system, "update")
        write_change(connection, change_set, "target", 1, {"area_id": 999}, None)
        write_change(connection, change_set, "resource", 99, {"area_id": 999, "kind": "POLE"}, None)
    assert lone_city.value("poles.smart_poles").value == 3
