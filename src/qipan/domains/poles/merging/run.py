"""One merging plan: from the register to poles that stay, devices that move, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord, JobCancelled
from qipan.core.jobs import Progress
from qipan.core.placing.rates import rate_values
from qipan.core.scenarios import Scenario, computing
from qipan.core.settings import as_of_day
from qipan.domains.poles.merging.errors import NothingToMerge
from qipan.domains.poles.merging.inventory import Inventory, read_inventory
from qipan.domains.poles.merging.lines import Stations, read_axes, stations
from qipan.domains.poles.merging.parameters import MergingParameters
from qipan.domains.poles.merging.problems import StreetProblem, state_streets, streets_of
from qipan.domains.poles.merging.store import area_names, write_plan
from qipan.domains.poles.merging.telling import tell_plan
from qipan.engines.siting.merging import Merging, merge_all


def run_merging(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute a merging scenario, put its files in place and return its summary.

    A street on which no plan meets what was asked is named with the conditions that clash, and the others are planned.
    Raises NothingToMerge, InvalidRecord (parameters), Conflict (being computed elsewhere), DatabaseError, JobCancelled.
    """
    tell = progress or Progress()
    with computing(database, principal, scenario_id, tell) as work:
        parameters = MergingParameters.from_json(work.scenario.parameters)
        tell.report(0.0, "读取杆件与设备")
        with database.connect() as connection:
            inventory = _read(connection, catalogue, principal, work.scenario, parameters)
            rates, names = rate_values(connection, catalogue), area_names(connection)
        tell.report(0.1, "沿道路排列")
        streets = streets_of(inventory.poles)
        axes = read_axes(database, float(inventory.poles.longitude[0]), float(inventory.poles.latitude[0]))
        place = stations(axes, inventory.poles, streets)
        problems = state_streets(inventory, streets, place, parameters, rates)
        plans = _solve(problems, parameters, tell.part(0.2, 0.9))
        tell.report(0.9, "汇总")
        plan = tell_plan(inventory, problems, plans, names, parameters)
        work.summary.update(plan.summary | {"notes": [*inventory.notes, *_rough(place)], "entered": None})
        write_plan(work.folder, plan)
    return work.summary


def _read(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    scenario: Scenario,
    parameters: MergingParameters,
) -> Inventory:
    day = as_of_day(connection)
    inventory = read_inventory(connection, catalogue, principal, scenario.area_id, day)
    if not (inventory.poles.kind == "street_pole").any():
        message = f"{day} 没有在用的道路杆件：请先导入“道路杆件”和“杆上设备”，或放宽区域"
        raise NothingToMerge(message)
    _check_codes(inventory, parameters)
    return inventory


def _check_codes(inventory: Inventory, parameters: MergingParameters) -> None:
    """Refuse codes that are none of the poles looked at, and poles that must go although they may not."""
    place = {code: number for number, code in enumerate(inventory.poles.code)}
    problems = []
    for key in ("stay", "go"):
        for code in getattr(parameters, key):
            if code not in place:
                problems.append(FieldProblem(None, key, code[:80], "范围内没有这根在用的杆：请核对编码"))
            elif key == "go" and inventory.poles.protected[place[code]]:
                problems.append(FieldProblem(None, key, code[:80], "是须保留的杆或智能杆，不能列为拆除"))
    if problems:
        raise InvalidRecord(problems)


def _rough(place: Stations) -> list[str]:
    if not place.rough:
        return []
    roads = f"{'、'.join(place.rough[:5])}{' 等' if len(place.rough) > 5 else ''}"
    return [f"{len(place.rough)} 条道路（{roads}）没有同名的道路中心线且杆位不在一条直线上，里程按直线估算：请导入道路"]


def _solve(
    problems: list[StreetProblem], parameters: MergingParameters, progress: Progress
) -> list[Merging | Exception]:
    def going(done: int, planned: int) -> bool:
        progress.report(done / planned, f"合杆 {done:,}/{planned:,} 条道路")
        return True

    order = np.argsort([-each.poles.size for each in problems], kind="stable")
    found = merge_all([problems[place].street for place in order], parameters.seconds, keep_going=going)
    plans: list[Merging | Exception] = [JobCancelled()] * len(problems)
    for place, plan in zip(order, found, strict=True):
        assert plan is not None
        plans[int(place)] = plan
    return plans
