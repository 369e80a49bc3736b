"""Merging plans: their streets, each street's poles before and after, and the plan as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from qipan.api.context import PrincipalGiven, Service, ServiceGiven
from qipan.api.files import file_answer, temporary
from qipan.core.access import Principal
from qipan.core.jobs import Progress
from qipan.core.scenarios import read_scenario

router = APIRouter(prefix="/api/scenarios/{scenario_id}", tags=["scenarios"])

Record = dict[str, Any]
ScenarioId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/merging")
def list_streets(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    area_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    q: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Record:
    """Return the streets of a plan, those that lose most poles first, with the number of all that match."""
    from qipan.domains.poles.merging import read_plan

    rows = read_plan(service.database, principal, scenario_id, "streets").to_pylist()
    rows = [one for one in rows if (area_id is None or one["district_id"] == area_id) and q in one["road"]]
    rows.sort(key=lambda one: (one["poles_after"] - one["poles_before"], one["street"]))
    return {"total": len(rows), "items": rows[offset : offset + limit]}


@router.get("/merging/{street}")
def read_one(
    scenario_id: ScenarioId,
    street: Annotated[int, Path(ge=0, le=2**31 - 1)],
    principal: PrincipalGiven,
    service: ServiceGiven,
) -> Record:
    """Return one street: its poles with what becomes of them and why, and the devices that move."""
    from qipan.domains.poles.merging import read_street

    return read_street(service.database, principal, scenario_id, street)


@router.post("/merging/enter", status_code=202)
def enter(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, int]:
    """Enter the plan into the register: planned smart poles, marked poles and devices; answers with the job."""
    from qipan.domains.poles.merging import enter_merging

    return _submit(service, principal, scenario_id, "转入登记库", enter_merging)


@router.post("/merging/withdraw", status_code=202)
def withdraw(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, int]:
    """Take an entered plan back from the register; answers with the job that does it."""
    from qipan.domains.poles.merging import withdraw_merging

    return _submit(service, principal, scenario_id, "撤回合杆方案", withdraw_merging)


def _submit(
    service: Service, principal: Principal, scenario_id: int, title: str, work: Callable[..., Record]
) -> dict[str, int]:
    with service.database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "merging")
    principal.require_write(scenario.area_id, scenario.owner_id)

    def run(progress: Progress) -> Record:
        return work(service.database, service.catalogue, principal, scenario_id, progress)

    return {"job_id": service.jobs.submit("enter_plan", f"{title}：{scenario.name}"[:300], principal, run)}


@router.get("/merging.{ending}", response_class=FileResponse)
def export(
    scenario_id: ScenarioId, ending: Literal["xlsx", "gpkg", "kml"], principal: PrincipalGiven, service: ServiceGiven
) -> FileResponse:
    """Return the plan as an Excel workbook, a GeoPackage or a KML file."""
    from qipan.domains.poles.merging import export_plan

    with temporary(ending) as path:
        export_plan(service.database, principal, scenario_id, path)
    return file_answer(path, f"合杆方案-{scenario_id}.{ending}")
