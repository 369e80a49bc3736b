"""Who computes a scenario right now: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.errors import Conflict, DatabaseError
from qipan.core.scenarios.files import scenario_folder
from qipan.core.scenarios.store import delete_scenario, fail_scenario, read_scenario

_row = tables.scenario.c
_interrupted = "计算中途停止，没有保留未完成的结果：请重新计算"


@contextmanager
def hold_scenario(database: Database, scenario_id: int) -> Iterator[bool]:
    """Take the scenario for one computation; gives False, and takes nothing, where another computes it.

    What an interrupted computation left of its files is removed. DatabaseError where the folder may not be written.
    """
    place = scenario_folder(database, scenario_id)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = _lock(place).open("w")
    except OSError as error:
        message = f"无法写入 {place.parent}（{error.strerror or error}）：请核对磁盘空间与写权限"
        raise DatabaseError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        for left in place.parent.glob(f".{scenario_id}-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield True


def remove_scenario(database: Database, principal: Principal, scenario_id: int) -> None:
    """Delete a scenario that no other is based on, and its files; Conflict while it is being computed.

    Raises NotFound, AccessDenied and InUse as ``delete_scenario`` does.
    """
    with database.connect() as connection:
        found = read_scenario(connection, principal, scenario_id)
    with hold_scenario(database, scenario_id) as free:
        if not free:
            message = f"方案“{found.name}”正在计算，没有删除：请等待完成，或先取消那一次计算"
            raise Conflict(message)
        with database.begin() as connection:
            delete_scenario(connection, principal, scenario_id)
        place = scenario_folder(database, scenario_id)
        shutil.rmtree(place, ignore_errors=True)
        _lock(place).unlink(missing_ok=True)


def _lock(place: Path) -> Path:
    return place.parent / f".{place.name}.lock"


def settle_scenarios(database: Database) -> int:
    """Say of each scenario whose computation ended with its process that it did; return how many there were."""
    with database.connect() as connection:
        computing = connection.execute(select(_row.id).where(_row.state == "computing")).scalars().all()
    settled = 0
    for scenario_id in computing:
        with hold_scenario(database, scenario_id) as free:
            if free:
                with database.begin() as connection:
                    fail_scenario(connection, scenario_id, _interrupted)
                settled += 1
    return settled
