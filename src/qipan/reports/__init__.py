"""Faces: documents that the register and the plans are printed as.

`bill_of_quantities` (Excel), `site_layers` (GeoPackage, KML) and `map_sheets` (PDF) print the sites of a build plan,
which `read_planned` reads; `write_document` chooses by a file's ending.
"""

from __future__ import annotations

from qipan.reports.bills import bill_of_quantities
from qipan.reports.documents import endings, write_document
from qipan.reports.errors import NoChineseFont, NothingToReport, SheetsNotDrawn
from qipan.reports.layers import site_layers
from qipan.reports.planned import Heading, PlannedSites, read_planned
from qipan.reports.sheets import chinese_fonts, map_sheets
from qipan.reports.surroundings import Surroundings, Underlay, Underlays, read_surroundings
from qipan.reports.underlays import coverage_underlay

__all__ = [
    "Heading",
    "NoChineseFont",
    "NothingToReport",
    "PlannedSites",
    "SheetsNotDrawn",
    "Surroundings",
    "Underlay",
    "Underlays",
    "bill_of_quantities",
    "chinese_fonts",
    "coverage_underlay",
    "endings",
    "map_sheets",
    "read_planned",
    "read_surroundings",
    "site_layers",
    "write_document",
]
