"""Reading Excel workbooks (xlsx, xlsm, xlsb, xls, ods) through calamine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineWorkbook

from qipan.core.catalogue import Catalogue
from qipan.core.collecting import collection_paused
from qipan.core.errors import ImportRejected
from qipan.core.exchange.delimited import checked_headings
from qipan.core.exchange.table import Content
from qipan.core.grams import folded


def read_workbook(content: bytes, name: str, catalogue: Catalogue, sheet: str | None = None) -> Content:
    """Return the columns of ``sheet`` where there is one of that name, else of one named for a kind, else of the first.

    Numbers, dates and booleans come as such, all else as strings. Raises ImportRejected where the file is broken or
    protected, or its first row is no header.
    """
    with collection_paused():
        return _content(*_cells(content, name, catalogue, sheet), name)


def _cells(content: bytes, name: str, catalogue: Catalogue, sheet: str | None) -> tuple[list[list[Any]], str]:
    """Return the rows of the sheet that is meant, the header first, and its title."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        title = sheet if sheet in book.sheet_names else _sheet(book.sheet_names, catalogue)
        cells = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        message = f"{name} 打不开（{error}）：文件可能已损坏或有密码保护，请在 Excel 中另存为新的 xlsx 文件"
        raise ImportRejected(message) from error
    if not cells or not any(str(cell).strip() for cell in cells[0]):
        message = f"{name} 的工作表“{title}”是空的：第 1 行应为列名"
        raise ImportRejected(message)
    return cells, title


def _sheet(names: Sequence[str], catalogue: Catalogue) -> str:
    known = {folded(text) for kind in catalogue.kinds.values() for text in (kind.key, kind.name.zh, kind.name.en)}
    return next((name for name in names if folded(name) in known), names[0])


def _content(cells: list[list[Any]], title: str, name: str) -> Content:
    headings = [str(cell).strip() for cell in cells[0]]
    width = max(place for place, heading in enumerate(headings, start=1) if heading)
    columns = list(zip(*cells[1:], strict=True)) if len(cells) > 1 else [()] * len(headings)
    beyond = [place for place in range(width, len(columns)) if any(cell != "" for cell in columns[place])]
    width = max(width, *beyond, 0) if not beyond else beyond[-1] + 1
    names = checked_headings(headings[:width], name)
    arrays = {heading: _array(columns[place]) for place, heading in enumerate(names)}
    filled = np.zeros(len(cells) - 1, dtype=bool)
    for array in arrays.values():
        filled |= array.is_valid().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(filled)
    if rows.size < filled.size:
        arrays = {heading: array.take(pa.array(rows)) for heading, array in arrays.items()}
    return Content(arrays, rows + 2, title=title)


def _array(cells: Sequence[Any]) -> pa.Array:
    """Return one column as an array of its natural type, or of strings where types mix."""
    values = [None if cell == "" else cell for cell in cells] if "" in cells else cells
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        array = pa.array([_text(value) for value in values], pa.string())
    if pa.types.is_null(array.type):
        return array.cast(pa.string())
    if pa.types.is_time(array.type) or pa.types.is_duration(array.type):
        return pa.array([_text(value) for value in values], pa.string())
    if pa.types.is_string(array.type):
        trimmed = pc.utf8_trim_whitespace(array)
        return pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return array


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip() or None
