"""Coverage studies on the map: tiles of metrics, points, paths, cells, and sessions in which cells are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from qipan.api.context import PrincipalGiven, Reading, ServiceGiven, Writing
from qipan.api.register import read_box
from qipan.api.scenarios import ScenarioId
from qipan.api.tiles import Place, Zoom
from qipan.core.catalogue import Metric
from qipan.core.errors import NotFound
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import CoverageParameters, Study, StudyMissing, metric_keys
from qipan.domains.mobile.editing import (
    Session,
    Sessions,
    apply_session,
    draw_change,
    editable_cell,
    take_values,
)
from qipan.domains.mobile.inspection import (
    OpenStudies,
    OpenStudy,
    cell_number,
    cells_within,
    draw_tile,
    read_path,
    read_point,
    study_bounds,
)

router = APIRouter(prefix="/api/coverage", tags=["coverage"])

Record = dict[str, Any]
_layer_fields = ("number", "operator_id", "operator", "band", "frequency", "cells", "private")
Longitude = Annotated[float, Query(ge=-180, le=180)]
Latitude = Annotated[float, Query(ge=-90, le=90)]
LayerNumbers = Annotated[list[int] | None, Query(alias="layer", description="numbers of layers; all where left out")]
SessionKey = Annotated[str, Path(min_length=1, max_length=64)]
SessionAsked = Annotated[str | None, Query(max_length=64, description="an edit session of that study")]
Code = Annotated[str, Path(min_length=1, max_length=64)]


class CellValues(BaseModel):
    """Values of a cell to try; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    azimuth: float | None = Field(None, allow_inf_nan=False)
    mechanical_tilt: float | None = Field(None, allow_inf_nan=False)
    electrical_tilt: float | None = Field(None, allow_inf_nan=False)
    power: float | None = Field(None, allow_inf_nan=False, description="dBm")
    height: float | None = Field(None, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180)
    latitude: float | None = Field(None, ge=-90, le=90)


class SessionNew(BaseModel):
    """What a session begins with: the cell that is opened, so that its first change is as quick as the next."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(None, max_length=64)


def _studies(request: Request) -> OpenStudies:
    studies = request.app.state.studies
    assert isinstance(studies, OpenStudies)
    return studies


def _sessions(request: Request) -> Sessions:
    sessions = request.app.state.sessions
    assert isinstance(sessions, Sessions)
    return sessions


StudiesGiven = Annotated[OpenStudies, Depends(_studies)]
SessionsGiven = Annotated[Sessions, Depends(_sessions)]


def _open(scenario_id: ScenarioId, principal: PrincipalGiven, connection: Reading, studies: StudiesGiven) -> OpenStudy:
    read_scenario(connection, principal, scenario_id, "coverage")
    try:
        return studies.get(scenario_id)
    except StudyMissing as error:
        raise NotFound(str(error)) from error


OpenGiven = Annotated[OpenStudy, Depends(_open)]


def _shown_study(
    opened: OpenGiven, principal: PrincipalGiven, sessions: SessionsGiven, session: SessionAsked = None
) -> Study:
    """Return the study as computed, or as one's session on it has it."""
    if session is None:
        return opened.study
    held = sessions.get(principal, session)
    return held.study if held.opened.study.folder == opened.study.folder else opened.study


ShownGiven = Annotated[Study, Depends(_shown_study)]


def _session(sessions: SessionsGiven, principal: PrincipalGiven, key: SessionKey) -> Session:
    return sessions.get(principal, key)


SessionGiven = Annotated[Session, Depends(_session)]


@router.get("/parameters")
def read_parameters(_principal: PrincipalGiven) -> Record:
    """Return the parameters that a study has where none are set."""
    return CoverageParameters().to_json()


@router.get("/{scenario_id}")
def read_study(scenario_id: ScenarioId, opened: OpenGiven, principal: PrincipalGiven, connection: Reading) -> Record:
    """Return what a study shows: its layers, its bounds in degrees, the metrics that can be drawn."""
    study = opened.study
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    return {
        "id": scenario_id,
        "name": scenario.name,
        "version": study.version,
        "bounds": study_bounds(study),
        "resolution": study.grid.resolution,
        "parameters": study.parameters,
        "layers": [{key: getattr(one, key) for key in _layer_fields} for one in study.layers],
        "metrics": list(metric_keys),
        "cells": int(study.cells["index"].size),
        "agreement": study.facts["agreement"],
    }


@router.get("/{scenario_id}/tiles/{metric}/{z}/{x}/{y}.png", response_class=Response)
def tile(
    metric: str,
    z: Zoom,
    x: Place,
    y: Place,
    opened: OpenGiven,
    service: ServiceGiven,
    request: Request,
    layers: LayerNumbers = None,
    version: str = "",
) -> Response:
    """Return a tile of a metric, or 304 where the client has it; ``version`` only tells one address from another."""
    shown, study = _metric(service.catalogue.metrics.get(metric), metric), opened.study
    key = (metric, None if layers is None else tuple(layers), z, x, y)
    kept = opened.tiles
    return _drawn(request, study.version, lambda: kept.get(key, lambda: draw_tile(study, shown, layers, z, x, y)))


@router.get("/sessions/{key}/tiles/{metric}/{z}/{x}/{y}.png", response_class=Response)
def session_tile(
    metric: str,
    z: Zoom,
    x: Place,
    y: Place,
    session: SessionGiven,
    service: ServiceGiven,
    request: Request,
    layers: LayerNumbers = None,
    version: str = "",
) -> Response:
    """Return a tile of a metric as a session's changes make it; ``change`` draws where they gain and lose."""
    shown = _metric(service.catalogue.metrics.get(metric), metric, also=("change",))
    tag = f"{session.study.version}-{session.version}"
    if metric == "change":
        return _drawn(request, tag, lambda: draw_change(session, shown, layers, z, x, y))
    return _drawn(request, tag, lambda: draw_tile(session.study, shown, layers, z, x, y))


def _metric(found: Metric | None, key: str, also: tuple[str, ...] = ()) -> Metric:
    keys = (*metric_keys, *also)
    if found is None or key not in keys:
        message = f"没有指标图 {key[:40]}：可用的有 {'、'.join(keys)}"
        raise NotFound(message)
    return found


def _drawn(request: Request, version: str, draw: Callable[[], bytes]) -> Response:
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    try:
        return Response(draw(), media_type="image/png", headers=headers)
    except StudyMissing as error:
        raise NotFound(str(error)) from error


@router.get("/{scenario_id}/point")
def point(
    longitude: Longitude,
    latitude: Latitude,
    opened: OpenGiven,
    study: ShownGiven,
    principal: PrincipalGiven,
    connection: Reading,
) -> Record:
    """Return the servers at a point with their levels, by layer, and what that makes of SINR and throughput."""
    return read_point(connection, principal, opened, study, longitude, latitude)


@router.get("/{scenario_id}/profile")
def profile(
    cell: Annotated[str, Query(min_length=1, max_length=64)],
    longitude: Longitude,
    latitude: Latitude,
    opened: OpenGiven,
    study: ShownGiven,
    principal: PrincipalGiven,
    connection: Reading,
) -> Record:
    """Return the path from a cell to a point: ground, buildings, line of sight, Fresnel zone, obstacles, loss."""
    number = cell_number(connection, principal, study, cell)
    return read_path(opened, study, number, longitude, latitude)


@router.get("/{scenario_id}/cells")
def cells(
    study: ShownGiven,
    principal: PrincipalGiven,
    connection: Reading,
    bbox: str | None = None,
    layers: LayerNumbers = None,
) -> Record:
    """Return the cells in a box as GeoJSON, with how many there are in all."""
    found, total = cells_within(connection, principal, study, read_box(bbox), layers)
    return {"type": "FeatureCollection", "features": [_feature(asdict(one)) for one in found], "total": total}


def _feature(cell: Record) -> Record:
    at = [cell.pop("longitude"), cell.pop("latitude")]
    return {"type": "Feature", "properties": cell, "geometry": {"type": "Point", "coordinates": at}}


@router.get("/{scenario_id}/cells/{code}")
def read_cell(
    code: Code, study: ShownGiven, principal: PrincipalGiven, service: ServiceGiven, connection: Reading
) -> Record:
    """Return the values of a cell that may be tried."""
    return editable_cell(connection, service.catalogue, principal, study, code)


@router.post("/{scenario_id}/sessions", status_code=201)
def begin_session(
    opened: OpenGiven,
    principal: PrincipalGiven,
    connection: Reading,
    sessions: SessionsGiven,
    begun: SessionNew,
) -> Record:
    """Begin to try cells on a study; nothing of it is written to the register before it is applied."""
    number = None if begun.code is None else cell_number(connection, principal, opened.study, begun.code)
    if not principal.may_write:
        principal.require_write()
    key = sessions.begin(principal, opened)
    if number is not None:
        sessions.get(principal, key).warm(number)
    return {"session": key, "version": 0}


@router.patch("/sessions/{key}/cells/{code}")
def try_cell(
    code: Code,
    values: CellValues,
    session: SessionGiven,
    principal: PrincipalGiven,
    service: ServiceGiven,
    connection: Reading,
) -> Record:
    """Try values of a cell; answers with what the session's changes gain and lose in all."""
    given = {key: value for key, value in values.model_dump().items() if value is not None}
    number, taken = take_values(connection, service.catalogue, principal, session, code, given)
    return asdict(session.change(number, taken))


@router.post("/sessions/{key}/apply")
def apply(session: SessionGiven, principal: PrincipalGiven, service: ServiceGiven, connection: Writing) -> Record:
    """Write the changed cells to the register, all or none; 409 where someone else changed one meanwhile."""
    return {"changed": apply_session(connection, service.catalogue, principal, session)}


@router.delete("/sessions/{key}", status_code=204)
def end_session(key: SessionKey, sessions: SessionsGiven, principal: PrincipalGiven) -> None:
    """Give a session up; the register stays as it is."""
    sessions.end(principal, key)
