"""Studies that a server keeps open, with the ground and the antennas that they were computed with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.ground import Plane, read_ground
from qipan.domains.mobile.coverage import Study, engine_cells, load_antennas, open_study
from qipan.engines.radio import Antenna, Cells, Ground, Settings

_kept = 8
_kept_tiles = 1000


class KeptTiles:
    """The tiles last drawn of a study: a few tens of kilobytes each, asked for by everyone who looks at one place."""

    def __init__(self, most: int = _kept_tiles) -> None:
        self._most = most
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """Return the tile of a key, drawn where it is not there yet."""
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        drawn = draw()
        with self._lock:
            self._tiles[key] = drawn
            while len(self._tiles) > self._most:
                self._tiles.popitem(last=False)
        return drawn


class OpenStudy:
    """A study with what its paths and edits need; the ground and the antennas are read when first asked for."""

    def __init__(self, database: Database, catalogue: Catalogue, study: Study) -> None:
        self.study = study
        self.tiles = KeptTiles()
        self._database, self._catalogue = database, catalogue

    @property
    def plane(self) -> Plane:
        """The plane that the study's grid lies on."""
        return Plane(self.study.grid.epsg)

    @cached_property
    def ground(self) -> Ground:
        """Terrain and buildings on the study's grid, as the register has them now."""
        grid = self.study.grid
        east, south = grid.west + grid.columns * grid.resolution, grid.north - grid.rows * grid.resolution
        return read_ground(self._database, self._catalogue, (grid.west, south, east, grid.north), grid.resolution)

    @cached_property
    def antennas(self) -> dict[str, Antenna]:
        """Antennas by the names that cells carry."""
        return load_antennas(self._database)

    @property
    def settings(self) -> Settings:
        """How the study was computed, for the engine."""
        said, grid = self.study.parameters, self.study.grid
        latitude = float(self.plane.to_degrees(grid.west, grid.north)[1])
        return Settings(
            radius=said["radius"], receiver=said["receiver"], model=said["model"], servers=said["servers"],
            sample=0, latitude=latitude,
        )  # fmt: skip

    def engine_cells(self, study: Study, chosen: NDArray[np.int64]) -> Cells:
        """Return some cells of this study, or of an edited one, as the engine takes them, all on layer 0."""
        return engine_cells(study, chosen, self.antennas)

    def window_ground(self, rows: slice, columns: slice) -> Ground:
        """Return a window of the ground as a ground of its own."""
        ground = self.ground
        return Ground.of(
            ground.terrain[rows, columns], ground.surface[rows, columns], resolution=ground.resolution,
            west=ground.west + columns.start * ground.resolution, north=ground.north - rows.start * ground.resolution,
        )  # fmt: skip


class OpenStudies:
    """The studies last asked for, as they are now: one that was computed anew is opened anew."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database, self._catalogue = database, catalogue
        self._open: OrderedDict[int, OpenStudy] = OrderedDict()
        self._lock = Lock()

    def get(self, scenario_id: int) -> OpenStudy:
        """Return the newest result of a scenario; StudyMissing where there is none. The caller checks rights."""
        found = open_study(self._database, scenario_id)
        with self._lock:
            held = self._open.get(scenario_id)
            if held is None or held.study.version != found.version:
                held = self._open[scenario_id] = OpenStudy(self._database, self._catalogue, found)
            self._open.move_to_end(scenario_id)
            while len(self._open) > _kept:
                self._open.popitem(last=False)
        return held
