"""Build plans: the cost table, chosen sites and their reasons, pins, comparison, entering the register, approvals."""

from __future__ import annotations

from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from qipan.api.context import PrincipalGiven, Reading, Service, ServiceGiven, Writing
from qipan.api.register import read_box
from qipan.api.scenarios import ScenarioId
from qipan.core import placing, tables
from qipan.core.access import Principal, subtree
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.ground import read_plane
from qipan.core.jobs import Progress
from qipan.core.scenarios import Scenario, read_scenario, scenario_folder

router = APIRouter(prefix="/api", tags=["building"])

largest_table = 5 << 20
"""Bytes an uploaded cost table may have."""

Record = dict[str, Any]
_Limit = Annotated[int, Query(ge=1, le=5000)]
_Offset = Annotated[int, Query(ge=0, le=10_000_000)]
_excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RateValue(BaseModel):
    """The office's figure, or None for the default."""

    model_config = ConfigDict(extra="forbid")

    value: float | None = Field(allow_inf_nan=False)


class Place(BaseModel):
    """A place in degrees."""

    model_config = ConfigDict(extra="forbid")

    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)


class Pin(BaseModel):
    """What is done to one candidate: a ``pin`` set or taken back, or where it is ``moved`` to.

    ``changes`` of other sites are allowed beyond those that a condition needs, only where they pay.
    """

    model_config = ConfigDict(extra="forbid")

    candidate: str = Field(min_length=1, max_length=120)
    pin: Literal["mandatory", "forbidden"] | None = None
    moved: Place | None = None
    changes: int = Field(placing.usual_changes, ge=0, le=placing.most_changes)
    version: int | None = None


class Decision(BaseModel):
    """The decision on one step of approval."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["waiting", "approved", "refused"]
    note: str = Field("", max_length=2000)
    decided_on: date | None = None


@router.get("/rates")
def list_rates(_principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> list[Record]:
    """Return the cost table."""
    return placing.list_rates(connection, service.catalogue)


@router.put("/rates/{key}")
def set_rate(
    key: str, rate: RateValue, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Set one figure of the cost table; for the city only."""
    return placing.set_rate(connection, service.catalogue, principal, key, rate.value)


@router.get("/rates.xlsx", response_class=Response)
def read_rates_file(_principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Response:
    """Return the cost table as an Excel workbook."""
    content = placing.write_rates(connection, service.catalogue)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote('造价表.xlsx')}"}
    return Response(content, media_type=_excel, headers=headers)


@router.post("/rates.xlsx")
def take_rates_file(file: UploadFile, principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> Record:
    """Take an edited cost table, all lines or none; for the city only."""
    content = file.file.read(largest_table + 1)
    if len(content) > largest_table:
        raise HTTPException(413, f"造价表超过 {largest_table >> 20} MB：请上传系统导出的表")
    return placing.read_rates(connection, service.catalogue, principal, content)


@router.get("/holidays")
def list_holidays(_principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> list[placing.SpecialDay]:
    """Return the days that are not what their weekday says: holidays, and weekends worked in their place."""
    return placing.special_days(connection, service.catalogue)


@router.get("/holidays.csv", response_class=Response)
def read_holidays_file(_principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Response:
    """Return the table of holidays as CSV."""
    content = placing.write_special_days(connection, service.catalogue)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote('节假日表.csv')}"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/holidays.csv")
def take_holidays_file(
    file: UploadFile, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Take an edited table of holidays, all rows or none; for the city only."""
    content = file.file.read(largest_table + 1)
    if len(content) > largest_table:
        raise HTTPException(413, f"节假日表超过 {largest_table >> 20} MB：请上传系统导出的表")
    name = file.filename or "节假日表.csv"
    return placing.read_special_days(connection, service.catalogue, principal, content, name)


@router.delete("/holidays", status_code=200)
def reset_holidays(principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> Record:
    """Go back to the table that comes with the program; for the city only."""
    return placing.reset_special_days(connection, service.catalogue, principal)


@router.get("/scenarios/compare")
def compare(
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    ids: Annotated[str, Query(max_length=200, pattern=r"^\d+(,\d+)*$")],
) -> Record:
    """Return computed plans side by side."""
    numbers = [int(one) for one in ids.split(",")]
    if max(numbers) >= 2**63:
        raise InvalidRecord([FieldProblem(None, "ids", ids[:80], "编号过大")])
    return placing.compare_plans(connection, service.database, principal, numbers)


@router.get("/scenarios/{scenario_id}/sites")
def list_sites(
    scenario_id: ScenarioId,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    area_id: int | None = None,
    year: int | None = None,
    owner_id: int | None = None,
    source: str | None = None,
    limit: _Limit = 500,
    offset: _Offset = 0,
) -> Record:
    """Return the chosen sites with their bills and reasons."""
    _, folder = _plan(service, principal, scenario_id)
    area_ids = None if area_id is None else subtree(connection, tables.area, area_id)
    where: Record = {"year": year, "owner_id": owner_id, "source": source, "limit": limit, "offset": offset}
    return placing.list_sites(folder, area_ids=area_ids, **where)


@router.get("/scenarios/{scenario_id}/sites.geojson")
def map_sites(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Return the chosen sites as points."""
    return placing.sites_map(_plan(service, principal, scenario_id)[1])


@router.get("/scenarios/{scenario_id}/candidates.geojson")
def map_candidates(
    scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven, bbox: str | None = None
) -> Record:
    """Return what there was to choose from, as points."""
    scenario, folder = _plan(service, principal, scenario_id)
    placement = placing.placement_named(service.catalogue, scenario.subject)
    pins = dict(scenario.parameters.get("pins") or {})
    sources = [one.key for one in placement.sources]
    return placing.candidates_map(placing.open_plan(folder), sources, pins, read_box(bbox))


@router.get("/scenarios/{scenario_id}/demand.geojson")
def map_demand(
    scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven, bbox: str | None = None
) -> Record:
    """Return the demand and what serves it, as points."""
    scenario, folder = _plan(service, principal, scenario_id)
    layers = [one.key for one in placing.placement_named(service.catalogue, scenario.subject).layers]
    return placing.demand_map(placing.open_plan(folder), read_plane(service.database), layers, read_box(bbox))


@router.get("/scenarios/{scenario_id}/conversions")
def list_conversions(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> list[Record]:
    """Return the stations to be converted to direct power; empty for a plan without any."""
    _, folder = _plan(service, principal, scenario_id)
    if not (folder / "conversions.parquet").exists():
        return []
    rows: list[Record] = placing.read_table(folder, "conversions").to_pylist()
    return rows


@router.patch("/scenarios/{scenario_id}/pins")
def change_pin(scenario_id: ScenarioId, pin: Pin, principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Pin, forbid, free or move one candidate and solve its district again."""
    from qipan.domains.mobile.building import change_build

    moving = "moved" in pin.model_fields_set
    at = None if pin.moved is None else (pin.moved.longitude, pin.moved.latitude)
    change = placing.PinChange(pin.candidate, pin.pin, moving, at, pin.changes)
    found = change_build(service.database, service.catalogue, principal, scenario_id, change, pin.version)
    folder = scenario_folder(service.database, scenario_id)
    return found | {"added": placing.sites_named(folder, found["added"])}


@router.get("/scenarios/{scenario_id}/sensitivity")
def read_sensitivity(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> Record:
    """Return what less or more money would cover."""
    scenario, folder = _plan(service, principal, scenario_id)
    plan, summary = placing.read_plan(folder), scenario.summary or {}
    return {
        "points": summary.get("sensitivity", []),
        "budget": sum(plan["budgets"]),
        "covered": summary.get("objective"),
        "total": plan["weight"],
    }


@router.post("/scenarios/{scenario_id}/enter", status_code=202)
def enter(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, int]:
    """Enter the chosen sites into the register as planned resources; answers with the job that does it."""
    scenario, _ = _plan(service, principal, scenario_id)
    principal.require_write(scenario.area_id, scenario.owner_id)

    def work(progress: Progress) -> Record:
        from qipan.domains.mobile.building import enter_build

        return enter_build(service.database, service.catalogue, principal, scenario_id, progress)

    return {"job_id": service.jobs.submit("enter_plan", f"转入登记库：{scenario.name}"[:300], principal, work)}


@router.get("/approvals")
def list_approvals(
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    scenario_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    resource: Annotated[str | None, Query(max_length=40)] = None,
    step: Annotated[str | None, Query(max_length=40)] = None,
    decision: Literal["waiting", "approved", "refused"] | None = None,
    overdue: bool | None = None,
    limit: _Limit = 200,
    offset: _Offset = 0,
) -> Record:
    """Return steps of approval, those that began first at the head, with counts by step."""
    ids = None
    if scenario_id is not None:
        read_scenario(connection, principal, scenario_id)
        ids = placing.entered_ids(service.database, scenario_id)
    where: Record = {"code": resource, "step": step, "decision": decision, "overdue": overdue}
    where |= {"limit": limit, "offset": offset, "resource_ids": ids}
    return placing.list_approvals(connection, service.catalogue, principal, **where)


@router.patch("/approvals/{approval_id}")
def decide(
    approval_id: ScenarioId, given: Decision, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Decide one step of approval."""
    return placing.decide(
        connection, service.catalogue, principal, approval_id, given.decision, given.note, given.decided_on
    )


def _plan(service: Service, principal: Principal, scenario_id: int) -> tuple[Scenario, FilePath]:
    """Return a build scenario that one may see and its folder."""
    with service.database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, "build")
    return scenario, scenario_folder(service.database, scenario_id)
