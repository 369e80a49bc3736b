"""Jobs: what runs, how far it is, and stopping it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from qipan.api.context import PrincipalGiven, ServiceGiven

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("id", "kind", "title", "state", "progress", "stage", "log", "result", "created_at", "finished_at")
    return {key: row[key] for key in keys}


@router.get("")
def list_jobs(
    principal: PrincipalGiven, service: ServiceGiven, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> list[dict[str, Any]]:
    """Return the newest jobs one may see."""
    return [_shown(row) for row in service.jobs.newest(principal, limit)]


@router.get("/{job_id}")
def read_job(job_id: int, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, Any]:
    """Return one job as it stands now."""
    return _shown(service.jobs.read(job_id, principal))


@router.get("/{job_id}/file", response_class=FileResponse)
def read_file(job_id: int, principal: PrincipalGiven, service: ServiceGiven) -> FileResponse:
    """Return the file that a job made, as long as it is kept."""
    service.jobs.read(job_id, principal)
    path, name = service.made.find(job_id)
    return FileResponse(path, filename=name)


@router.post("/{job_id}/cancel", status_code=202)
def cancel_job(job_id: int, principal: PrincipalGiven, service: ServiceGiven) -> dict[str, Any]:
    """Ask a job to stop; nothing of it is kept."""
    service.jobs.read(job_id, principal)
    service.jobs.cancel(job_id)
    return _shown(service.jobs.read(job_id, principal))
