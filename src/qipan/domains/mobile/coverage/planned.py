"""The cells that build plans would add, for a study of the network as it would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.scenarios import Scenario, read_scenario, scenario_folder
from qipan.domains.mobile.coverage.assumptions import load_assumptions
from qipan.domains.mobile.coverage.network import CellRow

_carried = 0.983
"""Part of a carrier's bandwidth that its resource blocks take: 273 blocks of 360 kHz in 100 MHz."""


def planned_cells(
    database: Database, connection: Connection, principal: Principal, scenario_ids: Sequence[int]
) -> list[CellRow]:
    """Return the cells of the chosen sites of build plans, as if they were in service.

    Raises NotFound for a plan that is not there or not to be seen, InvalidRecord for one without planned cells.
    """
    found: list[CellRow] = []
    for number in scenario_ids:
        scenario = read_scenario(connection, principal, number, "build")
        try:
            rows = pq.read_table(scenario_folder(database, number) / "cells.parquet").to_pylist()
        except (OSError, pa.ArrowException) as error:
            reason = f"方案“{scenario.name}”没有规划小区：请选择已计算的基站建设方案"
            raise InvalidRecord([FieldProblem(None, "include_planned", str(number), reason)]) from error
        found += [_as_row(scenario, place, row) for place, row in enumerate(rows, start=1)]
    return found


def _as_row(scenario: Scenario, place: int, row: dict[str, Any]) -> CellRow:
    megahertz = round(row["f"] * 1000.0, 3)
    spacing = load_assumptions().band_of(megahertz).spacing
    same = ("longitude", "latitude", "height", "watts", "azimuth", "mechanical_tilt", "electrical_tilt")
    return CellRow(
        resource_id=-1,
        code=f"P{scenario.id}-{row['site']}-{place}",
        name=f"{scenario.name}规划站{row['site']}",
        station_code="",
        operator_id=row["owner_id"],
        frequency=megahertz,
        bandwidth=row["subcarriers"] * spacing / 1000.0 / _carried,
        antenna=row["antenna"],
        form="macro",
        structure_id=-1,
        shared_with=(),
        defaults=(),
        **{key: float(row[key]) for key in same},
    )
