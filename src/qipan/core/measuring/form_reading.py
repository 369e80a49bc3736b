"""A filled form read back: every line checked first, then all of them entered, or none."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.history import open_change_set
from qipan.core.measuring.areas import Tree, read_tree
from qipan.core.measuring.forms import HEADINGS, SHEET, reported_indicators
from qipan.core.measuring.measurements import enter, in_force

Record = dict[str, Any]


def read_form(connection: Connection, catalogue: Catalogue, principal: Principal, content: bytes) -> Record:
    """Enter the figures of a filled form and return {"accepted", "measurement_ids"}; lines left empty are passed over.

    A figure that was reported before for the same period is corrected where it differs. All lines or none:
    ImportRejected lists every row, column, value and reason.
    """
    tree = read_tree(connection)
    reader = _FormReader(connection, catalogue, principal, tree)
    found = [one for row, cells in _filled_rows(content) if (one := reader.line(row, cells)) is not None]
    if reader.problems:
        message = f"填报表有 {len(reader.problems)} 处问题，一条也没有写入：请按所列行改正后重新上传"
        raise ImportRejected(message, reader.problems)
    changed = [one for one in found if not one.pop("unchanged")]
    if not changed:
        return {"accepted": 0, "measurement_ids": []}
    change_set = open_change_set(connection, principal, "report", f"填报表：{len(changed)} 项", rows=len(changed))
    return {"accepted": len(changed), "measurement_ids": [enter(connection, one, change_set)["id"] for one in changed]}


def _filled_rows(content: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Yield the number, as a spreadsheet counts, and the cells of each row that has a figure."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(SHEET)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        message = f"读不出填报表：请上传系统发出的 Excel 表，且保留名为“{SHEET}”的工作表"
        raise ImportRejected(message) from error
    headings = [str(one).strip() for one in rows[0]] if rows else []
    missing = [name for name in HEADINGS if name not in headings]
    if missing:
        message = f"填报表缺少列 {'、'.join(missing)}：请使用系统发出的表，不要改动表头"
        raise ImportRejected(message)
    for number, cells in enumerate(rows[1:], start=2):
        named = dict(zip(headings, cells, strict=False))
        if str(named["本期数值"]).strip():
            yield number, named


class _FormReader:
    """Checks the lines of one form, gathering what is wrong with them."""

    def __init__(self, connection: Connection, catalogue: Catalogue, principal: Principal, tree: Tree) -> None:
        self.problems: list[FieldProblem] = []
        self._connection = connection
        self._principal = principal
        self._indicators = {one.key: one for one in reported_indicators(catalogue)}
        self._areas = {one.code: one for one in tree.areas.values() if one.valid_to is None}
        self._units = {one.name: one for one in tree.units.values()}
        self._seen: dict[tuple[object, ...], int] = {}

    def line(self, row: int, cells: Mapping[str, Any]) -> Record | None:
        """Return the figure of one row as a measurement, None where something is wrong with it."""
        before = len(self.problems)
        key = str(cells["指标编码"]).strip()
        if key not in self._indicators:
            self._wrong(row, "指标编码", key, "不是需要填报的指标，请勿改动此列")
        area = self._areas.get(_plain(cells["区域代码"]))
        if area is None:
            self._wrong(row, "区域代码", cells["区域代码"], "没有这个区域，请勿改动此列")
        name = str(cells["填报单位"]).strip()
        owner = self._units.get(name)
        if name and owner is None:
            self._wrong(row, "填报单位", name, "没有这个单位，请勿改动此列")
        found: Record = {"indicator": key, "area_id": area and area.id, "owner_id": owner and owner.id}
        found |= {"period_end": self._day(row, cells["期末日期"]), "value": self._number(row, cells["本期数值"])}
        found |= {"source": str(cells["数据来源"]).strip(), "evidence_id": self._evidence(row, cells["佐证文件名"])}
        if len(self.problems) == before:
            self._check_right(row, found, name)
            self._check_once(row, found)
        return self._succeeding(found) if len(self.problems) == before else None

    def _wrong(self, row: int, field: str, value: object, reason: str) -> None:
        self.problems.append(FieldProblem(row, field, str(value)[:80], reason))

    def _day(self, row: int, value: object) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value).strip().replace("/", "-"))
        except ValueError:
            self._wrong(row, "期末日期", value, "应为日期，如 2025-06-30")
            return None

    def _number(self, row: int, value: object) -> float | None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        try:
            return float(str(value).strip().replace(",", ""))
        except ValueError:
            self._wrong(row, "本期数值", value, "应为数值，不带单位；暂无数据的留空")
            return None

    def _evidence(self, row: int, value: object) -> int | None:
        name = str(value).strip()
        if not name:
            return None
        evidence = tables.evidence.c
        query = select(evidence.id, evidence.area_id, evidence.unit_id).where(evidence.filename == name)
        rows = self._connection.execute(query.order_by(evidence.id.desc()))
        found = next((one.id for one in rows if self._principal.sees(one.area_id, one.unit_id)), None)
        if found is None:
            self._wrong(row, "佐证文件名", name, "没有上传过这个文件，请先上传佐证再填文件名")
        return found

    def _check_right(self, row: int, found: Record, name: str) -> None:
        if not self._principal.may_write or not self._principal.sees(found["area_id"], found["owner_id"]):
            self._wrong(row, "填报单位", name, "只能填报本区域、本单位的数值")

    def _check_once(self, row: int, found: Record) -> None:
        scope = tuple(found[key] for key in ("indicator", "area_id", "owner_id", "period_end"))
        if first := self._seen.get(scope):
            self._wrong(row, "期末日期", found["period_end"], f"与第 {first} 行重复：同一期只能填一次")
        self._seen.setdefault(scope, row)

    def _succeeding(self, found: Record) -> Record:
        """Return the figure as a first report, or as a correction of what is there; unchanged where they agree."""
        scope = (found["indicator"], found["area_id"], found["owner_id"], found["period_end"])
        current = in_force(self._connection, *scope)
        if current is None or (current["status"] == "withdrawn" and current["value"] is None):
            return found | {"status": "reported", "supersedes_id": None, "unchanged": False}
        unchanged = current["value"] == found["value"] and found["evidence_id"] in (None, current["evidence_id"])
        return found | {"status": "corrected", "supersedes_id": current["id"], "unchanged": unchanged}


def _plain(value: object) -> str:
    """Return a code as text, also where a spreadsheet made a number of it."""
    return str(int(value)) if isinstance(value, float) else str(value).strip()
