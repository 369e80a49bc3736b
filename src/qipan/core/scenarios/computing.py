"""One computation of a scenario: its files and summary are kept when it ends well, else why there are none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.scenarios.files import replace_folder, scenario_folder
from qipan.core.scenarios.holding import hold_scenario
from qipan.core.scenarios.store import Scenario, fail_scenario, finish_scenario, start_scenario
from qipan.errors import QipanError


@dataclass(frozen=True)
class Computation:
    """A computation under way: the ``folder`` that its files are written into and the ``summary`` that it fills."""

    scenario: Scenario
    folder: Path
    summary: dict[str, Any] = field(default_factory=dict)


@contextmanager
def computing(
    database: Database, principal: Principal, scenario_id: int, progress: Progress | None = None
) -> Iterator[Computation]:
    """Give the scenario to compute, and keep files and summary, with the ``seconds`` it took, when the block ends well.

    Any error leaves the earlier result, if there is one, with the reason why there is no newer. Raises Conflict where
    it is being computed already, here or by another process; DatabaseError where the disk is full.
    """
    began = time.monotonic()
    told = progress or Progress()
    with _started(database, principal, scenario_id, told.job_id) as scenario:
        with replace_folder(scenario_folder(database, scenario_id)) as folder:
            work = Computation(scenario, folder)
            yield work
        work.summary["seconds"] = round(time.monotonic() - began, 1)
        with database.begin() as connection:
            finish_scenario(connection, principal, scenario_id, work.summary)
    told.report(1.0, "完成")


@contextmanager
def _started(database: Database, principal: Principal, scenario_id: int, job_id: int | None) -> Iterator[Scenario]:
    with hold_scenario(database, scenario_id) as free:
        with database.begin() as connection:
            found = start_scenario(connection, principal, scenario_id, job_id, free=free)
        reason = "程序内部错误，详情见服务日志"
        try:
            yield found
        except QipanError as error:
            reason = str(error)
            raise
        except KeyboardInterrupt:
            reason = "计算被中断，没有保留未完成的结果：请重新计算"
            raise
        finally:
            with database.begin() as connection:
                fail_scenario(connection, scenario_id, reason)
