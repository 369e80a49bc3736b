"""What stands already: resources of the placed kind, and which hosts they occupy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import Catalogue, Placement
from qipan.core.ground import Plane
from qipan.core.placing.hosts import Doubles, Longs, Texts, resource_rows, state_numbers

standing = ("planned", "approved", "building", "in_service")
"""States of what stands or is to stand."""
_link = tables.link.c
_row = tables.resource.c


@dataclass(frozen=True)
class Existing:
    """Resources of the placed kind that stand or are to stand, as columns; ``x``/``y`` nan where they have no place.

    ``in_service`` tells those that serve already; ``hosts`` the owners found on each host, by the host's id.
    """

    id: Longs
    owner_id: Longs
    x: Doubles
    y: Doubles
    in_service: Texts
    hosts: dict[int, set[int]]


nothing_existing = Existing(
    np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, dtype=object), {}
)
"""A register in which nothing stands."""


def read_existing(connection: Connection, catalogue: Catalogue, placement: Placement, plane: Plane) -> Existing:
    """Return what stands of the placed kind, of whatever owner, with the hosts that it occupies."""
    kind = catalogue.kinds[placement.kind]
    rows = resource_rows(connection, catalogue, system, kind, standing)
    serving = {row.id for row in resource_rows(connection, catalogue, system, kind, ["in_service"])}
    longitude = np.array([np.nan if row.longitude is None else row.longitude for row in rows])
    latitude = np.array([np.nan if row.latitude is None else row.latitude for row in rows])
    x, y = plane.to_plane(longitude, latitude) if rows else (longitude, latitude)
    return Existing(
        id=np.array([row.id for row in rows], dtype=np.int64),
        owner_id=np.array([row.owner_id for row in rows], dtype=np.int64),
        x=np.where(np.isfinite(x), x, np.nan),
        y=np.where(np.isfinite(y), y, np.nan),
        in_service=np.array([row.id in serving for row in rows], dtype=object),
        hosts=_occupied(connection, catalogue, placement),
    )


def _occupied(connection: Connection, catalogue: Catalogue, placement: Placement) -> dict[int, set[int]]:
    """Return the owners on each host: whatever a resource of the placed kind is linked to carries it."""
    kind = catalogue.kinds[placement.kind]
    query = (
        select(_link.to_id, _row.owner_id)
        .join(tables.resource, _row.id == _link.from_id)
        .where(_row.kind == kind.code, _link.valid_to.is_(None))
        .where(_row.state.in_(state_numbers(catalogue, standing)))
    )
    found: dict[int, set[int]] = {}
    for host, owner in connection.execute(query):
        found.setdefault(host, set()).add(owner)
    return found


def owners_in_service(connection: Connection, catalogue: Catalogue, placement: Placement) -> Sequence[int]:
    """Return the operators that own what is placed already, in service, by id."""
    kind = catalogue.kinds[placement.kind]
    query = select(_row.owner_id).join(tables.unit, tables.unit.c.id == _row.owner_id).distinct()
    query = query.where(_row.kind == kind.code, _row.state.in_(state_numbers(catalogue, ["in_service"])))
    return sorted(connection.execute(query.where(tables.unit.c.kind == "operator")).scalars())
