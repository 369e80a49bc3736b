"""Solving a district of a computed plan again after a person pinned, forbade or moved a site; the others stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import Conflict
from qipan.core.placing.describing import sites_table
from qipan.core.placing.district import DistrictPart
from qipan.core.placing.errors import CandidateProblem, PlanMissing
from qipan.core.placing.files import read_sites, write_candidates, write_plan, write_reach, write_table
from qipan.core.placing.hosts import Longs
from qipan.core.placing.memory import keep_plan_open, open_plan
from qipan.core.placing.summary import district_weights, layer_rows, plan_facts, sharing_row, target_rows
from qipan.core.placing.task import Method, Served, Task, moved, open_light_task
from qipan.core.scenarios import Scenario, finish_scenario, read_scenario, scenario_folder, update_scenario
from qipan.engines.siting import Reach, Siting

Record = dict[str, Any]
PinExtra = Callable[[Task, pa.Table, Path, Record], Record]
"""Given the task, the sites, the folder and the summary so far."""


@dataclass(frozen=True, slots=True)
class PinChange:
    """What a person does to one candidate: ``pin`` ``mandatory``, ``forbidden`` or None, or with ``moving`` put it
    ``at`` longitude and latitude, None being where its host stands."""

    candidate: str
    pin: str | None = None
    moving: bool = False
    at: tuple[float, float] | None = None


def change_pin(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    change: PinChange,
    method: Method,
    version: int | None = None,
    extra: PinExtra | None = None,
) -> Record:
    """Make one change, solve the candidate's district again and keep the plan; all other districts stay as they are.

    ``extra`` brings up what a domain keeps of a plan: files into the folder, facts into the summary.
    The district keeps the money that it has in each year, and gets what the plan has left. Raises ConditionsClash where
    nothing fits, and then changes nothing; Conflict where the plan was changed since ``version``.
    """
    began = time.monotonic()
    with database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "build")
    principal.require_write(scenario.area_id, scenario.owner_id)
    earlier = _ready(scenario, version)
    folder = scenario_folder(database, scenario_id)
    loaded = open_plan(folder)
    row = int(loaded.candidates.places([change.candidate])[0])
    if row < 0:
        message = f"候选点 {change.candidate[:80]} 不存在：请刷新候选点后重试"
        raise CandidateProblem(message)
    parameters = _changed(scenario.parameters, change)
    task = open_light_task(
        database, catalogue, principal, replace(scenario, parameters=parameters), loaded.candidates, loaded.plan
    )
    reach = loaded.reach
    if change.moving:
        task.candidates = moved(task, change.candidate, change.at or _home(task, row))
        reach = _with_row(reach, row, *method.reach_of(task, loaded.demand, row))
    district = int(task.candidates.district_id[row])
    part = DistrictPart(task, replace(loaded, reach=reach), district)
    chosen, year, found, broken = part.solve()
    importance = np.array(loaded.plan["importance"])
    sites, lines, bill = sites_table(task, method, chosen, year, reach, loaded.demand.weights, importance)
    served = Served(loaded.demand, reach, np.array(loaded.plan["total"]), np.array(loaded.plan["before"]))
    weights = district_weights(served, reach, chosen, importance @ loaded.demand.weights)
    facts = plan_facts(task, sites, bill, weights)
    summary = earlier | facts | _proof(part, served, chosen, year, sites, found, broken)
    if earlier.get("sharing"):
        summary["sharing"] = earlier["sharing"] | (sharing_row(task, sites) or {})
    if extra is not None:
        summary |= extra(task, sites, folder, summary)
    before = set(read_sites(folder)["candidate"].to_pylist())
    plan = loaded.plan | {"chosen": chosen.tolist(), "year": year.tolist()}
    with database.begin() as connection:
        update_scenario(connection, principal, scenario_id, {"parameters": parameters}, version)
        finish_scenario(connection, principal, scenario_id, summary)
        newer = read_scenario(connection, principal, scenario_id).version
    write_table(folder, "sites", sites)
    write_table(folder, "lines", lines)
    if change.moving:
        write_candidates(folder, task.candidates)
        write_reach(folder, reach)
    write_plan(folder, plan)
    keep_plan_open(folder, replace(loaded, candidates=task.candidates, reach=reach, plan=plan))
    now = set(sites["candidate"].to_pylist())
    proof = {key: summary[key] for key in ("objective", "bound", "gap", "verdict")}
    return {
        "milliseconds": round((time.monotonic() - began) * 1000),
        "district_id": district,
        "added": sorted(now - before),
        "removed": sorted(before - now),
        **proof,
        "summary": summary,
        "version": newer,
    }


def _ready(scenario: Scenario, version: int | None) -> Record:
    if version is not None and scenario.version != version:
        message = f"方案“{scenario.name}”已被他人修改，未作改动：请刷新后重试"
        raise Conflict(message)
    if scenario.state == "computing":
        message = f"方案“{scenario.name}”正在计算：请等待完成后再调整"
        raise Conflict(message)
    if scenario.summary is None:
        message = f"方案“{scenario.name}”还没有结果：请先计算"
        raise PlanMissing(message)
    if scenario.summary.get("entered"):
        message = f"方案“{scenario.name}”已转入登记库，不再调整：请复制为新方案"
        raise Conflict(message)
    return scenario.summary


def _changed(parameters: Mapping[str, Any], change: PinChange) -> Record:
    """Return the scenario's parameters with the change."""
    pins, moves = dict(parameters.get("pins") or {}), dict(parameters.get("moves") or {})
    kept, value = (moves, None) if change.moving else (pins, change.pin)
    if change.moving and change.at is not None:
        moves[change.candidate] = {"longitude": change.at[0], "latitude": change.at[1]}
    elif value is not None:
        pins[change.candidate] = value
    else:
        kept.pop(change.candidate, None)
    return dict(parameters) | {"pins": pins, "moves": moves}


def _home(task: Task, row: int) -> tuple[float, float]:
    """Return where a candidate's host stands; CandidateProblem beside a street, where only the move is known."""
    with task.database.connect() as connection:
        column = tables.resource.c
        query = select(column.longitude, column.latitude).where(column.id == int(task.candidates.host_id[row]))
        found = connection.execute(query).one_or_none()
    if found is None:
        message = f"候选点 {task.candidates.key[row]} 没有载体资源，无法移回原位：请给出经纬度"
        raise CandidateProblem(message)
    return float(found.longitude), float(found.latitude)


def _with_row(reach: Reach, row: int, demand: Longs, weight: NDArray[np.float32]) -> Reach:
    """Return the reach with another row in place of one."""
    first, last = int(reach.start[row]), int(reach.start[row + 1])
    start = reach.start.copy()
    start[row + 1 :] += len(demand) - (last - first)
    return Reach(
        start,
        np.concatenate([reach.demand[:first], demand.astype(np.int32), reach.demand[last:]]),
        np.concatenate([reach.weight[:first], weight.astype(np.float32), reach.weight[last:]]),
        reach.demands,
    )


def _proof(
    part: DistrictPart,
    served: Served,
    chosen: Longs,
    year: Longs,
    sites: pa.Table,
    found: Siting,
    broken: tuple[str, ...],
) -> Record:
    """Return what the summary says of value and proof; the bound holds while the other districts stay as they are."""
    task, reach = part.task, served.reach
    weight = np.array(part.plan["importance"]) @ served.demand.weights
    standing = len(task.candidates)
    covered = [float(weight @ reach.best(np.append(chosen[year <= k], standing))) for k in range(len(task.years))]
    bound = covered[-1] + found.bound - found.objective
    capital, years = sites["capital"].to_numpy(), sites["year"].to_numpy()
    rows = [
        {
            "year": one,
            "budget": round(part.plan["budgets"][place], 2),
            "spent": round(float(capital[years == one].sum()), 2),
            "sites": int((years == one).sum()),
            "covered": round(covered[place], 3),
            "bound": None,
        }
        for place, one in enumerate(task.years)
    ]
    return {
        "years": rows,
        "objective": round(covered[-1], 3),
        "bound": round(bound, 3),
        "bound_scope": "district",
        "gap": round((bound - covered[-1]) / covered[-1], 6) if covered[-1] else None,
        "method": found.method,
        "verdict": {"holds": not broken, "broken": list(broken)},
        "layers": layer_rows(task, served, reach, chosen),
        "targets": target_rows(task, served, reach, chosen),
    }
