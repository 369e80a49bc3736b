"""Import templates: an Excel workbook for a kind, made from the catalogue, with choices to pick and notes to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from qipan.core.catalogue import Attribute, Catalogue, load_catalogue
from qipan.core.errors import NotFound

_ROWS = 100_000
"""Rows below the header that offer choices."""
_WORDS = {
    "zh": {
        "notes": "填写说明",
        "choices": "选项",
        "heading": ("列名", "必填", "类型", "单位", "取值范围", "说明"),
        "required": ("否", "是"),
        "boolean": ("是", "否"),
        "types": {
            "text": "文本", "integer": "整数", "number": "数值", "boolean": "是/否", "date": "日期（2025-06-30）",
            "choice": "选项", "unit": "单位名称", "area": "区域名称或代码", "resource": "资源编码",
        },
    },
    "en": {
        "notes": "Notes",
        "choices": "Choices",
        "heading": ("Column", "Required", "Type", "Unit", "Range", "Description"),
        "required": ("no", "yes"),
        "boolean": ("yes", "no"),
        "types": {
            "text": "text", "integer": "whole number", "number": "number", "boolean": "yes/no",
            "date": "date (2025-06-30)", "choice": "choice", "unit": "unit's name", "area": "area's name or code",
            "resource": "resource code",
        },
    },
}  # fmt: skip


def template(
    kind: str,
    path: Path | str,
    *,
    language: str = "zh",
    units: Sequence[str] = (),
    areas: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> None:
    """Write an Excel import template for a kind: header, drop-downs, and a sheet of notes on every column.

    ``units`` and ``areas`` are names to offer for owner and area. Raises NotFound for an unknown kind.
    """
    catalogue = catalogue or load_catalogue()
    if kind not in catalogue.kinds:
        message = f"没有资源类别“{kind}”：可选 {'、'.join(catalogue.kinds)}"
        raise NotFound(message)
    shown = catalogue.kinds[kind]
    fields = catalogue.columns(shown)
    words = _WORDS["en" if language == "en" else "zh"]
    offers = [_offered(field, language, words, units, areas) for field in fields]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(shown.name.in_language(language)[:31])
        _write_header(book, sheet, fields, language)
        _write_notes(book, fields, language, words)
        _write_choices(book, sheet, offers, str(words["choices"]))


def _offered(
    field: Attribute, language: str, words: dict[str, Any], units: Sequence[str], areas: Sequence[str]
) -> list[str]:
    if field.type == "choice":
        return [choice.name.in_language(language) for choice in field.choices]
    if field.type == "boolean":
        return list(words["boolean"])
    return {"unit": list(units), "area": list(areas)}.get(field.type, [])


def _write_header(book: Any, sheet: Any, fields: Sequence[Attribute], language: str) -> None:  # noqa: ANN401
    optional = book.add_format({"bold": True, "bottom": 1})
    required = book.add_format({"bold": True, "bottom": 1, "font_color": "#C00000"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for place, field in enumerate(fields):
        heading = field.name.in_language(language)
        sheet.write_string(0, place, heading, required if field.required else optional)
        sheet.write_comment(0, place, field.description.in_language(language))
        written_as = {"date": day, "resource": text}.get("resource" if field.key == "code" else field.type)
        sheet.set_column(place, place, max(12, 2 * len(heading)), written_as)


def _write_notes(book: Any, fields: Sequence[Attribute], language: str, words: dict[str, Any]) -> None:  # noqa: ANN401
    sheet = book.add_worksheet(words["notes"])
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, words["heading"], book.add_format({"bold": True, "bottom": 1}))
    for row, field in enumerate(fields, start=1):
        choices = "、".join(choice.name.in_language(language) for choice in field.choices)
        cells = (
            field.name.in_language(language),
            words["required"][field.required],
            words["types"][field.type],
            field.unit,
            choices or _range(field),
            field.description.in_language(language),
        )
        sheet.write_row(row, 0, cells)
    for place, width in enumerate((18, 8, 18, 10, 40, 60)):
        sheet.set_column(place, place, width)


def _range(field: Attribute) -> str:
    low = "" if field.minimum is None else f"{field.minimum:g}"
    high = "" if field.maximum is None else f"{field.maximum:g}"
    return f"{low} … {high}".strip() if low or high else ""


def _write_choices(book: Any, sheet: Any, offers: Sequence[list[str]], title: str) -> None:  # noqa: ANN401
    """Put what may be picked on a hidden sheet and point the columns' drop-downs there."""
    hidden = book.add_worksheet(title)
    hidden.hide()
    for place, names in enumerate(offers):
        if names:
            hidden.write_column(0, place, names)
            letter = xl_col_to_name(place)
            source = f"='{title}'!${letter}$1:${letter}${len(names)}"
            sheet.data_validation(1, place, _ROWS, place, {"validate": "list", "source": source, "ignore_blank": True})
