"""Options that several commands share, and what they name: the register, an area, a unit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from qipan.errors import QipanError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from qipan.core.database import Database

default_database = "qipan.db"
"""The register where none is named: this file in the current folder."""

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="QIPAN_DATABASE",
        help="数据库：SQLite 文件或 postgresql:// 地址 · The register: an SQLite file or a PostgreSQL URL.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON · Print JSON.")]


@contextmanager
def opened(address: str, *, create: bool = False) -> Iterator[Database]:
    """Open the register for one command; where ``create`` is not set it must be there already."""
    from qipan.core.database import open_database

    database = open_database(address, create=create)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def made_for_this(database: Database, scenario_id: int, *, made: bool) -> Iterator[None]:
    """Take back the scenario that this command ``made`` where what was asked for is refused.

    One that was stopped, or for which the disk was too small, stays and can be computed again by its number.
    """
    from qipan.core.access import system
    from qipan.core.errors import Conflict, DatabaseError, JobCancelled
    from qipan.core.scenarios import remove_scenario

    try:
        yield
    except (JobCancelled, DatabaseError, Conflict):
        raise
    except QipanError:
        if made:
            remove_scenario(database, system, scenario_id)
        raise


def area_id_of(connection: Connection, text: str) -> int | None:
    """Return the area of a name or code, None for an empty one; InvalidRecord names the nearest where none fits."""
    from qipan.core.areas import load_areas
    from qipan.core.errors import FieldProblem, InvalidRecord

    if not text:
        return None
    areas = load_areas(connection)
    if area := areas.find(text):
        return area.id
    raise InvalidRecord([FieldProblem(None, "--area", text[:80], areas.reason(text))])


def unit_id_of(connection: Connection, text: str) -> int | None:
    """Return the unit of a name or alias, None for an empty one; InvalidRecord names the nearest where none fits."""
    from qipan.core.errors import FieldProblem, InvalidRecord
    from qipan.core.units import load_units

    if not text:
        return None
    units = load_units(connection)
    if unit := units.find(text):
        return unit.id
    raise InvalidRecord([FieldProblem(None, "--unit", text[:80], units.reason(text))])
