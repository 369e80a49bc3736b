"""A document becomes a plan in the register: clauses, targets, tasks, units, proposed indicators; all or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database
from qipan.core.errors import AccessDenied, InvalidRecord, NotFound
from qipan.core.history import history_of
from qipan.core.plans import (
    add_target,
    bind_target,
    change_target,
    change_task,
    confirm_bindings,
    delete_plan,
    import_plan,
    list_plans,
    list_targets,
    list_tasks,
    read_plan_record,
    read_target,
    task_units,
)
from qipan.engines.reading.errors import ReadingError

from .conftest import read, text


def _target(database: Database, plan_id: int, name: str) -> dict:
    with database.connect() as connection:
        return next(one for one in list_targets(connection, plan_id) if one["name"] == name and one["year"] == 2025)


def test_targets_point_back_at_their_words(database: Database, plan_id: int) -> None:
    with database.connect() as connection:
        plan = read_plan_record(connection, plan_id)
        targets = list_targets(connection, plan_id)
    assert (plan["title"], plan["period"]) == ("示例市新型信息基础设施行动计划（2022-2025年）", [2022, 2025])
    document = plan["document"]["text"]
    assert {(one["name"], one["value"], one["year"]) for one in targets} >= {
        ("5G基站", 60000.0, 2025),
        ("5G基站", 55000.0, 2024),
        ("多功能智能杆", 20000.0, 2025),
    }
    assert all(document[one["start"] : one["end"]] == one["quote"] for one in targets)


def test_a_clause_covers_its_items_and_tasks_know_their_units(database: Database, plan_id: int) -> None:
    with database.connect() as connection:
        plan = read_plan_record(connection, plan_id)
        tasks = list_tasks(connection, plan_id)
        units = {row["name"]: row for row in task_units(connection, plan_id)}
    clauses = {clause["path"]: clause for clause in plan["clauses"]}
    assert clauses["二"]["end"] >= clauses["二/（二）"]["end"]
    assert tasks[0]["clause_id"] == clauses["二/（一）"]["id"]
    roles = {(one["name"], one["role"]) for one in tasks[0]["assignments"]}
    assert roles == {("市工业和信息化局", "lead"), ("各区政府", "support")}
    assert units["市交通运输局"]["responsible"] == 1


def test_units_of_the_register_are_recognised(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(insert(tables.unit).values(id=7, name="示例市工业和信息化局", kind="department"))
        connection.execute(insert(tables.area).values(id=1, code="440300", name="示例市", level="city"))
    plan_id = read(database)["plan_id"]
    with database.connect() as connection:
        (task,) = list_tasks(connection, plan_id, unit_id=7)
    assert task["assignments"][0]["unit_id"] == 7
    assert 0.5 < task["assignments"][0]["confidence"] <= 1


def test_indicators_are_proposed_and_a_person_confirms(database: Database, plan_id: int) -> None:
    catalogue = load_catalogue()
    target = _target(database, plan_id, "5G基站")
    assert (target["indicator"], target["binding_status"]) == ("mobile.base_stations", "proposed")
    with database.begin() as connection:
        assert confirm_bindings(connection, catalogue, system, plan_id, 0.9) >= 2
        assert read_target(connection, target["id"])["binding_status"] == "confirmed"
        bind_target(connection, catalogue, system, target["id"], None, status="refused")
        assert read_target(connection, target["id"])["indicator"] is None
        with pytest.raises(InvalidRecord, match="没有这个指标"):
            bind_target(connection, catalogue, system, target["id"], "mobile.nothing")


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02\x03" * 50, b"%PDF-1.7 cut off"])
def test_a_file_that_is_no_document_leaves_nothing_behind(database: Database, data: bytes) -> None:
    with pytest.raises(ReadingError):
        import_plan(database, load_catalogue(), system, data, "坏文件.pdf")
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.plan)).scalar_one() == 0


def test_only_the_city_reads_and_corrects(database: Database, plan_id: int) -> None:
    district = Principal("北区", "district", 1, area_ids=frozenset({2}), may_write=True)
    with pytest.raises(AccessDenied):
        import_plan(database, load_catalogue(), district, text.encode(), "计划.txt")
    with database.begin() as connection, pytest.raises(AccessDenied):
        change_target(connection, district, _target(database, plan_id, "5G基站")["id"], {"value": 1})


def test_a_correction_is_history_and_an_unknown_field_is_refused(database: Database, plan_id: int) -> None:
    target = _target(database, plan_id, "5G基站")
    with database.begin() as connection:
        changed = change_target(connection, system, target["id"], {"value": 61000, "unit": "座"})
        assert (changed["value"], changed["status"]) == (61000.0, "changed")
        (change,) = history_of(connection, "target", target["id"])
        assert change.before["value"] == 60000.0
        with pytest.raises(InvalidRecord, match="应为其中之一"):
            change_target(connection, system, target["id"], {"comparator": "~"})
        with pytest.raises(InvalidRecord, match="不能修改"):
            change_target(connection, system, target["id"], {"id": 3})
        with pytest.raises(NotFound):
            change_target(connection, system, 10**6, {"value": 1})


def test_a_deleted_plan_is_gone_whole(database: Database, plan_id: int) -> None:
    with database.begin() as connection:
        delete_plan(connection, system, plan_id)
        assert list_plans(connection) == []
        for table in (tables.target, tables.task, tables.assignment, tables.clause, tables.contribution):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


class TestNewerVersion:
    """What people corrected is found again in the next version, wherever it went."""

    newer = text.replace("一、工作目标\n", "一、工作目标\n（新增一段总体要求。）坚持统筹规划。\n").replace(
        "6万个", "6.5万个"
    )

    def _revised(self, database: Database, plan_id: int, content: str | None = None) -> list[dict]:
        report = read(database, content or self.newer, plan_id)
        assert report["version"] == 2
        self.unmatched = report["unmatched_corrections"]
        with database.connect() as connection:
            return list_targets(connection, plan_id)

    def test_a_binding_and_a_dismissal_survive_though_text_moved_and_a_number_changed(
        self, database: Database, plan_id: int
    ) -> None:
        station, poles = (_target(database, plan_id, name) for name in ("5G基站", "多功能智能杆"))
        with database.begin() as connection:
            bind_target(connection, load_catalogue(), system, station["id"], "mobile.base_stations")
            change_target(connection, system, poles["id"], {"status": "dismissed"})
        targets = self._revised(database, plan_id)
        found = {one["value"]: one for one in targets if one["year"] == 2025}
        assert found[65000.0]["binding_status"] == "confirmed"
        assert found[20000.0]["status"] == "dismissed"
        assert self.unmatched == []

    def test_a_corrected_number_is_not_put_over_a_number_that_the_document_changed(
        self, database: Database, plan_id: int
    ) -> None:
        with database.begin() as connection:
            change_target(connection, system, _target(database, plan_id, "5G基站")["id"], {"value": 61000})
            change_target(connection, system, _target(database, plan_id, "多功能智能杆")["id"], {"value": 21000})
        values = {one["value"] for one in self._revised(database, plan_id)}
        assert 65000.0 in values
        assert 21000.0 in values
        assert 61000.0 not in values
        (left,) = self.unmatched
        assert left["fields"]["value"] == 61000

    def test_an_added_target_is_added_again_or_reported(self, database: Database, plan_id: int) -> None:
        with database.connect() as connection:
            document = read_plan_record(connection, plan_id)["document"]["text"]
        place = {"start": document.index("统筹道路"), "end": document.index("统筹道路") + 10}
        with database.begin() as connection:
            add_target(connection, system, plan_id, {"name": "道路工程", "value": 10} | place)
        added = [one for one in self._revised(database, plan_id) if one["status"] == "added"]
        assert [one["quote"] for one in added] == ["统筹道路新建改建工程"]
        report = read(database, text.replace("统筹道路新建改建工程，", ""), plan_id)
        assert [one["kind"] for one in report["unmatched_corrections"]] == ["added"]

    def test_who_answers_for_a_task_is_kept(self, database: Database, plan_id: int) -> None:
        with database.begin() as connection:
            task = list_tasks(connection, plan_id)[0]
            change_task(
                connection, system, task["id"], {"assignments": [{"name": "市政务服务数据管理局", "role": "lead"}]}
            )
        self._revised(database, plan_id)
        with database.connect() as connection:
            newer = list_tasks(connection, plan_id)[0]
        assert [(one["name"], one["role"]) for one in newer["assignments"]] == [("市政务服务数据管理局", "lead")]

    def test_undoing_a_correction_forgets_it(self, database: Database, plan_id: int) -> None:
        target = _target(database, plan_id, "多功能智能杆")
        with database.begin() as connection:
            change_target(connection, system, target["id"], {"status": "dismissed"})
            change_target(connection, system, target["id"], {"status": "read"})
        assert {one["status"] for one in self._revised(database, plan_id)} == {"read"}
