"""Samples of a drive test beside what a study predicts for the cell that was measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import Plane, cover_classes, read_ground
from qipan.domains.mobile.coverage import Study, StudyLayer, engine_cells, load_antennas
from qipan.domains.mobile.coverage.correcting import clutter_at
from qipan.domains.mobile.network.errors import NothingToPlan
from qipan.domains.mobile.network.relations import registered_identities
from qipan.engines.radio import Measurements, error_report, excess_loss, usable

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
_nowhere = -1
_edges = np.arange(-30.0, 30.1, 2.0)
_shown = 1500
ways = ("none", "best", "pci", "cell")
"""How the cell of a sample was found: not at all, the strongest there, by its identity, by its code or name."""


@dataclass(frozen=True)
class Comparison:
    """Samples with a prediction, as :func:`qipan.engines.radio.usable` leaves them, in the study's plane.

    ``counts`` samples by the way their cell was found; ``left_out`` how many by reason.
    """

    measurements: Measurements
    counts: dict[str, int]
    left_out: dict[str, int]


def compare(
    database: Database, catalogue: Catalogue, study: Study, samples: pa.Table, owner_id: int | None = None
) -> Comparison:
    """Hold samples against a study: against the cell they name, else that of their identity among those heard there,
    else the strongest of the operator ``owner_id`` (of all public ones where None) there.

    NothingToPlan where not one sample lies where the study predicts something.
    """
    column = {name: samples[name].to_numpy(zero_copy_only=False) for name in samples.column_names}
    x, y = Plane(study.grid.epsg).to_plane(column["longitude"], column["latitude"])
    place, inside = _map_cells(study, x, y)
    cell = np.full(len(x), _nowhere, dtype=np.int64)
    level, way = np.full(len(x), np.nan), np.zeros(len(x), dtype=np.int8)
    named, pci = _named(study, column["cell"]), np.nan_to_num(column["pci"].astype(float), nan=-1.0).astype(np.int64)
    identity = _identities(database, catalogue, study)
    for layer in _layers(study, owner_id):
        here = np.flatnonzero(inside & _on_carrier(layer, column["frequency"]))
        where = np.divmod(place[here], study.grid.columns)
        levels, servers = np.asarray(study.levels(layer.number)[where]), np.asarray(study.servers(layer.number)[where])
        found = _found(levels, servers, named[here], pci[here], identity)
        better = (found[0] > way[here]) | ((found[0] == way[here]) & (found[2] > np.nan_to_num(level[here], nan=-999)))
        chosen = here[better]
        way[chosen], cell[chosen], level[chosen] = found[0][better], found[1][better], found[2][better]
        study.release()
    # A sample that names a cell which is not heard there says nothing of another cell's prediction.
    level[(named >= 0) & (way < ways.index("cell"))] = np.nan
    bent = _diffraction(database, catalogue, study, place, cell, level)
    return _kept(database, study, column, x, y, inside, cell, level, way, bent)


def _diffraction(
    database: Database, catalogue: Catalogue, study: Study, place: Ints, cell: Ints, level: Doubles
) -> Doubles:
    """Return the loss beyond free space in each predicted level, dB.

    0 where nothing is predicted, of an indoor system, and in a study whose levels a correction has changed already.
    """
    found = np.zeros(place.size)
    known = np.flatnonzero(np.isfinite(level) & (cell >= 0))
    known = known[study.cells["form"][cell[known]] != "indoor"]
    if study.parameters.get("calibration") is not None or not known.size:
        return found
    used, which = np.unique(cell[known], return_inverse=True)
    grid = study.grid
    box = (grid.west, grid.north - grid.rows * grid.resolution, grid.west + grid.columns * grid.resolution, grid.north)
    ground = read_ground(database, catalogue, box, grid.resolution)
    row, column = np.divmod(place[known], grid.columns)
    cells = engine_cells(study, used, load_antennas(database))
    loss = excess_loss(ground, cells, which, row, column, level[known], float(study.parameters["receiver"]))
    found[known] = np.nan_to_num(loss)
    return found


def _map_cells(study: Study, x: Doubles, y: Doubles) -> tuple[Ints, NDArray[np.bool_]]:
    grid = study.grid
    with np.errstate(invalid="ignore"):
        row = np.floor((grid.north - y) / grid.resolution)
        column = np.floor((x - grid.west) / grid.resolution)
        inside = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    flat = np.where(inside, row * grid.columns + column, 0.0)
    return flat.astype(np.int64), inside


def _layers(study: Study, owner_id: int | None) -> list[StudyLayer]:
    found = [one for one in study.layers if (not one.private if owner_id is None else one.operator_id == owner_id)]
    if not found:
        message = "研究中没有该运营商的小区：请核对路测所属运营商"
        raise NothingToPlan(message)
    return found


def _on_carrier(layer: StudyLayer, frequency: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which samples may be of a carrier: those that name its frequency within 50 MHz, or none."""
    said = frequency.astype(np.float64)
    return np.isnan(said) | (np.abs(said - layer.frequency) <= 50.0)


def _named(study: Study, texts: NDArray[Any]) -> Ints:
    """Return the number of the cell whose code or name each sample gives, -1 where it gives none that is known."""
    known: dict[str, int] = {}
    for key in ("name", "code"):
        known |= {str(text): number for number, text in enumerate(study.cells[key])}
    return np.array([known.get(text, _nowhere) if text is not None else _nowhere for text in texts], dtype=np.int64)


def _identities(database: Database, catalogue: Catalogue, study: Study) -> Ints:
    """Return the identity that the register has for each cell of a study, -1 where none and last of all."""
    with database.connect() as connection:
        return np.append(registered_identities(connection, catalogue, study), _nowhere)


def _found(
    levels: NDArray[np.float32], servers: NDArray[np.int32], named: Ints, pci: Ints, identity: Ints
) -> tuple[NDArray[np.int8], Ints, Doubles]:
    """Return for each sample the way its cell is found on a carrier, its number and its level there."""
    heard = servers >= 0
    by_name = heard & (servers == named[:, None]) & (named[:, None] >= 0)
    by_identity = heard & (identity[servers] == pci[:, None]) & (pci[:, None] >= 0)
    first = np.zeros(servers.shape, dtype=bool)
    first[:, 0] = heard[:, 0]
    way = np.zeros(len(servers), dtype=np.int8)
    rank = np.zeros(len(servers), dtype=np.int64)
    for number, which in enumerate((first, by_identity, by_name), start=1):
        hit = which.any(axis=1)
        way[hit], rank[hit] = number, which[hit].argmax(axis=1)
    each = np.arange(len(servers))
    level = np.where(way > 0, levels[each, rank], np.nan).astype(np.float64)
    return way, np.where(way > 0, servers[each, rank], _nowhere).astype(np.int64), level


def _kept(
    database: Database,
    study: Study,
    column: dict[str, NDArray[Any]],
    x: Doubles,
    y: Doubles,
    inside: NDArray[np.bool_],
    cell: Ints,
    level: Doubles,
    way: NDArray[np.int8],
    bent: Doubles,
) -> Comparison:
    east, north = (np.append(study.cells[key], np.nan)[cell] for key in ("x", "y"))
    distance = np.hypot(x - east, y - north)
    clutter = clutter_at(database, x, y)
    measured = Measurements.of(
        x, y, column["level"].astype(np.float64), level, distance=distance, clutter=clutter, diffraction=bent, cell=cell
    )
    kept, rejected = usable(measured)
    if not len(kept):
        message = "没有一个测量点落在研究有预测电平的位置：请核对坐标系、运营商与研究范围"
        raise NothingToPlan(message)
    used = way[np.isfinite(level)]
    outside = int((~inside).sum())
    return Comparison(
        kept,
        {name: int((used == number).sum()) for number, name in enumerate(ways) if number},
        {
            "outside": outside,
            "unpredicted": rejected.not_numbers - outside,
            "range": rejected.outside_range,
            "near": rejected.too_near,
        },
    )


def comparison_figures(found: Comparison) -> dict[str, Any]:
    """Return what is shown of a comparison: the error in dB (measured less predicted), by class of land cover and by
    distance, its histogram, and some pairs of levels."""
    rows = found.measurements
    error = rows.level - rows.predicted
    step = max(1, -(-len(rows) // _shown))
    return {
        "samples": len(rows),
        "ways": found.counts,
        "left_out": found.left_out,
        "error": asdict(error_report(error)),
        "histogram": {
            "edges": _edges.tolist(),
            "counts": np.histogram(np.clip(error, _edges[0], _edges[-1]), _edges)[0].tolist(),
        },
        "clutter": [
            {"class": class_name(number), **asdict(error_report(error[rows.clutter == number]))}
            for number in np.unique(rows.clutter).tolist()
        ],
        "pairs": np.round(np.column_stack([rows.predicted, rows.level])[::step], 1).tolist(),
    }


def class_name(number: int) -> str:
    """Return the key of a class of land cover, ``unknown`` for none."""
    return cover_classes[number] if 0 <= number < len(cover_classes) else "unknown"
