"""A coverage result as files: written by the run, opened by whatever shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qipan.core.database import Database
from qipan.core.scenarios import scenario_folder
from qipan.domains.mobile.coverage.blocks import MapArray
from qipan.domains.mobile.coverage.errors import StudyMissing
from qipan.domains.mobile.coverage.layers import open_levels, open_servers, open_total
from qipan.engines.radio import Antenna, Cells

Floats = NDArray[np.float32]
study_file = "study.json"


def overall_name(key: str) -> str:
    """Return the name of the files that keep a metric of all public layers together."""
    return f"overall-{key}"


_format = 2
"""What the files of a result look like; those of another are not read."""
Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the map cells lie: ``epsg`` plane, ``west`` and ``north`` outer edges in m, ``resolution`` m a cell."""

    epsg: int
    west: float
    north: float
    resolution: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns


@dataclass(frozen=True, slots=True)
class StudyLayer:
    """One carrier of one operator.

    ``frequency`` MHz; ``cells`` its number of cells; ``noise`` mW in a resource element; ``spacing`` of subcarriers in
    kHz; ``subcarriers`` of its carriers; ``downlink`` part of the time; ``streams`` most layers to a terminal;
    ``entry_loss`` dB into a building; ``private`` where the public is not served.
    """

    number: int
    operator_id: int
    operator: str
    band: str
    frequency: float
    cells: int
    noise: float
    spacing: float
    subcarriers: int
    downlink: float
    streams: int
    entry_loss: float
    private: bool


class Study:
    """An opened result; its maps are read from their files and cannot be written to."""

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        self.grid = Grid(facts["epsg"], *(facts[key] for key in ("west", "north", "resolution", "rows", "columns")))
        self.layers = tuple(StudyLayer(**one) for one in facts["layers"])
        self._cells: dict[str, NDArray[Any]] | None = None
        self._indoors: list[tuple[NDArray[Any], ...]] | None = None
        self._serving: dict[int, NDArray[np.bool_]] = {}
        self._mapped: dict[str, Any] = {}

    @property
    def version(self) -> str:
        """What tells two results apart, for keeping what was drawn of them."""
        return str(self.facts["version"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters that the result was computed with."""
        return dict(self.facts["parameters"])

    @property
    def cells(self) -> dict[str, NDArray[Any]]:
        """Columns of the computed cells, by name; a cell's place is its number in ``servers``."""
        if self._cells is None:
            table = pq.read_table(self.folder / "cells.parquet")
            self._cells = {name: table[name].to_numpy() for name in table.column_names}
        return self._cells

    def levels(self, number: int) -> MapArray[np.float32]:
        """SS-RSRP of a layer in dBm, falling, (rows, columns, k), -inf where there is none; in steps of 0.01 dB."""
        return self.once(f"levels-{number}", lambda: open_levels(self.folder, number, self._shape))

    def servers(self, number: int) -> MapArray[np.int32]:
        """Numbers of the cells behind ``levels``, -1 where there is none."""
        return self.once(
            f"servers-{number}", lambda: open_servers(self.folder, number, self._shape, self._outdoors(number))
        )

    def total(self, number: int) -> MapArray[np.float32]:
        """Power in a resource element from all cells of a layer at full load, mW, (rows, columns)."""
        return self.once(f"total-{number}", lambda: open_total(self.folder, number, self._shape))

    @property
    def keeps_overall(self) -> bool:
        """Whether the maps of all public layers together lie beside those of each layer, and hold."""
        return (self.folder / f"{overall_name('rsrp')}.index.npy").exists()

    @property
    def _shape(self) -> tuple[int, int, int]:
        return (*self.grid.shape, int(self.facts["parameters"]["servers"]))

    def _outdoors(self, number: int) -> NDArray[np.int64]:
        """Return the cells of a layer that its maps show, by which ``servers`` are numbered in the files."""
        return np.flatnonzero((self.cells["layer"] == number) & (self.cells["form"] != "indoor"))

    def indoors(self, number: int) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
        """Map cells (flat index, rising) that indoor systems of a layer cover, level in dBm, cell; each shape (m,)."""
        if self._indoors is None:
            table = pq.read_table(self.folder / "indoors.parquet")
            layer = table["layer"].to_numpy()
            columns = [table[name].to_numpy() for name in ("at", "level", "cell")]
            order = np.lexsort((columns[0], layer))
            stops = np.searchsorted(layer[order], np.arange(len(self.layers) + 1))
            self._indoors = [
                tuple(column[order[first:stop]] for column in columns) for first, stop in pairwise(stops.tolist())
            ]
        at, level, cell = self._indoors[number]
        return at, level, cell

    def serving(self, operator_id: int) -> NDArray[np.bool_]:
        """Which cells serve an operator's subscribers: its own, and those of others that share them with it."""
        if operator_id not in self._serving:
            shared = [operator_id in partners for partners in self.cells["shared_with"]]
            own = self.cells["operator_id"] == operator_id
            self._serving[operator_id] = np.asarray(own | np.array(shared, dtype=bool))
        return self._serving[operator_id]

    @property
    def areas(self) -> NDArray[np.int32]:
        """Id of the narrowest area at each map cell on land, 0 on water and outside; (rows, columns)."""
        return self._array("areas")

    @property
    def population(self) -> Floats:
        """Residents of each map cell, (rows, columns)."""
        return self._array("population")

    @property
    def built(self) -> NDArray[np.bool_]:
        """Map cells under a building, (rows, columns)."""
        return self._array("built")

    def release(self) -> None:
        """Let go of the mapped arrays, so that memory does not grow with what was read of them; they open again."""
        self._mapped = {}

    def _array(self, name: str) -> NDArray[Any]:
        found: NDArray[Any] = self.once(name, lambda: np.load(self.folder / f"{name}.npy", mmap_mode="r"))
        return found

    def once(self, name: str, opening: Callable[[], Opened]) -> Opened:
        """Return what was opened by a name, opened now if it was not; StudyMissing where it is gone or torn."""
        found: Opened | None = self._mapped.get(name)
        if found is None:
            try:
                found = self._mapped[name] = opening()
            except (OSError, ValueError) as error:
                message = f"覆盖结果 {self.folder} 的 {name} 无法读取（{error}）：请重新计算该方案"
                raise StudyMissing(message) from error
        return found


def open_study(database: Database, scenario_id: int) -> Study:
    """Open the result of a scenario; StudyMissing where there is none. Rights are the caller's to check."""
    folder = scenario_folder(database, scenario_id)
    if not (folder / study_file).exists():
        message = f"方案 {scenario_id} 还没有覆盖计算结果：请先计算"
        raise StudyMissing(message)
    return study_in(folder)


def study_in(folder: Path) -> Study:
    """Open the result whose files lie in ``folder``; StudyMissing where they cannot be read."""
    try:
        facts = json.loads((folder / study_file).read_text(encoding="utf-8"))
        if facts.get("format") != _format:
            message = f"方案 {folder.name} 的覆盖结果由其他版本的程序写成，不能读取：请重新计算该方案"
            raise StudyMissing(message)
        return Study(folder, facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"方案 {folder.name} 的覆盖结果 {study_file} 无法读取（{error}）：请重新计算该方案"
        raise StudyMissing(message) from error


def write_study(folder: Path, facts: Mapping[str, Any], grid: Grid, layers: Sequence[StudyLayer]) -> None:
    """Write ``study.json``: the facts of a result, its grid and its layers."""
    content = {
        **facts,
        "format": _format,
        "crs": f"EPSG:{grid.epsg}",
        **asdict(grid),
        "layers": [asdict(one) for one in layers],
    }
    (folder / study_file).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def write_cells(folder: Path, columns: Mapping[str, Any]) -> None:
    """Write ``cells.parquet``."""
    pq.write_table(pa.table(dict(columns)), folder / "cells.parquet")


def engine_cells(study: Study, chosen: NDArray[np.int64], antennas: Mapping[str, Antenna]) -> Cells:
    """Return some cells of a study as the engine takes them, all on layer 0."""
    column = {name: values[chosen] for name, values in study.cells.items()}
    used, antenna = np.unique(column["antenna"].astype(str), return_inverse=True)
    angles = {name: column[name] for name in ("azimuth", "mechanical_tilt", "electrical_tilt")}
    return Cells.of(
        column["x"], column["y"], height=column["height"], f=column["f"], watts=column["watts"],
        antennas=[antennas[str(name)] for name in used], antenna=antenna.reshape(-1),
        subcarriers=column["subcarriers"], load=column["load"],
        names=[f"{code} {name}" for code, name in zip(column["code"], column["name"], strict=True)], **angles,
    )  # fmt: skip
