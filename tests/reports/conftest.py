"""A small city with outlines, stations that stand, and a build plan of six sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pytest
import shapely
from sqlalchemy import insert

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database, open_database
from qipan.core.placing.files import line_columns, site_columns, write_table
from qipan.core.resources import create_resource
from qipan.core.scenarios import create_scenario, finish_scenario, scenario_folder
from qipan.reports import Heading, PlannedSites

city, north, south = 1, 2, 3


@dataclass(frozen=True)
class Town:
    database: Database
    catalogue: Catalogue
    scenario: int
    planned: PlannedSites


def sites() -> pa.Table:
    rows = []
    for number in range(1, 7):
        district = (north, "北区") if number <= 4 else (south, "南区")
        rows.append({
            "site": number, "candidate": f"street:{number}", "source": "street", "source_name": "沿街新建",
            "code": None, "name": f"规划基站{number}号", "kind": "base_station", "owner_id": 1 + number % 2,
            "owner": ("移动公司", "电信公司")[number % 2], "area_id": district[0], "area": district[1],
            "district_id": district[0], "district": district[1], "longitude": 114.04 + 0.004 * number,
            "latitude": 22.53 if number > 4 else 22.56, "x": 0.0, "y": 0.0, "height": 12.0, "year": 2024 + number // 4,
            "pin": None, "moved": False, "shared": False, "attributes": "{}",
            "capital": 62_000.0 + 180.0 * 12.5 * number, "yearly": 9_000.0,
            "newly_covered": 10.0, "alone": 5.0, "layers": "{}", "reason": "新覆盖常住人口 1,240 人",
        })  # fmt: skip
    return pa.Table.from_pylist(rows, site_columns)


def lines() -> pa.Table:
    rows = []
    for number in range(1, 7):
        for line, name, unit, quantity, price, yearly in (
            ("pole", "杆体", "根", 1.0, 62_000.0, False),
            ("duct", "光缆引接", "米", 12.5 * number, 180.0, False),
            ("rent", "租金", "年", 1.0, 9_000.0, True),
        ):
            rows.append({
                "site": number, "line": line, "name": name, "unit": unit, "quantity": quantity, "price": price,
                "amount": quantity * price, "yearly": yearly,
            })  # fmt: skip
    return pa.Table.from_pylist(rows, line_columns)


@pytest.fixture
def town(tmp_path) -> Town:
    database, catalogue = open_database(tmp_path / "register.db"), load_catalogue()
    halves = {north: shapely.box(114.03, 22.545, 114.08, 22.58), south: shapely.box(114.03, 22.51, 114.08, 22.545)}
    with database.begin() as connection:
        rows = [{"id": city, "code": "440300", "name": "示例市", "level": "city", "parent_id": None, "geometry": None}]
        for number, code, name in ((north, "440304", "北区"), (south, "440305", "南区")):
            shape = shapely.to_wkb(halves[number])
            rows.append(
                {"id": number, "code": code, "name": name, "level": "district", "parent_id": city} | {"geometry": shape}
            )
        connection.execute(insert(tables.area), rows)
        units = [{"id": 1, "name": "移动公司", "kind": "operator"}, {"id": 2, "name": "电信公司", "kind": "operator"}]
        connection.execute(insert(tables.unit), units)
        values = {"name": "现有基站", "owner_id": 1, "area_id": north, "form": "macro", "band": "3.5G"}
        values |= {"longitude": 114.05, "latitude": 22.55, "in_service_on": "2021-06-30"}
        create_resource(connection, catalogue, system, catalogue.kinds["base_station"], values)
        scenario = create_scenario(
            connection, system, kind="build", subject="mobile.base_station", name="示例市基站方案", parameters={}
        )
        finish_scenario(connection, system, scenario.id, {"sites": 6})
    folder = scenario_folder(database, scenario.id)
    folder.mkdir(parents=True)
    write_table(folder, "sites", sites())
    write_table(folder, "lines", lines())
    heading = Heading("示例市基站方案", "示例市工业和信息化局", "QP-0001", date(2023, 6, 30))
    return Town(database, catalogue, scenario.id, PlannedSites(heading, sites(), lines()))
