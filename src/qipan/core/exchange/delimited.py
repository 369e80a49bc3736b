"""Reading CSV as Chinese offices write it: UTF-8 with or without a mark, or GB18030; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.table import Content, row_numbers

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS = ",;\t，|"


def read_delimited(content: bytes, name: str, encoding: str | None = None) -> Content:
    """Return the columns of a CSV file, all as strings, empty cells as null.

    Without ``encoding`` a byte-order mark decides, then whether the bytes are UTF-8, else GB18030. Rows with too many
    or too few cells are problems. Raises ImportRejected for an unreadable encoding, no header or a doubled heading.
    """
    text = decode(content, name, encoding)
    line = text[: text.find(b"\n")] if b"\n" in text else text
    delimiter, names = _headings(line.rstrip(b"\r").decode(), name)
    bad: list[pacsv.InvalidRow] = []
    table = _parse(text, delimiter, names, bad, threads=True)
    if bad:  # only a single thread counts rows
        bad.clear()
        table = _parse(text, delimiter, names, bad, threads=False)
    columns = {one: _tidied(table[one]) for one in names}
    problems = [_ragged(row) for row in bad]
    return _without_empty_rows(Content(columns, _rows(len(table), bad), problems=problems))


def decode(content: bytes, name: str, encoding: str | None = None) -> bytes:
    """Return ``content`` as UTF-8 without a byte-order mark; ImportRejected where it is no text in that encoding."""
    for mark, marked in _MARKS:
        if content.startswith(mark):
            rest = content[len(mark) :]
            return rest if marked == "utf-8" else rest.decode(marked).encode()
    chosen = encoding or ("utf-8" if _is_utf8(content) else "gb18030")
    try:
        codec = codecs.lookup(chosen).name
        return content if codec == "utf-8" and _is_utf8(content) else content.decode(codec).encode()
    except (UnicodeDecodeError, LookupError) as error:
        message = f"{name} 不是 {chosen} 编码的文本（{error}）：请在 Excel 中另存为“CSV UTF-8”，或指明编码"
        raise ImportRejected(message) from error


def _is_utf8(content: bytes) -> bool:
    try:
        pa.array([content], pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _headings(line: str, name: str) -> tuple[str, list[str]]:
    delimiter = max(_DELIMITERS, key=line.count) if any(mark in line for mark in _DELIMITERS) else ","
    if ord(delimiter) > 127:
        message = f"{name} 的第 1 行以全角“{delimiter}”分隔：请改用半角逗号"
        raise ImportRejected(message)
    names = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    if not names:
        message = f"{name} 是空文件：第 1 行应为列名"
        raise ImportRejected(message)
    return delimiter, checked_headings(names, name)


def checked_headings(names: list[str], name: str) -> list[str]:
    """Return ``names`` unless one is empty or stands twice, which is an ImportRejected that says where."""
    for place, heading in enumerate(names, start=1):
        if not heading:
            message = f"{name} 的第 {place} 列没有列名：请补上列名或删去该列"
            raise ImportRejected(message)
        if heading in names[: place - 1]:
            message = f"{name} 的列名“{heading}”出现了两次（第 {names.index(heading) + 1} 列和第 {place} 列）：请改名"
            raise ImportRejected(message)
    return names


def _parse(text: bytes, delimiter: str, names: list[str], bad: list[pacsv.InvalidRow], *, threads: bool) -> pa.Table:
    def note(row: pacsv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    return pacsv.read_csv(
        pa.BufferReader(text if b"\n" in text else text + b"\n"),
        read_options=pacsv.ReadOptions(column_names=names, skip_rows=1, use_threads=threads, block_size=16 << 20),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=b'"' in text,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )


def _tidied(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, blanks round its values cut off, what was blank only as null."""
    array = column.combine_chunks()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if not pc.any(pc.match_substring_regex(array, r"^\s|\s$")).as_py():
        return array
    trimmed = pc.utf8_trim_whitespace(array)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _rows(count: int, bad: list[pacsv.InvalidRow]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    skipped = [row.number for row in bad if row.number is not None]
    if not skipped:
        return row_numbers(count)
    return np.setdiff1d(row_numbers(count + len(skipped)), np.array(skipped))


def _ragged(row: pacsv.InvalidRow) -> FieldProblem:
    reason = f"有 {row.actual_columns} 个单元格，表头有 {row.expected_columns} 列：请核对分隔符与引号"
    return FieldProblem(row.number, "整行", row.text[:80], reason)


def _without_empty_rows(content: Content) -> Content:
    """Leave out rows in which nothing stands; the others keep their numbers."""
    columns = list(content.columns.values())
    if not columns or all(column.null_count == 0 for column in columns[:1]):
        return content
    empty = np.logical_and.reduce([column.is_null().to_numpy(zero_copy_only=False) for column in columns])
    if not empty.any():
        return content
    kept = pa.array(np.flatnonzero(~empty))
    left = {name: column.take(kept) for name, column in content.columns.items()}
    return Content(left, content.rows[~empty], title=content.title, problems=content.problems)
