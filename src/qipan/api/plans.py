"""Plans, their targets and tasks: reading a document, checking the reading, binding targets to indicators."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven, Writing
from qipan.core import plans
from qipan.core.jobs import Progress
from qipan.core.measuring import propose_bindings

router = APIRouter(prefix="/api", tags=["plans"])

largest_document = 200 * 2**20
"""Bytes an uploaded document may have."""

Record = dict[str, Any]
Comparator = Literal[">=", ">", "<=", "=", "range"]
Status = Literal["read", "confirmed", "changed", "added", "dismissed"]


class TargetChange(BaseModel):
    """Fields of a target; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=300)
    value: float | None = None
    value_to: float | None = None
    unit: str | None = Field(None, max_length=20)
    comparator: Comparator | None = None
    year: int | None = Field(None, ge=1949, le=2200)
    kind: Literal["target", "baseline", "measure", "coverage"] | None = None
    scope: str | None = Field(None, max_length=100)
    section: str | None = Field(None, max_length=60)
    level: Literal["floor", "aim", "stretch"] | None = None
    basis: Literal["cumulative", "in_period"] | None = None
    quote: str | None = None
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    status: Status | None = None


class Assignment(BaseModel):
    """Who answers for a task."""

    name: str = Field(min_length=1, max_length=200)
    role: Literal["lead", "responsible", "support"] = "responsible"
    unit_id: int | None = None


class TaskChange(BaseModel):
    """Fields of a task; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    heading: str | None = Field(None, max_length=300)
    section: str | None = Field(None, max_length=60)
    deadline: str | None = Field(None, max_length=40)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    status: Status | None = None
    assignments: list[Assignment] | None = None


class Binding(BaseModel):
    """Which indicator measures a target, for which area or operator."""

    indicator: str | None = None
    status: Literal["proposed", "confirmed", "refused"] = "confirmed"
    area_id: int | None = None
    owner_id: int | None = None


class LeastConfidence(BaseModel):
    """From which confidence on proposals are confirmed."""

    least_confidence: float = Field(0.9, ge=0, le=1)


@router.get("/plans")
def list_plans(_principal: PrincipalGiven, connection: Reading) -> list[Record]:
    """Return every plan with its newest version and counts."""
    return plans.list_plans(connection)


@router.post("/plans", status_code=202)
async def upload_plan(
    file: UploadFile, principal: PrincipalGiven, service: ServiceGiven, plan_id: Annotated[int | None, Form()] = None
) -> dict[str, int]:
    """Read a document as a new plan, or as a newer version of ``plan_id``; answers with the job that does it."""
    principal.require_city()
    data = await file.read(largest_document + 1)
    if len(data) > largest_document:
        raise HTTPException(413, f"文件超过 {largest_document // 2**20} MB：请拆分后上传")
    name = file.filename or "文件"

    def work(progress: Progress) -> Record:
        return plans.import_plan(
            service.database, service.catalogue, principal, data, name, plan_id=plan_id, progress=progress
        )

    return {"job_id": service.jobs.submit("read_plan", f"读取 {name}", principal, work)}


@router.get("/plans/{plan_id}")
def read_plan(plan_id: int, _principal: PrincipalGiven, connection: Reading) -> Record:
    """Return a plan with its newest document and clauses."""
    return plans.read_plan_record(connection, plan_id)


@router.delete("/plans/{plan_id}", status_code=204)
def delete_plan(plan_id: int, principal: PrincipalGiven, connection: Writing) -> None:
    """Delete a plan with all its versions; for the city only."""
    plans.delete_plan(connection, principal, plan_id)


@router.get("/plans/{plan_id}/targets")
def list_targets(plan_id: int, _principal: PrincipalGiven, connection: Reading) -> list[Record]:
    """Return the targets of a plan's newest document."""
    return plans.list_targets(connection, plan_id)


@router.post("/plans/{plan_id}/targets", status_code=201)
def add_target(plan_id: int, target: TargetChange, principal: PrincipalGiven, connection: Writing) -> Record:
    """Add a target that the reading missed."""
    return plans.add_target(connection, principal, plan_id, target.model_dump(exclude_unset=True))


@router.patch("/targets/{target_id}")
def change_target(target_id: int, change: TargetChange, principal: PrincipalGiven, connection: Writing) -> Record:
    """Correct, confirm or dismiss a target."""
    return plans.change_target(connection, principal, target_id, change.model_dump(exclude_unset=True))


@router.get("/targets/{target_id}/proposals")
def propose_indicators(
    target_id: int, _principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> list[Record]:
    """Return the indicators that could measure a target, most likely first."""
    target = plans.read_target(connection, target_id)
    return propose_bindings(service.catalogue, target)


@router.put("/targets/{target_id}/binding")
def bind_target(
    target_id: int, binding: Binding, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Confirm or refuse the indicator that measures a target."""
    return plans.bind_target(connection, service.catalogue, principal, target_id, **binding.model_dump())


@router.post("/plans/{plan_id}/bindings/confirm")
def confirm_bindings(
    plan_id: int, least: LeastConfidence, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> dict[str, int]:
    """Confirm every proposal of at least that confidence."""
    confirmed = plans.confirm_bindings(connection, service.catalogue, principal, plan_id, least.least_confidence)
    return {"confirmed": confirmed}


@router.get("/plans/{plan_id}/tasks")
def list_plan_tasks(plan_id: int, _principal: PrincipalGiven, connection: Reading) -> list[Record]:
    """Return the tasks of a plan's newest document."""
    return plans.list_tasks(connection, plan_id)


@router.post("/plans/{plan_id}/tasks", status_code=201)
def add_task(plan_id: int, task: TaskChange, principal: PrincipalGiven, connection: Writing) -> Record:
    """Add a task that the reading missed."""
    return plans.add_task(connection, principal, plan_id, task.model_dump(exclude_unset=True))


@router.patch("/tasks/{task_id}")
def change_task(task_id: int, change: TaskChange, principal: PrincipalGiven, connection: Writing) -> Record:
    """Correct, confirm or dismiss a task, or say who answers for it."""
    return plans.change_task(connection, principal, task_id, change.model_dump(exclude_unset=True))


@router.get("/tasks/units")
def list_task_units(_principal: PrincipalGiven, connection: Reading, plan_id: int | None = None) -> list[Record]:
    """Return every unit that has tasks, with how many it leads, answers for and supports."""
    return plans.task_units(connection, plan_id)


@router.get("/tasks")
def list_tasks(
    _principal: PrincipalGiven,
    connection: Reading,
    unit_id: int | None = None,
    plan_id: int | None = None,
    q: Annotated[str, Query(max_length=100)] = "",
) -> list[Record]:
    """Return tasks of all plans, of one unit or with a word where asked."""
    return plans.list_tasks(connection, plan_id, unit_id=unit_id, text=q.strip())
