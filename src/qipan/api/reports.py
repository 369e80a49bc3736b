"""A build plan as documents: bill of quantities, layers of its sites, map sheets by district."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse

from qipan.api.context import PrincipalGiven, Service, ServiceGiven
from qipan.api.files import file_answer, submit_file, temporary
from qipan.core.jobs import Progress

if TYPE_CHECKING:
    from qipan.core.access import Principal
    from qipan.reports import PlannedSites

router = APIRouter(prefix="/api/scenarios/{scenario_id}", tags=["scenarios"])

_Text = Annotated[str, Query(max_length=100)]
_Id = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
_names = {"xlsx": "工程量清单", "gpkg": "规划站点", "kml": "规划站点", "pdf": "站点图册"}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written: the plan's sites, in which form, and under what name it is sent."""

    service: Service
    principal: Principal
    planned: PlannedSites
    ending: str
    paper: Literal["A3", "A4"]
    coverage_id: int | None

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.planned.heading.title}-{_names[self.ending]}.{self.ending}"

    def write(self, path: FilePath, progress: Progress | None = None) -> None:
        """Write the document, telling ``progress``."""
        from qipan.reports import write_document

        write_document(
            self.service.database,
            self.service.catalogue,
            self.principal,
            self.planned,
            path,
            paper=self.paper,
            coverage_id=self.coverage_id,
            progress=progress,
        )


def _order(
    scenario_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    ending: Literal["xlsx", "gpkg", "kml", "pdf"],
    principal: PrincipalGiven,
    service: ServiceGiven,
    area_id: _Id = None,
    title: _Text = "",
    organisation: _Text = "",
    number: _Text = "",
    paper: Literal["A3", "A4"] = "A3",
    coverage_id: _Id = None,
) -> Order:
    from qipan.reports import read_planned

    planned = read_planned(
        service.database, principal, scenario_id, title=title, organisation=organisation, number=number
    )
    if area_id is not None:
        planned = planned.within(area_id)
    return Order(service, principal, planned, ending, paper, coverage_id)


OrderGiven = Annotated[Order, Depends(_order)]


@router.get("/export.{ending}", response_class=FileResponse)
def export(order: OrderGiven) -> FileResponse:
    """Return the plan, or one district of it, as bill of quantities (xlsx), layers (gpkg, kml) or map sheets (pdf).

    Under the maps lies the coverage study ``coverage_id``, where one is named.
    """
    with temporary(order.ending) as path:
        order.write(path)
    return file_answer(path, order.name)


@router.post("/export.{ending}", status_code=202)
def make(order: OrderGiven) -> dict[str, int]:
    """Make the same document as a job; its result says where to fetch it."""
    return submit_file(order.service, order.principal, order.name, order.ending, order.write)
