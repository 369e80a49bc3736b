"""Between the register and a session: who may try which cell, with which values, and writing what was tried."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.errors import AccessDenied, FieldProblem, InvalidRecord
from qipan.core.records import Record
from qipan.core.resources import change_resource, read_resource
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.editing.errors import StudyOutdated
from qipan.domains.mobile.editing.session import Session
from qipan.domains.mobile.inspection.masts import cell_number

_attributes = ("azimuth", "mechanical_tilt", "electrical_tilt", "height", "power")
_places = ("longitude", "latitude")
_as_good_as_same = 1e-6


def editable_cell(
    connection: Connection, catalogue: Catalogue, principal: Principal, study: Study, code: str
) -> dict[str, Any]:
    """Return a cell of a study, or of a session's, with the values that may be tried and whether this person may."""
    number = cell_number(connection, principal, study, code)
    column = study.cells
    layer = study.layers[int(column["layer"][number])]
    record = read_resource(connection, catalogue, principal, code)
    return {
        "code": code,
        "name": str(column["name"][number]),
        "operator_id": layer.operator_id,
        "operator": layer.operator,
        "band": layer.band,
        "may_write": _may_write(principal, record) and column["form"][number] != "indoor",
        "values": {key: round(_value(study, number, key), 7) for key in (*_attributes, *_places)},
    }


def _may_write(principal: Principal, record: Record) -> bool:
    try:
        principal.require_write(record["area_id"], record["owner_id"])
    except AccessDenied:
        return False
    return True


def _value(study: Study, number: int, key: str) -> float:
    """Return a value as the register says it: power in dBm."""
    if key == "power":
        return 10.0 * math.log10(float(study.cells["watts"][number]) * 1000.0)
    return float(study.cells[key][number])


def take_values(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    session: Session,
    code: str,
    values: Mapping[str, float],
) -> tuple[int, dict[str, float]]:
    """Check that a person may try values of a cell, and return its number and the values as the session takes them.

    The version that the register has now is kept, so that applying tells when someone else has changed the cell since.
    Raises NotFound, AccessDenied, InvalidRecord (out of the catalogue's range), StudyOutdated.
    """
    number = cell_number(connection, principal, session.study, code)
    record = read_resource(connection, catalogue, principal, code)
    principal.require_write(record["area_id"], record["owner_id"])
    _check_ranges(catalogue, values)
    if number not in session.versions:
        _check_current(session.opened.study, number, record)
        session.versions[number] = record["version"]
    taken = {key: float(value) for key, value in values.items() if key != "power"}
    if "power" in values:
        taken["watts"] = 10.0 ** (values["power"] / 10.0 - 3.0)
    return number, taken


def _check_ranges(catalogue: Catalogue, values: Mapping[str, float]) -> None:
    problems = []
    for key, value in values.items():
        field = catalogue.kinds["cell"].attribute(key) or catalogue.fields[key]
        low = -math.inf if field.minimum is None else field.minimum
        high = math.inf if field.maximum is None else field.maximum
        if not low <= value <= high:
            reason = f"应在 {low:g} 至 {high:g} {field.unit}之间"
            problems.append(FieldProblem(None, field.name.zh, f"{value:g}", reason))
    if problems:
        raise InvalidRecord(problems)


def _check_current(study: Study, number: int, record: Record) -> None:
    said = {key: record["attributes"].get(key) for key in _attributes} | {key: record[key] for key in _places}
    for key, value in said.items():
        if value is not None and abs(float(value) - _value(study, number, key)) > _as_good_as_same * 100:
            message = f"小区 {record['code']} 的登记参数在该研究计算之后改过：请先重新计算，再试改"
            raise StudyOutdated(message)


def apply_session(connection: Connection, catalogue: Catalogue, principal: Principal, session: Session) -> list[str]:
    """Write the cells that a session has changed to the register, all or none, and return their codes.

    Stations go with their cells. Raises Conflict where someone else changed one since it was read, AccessDenied where
    one is not this person's.
    """
    written: list[str] = []
    stations: dict[str, dict[str, float]] = {}
    for number in session.changed:
        code, values = str(session.study.cells["code"][number]), _differences(session, number)
        record = read_resource(connection, catalogue, principal, code)
        version = session.versions.get(number) or int(record["version"])
        change_resource(connection, catalogue, principal, code, values, version)
        written.append(code)
        if moved := {key: values[key] for key in _places if key in values}:
            stations[str(session.study.cells["station_code"][number])] = moved
    for station, place in stations.items():
        record = read_resource(connection, catalogue, principal, station)
        change_resource(connection, catalogue, principal, station, place, record["version"])
    return written


def _differences(session: Session, number: int) -> dict[str, float]:
    before, now = session.opened.study, session.study
    found = {key: _value(now, number, key) for key in (*_attributes, *_places)}
    return {
        key: round(value, 7 if key in _places else 2)
        for key, value in found.items()
        if abs(value - _value(before, number, key)) > _as_good_as_same / 10
    }
