"""The first sheet of a bill: amounts by district and year, and by operator and year, each a sum over the bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from qipan.reports.planned import Heading
from qipan.reports.workbook import Formats, first_row, open_sheet

summary_name = "汇总表"


@dataclass(frozen=True)
class Item:
    """One line of the bill: all sites of one year, district and operator that need the same thing at one price."""

    year: int
    district_id: int
    district: str
    owner: str
    name: str
    unit: str
    price: float
    quantity: float
    sites: int

    @property
    def amount(self) -> float:
        """Quantity by price, in yuan and hundredths."""
        return round(self.quantity * self.price, 2)


@dataclass(frozen=True)
class _Cell:
    """A formula and the value that it has."""

    formula: str
    value: float


def write_summary(sheet: Any, heading: Heading, items: Sequence[Item], bill: str, formats: Formats) -> None:  # noqa: ANN401
    """Write both tables; sheet ``bill`` holds ``items``: year in column B, district C, operator D, amount I."""
    years = sorted({item.year for item in items})
    headings = [*(f"{year} 年" for year in years), "合计"]
    open_sheet(sheet, heading, summary_name, [("区域", 30), *((text, 18) for text in headings)], formats)
    row = _write_table(sheet, first_row, ("C", "district"), items, bill, formats)
    for place, text in enumerate(["建设单位", *headings]):
        sheet.write(row + 1, place, text, formats["head"])
    _write_table(sheet, row + 2, ("D", "owner"), items, bill, formats)


def _write_table(
    sheet: Any,  # noqa: ANN401
    first: int,
    by: tuple[str, str],
    items: Sequence[Item],
    bill: str,
    formats: Formats,
) -> int:
    """Write one table from a row on, grouped by a column of the bill, and return the row after it."""
    column, key = by
    years = sorted({item.year for item in items})
    in_order = sorted(items, key=lambda item: (item.district_id if key == "district" else 0, getattr(item, key)))
    groups = list(dict.fromkeys(getattr(item, key) for item in in_order))
    for row, group in enumerate(groups, start=first):
        cells = [
            _Cell(
                f"=SUMIFS('{bill}'!I:I,'{bill}'!{column}:{column},$A{row + 1},'{bill}'!B:B,{year})",
                sum(item.amount for item in items if item.year == year and getattr(item, key) == group),
            )
            for year in years
        ]
        _write_row(sheet, row, group, cells, formats, ("text", "money"))
    end = first + len(groups)
    sums = [
        _Cell(
            f"=SUM({xl_col_to_name(place)}{first + 1}:{xl_col_to_name(place)}{end})",
            sum(item.amount for item in items if item.year == year),
        )
        for place, year in enumerate(years, start=1)
    ]
    _write_row(sheet, end, "合计", sums, formats, ("sum", "sum_money"))
    return end + 1


def _write_row(
    sheet: Any,  # noqa: ANN401
    row: int,
    name: str,
    cells: Sequence[_Cell],
    formats: Formats,
    looks: tuple[str, str],
) -> None:
    """Write one row with its own sum at the end."""
    sheet.write(row, 0, name, formats[looks[0]])
    for place, cell in enumerate(cells, start=1):
        sheet.write_formula(row, place, cell.formula, formats[looks[1]], round(cell.value, 2))
    total = round(sum(cell.value for cell in cells), 2)
    formula = f"=SUM(B{row + 1}:{xl_col_to_name(len(cells))}{row + 1})"
    sheet.write_formula(row, len(cells) + 1, formula, formats["sum_money"], total)
