"""Deep coverage of the venues that plans name: enough of each outdoors and enough indoors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage.assumptions import load_assumptions
from qipan.domains.mobile.coverage.groups import Best, Group
from qipan.domains.mobile.coverage.store import Study
from qipan.engines.radio.planning.outline import Window, outline_window

venues_file = "venues.parquet"
Finding = dict[str, Any]
"""One row of ``venues.parquet``: a venue as one group's subscribers find it."""
_row = tables.resource.c
_schema = pa.schema({
    "resource_id": pa.int64(), "code": pa.string(), "name": pa.string(), "class": pa.string(), "area_id": pa.int64(),
    "longitude": pa.float64(), "latitude": pa.float64(), "operator_id": pa.int64(), "outdoors": pa.float64(),
    "indoors": pa.float64(), "cells": pa.int32(), "built": pa.int32(), "covered": pa.bool_(),
})  # fmt: skip


class VenueTally:
    """Counts of what venues' map cells get, filled band by band, so that the whole map is looked at once.

    A venue is its outline where the register has one, else a circle about it whose radius the catalogue gives by
    class; venues off the map are left out.
    """

    def __init__(
        self, study: Study, groups: int, database: Database, catalogue: Catalogue, principal: Principal
    ) -> None:
        plane = Plane(study.grid.epsg)
        with database.connect() as connection:
            rows = _venues(connection, catalogue, principal)
        windows = [_window(study, plane, row) for row in rows]
        on_map = [(row, window) for row, window in zip(rows, windows, strict=True) if window is not None]
        self._study = study
        self._venues = on_map
        self._top = np.array([window.rows.start for _, window in on_map], dtype=np.int64)
        self._bottom = np.array([window.rows.stop for _, window in on_map], dtype=np.int64)
        self._cells = np.zeros((len(on_map), 2), dtype=np.int64)
        self._met = np.zeros((len(on_map), groups, 2), dtype=np.int64)

    def add(self, rows: slice, best: Sequence[Best]) -> None:
        """Count the map cells of venues in a band of whole rows, of which ``best`` is what each group has there."""
        limits = self._study.parameters
        for venue in np.flatnonzero((self._top < rows.stop) & (self._bottom > rows.start)).tolist():
            window = self._venues[venue][1]
            top, bottom = max(window.rows.start, rows.start), min(window.rows.stop, rows.stop)
            here, there = (
                (slice(top, bottom), window.columns),
                (slice(top - rows.start, bottom - rows.start), window.columns),
            )
            # Water within a venue's circle is nobody's to cover.
            inside = window.inside[top - window.rows.start : bottom - window.rows.start] & (self._study.areas[here] > 0)
            built = inside & self._study.built[here]
            street = inside & ~built
            self._cells[venue] += street.sum(), built.sum()
            for group, levels in enumerate(best):
                outdoors = (levels.outdoors[there][street] >= limits["outdoor_threshold"]).sum()
                indoors = (levels.indoors[there][built] >= limits["indoor_threshold"]).sum()
                self._met[venue, group] += outdoors, indoors

    def findings(self, groups: Sequence[Group]) -> list[Finding]:
        """Judge every venue for each group, write ``venues.parquet`` and return what it holds.

        A venue is covered when the parts of its map cells that reach the level outdoors and, on those with buildings,
        indoors are at least those of the catalogue's rule.
        """
        found: list[Finding] = []
        for (row, _), cells, met in zip(self._venues, self._cells.tolist(), self._met.tolist(), strict=True):
            same = {key: getattr(row, key) for key in ("code", "name", "area_id", "longitude", "latitude")}
            same |= {"resource_id": row.id, "class": row.attributes.get("class", "other")}
            for group, counts in zip(groups, met, strict=True):
                found.append(same | {"operator_id": group.operator_id} | _judged(cells, counts))
        pq.write_table(pa.Table.from_pylist(found, _schema), self._study.folder / venues_file)
        return found


def study_venues(
    study: Study, principal: Principal, kind: str | None = None, operator_id: int | None = None
) -> list[Finding]:
    """Return the venues of a study as one operator's subscribers find them, for None as all networks together serve.

    ``kind`` keeps one class. A person of a district gets that district's, one of an operator no other operator's.
    """
    if operator_id is not None and principal.owner_ids and operator_id not in principal.owner_ids:
        return []
    rows: list[Finding] = pq.read_table(study.folder / venues_file).to_pylist()
    return [
        row
        for row in rows
        if row["operator_id"] == operator_id
        and (kind is None or row["class"] == kind)
        and (not principal.area_ids or row["area_id"] in principal.area_ids)
    ]


def _venues(connection: Connection, catalogue: Catalogue, principal: Principal) -> Sequence[Any]:
    in_service = [state.key for state in catalogue.states].index("in_service") + 1
    columns = (_row.id, _row.code, _row.name, _row.area_id, _row.longitude, _row.latitude, _row.geometry)
    query = select(*columns, _row.attributes).where(_row.kind == catalogue.kinds["venue"].code)
    query = query.where(_row.state == in_service, _row.longitude.is_not(None)).order_by(_row.code)
    return connection.execute(narrow(query, tables.resource, principal)).all()


def _window(study: Study, plane: Plane, row: Any) -> Window | None:  # noqa: ANN401 - a row of the query
    grid = study.grid
    rings = _rings(plane, row)
    corners = np.concatenate(rings)
    west, north = corners[:, 0].max() < grid.west, corners[:, 1].min() > grid.north
    east = corners[:, 0].min() > grid.west + grid.columns * grid.resolution
    south = corners[:, 1].max() < grid.north - grid.rows * grid.resolution
    if west or north or east or south:
        return None
    return outline_window(list(rings), west=grid.west, north=grid.north, resolution=grid.resolution, shape=grid.shape)


def _rings(plane: Plane, row: Any) -> list[NDArray[np.float64]]:  # noqa: ANN401 - a row of the query
    if row.geometry is not None:
        shape = shapely.from_wkb(row.geometry)
        if shapely.get_dimensions(shape) == 2:
            rings = [shapely.get_coordinates(one) for one in shapely.get_rings(shape)]
            return [np.column_stack(plane.to_plane(ring[:, 0], ring[:, 1])) for ring in rings]
    radii = load_assumptions().venue_radius
    radius = radii.get(row.attributes.get("class", "other"), radii["other"])
    x, y = plane.to_plane(row.longitude, row.latitude)
    turn = np.linspace(0.0, 2.0 * np.pi, 33)[:-1]
    return [np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])]


def _judged(cells: Sequence[int], met: Sequence[int]) -> dict[str, Any]:
    """Judge a venue from its map cells outdoors and under buildings and how many of them reach their level."""
    rule = load_assumptions()
    outdoors, indoors = (good / all_ if all_ else None for good, all_ in zip(met, cells, strict=True))
    covered = (
        (outdoors is not None or indoors is not None)
        and (outdoors is None or outdoors >= rule.outdoor_share)
        and (indoors is None or indoors >= rule.indoor_share)
    )
    counts = {"cells": sum(cells), "built": cells[1]}
    return {"outdoors": outdoors, "indoors": indoors, "covered": covered} | counts


def count_venues(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return by class and operator how many venues there are and how many are covered."""
    counts: dict[tuple[str, int | None], list[int]] = {}
    for one in found:
        count = counts.setdefault((one["class"], one["operator_id"]), [0, 0])
        count[0] += 1
        count[1] += one["covered"]
    return [
        {"class": kind, "operator_id": operator, "count": count, "covered": covered}
        for (kind, operator), (count, covered) in counts.items()
    ]
