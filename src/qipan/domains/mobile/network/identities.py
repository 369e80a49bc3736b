"""Physical cell identities for a study's cells: planned beside those that stay, and written to the register."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.attributes import Setting, set_attribute
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import Study, open_study
from qipan.domains.mobile.network.access_roots import plan_access
from qipan.domains.mobile.network.errors import NothingToPlan
from qipan.domains.mobile.network.neighbours import NeighbourParameters, overlaps, sites, study_of
from qipan.domains.mobile.network.records import keep, read_facts, read_rows
from qipan.domains.mobile.network.relations import registered_relations, with_registered
from qipan.engines.radio import PciConflicts, PciRules, check_pci, identities, neighbour_lists, plan_pci

Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]
key = "physical_cell_identity"
_most_conflicts = 2000


@dataclass(frozen=True, slots=True)
class PciParameters:
    """What is planned anew and by which rules.

    ``scope``: ``all`` cells that one may write, or only those in ``conflicts`` or without an identity; ``keep`` codes
    of cells that keep theirs; ``operator_ids`` whose cells are planned, all where empty; ``reuse_distance`` m, 0 for
    no rule; ``lowest`` and ``highest`` identity that is given out; ``window`` and ``limit`` as for neighbours;
    ``registered`` whether relations that the register holds count beside those of the study.
    """

    scope: Literal["all", "conflicts"] = "all"
    keep: tuple[str, ...] = ()
    operator_ids: tuple[int, ...] = ()
    reuse_distance: float = 0.0
    lowest: int = 0
    highest: int = 1007
    window: float = 6.0
    limit: int = 32
    registered: bool = True


@dataclass(frozen=True)
class _Registered:
    """What the register says of each cell of a study: ``current`` identity and ``version``, -1 for none."""

    current: Ints
    version: Ints
    writable: Truths
    seen: Truths


@dataclass(frozen=True)
class _Graph:
    """The lists and overlaps by which identities are judged, of the cells ``of`` a study."""

    of: Ints
    neighbours: sparse.csr_array
    overlap: sparse.csr_array
    layer: Ints
    places: NDArray[np.float64] = field(repr=False)

    def part(self, chosen: Ints) -> _Graph:
        """Return the graph of some cells by their place in it."""
        return _Graph(
            self.of[chosen],
            self.neighbours[chosen][:, chosen].tocsr(),
            self.overlap[chosen][:, chosen].tocsr(),
            self.layer[chosen],
            self.places[chosen],
        )

    def check(self, pci: Ints, distance: float) -> PciConflicts:
        """Count the conflicts of identities that all its cells have."""
        return check_pci(
            pci, self.neighbours, interference=self.overlap, layer=self.layer, places=self.places,
            reuse_distance=distance,
        )  # fmt: skip


def run_pci(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    parameters: PciParameters | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Plan identities and random access roots, keep them and return the conflicts before and after.

    Only cells that the principal may write are planned; others with an identity stay as they are and are held to, those
    without one are left out. Raises NothingToPlan where no cell is left to plan.
    """
    asked, tell = parameters or PciParameters(), progress or Progress()
    study = study_of(database, principal, scenario_id)
    with database.connect() as connection:
        register = _registered(connection, catalogue, principal, study)
        held = registered_relations(connection, study) if asked.registered else np.zeros((0, 2), dtype=np.int64)
    whole = _graph(study, asked, held, tell.part(0.0, 0.5))
    free = _free(study, register, whole, asked)
    members = np.flatnonzero(np.isin(whole.layer, np.unique(whole.layer[free])) & (free | (register.current >= 0)))
    graph, current, open_ = whole.part(members), register.current[members], free[members]
    tell.report(0.5, "规划 PCI")
    held = np.flatnonzero(current >= 0)
    before = graph.part(held).check(current[held], asked.reuse_distance)
    plan = plan_pci(
        graph.neighbours,
        interference=graph.overlap,
        layer=graph.layer,
        places=graph.places,
        group=(~open_).astype(np.int64),
        allowed=np.stack([identities((asked.lowest, asked.highest)), identities()]),
        fixed=np.where(open_, -1, current),
        rules=PciRules(reuse_distance=asked.reuse_distance),
    )
    tell.report(0.9, "规划 PRACH")
    access = plan_access(study, members, graph.neighbours)
    rows = pa.table(
        {"cell": members, "before": current, "after": plan.pci, "planned": open_, "seen": register.seen[members],
         "version": register.version[members], **access}
    )  # fmt: skip
    conflicts = pa.concat_tables([_listed("before", before, graph.of[held]), _listed("after", plan.after, graph.of)])
    facts = {
        "parameters": asdict(asked),
        "planned": int(open_.sum()),
        "kept": int((~open_).sum()),
        "changed": int((open_ & (plan.pci != current)).sum()),
        "missing": int((current < 0).sum()),
        "before": _counted(before),
        "after": _counted(plan.after),
        "applied": None,
    }
    keep(study, principal, "pci", facts, cells=rows, conflicts=conflicts)
    tell.report(1.0, "完成")
    return facts


def apply_pci(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    database: Database,
    scenario_id: int,
    codes: Collection[str] | None = None,
) -> dict[str, int]:
    """Write the planned identities (of ``codes``, all where None) to the register as one change set.

    Returns how many cells were ``changed`` and the ``change_set``. Raises Conflict where a cell was changed since it
    was planned, NothingToPlan where nothing differs.
    """
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    study = open_study(database, scenario_id)
    rows = read_rows(study, principal, "pci", "cells")
    column = {name: rows[name].to_numpy() for name in ("cell", "before", "after", "planned", "version")}
    use = column["planned"] & (column["after"] != column["before"]) & (column["version"] >= 0)
    if codes is not None:
        use &= np.isin(study.cells["code"][column["cell"]].astype(str), sorted(codes))
    if not use.any():
        message = "没有要写入的 PCI：规划与登记一致，或所选小区不在规划之内"
        raise NothingToPlan(message)
    settings = [
        Setting(int(number), int(version), int(value))
        for number, version, value in zip(
            study.cells["resource_id"][column["cell"][use]], column["version"][use], column["after"][use], strict=True
        )
    ]
    told = f"写入覆盖研究“{scenario.name}”的 PCI 规划（{len(settings)} 个小区）"
    change_set = set_attribute(connection, catalogue, principal, kind="cell", key=key, settings=settings, message=told)
    facts = read_facts(study, principal, "pci") | {"applied": {"changed": len(settings), "change_set": change_set}}
    keep(study, principal, "pci", facts)
    return {"changed": len(settings), "change_set": change_set}


def _registered(connection: Connection, catalogue: Catalogue, principal: Principal, study: Study) -> _Registered:
    row = tables.resource.c
    columns = (row.id, row.version, row.area_id, row.owner_id, row.attributes[key].as_integer().label("pci"))
    query = select(*columns).where(row.kind == catalogue.kinds["cell"].code)
    known = {one.id: one for one in connection.execute(query)}
    ids = study.cells["resource_id"].tolist()
    owners = study.cells["operator_id"].tolist()
    found = [known.get(one) for one in ids]
    seen = [
        principal.sees(None, owner) if one is None else principal.sees(one.area_id, one.owner_id)
        for one, owner in zip(found, owners, strict=True)
    ]
    return _Registered(
        current=np.array([-1 if one is None or one.pci is None else one.pci for one in found], dtype=np.int64),
        version=np.array([-1 if one is None else one.version for one in found], dtype=np.int64),
        writable=np.array(seen, dtype=bool) & principal.may_write,
        seen=np.array(seen, dtype=bool),
    )


def _graph(study: Study, asked: PciParameters, held: Ints, progress: Progress) -> _Graph:
    overlap = overlaps(study, NeighbourParameters(window=asked.window, limit=asked.limit), progress)
    found = neighbour_lists(overlap, sites(study), limit=asked.limit)
    places = np.column_stack([study.cells["x"], study.cells["y"]]).astype(np.float64)
    layer = study.cells["layer"].astype(np.int64)
    lists = with_registered(found.weights, held[layer[held[:, 0]] == layer[held[:, 1]]])
    return _Graph(np.arange(layer.size), lists, overlap, layer, places)


def _free(study: Study, register: _Registered, graph: _Graph, asked: PciParameters) -> Truths:
    """Tell which cells are planned anew."""
    free = register.writable & ~np.isin(study.cells["code"].astype(str), asked.keep)
    if asked.operator_ids:
        free &= np.isin(study.cells["operator_id"], asked.operator_ids)
    if asked.scope == "conflicts":
        held = np.flatnonzero(register.current >= 0)
        found = graph.part(held).check(register.current[held], asked.reuse_distance)
        wrong = np.zeros(free.size, dtype=bool)
        wrong[held[found.collisions.ravel()]] = True
        wrong[held[found.confusions[:, 1:].ravel()]] = True
        wrong[held[found.reuse.ravel()]] = True
        free &= wrong | (register.current < 0)
    if not free.any():
        reason = "没有冲突的小区" if asked.scope == "conflicts" else "没有您可修改的小区"
        message = f"没有需要规划的小区（{reason}）：请改变范围、运营商或保留的小区"
        raise NothingToPlan(message)
    return free


def _counted(found: PciConflicts) -> dict[str, Any]:
    whole = found.overlap or 1.0
    return {
        "collisions": len(found.collisions),
        "confusions": len(found.confusions),
        "reuse": len(found.reuse),
        "mod3": found.pairs[3],
        "mod30": found.pairs[30],
        "mod3_share": round(found.residues[3] / whole, 4),
        "mod30_share": round(found.residues[30] / whole, 4),
    }


def _listed(stage: str, found: PciConflicts, of: Ints) -> pa.Table:
    """Return the conflicts as rows: ``kind``, the two cells, and for a confusion the cell whose neighbours they are."""
    parts = [
        ("collision", found.collisions, None),
        ("confusion", found.confusions[:, 1:], found.confusions[:, 0]),
        ("reuse", found.reuse, None),
    ]
    columns: dict[str, list[Any]] = {"stage": [], "kind": [], "cell": [], "other": [], "heard_by": []}
    for kind, pairs, heard_by in parts:
        some = pairs[:_most_conflicts]
        columns["stage"] += [stage] * len(some)
        columns["kind"] += [kind] * len(some)
        columns["cell"] += of[some[:, 0]].tolist()
        columns["other"] += of[some[:, 1]].tolist()
        columns["heard_by"] += [-1] * len(some) if heard_by is None else of[heard_by[:_most_conflicts]].tolist()
    kinds = {"stage": pa.string(), "kind": pa.string()}
    return pa.table({name: pa.array(values, kinds.get(name, pa.int64())) for name, values in columns.items()})
