"""Rows of results as people read them: cells by code and name, in pages and in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import xlsxwriter
from numpy.typing import NDArray

from qipan.core.access import Principal
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.network.records import Result, names, read_rows
from qipan.domains.mobile.network.vocabulary import column_names, reason_names
from qipan.engines.radio import Reason, nr_channel

file_formats = ("csv", "xlsx")
"""Endings of files that rows are written to."""
_most_excel_rows = 1_048_575


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted: of cells whose code or name holds ``text``; ``only`` those that ask for something done
    (relations new to the register, changed identities, overloaded cells); all from ``offset``, ``limit`` of them."""

    text: str = ""
    only: bool = False
    limit: int = 200
    offset: int = 0


def list_rows(study: Study, principal: Principal, what: Result, page: Page) -> dict[str, Any]:
    """Return the rows of a result on a page as ``items`` and how many there are in all."""
    rows = named_rows(study, principal, what, page)
    return {"total": rows.num_rows, "items": rows.slice(page.offset, page.limit).to_pylist()}


def list_conflicts(study: Study, principal: Principal, stage: str, limit: int = 200) -> list[dict[str, Any]]:
    """Return conflicts of identities ``before`` or ``after`` a plan; cells that one may not see stay unnamed."""
    planned = read_rows(study, principal, "pci", "cells")
    seen = np.zeros(len(study.cells["index"]) + 1, dtype=bool)
    seen[planned["cell"].to_numpy()] = planned["seen"].to_numpy()
    found = read_rows(study, principal, "pci", "conflicts")
    found = found.filter(pc.equal(found["stage"], stage)).slice(0, limit)
    columns: dict[str, Any] = {"kind": found["kind"]}
    for key in ("cell", "other", "heard_by"):
        number = found[key].to_numpy()
        columns[key] = _text(study, "code", number, seen[number] & (number >= 0))
        columns[f"{key}_name"] = _text(study, "name", number, seen[number] & (number >= 0))
    rows: list[dict[str, Any]] = pa.table(columns).to_pylist()
    return rows


def named_rows(study: Study, principal: Principal, what: Result, page: Page | None = None) -> pa.Table:
    """Return all rows of a result with codes and names, narrowed to what a page asks for."""
    asked = page or Page()
    rows = _tables[what](study, principal)
    if asked.only and what in _only:
        rows = rows.filter(_only[what](rows))
    if wanted := asked.text.strip():
        held = pc.match_substring(rows["code"], wanted, ignore_case=True)
        rows = rows.filter(pc.or_(held, pc.match_substring(rows["name"], wanted, ignore_case=True)))
    return rows


def write_rows(study: Study, principal: Principal, what: Result, path: Path, page: Page | None = None) -> int:
    """Write the rows of a result to a CSV or Excel file by its ending and return how many there are."""
    rows = named_rows(study, principal, what, page)
    table = rows.rename_columns([column_names()[name].zh for name in rows.column_names])
    ending = path.suffix.lstrip(".")
    if ending not in file_formats:
        message = f"不能导出为 {ending[:10]}：可选 {'、'.join(file_formats)}"
        raise NotFound(message)
    (_write_csv if ending == "csv" else _write_excel)(table, path, names[what])
    return int(rows.num_rows)


def _write_csv(table: pa.Table, path: Path, _title: str) -> None:
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        pacsv.write_csv(table, file)


def _write_excel(table: pa.Table, path: Path, title: str) -> None:
    if table.num_rows > _most_excel_rows:
        reason = f"Excel 每个工作表至多 {_most_excel_rows:,} 行，这里有 {table.num_rows:,} 行：请改用 CSV"
        raise InvalidRecord([FieldProblem(None, "格式", "xlsx", reason)])
    options: dict[str, Any] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.column_names, book.add_format({"bold": True, "bottom": 1}))
        for place, name in enumerate(table.column_names):
            sheet.set_column(place, place, max(10, 2 * len(name)))
        for row, values in enumerate(zip(*(one.to_pylist() for one in table.columns), strict=True), start=1):
            sheet.write_row(row, 0, values)


def _text(study: Study, key: str, numbers: NDArray[np.int64], known: NDArray[np.bool_] | None = None) -> pa.Array:
    texts = study.cells[key][numbers]
    return pa.array(texts.astype(object), pa.string(), mask=None if known is None else ~known)


def _cell(study: Study, numbers: NDArray[np.int64]) -> dict[str, Any]:
    layers = {one.number: one for one in study.layers}
    mine = [layers[one] for one in study.cells["layer"][numbers].tolist()]
    return {
        "code": _text(study, "code", numbers),
        "name": _text(study, "name", numbers),
        "operator": pa.array([one.operator for one in mine], pa.string()),
        "band": pa.array([one.band for one in mine], pa.string()),
    }


def _neighbours(study: Study, principal: Principal) -> pa.Table:
    """Return relations as operators hand them over: each end by station, cell, channel and identity."""
    rows = read_rows(study, principal, "neighbours", "lists")
    cell, other, known = (rows[key].to_numpy() for key in ("cell", "neighbour", "named"))
    why = rows["reasons"].to_numpy()
    names = [(int(Reason[key.upper()]), name.zh) for key, name in reason_names().items()]
    texts = np.array(["、".join(name for bit, name in names if value & bit) for value in range(8)], dtype=object)
    ends = _end(study, cell, rows["pci"].to_numpy(), np.ones(cell.size, dtype=bool))
    others = _end(study, other, rows["neighbour_pci"].to_numpy(), known)
    renamed = {("neighbour" if key == "code" else f"neighbour_{key}"): value for key, value in others.items()}
    return pa.table(
        ends
        | renamed
        | {
            "same_carrier": rows["same_carrier"],
            "weight": _rounded(rows["weight"], 5),
            "reasons": pa.array(texts[why], pa.string()),
            "registered": rows["registered"],
        }
    )


def _end(study: Study, cell: NDArray[np.int64], pci: NDArray[np.int64], known: NDArray[np.bool_]) -> dict[str, Any]:
    """Return one end of relations, blank where it is not ``known`` to the reader."""
    channel = nr_channel(study.cells["f"][cell] * 1000.0)
    return {
        "code": _text(study, "code", cell, known),
        "name": _text(study, "name", cell, known),
        "station": _text(study, "station_code", cell, known),
        "channel": pa.array(channel, mask=~known),
        "pci": pa.array(pci, mask=~known | (pci < 0)),
    }


def _pci(study: Study, principal: Principal) -> pa.Table:
    rows = read_rows(study, principal, "pci", "cells")
    rows = rows.filter(rows["seen"])
    cell, before = rows["cell"].to_numpy(), rows["before"].to_numpy()
    more = {key: rows[key] for key in ("after", "root", "roots", "zone")}
    columns = _cell(study, cell) | {"station": _text(study, "station_code", cell)}
    changed = pc.and_(rows["planned"], pc.not_equal(rows["before"], rows["after"]))
    return pa.table(columns | {"before": pa.array(before, mask=before < 0)} | more | {"changed": changed})


def _capacity(study: Study, principal: Principal) -> pa.Table:
    rows = read_rows(study, principal, "capacity", "cells")
    figures = {key: _rounded(rows[key], 3) for key in ("load", "demand", "capacity", "excess", "load_after")}
    more = {key: rows[key] for key in ("district_id", "carriers", "cells")}
    return pa.table(_cell(study, rows["cell"].to_numpy()) | more | figures)


def _sharing(study: Study, principal: Principal) -> pa.Table:
    return read_rows(study, principal, "sharing", "structures")


def _rounded(values: pa.ChunkedArray, digits: int) -> pa.ChunkedArray:
    return pc.round(values, digits)


_tables: dict[Result, Callable[[Study, Principal], pa.Table]] = {
    "neighbours": _neighbours,
    "pci": _pci,
    "capacity": _capacity,
    "sharing": _sharing,
}
_only: dict[Result, Callable[[pa.Table], pa.Array]] = {
    "neighbours": lambda rows: pc.invert(rows["registered"]),
    "pci": lambda rows: rows["changed"],
    "capacity": lambda rows: pc.greater(pc.add(rows["carriers"], rows["cells"]), 0),
}
