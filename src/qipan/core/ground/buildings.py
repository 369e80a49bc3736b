"""Buildings of the register on the ground's plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.ground.plane import Plane

_row = tables.resource.c


@dataclass(frozen=True)
class Buildings:
    """Buildings in service as columns, by their number in the register.

    ``shapes`` footprints in the plane; ``height`` m, nan where unknown; ``use`` its key, empty where unknown;
    ``households`` -1 where unknown; ``area_id`` of the register; ``size`` of the footprint, m².
    """

    ids: NDArray[np.int64]
    shapes: NDArray[np.object_]
    height: NDArray[np.float64]
    use: NDArray[np.object_]
    households: NDArray[np.int64]
    area_id: NDArray[np.int64]

    @property
    def size(self) -> NDArray[np.float64]:
        """Footprint in m²."""
        return np.asarray(shapely.area(self.shapes))


def read_buildings(connection: Connection, catalogue: Catalogue, plane: Plane) -> Buildings:
    """Return every building in service that has an outline."""
    kind = catalogue.kinds["building"]
    in_service = [state.key for state in catalogue.states].index("in_service") + 1
    query = select(_row.id, _row.geometry, _row.attributes, _row.area_id)
    query = query.where(_row.kind == kind.code, _row.state == in_service, _row.geometry.is_not(None))
    rows = connection.execute(query.order_by(_row.id)).all()
    degrees = shapely.from_wkb([row.geometry for row in rows])
    shapes = shapely.transform(degrees, lambda at: np.column_stack(plane.to_plane(at[:, 0], at[:, 1])))
    attributes = [row.attributes for row in rows]
    return Buildings(
        ids=np.array([row.id for row in rows], dtype=np.int64),
        shapes=np.asarray(shapes, dtype=object),
        height=np.array([one.get("height", np.nan) for one in attributes], dtype=np.float64),
        use=np.array([one.get("use", "") for one in attributes], dtype=object),
        households=np.array([one.get("households", -1) for one in attributes], dtype=np.int64),
        area_id=np.array([row.area_id for row in rows], dtype=np.int64),
    )


def buildings_stamp(connection: Connection, catalogue: Catalogue) -> str:
    """Return a text that changes whenever a building does."""
    where = _row.kind == catalogue.kinds["building"].code
    newest, count = connection.execute(select(func.max(_row.changed_in), func.count()).where(where)).one()
    return f"{newest or 0}-{count}"
