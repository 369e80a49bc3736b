"""Workbooks about candidates of one's own: the one to fill in, and the list of what is wrong with one filled in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue, Placement, Source
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.placing.offered import read_candidate_rows
from qipan.core.placing.offered_rows import columns_of, offering_sources, read_offered, sheet_name, usual_height
from qipan.core.placing.rates import rate_values
from qipan.core.scenarios import read_scenario

Record = dict[str, Any]
_example_metres = 100.0
"""Metres to a duct for which examples are priced."""
_examples = 3
_looked_at = 200
_row = tables.resource.c


def write_candidate_workbook(
    database: Database, catalogue: Catalogue, principal: Principal, scenario_id: int
) -> tuple[str, bytes]:
    """Return the scenario's name and the Excel workbook in which its own candidates are filled in.

    Sheets: the candidates that it has, to be edited and taken again; every column explained; hosts of the register as
    examples, priced by the cost table. Raises NotFound.
    """
    with database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "build")
        placement = catalogue.placements[scenario.subject]
        examples = _example_rows(connection, catalogue, principal, placement)
    kept = read_candidate_rows(database, scenario.parameters.get("candidates"))
    columns = columns_of(placement)
    names = [one.name for one in columns]
    notes = [(one.name, one.required, one.unit, one.allowed, one.note) for one in columns]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sources = {one.key: one.name.zh for one in placement.sources}
        _write_sheet(book, sheet_name, names, _cells(names, sources, kept), 14)
        _write_sheet(book, "填写说明", ("列名", "必填", "单位", "取值范围", "说明"), notes, 30)
        _write_sheet(book, "示例", names, _cells(names, sources, examples), 14)
        sheet = book.get_worksheet_by_name(sheet_name)
        offered = [one.name.zh for one in offering_sources(placement)]
        sheet.data_validation(
            1, names.index("来源"), 20_000, names.index("来源"), {"validate": "list", "source": offered}
        )
    return scenario.name, buffer.getvalue()


def write_problem_workbook(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    content: bytes,
    name: str,
    datum: str = "wgs84",
) -> bytes:
    """Return an Excel workbook of all that is wrong with a file of candidates, a row for each value; writes nothing."""
    placement = catalogue.placements[read_scenario(connection, principal, scenario_id, "build").subject]
    try:
        problems = read_offered(connection, placement, content, name, datum)[1]
    except ImportRejected as error:
        problems = list(error.problems) or [FieldProblem(None, "整个文件", name[:80], str(error))]
    rows = [(one.row, one.field, one.value, one.reason) for one in problems]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        _write_sheet(book, "问题清单", ("行", "列", "填写的值", "应为与改法"), rows, 24)
    return buffer.getvalue()


def _write_sheet(
    book: xlsxwriter.Workbook, title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], width: int
) -> None:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, headings, book.add_format({"bold": True, "bottom": 1}))
    sheet.set_column(0, len(headings) - 1, width)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            # Text as text: a name that begins with "=" is no formula.
            write = sheet.write_string if isinstance(value, str) else sheet.write
            write(number, place, value)


def _cells(names: Sequence[str], sources: Mapping[str, str], rows: Sequence[Record]) -> list[list[Any]]:
    found = []
    for row in rows:
        told = {"编号": row["id"], "名称": row["name"], "来源": sources[row["source"]], "高度": row["height"]}
        told |= {"经度": row["longitude"], "纬度": row["latitude"]} | row["lines"]
        found.append([told.get(name, "") for name in names])
    return found


def _example_rows(
    connection: Connection, catalogue: Catalogue, principal: Principal, placement: Placement
) -> list[Record]:
    """Return one host of the register for each of the first sources that have any, with what it would cost there."""
    found: list[Record] = []
    rates = rate_values(connection, catalogue)
    for source in offering_sources(placement):
        if source.kind is None or len(found) == _examples:
            continue
        query = select(_row.name, _row.longitude, _row.latitude, _row.attributes)
        query = query.where(_row.kind == catalogue.kinds[source.kind].code, _row.longitude.is_not(None))
        rows = connection.execute(narrow(query, tables.resource, principal).order_by(_row.id).limit(_looked_at))
        fitting = (
            one for one in rows if all(one.attributes.get(key) in (*of, None) for key, of in source.where.items())
        )
        if (row := next(fitting, None)) is None:
            continue
        place = {"longitude": row.longitude, "latitude": row.latitude, "height": usual_height}
        named = {"id": f"示例{len(found) + 1}", "name": row.name, "source": source.key}
        found.append(named | place | {"lines": _priced(source, rates)})
    return found


def _priced(source: Source, rates: Mapping[str, float]) -> dict[str, float]:
    """Return what each line of a source that is paid once costs whoever comes first, some way from a duct."""
    found = {}
    for line in source.lines:
        if line.per != "year":
            quantity = rates[line.quantity] if line.quantity else 1.0
            metres = _example_metres if line.per == "duct_metre" else 1.0
            found[line.name.zh] = round(rates[line.rate] * quantity * metres, 2)
    return found
