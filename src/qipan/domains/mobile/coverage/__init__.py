"""5G coverage of the whole city: computed on the register and the ground, summed up, published and handed out."""

from __future__ import annotations

from qipan.domains.mobile.coverage.antennas import KnownAntenna, import_antenna, list_antennas, load_antennas
from qipan.domains.mobile.coverage.errors import BadAntennaFile, NothingToCompute, StudyMissing
from qipan.domains.mobile.coverage.exports import export_formats, export_study, visible_cells
from qipan.domains.mobile.coverage.first import first_study, standard_name
from qipan.domains.mobile.coverage.metrics import metric, metric_keys
from qipan.domains.mobile.coverage.parameters import CoverageParameters
from qipan.domains.mobile.coverage.publishing import publish_coverage
from qipan.domains.mobile.coverage.run import run_coverage
from qipan.domains.mobile.coverage.showing import visible_summary
from qipan.domains.mobile.coverage.store import Grid, Study, StudyLayer, engine_cells, open_study
from qipan.domains.mobile.coverage.venues import study_venues

__all__ = [
    "BadAntennaFile",
    "CoverageParameters",
    "Grid",
    "KnownAntenna",
    "NothingToCompute",
    "Study",
    "StudyLayer",
    "StudyMissing",
    "engine_cells",
    "export_formats",
    "export_study",
    "first_study",
    "import_antenna",
    "list_antennas",
    "load_antennas",
    "metric",
    "metric_keys",
    "open_study",
    "publish_coverage",
    "run_coverage",
    "standard_name",
    "study_venues",
    "visible_cells",
    "visible_summary",
]
