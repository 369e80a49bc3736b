"""Jobs: progress, result, failure said plainly, cancelling, and what a stopped server leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.database import Database, insert_row
from qipan.core.errors import FieldProblem, ImportRejected, NotFound
from qipan.core.jobs import JobRunner, Progress


@pytest.fixture
def runner(database: Database) -> Iterator[JobRunner]:
    runner = JobRunner(database)
    yield runner
    runner.close()


def _ended(runner: JobRunner, job_id: int) -> dict:
    runner.wait(job_id, 10)
    return runner.read(job_id, system)


def test_a_job_tells_its_result_and_when(runner: JobRunner) -> None:
    def work(progress: Progress) -> dict[str, object]:
        progress.log("第一行")
        progress.report(0.5, "一半")
        return {"rows": np.int64(3)}

    job = _ended(runner, runner.submit("check", "检查", system, work))
    assert (job["state"], job["progress"], job["result"], job["log"]) == ("done", 1.0, {"rows": 3}, "第一行")
    assert job["finished_at"] >= job["started_at"]
    assert job["created_at"].utcoffset() == timedelta(0)


def test_progress_is_seen_while_it_runs_and_a_cancelled_job_stops(runner: JobRunner) -> None:
    halfway, go = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress.part(0.5, 1.0).report(0.5, "四分之三")
        halfway.set()
        go.wait(10)
        progress.report(0.9)

    job_id = runner.submit("long", "长任务", system, work)
    assert halfway.wait(10)
    running = runner.read(job_id, system)
    assert (running["state"], running["progress"], running["stage"]) == ("running", 0.75, "四分之三")
    runner.cancel(job_id)
    go.set()
    job = _ended(runner, job_id)
    assert (job["state"], job["stage"]) == ("cancelled", "任务已取消，没有保留任何改动")


def test_a_refusal_keeps_its_rows_and_a_fault_says_nothing_of_its_insides(
    runner: JobRunner, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Progress) -> None:
        raise ImportRejected("没有导入", [FieldProblem(3, "频段", "9G", "不在列表中")])

    def break_down(_: Progress) -> None:
        raise KeyError("secret detail")

    refused = _ended(runner, runner.submit("import", "导入", system, refuse))
    assert (refused["state"], refused["result"]["problems"][0]["row"]) == ("failed", 3)
    broken = _ended(runner, runner.submit("import", "导入", system, break_down))
    assert broken["state"] == "failed"
    assert "secret" not in broken["stage"]
    assert "secret detail" in caplog.text


def test_a_job_is_its_owners_and_the_citys(runner: JobRunner) -> None:
    job_id = runner.submit("check", "检查", system, lambda _: None)
    runner.wait(job_id, 10)
    other = Principal("乙", "operator", 99)
    assert runner.newest(other) == []
    assert [job["id"] for job in runner.newest(system)] == [job_id]
    with pytest.raises(NotFound):
        runner.read(job_id, other)


def test_what_a_stopped_server_left_is_marked_failed(database: Database) -> None:
    with database.begin() as connection:
        values = {"kind": "import", "title": "导入", "state": "running", "created_at": datetime.now(UTC)}
        job_id = insert_row(connection, tables.job, values)
    runner = JobRunner(database)
    assert runner.read(job_id, system)["state"] == "failed"
    runner.close()
