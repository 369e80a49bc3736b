"""Candidate sites that an office brings along in a file, each with a place, a kind of source and costs of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.areas import load_areas
from qipan.core.catalogue import Catalogue, Placement, Source
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.reading import read_plain_table
from qipan.core.ground import Plane
from qipan.core.placing.hosts import Hosts
from qipan.core.scenarios import read_scenario, update_scenario

Record = dict[str, Any]
most = 20_000
"""Candidates that one file may bring."""
_total = "造价"
_usual_height = 20.0


def take_candidates(
    connection: Connection, catalogue: Catalogue, principal: Principal, scenario_id: int, content: bytes, name: str
) -> Record:
    """Read candidates from CSV or Excel into a scenario's parameters, in place of those before; return {"candidates"}.

    Columns: 名称, 来源 (key or name of a source), 经度, 纬度, 高度, and in yuan either 造价 or lines of cost by name.
    ImportRejected lists every row without cost or place; then nothing is changed.
    """
    scenario = read_scenario(connection, principal, scenario_id, "build")
    placement = catalogue.placements[scenario.subject]
    table = read_plain_table(content, name)
    columns = {str(key).strip(): column.to_pylist() for key, column in table.columns.items()}
    problems, found = list(table.problems), list[Record]()
    for place, number in enumerate(table.rows.tolist()):
        cells = {key: column[place] for key, column in columns.items()}
        row = _Row(placement, cells, number)
        found.append(row.read())
        problems += row.problems
    if not problems and found:
        at = [np.array([one[key] for one in found]) for key in ("longitude", "latitude")]
        outside = np.flatnonzero(load_areas(connection, shapes=True).locate(*at) == 0)
        problems += [
            FieldProblem(int(table.rows[k]), "经度", str(found[k]["longitude"]), "不在本市任何区域内") for k in outside
        ]
    if problems or not 0 < len(found) <= most:
        wrong = f"有 {len(problems)} 处问题" if problems else f"有 {len(found)} 行，应为 1 至 {most} 行"
        message = f"候选点文件 {name} {wrong}，一个也没有写入：请改正后重新上传"
        raise ImportRejected(message, problems)
    parameters = dict(scenario.parameters) | {"candidates": found}
    update_scenario(connection, principal, scenario_id, {"parameters": parameters}, scenario.version)
    return {"candidates": len(found)}


class _Row:
    """One row of the file, and what is wrong with it."""

    def __init__(self, placement: Placement, cells: Mapping[str, object], number: int) -> None:
        self._placement, self._cells, self._number = placement, cells, number
        self.problems: list[FieldProblem] = []

    def read(self) -> Record:
        """Return the candidate; it is whole where there are no problems."""
        source = self._source()
        place = {"longitude": self._figure("经度", -180, 180), "latitude": self._figure("纬度", -90, 90)}
        height = self._figure("高度", 3, 500) if self._text("高度") else _usual_height
        lines = self._lines(source) if source is not None else {}
        name = self._text("名称") or f"自报点{self._number}"
        return (
            {"source": "" if source is None else source.key, "name": name[:200], "height": height}
            | place
            | {"lines": lines}
        )

    def _text(self, column: str) -> str:
        value = self._cells.get(column)
        return "" if value is None else str(value).strip()

    def _refuse(self, column: str, reason: str) -> None:
        self.problems.append(FieldProblem(self._number, column, self._text(column)[:80], reason))

    def _figure(self, column: str, low: float, high: float) -> float:
        try:
            value = float(self._text(column).replace(",", ""))
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            self._refuse(column, f"应为 {low:g} 至 {high:g} 之间的数")
        return value

    def _source(self) -> Source | None:
        given = self._text("来源")
        fitting = [one for one in self._placement.sources if one.covers == "around"]
        for one in fitting:
            if given in (one.key, one.name.zh):
                return one
        self._refuse("来源", f"应为 {'、'.join(one.name.zh for one in fitting)} 之一")
        return None

    def _lines(self, source: Source) -> Record:
        """Return yuan by name of line: those of the source that the row fills in, else its total."""
        names = [one.name.zh for one in source.lines if one.per != "year" and self._text(one.name.zh)]
        if not names and not self._text(_total):
            self._refuse(_total, "没有造价：请填写总价，或逐项填写费用")
            return {}
        return {one: self._figure(one, 0, 1e10) for one in names or [_total]}


def offered_hosts(
    connection: Connection, plane: Plane, placement: Placement, rows: Sequence[Mapping[str, Any]]
) -> Hosts:
    """Return the hosts of a scenario's own candidates."""
    keys = [one.key for one in placement.sources]
    longitude, latitude, height = (
        np.array([row[name] for row in rows], dtype=np.float64) for name in ("longitude", "latitude", "height")
    )
    x, y = plane.to_plane(longitude, latitude)
    count = len(rows)
    return Hosts(
        key=np.array(list(offered_lines(rows)), dtype=object),
        source=np.array([keys.index(row["source"]) for row in rows], dtype=np.int16),
        id=np.zeros(count, dtype=np.int64),
        code=np.full(count, "", dtype=object),
        name=np.array([row["name"] for row in rows], dtype=object),
        area_id=load_areas(connection, shapes=True).locate(longitude, latitude),
        longitude=longitude,
        latitude=latitude,
        x=np.asarray(x),
        y=np.asarray(y),
        height=height,
    )


def offered_lines(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, float]]:
    """Return the lines of cost of a scenario's own candidates by the key of their host."""
    return {f"{row['source']}:own{number}": row["lines"] for number, row in enumerate(rows, start=1)}
