"""Writing a build plan as the document that a file's ending names."""

from __future__ import annotations

from pathlib import Path

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.jobs import Progress
from qipan.reports.bills import bill_of_quantities
from qipan.reports.layers import site_layers
from qipan.reports.planned import PlannedSites
from qipan.reports.sheets import Paper, map_sheets
from qipan.reports.underlays import coverage_underlay

endings = ("xlsx", "gpkg", "kml", "pdf")
"""Endings of the documents that there are: bill of quantities, two forms of layers, map sheets."""


def write_document(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    planned: PlannedSites,
    path: Path,
    *,
    paper: Paper = "A3",
    coverage_id: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a plan to ``path`` in the form that its ending names and return the number of sites.

    Under map sheets lies the coverage study ``coverage_id``, where one is given. Raises InvalidRecord for another
    ending, NothingToReport, NoChineseFont, SheetsNotDrawn, JobCancelled.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in endings:
        reason = f"应为其中之一：{'、'.join(endings)}"
        raise InvalidRecord([FieldProblem(None, "格式", ending[:20], reason)])
    if ending == "xlsx":
        bill_of_quantities(planned, path)
    elif ending == "pdf":
        under = None if coverage_id is None else coverage_underlay(database, catalogue, principal, coverage_id)
        path.write_bytes(
            map_sheets(database, catalogue, principal, planned, paper=paper, underlay=under, progress=progress)
        )
    else:
        site_layers(planned, path)
    return int(planned.sites.num_rows)
