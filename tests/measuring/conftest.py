"""A small city with figures that can be counted by hand, on each engine in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.codes import make_code
from qipan.core.database import Database, insert_row, open_database
from qipan.core.history import open_change_set
from qipan.core.measuring import Axes, Measures, measure, open_context, refresh

CATALOGUE = load_catalogue()
TODAY = date(2023, 12, 31)
YEARS = tuple(date(year, 12, 31) for year in (2020, 2021, 2022, 2023))


@dataclass(slots=True)
class City:
    """A register with a city of two districts, the east one with two sub-districts, and three operators."""

    database: Database
    folder: Path
    areas: dict[str, int]
    units: dict[str, int]
    serial: int = 0

    def add(self, kind: str, area: str, owner: str, **fields: object) -> int:
        """Add a resource; what is no common field is an attribute."""
        with self.database.begin() as connection:
            change_set = open_change_set(connection, system, "create")
            return insert_row(connection, tables.resource, self._row(kind, area, owner, change_set, fields))

    def add_many(self, kind: str, area: str, owner: str, number: int, **fields: object) -> None:
        """Add equal resources in one import."""
        with self.database.begin() as connection:
            change_set = open_change_set(connection, system, "import", rows=number)
            rows = [self._row(kind, area, owner, change_set, dict(fields)) for _ in range(number)]
            connection.execute(insert(tables.resource), rows)

    def _row(self, kind: str, area: str, owner: str, change_set: int, fields: dict[str, object]) -> dict[str, object]:
        self.serial += 1
        code = CATALOGUE.kinds[kind].code
        days = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")
        states = [one.key for one in CATALOGUE.states]
        row: dict[str, object] = {day: fields.pop(day, None) for day in days}
        row |= {"state": states.index(str(fields.pop("state", "in_service"))) + 1}
        row |= {"code": make_code("440300", code, self.serial), "kind": code, "name": f"{kind} {self.serial}"}
        row |= {"area_id": self.areas[area], "owner_id": self.units[owner], "attributes": fields}
        return row | {"version": 1, "created_in": change_set, "changed_in": change_set}

    def report(
        self, indicator: str, period_end: date, value: float, area: str = "city", owner: str | None = None
    ) -> int:
        """Enter a reported figure."""
        with self.database.begin() as connection:
            values = {"indicator": indicator, "area_id": self.areas[area], "period_end": period_end, "value": value}
            values |= {"owner_id": None if owner is None else self.units[owner], "status": "reported", "source": ""}
            return insert_row(
                connection, tables.measurement, values | {"entered_in": open_change_set(connection, system, "report")}
            )

    def snapshot(self):
        """Return the snapshot, brought up to date."""
        return refresh(self.database, CATALOGUE, self.folder)

    def measure(self, *keys: str, days: tuple[date, ...] = YEARS) -> Measures:
        """Return indicators for every area and operator."""
        snapshot = self.snapshot()
        with self.database.connect() as connection:
            context = open_context(connection, CATALOGUE, snapshot)
        owners = (None, *(one.id for one in context.tree.operators))
        return measure(context, Axes(tuple(self.areas.values()), owners, days), keys or None)

    def value(self, key: str, area: str = "city", owner: str | None = None, day: date = TODAY):
        """Return one value."""
        owner_id = None if owner is None else self.units[owner]
        return self.measure(key, days=(day,)).value(key, self.areas[area], owner_id, day)


def make_city(database: Database, folder: Path) -> City:
    with database.begin() as connection:
        city = insert_row(connection, tables.area, {"code": "440300", "name": "鹏城", "level": "city"})
        areas = {"city": city}
        for code, name, level, parent in (
            ("440301", "东区", "district", "city"),
            ("440302", "西区", "district", "city"),
            ("440301001", "东一街道", "subdistrict", "东区"),
            ("440301002", "东二街道", "subdistrict", "东区"),
        ):
            values = {"code": code, "name": name, "level": level, "parent_id": areas[parent]}
            areas[name] = insert_row(connection, tables.area, values)
        units = {}
        for name, kind, area in (
            ("移动", "operator", None),
            ("电信", "operator", None),
            ("联通", "operator", None),
            ("市工业和信息化局", "department", None),
            ("东区政府", "district_government", "东区"),
            ("西区政府", "district_government", "西区"),
        ):
            values = {"name": name, "kind": kind, "area_id": None if area is None else areas[area]}
            units[name] = insert_row(connection, tables.unit, values)
        for name, alias in (("移动", "中国移动"), ("电信", "中国电信"), ("联通", "中国联通")):
            connection.execute(insert(tables.unit_alias).values(alias=alias, unit_id=units[name]))
    return City(database, folder, areas, units)


@pytest.fixture
def city(database: Database, tmp_path: Path) -> City:
    return make_city(database, tmp_path / "snapshot")


@pytest.fixture
def lone_city(tmp_path: Path) -> Iterator[City]:
    """The same on SQLite only, where the engine makes no difference."""
    opened = open_database(tmp_path / "register.db")
    yield make_city(opened, tmp_path / "snapshot")
    opened.close()


def add_plan(city: City, targets: list[dict[str, object]], period: tuple[int, int] | None = (2022, 2025)) -> int:
    """Store a plan with bound targets and return its id."""
    with city.database.begin() as connection:
        change_set = open_change_set(connection, system, "read")
        first, last = period or (None, None)
        values = {"title": "行动计划", "issuers": [], "period_from": first, "period_to": last, "created_in": change_set}
        plan_id = insert_row(connection, tables.plan, values)
        document = {"plan_id": plan_id, "version": 1, "filename": "计划.txt", "format": "txt", "sha256": "0" * 64}
        document |= {"pages": 1, "text": "", "created_in": change_set}
        document_id = insert_row(connection, tables.document, document)
        clause = {"document_id": document_id, "path": "二", "title": "主要目标", "level": 1, "start": 0, "end": 0}
        clause_id = insert_row(connection, tables.clause, clause)
        defaults = {"document_id": document_id, "clause_id": clause_id, "kind": "target", "section": "二", "quote": ""}
        defaults |= {"comparator": ">=", "unit": "个", "year": 2025, "binding_status": "confirmed", "name": "目标"}
        for target in targets:
            bound = {} if target.get("indicator") else {"binding_status": "none"}
            insert_row(connection, tables.target, defaults | bound | target)
    return plan_id


def changed_rows(city: City, table: str) -> int:
    """Return how many rows a table has."""
    with city.database.connect() as connection:
        return len(connection.execute(select(tables.metadata.tables[table].c.id)).all())


NOW = datetime(2023, 12, 31, tzinfo=UTC)
