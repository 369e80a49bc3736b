"""Looking at a coverage study: tiles of its metrics, what is received at a point, the path to it, its cells."""

from __future__ import annotations

from qipan.domains.mobile.inspection.masts import CellFeature, cell_number, cells_within, visible_cells
from qipan.domains.mobile.inspection.opened import OpenStudies, OpenStudy
from qipan.domains.mobile.inspection.paths import read_path
from qipan.domains.mobile.inspection.points import read_point, study_bounds
from qipan.domains.mobile.inspection.tiles import draw_tile, draw_values, empty_tile

__all__ = [
    "CellFeature",
    "OpenStudies",
    "OpenStudy",
    "cell_number",
    "cells_within",
    "draw_tile",
    "draw_values",
    "empty_tile",
    "read_path",
    "read_point",
    "study_bounds",
    "visible_cells",
]
