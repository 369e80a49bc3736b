"""A small city in which imports are tried: two districts side by side, two operators, a tower company."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pyogrio
import shapely
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.database import Database
from qipan.core.exchange import import_areas, import_units

AREAS = (
    ("440300", "深圳市", "市", "", None),
    ("440304", "福田区", "区", "440300", shapely.box(114.00, 22.50, 114.10, 22.60)),
    ("440305", "南山区", "区", "440300", shapely.box(113.90, 22.50, 114.00, 22.60)),
)
UNITS = (
    ("名称", "类型", "上级单位", "所属区域", "别名"),
    ("深圳市工业和信息化局", "部门", "", "深圳市", "市工信局；工业和信息化局"),
    ("中国移动通信集团广东有限公司深圳分公司", "运营商", "", "深圳市", "中国移动；深圳移动"),
    ("中国电信股份有限公司深圳分公司", "运营商", "", "深圳市", "中国电信"),
    ("南山区人民政府", "区政府", "", "南山区", ""),
)
STATION_HEADINGS = (
    "名称",
    "权属单位",
    "所属区域",
    "状态",
    "启用日期",
    "经度",
    "纬度",
    "站型",
    "频段",
    "挂高",
    "共建共享",
)


def prepare(database: Database, folder: Any) -> None:
    """Give an empty register the areas and units of the sample."""
    import_areas(database, areas_file(folder), system)
    import_units(database, as_csv(UNITS), system, name="units.csv")


def areas_file(folder: Any) -> Any:
    path = folder / "areas.gpkg"
    shapes = shapely.to_wkb([row[4] for row in AREAS])
    columns = ["code", "name", "level", "parent"]
    fields = [[row[place] or None for row in AREAS] for place in range(4)]
    import numpy as np

    pyogrio.raw.write(
        path,
        np.array(shapes, dtype=object),
        [np.array(values, dtype=object) for values in fields],
        columns,
        geometry_type="Polygon",
        crs="EPSG:4326",
        layer="areas",
    )
    return path


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def stations(count: int, **changes: Any) -> list[list[Any]]:
    """Return a header and ``count`` good rows of base stations; ``changes`` replaces a column's value by heading."""
    rows: list[list[Any]] = [list(STATION_HEADINGS)]
    for place in range(count):
        owner, day = "中国移动" if place % 2 else "中国电信", f"2021-06-{place % 28 + 1:02d}"
        longitude = round(113.91 + 0.18 * place / max(count, 1), 6)
        row = [f"测试基站{place:05d}", owner, "", "在用", day, longitude, 22.55, "宏站", "2.6GHz", 25.5, "是"]
        for heading, value in changes.items():
            row[STATION_HEADINGS.index(heading)] = value
        rows.append(row)
    return rows


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the tables that an import may touch, to compare before and after."""
    touched = (tables.resource, tables.link, tables.search_entry, tables.change_set, tables.change)
    with database.connect() as connection:
        return {
            table.name: sorted(tuple(map(str, row)) for row in connection.execute(select(table))) for table in touched
        }
