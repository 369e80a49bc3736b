"""Bill of quantities (工程量清单): an Excel workbook in the layout that offices expect, every sum a formula."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from qipan.reports.errors import NothingToReport
from qipan.reports.planned import Heading, PlannedSites
from qipan.reports.summary import Item, summary_name, write_summary
from qipan.reports.workbook import Formats, first_row, open_sheet, sheet_formats

_columns = (
    ("序号", 6),
    ("年度", 8),
    ("区域", 14),
    ("建设单位", 26),
    ("项目名称", 22),
    ("计量单位", 9),
    ("数量", 12),
    ("单价（元）", 14),
    ("合价（元）", 16),
    ("备注", 14),
)
_quantity, _price, _amount = 6, 7, 8
"""Places of columns."""
_bill, _upkeep, _sites = "工程量清单", "年度费用清单", "站点表"


def bill_of_quantities(planned: PlannedSites, path: Path) -> int:
    """Write the workbook and return the number of items in it.

    Sheets: summary by year, district and operator; bill of what is built; bill of what is paid every year; sites.
    Items are summed by year, district, operator, name, unit and price; subtotals and totals are formulas that carry
    their value, so that a reader without Excel sees them too. Raises NothingToReport where nothing costs anything.
    """
    built, yearly = (_items(planned, yearly) for yearly in (False, True))
    if not built and not yearly:
        message = f"方案“{planned.heading.title}”的站点没有费用：请先在造价表中填写单价，再重新计算"
        raise NothingToReport(message)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": planned.heading.title, "company": planned.heading.organisation})
        formats = sheet_formats(book)
        overview = book.add_worksheet(summary_name)
        for name, items in ((_bill, built), (_upkeep, yearly)):
            if items:
                _write_bill(book.add_worksheet(name), planned.heading, name, items, formats)
        write_summary(overview, planned.heading, built or yearly, _bill if built else _upkeep, formats)
        _write_sites(book.add_worksheet(_sites), planned, formats)
    return len(built) + len(yearly)


def _items(planned: PlannedSites, yearly: bool) -> list[Item]:
    sites = planned.sites.select(["site", "year", "district_id", "district", "owner"])
    lines = planned.lines.filter(planned.lines["yearly"] if yearly else pc.invert(planned.lines["yearly"]))
    joined = lines.join(sites, "site")
    keys = ["year", "district_id", "district", "owner", "name", "unit", "price"]
    sums = joined.group_by(keys).aggregate([("quantity", "sum"), ("site", "count_distinct")])
    rows = sums.sort_by([(key, "ascending") for key in keys]).to_pylist()
    return [
        Item(
            year=row["year"],
            district_id=row["district_id"],
            district=row["district"] or "",
            owner=row["owner"] or "",
            name=row["name"],
            unit=row["unit"],
            price=row["price"],
            quantity=row["quantity_sum"],
            sites=row["site_count_distinct"],
        )
        for row in rows
    ]


def _write_bill(sheet: Any, heading: Heading, title: str, items: list[Item], formats: Formats) -> None:  # noqa: ANN401
    """Write the items with a subtotal for each district of a year, a total for each year, and the total of all."""
    open_sheet(sheet, heading, title, _columns, formats)
    row, number = first_row, 0
    for year, of_year in groupby(items, key=lambda one: one.year):
        start, paid = row, 0.0
        for district, group in groupby(list(of_year), key=lambda one: one.district):
            first, own = row, list(group)
            for item in own:
                number += 1
                _write_item(sheet, row, number, item, formats)
                row += 1
            amount = sum(item.amount for item in own)
            _write_sum(sheet, row, f"{year} 年 {district} 小计", (first, row - 1), amount, formats)
            paid += amount
            row += 1
        _write_sum(sheet, row, f"{year} 年 合计", (start, row - 1), paid, formats)
        row += 1
    total = sum(item.amount for item in items)
    _write_sum(sheet, row, "总计", (first_row, row - 1), total, formats)
    _write_words(sheet, row + 1, row, total, formats)
    sheet.write(row + 3, 0, "编制人：", formats["note"])
    sheet.write(row + 3, 4, "审核人：", formats["note"])
    sheet.write(row + 3, 7, "批准人：", formats["note"])
    sheet.print_area(0, 0, row + 3, len(_columns) - 1)


def _write_item(sheet: Any, row: int, number: int, item: Item, formats: Formats) -> None:  # noqa: ANN401
    texts = (number, item.year, item.district, item.owner, item.name, item.unit)
    looks = ("centre", "centre", "centre", "text", "text", "centre")
    for place, (value, look) in enumerate(zip(texts, looks, strict=True)):
        sheet.write(row, place, value, formats[look])
    sheet.write_number(row, _quantity, item.quantity, formats["number"])
    sheet.write_number(row, _price, item.price, formats["money"])
    sheet.write_formula(row, _amount, f"=ROUND(G{row + 1}*H{row + 1},2)", formats["money"], item.amount)
    sheet.write(row, _amount + 1, f"{item.sites} 处站点", formats["text"])


def _write_sum(
    sheet: Any,  # noqa: ANN401
    row: int,
    name: str,
    rows: tuple[int, int],
    value: float,
    formats: Formats,
) -> None:
    """Write a sum over rows; SUBTOTAL leaves out the sums among them."""
    sheet.merge_range(row, 0, row, _price, name, formats["sum"])
    formula = f"=SUBTOTAL(9,I{rows[0] + 1}:I{rows[1] + 1})"
    sheet.write_formula(row, _amount, formula, formats["sum_money"], round(value, 2))
    sheet.write_blank(row, _amount + 1, None, formats["sum"])


def _write_words(sheet: Any, row: int, total: int, value: float, formats: Formats) -> None:  # noqa: ANN401
    """Write the total in the capital numerals of contracts."""
    sheet.merge_range(row, 0, row, 3, "总计（大写，取整）", formats["sum"])
    sheet.merge_range(row, 4, row, _amount + 1, "", formats["words"])
    sheet.write_formula(row, 4, f"=ROUND(I{total + 1},0)", formats["words"], round(value))


_site_columns: tuple[tuple[str, str, float, str], ...] = (
    ("site", "编号", 6, "centre"),
    ("name", "名称", 26, "text"),
    ("source_name", "建设方式", 14, "text"),
    ("owner", "建设单位", 24, "text"),
    ("district", "区", 12, "centre"),
    ("area", "街道（社区）", 14, "centre"),
    ("year", "年度", 7, "centre"),
    ("longitude", "经度", 12, "degrees"),
    ("latitude", "纬度", 12, "degrees"),
    ("height", "挂高（米）", 10, "number"),
    ("capital", "建设投资（元）", 15, "money"),
    ("yearly", "年费用（元）", 13, "money"),
    ("reason", "理由", 40, "text"),
)


def _write_sites(sheet: Any, planned: PlannedSites, formats: Formats) -> None:  # noqa: ANN401
    open_sheet(sheet, planned.heading, _sites, [(name, width) for _, name, width, _ in _site_columns], formats)
    count = 0
    for count, values in enumerate(_rows(planned.sites), start=1):
        for place, (value, column) in enumerate(zip(values, _site_columns, strict=True)):
            sheet.write(first_row + count - 1, place, value, formats[column[3]])
    row = first_row + count
    sheet.merge_range(row, 0, row, 9, "合计", formats["sum"])
    for place, key in ((10, "capital"), (11, "yearly")):
        column, total = xl_col_to_name(place), float(pc.sum(planned.sites[key]).as_py() or 0.0)
        sheet.write_formula(row, place, f"=SUM({column}{first_row + 1}:{column}{row})", formats["sum_money"], total)


def _rows(sites: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of each site; heights come as single precision, whose tail would show in the cell."""
    decimals = [6 if look == "degrees" else 2 for *_, look in _site_columns]
    for row in sites.select([key for key, *_ in _site_columns]).to_pylist():
        cells = zip(row.values(), decimals, strict=True)
        yield tuple(round(value, places) if isinstance(value, float) else value for value, places in cells)
