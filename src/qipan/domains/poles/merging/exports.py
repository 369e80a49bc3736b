"""A merging plan as files that offices exchange: Excel, GeoPackage, KML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import shapely
import xlsxwriter

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.layers import write_layer
from qipan.domains.poles.merging.store import read_plan
from qipan.domains.poles.merging.telling import state_names

formats = ("xlsx", "gpkg", "kml")
"""Endings of the files a plan is exported to."""

_headings = {
    "street": "道路序号",
    "code": "编码",
    "name": "名称",
    "kind": "类别",
    "class": "类型",
    "road": "道路",
    "district": "区",
    "longitude": "经度",
    "latitude": "纬度",
    "position": "里程（米）",
    "side": "侧别",
    "height": "杆高（米）",
    "state": "处置",
    "devices_before": "原挂设备",
    "devices_after": "现挂设备",
    "cost": "费用（元）",
    "reason": "理由",
    "from_pole": "原杆",
    "to_pole": "新杆",
    "distance": "移位（米）",
    "devices": "设备数",
    "poles_before": "整治前杆数",
    "poles_after": "整治后杆数",
    "pole_bound": "杆数下界",
    "replaced": "改建智能杆",
    "moves": "迁移设备",
    "cost_bound": "费用下界（元）",
    "optimal": "已证最优",
    "problem": "问题",
}
_widths = {"reason": 42, "problem": 42, "name": 22, "code": 22, "from_pole": 22, "to_pole": 22, "road": 14}


def export_plan(database: Database, principal: Principal, scenario_id: int, path: Path) -> int:
    """Write a merging plan in the format that the path's ending names and return the number of poles.

    Raises InvalidRecord for another ending, NotFound, MergingMissing.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in formats:
        reason = f"应为 {'、'.join(formats)} 之一"
        raise InvalidRecord([FieldProblem(None, "格式", ending[:20], reason)])
    catalogue = load_catalogue()
    streets, poles, moves = (
        _said(read_plan(database, principal, scenario_id, name), catalogue, kind)
        for name, kind in (("streets", "street_pole"), ("poles", "street_pole"), ("moves", "pole_device"))
    )
    if ending == "xlsx":
        _write_workbook(path, (("道路", streets), ("杆件", poles), ("设备迁移", moves)))
    elif ending == "gpkg":
        _write_layer(path, "poles", "GPKG", poles, _marks(poles))
        _write_layer(path, "moves", "GPKG", moves, _arrows(poles, moves), append=True)
    else:
        named = poles.append_column("Name", pc.binary_join_element_wise(poles["name"], poles["state"], " "))
        _write_layer(path, "poles", "LIBKML", named, _marks(poles))
    return int(poles.num_rows)


def _said(table: pa.Table, catalogue: Catalogue, kind: str) -> pa.Table:
    """Return a table in the words that people read, those of ``kind`` for the classes in it."""
    kinds = {key: one.name.zh for key, one in catalogue.kinds.items()}
    attribute = catalogue.kinds[kind].attribute("class")
    classes = {} if attribute is None else {one.key: one.name.zh for one in attribute.choices}
    words: dict[str, dict[Any, str]] = {"state": state_names, "kind": kinds, "optimal": {True: "是", False: "否"}}
    words["class"] = classes | {"smart": kinds["smart_pole"]}
    for key in set(words) & set(table.column_names):
        told = [words[key].get(one, one) for one in table[key].to_pylist()]
        table = table.set_column(table.column_names.index(key), key, pa.array(told, pa.string()))
    return table


def _write_workbook(path: Path, sheets: Sequence[tuple[str, pa.Table]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        money = book.add_format({"num_format": "#,##0.00"})
        for name, table in sheets:
            shown = [key for key in table.column_names if key in _headings]
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.write_row(0, 0, [_headings[key] for key in shown], bold)
            for place, key in enumerate(shown):
                sheet.set_column(place, place, _widths.get(key, 11), money if key.startswith("cost") else None)
            columns = [table[key].to_pylist() for key in shown]
            for number, values in enumerate(zip(*columns, strict=True), start=1):
                sheet.write_row(number, 0, values)


def _marks(poles: pa.Table) -> Any:  # noqa: ANN401 - an array of shapely geometries
    return shapely.points(poles["longitude"].to_numpy(), poles["latitude"].to_numpy())


def _arrows(poles: pa.Table, moves: pa.Table) -> list[Any]:
    """Return a line from the old pole to the new one for each move, None where the device is taken down."""
    places = dict(
        zip(
            poles["code"].to_pylist(),
            zip(poles["longitude"].to_pylist(), poles["latitude"].to_pylist(), strict=True),
            strict=True,
        )
    )
    ends = zip(moves["from_pole"].to_pylist(), moves["to_pole"].to_pylist(), strict=True)
    return [None if there is None else shapely.LineString([places[home], places[there]]) for home, there in ends]


def _write_layer(path: Path, layer: str, driver: str, table: pa.Table, shapes: Any, *, append: bool = False) -> None:  # noqa: ANN401
    shown = [key for key in table.column_names if key in _headings or key == "Name"]
    content = table.select(shown).rename_columns([_headings.get(key, key) for key in shown])
    content = content.append_column("geometry", pa.array(shapely.to_wkb(shapes), pa.binary()))
    form = "LineString" if layer == "moves" else "Point"
    write_layer(content, path, layer=layer, driver=driver, geometry_type=form, append=append)
