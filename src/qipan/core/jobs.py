"""Jobs: anything longer than a second runs with progress, a log and a way to stop it.

A running job's progress is held in memory and written to the register when it starts and ends only: the job itself may
hold the register's one write transaction for as long as it runs.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import select, update

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import Database, insert_row
from qipan.core.errors import JobCancelled, NotFound
from qipan.errors import QipanError

Work = Callable[["Progress"], Mapping[str, Any] | None]
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """What a piece of work tells of itself, and how it learns that it shall stop."""

    listener: Callable[[float, str], None] | None = None
    """Called with each new fraction and stage; the terminal's progress bar."""
    fraction: float = 0.0
    stage: str = ""
    lines: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    job_id: int | None = None
    """Number of the job that does the work, None at the command line."""

    def report(self, fraction: float, stage: str | None = None) -> None:
        """Say how much is done, from 0 to 1, and what; raises JobCancelled once stopping was asked for."""
        self.check()
        self.fraction = min(max(fraction, 0.0), 1.0)
        self.stage = self.stage if stage is None else stage
        if self.listener is not None:
            self.listener(self.fraction, self.stage)

    def log(self, line: str) -> None:
        """Add a line to the log."""
        self.lines.append(line)

    def check(self) -> None:
        """Raise JobCancelled once stopping was asked for."""
        if self.stop.is_set():
            message = "任务已取消，没有保留任何改动"
            raise JobCancelled(message)

    def part(self, start: float, end: float) -> Progress:
        """Return a progress whose 0 to 1 is ``start`` to ``end`` of this one; both stop together."""

        def listener(fraction: float, stage: str) -> None:
            self.report(start + (end - start) * fraction, stage)

        return Progress(listener, lines=self.lines, stop=self.stop, job_id=self.job_id)


class JobRunner:
    """Runs jobs one after another in a thread of this process, those that only read beside them in others."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._beside = ThreadPoolExecutor(max_workers=2, thread_name_prefix="beside")
        self._running: dict[int, Progress] = {}
        self._futures: dict[int, Future[None]] = {}
        self._close_interrupted()

    def submit(self, kind: str, title: str, principal: Principal, work: Work, *, beside: bool = False) -> int:
        """Queue ``work`` and return the job's id; what writes nothing to the register may run ``beside`` the others."""
        values = {"kind": kind, "title": title, "account_id": principal.account_id, "state": "waiting"}
        with self._database.begin() as connection:
            job_id = insert_row(connection, tables.job, values | {"created_at": datetime.now(UTC)})
        self._running[job_id] = Progress(job_id=job_id)
        self._futures[job_id] = (self._beside if beside else self._pool).submit(self._run, job_id, work)
        return job_id

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; one that has ended stays as it is."""
        if progress := self._running.get(job_id):
            progress.stop.set()

    def wait(self, job_id: int, timeout: float | None = None) -> None:
        """Wait until a job has ended, at most ``timeout`` seconds."""
        if future := self._futures.get(job_id):
            future.result(timeout)

    def read(self, job_id: int, principal: Principal) -> dict[str, Any]:
        """Return a job as it stands now; NotFound unless it is the principal's own or the principal sees everything."""
        with self._database.connect() as connection:
            row = connection.execute(select(tables.job).where(tables.job.c.id == job_id)).one_or_none()
        if row is None or not (principal.everything or row.account_id == principal.account_id):
            message = f"没有任务 {job_id}，或无权查看"
            raise NotFound(message)
        return self._as_it_stands(dict(row._mapping))

    def newest(self, principal: Principal, limit: int = 20) -> list[dict[str, Any]]:
        """Return the newest jobs that ``principal`` may see."""
        query = select(tables.job).order_by(tables.job.c.id.desc()).limit(limit)
        if not principal.everything:
            query = query.where(tables.job.c.account_id == principal.account_id)
        with self._database.connect() as connection:
            return [self._as_it_stands(dict(row._mapping)) for row in connection.execute(query)]

    def close(self) -> None:
        """Stop every job and wait for its end."""
        for progress in self._running.values():
            progress.stop.set()
        for pool in (self._pool, self._beside):
            pool.shutdown(wait=True)

    def _as_it_stands(self, row: dict[str, Any]) -> dict[str, Any]:
        progress = self._running.get(row["id"])
        if progress is not None and row["state"] == "running":
            row |= {"progress": progress.fraction, "stage": progress.stage, "log": "\n".join(progress.lines)}
        return row

    def _run(self, job_id: int, work: Work) -> None:
        progress = self._running[job_id]
        try:
            progress.check()
            self._write(job_id, state="running", started_at=datetime.now(UTC))
            result = work(progress)
            ending: dict[str, Any] = {"state": "done", "progress": 1.0, "result": _as_json(result or {})}
        except JobCancelled as error:
            ending = {"state": "cancelled", "stage": str(error)}
        except QipanError as error:
            ending = {"state": "failed", "stage": str(error)[:200], "result": _problems(error)}
        except Exception:
            _logger.exception("job %s", job_id)
            ending = {"state": "failed", "stage": "程序内部错误，详情见服务日志"}
        self._write(job_id, finished_at=datetime.now(UTC), log="\n".join(progress.lines), **ending)
        self._running.pop(job_id, None)
        self._futures.pop(job_id, None)

    def _write(self, job_id: int, **values: object) -> None:
        with self._database.begin() as connection:
            connection.execute(update(tables.job).where(tables.job.c.id == job_id).values(**values))

    def _close_interrupted(self) -> None:
        unfinished = tables.job.c.state.in_(("waiting", "running"))
        ending = {"state": "failed", "stage": "服务在任务完成前停止，请重新提交", "finished_at": datetime.now(UTC)}
        with self._database.begin() as connection:
            connection.execute(update(tables.job).where(unfinished).values(**ending))


def _as_json(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as JSON keeps it: numbers of numpy as numbers, days as text."""
    kept: dict[str, Any] = json.loads(json.dumps(result, default=_plain, ensure_ascii=False))
    return kept


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a job returns
    return value.item() if isinstance(value, np.generic) else str(value)


def _problems(error: QipanError) -> dict[str, Any]:
    rows = getattr(error, "problems", ())
    found = [{"row": one.row, "field": one.field, "value": one.value, "reason": one.reason} for one in rows]
    return {"detail": str(error), "problems": found}
