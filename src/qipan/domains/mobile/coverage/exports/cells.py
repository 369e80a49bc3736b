"""The cells of a study as far as a person may see them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.domains.mobile.coverage.store import Study

shown = (
    "code", "name", "station_code", "operator_id", "layer", "longitude", "latitude", "height", "f", "watts",
    "azimuth", "mechanical_tilt", "electrical_tilt", "antenna", "form",
)  # fmt: skip
"""Columns of cells that are handed out."""


def visible_cells(
    connection: Connection, catalogue: Catalogue, principal: Principal, study: Study
) -> NDArray[np.bool_]:
    """Tell which of a study's cells the principal may see in the register, shape (n,)."""
    if principal.everything:
        return np.ones(len(study.cells["index"]), dtype=bool)
    query = select(tables.resource.c.id).where(tables.resource.c.kind == catalogue.kinds["cell"].code)
    ids = list(connection.execute(narrow(query, tables.resource, principal)).scalars())
    return np.isin(study.cells["resource_id"], np.array(ids, dtype=np.int64))


def cell_columns(study: Study, chosen: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Return what is handed out of the chosen cells, by column."""
    return {name: study.cells[name][chosen] for name in shown}
