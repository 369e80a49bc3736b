from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, update

from qipan.core import tables
from qipan.core.access import Principal, nobody, system
from qipan.core.database import Database, open_database
from qipan.core.errors import AccessDenied, Conflict, DatabaseError, InUse, NotFound
from qipan.core.jobs import Progress
from qipan.core.scenarios import (
    Scenario,
    computing,
    copy_scenario,
    create_scenario,
    delete_scenario,
    list_scenarios,
    read_scenario,
    remove_scenario,
    replace_folder,
    scenario_folder,
    settle_scenarios,
    update_scenario,
)

district = Principal("区", "district", account_id=7, area_ids=frozenset({5}), may_write=True)


def made(database: Database, name: str = "现状覆盖", **more: int) -> Scenario:
    with database.begin() as connection:
        return create_scenario(
            connection,
            system,
            kind="coverage",
            subject="mobile.coverage",
            name=name,
            parameters={"resolution": 10},
            **more,
        )


def test_only_the_published_are_seen_by_others(database: Database):
    one = made(database)
    with database.begin() as connection:
        assert [each.id for each in list_scenarios(connection, system, kind="coverage")] == [one.id]
        assert list_scenarios(connection, system, kind="build") == []
        assert list_scenarios(connection, district) == []
        with pytest.raises(NotFound):
            read_scenario(connection, district, one.id)
        with pytest.raises(AccessDenied):
            update_scenario(connection, replace(system, role="operator"), one.id, {"published": True})
        update_scenario(connection, system, one.id, {"published": True})
        assert read_scenario(connection, district, one.id).published
        assert list_scenarios(connection, nobody) == []
        with pytest.raises(AccessDenied):
            update_scenario(connection, district, one.id, {"name": "改名"})


def test_two_editors_at_once(database: Database):
    one = made(database)
    with database.begin() as connection:
        newer = update_scenario(connection, system, one.id, {"name": "改名"}, version=one.version)
        assert (newer.name, newer.version) == ("改名", one.version + 1)
        with pytest.raises(Conflict):
            update_scenario(connection, system, one.id, {"name": "另改"}, version=one.version)


def test_a_failed_computation_keeps_the_earlier_result_and_says_why(database: Database):
    one = made(database)
    with computing(database, system, one.id) as work:
        work.summary["covered"] = 0.9
        (work.folder / "a").write_text("1")
    message = "地形缺失：请先导入"
    with pytest.raises(NotFound), computing(database, system, one.id):
        raise NotFound(message)
    with database.connect() as connection:
        kept = read_scenario(connection, system, one.id)
    assert kept.summary is not None
    assert (kept.state, kept.summary["covered"], kept.reason) == ("ready", 0.9, message)
    assert kept.summary["seconds"] >= 0
    assert [one.name for one in scenario_folder(database, one.id).iterdir()] == ["a"]
    other = made(database)
    with pytest.raises(NotFound), computing(database, system, other.id):
        raise NotFound(message)
    with database.connect() as connection:
        assert read_scenario(connection, system, other.id).state == "failed"


def test_a_second_computation_of_one_scenario_is_told_of_the_first(database: Database):
    one, other = made(database), made(database)
    progress = Progress(job_id=12)
    with computing(database, system, one.id, progress):
        with pytest.raises(Conflict, match="正在计算（任务 12）"), computing(database, system, one.id):
            pass
        with pytest.raises(Conflict, match="没有删除"):
            remove_scenario(database, system, one.id)
        assert settle_scenarios(database) == 0
        with computing(database, system, other.id) as work:
            work.summary["covered"] = 0.5
    with database.connect() as connection:
        assert [read_scenario(connection, system, each.id).state for each in (one, other)] == ["ready", "ready"]


_program = """
import sys, time
from qipan.core.access import system
from qipan.core.database import open_database
from qipan.core.scenarios import computing
with computing(open_database(sys.argv[1]), system, int(sys.argv[2])) as work:
    (work.folder / "half").write_text("1")
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("number", "said"), [(signal.SIGKILL, "中途停止"), (signal.SIGINT, "被中断")])
def test_what_ends_with_its_process_is_told_and_computed_again(tmp_path: Path, number: int, said: str):
    database = open_database(tmp_path / "register.db")
    one = made(database)
    arguments = [sys.executable, "-c", _program, str(tmp_path / "register.db"), str(one.id)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        with pytest.raises(Conflict), computing(database, system, one.id):
            pass
        process.send_signal(number)
        process.communicate()
    assert settle_scenarios(database) == (number == signal.SIGKILL)
    with database.connect() as connection:
        left = read_scenario(connection, system, one.id)
    assert (left.state, left.summary) == ("failed", None)
    assert said in left.reason
    assert [each.name for each in scenario_folder(database, one.id).parent.iterdir()] == [f".{one.id}.lock"]
    with computing(database, system, one.id) as work:
        work.summary["covered"] = 0.9
    with database.connect() as connection:
        assert read_scenario(connection, system, one.id).state == "ready"
    remove_scenario(database, system, one.id)
    assert list(scenario_folder(database, one.id).parent.iterdir()) == []
    database.close()


def test_what_others_are_based_on_stays(database: Database):
    one = made(database)
    with database.begin() as connection:
        copy = copy_scenario(connection, system, one.id, "副本")
        assert copy.parameters == one.parameters
        assert copy.based_on_id == one.id
        with pytest.raises(InUse):
            delete_scenario(connection, system, one.id)
        delete_scenario(connection, system, copy.id)
        delete_scenario(connection, system, one.id)
        assert list_scenarios(connection, system) == []


def _fill_disk(draft: Path) -> None:
    (draft / "a").write_text("2")
    raise OSError(28, "No space left on device")


def test_a_folder_is_replaced_whole_or_not_at_all(database: Database, tmp_path: Path):
    place = scenario_folder(database, 1) if database.is_sqlite else tmp_path / "data" / "1"
    with replace_folder(place) as draft:
        (draft / "a").write_text("1")
    with pytest.raises(DatabaseError), replace_folder(place) as draft:
        _fill_disk(draft)
    assert (place / "a").read_text() == "1"
    with replace_folder(place) as draft:
        (draft / "b").write_text("3")
    assert [one.name for one in place.iterdir()] == ["b"]
    assert [one.name for one in place.parent.iterdir()] == [place.name]


def test_what_could_not_be_read_is_not_said_to_be_what_could_not_be_written(tmp_path: Path):
    with pytest.raises(FileNotFoundError), replace_folder(tmp_path / "1"):
        (tmp_path / "terrain.tif").read_bytes()


def test_a_register_of_the_first_version_is_brought_up(tmp_path: Path):
    with_new = open_database(tmp_path / "register.db")
    with with_new.begin() as connection:
        for table in (tables.approval, tables.rate, tables.scenario):
            table.drop(connection)
        connection.execute(update(tables.setting).values(value="1").where(tables.setting.c.key == "schema_version"))
    with_new.close()
    again = open_database(tmp_path / "register.db", create=False)
    with again.connect() as connection:
        assert inspect(connection).has_table("scenario")
        version = select(tables.setting.c.value).where(tables.setting.c.key == "schema_version")
        assert connection.execute(version).scalar_one() == str(tables.schema_version)
    again.close()
