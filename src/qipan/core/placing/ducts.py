"""How far a place is from the nearest duct that has a free bore."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from sqlalchemy import Connection, func, select

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.ground import Plane
from qipan.core.placing.hosts import Doubles, state_numbers

_row = tables.resource.c
_fullest = 0.95
"""Share of used bores from which on a section counts as full: one bore in twenty stays free for repairs."""
_detour = 1.3
"""Length of a route beside streets, of the straight line."""


def duct_distances(connection: Connection, catalogue: Catalogue, plane: Plane, x: Doubles, y: Doubles) -> Doubles:
    """Return metres of route from each place to the nearest manhole at a duct section with space, inf without any."""
    if not len(x):
        return np.full(0, np.inf)
    # Some columns of the sections that have space, not whole records: a city has hundreds of thousands.
    told = _row.attributes
    holes, used = told["holes"].as_float(), func.coalesce(told["holes_used"].as_float(), 0.0)
    ends = [told[key].as_string() for key in ("from_manhole", "to_manhole")]
    serving = _row.state.in_(state_numbers(catalogue, ["in_service"]))
    sections = select(*ends).where(_row.kind == catalogue.kinds["duct_section"].code, serving)
    spare = sections.where(used < holes, used <= _fullest * holes)
    open_codes = {code for row in connection.execute(spare) for code in row}
    manholes = select(_row.code, _row.longitude, _row.latitude).where(
        _row.kind == catalogue.kinds["manhole"].code, serving
    )
    placed = connection.execute(manholes.where(_row.longitude.is_not(None)))
    places = [(row.longitude, row.latitude) for row in placed if row.code in open_codes]
    if not places:
        return np.full(len(x), np.inf)
    away = cKDTree(np.column_stack(plane.to_plane(*np.array(places).T))).query(np.column_stack([x, y]))[0]
    return np.asarray(away * _detour)
