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
from qipan.domains.mobile.coverage.metrics import Window as MapWindow
from qipan.domains.mobile.coverage.store import Study
from qipan.engines.radio import DeepCounts, DeepRule, count_deep, outline_window
from qipan.engines.radio.planning.outline import Window

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
    """Counts of what venues' map cells get, filled window by window, so that the whole map is looked at once.

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
        corners = [(at.rows.start, at.rows.stop, at.columns.start, at.columns.stop) for _, at in on_map]
        self._corners = np.array(corners, dtype=np.int64).reshape(-1, 4)
        limits, rule = study.parameters, load_assumptions()
        self._rule = DeepRule(
            float(limits["outdoor_threshold"]), float(limits["indoor_threshold"]), rule.outdoor_share, rule.indoor_share
        )
        self._counts = [[DeepCounts()] * groups for _ in on_map]

    def add(self, window: MapWindow, best: Sequence[Best]) -> None:
        """Count the map cells of venues in a window of the map, of which ``best`` is what each group has there."""
        rows, columns = window
        top, bottom, left, right = self._corners.T
        near = (top < rows.stop) & (bottom > rows.start) & (left < columns.stop) & (right > columns.start)
        for venue in np.flatnonzero(near).tolist():
            at = self._venues[venue][1]
            part = _shared_part(at.rows, rows), _shared_part(at.columns, columns)
            here, mine = _within(part, window), _within(part, (at.rows, at.columns))
            # Water within a venue's circle is nobody's to cover.
            inside = at.inside[mine] & (self._study.areas[part] > 0)
            built = np.asarray(self._study.built[part])
            counts = self._counts[venue]
            for group, levels in enumerate(best):
                counts[group] += count_deep(levels.outdoors[here], levels.indoors[here], inside, built, self._rule)

    def findings(self, groups: Sequence[Group]) -> list[Finding]:
        """Judge every venue for each group, write ``venues.parquet`` and return what it holds.

        A venue is covered as the engine judges by the shares of the catalogue's rule.
        """
        found: list[Finding] = []
        for (row, _), counts in zip(self._venues, self._counts, strict=True):
            same = {key: getattr(row, key) for key in ("code", "name", "area_id", "longitude", "latitude")}
            same |= {"resource_id": row.id, "class": row.attributes.get("class", "other")}
            for group, count in zip(groups, counts, strict=True):
                found.append(same | {"operator_id": group.operator_id} | _judged(count, self._rule))
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


def _judged(counts: DeepCounts, rule: DeepRule) -> dict[str, Any]:
    if not counts.street + counts.built:
        return {"outdoors": None, "indoors": None, "covered": False, "cells": 0, "built": 0}
    found = counts.judged(rule)
    shares = {key: None if np.isnan(one) else one for key, one in
              (("outdoors", found.outdoors), ("indoors", found.indoors))}  # fmt: skip
    return shares | {"covered": found.covered, "cells": found.cells, "built": found.built}


def _within(part: MapWindow, whole: MapWindow) -> MapWindow:
    """Return a window as it lies in another that holds it."""
    return (
        slice(part[0].start - whole[0].start, part[0].stop - whole[0].start),
        slice(part[1].start - whole[1].start, part[1].stop - whole[1].start),
    )


def _shared_part(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


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
