"""The cost table: the catalogue's defaults, and what the office has set in their place."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import Connection, delete, insert, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, Rate
from qipan.core.errors import FieldProblem, ImportRejected, InvalidRecord, NotFound
from qipan.core.history import open_change_set, write_change

Record = dict[str, Any]
_rate = tables.rate.c
_sets = tables.change_set.c
_headings = ("键", "名称", "说明", "单位", "默认值", "现行值")
_sheet = "造价表"


def rate_values(connection: Connection, catalogue: Catalogue) -> dict[str, float]:
    """Return the value of every rate by key: the office's where it set one, else the default."""
    values = {key: one.default for key, one in catalogue.rates.items()}
    kept = {row.key: row.value for row in connection.execute(select(_rate.key, _rate.value))}
    return values | {key: value for key, value in kept.items() if key in values}


def list_rates(connection: Connection, catalogue: Catalogue) -> list[Record]:
    """Return every rate with its value and who changed it when."""
    query = select(_rate.key, _rate.value, _sets.actor, _sets.at).join(tables.change_set, _sets.id == _rate.changed_in)
    kept = {row.key: row for row in connection.execute(query)}
    found = []
    for key, one in catalogue.rates.items():
        row = kept.get(key)
        told = {"value": one.default, "changed_by": None, "changed_at": None}
        if row is not None:
            told = {"value": row.value, "changed_by": row.actor, "changed_at": row.at}
        found.append(_as_record(one) | told)
    return found


def set_rate(
    connection: Connection, catalogue: Catalogue, principal: Principal, key: str, value: float | None
) -> Record:
    """Set one rate, or take it back to its default with None; for the city only."""
    if key not in catalogue.rates:
        message = f"造价表没有 {key[:60]}：请从造价表中选择"
        raise NotFound(message)
    set_rates(connection, catalogue, principal, {key: value})
    return next(one for one in list_rates(connection, catalogue) if one["key"] == key)


def set_rates(
    connection: Connection, catalogue: Catalogue, principal: Principal, values: Mapping[str, float | None]
) -> int:
    """Set several rates under one change set and return how many changed; all or none, for the city only."""
    principal.require_city()
    rates = catalogue.rates
    problems = [
        FieldProblem(None, rates[key].name.zh, f"{value:g}", reason)
        for key, value in values.items()
        if value is not None and (reason := _reason(rates[key], value))
    ]
    if problems:
        raise InvalidRecord(problems)
    before = rate_values(connection, catalogue)
    after = {key: rates[key].default if value is None else value for key, value in values.items()}
    changed = [key for key in values if before[key] != after[key]]
    if changed:
        named = "、".join(rates[key].name.zh for key in changed[:5])
        change_set = open_change_set(connection, principal, "update", f"修改造价表：{named}", rows=len(changed))
        connection.execute(delete(tables.rate).where(_rate.key.in_(changed)))
        kept = [
            {"key": key, "value": after[key], "changed_in": change_set} for key in changed if values[key] is not None
        ]
        if kept:
            connection.execute(insert(tables.rate), kept)
        old, new = ({key: one[key] for key in changed} for one in (before, after))
        write_change(connection, change_set, "rate", 0, old, new)
    return len(changed)


def write_rates(connection: Connection, catalogue: Catalogue) -> bytes:
    """Return the cost table as an Excel workbook; what stands in its last column may be edited and read again."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_sheet)
        sheet.freeze_panes(1, 2)
        sheet.write_row(0, 0, _headings, book.add_format({"bold": True, "bottom": 1}))
        figure = book.add_format({"num_format": "#,##0.####"})
        for row, one in enumerate(list_rates(connection, catalogue), start=1):
            texts = (one["key"], one["name"]["zh"], one["description"]["zh"], one["unit"])
            sheet.write_row(row, 0, texts)
            sheet.write_row(row, 4, (one["default"], one["value"]), figure)
        for column, width in enumerate((34, 26, 52, 12, 14, 14)):
            sheet.set_column(column, column, width)
    return buffer.getvalue()


def read_rates(connection: Connection, catalogue: Catalogue, principal: Principal, content: bytes) -> Record:
    """Take a cost table back and return {"changed"}; a line whose value is empty goes back to its default.

    Lines that were left out stay as they are. ImportRejected lists every row that will not do, also one in which
    another column than the value was changed; then nothing is changed.
    """
    principal.require_city()
    problems: list[FieldProblem] = []
    values: dict[str, float | None] = {}
    first: dict[str, int] = {}
    for row, cells in _filled_rows(content):
        key = str(cells["键"]).strip()
        rate = catalogue.rates.get(key)
        if rate is None:
            problems.append(FieldProblem(row, "键", key[:80], "造价表没有这个键：请使用系统导出的表"))
            continue
        if key in first:
            problems.append(FieldProblem(row, "键", key[:80], f"与第 {first[key]} 行重复：请只保留一行"))
        first.setdefault(key, row)
        problems += _other_changes(row, cells, rate)
        value = _number(cells["现行值"])
        if reason := "应为数字：请改正" if value is False else "" if value is None else _reason(rate, float(value)):
            problems.append(FieldProblem(row, "现行值", str(cells["现行值"])[:80], reason))
        else:
            values[key] = None if value is None else float(value)
    if problems:
        message = f"造价表有 {len(problems)} 处问题，一条也没有写入：请按所列行改正后重新上传"
        raise ImportRejected(message, problems)
    return {"changed": set_rates(connection, catalogue, principal, values)}


def _other_changes(row: int, cells: Mapping[str, Any], rate: Rate) -> list[FieldProblem]:
    """Return the columns of a line that are not what was written: only the value may be edited here."""
    written: dict[str, str | float] = {
        "名称": rate.name.zh,
        "说明": rate.description.zh,
        "单位": rate.unit,
        "默认值": rate.default,
    }
    reason = "这一列不能在此修改，应为“{}”：只有“现行值”可以修改，请改回"
    return [
        FieldProblem(row, column, str(cells[column])[:80], reason.format(_shown(expected)))
        for column, expected in written.items()
        if column in cells and not _same(cells[column], expected)
    ]


def _same(cell: object, expected: str | float) -> bool:
    if isinstance(expected, str):
        return "".join(str(cell).split()) == "".join(expected.split())
    value = _number(cell)
    return value is not None and value is not False and math.isclose(value, expected, rel_tol=1e-9)


def _shown(expected: str | float) -> str:
    return expected[:60] if isinstance(expected, str) else f"{expected:g}"


def _as_record(rate: Rate) -> Record:
    texts = {"name": {"zh": rate.name.zh, "en": rate.name.en}}
    texts["description"] = {"zh": rate.description.zh, "en": rate.description.en}
    numbers = {"default": rate.default, "minimum": rate.minimum, "maximum": rate.maximum}
    return {"key": rate.key, "domain": rate.domain, "unit": rate.unit} | texts | numbers


def _reason(rate: Rate, value: float) -> str:
    if math.isfinite(value) and rate.minimum <= value <= rate.maximum:
        return ""
    return f"应在 {rate.minimum:g} 至 {rate.maximum:g} {rate.unit}之间：请改正"


def _number(cell: object) -> float | bool | None:
    """Return the number of a cell, None for an empty one, False for anything else."""
    text = str(cell).strip().replace(",", "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return False


def _filled_rows(content: bytes) -> Sequence[tuple[int, Mapping[str, Any]]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(_sheet)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        message = f"读不出造价表：请上传系统导出的 Excel 表，且保留名为“{_sheet}”的工作表"
        raise ImportRejected(message) from error
    headings = [str(one).strip() for one in rows[0]] if rows else []
    missing = [name for name in ("键", "现行值") if name not in headings]
    if missing:
        message = f"造价表缺少列 {'、'.join(missing)}：请使用系统导出的表，不要改动表头"
        raise ImportRejected(message)
    named = [(number, dict(zip(headings, cells, strict=False))) for number, cells in enumerate(rows[1:], start=2)]
    return [(number, cells) for number, cells in named if str(cells["键"]).strip()]
