"""Making a build plan: read, state, solve, describe, keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.placing.bills import BillLine
from qipan.core.placing.conditions import Stated
from qipan.core.placing.describing import sites_table
from qipan.core.placing.errors import NothingToPlace
from qipan.core.placing.files import write_candidates, write_demand, write_parts, write_plan, write_reach, write_table
from qipan.core.placing.least import cheapest_plan
from qipan.core.placing.least_exact import least_capital
from qipan.core.placing.serving import ByDistance
from qipan.core.placing.solving import Solved, efforts_of, sensitivity, solve, wanted_budget
from qipan.core.placing.stating import state
from qipan.core.placing.summary import (
    district_weights,
    layer_rows,
    plan_facts,
    proof,
    sharing_row,
    target_rows,
    year_rows,
)
from qipan.core.placing.task import Method, Served, Task, open_task
from qipan.core.scenarios import computing

Record = dict[str, Any]
Extra = Callable[[Task, Served, pa.Table, Path, Progress], Record]
"""What a domain adds once sites are chosen: files into the folder, facts into the summary."""


def run_placing(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
    *,
    method: Method | None = None,
    extra: Extra | None = None,
) -> Record:
    """Compute a build plan, keep its files and return its summary.

    ``method`` is how the placement reaches demand, by distance where None; ``extra`` what a domain adds.
    Raises NothingToPlace, CandidateProblem, DemandProblem, ConditionsClash, GroundMissing, InvalidRecord.
    """
    tell = progress or Progress()
    used = method or ByDistance()
    with computing(database, principal, scenario_id, tell) as work:
        folder = work.folder
        task = open_task(database, catalogue, principal, work.scenario, tell.part(0.0, 0.2))
        served = used.serve(task, tell.part(0.2, 0.5))
        stated = state(task, served)
        stated = _affordable(task, served, stated)
        solved, budgets = _solve(task, stated, tell.part(0.5, 0.8))
        write_candidates(folder, task.candidates)
        write_demand(folder, served.demand)
        write_reach(folder, served.reach)
        sites, bill = describe(task, used, stated, served, solved, folder)
        keep_plan(folder, task, stated, served, solved)
        work.summary.update(summarise(task, stated, served, solved, sites, bill))
        tell.report(0.82, "预算敏感性")
        effort, value = efforts_of(task.parameters.effort, task.parameters.seed), solved.phased.final.objective
        work.summary["sensitivity"] = sensitivity(stated, sum(budgets), value, effort, tell.part(0.82, 0.9))
        if extra is not None:
            work.summary.update(extra(task, served, sites, folder, tell.part(0.9, 0.98)))
        work.summary.update(notes=task.notes, entered=None)
    return work.summary


def _affordable(task: Task, served: Served, stated: Stated) -> Stated:
    """Return the problem without the targets' numbers where the money that was given cannot pay for them.

    The plan is then the best within the money, and its targets say which are not met.
    """
    if task.parameters.budgets is None:
        return stated
    total = float(sum(task.parameters.budgets))
    needed = cheapest_plan(stated)
    if needed is None or needed[0] > total:
        exact = least_capital(stated)
        needed = needed if exact.rows is None else (exact.cost, exact.rows)
    if needed is not None and needed[0] <= total:
        return stated
    free = state(task, served, targets=False)
    if not free.least_sites.sum() < stated.least_sites.sum() and len(free.least_covered) == len(stated.least_covered):
        return stated
    least = "" if needed is None else f"（至少约需 {needed[0] / 1e4:,.1f} 万元）"
    task.notes.append(f"预算不足以补足全部目标{least}：在预算内按覆盖最多安排，未达成的目标见目标表")
    return free


def _solve(task: Task, stated: Stated, progress: Progress) -> tuple[Solved, tuple[float, ...]]:
    parameters = task.parameters
    progress.report(0.0, "核对最低要求")
    if parameters.budgets is not None:
        budgets = parameters.budgets
    else:
        sites = max(int(stated.least_sites.sum()), len(stated.mandatory))
        if not sites and not stated.least_covered.size:
            message = f"{task.placement.name.zh}没有需要补足的目标：请在参数中给出年度预算 budgets 或新建数 sites"
            raise NothingToPlace(message)
        total = wanted_budget(stated, max(sites, 1), parameters.headroom)
        budgets = (round(total / len(task.years), 2),) * len(task.years)
    effort = efforts_of(parameters.effort, parameters.seed)
    solved = solve(stated, budgets, effort, progress.part(0.1, 1.0))
    if solved.held:
        task.notes.append(_held_note)
    return solved, budgets


_held_note = "最低要求与预算很紧：先按造价最低的方案满足各项数量，再用余下的预算扩大覆盖；上界按不设数量要求计算"


def describe(
    task: Task, method: Method, stated: Stated, served: Served, solved: Solved, folder: Path
) -> tuple[pa.Table, list[BillLine]]:
    """Write the chosen sites and their bills into ``folder``; return the sites and the bills' lines."""
    importance = np.asarray(stated.importance)
    sites, lines, bill = sites_table(
        task, method, solved.chosen, solved.year, served.reach, served.demand.weights, importance
    )
    write_table(folder, "sites", sites)
    write_table(folder, "lines", lines)
    return sites, bill


def keep_plan(folder: Path, task: Task, stated: Stated, served: Served, solved: Solved) -> None:
    """Write the conditions, so that a district can be solved again from the files."""
    write_parts(folder, stated.site_part, stated.demand_part)
    write_plan(folder, {
        "years": list(task.years),
        "owners": [int(one) for one in task.owners],
        "budgets": list(solved.budgets),
        "least_sites": stated.least_sites.tolist(),
        "site_names": list(stated.site_names),
        "least_covered": stated.least_covered.tolist(),
        "demand_names": list(stated.demand_names),
        "importance": stated.importance.tolist(),
        "spacing": stated.spacing,
        "weight": float(stated.weight.sum()),
        "total": served.total.tolist(),
        "before": served.before.tolist(),
        "pins": dict(task.parameters.pins),
        "moves": {key: list(at) for key, at in task.parameters.moves.items()},
        "bound": float(solved.phased.final.bound),
        "chosen": solved.chosen,
        "year": solved.year,
        "goals": [one.to_json() for one in task.gaps],
    })  # fmt: skip


def summarise(
    task: Task, stated: Stated, served: Served, solved: Solved, sites: pa.Table, bill: list[BillLine]
) -> Record:
    """Return the summary that every plan has."""
    chosen, final = solved.chosen, solved.phased.final
    weights = district_weights(served, served.reach, chosen, stated.weight)
    facts = plan_facts(task, sites, bill, weights)
    by_source = np.bincount(task.candidates.source, minlength=len(task.placement.sources))
    return {
        "placement": task.placement.key,
        "kind": task.placement.kind,
        "as_of": task.day.isoformat(),
        "first_year": task.years[0],
        "years": year_rows(task, solved, sites),
        **proof(final, solved.broken),
        "least_capital": round(solved.needed, 2),
        "candidates": {
            "total": len(task.candidates),
            "by_source": {one.key: int(count) for one, count in zip(task.placement.sources, by_source, strict=True)},
        },
        "demands": {"total": len(served.demand), "reachable": int(served.reach.covered().sum())},
        **facts,
        "layers": layer_rows(task, served, served.reach, chosen),
        "targets": target_rows(task, served, served.reach, chosen),
        "sharing": sharing_row(task, sites),
        "coverage": None,
        "power": None,
        "reward": None,
    }
