"""Options that several commands share, and opening the register that they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
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
