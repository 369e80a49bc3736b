"""The interface over a small demonstration, with a program signed in for the whole city."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from qipan.api import create_app
from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.accounts import create_token
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.scenarios import create_scenario
from qipan.domains.mobile.coverage import run_coverage


@dataclass(frozen=True)
class Service:
    """A running application, its register, and the header that signs in."""

    app: FastAPI
    database: Database
    client: TestClient
    header: dict[str, str]
    study: int
    """A computed coverage study."""


@pytest.fixture(scope="session")
def service(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("contract") / "demo")
    database = open_database(folder / "qipan.db", create=False)
    with database.begin() as connection:
        account = connection.execute(select(tables.account.c.id)).scalar_one()
        asker = Principal("演示", "city", account_id=account, everything=True, may_write=True)
        secret = create_token(connection, asker, "test", datetime.now(UTC) + timedelta(days=1))
    app = create_app(database)
    with TestClient(app) as client:
        header = {"Authorization": f"Bearer {secret}"}
        client.headers.update(header)
        yield Service(app, database, client, header, _study(database))


def _study(database: Database) -> int:
    with database.begin() as connection:
        made = create_scenario(
            connection,
            system,
            kind="coverage",
            subject="mobile.coverage",
            name="覆盖",
            parameters={"resolution": 20.0, "servers": 2},
        )
    run_coverage(database, load_catalogue(), system, made.id)
    return made.id
