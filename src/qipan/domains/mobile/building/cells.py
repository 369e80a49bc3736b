"""The cells that a planned station would have, as the radio engine takes them and as reports list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.catalogue import Placement
from qipan.core.placing import Candidates, read_table
from qipan.domains.mobile.coverage import StudyLayer
from qipan.engines.radio import Antenna, Cells

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class PlannedCells:
    """Cells as columns: ``site`` the candidate's row each hangs on; other columns as the radio engine's."""

    site: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.generic]]
    antenna: list[str]
    band: list[str]

    def __len__(self) -> int:
        return len(self.site)

    def engine_cells(self, antennas: Mapping[str, Antenna], layer: NDArray[np.int64] | int = 0) -> Cells:
        """Return the cells as the radio engine takes them."""
        names = sorted(set(self.antenna)) or ["全向"]
        place = {name: number for number, name in enumerate(names)}
        known = [antennas.get(name, antennas["全向"]) for name in names]
        number = np.array([place[one] for one in self.antenna], dtype=np.int64)
        columns: dict[str, Any] = {key: np.asarray(one, dtype=np.float64) for key, one in self.columns.items()}
        columns |= {"antennas": known, "antenna": number, "layer": layer, "load": 1.0}
        return Cells.of(columns.pop("x"), columns.pop("y"), **columns)


def planned_cells(
    placement: Placement, candidates: Candidates, rows: NDArray[np.int64], layers: Mapping[int, StudyLayer]
) -> PlannedCells:
    """Return the cells of some candidates: the sectors of their source, evenly around, on the operator's main carrier.

    Candidates that serve their host alone have none.
    """
    site, azimuth, spec = [], [], []
    for row in rows.tolist():
        radio = placement.sources[candidates.source[row]].radio
        sectors = int(radio.get("sectors", 0))
        for sector in range(sectors):
            site.append(row)
            azimuth.append(360.0 / sectors * sector)
            spec.append(radio)
    at = np.array(site, dtype=np.int64)
    mine = [layers[int(candidates.owner_id[row])] for row in site]
    columns: dict[str, NDArray[np.generic]] = {
        "x": candidates.x[at],
        "y": candidates.y[at],
        "height": candidates.height[at],
        "f": np.array([layer.frequency / 1000.0 for layer in mine]),
        "watts": np.array([float(one["watts"]) for one in spec]),
        "subcarriers": np.array([float(layer.subcarriers) for layer in mine]),
        "azimuth": np.array(azimuth),
        "mechanical_tilt": np.array([float(one.get("mechanical_tilt", 0.0)) for one in spec]),
        "electrical_tilt": np.array([float(one.get("electrical_tilt", 0.0)) for one in spec]),
    }
    return PlannedCells(at, columns, [str(one["antenna"]) for one in spec], [layer.band for layer in mine])


def cells_table(planned: PlannedCells, candidates: Candidates, number: Mapping[int, int]) -> pa.Table:
    """Return the cells of chosen sites as reports and coverage studies read them; ``number`` of each site's row."""
    at = planned.site
    columns: dict[str, object] = {
        "site": pa.array([number[int(row)] for row in at], pa.int32()),
        "owner_id": candidates.owner_id[at],
        "band": pa.array(planned.band, pa.string()),
        "longitude": candidates.longitude[at],
        "latitude": candidates.latitude[at],
    }
    columns |= dict(planned.columns) | {"antenna": pa.array(planned.antenna, pa.string())}
    return pa.table(columns)


def cells_of_sites(folder: Path) -> Callable[[dict[str, Any], str], list[tuple[str, dict[str, object]]]]:
    """Return what gives the planned cells of each site of a plan, as resources of the register."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in read_table(folder, "cells").to_pylist():
        found.setdefault(row["site"], []).append(row)

    def cells(site: dict[str, Any], station: str) -> list[tuple[str, dict[str, object]]]:
        rows = enumerate(found.get(site["site"], ()), start=1)
        return [("cell", _as_resource(row, f"{site['name']}{number}小区"[:200], station)) for number, row in rows]

    return cells


def _as_resource(cell: dict[str, Any], name: str, station: str) -> dict[str, object]:
    same = {key: cell[key] for key in ("azimuth", "mechanical_tilt", "electrical_tilt", "antenna")}
    power = round(10.0 * float(np.log10(cell["watts"])) + 30.0, 2)
    more = {"frequency": round(cell["f"] * 1000.0, 3), "height": round(cell["height"], 1), "power": power}
    return {"name": name, "station": station} | same | more
