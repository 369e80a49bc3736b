"""What is received at one point of a study."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage import Study, StudyLayer, metric
from qipan.domains.mobile.inspection.masts import visible_cells
from qipan.domains.mobile.inspection.opened import OpenStudy

_figures = ("rsrp", "indoor", "sinr", "throughput", "overlap")


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a study: degrees, metres of its plane, row and column of its grid."""

    longitude: float
    latitude: float
    x: float
    y: float
    row: int
    column: int


def place_of(study: Study, longitude: float, latitude: float) -> Place:
    """Return where a point lies in a study; InvalidRecord names the study's bounds where it lies outside."""
    grid = study.grid
    x, y = (float(one) for one in Plane(grid.epsg).to_plane(longitude, latitude))
    if math.isfinite(x) and math.isfinite(y):
        row = math.floor((grid.north - y) / grid.resolution)
        column = math.floor((x - grid.west) / grid.resolution)
        if 0 <= row < grid.rows and 0 <= column < grid.columns:
            return Place(longitude, latitude, x, y, row, column)
    west, south, east, north = study_bounds(study)
    reason = f"在该研究的范围之外：经度 {west:.4f} 至 {east:.4f}，纬度 {south:.4f} 至 {north:.4f}"
    raise InvalidRecord([FieldProblem(None, "longitude,latitude", f"{longitude:.6f},{latitude:.6f}", reason)])


def study_bounds(study: Study) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a study in degrees."""
    grid = study.grid
    x = [grid.west, grid.west + grid.columns * grid.resolution]
    y = [grid.north - grid.rows * grid.resolution, grid.north]
    longitude, latitude = Plane(grid.epsg).to_degrees(*np.meshgrid(x, y))
    return float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())


def read_point(
    connection: Connection, principal: Principal, opened: OpenStudy, study: Study, longitude: float, latitude: float
) -> dict[str, Any]:
    """Return servers and levels by layer, SINR, throughput, and the height of ground and building at a point.

    ``study`` is that of ``opened`` or an edited one. Cells that the principal may not see have their level and no name.
    """
    at = place_of(study, longitude, latitude)
    ground = opened.ground
    bottom, top = (float(one[at.row, at.column]) for one in (ground.terrain, ground.surface))
    numbers = np.concatenate([study.servers(one.number)[at.row, at.column] for one in study.layers])
    seen = visible_cells(connection, principal, study, np.unique(numbers[numbers >= 0]).astype(np.int64))
    return {
        "longitude": longitude,
        "latitude": latitude,
        "ground": _number(bottom),
        "building": _number(max(top - bottom, 0.0)),
        "layers": [_layer(study, one, at, seen) for one in study.layers],
    }


def _layer(study: Study, layer: StudyLayer, at: Place, seen: set[int]) -> dict[str, Any]:
    window = (slice(at.row, at.row + 1), slice(at.column, at.column + 1))
    figures = {key: _number(float(metric(study, key, [layer.number], window)[0, 0])) for key in _figures}
    levels = study.levels(layer.number)[at.row, at.column].tolist()
    servers = study.servers(layer.number)[at.row, at.column].tolist()
    said = {"number": layer.number, "operator_id": layer.operator_id, "operator": layer.operator, "band": layer.band}
    heard = [_server(study, number, level, seen) for number, level in zip(servers, levels, strict=True) if number >= 0]
    return said | figures | {"servers": heard}


def _server(study: Study, number: int, level: float, seen: set[int]) -> dict[str, Any]:
    known = number in seen
    return {
        "code": str(study.cells["code"][number]) if known else None,
        "name": str(study.cells["name"][number]) if known else None,
        "level": round(level, 1),
    }


def _number(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
