"""One coverage study: from the register and the ground to levels, servers and shares."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.ground import (
    Box,
    GroundMissing,
    Plane,
    area_grid,
    population_grid,
    read_buildings,
    read_ground,
    read_land_cover,
    read_plane,
)
from qipan.core.jobs import Progress
from qipan.core.scenarios import Scenario, computing
from qipan.core.settings import as_of_day
from qipan.domains.mobile.coverage.antennas import load_antennas
from qipan.domains.mobile.coverage.correcting import correcting, load_correction
from qipan.domains.mobile.coverage.errors import NothingToCompute
from qipan.domains.mobile.coverage.indoors import indoor_coverage
from qipan.domains.mobile.coverage.network import CellRow, Network, Placed, place_cells, read_network
from qipan.domains.mobile.coverage.parameters import CoverageParameters
from qipan.domains.mobile.coverage.planned import planned_cells
from qipan.domains.mobile.coverage.store import Grid, StudyLayer, study_in, write_cells, write_study
from qipan.domains.mobile.coverage.summary import summarise
from qipan.domains.mobile.coverage.sweeping import bytes_needed, sampled_agreement, sweep
from qipan.engines.radio import Agreement, Antenna, Cells, Ground, Settings, noise_power
from qipan.engines.radio.planning.indoor import entry_loss

_levels = ("city", "district", "subdistrict", "community")
_shown_errors = 500
_most_layers = 64


def run_coverage(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute a coverage scenario, put its files in place and return its summary.

    Cells that cannot be computed are named in the summary's ``errors`` and the others are computed. An earlier result
    stays until the new one is whole. Raises GroundMissing, NothingToCompute, InvalidRecord (parameters), Conflict
    (being computed elsewhere), DatabaseError (disk), JobCancelled.
    """
    tell = progress or Progress()
    with computing(database, principal, scenario_id, tell) as work:
        parameters = CoverageParameters.from_json(work.scenario.parameters)
        inputs = _read_inputs(database, catalogue, principal, work.scenario, parameters, tell.part(0.0, 0.15))
        _compute(work.folder, database, catalogue, inputs, parameters, tell.part(0.15, 0.85))
        tell.report(0.85, "汇总覆盖率")
        study = study_in(work.folder)
        work.summary.update(summarise(study, database, catalogue, principal, tell.part(0.85, 1.0)) | _told(inputs))
    return work.summary


@dataclass(frozen=True)
class _Inputs:
    day: date
    plane: Plane
    ground: Ground
    network: Network
    outdoors: Placed
    indoors: Placed
    antennas: dict[str, Antenna]


def _read_inputs(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario: Scenario,
    parameters: CoverageParameters,
    progress: Progress,
) -> _Inputs:
    progress.report(0.0, "读取小区")
    plane, antennas = read_plane(database), load_antennas(database)
    with database.connect() as connection:
        day = parameters.as_of or as_of_day(connection)
        planned = planned_cells(database, connection, principal, parameters.include_planned)
        network = read_network(connection, catalogue, principal, parameters, day, antennas, planned)
    box = _box(database, plane, scenario.area_id, parameters.radius)
    ground = read_ground(database, catalogue, box, parameters.resolution, progress.part(0.2, 1.0))
    outdoors = _standing(network, network.outdoors, plane, ground, scenario.area_id is not None)
    indoors = _standing(network, network.indoors, plane, ground, scenario.area_id is not None)
    if not outdoors.rows:
        raise NothingToCompute(_why_nothing(network, parameters, day))
    if len(network.layers) > _most_layers:
        message = f"共 {len(network.layers)} 个运营商与频点的组合，最多 {_most_layers} 个：请按运营商或频段分开计算"
        raise NothingToCompute(message)
    return _Inputs(day, plane, ground, network, outdoors, indoors, antennas)


def _why_nothing(network: Network, parameters: CoverageParameters, day: date) -> str:
    """Return the sentence that names the conditions under which no outdoor cell is left."""
    if network.errors:
        return f"没有可以计算的室外小区（{len(network.errors)} 个有误），例如{network.errors[0]}"
    asked = [f"频段 {'、'.join(parameters.bands)}"] if parameters.bands else []
    if parameters.operator_ids:
        asked.append(f"所选的 {len(parameters.operator_ids)} 家运营商")
    remedy = "放宽频段与运营商的条件" if asked else "导入 5G 小区，或核对截至日期与范围"
    return f"没有可以计算的室外小区：截至 {day.isoformat()} {'、'.join(asked)}没有在役的室外 5G 小区，请{remedy}"


def _box(database: Database, plane: Plane, area_id: int | None, radius: float) -> Box | None:
    """Return what the study shows: the area with ``radius`` about it, None (all of the terrain) without an outline."""
    area = tables.area.c
    query = select(area.geometry).where(area.geometry.is_not(None))
    query = (
        query.where(area.level == "city", area.valid_to.is_(None))
        if area_id is None
        else query.where(area.id == area_id)
    )
    with database.connect() as connection:
        shapes = shapely.from_wkb(list(connection.execute(query).scalars()))
    if not len(shapes):
        return None
    corners = shapely.get_coordinates(shapes)
    x, y = plane.to_plane(corners[:, 0], corners[:, 1])
    return float(x.min() - radius), float(y.min() - radius), float(x.max() + radius), float(y.max() + radius)


def _standing(network: Network, rows: list[CellRow], plane: Plane, ground: Ground, part_only: bool) -> Placed:
    """Return the cells that stand on known ground; name the others, unless only a part of the city is asked for."""
    placed = place_cells(network, rows, plane)
    row, column = ground.cell_of(placed.x, placed.y)
    inside = (row >= 0) & (row < ground.shape[0]) & (column >= 0) & (column < ground.shape[1])
    known = np.zeros(len(rows), dtype=bool)
    known[inside] = np.isfinite(ground.terrain[row[inside], column[inside]])
    (west, east), (south, north) = _extent(plane, ground)
    for place in np.flatnonzero(~known).tolist():
        one = rows[place]
        where = f"小区 {one.code} {one.name}：位置 {one.longitude:.6f}，{one.latitude:.6f} "
        if inside[place]:
            network.errors.append(f"{where}处的地形没有高程，请填补地形，未参与计算")
        elif not part_only:
            reach = f"经度 {west:.4f} 至 {east:.4f}、纬度 {south:.4f} 至 {north:.4f}"
            network.errors.append(f"{where}在计算范围之外（{reach}），未参与计算")
    return placed.take(np.flatnonzero(known))


def _extent(plane: Plane, ground: Ground) -> tuple[tuple[float, float], tuple[float, float]]:
    rows, columns = ground.shape
    x, y = ground.centre_of([0, 0, rows - 1, rows - 1], [0, columns - 1, 0, columns - 1])
    longitude, latitude = plane.to_degrees(x, y)
    return (longitude.min(), longitude.max()), (latitude.min(), latitude.max())


def _compute(
    folder: Path,
    database: Database,
    catalogue: Catalogue,
    inputs: _Inputs,
    parameters: CoverageParameters,
    progress: Progress,
) -> None:
    ground, layers = inputs.ground, len(inputs.network.layers)
    settings = Settings(
        radius=parameters.radius, receiver=parameters.receiver, model=parameters.model, servers=parameters.servers,
        sample=0, latitude=float(inputs.plane.to_degrees(ground.west, ground.north)[1]),
    )  # fmt: skip
    cells = inputs.outdoors.engine_cells(inputs.antennas, parameters.load)
    _check_room(folder, ground, cells, layers, settings)
    correction = None if parameters.calibration is None else load_correction(database, parameters.calibration)
    adjust = None if correction is None else correcting(database, ground, cells, correction, parameters.receiver)
    _write_surroundings(folder, database, catalogue, inputs, progress.part(0.0, 0.15))
    sweep(folder, ground, cells, layers, settings, progress.part(0.15, 0.97), adjust)
    progress.report(0.97, "与精确模式比较")
    _write_facts(folder, inputs, parameters, sampled_agreement(ground, cells, settings))


def _check_room(folder: Path, ground: Ground, cells: Cells, layers: int, settings: Settings) -> None:
    needed, free = bytes_needed(ground, cells, settings), shutil.disk_usage(folder).free
    if free < needed * 1.05:
        message = (
            f"磁盘空间不足：{ground.shape[0]:,}×{ground.shape[1]:,} 格、{layers} 层约需 {needed / 1e9:.1f} GB，"
            f"只剩 {free / 1e9:.1f} GB；请腾出空间，或增大 resolution、减小 servers"
        )
        raise DatabaseError(message)


def _write_surroundings(
    folder: Path, database: Database, catalogue: Catalogue, inputs: _Inputs, progress: Progress
) -> None:
    """Write what needs the buildings, which are let go of before levels fill the memory: indoors, areas, people."""
    ground = inputs.ground
    progress.report(0.0, "读取建筑")
    with database.connect() as connection:
        buildings = read_buildings(connection, catalogue, inputs.plane)
    progress.report(0.5, "室内覆盖")
    inside = indoor_coverage(inputs.indoors, len(inputs.outdoors.rows), buildings, ground, inputs.antennas)
    table = pa.table({"layer": inside.layer, "at": inside.at, "level": inside.level, "cell": inside.cell})
    pq.write_table(table, folder / "indoors.parquet")
    progress.report(0.6, "常住人口")
    np.save(folder / "population.npy", population_grid(database, catalogue, ground, buildings))
    progress.report(0.8, "区域")
    _write_areas(folder, database, ground)


def _write_areas(folder: Path, database: Database, ground: Ground) -> None:
    areas = area_grid(database, ground, *_levels)
    try:
        areas[read_land_cover(database, ground)[0] == 0] = 0
    except GroundMissing:
        areas[~np.isfinite(ground.terrain)] = 0
    np.save(folder / "areas.npy", areas)
    with np.errstate(invalid="ignore"):
        np.save(folder / "built.npy", np.asarray(ground.surface > ground.terrain + 0.5))


def _write_facts(folder: Path, inputs: _Inputs, parameters: CoverageParameters, agreement: Agreement | None) -> None:
    ground = inputs.ground
    grid = Grid(inputs.plane.epsg, ground.west, ground.north, ground.resolution, *ground.shape)
    rows = inputs.outdoors.rows + inputs.indoors.rows
    number = np.concatenate([inputs.outdoors.layer, inputs.indoors.layer])
    subcarriers = np.concatenate([inputs.outdoors.subcarriers, inputs.indoors.subcarriers])
    counts = np.bincount(number, minlength=len(inputs.network.layers))
    layers = [
        StudyLayer(
            number=one.number, operator_id=one.operator_id, operator=one.operator, band=one.band.key,
            frequency=one.frequency, cells=int(counts[one.number]),
            noise=noise_power(one.band.spacing * 1000.0, parameters.noise_figure), spacing=one.band.spacing,
            subcarriers=int(np.median(subcarriers[number == one.number])) if counts[one.number] else 12,
            downlink=one.band.downlink, streams=one.band.layers,
            entry_loss=round(float(entry_loss(parameters.efficient_share, one.frequency / 1000.0)), 2),
            private=one.band.private,
        )
        for one in inputs.network.layers
    ]  # fmt: skip
    facts = {
        "version": secrets.token_hex(8), "as_of": inputs.day.isoformat(), "parameters": parameters.to_json(),
        "agreement": None if agreement is None else _rounded(agreement),
        "errors": inputs.network.errors[:_shown_errors],
    }  # fmt: skip
    write_cells(folder, _columns(inputs, rows, number, subcarriers, parameters.load))
    write_study(folder, facts, grid, layers)


def _rounded(agreement: Agreement) -> dict[str, float]:
    return {
        "points": agreement.points, "median": round(agreement.median, 3), "p90": round(agreement.p90, 3),
        "bias": round(agreement.bias, 3),
    }  # fmt: skip


def _columns(
    inputs: _Inputs, rows: list[CellRow], layer: NDArray[np.int64], subcarriers: NDArray[np.float64], load: float
) -> dict[str, Any]:
    same = (
        "resource_id", "code", "name", "station_code", "operator_id", "longitude", "latitude", "height", "watts",
        "azimuth", "mechanical_tilt", "electrical_tilt", "antenna", "structure_id", "form",
    )  # fmt: skip
    columns: dict[str, Any] = {"index": np.arange(len(rows), dtype=np.int32)}
    columns |= {key: [getattr(one, key) for one in rows] for key in same}
    columns |= {"layer": layer.astype(np.int32), "subcarriers": subcarriers, "load": np.full(len(rows), load)}
    for key in ("x", "y"):
        columns[key] = np.concatenate([getattr(inputs.outdoors, key), getattr(inputs.indoors, key)])
    columns["f"] = [one.frequency / 1000.0 for one in rows]
    columns["shared_with"] = pa.array([list(one.shared_with) for one in rows], pa.list_(pa.int64()))
    return columns


def _told(inputs: _Inputs) -> dict[str, Any]:
    network = inputs.network
    return {
        "cells": len(inputs.outdoors.rows) + len(inputs.indoors.rows),
        "cells_indoor": len(inputs.indoors.rows),
        "defaulted": network.defaulted,
        "error_count": len(network.errors),
        "errors": network.errors[:_shown_errors],
    }
