"""The rows of a file of candidate sites: read, checked value by value, each problem with its range and its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from qipan.core.areas import AreaIndex, load_areas
from qipan.core.catalogue import Placement, Source
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.reading import parse_chosen_datum, read_plain_table
from qipan.engines.geodesy import Datum, to_wgs84

Record = dict[str, Any]
sheet_name = "候选点"
"""The sheet of a workbook that is read; the first one where none is called so."""
most_candidates = 20_000
"""Candidates that one scenario may bring."""
total_column = "造价"
usual_height = 20.0
"""Metres above ground where a row says nothing."""
_dearest = 1e10
_cent = 0.01
_id = re.compile(r"[^\s:：,，]{1,40}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: what it is called and what may stand in it."""

    name: str
    required: str
    unit: str
    allowed: str
    note: str


def columns_of(placement: Placement, datum: Datum | None = None) -> list[Column]:
    """Return the columns of a file of candidates, in the order of the template."""
    sources = "、".join(one.name.zh for one in offering_sources(placement))
    x, y = place_columns(datum or Datum("wgs84"))
    metric = datum is not None and datum.projected
    unit, ranges = ("米", ("", "")) if metric else ("度", ("-180 至 180", "-90 至 90"))
    money = f"0 至 {_dearest:g}"
    either = "与逐项费用二者填一"
    return [
        Column(
            "编号",
            "否",
            "",
            "1 至 40 个字符，不含空格、冒号和逗号，不重复",
            "再次上传时据此认出同一候选点；空白按行号编",
        ),
        Column("名称", "否", "", "至多 200 字", "空白时称为“自报点”加编号"),
        Column("来源", "是", "", sources, "候选点属于哪一类建设方式"),
        Column(x, "是", unit, ranges[0], "位置，须在本市范围内；坐标系在上传时选择"),
        Column(y, "是", unit, ranges[1], "位置，须在本市范围内"),
        Column("高度", "否", "米", "3 至 500", f"天线或设备离地高度；空白为 {usual_height:g} 米"),
        Column(total_column, either, "元", money, "一次性投资总额，不含每年费用；每年费用按造价表计算"),
        *(
            Column(name, f"与“{total_column}”二者填一", "元", money, f"一次性费用，适用于{'、'.join(users)}")
            for name, users in _line_columns(placement).items()
        ),
        Column("备注", "否", "", "", "不参与计算"),
    ]


def offering_sources(placement: Placement) -> list[Source]:
    """Return the sources that a candidate of one's own may be of: those that serve what lies around."""
    return [one for one in placement.sources if one.covers == "around"]


def place_columns(datum: Datum) -> tuple[str, str]:
    """Return what the two coordinates are called."""
    return ("东坐标", "北坐标") if datum.projected else ("经度", "纬度")


def _line_columns(placement: Placement) -> dict[str, list[str]]:
    """Return the names of lines that are paid once, each with the sources that have it."""
    found: dict[str, list[str]] = {}
    for source in offering_sources(placement):
        for line in source.lines:
            if line.per != "year":
                found.setdefault(line.name.zh, []).append(source.name.zh)
    return found


def read_offered(
    connection: Connection, placement: Placement, content: bytes, name: str, datum: str = "wgs84"
) -> tuple[list[Record], list[FieldProblem]]:
    """Return the candidates of a file and what is wrong with it, in the order of its rows.

    Columns are those of ``columns_of``; coordinates are in ``datum`` and come back in WGS 84. A candidate has id,
    source, name, longitude, latitude, height in m, and yuan by the name of its lines. ImportRejected where the file
    cannot be read at all, lacks a column, or has no row or too many.
    """
    measured = parse_chosen_datum(datum)
    table = read_plain_table(content, name, sheet=sheet_name)
    _check_heading(placement, measured, [str(one).strip() for one in table.columns], name)
    if not 0 < len(table) + len(table.problems) <= most_candidates:
        message = (
            f"候选点文件 {name} 有 {len(table):,} 行，应为 1 至 {most_candidates:,} 行：请核对，或分为几个方案上传"
        )
        raise ImportRejected(message)
    cells = {str(key).strip(): column.to_pylist() for key, column in table.columns.items()}
    rows = [
        _Row(placement, measured, {key: column[place] for key, column in cells.items()}, number)
        for place, number in enumerate(table.rows.tolist())
    ]
    found = [row.read() for row in rows]
    _check_ids(rows, found)
    _check_places(load_areas(connection, shapes=True), measured, rows, found)
    problems = [*table.problems, *(one for row in rows for one in row.problems)]
    return found, sorted(problems, key=lambda one: one.row or 0)


def _check_heading(placement: Placement, datum: Datum, headings: list[str], name: str) -> None:
    known = [one.name for one in columns_of(placement, datum)]
    missing = [one for one in ("来源", *place_columns(datum)) if one not in headings]
    money = {total_column, *_line_columns(placement)}
    if not money & set(headings):
        missing.append(total_column)
    if missing:
        message = (
            f"候选点文件 {name} 缺少列 {'、'.join(missing)}：请下载模板，在名为“{sheet_name}”的工作表中填写，"
            "且保留第 1 行的列名"
        )
        raise ImportRejected(message)
    strange = [one for one in headings if one not in known]
    if strange:
        problems = [
            FieldProblem(1, one[:80], one[:80], f"没有这一列，可用的列有 {'、'.join(known)}：请改名或删去")
            for one in strange
        ]
        message = f"候选点文件 {name} 有不认识的列 {'、'.join(strange)[:200]}，一个也没有写入：请改名或删去后重新上传"
        raise ImportRejected(message, problems)


class _Row:
    """One row of the file, and what is wrong with it."""

    def __init__(self, placement: Placement, datum: Datum, cells: Mapping[str, object], number: int) -> None:
        self._placement, self._datum, self._cells, self.number = placement, datum, cells, number
        self.problems: list[FieldProblem] = []

    def read(self) -> Record:
        """Return the candidate; it is whole where there are no problems."""
        source = self._source()
        x, y = (self._coordinate(one) for one in place_columns(self._datum))
        height = self._figure("高度", 3, 500) if self.text("高度") else usual_height
        lines = self._lines(source) if source is not None else {}
        named = self.text("编号") or str(self.number)
        if not _id.fullmatch(named):
            self.refuse("编号", "应为 1 至 40 个字符，不含空格、冒号和逗号：请改写")
        name = self.text("名称") or f"自报点{named}"
        if len(name) > 200:
            self.refuse("名称", f"有 {len(name)} 字，应不超过 200 字：请缩短")
        place = {"longitude": x, "latitude": y, "height": height}
        return {"id": named, "source": "" if source is None else source.key, "name": name} | place | {"lines": lines}

    def text(self, column: str) -> str:
        """Return what stands in a column, whole numbers without their decimal point."""
        value = self._cells.get(column)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return "" if value is None else str(value).strip()

    def refuse(self, column: str, reason: str) -> None:
        """Note that the value of a column will not do."""
        self.problems.append(FieldProblem(self.number, column, self.text(column)[:80], reason))

    def _figure(self, column: str, low: float, high: float, remedy: str = "请改正") -> float:
        try:
            value = float(self.text(column).replace(",", "").replace("，", ""))
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            self.refuse(column, f"应为 {low:g} 至 {high:g} 之间的数：{remedy}")
        return value

    def _coordinate(self, column: str) -> float:
        if not self.text(column):
            self.refuse(column, "没有位置：请填写经度和纬度，或投影坐标系的东坐标和北坐标")
            return float("nan")
        try:
            value = float(self.text(column))
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            self.refuse(column, "应为数：请填写十进制度数，如 114.05，或投影坐标的米数")
        return value

    def _source(self) -> Source | None:
        given = self.text("来源")
        fitting = offering_sources(self._placement)
        for one in fitting:
            if given in (one.key, one.name.zh, one.name.en):
                return one
        self.refuse("来源", f"应为 {'、'.join(one.name.zh for one in fitting)} 之一：请从中选择")
        return None

    def _lines(self, source: Source) -> Record:
        """Return yuan by name of line: those of the source that the row fills in, else its total."""
        own = [one.name.zh for one in source.lines if one.per != "year"]
        for column in _line_columns(self._placement):
            if column not in own and self.text(column):
                self.refuse(column, f"“{source.name.zh}”没有这项费用，可填的有 {'、'.join(own)}：请清空或并入其中一项")
        names = [one for one in own if self.text(one)]
        if not names and not self.text(total_column):
            self.refuse(total_column, f"没有造价：请填写总价（0 至 {_dearest:g} 元），或逐项填写费用")
            return {}
        lines = {one: self._figure(one, 0, _dearest, "请填写以元为单位的金额") for one in names or [total_column]}
        if names and self.text(total_column):
            stated, summed = self._figure(total_column, 0, _dearest, "请填写以元为单位的金额"), sum(lines.values())
            if abs(stated - summed) > _cent:
                self.refuse(total_column, f"与逐项费用之和 {summed:,.2f} 元不符：请改为一致，或只填其一")
        return lines


def _check_ids(rows: list[_Row], found: list[Record]) -> None:
    first: dict[str, int] = {}
    for row, one in zip(rows, found, strict=True):
        if one["id"] in first:
            row.refuse("编号", f"{one['id']} 与第 {first[one['id']]} 行重复：请改为不同的编号，或删去其中一行")
        first.setdefault(one["id"], row.number)


def _check_places(areas: AreaIndex, datum: Datum, rows: list[_Row], found: list[Record]) -> None:
    """Bring positions to WGS 84 and refuse those outside the city, saying what they look like instead."""
    x, y = (np.array([one[key] for one in found], dtype=np.float64) for key in ("longitude", "latitude"))
    longitude, latitude, area = _located(areas, datum, x, y)
    for one, east, north in zip(found, longitude.tolist(), latitude.tolist(), strict=True):
        one |= {"longitude": east, "latitude": north}
    outside = np.isfinite(x) & np.isfinite(y) & (area == 0)
    swapped = _located(areas, datum, y, x)[2] > 0
    column, other = place_columns(datum)
    for place in np.flatnonzero(outside).tolist():
        if swapped[place]:
            reason = f"{column}与{other}填反了：请对调两列"
        elif not datum.projected and max(abs(x[place]), abs(y[place])) > 180:
            reason = (
                "不是度数，像是以米为单位的投影坐标：请在上传时选择其坐标系（如 gauss_kruger:4547），或换算为经纬度"
            )
        else:
            at = f"{longitude[place]:.5f}，{latitude[place]:.5f}"
            reason = f"位置（{at}）不在本市任何区域内：请核对坐标，或在上传时选择其坐标系"
        rows[place].refuse(column, reason)


def _located(
    areas: AreaIndex, datum: Datum, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return longitude and latitude of coordinates and the area of each, 0 for what is off the globe or the city."""
    longitude, latitude = (np.asarray(one) for one in to_wgs84(x, y, datum))
    with np.errstate(invalid="ignore"):
        known = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    held = areas.locate(np.where(known, longitude, 0.0), np.where(known, latitude, 0.0))
    return longitude, latitude, np.where(known, held, 0)
