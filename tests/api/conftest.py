"""A server over a small register, and a client for each kind of person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.resources import create_resource
from tests.people import People, clients_of

city, north, south = 1, 2, 3
mobile, telecom = 1, 2


def station(**values: object) -> dict[str, object]:
    """Values of a station in the north, of the mobile company."""
    base = {"name": "北区一号基站", "owner_id": mobile, "area_id": north, "form": "macro", "band": "3.5G"}
    return base | {"longitude": 114.05, "latitude": 22.54, "in_service_on": "2021-06-30"} | values


@dataclass(frozen=True)
class Office:
    """A running application, its register, and a client for each person (``anonymous``, ``city``, ``district`` …)."""

    database: Database
    clients: dict[str, TestClient]
    codes: dict[str, str]

    def __getitem__(self, person: str) -> TestClient:
        return self.clients[person]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    database = open_database(tmp_path / "register.db")
    codes = _fill(database)
    people: People = {
        "city": ("city", None, None),
        "district": ("district", north, None),
        "operator": ("operator", None, telecom),
        "viewer": ("viewer", north, None),
    }
    with clients_of(database, people) as clients:
        yield Office(database, clients, codes)


def _fill(database: Database) -> dict[str, str]:
    catalogue = load_catalogue()
    with database.begin() as connection:
        areas = [
            {"id": city, "code": "440300", "name": "示例市", "level": "city", "parent_id": None},
            {"id": north, "code": "440304", "name": "北区", "level": "district", "parent_id": city},
            {"id": south, "code": "440305", "name": "南区", "level": "district", "parent_id": city},
        ]
        connection.execute(insert(tables.area), areas)
        units = [
            {"id": mobile, "name": "移动公司", "kind": "operator"},
            {"id": telecom, "name": "电信公司", "kind": "operator"},
        ]
        connection.execute(insert(tables.unit), units)
        kind = catalogue.kinds["base_station"]
        places = {"north": station(), "south": station(name="南区基站", area_id=south, owner_id=telecom)}
        return {key: create_resource(connection, catalogue, system, kind, values) for key, values in places.items()}
