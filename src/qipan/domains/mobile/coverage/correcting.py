"""Corrections of the prediction that drive tests gave: kept as files, added to the levels of a study."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from qipan.core.database import Database
from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.folders import data_folder
from qipan.core.ground import GroundMissing, ground_folder, read_land_cover
from qipan.domains.mobile.coverage.sweeping import Adjusting, LayerMaps, Window
from qipan.engines.radio import Cells, Correction, Ground, excess_loss

Doubles = NDArray[np.float64]
_unknown = 255
_nearest = 20.0
"""Distance in m below which no measurement is used, so that no correction is known there."""
_band_cells = 400_000


def keep_correction(database: Database, facts: Mapping[str, Any]) -> int:
    """Keep a correction with what is told of it, and return the number by which studies name it."""
    folder = _folder(database)
    folder.mkdir(parents=True, exist_ok=True)
    number = max((one["id"] for one in list_corrections(database)), default=0) + 1
    while True:
        try:
            with (folder / f"{number}.json").open("x", encoding="utf-8") as file:
                json.dump({**facts, "id": number}, file, ensure_ascii=False)
        except FileExistsError:
            number += 1
        else:
            return number


def list_corrections(database: Database) -> list[dict[str, Any]]:
    """Return all kept corrections, newest first."""
    folder = _folder(database)
    paths = [one for one in folder.glob("*.json") if one.stem.isdigit()] if folder.is_dir() else []
    found: list[dict[str, Any]] = [json.loads(one.read_text(encoding="utf-8")) for one in paths]
    return sorted(found, key=lambda one: int(one["id"]), reverse=True)


def delete_correction(database: Database, number: int) -> None:
    """Delete a kept correction."""
    (_folder(database) / f"{number}.json").unlink(missing_ok=True)


def load_correction(database: Database, number: int) -> Correction:
    """Return the correction of a number; InvalidRecord where there is none."""
    try:
        said = json.loads((_folder(database) / f"{number}.json").read_text(encoding="utf-8"))["correction"]
    except (OSError, ValueError, KeyError) as error:
        reason = "没有这个路测校正：请从校正列表中选择，或留空"
        raise InvalidRecord([FieldProblem(None, "calibration", str(number), reason)]) from error
    clutter = {int(key): float(term) for key, term in said["clutter"].items()}
    return Correction(float(said["intercept"]), float(said["slope"]), clutter, float(said.get("diffraction", 0.0)))


def clutter_at(database: Database, x: Doubles, y: Doubles) -> NDArray[np.int64]:
    """Return the class of land cover at points of the plane, 255 where it is not known."""
    path = ground_folder(database) / "land_cover.tif"
    found = np.full(len(x), _unknown, dtype=np.int64)
    if not path.exists():
        return found
    with rasterio.open(path) as file:
        grid = file.read(1)
        place = file.transform
    with np.errstate(invalid="ignore"):
        column, row = np.floor((x - place.c) / place.a), np.floor((y - place.f) / place.e)
    inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
    found[inside] = grid[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    return found


def correcting(database: Database, ground: Ground, cells: Cells, correction: Correction, receiver: float) -> Adjusting:
    """Return what adds a correction to a window of one layer: levels and their order, servers, totals.

    ``receiver`` m above ground. A total follows its kept servers.
    """
    try:
        cover = read_land_cover(database, ground)[0]
    except GroundMissing:
        cover = np.full(ground.shape, _unknown, dtype=np.uint8)

    def adjust(window: Window, maps: LayerMaps) -> LayerMaps:
        rows, columns = window
        step = max(_band_cells // (columns.stop - columns.start), 1)
        bands = [
            _corrected(
                ground, (slice(top, min(top + step, rows.stop)), columns), cover,
                tuple(one[top - rows.start : top - rows.start + step] for one in maps), cells, correction, receiver,
            )
            for top in range(rows.start, rows.stop, step)
        ]  # fmt: skip
        levels, servers, total = (np.concatenate([band[place] for band in bands]) for place in range(3))
        return levels, servers, total

    return adjust


def _corrected(
    ground: Ground,
    window: Window,
    cover: NDArray[np.uint8],
    arrays: tuple[NDArray[Any], ...],
    cells: Cells,
    correction: Correction,
    receiver: float,
) -> tuple[NDArray[Any], ...]:
    levels, servers, total = arrays
    heard = servers >= 0
    x, y = (np.asarray(one) for one in ground.centre_of(*np.mgrid[window]))
    east, north = (np.append(one, np.nan)[servers] for one in (cells.x, cells.y))
    distance = np.where(heard, np.hypot(x[..., None] - east, y[..., None] - north), 1000.0)
    bent = np.zeros(levels.shape)
    if correction.diffraction and heard.any():
        row, column, rank = np.nonzero(heard)
        at = row + window[0].start, column + window[1].start
        loss = excess_loss(ground, cells, servers[row, column, rank], *at, levels[row, column, rank], receiver)
        bent[row, column, rank] = np.nan_to_num(loss)
    terms = correction.terms(np.maximum(distance, _nearest), cover[window][..., None], bent)
    better = np.where(heard, levels + terms, -np.inf).astype(np.float32)
    kept, now = (np.where(heard, 10.0 ** (one / 10.0), 0.0).sum(axis=-1) for one in (levels, better))
    order = np.argsort(-better, axis=-1, kind="stable")
    share = np.where(kept > 0.0, now / np.where(kept > 0.0, kept, 1.0), 1.0)
    return np.take_along_axis(better, order, axis=-1), np.take_along_axis(servers, order, axis=-1), total * share


def _folder(database: Database) -> Path:
    return data_folder(database) / "calibrations"
