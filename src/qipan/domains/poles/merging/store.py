"""A merging plan as files: written by the run, read by page, command line and exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.areas import load_areas
from qipan.core.database import Database
from qipan.core.scenarios import read_scenario, scenario_folder
from qipan.domains.poles.merging.errors import MergingMissing

if TYPE_CHECKING:
    from qipan.domains.poles.merging.telling import Plan

tables = ("poles", "moves", "streets")
"""The files of a plan: each pole, each device that moves, each street."""


def area_names(connection: Connection) -> dict[int, str]:
    """Return the names of areas by their number."""
    return {one.id: one.name for one in load_areas(connection).areas}


def write_plan(folder: Path, plan: Plan) -> None:
    """Write the tables of a plan into a folder."""
    for name in tables:
        pq.write_table(getattr(plan, name), folder / f"{name}.parquet")


def read_plan(
    database: Database, principal: Principal, scenario_id: int, table: str, street: int | None = None
) -> pa.Table:
    """Return one of the ``tables`` of a plan that ``principal`` may see, all of it or the rows of one street.

    Raises NotFound for an unknown scenario, MergingMissing where it has no plan yet or not that street.
    """
    with database.connect() as connection:
        found = read_scenario(connection, principal, scenario_id, kind="merging")
    path = scenario_folder(database, scenario_id) / f"{table}.parquet"
    if not path.exists():
        message = f"方案“{found.name}”还没有结果：请先计算"
        raise MergingMissing(message)
    content = pq.read_table(path)
    return content if street is None else content.filter(pc.equal(content["street"], street))


def read_street(database: Database, principal: Principal, scenario_id: int, street: int) -> dict[str, Any]:
    """Return one street of a plan with its poles before and after and the devices that move."""
    told = read_plan(database, principal, scenario_id, "streets", street)
    if not told.num_rows:
        message = f"方案 {scenario_id} 没有第 {street} 条道路：请从道路列表中选择"
        raise MergingMissing(message)
    poles, moves = (read_plan(database, principal, scenario_id, name, street) for name in ("poles", "moves"))
    in_order = poles.sort_by([("position", "ascending"), ("code", "ascending")])
    street_row: dict[str, Any] = told.to_pylist()[0]
    return street_row | {"poles": in_order.to_pylist(), "moving": moves.to_pylist()}
