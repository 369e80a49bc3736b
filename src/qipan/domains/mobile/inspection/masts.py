"""The cells of a study that a person may know: those of the register that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.errors import NotFound
from qipan.domains.mobile.coverage import Study

most_cells = 3000
"""Cells in one answer; where more lie in a box, the map asks to come closer."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class CellFeature:
    """One cell for a map: degrees, and the azimuth it points to."""

    code: str
    name: str
    operator_id: int
    band: str
    azimuth: float
    longitude: float
    latitude: float


def visible_cells(connection: Connection, principal: Principal, study: Study, chosen: NDArray[np.int64]) -> set[int]:
    """Return those of the chosen cells, by their number in the study, that the principal may see."""
    numbers = chosen.tolist()
    if principal.everything:
        return set(numbers)
    ids = dict(zip(study.cells["resource_id"][chosen].tolist(), numbers, strict=True))
    resource = tables.resource
    seen: set[int] = set()
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        query = select(resource.c.id).where(resource.c.id.in_(wanted[start : start + 500]))
        seen |= {ids[one] for one in connection.execute(narrow(query, resource, principal)).scalars()}
    return seen


def cells_within(
    connection: Connection, principal: Principal, study: Study, box: Box | None, layers: Sequence[int] | None
) -> tuple[list[CellFeature], int]:
    """Return the cells in a box of degrees that the principal may see, ``most_cells`` at most, and their number."""
    column = study.cells
    inside = np.ones(column["index"].size, dtype=bool)
    if box is not None:
        west, south, east, north = box
        longitude, latitude = column["longitude"], column["latitude"]
        inside &= (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    if layers is not None:
        inside &= np.isin(column["layer"], list(layers))
    chosen = np.flatnonzero(inside)
    if chosen.size > 4 * most_cells:
        return [], int(chosen.size)
    seen = sorted(visible_cells(connection, principal, study, chosen))
    return [_feature(study, one) for one in seen[:most_cells]], len(seen)


def _feature(study: Study, number: int) -> CellFeature:
    column = study.cells
    return CellFeature(
        code=str(column["code"][number]),
        name=str(column["name"][number]),
        operator_id=int(column["operator_id"][number]),
        band=study.layers[int(column["layer"][number])].band,
        azimuth=float(column["azimuth"][number]),
        longitude=float(column["longitude"][number]),
        latitude=float(column["latitude"][number]),
    )


def cell_number(connection: Connection, principal: Principal, study: Study, code: str) -> int:
    """Return the number of a cell in a study; NotFound where it has none or the principal may not see it."""
    found = np.flatnonzero(study.cells["code"] == code)
    if not found.size or not visible_cells(connection, principal, study, found[:1]):
        message = f"该覆盖研究中没有小区 {code[:40]}，或无权查看"
        raise NotFound(message)
    return int(found[0])
