"""One computation of a scenario: marked when it begins, and told why when it ends without a result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.scenarios.store import Scenario, fail_scenario, start_scenario
from qipan.errors import QipanError


@contextmanager
def computing(
    database: Database, principal: Principal, scenario_id: int, job_id: int | None = None
) -> Iterator[Scenario]:
    """Give the scenario to compute; whoever computes it calls ``finish_scenario`` once the files are in place.

    Any error leaves the earlier result, if there is one, with the reason why there is no newer. Raises Conflict where
    another job computes it.
    """
    with database.begin() as connection:
        found = start_scenario(connection, principal, scenario_id, job_id)
    reason = "程序内部错误，详情见服务日志"
    try:
        yield found
    except QipanError as error:
        reason = str(error)
        raise
    finally:
        with database.begin() as connection:
            fail_scenario(connection, scenario_id, reason)
