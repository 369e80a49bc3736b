"""A build plan as documents need it: its heading, its sites and their bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.placing.files import read_lines, read_sites
from qipan.core.scenarios import read_scenario, scenario_folder
from qipan.core.settings import as_of_day
from qipan.reports.errors import NothingToReport


@dataclass(frozen=True)
class Heading:
    """What stands at the head of a document."""

    title: str
    organisation: str = ""
    """编制单位"""
    number: str = ""
    """编号"""
    day: date | None = None
    """编制日期"""


@dataclass(frozen=True)
class PlannedSites:
    """The sites of a plan and what each costs.

    ``sites`` has the columns ``site`` (number from 1), ``name``, ``source_name``, ``kind``, ``owner``, ``area``,
    ``district_id``, ``district``, ``longitude``, ``latitude``, ``height`` (m), ``year``, ``capital``, ``yearly`` (yuan)
    and ``reason``; ``lines`` has ``site``, ``line``, ``name``, ``unit``, ``quantity``, ``price``, ``amount`` (yuan) and
    ``yearly`` (whether it is paid every year).
    """

    heading: Heading
    sites: pa.Table
    lines: pa.Table

    def within(self, district_id: int) -> PlannedSites:
        """Return the sites of one district with their lines; NothingToReport where it has none."""
        sites = self.sites.filter(pc.equal(self.sites["district_id"], district_id))
        if not sites.num_rows:
            message = f"方案“{self.heading.title}”在所选区域没有站点：请选择其他区域"
            raise NothingToReport(message)
        lines = self.lines.filter(pc.is_in(self.lines["site"], sites["site"].combine_chunks()))
        return replace(self, sites=sites, lines=lines)


def read_planned(
    database: Database,
    principal: Principal,
    scenario_id: int,
    *,
    title: str = "",
    organisation: str = "",
    number: str = "",
) -> PlannedSites:
    """Return a computed build plan that ``principal`` may see, headed by its own name where no title is given.

    Raises NotFound, PlanMissing where it was not computed, NothingToReport where it chose no site.
    """
    with database.connect() as connection:
        scenario = read_scenario(connection, principal, scenario_id, kind="build")
        day = as_of_day(connection)
    folder = scenario_folder(database, scenario_id)
    sites, lines = read_sites(folder), read_lines(folder)
    if not sites.num_rows:
        message = f"方案“{scenario.name}”没有选出站点：请提高预算或放宽条件后重新计算"
        raise NothingToReport(message)
    heading = Heading(title or scenario.name, organisation, number or f"QP-{day:%Y}-{scenario_id:04d}", day)
    return PlannedSites(heading, sites, lines)
