"""How far a place is from the nearest duct that has a free bore."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from sqlalchemy import Connection

from qipan.core.access import system
from qipan.core.catalogue import Catalogue
from qipan.core.ground import Plane
from qipan.core.placing.hosts import Doubles, resource_rows

_fullest = 0.95
"""Share of used bores from which on a section counts as full: one bore in twenty stays free for repairs."""
_detour = 1.3
"""Length of a route beside streets, of the straight line."""


def duct_distances(connection: Connection, catalogue: Catalogue, plane: Plane, x: Doubles, y: Doubles) -> Doubles:
    """Return metres of route from each place to the nearest manhole at a duct section with space, inf without any."""
    open_codes = set()
    for row in resource_rows(connection, catalogue, system, catalogue.kinds["duct_section"], ["in_service"]):
        holes, used = row.attributes.get("holes") or 0, row.attributes.get("holes_used") or 0
        if used < holes and used <= _fullest * holes:
            open_codes |= {row.attributes.get("from_manhole"), row.attributes.get("to_manhole")}
    manholes = resource_rows(connection, catalogue, system, catalogue.kinds["manhole"], ["in_service"])
    places = [(row.longitude, row.latitude) for row in manholes if row.code in open_codes and row.longitude is not None]
    if not places or not len(x):
        return np.full(len(x), np.inf)
    away = cKDTree(np.column_stack(plane.to_plane(*np.array(places).T))).query(np.column_stack([x, y]))[0]
    return np.asarray(away * _detour)
