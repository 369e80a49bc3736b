"""A small register to edit: two districts, two operators and who may see what."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import insert, text

from qipan.core import tables
from qipan.core.access import Principal, system
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database
from qipan.core.resources import create_resource


@dataclass(frozen=True)
class Town:
    """Ids of the small register's areas and units, and the people of each role."""

    database: Database
    catalogue: Catalogue
    city: int
    north: int
    south: int
    mobile: int
    telecom: int
    district_user: Principal
    operator_user: Principal

    def station(self, **values: object) -> dict[str, object]:
        base = {"name": "北区一号基站", "owner_id": self.mobile, "area_id": self.north, "form": "macro", "band": "3.5G"}
        return base | {"longitude": 114.05, "latitude": 22.54, "in_service_on": "2021-06-30"} | values

    def add(self, principal: Principal = system, **values: object) -> str:
        kind = self.catalogue.kinds["base_station"]
        with self.database.begin() as connection:
            return create_resource(connection, self.catalogue, principal, kind, self.station(**values))


@pytest.fixture
def town(database: Database) -> Town:
    with database.begin() as connection:
        rows = [
            {"id": 1, "code": "440300", "name": "示例市", "level": "city", "parent_id": None},
            {"id": 2, "code": "440304", "name": "北区", "level": "district", "parent_id": 1},
            {"id": 3, "code": "440305", "name": "南区", "level": "district", "parent_id": 1},
        ]
        connection.execute(insert(tables.area), rows)
        units = [{"id": 1, "name": "移动公司", "kind": "operator"}, {"id": 2, "name": "电信公司", "kind": "operator"}]
        connection.execute(insert(tables.unit), units)
        if not database.is_sqlite:
            # Numbers given by hand do not advance the sequence that gives the next.
            connection.execute(text("SELECT setval(pg_get_serial_sequence('area', 'id'), 3)"))
    district = Principal("北区", "district", 1, area_ids=frozenset({2}), may_write=True)
    operator = Principal("移动", "operator", 2, owner_ids=frozenset({1}), may_write=True)
    return Town(database, load_catalogue(), 1, 2, 3, 1, 2, district, operator)
