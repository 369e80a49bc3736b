"""Neighbour lists of a study's cells: from where they overlap on the ground, within a carrier and between carriers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.core.scenarios import read_scenario
from qipan.domains.mobile.coverage import Study, StudyLayer, open_study, visible_cells
from qipan.domains.mobile.coverage.summary import bands_of
from qipan.domains.mobile.network.records import keep
from qipan.domains.mobile.network.relations import registered_identities, registered_relations
from qipan.engines.radio import Neighbours, Overlap, neighbour_lists

Doubles = NDArray[np.float64]
_counted = (0, 1, 4, 8, 16, 24, 32)
"""Least numbers of neighbours by which cells are counted."""


@dataclass(frozen=True, slots=True)
class NeighbourParameters:
    """How lists are made: ``window`` dB below the best within which a server overlaps; ``limit`` of one list.

    ``weight`` by which overlaps are ordered, area or residents; ``between`` whether carriers of one operator have lists
    to each other as well. Levels below the study's outdoor threshold do not count.
    """

    window: float = 6.0
    limit: int = 32
    weight: Literal["area", "people"] = "area"
    between: bool = True


def run_neighbours(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    parameters: NeighbourParameters | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute the lists of the cells that the principal may see, keep them and return their figures."""
    asked, tell = parameters or NeighbourParameters(), progress or Progress()
    study = study_of(database, principal, scenario_id)
    with database.connect() as connection:
        seen = visible_cells(connection, catalogue, principal, study)
    tell.report(0.0, "邻区")
    within = overlaps(study, asked, tell.part(0.0, 0.5 if asked.between else 0.9))
    lists = [(neighbour_lists(within, sites(study), limit=asked.limit), True)]
    if asked.between:
        across = overlaps_between(study, asked, tell.part(0.5, 0.9))
        lists.append((neighbour_lists(across, sites(study, of="operator"), limit=asked.limit), False))
    with database.connect() as connection:
        held = registered_relations(connection, study)
        identity = registered_identities(connection, catalogue, study)
    rows = _rows(study, lists, seen, held, identity)
    facts = {"parameters": asdict(asked)} | _figures(study, rows, seen, asked.limit)
    facts |= _against_register(study, rows, held[seen[held[:, 0]]]) | {"applied": None}
    keep(study, principal, "neighbours", facts, lists=rows)
    tell.report(1.0, "完成")
    return facts


def study_of(database: Database, principal: Principal, scenario_id: int) -> Study:
    """Open the study of a scenario that the principal may see and is to compute on.

    Raises NotFound, StudyMissing, AccessDenied for who may only look.
    """
    with database.connect() as connection:
        read_scenario(connection, principal, scenario_id, "coverage")
    if not principal.may_write:
        principal.require_write()
    return open_study(database, scenario_id)


def overlaps(study: Study, asked: NeighbourParameters, progress: Progress) -> sparse.csr_array:
    """Overlap of each cell with the others of its carrier, (cells, cells), in km² or residents.

    An indoor system overlaps with what its building hears of its carrier from outside: there calls go in and out.
    """
    found = _overlap(study, asked)
    for place, layer in enumerate(study.layers):
        progress.report(place / len(study.layers), "重叠覆盖")
        for window, weight in _blocks(study, asked):
            found.add(study.servers(layer.number)[window], study.levels(layer.number)[window], weight)
        at, _, cell = study.indoors(layer.number)
        if at.size:
            _add_doors(study, found, layer, at, cell, asked)
        study.release()
    return _in_units(study, found, asked)


def overlaps_between(study: Study, asked: NeighbourParameters, progress: Progress) -> sparse.csr_array:
    """Overlap of each cell with those of its operator's other carriers, in the units of :func:`overlaps`."""
    found = _overlap(study, asked)
    pairs = [
        (one, other)
        for one in study.layers
        for other in study.layers
        if one.operator_id == other.operator_id and one.number != other.number and not one.private | other.private
    ]
    for place, (one, other) in enumerate(pairs):
        progress.report(place / len(pairs), "异频重叠覆盖")
        for window, weight in _blocks(study, asked):
            serving = np.ascontiguousarray(study.servers(one.number)[(*window, 0)])
            found.add_between(serving, study.servers(other.number)[window], study.levels(other.number)[window], weight)
        study.release()
    return _in_units(study, found, asked)


def sites(study: Study, of: Literal["layer", "operator"] = "layer") -> NDArray[np.int64]:
    """Number of each cell's site: cells of one structure, else of one station, and of one carrier or operator."""
    column = study.cells
    lone = np.unique(column["station_code"].astype(str), return_inverse=True)[1]
    place = np.where(column["structure_id"] >= 0, column["structure_id"], -1 - lone)
    owner = column["layer"] if of == "layer" else column["operator_id"]
    whole = np.column_stack([place, owner]).astype(np.int64)
    return np.asarray(np.unique(whole, axis=0, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _overlap(study: Study, asked: NeighbourParameters) -> Overlap:
    floor = float(study.parameters["outdoor_threshold"])
    return Overlap(len(study.cells["index"]), window=asked.window, floor=floor)


def _blocks(study: Study, asked: NeighbourParameters) -> Iterator[tuple[tuple[slice, slice], Doubles | None]]:
    for window in bands_of(study):
        yield window, None if asked.weight == "area" else np.asarray(study.population[window], dtype=np.float64)


def _add_doors(
    study: Study,
    found: Overlap,
    layer: StudyLayer,
    at: NDArray[np.int64],
    cell: NDArray[np.int64],
    asked: NeighbourParameters,
) -> None:
    places = np.divmod(at, study.grid.columns)
    weight = None if asked.weight == "area" else np.asarray(study.population[places], dtype=np.float64)[None]
    servers, levels = study.servers(layer.number)[places][None], study.levels(layer.number)[places][None]
    found.add_between(cell.astype(np.int32)[None], servers, levels, weight)


def _in_units(study: Study, found: Overlap, asked: NeighbourParameters) -> sparse.csr_array:
    summed = found.matrix()
    if asked.weight == "area":
        summed.data *= (study.grid.resolution / 1000.0) ** 2
    return summed


def _rows(
    study: Study,
    lists: list[tuple[Neighbours, bool]],
    seen: NDArray[np.bool_],
    held: NDArray[np.int64],
    identity: NDArray[np.int64],
) -> pa.Table:
    layer = study.cells["layer"]
    parts = []
    for found, same in lists:
        matrix = found.weights
        cell = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        other = matrix.indices.astype(np.int64)
        use = seen[cell] & ((layer[cell] == layer[other]) == same)
        parts.append((cell[use], other[use], matrix.data[use], found.reasons[use], np.full(int(use.sum()), same)))
    cell, other, weight, reason, same_carrier = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((other, -weight, ~same_carrier, cell))
    columns = {"cell": cell, "neighbour": other, "weight": weight, "reasons": reason, "same_carrier": same_carrier}
    registered = np.isin(_pairs(study, cell, other), _pairs(study, *held.T))
    columns |= {"pci": identity[cell], "neighbour_pci": identity[other]}
    columns |= {"registered": registered, "named": seen[other]}
    return pa.table({name: values[order] for name, values in columns.items()})


def _pairs(study: Study, cell: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each relation."""
    return np.asarray(cell * len(study.cells["index"]) + other, dtype=np.int64)


def _against_register(study: Study, rows: pa.Table, held: NDArray[np.int64]) -> dict[str, int]:
    """Count the relations that the register has, those that are new to it and those that the lists leave out."""
    known = int(rows["registered"].to_numpy().sum())
    return {"registered": len(held), "new": rows.num_rows - known, "gone": len(held) - known}


def _figures(study: Study, rows: pa.Table, seen: NDArray[np.bool_], limit: int) -> dict[str, Any]:
    cell, same = rows["cell"].to_numpy(), rows["same_carrier"].to_numpy()
    reasons = rows["reasons"].to_numpy()
    within = np.bincount(cell[same], minlength=seen.size)
    layer = study.cells["layer"]
    return {
        "cells": int(seen.sum()),
        "relations": len(cell),
        "between": int((~same).sum()),
        "reasons": {name: int(((reasons & bit) > 0).sum()) for name, bit in
                    (("overlap", 1), ("co_sited", 2), ("symmetry", 4))},
        "layers": [_layer_figures(one, within[seen & (layer == one.number)], limit) for one in study.layers],
        "counts": _counts(within[seen]),
    }  # fmt: skip


def _layer_figures(layer: StudyLayer, counts: NDArray[np.int64], limit: int) -> dict[str, Any]:
    return {
        "number": layer.number,
        "operator_id": layer.operator_id,
        "band": layer.band,
        "frequency": layer.frequency,
        "cells": int(counts.size),
        "mean": round(float(counts.mean()), 2) if counts.size else None,
        "most": int(counts.max(initial=0)),
        "alone": int((counts == 0).sum()),
        "full": int((counts >= limit).sum()),
    }


def _counts(counts: NDArray[np.int64]) -> list[dict[str, int]]:
    """Return how many cells have at least each number of neighbours and fewer than the next."""
    edges = np.array([*_counted, np.iinfo(np.int64).max])
    return [
        {"least": least, "cells": int(number)}
        for least, number in zip(_counted, np.histogram(counts, edges)[0], strict=True)
    ]
