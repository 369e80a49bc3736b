"""Where every target stands, where every number comes from, and the figures that only people know."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from qipan.api.context import PrincipalGiven, Reading, Service, ServiceGiven, Writing
from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.database import insert_row
from qipan.core.errors import NotFound
from qipan.core.history import open_change_set
from qipan.core.measuring import (
    OverviewFilter,
    Snapshot,
    describe_indicator,
    describe_statuses,
    issue_form,
    list_indicator_values,
    list_measurements,
    overview,
    plan_rules,
    read_form,
    record_measurement,
    refresh,
    set_plan_rules,
)
from qipan.core.settings import as_of_day

router = APIRouter(prefix="/api", tags=["measuring"])

largest_evidence = 50 << 20
"""Bytes a file of evidence may have."""

Record = dict[str, Any]


class MeasurementNew(BaseModel):
    """A figure that someone reports, or a correction of one."""

    model_config = ConfigDict(extra="forbid")

    indicator: str
    area_id: int
    owner_id: int | None = None
    period_end: date
    value: float | None = None
    source: str = Field("", max_length=500)
    evidence_id: int | None = None
    supersedes_id: int | None = None


def snapshot_of(service: Service) -> Snapshot:
    """Return the figures' snapshot, brought up to the register's newest change."""
    return refresh(service.database, service.catalogue)


@router.get("/vocabulary/statuses")
def list_statuses(_principal: PrincipalGiven, service: ServiceGiven) -> list[Record]:
    """Return the statuses a target can have, with their colour and rule."""
    return [asdict(status) for status in describe_statuses(service.catalogue)]


@router.get("/overview")
def read_overview(
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    plan_id: int | None = None,
    section: Annotated[str, Query(max_length=60)] = "",
    area_id: int | None = None,
    unit_id: int | None = None,
    as_of: date | None = None,
) -> Record:
    """Return every target with its baseline, value now, path, four numbers, status and forecast."""
    where = OverviewFilter(plan_id, section, area_id, unit_id)
    day = as_of or as_of_day(connection)
    return overview(connection, service.catalogue, snapshot_of(service), principal, day, where)


@router.get("/indicators")
def list_indicators(
    principal: PrincipalGiven, service: ServiceGiven, connection: Reading, as_of: date | None = None
) -> list[Record]:
    """Return every indicator with its value now and how many targets it measures."""
    day = as_of or as_of_day(connection)
    return list_indicator_values(connection, service.catalogue, snapshot_of(service), principal, day)


@router.get("/indicators/{key}")
def read_indicator(
    key: str,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
    as_of: date | None = None,
    area_id: int | None = None,
    unit_id: int | None = None,
) -> Record:
    """Return one indicator by area and operator, with the parts of its formula and the figures reported."""
    day = as_of or as_of_day(connection)
    places = {"area_id": area_id, "unit_id": unit_id}
    return describe_indicator(connection, service.catalogue, snapshot_of(service), principal, key, day, **places)


@router.get("/plans/{plan_id}/rules")
def read_rules(plan_id: int, _principal: PrincipalGiven, service: ServiceGiven, connection: Reading) -> Record:
    """Return the thresholds and the path rule by which a plan's targets are judged."""
    return asdict(plan_rules(connection, service.catalogue, plan_id))


@router.put("/plans/{plan_id}/rules")
def change_rules(
    plan_id: int, values: Record, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Set a plan's own thresholds and path rule; for the city only."""
    return asdict(set_plan_rules(connection, service.catalogue, principal, plan_id, values))


@router.get("/measurements")
def read_measurements(
    principal: PrincipalGiven, connection: Reading, indicator: str | None = None, area_id: int | None = None
) -> list[Record]:
    """Return reported figures, newest period first."""
    return list_measurements(connection, principal, indicator=indicator, area_id=area_id)


@router.post("/measurements", status_code=201)
def add_measurement(
    measurement: MeasurementNew, principal: PrincipalGiven, service: ServiceGiven, connection: Writing
) -> Record:
    """Report a figure, or correct one by superseding it."""
    return record_measurement(connection, service.catalogue, principal, measurement.model_dump())


@router.get("/forms/{unit_id}.xlsx", response_class=Response)
def read_issued_form(
    unit_id: int, principal: PrincipalGiven, service: ServiceGiven, connection: Reading, as_of: date | None = None
) -> Response:
    """Return the Excel form in which a unit reports the figures that only it knows."""
    content = issue_form(connection, service.catalogue, principal, unit_id, as_of or as_of_day(connection))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote('指标填报表.xlsx')}"}
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(content, media_type=media_type, headers=headers)


@router.post("/forms", status_code=201)
def take_form(file: UploadFile, principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> Record:
    """Enter the figures of a filled form, all or none."""
    content = file.file.read(largest_evidence + 1)
    if len(content) > largest_evidence:
        raise HTTPException(413, f"填报表超过 {largest_evidence >> 20} MB：请上传系统发放的填报表")
    return read_form(connection, service.catalogue, principal, content)


@router.post("/evidence", status_code=201)
def add_evidence(
    file: UploadFile,
    principal: PrincipalGiven,
    connection: Writing,
    area_id: Annotated[int | None, Form()] = None,
    unit_id: Annotated[int | None, Form()] = None,
) -> Record:
    """Keep a file that backs a figure."""
    principal.require_write(area_id, unit_id)
    content = file.file.read(largest_evidence + 1)
    if len(content) > largest_evidence:
        raise HTTPException(413, f"佐证文件超过 {largest_evidence >> 20} MB：请压缩或拆分")
    name, digest = file.filename or "佐证", hashlib.sha256(content).hexdigest()
    change_set = open_change_set(connection, principal, "create", f"上传佐证 {name}")
    facts = {"sha256": digest, "filename": name[:300], "size": len(content)}
    stored = {"media_type": file.content_type or "application/octet-stream", "content": content}
    place = {"area_id": area_id, "unit_id": unit_id, "created_in": change_set}
    evidence_id = insert_row(connection, tables.evidence, facts | stored | place)
    return {"id": evidence_id} | facts


@router.get("/evidence/{evidence_id}", response_class=Response)
def read_evidence(evidence_id: int, principal: PrincipalGiven, connection: Reading) -> Response:
    """Return a file of evidence."""
    row = _evidence(connection, evidence_id, principal)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['filename'])}"}
    return Response(row["content"], media_type=row["media_type"], headers=headers)


def _evidence(connection: Connection, evidence_id: int, principal: Principal) -> Record:
    row = connection.execute(select(tables.evidence).where(tables.evidence.c.id == evidence_id)).one_or_none()
    if row is None or not principal.sees(row.area_id, row.unit_id):
        message = f"没有编号为 {evidence_id} 的佐证，或无权查看"
        raise NotFound(message)
    return dict(row._mapping)
