"""Scenarios of every kind: listed, made, changed, copied, deleted and computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from qipan.api.context import PrincipalGiven, Reading, Service, ServiceGiven, Writing
from qipan.core.access import Principal
from qipan.core.jobs import Progress
from qipan.core.scenarios import (
    Scenario,
    copy_scenario,
    create_scenario,
    list_scenarios,
    read_scenario,
    remove_scenario,
    settle_scenarios,
    update_scenario,
)

router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])

Record = dict[str, Any]
Kind = Literal["coverage", "build", "merging"]
ScenarioId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Id = Annotated[int | None, Field(ge=1, le=2**63 - 1)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]

_runs: dict[Kind, tuple[str, str, str]] = {
    "coverage": ("覆盖计算", "qipan.domains.mobile.coverage", "run_coverage"),
    "build": ("建设方案", "qipan.domains.mobile.building", "run_build"),
    "merging": ("合杆方案", "qipan.domains.poles.merging", "run_merging"),
}
"""By kind: its name, and the function that computes it; engines are loaded when the first of a kind is computed."""

_shown: dict[str, tuple[str, str]] = {"coverage": ("qipan.domains.mobile.coverage", "visible_summary")}
"""By kind: the function that leaves out of a summary what a person may not see; all see the others whole."""


class ScenarioNew(BaseModel):
    """A scenario to be made."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    subject: str = Field(min_length=1, max_length=60)
    name: _Name
    parameters: Record = Field(default_factory=dict)
    area_id: _Id = None
    owner_id: _Id = None
    based_on_id: _Id = None


class ScenarioChange(BaseModel):
    """Fields of a scenario; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: _Name | None = None
    parameters: Record | None = None
    area_id: _Id = None
    owner_id: _Id = None
    published: bool | None = None
    version: int | None = None


class CopyNamed(BaseModel):
    """The name of a copy."""

    model_config = ConfigDict(extra="forbid")

    name: _Name


@router.get("")
def list_all(
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    kind: Kind | None = None,
    subject: str | None = None,
) -> list[Record]:
    """Return the scenarios one may see, newest first, without their summaries."""
    found = list_scenarios(connection, principal, kind=kind, subject=subject)
    if any(one.state == "computing" for one in found) and settle_scenarios(service.database):
        with service.database.connect() as settled:
            found = list_scenarios(settled, principal, kind=kind, subject=subject)
    return [{key: value for key, value in asdict(one).items() if key != "summary"} for one in found]


@router.post("", status_code=201)
def add(scenario: ScenarioNew, principal: PrincipalGiven, connection: Writing) -> Record:
    """Make a draft."""
    return asdict(create_scenario(connection, principal, **scenario.model_dump()))


@router.get("/{scenario_id}")
def read(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Record:
    """Return one scenario with its summary."""
    found = read_scenario(connection, principal, scenario_id)
    if found.state == "computing" and settle_scenarios(service.database):
        with service.database.connect() as settled:
            found = read_scenario(settled, principal, scenario_id)
    return _as_seen(connection, principal, found)


def _as_seen(connection: Connection, principal: Principal, scenario: Scenario) -> Record:
    """Return a scenario with what of its summary a person may see."""
    record = asdict(scenario)
    if record["summary"] is not None and scenario.kind in _shown:
        module, name = _shown[scenario.kind]
        narrowed: Callable[..., Record] = getattr(import_module(module), name)
        record["summary"] = narrowed(connection, principal, record["summary"])
    return record


@router.patch("/{scenario_id}")
def change(scenario_id: ScenarioId, values: ScenarioChange, principal: PrincipalGiven, connection: Writing) -> Record:
    """Change a scenario; refused where someone else changed it since ``version``."""
    given = values.model_dump(exclude_unset=True, exclude={"version"})
    return _as_seen(connection, principal, update_scenario(connection, principal, scenario_id, given, values.version))


@router.delete("/{scenario_id}", status_code=204)
def delete(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> None:
    """Delete a scenario and its files."""
    remove_scenario(service.database, principal, scenario_id)


@router.post("/{scenario_id}/copy", status_code=201)
def copy(scenario_id: ScenarioId, named: CopyNamed, principal: PrincipalGiven, connection: Writing) -> Record:
    """Make a draft with the same parameters."""
    return asdict(copy_scenario(connection, principal, scenario_id, named.name))


@router.post("/{scenario_id}/compute", status_code=202)
def compute(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, int]:
    """Compute a scenario; answers with the job that does it."""
    with service.database.connect() as connection:
        found = read_scenario(connection, principal, scenario_id)
    principal.require_write(found.area_id, found.owner_id)
    return {"job_id": submit(service, principal, found)}


def submit(service: Service, principal: Principal, scenario: Scenario) -> int:
    """Queue the computation of a scenario and return the job's id."""
    title, module, name = _runs[scenario.kind]  # type: ignore[index]

    def work(progress: Progress) -> Record:
        run: Callable[..., Record] = getattr(import_module(module), name)
        return run(service.database, service.catalogue, principal, scenario.id, progress)

    return service.jobs.submit(scenario.kind, f"{title}：{scenario.name}"[:300], principal, work)
