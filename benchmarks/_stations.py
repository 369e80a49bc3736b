"""Base stations for the import benchmarks: files of them, registers ready for them, and the peer that imports them."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import xlsxwriter
from sqlalchemy.orm import Session, registry

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.codes import make_code
from qipan.core.database import Database, insert_row, open_database
from qipan.core.exchange import apply, check, read_table
from qipan.core.fields import read_value
from qipan.core.history import open_change_set
from qipan.engines.tiling import encode_keys

HEADINGS = (
    "名称", "权属单位", "所属区域", "状态", "启用日期", "经度", "纬度", "站型", "频段", "挂高", "供电方式", "共建共享",
)  # fmt: skip
_OPERATORS = ("中国移动", "中国电信", "中国联通")
_DISTRICTS = tuple(f"第{number}区" for number in range(1, 12))


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall seconds of the three stages of one import."""

    read: float
    check: float
    apply: float

    @property
    def total(self) -> float:
        """Seconds from the file's bytes to the commit."""
        return self.read + self.check + self.apply


def ready_register(path: Path) -> Database:
    """Return a new register on SQLite with eleven districts of 200 corners each and three operators."""
    database = open_database(path)
    with database.begin() as connection:
        for number, name in enumerate(_DISTRICTS):
            shape = shapely.box(113.8 + 0.07 * number, 22.4, 113.87 + 0.07 * number, 22.8)
            wkb = shapely.to_wkb(shapely.segmentize(shape, 0.005))
            area = {"code": f"4403{number + 3:02d}", "name": name, "level": "district", "geometry": wkb}
            insert_row(connection, tables.area, area)
        for name in _OPERATORS:
            insert_row(connection, tables.unit, {"name": name, "kind": "operator"})
    return database


def rows_of_stations(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield ``count`` rows under ``HEADINGS``, a fifth of them without an area; the same ones every time."""
    random = np.random.default_rng(5)
    longitude, latitude = random.uniform(113.81, 114.56, count).round(6), random.uniform(22.41, 22.79, count).round(6)
    district = ((longitude - 113.8) / 0.07).astype(int)
    day = np.datetime64("2019-11-01") + random.integers(0, 1500, count)
    height = random.uniform(8, 60, count).round(1)
    choice = random.integers(0, 60, count)
    columns = (
        longitude.tolist(),
        latitude.tolist(),
        district.tolist(),
        day.astype(str).tolist(),
        height.tolist(),
        choice.tolist(),
    )
    for place, (x, y, where, when, high, pick) in enumerate(zip(*columns, strict=True)):
        name = _DISTRICTS[where]
        yield (
            f"{name}5G基站{place:06d}", _OPERATORS[pick % 3], "" if pick % 5 == 0 else name, "在用", when, x, y,
            ("宏站", "微站", "室内分布")[pick % 3], ("2.6 GHz", "3.5 GHz")[pick % 2], high,
            ("直供电", "转供电")[pick % 2], "是" if pick % 4 else "否",
        )  # fmt: skip


def csv_of_stations(count: int) -> bytes:
    """Return a CSV of ``count`` stations as Excel in China saves it, with a byte-order mark."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(rows_of_stations(count))
    return text.getvalue().encode("utf-8-sig")


def excel_of_stations(count: int) -> bytes:
    """Return an xlsx of ``count`` stations."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": False})
    sheet = book.add_worksheet("5G基站")
    sheet.write_row(0, 0, HEADINGS)
    for number, row in enumerate(rows_of_stations(count), start=1):
        sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def our_import(database: Database, content: bytes, name: str) -> Timing:
    """Import a file and return how long each stage took."""
    start = time.perf_counter()
    table = read_table(content, name)
    read = time.perf_counter()
    with database.connect() as connection:
        preview = check(connection, table, system)
    checked = time.perf_counter()
    apply(database, preview, system)
    done = time.perf_counter()
    database.close()
    return Timing(read - start, checked - read, done - checked)


def orm_import(database: Database, content: bytes) -> float:
    """Import a CSV of stations row by row through SQLAlchemy's ORM and return the seconds it took."""

    class Resource:
        pass

    registry().map_imperatively(Resource, tables.resource)
    catalogue = load_catalogue()
    kind = catalogue.kinds["base_station"]
    fields = [next(one for one in catalogue.columns(kind) if one.name.zh == heading) for heading in HEADINGS]
    units = {name: number for number, name in enumerate(_OPERATORS, start=1)}
    areas = {name: number for number, name in enumerate(_DISTRICTS, start=1)}
    with database.begin() as connection:
        change_set = open_change_set(connection, system, "import")
    start = time.perf_counter()
    with Session(database.engine) as session:
        made = []
        for serial, row in enumerate(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:], start=1):
            values = {field.key: read_value(field, cell) for field, cell in zip(fields, row, strict=True)}
            resource = Resource()
            for key in ("name", "in_service_on", "longitude", "latitude"):
                setattr(resource, key, values[key])
            resource.code, resource.kind = make_code("440305", kind.code, serial), kind.code
            resource.owner_id, resource.area_id = units[values["owner"]], areas.get(values["area"], 1)
            resource.state, resource.version = 4, 1
            resource.morton = int(encode_keys([values["longitude"]], [values["latitude"]])[0])
            resource.attributes = {one.key: values[one.key] for one in kind.attributes if one.key in values}
            resource.created_in = resource.changed_in = change_set
            made.append(resource)
        session.add_all(made)
        session.commit()
    seconds = time.perf_counter() - start
    database.close()
    return seconds
