"""Candidate sites that an office brings along: the workbook to fill in, what it holds taken, what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Response, UploadFile

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven
from qipan.api.scenarios import ScenarioId
from qipan.core import placing

router = APIRouter(prefix="/api/scenarios/{scenario_id}", tags=["building"])

largest_file = 20 << 20
"""Bytes a file of candidates may have."""
_excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Datum = Annotated[str, Form(max_length=40, description="wgs84, cgcs2000, gcj02, bd09 or gauss_kruger:EPSG")]


@router.get("/candidates.xlsx", response_class=Response)
def read_workbook(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> Response:
    """Return the workbook to fill in: candidates it has already, every column explained, examples of the register."""
    name, content = placing.write_candidate_workbook(service.database, service.catalogue, principal, scenario_id)
    return _workbook(content, f"候选点-{name}.xlsx")


@router.post("/candidates.xlsx")
def take(
    scenario_id: ScenarioId,
    file: UploadFile,
    principal: PrincipalGiven,
    service: ServiceGiven,
    datum: _Datum = "wgs84",
) -> dict[str, Any]:
    """Take candidates with costs of their own from Excel or CSV in place of those before, all rows or none."""
    content, name = _content(file)
    return placing.take_candidates(service.database, service.catalogue, principal, scenario_id, content, name, datum)


@router.post("/candidates/problems.xlsx", response_class=Response)
def list_problems(
    scenario_id: ScenarioId,
    file: UploadFile,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    datum: _Datum = "wgs84",
) -> Response:
    """Return every problem of a file of candidates as a workbook; nothing is written."""
    content, name = _content(file)
    listed = placing.write_problem_workbook(connection, service.catalogue, principal, scenario_id, content, name, datum)
    return _workbook(listed, "候选点问题清单.xlsx")


@router.delete("/candidates", status_code=204)
def drop(scenario_id: ScenarioId, principal: PrincipalGiven, service: ServiceGiven) -> None:
    """Leave the scenario without candidates of its own."""
    placing.drop_candidates(service.database, principal, scenario_id)


def _content(file: UploadFile) -> tuple[bytes, str]:
    content = file.file.read(largest_file + 1)
    if len(content) > largest_file:
        raise HTTPException(413, f"候选点文件超过 {largest_file >> 20} MB：请分为几个方案上传")
    return content, (file.filename or "候选点")[:200]


def _workbook(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=_excel, headers=headers)
