"""The same commands over PostgreSQL give the same figures as over a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from qipan.core.demo import sample_plan
from tests.cli.conftest import Command


@pytest.fixture
def server(postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Address of an empty database; its snapshot lies in the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = postgresql_url.replace("postgresql://", "postgresql+psycopg://")
    administration = create_engine(address, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS commands WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE commands"))
    administration.dispose()
    return postgresql_url.replace("/postgres?", "/commands?")


def _measured(command: Command, database: str) -> list[tuple[Any, ...]]:
    for arguments in (("import", "city", "--yes"), ("plan", "import", "plan.docx"), ("plan", "bind", "1")):
        assert command(*arguments, "--database", database).code == 0
    found = command("measure", "--as-of", "2023-06-30", "--json", "--database", database).json
    return [(row["target"]["name"], row["target"]["scope"], row["status"], row["now"]) for row in found["rows"]]


def test_a_server_measures_as_a_file_does(command: Command, server: str, tmp_path: Path) -> None:
    command("city", "make", "city", "--scale", "0.001")
    (tmp_path / "plan.docx").write_bytes(sample_plan(0.001))
    assert _measured(command, server) == _measured(command, str(tmp_path / "city.db"))


def test_a_server_that_is_not_there_is_named(command: Command) -> None:
    command("plan", "list", "--database", "postgresql://nobody@127.0.0.1:1/none").refused("127.0.0.1")
