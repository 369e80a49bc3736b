"""What the sheets of a workbook share: looks of cells, and a page set up as offices print it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qipan.reports.planned import Heading

Formats = dict[str, Any]
first_row = 5
"""Row of the first entry, from 0; above it stand title, heading and the header."""


def sheet_formats(book: Any) -> Formats:  # noqa: ANN401 - xlsxwriter has no types
    """Return the looks of cells by name."""
    cell = {"border": 1, "font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    number = cell | {"num_format": "#,##0.###"}
    money = cell | {"num_format": "#,##0.00"}
    strong = {"bold": True, "bg_color": "#f2f2f2"}
    plain = {"font_name": "宋体", "font_size": 10}
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 18, "align": "center", "valign": "vcenter"}),
        "note": book.add_format(plain),
        "right": book.add_format(plain | {"align": "right"}),
        "head": book.add_format(cell | strong | {"align": "center", "text_wrap": True}),
        "text": book.add_format(cell | {"text_wrap": True}),
        "centre": book.add_format(cell | {"align": "center"}),
        "number": book.add_format(number),
        "money": book.add_format(money),
        "degrees": book.add_format(cell | {"num_format": "0.000000"}),
        "sum": book.add_format(cell | strong),
        "sum_money": book.add_format(money | strong),
        "words": book.add_format(cell | strong | {"num_format": '[DBNum2][$-804]General"元整"', "align": "left"}),
    }


def open_sheet(sheet: Any, heading: Heading, title: str, columns: Sequence[tuple[str, float]], formats: Any) -> None:  # noqa: ANN401
    """Set up a sheet: A4 landscape, one page wide, title, who made it, header that stays and is repeated."""
    last = len(columns) - 1
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.set_footer("&L&9" + heading.title + "&R&9第 &P 页  共 &N 页")
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, last, f"{heading.title}　{title}", formats["title"])
    sheet.write(1, 0, f"编制单位：{heading.organisation or '（未填写）'}", formats["note"])
    sheet.write(1, last, f"编号：{heading.number}", formats["right"])
    day = "" if heading.day is None else f"{heading.day.year} 年 {heading.day.month} 月 {heading.day.day} 日"
    sheet.write(2, 0, f"编制日期：{day}", formats["note"])
    sheet.write(2, last, "金额单位：人民币元", formats["right"])
    for place, (name, width) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write(first_row - 1, place, name, formats["head"])
    sheet.set_row(first_row - 1, 24)
    sheet.freeze_panes(first_row, 0)
    sheet.repeat_rows(0, first_row - 1)
