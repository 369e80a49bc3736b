"""The Excel form on which a unit reports its figures, issued with those it reported last.

Which figures a unit is asked for follows from who it is and from the plans: an operator its own part of what operators
report, a district government its own area's part of what adds up over areas, and every unit the figures behind the
targets of the tasks that it answers for.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import xlsxwriter
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, Indicator
from qipan.core.errors import NotFound
from qipan.core.measuring.areas import Area, Tree, Unit, read_tree
from qipan.core.measuring.formula import ReportedPart, StatisticPart, parts_of
from qipan.core.measuring.measurements import list_measurements
from qipan.core.measuring.parsing import parse_formula
from qipan.core.plans.read import list_targets

Record = dict[str, Any]

SHEET = "填报"
"""Name of the worksheet that is filled in."""
HEADINGS = (
    *("指标编码", "指标", "计量单位", "区域代码", "区域", "填报单位", "期末日期"),
    *("上期期末", "上期数值", "本期数值", "数据来源", "佐证文件名"),
)
"""Columns of that worksheet in order."""
_WIDTHS = (34, 34, 10, 12, 14, 20, 12, 12, 16, 16, 30, 30)
_FILLED = ("期末日期", "本期数值", "数据来源", "佐证文件名")
_DAYS = ("期末日期", "上期期末")
_INSTRUCTIONS = (
    "填报说明",
    "1. 只填“填报”表中底色为黄的单元格；其余各列用于核对，请勿改动、增删行或改名。",
    "2. “期末日期”为数据所属期间的最后一天，如 2025-06-30；全年数填当年 12 月 31 日。",
    "3. “本期数值”按“计量单位”填写数值，不带单位；暂无数据的留空，不要填 0。",
    "4. 已填报过的同一期数值再次填写即为更正，原数值保留在历史中。",
    "5. “佐证文件名”填写已在系统中上传的佐证文件的文件名，可留空。",
    "6. 全部行无误才会写入；有误时逐行列出原因，一条也不写入。",
)


@dataclass(frozen=True, slots=True)
class FormLine:
    """One figure that a unit is asked for."""

    indicator: Indicator
    area: Area
    owner: Unit | None


def form_lines(connection: Connection, catalogue: Catalogue, tree: Tree, unit: Unit) -> list[FormLine]:
    """Return the figures that a unit is asked for, in the catalogue's order."""
    city = tree.city
    if city is None:
        return []
    answered = _answered_for(connection, catalogue, unit)
    lines = []
    for indicator in reported_indicators(catalogue):
        if unit.kind == "operator":
            if indicator.by_operator:
                lines.append(FormLine(indicator, city, unit))
        elif unit.kind == "district_government":
            area = tree.areas.get(unit.area_id or 0)
            if area is not None and indicator.area_rule == "sum" and not indicator.by_operator:
                lines.append(FormLine(indicator, area, None))
        elif indicator.key in answered:
            lines.append(FormLine(indicator, city, None))
    return lines


def reported_indicators(catalogue: Catalogue) -> list[Indicator]:
    """Return the indicators that people report: as they are, or for operators where statistics know only the whole."""
    return [one for one in catalogue.indicators.values() if _is_reported(catalogue, one)]


def _is_reported(catalogue: Catalogue, indicator: Indicator) -> bool:
    parts = parts_of(parse_formula(catalogue, indicator))
    if indicator.by_operator and all(isinstance(one, StatisticPart) for one in parts):
        return True
    return parts == (ReportedPart(indicator.key),)


def _reported_parts(catalogue: Catalogue, key: str) -> set[str]:
    if key not in catalogue.indicators:
        return set()
    parts = parts_of(parse_formula(catalogue, catalogue.indicators[key]))
    return {one.indicator for one in parts if isinstance(one, ReportedPart)}


def _answered_for(connection: Connection, catalogue: Catalogue, unit: Unit) -> set[str]:
    """Return the reported indicators behind the targets of the tasks that a unit leads or is responsible for."""
    assigned, linked = tables.assignment.c, tables.contribution.c
    query = select(linked.target_id).join(tables.assignment, assigned.task_id == linked.task_id)
    query = query.where(assigned.unit_id == unit.id, assigned.role.in_(("lead", "responsible")))
    target_ids = set(connection.execute(query).scalars())
    targets = [one for one in list_targets(connection) if one["id"] in target_ids]
    bound = [one for one in targets if one["binding_status"] in ("proposed", "confirmed")]
    shown = [one["indicator"] for one in bound if one["status"] != "dismissed"]
    return {key for one in shown for key in _reported_parts(catalogue, one)}


def issue_form(connection: Connection, catalogue: Catalogue, principal: Principal, unit_id: int, as_of: date) -> bytes:
    """Return the form of a unit as an Excel file, with what was reported before ``as_of``.

    NotFound where the unit is unknown or not the principal's.
    """
    tree = read_tree(connection)
    unit = _unit(tree, principal, unit_id)
    rows = [_line_cells(connection, principal, line, as_of) for line in form_lines(connection, catalogue, tree, unit)]
    return _workbook(unit, rows, as_of)


def _unit(tree: Tree, principal: Principal, unit_id: int) -> Unit:
    unit = tree.units.get(unit_id)
    if unit is None or not (principal.sees(unit.area_id, unit.id)):
        message = f"没有编号为 {unit_id} 的单位，或无权为其填报"
        raise NotFound(message)
    return unit


def _line_cells(connection: Connection, principal: Principal, line: FormLine, as_of: date) -> Record:
    owner_id = None if line.owner is None else line.owner.id
    earlier = [
        one
        for one in list_measurements(connection, principal, indicator=line.indicator.key, area_id=line.area.id)
        if one["owner_id"] == owner_id and one["period_end"] <= as_of
    ]
    superseded = {one["supersedes_id"] for one in earlier}
    known = [one for one in earlier if one["id"] not in superseded and one["value"] is not None]
    last = known[0] if known else None
    return {
        "指标编码": line.indicator.key,
        "指标": line.indicator.name.zh,
        "计量单位": line.indicator.unit,
        "区域代码": line.area.code,
        "区域": line.area.name,
        "填报单位": "" if line.owner is None else line.owner.name,
        "期末日期": period_end(line.indicator, as_of),
        "上期期末": None if last is None else last["period_end"],
        "上期数值": None if last is None else last["value"],
    }


def period_end(indicator: Indicator, as_of: date) -> date:
    """Return the last day of the newest period over by ``as_of``: the year for flows, the quarter for the rest."""
    months = 12 if indicator.kind == "flow" else 3
    next_day = as_of + timedelta(days=1)
    return next_day.replace(month=(next_day.month - 1) // months * months + 1, day=1) - timedelta(days=1)


def _workbook(unit: Unit, rows: Sequence[Record], as_of: date) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        notes = book.add_worksheet("说明")
        notes.set_column(0, 0, 100)
        lines = (*_INSTRUCTIONS, f"填报单位：{unit.name}", f"制表日期：{as_of.isoformat()}", f"共 {len(rows)} 项")
        for place, text in enumerate(lines):
            notes.write_string(place, 0, text, book.add_format({"bold": place == 0, "text_wrap": True}))
        _write_lines(book, rows)
    return buffer.getvalue()


def _write_lines(book: Any, rows: Sequence[Record]) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet(SHEET)
    heading = book.add_format({"bold": True, "bg_color": "#d9e2f3", "border": 1})
    kept = {"border": 1, "bg_color": "#f2f2f2"}
    open_cell = {"border": 1, "bg_color": "#fff2cc", "locked": False}
    day = {"num_format": "yyyy-mm-dd"}
    formats = {key: book.add_format(one) for key, one in (("kept", kept), ("open", open_cell))}
    formats |= {"kept day": book.add_format(kept | day), "open day": book.add_format(open_cell | day)}
    for column, (name, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, heading)
    for place, row in enumerate(rows, start=1):
        for column, name in enumerate(HEADINGS):
            style = ("open" if name in _FILLED else "kept") + (" day" if name in _DAYS else "")
            _write_cell(sheet, place, column, row.get(name), formats[style])
    sheet.freeze_panes(1, 2)
    sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True})
    _validate(sheet, len(rows))


def _write_cell(sheet: Any, row: int, column: int, value: object, style: object) -> None:  # noqa: ANN401
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), style)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value), style)


def _validate(sheet: Any, rows: int) -> None:  # noqa: ANN401
    if not rows:
        return
    number, day = HEADINGS.index("本期数值"), HEADINGS.index("期末日期")
    limits = {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
    limits |= {"error_title": "应为数值", "error_message": "请只填数值，不带单位；暂无数据的留空。"}
    sheet.data_validation(1, number, rows, number, limits)
    days = {"validate": "date", "criteria": "between", "minimum": date(1990, 1, 1), "maximum": date(2099, 12, 31)}
    days |= {"error_title": "应为日期", "error_message": "请填期末日期，如 2025-06-30。"}
    sheet.data_validation(1, day, rows, day, days)
