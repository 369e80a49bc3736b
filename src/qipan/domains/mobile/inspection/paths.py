"""The path from a cell of a study to a point, as it is drawn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.inspection.opened import OpenStudy
from qipan.domains.mobile.inspection.points import Place, place_of
from qipan.engines.radio import LiveCoverage, PathProfile

_farthest = 50_000.0


def read_path(opened: OpenStudy, study: Study, number: int, longitude: float, latitude: float) -> dict[str, Any]:
    """Return the profile from a cell to a point: heights, line of sight, 0.6 of the Fresnel zone, obstacles, loss.

    ``study`` is that of ``opened`` or an edited one. InvalidRecord where the point lies outside or at the mast.
    """
    at, column = place_of(study, longitude, latitude), study.cells
    distance = math.hypot(at.x - column["x"][number], at.y - column["y"][number])
    if not study.grid.resolution < distance <= _farthest:
        reason = f"距该小区 {distance:.0f} 米：剖面须在 {study.grid.resolution:.0f} 至 {_farthest:.0f} 米之间"
        raise InvalidRecord([FieldProblem(None, "longitude,latitude", f"{longitude:.6f},{latitude:.6f}", reason)])
    profile = _profile(opened, study, number, at)
    points = np.arange(profile.distance.size)
    return {
        "code": str(column["code"][number]),
        "name": str(column["name"][number]),
        "mast": [float(column["longitude"][number]), float(column["latitude"][number])],
        "distance": round(distance, 1),
        "frequency": float(column["f"][number]),
        "level": _level(study, number, at),
        "loss": _rounded(profile.fast if math.isfinite(profile.fast) else profile.exact),
        "loss_exact": _rounded(profile.exact),
        "line_of_sight": profile.line_of_sight,
        "fresnel_clear": profile.fresnel_clear,
        "points": {
            "distance": np.round(profile.distance * 1000.0, 1).tolist(),
            "terrain": np.round(profile.terrain, 1).tolist(),
            "surface": np.round(profile.surface, 1).tolist(),
            "sight": np.round(profile.sight, 2).tolist(),
            "fresnel": np.round(profile.clearance, 2).tolist(),
        },
        "obstacles": [_obstacle(profile, int(points[one])) for one in profile.obstacles] if _is_cut(profile) else [],
    }


def _is_cut(profile: PathProfile) -> bool:
    return not profile.fresnel_clear


def _profile(opened: OpenStudy, study: Study, number: int, at: Place) -> PathProfile:
    # A window of the ground that holds the path and the disc around the mast gives what the whole city would.
    settings, ground = opened.settings, opened.ground
    reach = math.ceil(settings.radius / ground.resolution) + 2
    column = study.cells
    (row,), (left,) = (each.tolist() for each in ground.cell_of([column["x"][number]], [column["y"][number]]))
    rows = _span(row, at.row, reach, ground.shape[0])
    columns = _span(left, at.column, reach, ground.shape[1])
    part = opened.window_ground(rows, columns)
    cells = opened.engine_cells(study, np.array([number]))
    live = LiveCoverage(part, cells, settings, depth=settings.servers, cache=1 << 20, workers=1)
    return live.profile(0, at.x, at.y)


def _span(mast: int, point: int, reach: int, size: int) -> slice:
    return slice(max(min(mast - reach, point - 2), 0), min(max(mast + reach, point + 2) + 1, size))


def _obstacle(profile: PathProfile, place: int) -> dict[str, float]:
    height, sight = float(profile.surface[place]), float(profile.sight[place])
    distance = float(profile.distance[place]) * 1000.0
    return {"distance": round(distance, 1), "height": round(height, 1), "above": round(height - sight, 1)}


def _level(study: Study, number: int, at: Place) -> float | None:
    layer = int(study.cells["layer"][number])
    heard = np.flatnonzero(study.servers(layer)[at.row, at.column] == number)
    return _rounded(float(study.levels(layer)[at.row, at.column, heard[0]])) if heard.size else None


def _rounded(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None
