"""What one computation of a build plan knows from the start: place, day, people, costs, gaps and candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from qipan.core import tables
from qipan.core.access import Principal, subtree
from qipan.core.catalogue import Catalogue, Placement, Source
from qipan.core.database import Database
from qipan.core.errors import NotFound
from qipan.core.ground import GroundMissing, Plane, Streets, read_plane, read_streets
from qipan.core.jobs import Progress
from qipan.core.measuring import refresh
from qipan.core.measuring.areas import Tree, read_tree
from qipan.core.placing.candidates import Candidates, candidates_of, chosen_sources, moved_to
from qipan.core.placing.demand import Demand
from qipan.core.placing.ducts import duct_distances
from qipan.core.placing.errors import CandidateProblem, NothingToPlace
from qipan.core.placing.existing import Existing, nothing_existing, owners_in_service, read_existing
from qipan.core.placing.gaps import Wanted, last_year, read_gaps
from qipan.core.placing.hosts import Doubles, Hosts, apart_from, resource_hosts, street_hosts
from qipan.core.placing.offered import offered_hosts, offered_lines, read_candidate_rows
from qipan.core.placing.parameters import BuildParameters
from qipan.core.placing.rates import rate_values
from qipan.core.scenarios import Scenario
from qipan.core.settings import as_of_day
from qipan.engines.siting import Reach

Record = dict[str, Any]


@dataclass
class Task:
    """One computation; ``years`` are those of its budgets, ``owners`` the operators it builds for."""

    database: Database
    catalogue: Catalogue
    principal: Principal
    scenario: Scenario
    placement: Placement
    parameters: BuildParameters
    plane: Plane
    day: date
    tree: Tree
    rates: Mapping[str, float]
    gaps: Sequence[Wanted]
    years: tuple[int, ...]
    owners: Sequence[int]
    existing: Existing
    candidates: Candidates
    notes: list[str] = field(default_factory=list)

    def district_of(self, area_id: int) -> int:
        """Return the district that an area lies in, 0 for an unknown area."""
        return self.tree.district(area_id) if area_id in self.tree.areas else 0

    @property
    def districts(self) -> dict[int, int]:
        """The district of every area."""
        return {one: self.tree.district(one) for one in self.tree.areas}

    def area_name(self, area_id: int) -> str:
        """Return the name of an area, empty for an unknown one."""
        return self.tree.areas[area_id].name if area_id in self.tree.areas else ""

    def unit_name(self, unit_id: int) -> str:
        """Return the name of a unit, empty for nobody in particular."""
        return self.tree.units[unit_id].name if unit_id in self.tree.units else ""

    @property
    def within(self) -> frozenset[int] | None:
        """Ids of the scenario's area with all below it, None for the whole city."""
        if self.scenario.area_id is None:
            return None
        held = {one for one in self.tree.areas if self.scenario.area_id in self.tree.lineage(one)}
        return frozenset(held)


@dataclass(frozen=True)
class Served:
    """Demand that is not settled yet and who could serve it.

    ``reach`` has a row for each candidate and a last one for what stands already; ``total`` and ``before`` (layers,)
    hold all demand, the settled included, and how much of it is served now, in the layers' units.
    """

    demand: Demand
    reach: Reach
    total: Doubles
    before: Doubles


class Method(Protocol):
    """How a kind of placement reaches demand, and what it tells of a plan beside what all plans tell."""

    def serve(self, task: Task, progress: Progress) -> Served:
        """Return the demand and who reaches it."""

    def reach_of(self, task: Task, demand: Demand, row: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the demand rows, ascending, and weights that one candidate reaches where it stands now."""

    def values(self, task: Task, source: Source, owner_id: int) -> Mapping[str, Any]:
        """Return the attributes of what is placed beside those of its source."""


def open_task(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario: Scenario,
    progress: Progress,
) -> Task:
    """Read all that a computation starts from; raises what a person can put right about it."""
    placement = placement_named(catalogue, scenario.subject)
    parameters = BuildParameters.from_json(scenario.parameters)
    plane = read_plane(database)
    progress.report(0.05, "计算目标缺口")
    snapshot = refresh(database, catalogue)
    with database.connect() as connection:
        day = as_of_day(connection)
        gaps = read_gaps(
            connection, catalogue, principal, placement, snapshot, day, parameters.plan_id, parameters.target_year
        )
        rates = rate_values(connection, catalogue)
        tree = read_tree(connection)
        owners = _owners(connection, catalogue, placement, scenario, parameters)
        progress.report(0.3, "读取候选点")
        existing = read_existing(connection, catalogue, placement, plane)
        offered = read_candidate_rows(database, parameters.candidates)
        streets = _streets(database)
        hosts = _hosts(connection, catalogue, principal, placement, parameters, plane, existing, streets, offered)
        if scenario.area_id is not None:
            held = subtree(connection, tables.area, scenario.area_id)
            hosts = hosts.take(np.isin(hosts.area_id, sorted(held)))
        progress.report(0.7, "计算造价")
        duct = duct_distances(connection, catalogue, plane, hosts.x, hosts.y)
    districts = {one: tree.district(one) for one in tree.areas}
    candidates = candidates_of(placement, hosts, existing, owners, districts, duct, rates, offered_lines(offered))
    first = parameters.first_year or (day + timedelta(days=1)).year
    last = last_year(gaps, first, parameters.target_year)
    count = len(parameters.budgets) if parameters.budgets else max(last - first + 1, 1)
    task = Task(
        database=database,
        catalogue=catalogue,
        principal=principal,
        scenario=scenario,
        placement=placement,
        parameters=parameters,
        plane=plane,
        day=day,
        tree=tree,
        rates=rates,
        gaps=gaps,
        years=tuple(range(first, first + count)),
        owners=owners,
        existing=existing,
        candidates=candidates,
    )
    for key, at in parameters.moves.items():
        task.candidates = moved(task, key, at)
    return task


def open_light_task(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario: Scenario,
    candidates: Candidates,
    plan: Mapping[str, Any],
) -> Task:
    """Return the task of a plan that was computed, from its candidates and its file, without reading the register."""
    with database.connect() as connection:
        day, rates, tree = as_of_day(connection), rate_values(connection, catalogue), read_tree(connection)
        areas = {one["area_id"] for one in plan["goals"]} - {None}
        within = {one: subtree(connection, tables.area, one) for one in areas}
    return Task(
        database=database,
        catalogue=catalogue,
        principal=principal,
        scenario=scenario,
        placement=placement_named(catalogue, scenario.subject),
        parameters=BuildParameters.from_json(scenario.parameters),
        plane=read_plane(database),
        day=day,
        tree=tree,
        rates=rates,
        gaps=[Wanted.from_json(one, within.get(one["area_id"])) for one in plan["goals"]],
        years=tuple(plan["years"]),
        owners=tuple(plan["owners"]),
        existing=nothing_existing,
        candidates=candidates,
    )


def placement_named(catalogue: Catalogue, key: str) -> Placement:
    """Return the placement of that key; NotFound names those there are."""
    if key not in catalogue.placements:
        message = f"没有建设对象 {key[:60]}：可用的有 {'、'.join(catalogue.placements)}"
        raise NotFound(message)
    return catalogue.placements[key]


def moved(task: Task, key: str, at: tuple[float, float]) -> Candidates:
    """Return the task's candidates with one of them at another longitude and latitude."""
    from qipan.core.areas import load_areas

    row = int(task.candidates.places([key])[0])
    if row < 0:
        message = f"候选点 {key[:80]} 不存在，无法移动：请刷新候选点后重试"
        raise CandidateProblem(message)
    longitude, latitude = (np.array([one]) for one in at)
    with task.database.connect() as connection:
        area = int(load_areas(connection, shapes=True).locate(longitude, latitude)[0])
        x, y = task.plane.to_plane(longitude, latitude)
    if area == 0:
        message = f"位置 {at[0]:.6f}，{at[1]:.6f} 不在本市任何区域内：请移到城市范围以内"
        raise CandidateProblem(message)
    place = (at[0], at[1], float(x[0]), float(y[0]))
    return moved_to(task.candidates, row, place, area, task.district_of(area))


def _owners(
    connection: Connection, catalogue: Catalogue, placement: Placement, scenario: Scenario, parameters: BuildParameters
) -> Sequence[int]:
    if not placement.by_operator:
        return ()
    if scenario.owner_id is not None:
        return (scenario.owner_id,)
    found = parameters.operator_ids or owners_in_service(connection, catalogue, placement)
    if not found:
        message = f"登记库中没有任何运营商的{placement.name.zh}：请在参数 operator_ids 中指明为哪些运营商建设"
        raise NothingToPlace(message)
    return tuple(found)


def _streets(database: Database) -> Streets | None:
    try:
        return read_streets(database)
    except GroundMissing:
        return None


def _hosts(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    placement: Placement,
    parameters: BuildParameters,
    plane: Plane,
    existing: Existing,
    streets: Streets | None,
    offered: Sequence[Record],
) -> Hosts:
    step = placement.street_step if parameters.street_step is None else parameters.street_step
    parts = []
    for place, source in chosen_sources(placement, parameters.sources):
        if source.kind is not None:
            parts.append(resource_hosts(connection, catalogue, principal, plane, source, place))
        elif streets is not None:
            found = street_hosts(connection, plane, streets, source, place, step)
            known = np.isfinite(existing.x)
            least = placement.spacing if parameters.spacing is None else parameters.spacing
            parts.append(apart_from(found, existing.x[known], existing.y[known], least))
    if offered:
        parts.append(offered_hosts(connection, plane, placement, offered))
    if not parts:
        message = f"{placement.name.zh}没有候选来源：请先导入道路中心线，或选择其他候选来源"
        raise NothingToPlace(message)
    return Hosts.joined(parts)
