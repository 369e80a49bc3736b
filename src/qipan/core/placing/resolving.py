"""Solving a district of a computed plan again after a person pinned, forbade or moved a site; the others stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
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
from qipan.core.placing.adjusting import usual_changes
from qipan.core.placing.describing import sites_table
from qipan.core.placing.district import DistrictPart
from qipan.core.placing.errors import CandidateProblem, PlanMissing
from qipan.core.placing.files import write_candidates, write_plan, write_reach, write_table
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.memory import keep_plan_open, open_plan
from qipan.core.placing.parameters import BuildParameters
from qipan.core.placing.summary import district_weights, layer_rows, plan_facts, sharing_row, target_rows
from qipan.core.placing.task import Method, Served, Task, moved, open_light_task
from qipan.core.scenarios import Scenario, finish_scenario, read_scenario, scenario_folder, update_scenario
from qipan.engines.siting import Reach

Record = dict[str, Any]
PinExtra = Callable[[Task, pa.Table, Path, Record], Record]
"""Given the task, the sites, the folder and the summary so far."""


@dataclass(frozen=True, slots=True)
class PinChange:
    """What a person does to one candidate: ``pin`` ``mandatory``, ``forbidden`` or None, or with ``moving`` put it
    ``at`` longitude and latitude, None being where its host stands; ``changes`` of other sites are allowed beyond
    those that a condition needs, only where they pay."""

    candidate: str
    pin: str | None = None
    moving: bool = False
    at: tuple[float, float] | None = None
    changes: int = usual_changes


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
    """Make one change, bring the candidate's district back within its conditions and keep the plan.

    All other districts stay as they are, and so do the district's own sites but for those that a condition needs, and
    a few that pay. ``extra`` brings up what a domain keeps of a plan: files into the folder, facts into the summary.
    The district keeps the money that it has in each year, and gets what the plan has left. Raises ConditionsClash where
    nothing fits, and then changes nothing; Conflict where the plan was changed since ``version``.
    """
    began = time.monotonic()
    with database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "build")
    principal.require_write(scenario.area_id, scenario.owner_id)
    _require_ready(scenario, version)
    edit = _Edit(database, catalogue, principal, scenario, change, method)
    edit.solve()
    summary = edit.summary(extra)
    newer = edit.keep(summary, version)
    return edit.told(summary) | {"milliseconds": round((time.monotonic() - began) * 1000), "version": newer}


class _Edit:
    """One change of a computed plan, from its files to its files."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        principal: Principal,
        scenario: Scenario,
        change: PinChange,
        method: Method,
    ) -> None:
        self.database, self.principal, self.scenario, self.change, self.method = (
            database, principal, scenario, change, method,
        )  # fmt: skip
        self.folder = scenario_folder(database, scenario.id)
        loaded = open_plan(self.folder)
        row = int(loaded.candidates.places([change.candidate])[0])
        if row < 0:
            message = f"候选点 {change.candidate[:80]} 不存在：请刷新候选点后重试"
            raise CandidateProblem(message)
        parameters = _changed(scenario.parameters, change)
        self.task = open_light_task(
            database, catalogue, principal, replace(scenario, parameters=parameters), loaded.candidates, loaded.plan
        )
        if change.moving:
            self.task.candidates = moved(self.task, change.candidate, change.at or _home(self.task, row))
            reach = _with_row(loaded.reach, row, *method.reach_of(self.task, loaded.demand, row))
            loaded = replace(loaded, candidates=self.task.candidates, reach=reach)
        self.before = {str(key) for key in loaded.candidates.key[loaded.plan["chosen"]]}
        self.loaded, self.row = loaded, row

    def solve(self) -> None:
        """Solve the district again."""
        self.district = int(self.task.candidates.district_id[self.row])
        self.part = DistrictPart(self.task, self.loaded, self.district)
        self.plan = self.part.solve(self.change.changes)
        tighter = _only_tighter(self.loaded.plan, self.task.parameters)
        self.slack = None if tighter else self.part.slack(self.plan)

    def summary(self, extra: PinExtra | None) -> Record:
        """Write down the sites and return the plan's summary as it is now."""
        task, loaded, chosen = self.task, self.loaded, self.plan.chosen
        importance = np.array(loaded.plan["importance"])
        self.sites, self.lines, bill = sites_table(
            task, self.method, chosen, self.plan.year, loaded.reach, loaded.demand.weights, importance
        )
        served = Served(loaded.demand, loaded.reach, np.array(loaded.plan["total"]), np.array(loaded.plan["before"]))
        weight = importance @ loaded.demand.weights
        earlier = self.scenario.summary or {}
        facts = plan_facts(task, self.sites, bill, district_weights(served, loaded.reach, chosen, weight))
        told: Record = earlier | facts | self._proof(earlier, served, weight)
        if earlier.get("sharing"):
            told["sharing"] = earlier["sharing"] | (sharing_row(task, self.sites) or {})
        if extra is not None:
            told |= extra(task, self.sites, self.folder, told)
        return told

    def _proof(self, earlier: Record, served: Served, weight: Doubles) -> Record:
        """Return value and proof: the city's bound where the change only narrows what may be chosen.

        Elsewhere the bound holds while the other districts stay as they are.
        """
        task, reach, plan = self.task, served.reach, self.plan
        standing = len(task.candidates)
        covered = [
            float(weight @ reach.best(np.append(plan.chosen[plan.year <= k], standing))) for k in range(len(task.years))
        ]
        whole = self.slack is None
        bound = max(self.loaded.plan["bound"], covered[-1]) if self.slack is None else covered[-1] + self.slack
        return {
            "years": self._years(covered, {one["year"]: one["bound"] for one in earlier["years"]} if whole else {}),
            "objective": round(covered[-1], 3),
            "bound": round(bound, 3),
            "bound_scope": "city" if whole else "district",
            "gap": round((bound - covered[-1]) / covered[-1], 6) if covered[-1] else None,
            "verdict": {"holds": not plan.broken, "broken": list(plan.broken)},
            "layers": layer_rows(task, served, reach, plan.chosen),
            "targets": target_rows(task, served, reach, plan.chosen),
        }

    def _years(self, covered: Sequence[float], bounds: Mapping[int, float]) -> list[Record]:
        capital, years = self.sites["capital"].to_numpy(), self.sites["year"].to_numpy()
        return [
            {
                "year": one,
                "budget": round(self.loaded.plan["budgets"][place], 2),
                "spent": round(float(capital[years == one].sum()), 2),
                "sites": int((years == one).sum()),
                "covered": round(covered[place], 3),
                "bound": bounds.get(one),
            }
            for place, one in enumerate(self.task.years)
        ]

    def keep(self, summary: Record, version: int | None) -> int:
        """Write the plan as it is now and return the scenario's new version."""
        parameters, number = self.task.scenario.parameters, self.scenario.id
        with self.database.begin() as connection:
            update_scenario(connection, self.principal, number, {"parameters": parameters}, version)
            finish_scenario(connection, self.principal, number, summary)
            newer = read_scenario(connection, self.principal, number).version
        write_table(self.folder, "sites", self.sites)
        write_table(self.folder, "lines", self.lines)
        if self.change.moving:
            write_candidates(self.folder, self.task.candidates)
            write_reach(self.folder, self.loaded.reach)
        plan = self.loaded.plan | {"chosen": self.plan.chosen, "year": self.plan.year}
        write_plan(self.folder, plan)
        keep_plan_open(self.folder, replace(self.loaded, plan=plan))
        return newer

    def told(self, summary: Record) -> Record:
        """Return what the change did, for the person at the map."""
        now = set(self.sites["candidate"].to_pylist())
        added, removed = sorted(now - self.before), sorted(self.before - now)
        others = len({*added, *removed} - {self.change.candidate})
        proof = {key: summary[key] for key in ("objective", "bound", "bound_scope", "gap", "verdict")}
        return {
            "district_id": self.district,
            "added": added,
            "removed": removed,
            "moved": [self.change.candidate] if self.change.moving else [],
            "changes": {"limit": self.change.changes, "made": self.plan.changes, "others": others},
            **proof,
            "summary": summary,
        }


def _only_tighter(plan: Mapping[str, Any], parameters: BuildParameters) -> bool:
    """Tell whether what may be chosen is part of what might be when the plan was computed: its bound then holds."""
    moves = {key: list(at) for key, at in parameters.moves.items()}
    return bool(plan["moves"] == moves) and all(parameters.pins.get(key) == pin for key, pin in plan["pins"].items())


def _require_ready(scenario: Scenario, version: int | None) -> None:
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
