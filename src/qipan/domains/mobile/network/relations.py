"""Neighbour relations of the register: written from planned lists, and read back as what a plan has to hold to.

They are links from the cell that hands over to the one that takes, of the catalogue's kind ``neighbour``: they begin
and end with the change set of a plan, and the map, the history and the interface show them as they show other links.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.history import open_change_set
from qipan.core.links import read_links, replace_links
from qipan.core.scenarios import read_scenario
from qipan.core.settings import as_of_day
from qipan.domains.mobile.coverage import Study, open_study
from qipan.domains.mobile.network.errors import NothingToPlan
from qipan.domains.mobile.network.records import keep, read_facts, read_rows

link_kind = "neighbour"
Ints = NDArray[np.int64]


def registered_relations(connection: Connection, study: Study) -> Ints:
    """Return the relations that the register holds between cells of a study, by their numbers in it; (n, 2)."""
    ids = study.cells["resource_id"].astype(np.int64)
    order = np.argsort(ids, kind="stable")
    pairs = read_links(connection, link_kind)
    place = np.clip(np.searchsorted(ids, pairs, sorter=order), 0, max(ids.size - 1, 0))
    found = order[place]
    return np.asarray(found[(ids[found] == pairs).all(axis=1)], dtype=np.int64).reshape(-1, 2)


def registered_identities(connection: Connection, catalogue: Catalogue, study: Study) -> Ints:
    """Return the identity that the register has for each cell of a study, -1 where none."""
    row = tables.resource.c
    identity = row.attributes["physical_cell_identity"].as_integer()
    query = select(row.id, identity).where(row.kind == catalogue.kinds["cell"].code)
    known = {number: value for number, value in connection.execute(query) if value is not None}
    return np.array([known.get(one, -1) for one in study.cells["resource_id"].tolist()], dtype=np.int64)


def with_registered(lists: sparse.csr_array, relations: Ints) -> sparse.csr_array:
    """Return neighbour lists with the relations of the register among them, of no weight of their own."""
    entries = lists.tocoo()
    rows = np.concatenate([entries.row, relations[:, 0]])
    columns = np.concatenate([entries.col, relations[:, 1]])
    values = np.concatenate([entries.data, np.zeros(len(relations), dtype=entries.data.dtype)])
    return sparse.coo_array((values, (rows, columns)), shape=lists.shape).tocsr()


def apply_neighbours(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    database: Database,
    scenario_id: int,
    codes: Collection[str] | None = None,
) -> dict[str, int]:
    """Make planned lists (of the cells ``codes``, all where None) the register's relations, as one change set.

    Returns how many relations ``begun`` and ``ended`` and the ``change_set``. Only cells that the principal may write
    are touched. Raises NothingToPlan where the register has just these relations.
    """
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    if not principal.may_write:
        principal.require_write()
    study = open_study(database, scenario_id)
    rows = read_rows(study, principal, "neighbours", "lists")
    cell, other = rows["cell"].to_numpy(), rows["neighbour"].to_numpy()
    ids = study.cells["resource_id"].astype(np.int64)
    mine = np.isin(ids, _writable(connection, catalogue, principal))
    chosen = mine if codes is None else mine & np.isin(study.cells["code"].astype(str), sorted(codes))
    use = chosen[cell] & np.isin(ids[other], _registered_cells(connection, catalogue))
    wanted = np.column_stack([ids[cell[use]], ids[other[use]]])
    told = f"写入覆盖研究“{scenario.name}”的邻区规划（{int(chosen.sum())} 个小区）"
    change_set = open_change_set(connection, principal, "update", told, rows=int(chosen.sum()))
    day = as_of_day(connection)
    begun, ended = replace_links(connection, change_set, link_kind, ids[chosen], wanted, day)
    if not begun + ended:
        message = "没有要写入的邻区：规划与登记一致，或所选小区不在规划之内"
        raise NothingToPlan(message)
    done = {"begun": begun, "ended": ended, "change_set": change_set}
    keep(study, principal, "neighbours", read_facts(study, principal, "neighbours") | {"applied": done})
    return done


def _registered_cells(connection: Connection, catalogue: Catalogue) -> Ints:
    row = tables.resource.c
    query = select(row.id).where(row.kind == catalogue.kinds["cell"].code)
    return np.array(connection.execute(query).scalars().all(), dtype=np.int64)


def _writable(connection: Connection, catalogue: Catalogue, principal: Principal) -> Ints:
    row = tables.resource.c
    query = select(row.id, row.area_id, row.owner_id).where(row.kind == catalogue.kinds["cell"].code)
    rows = connection.execute(query)
    return np.array([one.id for one in rows if principal.sees(one.area_id, one.owner_id)], dtype=np.int64)
