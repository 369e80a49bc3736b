"""The files of a build plan in its scenario's folder.

- ``sites.parquet``: one row for each chosen site in the order it is built (columns in ``site_columns``).
- ``lines.parquet``: its bill of quantities (columns in ``line_columns``).
- ``candidates.parquet``, ``demand.parquet``, ``reach-*.npy``, ``parts-*.npy``: what was to choose from and
  for, and the part of the conditions that each belongs to, for solving again.
- ``plan.json``: conditions, years and budgets of the solved problem; ``chosen.npy`` which candidates are built in which
  of the years.
- radio placements add ``cells.parquet``, those with a power supply ``conversions.parquet``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qipan.core.placing.candidates import Candidates
from qipan.core.placing.demand import Demand
from qipan.core.placing.errors import PlanMissing
from qipan.engines.siting import Reach

site_columns = pa.schema([
    ("site", pa.int32()), ("candidate", pa.string()), ("source", pa.string()), ("source_name", pa.string()),
    ("code", pa.string()), ("name", pa.string()), ("kind", pa.string()), ("owner_id", pa.int64()),
    ("owner", pa.string()), ("area_id", pa.int64()), ("area", pa.string()), ("district_id", pa.int64()),
    ("district", pa.string()), ("longitude", pa.float64()), ("latitude", pa.float64()), ("x", pa.float64()),
    ("y", pa.float64()), ("height", pa.float32()), ("year", pa.int32()), ("pin", pa.string()), ("moved", pa.bool_()),
    ("shared", pa.bool_()), ("attributes", pa.string()), ("capital", pa.float64()), ("yearly", pa.float64()),
    ("newly_covered", pa.float64()), ("alone", pa.float64()), ("layers", pa.string()), ("lost", pa.string()),
    ("reason", pa.string()),
])  # fmt: skip
"""Columns of ``sites.parquet``: ``code`` of the resource it stands on, null beside a street; money in yuan, ``height``
in m above ground; ``attributes``, ``layers`` (what it newly covers, by layer) and ``lost`` (what it alone covers) as
JSON; ``reason`` in Chinese."""

line_columns = pa.schema([
    ("site", pa.int32()), ("line", pa.string()), ("name", pa.string()), ("unit", pa.string()),
    ("quantity", pa.float64()), ("price", pa.float64()), ("amount", pa.float64()), ("yearly", pa.bool_()),
])  # fmt: skip
"""Columns of ``lines.parquet``: one line of a site's bill; ``amount`` = ``quantity`` × ``price`` in yuan."""

_plan, _arrays = "plan.json", ("chosen", "year")


def write_table(folder: Path, name: str, table: pa.Table) -> None:
    """Write ``name``.parquet, put in place whole."""
    draft = folder / f".{name}.parquet"
    pq.write_table(table, draft)
    os.replace(draft, folder / f"{name}.parquet")


def read_table(folder: Path, name: str) -> pa.Table:
    """Read ``name``.parquet; PlanMissing where it is gone or torn."""
    path = folder / f"{name}.parquet"
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        message = f"还没有可用的方案结果（{path.name} 无法读取）：请先计算该方案"
        raise PlanMissing(message) from error


def read_sites(folder: Path) -> pa.Table:
    """Return the chosen sites, with ``site_columns``."""
    return read_table(folder, "sites")


def read_lines(folder: Path) -> pa.Table:
    """Return the bill of quantities, with ``line_columns``."""
    return read_table(folder, "lines")


def write_plan(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the conditions of the solved problem, each file put in place whole; ``chosen`` and ``year`` as an array."""
    np.save(folder / ".chosen.npy", np.array([content[name] for name in _arrays], dtype=np.int64))
    told = {key: value for key, value in content.items() if key not in _arrays}
    (folder / f".{_plan}").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    for name in ("chosen.npy", _plan):
        os.replace(folder / f".{name}", folder / name)


def read_plan(folder: Path) -> dict[str, Any]:
    """Return the conditions of the solved problem; PlanMissing where they cannot be read."""
    try:
        content: dict[str, Any] = json.loads((folder / _plan).read_text(encoding="utf-8"))
        content |= dict(zip(_arrays, np.load(folder / "chosen.npy"), strict=True))
    except (OSError, ValueError) as error:
        message = "还没有可用的方案结果：请先计算该方案"
        raise PlanMissing(message) from error
    return content


def write_candidates(folder: Path, candidates: Candidates) -> None:
    """Write every candidate."""
    write_table(folder, "candidates", pa.table({name: pa.array(column) for name, column in vars(candidates).items()}))


def read_candidates(folder: Path) -> Candidates:
    """Return every candidate."""
    return Candidates(**_columns(read_table(folder, "candidates")))


def write_demand(folder: Path, demand: Demand) -> None:
    """Write the demand, a column for each layer's weight."""
    columns = {name: pa.array(column) for name, column in vars(demand).items() if name != "weights"}
    layers = {f"weight-{place}": pa.array(weight) for place, weight in enumerate(demand.weights)}
    write_table(folder, "demand", pa.table(columns | layers))


def read_demand(folder: Path) -> Demand:
    """Return the demand."""
    columns = _columns(read_table(folder, "demand"))
    names = sorted((name for name in columns if name.startswith("weight-")), key=lambda one: int(one[7:]))
    weights = np.stack([columns.pop(name) for name in names])
    return Demand(weights=weights, **columns)


def write_reach(folder: Path, reach: Reach) -> None:
    """Write which candidate reaches which demand."""
    for name in ("start", "demand", "weight"):
        np.save(folder / f"reach-{name}.npy", getattr(reach, name))


def read_reach(folder: Path, demands: int) -> Reach:
    """Return which candidate reaches which demand; PlanMissing where the files are gone."""
    try:
        start, demand, weight = (np.load(folder / f"reach-{name}.npy") for name in ("start", "demand", "weight"))
    except (OSError, ValueError) as error:
        message = "方案的覆盖关系文件无法读取：请重新计算该方案"
        raise PlanMissing(message) from error
    return Reach(start, demand, weight, demands)


def write_parts(folder: Path, site: NDArray[np.int32], demand: NDArray[np.int32]) -> None:
    """Write the part of the conditions that each candidate, and each demand, belongs to, -1 for none."""
    np.save(folder / "parts-site.npy", site)
    np.save(folder / "parts-demand.npy", demand)


def read_parts(folder: Path) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the part of each candidate and of each demand; PlanMissing where the files are gone."""
    try:
        return np.load(folder / "parts-site.npy"), np.load(folder / "parts-demand.npy")
    except (OSError, ValueError) as error:
        message = "方案的分区文件无法读取：请重新计算该方案"
        raise PlanMissing(message) from error


def _columns(table: pa.Table) -> dict[str, Any]:
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
