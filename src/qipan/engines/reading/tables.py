"""Tables of plans: main indicators (指标, 单位, 2022年, 2025年) and divided tasks (任务, 责任单位, 完成时限)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qipan.engines.reading.compact import compact, tidy
from qipan.engines.reading.dates import find_deadline
from qipan.engines.reading.document import Document, Paragraph
from qipan.engines.reading.model import Kind, Target, Task
from qipan.engines.reading.outline import Section
from qipan.engines.reading.preface import Preface
from qipan.engines.reading.quantities import Quantity, find_quantities, relation_before
from qipan.engines.reading.units import Assignment, parse_assignment

__all__ = ["read_table_targets", "read_table_tasks"]

_NAME = re.compile(r"指标(?:名称)?$|^主要指标|^指标|^目标名称|^类别及指标")
_UNIT = re.compile(r"^(?:计量)?单位$")
_YEAR = re.compile(r"(?P<year>20\d{2})年?")
_GOAL = re.compile(r"目标|规划|预期|预计")
_PAST = re.compile(r"现状|基期|实绩|完成|实际|基准|基数")
_TASK = re.compile(r"任务|工作内容|重点工作|主要内容|举措|项目名称|事项|工作措施|建设内容")
_LEAD = re.compile(r"牵头|主办|主责")
_SUPPORT = re.compile(r"配合|协办|参与|协同")
_RESPONSIBLE = re.compile(
    r"责任(?:单位|部门|主体)|实施单位|落实单位|负责单位|承办单位|(?:牵头|配合|主办|协办|参与)(?:责任)?(?:单位|部门)"
)
_TIME = re.compile(r"时限|时间|期限|节点|进度")
_SCALED = re.compile(r"^(?P<power>万亿|亿|万|千|百)(?P<unit>.+)$")
_POWERS = {"万亿": 1e12, "亿": 1e8, "万": 1e4, "千": 1e3, "百": 1e2}


@dataclass(frozen=True, slots=True)
class _Table:
    section: Section
    header: dict[int, str]
    rows: tuple[dict[int, Paragraph], ...]


def read_table_targets(document: Document, sections: Sequence[Section], preface: Preface) -> list[Target]:
    """Read the tables of indicators: each filled year column gives one baseline or target."""
    targets: list[Target] = []
    for table in _tables(sections):
        name_column = _column(table, _NAME)
        if name_column is None or _columns(table, _RESPONSIBLE):
            continue
        unit_column = _column(table, _UNIT)
        for row in table.rows:
            if name_column in row:
                targets.extend(_row_targets(document, table, row, name_column, unit_column, preface))
    return targets


def _row_targets(
    document: Document,
    table: _Table,
    row: dict[int, Paragraph],
    name_column: int,
    unit_column: int | None,
    preface: Preface,
) -> Iterator[Target]:
    name_cell = row[name_column]
    unit = compact(row[unit_column].text).text if unit_column is not None and unit_column in row else ""
    unit = unit.strip("-/ ")
    name, unit = _unit_in_name(tidy(name_cell.text), unit)
    for column, cell in row.items():
        kind, year = _column_meaning(table.header.get(column, ""), preface)
        if column in (name_column, unit_column) or kind is None:
            continue
        found = _cell_value(compact(cell.text).text, unit)
        if found is None:
            continue
        values, own_unit, comparator = found
        default = ">=" if kind is Kind.TARGET else "="
        yield Target(
            quote=document.text[cell.start : cell.start + len(cell.text)],
            start=cell.start,
            end=cell.start + len(cell.text),
            page=cell.page,
            name=name,
            values=values,
            unit=own_unit,
            comparator="range" if len(values) == 2 else comparator or default,
            year=year,
            kind=kind,
            scope="",
            section=table.section.path,
            confidence=0.85,
        )


def _unit_in_name(name: str, unit: str) -> tuple[str, str]:
    """Take the unit out of a name that carries it: 5G基站数（万个）."""
    found = re.search(r"[（(](?P<unit>[^（）()]{1,8})[）)]$", name)
    return (name[: found.start()], compact(found["unit"]).text) if found and not unit else (name, unit)


def _column_meaning(header: str, preface: Preface) -> tuple[Kind | None, int | None]:
    found = _YEAR.search(header)
    year = int(found["year"]) if found else None
    now = preface.period[0] if preface.period else preface.year
    if _PAST.search(header) and not _GOAL.search(header):
        return Kind.BASELINE, year
    if year is not None:
        return (Kind.BASELINE if now is not None and year < now else Kind.TARGET), year
    if _GOAL.search(header) and not _NAME.search(header):
        return Kind.TARGET, preface.period[1] if preface.period else None
    return None, None


def _cell_value(text: str, unit: str) -> tuple[tuple[float, ...], str, str] | None:
    """Read one figure with the unit of its row: (values, unit, comparator)."""
    scaled = _SCALED.match(unit)
    power = _POWERS[scaled["power"]] if scaled else 1.0
    own = scaled["unit"] if scaled else unit
    quantities = find_quantities(text)
    if len(quantities) != 1:
        return None
    quantity = quantities[0]
    stated = relation_before(text, quantity.start).comparator or _bound(quantity)
    comparator = "<=" if stated == "<" else stated
    if quantity.unit and quantity.unit != own:
        return quantity.values, quantity.unit, comparator
    factor = 1.0 if quantity.unit and not scaled else power
    return tuple(value * factor for value in quantity.values), own or quantity.unit, comparator


def _bound(quantity: Quantity) -> str:
    return {"least": ">=", "most": "<=", "more": ">"}.get(quantity.bound, "")


def read_table_tasks(document: Document, sections: Sequence[Section], city: str = "") -> list[Task]:
    """Read the tables that give tasks their units."""
    tasks: list[Task] = []
    for table in _tables(sections):
        unit_columns = _columns(table, _RESPONSIBLE)
        task_column = _column(table, _TASK)
        if not unit_columns or task_column is None:
            continue
        for place, row in enumerate(table.rows, start=1):
            if task_column in row:
                tasks.append(_row_task(document, table, row, place, task_column, city))
    return tasks


def _row_task(document: Document, table: _Table, row: dict[int, Paragraph], place: int, column: int, city: str) -> Task:
    cell = row[column]
    assignment = Assignment()
    deadline = None
    for other, paragraph in row.items():
        header, text = table.header.get(other, ""), compact(paragraph.text).text
        if _RESPONSIBLE.search(header):
            named = parse_assignment(text, city)
            lead = named.units if _LEAD.search(header) else named.lead
            support = named.units if _SUPPORT.search(header) else named.support
            assignment.add(Assignment(named.units, lead, support))
        elif _TIME.search(header):
            deadline = find_deadline(text + "完成")
    number = next(
        (p.text for c, p in sorted(row.items()) if c < column and re.fullmatch(r"\d{1,3}", p.text)), str(place)
    )
    end = cell.start + len(cell.text)
    heading = re.split(r"[。；]", cell.text, maxsplit=1)[0]
    return Task(
        section=f"{table.section.path}/{number}" if table.section.path else number,
        heading=heading,
        units=tuple(assignment.units),
        lead=tuple(assignment.lead),
        support=tuple(assignment.support),
        deadline=deadline,
        quote=document.text[cell.start : cell.start + len(heading)],
        start=cell.start,
        end=cell.start + len(heading),
        page=cell.page,
        text=document.text[cell.start : end],
        text_start=cell.start,
        text_end=end,
        confidence=0.85,
    )


def _tables(sections: Sequence[Section]) -> Iterator[_Table]:
    """Gather the cells of each table under its first row; cells with several paragraphs keep the first."""
    for section in sections:
        tables: dict[int, dict[int, dict[int, Paragraph]]] = {}
        for paragraph in section.paragraphs:
            if paragraph.table is not None:
                table, row, column = paragraph.table
                tables.setdefault(table, {}).setdefault(row, {}).setdefault(column, paragraph)
        for rows in tables.values():
            first, *rest = [rows[row] for row in sorted(rows)]
            header = {column: compact(paragraph.text).text for column, paragraph in first.items()}
            yield _Table(section, header, tuple(rest))


def _columns(table: _Table, pattern: re.Pattern[str]) -> list[int]:
    return [column for column, text in sorted(table.header.items()) if pattern.search(text)]


def _column(table: _Table, pattern: re.Pattern[str]) -> int | None:
    return next(iter(_columns(table, pattern)), None)
