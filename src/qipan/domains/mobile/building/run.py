"""Computing a build plan of any placement: those of radio here, the others by distance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.placing import (
    ByDistance,
    Method,
    PinChange,
    Served,
    Task,
    change_pin,
    enter_plan,
    resource_rows,
    run_placing,
    write_table,
)
from qipan.core.scenarios import Scenario, create_scenario, list_scenarios, read_scenario, scenario_folder
from qipan.domains.mobile.building.cells import PlannedCells, cells_of_sites, cells_table, planned_cells
from qipan.domains.mobile.building.power import convert_power, reward_of
from qipan.domains.mobile.building.reach import ByRadio
from qipan.domains.mobile.building.recompute import coverage_of_plan
from qipan.domains.mobile.coverage import run_coverage

Record = dict[str, Any]


def run_build(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> Record:
    """Compute a build scenario by its placement's rule of reach and return its summary."""
    with database.connect() as connection:
        subject = read_scenario(connection, principal, scenario_id, "build").subject
    placement = catalogue.placements.get(subject)
    if placement is None or placement.reach != "radio":
        return run_placing(database, catalogue, principal, scenario_id, progress)
    method = ByRadio()
    return run_placing(database, catalogue, principal, scenario_id, progress, method=method, extra=_Extra(method))


def method_of(catalogue: Catalogue, scenario: Scenario) -> Method:
    """Return how a computed plan's placement reaches demand, with the coverage study that the plan was made on."""
    placement = catalogue.placements.get(scenario.subject)
    if placement is None or placement.reach != "radio":
        return ByDistance()
    coverage = (scenario.summary or {}).get("coverage") or {}
    return ByRadio(coverage.get("scenario_id"))


def change_build(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    change: PinChange,
    version: int | None = None,
) -> Record:
    """Pin, forbid, free or move one candidate of a computed plan; see ``qipan.core.placing.change_pin``.

    The coverage of a plan of stations is then marked ``stale`` until it is computed again; cells and rewards are not.
    """
    with database.connect() as connection:
        method = method_of(catalogue, read_scenario(connection, principal, scenario_id, "build"))
    extra = _after_change(method) if isinstance(method, ByRadio) else None
    return change_pin(database, catalogue, principal, scenario_id, change, method, version, extra)


def _after_change(method: ByRadio) -> Callable[[Task, pa.Table, Path, Record], Record]:
    def extra(task: Task, sites: pa.Table, folder: Path, summary: Record) -> Record:
        method.prepare(task)
        _write_cells(task, method, sites, folder)
        stale = dict(summary.get("coverage") or {}) | {"stale": True}
        return {"coverage": stale, "reward": reward_of(task, sites.num_rows), "sharing": _sharing(task, sites)}

    return extra


def _write_cells(task: Task, method: ByRadio, sites: pa.Table, folder: Path) -> PlannedCells:
    """Write ``cells.parquet`` of the chosen sites and return their cells."""
    rows = task.candidates.places(sites["candidate"].to_pylist())
    planned = planned_cells(task.placement, task.candidates, rows, method.layers)
    number = {int(row): place for place, row in enumerate(rows, start=1)}
    write_table(folder, "cells", cells_table(planned, task.candidates, number))
    return planned


def enter_build(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> Record:
    """Enter a computed plan into the register, stations with their cells; see ``qipan.core.placing.enter_plan``."""
    folder = scenario_folder(database, scenario_id)
    parts = cells_of_sites(folder) if (folder / "cells.parquet").exists() else None
    return enter_plan(database, catalogue, principal, scenario_id, progress, parts)


class _Extra:
    """What a plan of stations tells beside what all plans tell: cells, recomputed coverage, power, rewards."""

    def __init__(self, method: ByRadio) -> None:
        self._method = method

    def __call__(self, task: Task, served: Served, sites: pa.Table, folder: Path, progress: Progress) -> Record:
        """Write ``cells.parquet`` and ``conversions.parquet`` into ``folder`` and return the facts."""
        study, _, _ = self._method.prepare(task)
        planned = _write_cells(task, self._method, sites, folder)
        rows = task.candidates.places(sites["candidate"].to_pylist())
        before, after = coverage_of_plan(task, study, self._method.layers, planned, progress)
        power = convert_power(task, sites.num_rows, folder)
        return {
            "coverage": {
                "scenario_id": self._method.study_id,
                "stale": False,
                "before": before,
                "after": after,
                "venues": _venue_classes(task, served, rows),
            },
            "power": power,
            "reward": reward_of(task, sites.num_rows),
            "sharing": _sharing(task, sites),
        }


def _venue_classes(task: Task, served: Served, rows: NDArray[np.int64]) -> list[Record]:
    """Return for each class of venue how many there are, and how many are deeply covered before and after."""
    layer = next((one for one in task.placement.layers if one.of == "resources"), None)
    if layer is None or layer.kind is None:
        return []
    with task.database.connect() as connection:
        kind = task.catalogue.kinds[layer.kind]
        found = resource_rows(connection, task.catalogue, task.principal, kind, ["in_service"])
    newly = set(served.demand.resource_id[served.reach.best(rows) >= 0.5].tolist()) - {0}
    counts: dict[str, list[int]] = {}
    held = task.within
    for row in found:
        if held is not None and row.area_id not in held:
            continue
        count = counts.setdefault(str(row.attributes.get("class", "")), [0, 0, 0])
        covered = row.attributes.get(layer.unserved or "") is True
        count[0] += 1
        count[1] += covered
        count[2] += covered or row.id in newly
    return [
        {"class": key, "total": count[0], "before": count[1], "after": count[2]}
        for key, count in sorted(counts.items())
    ]


def _sharing(task: Task, sites: pa.Table) -> Record:
    """Return the sharing rate of the plan, and that of the register's stations before and after it."""
    shared = int(np.sum(sites["shared"].to_numpy(zero_copy_only=False)))
    kind = task.catalogue.kinds[task.placement.kind]
    with task.database.connect() as connection:
        rows = resource_rows(connection, task.catalogue, task.principal, kind, ["in_service"])
    standing, together = len(rows), sum(row.attributes.get("shared") is True for row in rows)
    return {
        "sites": sites.num_rows,
        "shared": shared,
        "rate": round(shared / sites.num_rows, 6) if sites.num_rows else None,
        "register_before": round(together / standing, 6) if standing else None,
        "register_after": round((together + shared) / (standing + sites.num_rows), 6) if standing else None,
    }


def first_plan(
    database: Database, catalogue: Catalogue, principal: Principal, progress: Progress | None = None
) -> Record:
    """Make the standard build plan of stations, closing the gap of the register's plans, and return its summary.

    Where no coverage of what stands has been computed yet, that is computed first.
    """
    tell = progress or Progress()
    with database.begin() as connection:
        ready = [one for one in list_scenarios(connection, principal, kind="coverage") if one.summary is not None]
        study = None
        if not ready:
            study = create_scenario(
                connection, principal, kind="coverage", subject="mobile.coverage", name="现状覆盖",
                parameters={"resolution": 20.0},
            ).id  # fmt: skip
    if study is not None:
        run_coverage(database, catalogue, principal, study, tell.part(0.0, 0.5))
    with database.begin() as connection:
        made = create_scenario(
            connection, principal, kind="build", subject="mobile.base_station", name="补足5G目标缺口的建设方案",
            parameters={},
        )  # fmt: skip
    return run_build(database, catalogue, principal, made.id, tell.part(0.5 if study is not None else 0.0, 1.0))
