"""Words and figures that several commands print: names of units, states of a scenario, shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from qipan.core.scenarios import Scenario

scenario_states = {"draft": "未计算", "computing": "计算中", "ready": "已算好", "failed": "未完成"}
"""How the page, too, calls the states of a scenario."""


def state_of(scenario: Scenario) -> str:
    """Return the state of a scenario as a list shows it, with the reason why there is no result or no newer one."""
    shown = scenario_states[scenario.state]
    if scenario.state == "ready" and scenario.reason:
        return f"{shown}（最近一次重算未完成：{scenario.reason}）"
    return f"{shown}（{scenario.reason}）" if scenario.reason else shown


def unit_names(connection: Connection) -> dict[int, str]:
    """Return the name of every unit by its number."""
    from sqlalchemy import select

    from qipan.core import tables

    return {row.id: row.name for row in connection.execute(select(tables.unit.c.id, tables.unit.c.name))}


def per_cent(share: float | None, decimals: int = 1) -> str:
    """Write a share, 0 to 1, as per cent; nothing where there is none."""
    return "" if share is None else f"{share:.{decimals}%}"
