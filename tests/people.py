"""The application over a register, with a client for each kind of person who uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi.testclient import TestClient

from qipan.api import create_app
from qipan.core.access import Role, system
from qipan.core.accounts import create_account, open_session
from qipan.core.database import Database

People = Mapping[str, tuple[Role, int | None, int | None]]
"""Role, area and unit of each person, by name."""


@contextmanager
def clients_of(database: Database, people: People) -> Iterator[dict[str, TestClient]]:
    """Give a signed-in client for each person and one for ``anonymous``, of an application that runs meanwhile."""
    app = create_app(database)
    with TestClient(app) as anonymous:
        clients = {"anonymous": anonymous}
        for name, (role, area_id, unit_id) in people.items():
            with database.begin() as connection:
                account = create_account(connection, system, name, role, area_id=area_id, unit_id=unit_id)
                secret = open_session(connection, account)
            clients[name] = TestClient(app, headers={"Authorization": f"Bearer {secret}"})
        yield clients
