"""Coverage as a picture under map sheets."""

from __future__ import annotations

import numpy as np

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, Metric
from qipan.core.database import Database
from qipan.core.errors import NotFound
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import metric as metric_values
from qipan.domains.mobile.coverage import open_study
from qipan.engines.tiling import classes_of, encode_png
from qipan.reports.surroundings import Box, Underlay, Underlays

_most_pixels = 1_600
"""Pixels along the longer side of a picture: 0.2 mm on A3."""


def coverage_underlay(
    database: Database, catalogue: Catalogue, principal: Principal, coverage_id: int, metric: str = "rsrp"
) -> Underlays:
    """Return what draws one metric of a coverage study, all operators together, in the colours of the catalogue.

    Raises NotFound for a study or metric that is not there, StudyMissing where it was not computed.
    """
    with database.connect() as connection:
        read_scenario(connection, principal, coverage_id, kind="coverage")
    if metric not in catalogue.metrics:
        message = f"没有指标图“{metric[:40]}”：可用的有 {'、'.join(catalogue.metrics)}"
        raise NotFound(message)
    study, legend = open_study(database, coverage_id), catalogue.metrics[metric]
    grid = study.grid

    def draw(epsg: int, box: Box) -> Underlay | None:
        west, south, east, north = box
        left, right = (int((one - grid.west) / grid.resolution) for one in (west, east))
        top, bottom = (int((grid.north - one) / grid.resolution) for one in (north, south))
        left, right = max(left, 0), min(right + 1, grid.columns)
        top, bottom = max(top, 0), min(bottom + 1, grid.rows)
        if epsg != grid.epsg or left >= right or top >= bottom:
            return None
        step = max(1, -(-max(right - left, bottom - top) // _most_pixels))
        values = metric_values(study, metric, None, (slice(top, bottom, step), slice(left, right, step)))
        classes = classes_of(values, [one.least for one in legend.classes], in_turn=legend.in_turn)
        classes = np.pad(classes, ((0, 0), (0, classes.shape[1] % 2)))  # two pixels share a byte
        rows, columns = classes.shape
        size = grid.resolution * step
        x, y = grid.west + left * grid.resolution, grid.north - top * grid.resolution
        picture = encode_png(classes, [one.colour for one in legend.classes])
        return Underlay(picture, (x, y - rows * size, x + columns * size, y), legend.name.zh, _steps(legend))

    return draw


def _steps(legend: Metric) -> tuple[tuple[str, str], ...]:
    """Return colour and text of each class."""
    if legend.in_turn:
        return ()
    return tuple(
        (one.colour, f"≥ {one.least:g} {legend.unit}".rstrip() if one.name is None else one.name.zh)
        for one in legend.classes
    )
