"""Candidate sites that an office brings along in a file, each with a place, a kind of source and costs of its own.

Their rows lie in a file of the register's folder that is named by its content; a scenario's parameters hold that name
alone, so that they stay small however many candidates there are.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.areas import load_areas
from qipan.core.catalogue import Catalogue, Placement
from qipan.core.database import Database
from qipan.core.errors import Conflict, DatabaseError, ImportRejected
from qipan.core.folders import data_folder
from qipan.core.ground import Plane
from qipan.core.placing.errors import CandidateProblem
from qipan.core.placing.hosts import Hosts
from qipan.core.placing.offered_rows import read_offered
from qipan.core.scenarios import Scenario, read_scenario, update_scenario

Record = dict[str, Any]
_day = 86_400.0
"""Seconds for which rows that no scenario names any more are kept."""


def take_candidates(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    content: bytes,
    name: str,
    datum: str = "wgs84",
) -> Record:
    """Read candidates from CSV or Excel into a scenario, in place of those before; the next computation weighs them.

    Returns how many ``candidates`` there are, ``by_source``, their ``capital`` in yuan (total, least, most), the file's
    ``name`` and the scenario's ``version``. ImportRejected lists every row that will not do, and then nothing is
    changed. Raises Conflict while the scenario is computed or once it was entered, AccessDenied, NotFound.
    """
    with database.connect() as connection:
        scenario = _open_scenario(connection, principal, scenario_id)
        placement = catalogue.placements[scenario.subject]
        rows, problems = read_offered(connection, placement, content, name, datum)
    if problems:
        message = f"候选点文件 {name} 有 {len(problems)} 处问题，一个也没有写入：请按所列行改正后重新上传"
        raise ImportRejected(message, problems)
    kept = {"file": _keep(database, rows), "name": name[:200], "count": len(rows)}
    changed = _change(database, principal, scenario, kept)
    money = [sum(row["lines"].values()) for row in rows]
    counts = Counter(row["source"] for row in rows)
    return {
        "candidates": len(rows),
        "name": kept["name"],
        "by_source": [
            {"key": one.key, "name": {"zh": one.name.zh, "en": one.name.en}, "count": counts[one.key]}
            for one in placement.sources
            if counts[one.key]
        ],
        "capital": {"total": round(sum(money), 2), "least": min(money), "most": max(money)},
        "version": changed.version,
    }


def drop_candidates(database: Database, principal: Principal, scenario_id: int) -> None:
    """Leave a scenario without candidates of its own; raises Conflict, AccessDenied and NotFound as taking them."""
    with database.connect() as connection:
        scenario = _open_scenario(connection, principal, scenario_id)
    _change(database, principal, scenario, None)


def read_candidate_rows(database: Database, kept: Mapping[str, Any] | None) -> list[Record]:
    """Return the rows that a scenario's ``candidates`` name, none for None; CandidateProblem where they are gone."""
    if kept is None:
        return []
    path = _folder(database) / f"{kept['file']}.json"
    try:
        rows: list[Record] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"自带造价的候选点（{kept['name']}）读不出来：请重新上传该文件"
        raise CandidateProblem(message) from error
    return rows


def _open_scenario(connection: Connection, principal: Principal, scenario_id: int) -> Scenario:
    """Return a build scenario whose parameters this person may change now."""
    scenario = read_scenario(connection, principal, scenario_id, "build")
    principal.require_write(scenario.area_id, scenario.owner_id)
    if scenario.state == "computing":
        message = f"方案“{scenario.name}”正在计算：请等待完成或取消后再上传候选点"
        raise Conflict(message)
    if (scenario.summary or {}).get("entered"):
        message = f"方案“{scenario.name}”已转入登记库：请复制为新方案后再上传候选点"
        raise Conflict(message)
    return scenario


def _change(database: Database, principal: Principal, scenario: Scenario, kept: Record | None) -> Scenario:
    parameters = scenario.parameters | {"candidates": kept}
    with database.begin() as connection:
        changed = update_scenario(connection, principal, scenario.id, {"parameters": parameters}, scenario.version)
    _sweep(database)
    return changed


def _folder(database: Database) -> Path:
    return data_folder(database) / "candidates"


def _keep(database: Database, rows: Sequence[Record]) -> str:
    """Write the rows to the file of their content and return its name."""
    text = json.dumps(rows, ensure_ascii=False)
    name = hashlib.sha256(text.encode()).hexdigest()
    folder = _folder(database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", encoding="utf-8", delete=False) as draft:
            draft.write(text)
        os.replace(draft.name, folder / f"{name}.json")
    except OSError as error:
        message = f"无法写入 {folder}（{error.strerror or error}）：请核对磁盘空间与写权限，候选点未改动"
        raise DatabaseError(message) from error
    return name


def _sweep(database: Database) -> None:
    """Remove rows that no scenario names and that were not written just now."""
    with database.connect() as connection:
        rows = connection.execute(select(tables.scenario.c.parameters).where(tables.scenario.c.kind == "build"))
        named = {f"{one['file']}.json" for (values,) in rows if isinstance(one := values.get("candidates"), dict)}
    for path in _folder(database).glob("*"):
        if path.name not in named and path.stat().st_mtime < time.time() - _day:
            path.unlink(missing_ok=True)


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
    return {f"{row['source']}:own{row['id']}": row["lines"] for row in rows}
