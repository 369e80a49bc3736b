"""A build plan as documents: bill of quantities, layers of its sites, map sheets by district."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from qipan.api.context import PrincipalGiven, ServiceGiven
from qipan.api.files import file_answer, temporary

router = APIRouter(prefix="/api/scenarios/{scenario_id}", tags=["scenarios"])

_Text = Annotated[str, Query(max_length=100)]
_names = {"xlsx": "工程量清单", "gpkg": "规划站点", "kml": "规划站点", "pdf": "站点图册"}


@router.get("/export.{ending}", response_class=FileResponse)
def export(
    scenario_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    ending: Literal["xlsx", "gpkg", "kml", "pdf"],
    principal: PrincipalGiven,
    service: ServiceGiven,
    area_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    title: _Text = "",
    organisation: _Text = "",
    number: _Text = "",
    paper: Literal["A3", "A4"] = "A3",
    coverage_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> FileResponse:
    """Return the plan, or one district of it, as bill of quantities (xlsx), layers (gpkg, kml) or map sheets (pdf).

    Under the maps lies the coverage study ``coverage_id``, where one is named.
    """
    from qipan.reports import read_planned, write_document

    planned = read_planned(
        service.database, principal, scenario_id, title=title, organisation=organisation, number=number
    )
    if area_id is not None:
        planned = planned.within(area_id)
    with temporary(ending) as path:
        write_document(
            service.database, service.catalogue, principal, planned, path, paper=paper, coverage_id=coverage_id
        )
    return file_answer(path, f"{planned.heading.title}-{_names[ending]}.{ending}")
