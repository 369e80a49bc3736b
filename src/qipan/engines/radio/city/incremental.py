"""A city that is edited: after each edit its map is what a whole run of the edited cells would give.

The strongest cells of each map cell are kept some places deeper than they are shown, so that a cell can leave without a
look at its neighbours. Where a list runs out, it is filled from the levels of all cells around, which are kept once
computed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import BadCell, BadRaster, require_range
from .cells import Cells
from .ground import Ground
from .incremental_cells import CellTable, copied, picked
from .incremental_discs import Discs, Pool
from .incremental_lists import Lists
from .incremental_maps import Map, Maps, blank_maps
from .incremental_update import Heard, Update
from .path import PathProfile, path_profile, require_inside
from .run import Coverage, Layer, Settings, lowest_frequency, on_threads, run_tiles
from .stencil import disc_stencil

_BLOCK = 200


class LiveCoverage:
    """The coverage of a city, kept up to date through edits of its cells.

    After any edits :attr:`layers` equals ``coverage(ground, live.cells, settings)``: levels and servers bit for bit,
    the total to three parts in 100,000, since its float32 sums depend on their order.

    ``found`` is a run of the same ground, cells and settings; without one the map is empty until :meth:`deepen`
    computes all of it or :meth:`warm` an area. ``depth`` servers are kept a map cell, of which the settings say how
    many are shown. ``cache`` bytes hold levels of single cells. A map cell that neither :meth:`deepen` nor
    :meth:`warm` nor an edit has been to is filled by the first edit that reaches it, which then takes as long as
    :meth:`warm`. BadRaster where ``found`` does not fit. Edits are made by one thread at a time.
    """

    def __init__(
        self,
        ground: Ground,
        cells: Cells,
        settings: Settings | None = None,
        found: Coverage | None = None,
        *,
        depth: int = 8,
        cache: int = 2**29,
        workers: int | None = None,
    ) -> None:
        self._ground, self._settings = ground, settings or Settings()
        require_range("live coverage", "depth of the lists", depth, self._settings.servers, 64, "")
        self._depth, self._workers = depth, workers or os.cpu_count() or 1
        rules = self._settings.rules(ground.resolution)
        stencil = self._stencil = disc_stencil(self._settings.radius, ground.resolution, self._settings.density)
        self._table = CellTable(ground, cells, lowest_frequency(rules), self._settings.tile, stencil.reach)
        self._discs = Discs(ground, stencil, rules, self._settings.tile, self._workers)
        self._pool = Pool(self._discs, cache, self._workers)
        good = self._table.good
        count = int(cells.layer[good].max()) + 1 if good.any() else 1
        maps = blank_maps(count, ground.shape, depth)
        self._maps = Maps(maps, self._table, self._pool, stencil, self._settings.servers, self._workers)
        # places of a list that an edit has not been to and that may yet be shown
        self._found = 0 if found is None else self._settings.servers
        if found is not None:
            self._take(found)

    def _take(self, found: Coverage) -> None:
        shown, message = self._settings.servers, ""
        if len(found.layers) != len(self._maps.maps) or not found.complete:
            message = f"coverage: {len(found.layers)} layers, whole: {found.complete}; give a whole run of these cells"
        for layer in found.layers:
            if layer.levels.shape[:2] != self._ground.shape or layer.levels.shape[2] < shown:
                message = f"coverage: shape {layer.levels.shape} is not the ground's {self._ground.shape} with {shown}"
        if message:
            raise BadRaster(message)
        for layer, here in zip(found.layers, self._maps.maps, strict=True):
            here.lists.levels[..., :shown] = layer.levels[..., :shown]
            here.lists.servers[..., :shown] = layer.servers[..., :shown]
            here.total[...] = layer.total

    @property
    def cells(self) -> Cells:
        """The cells as edited, a copy. A removed cell keeps its number and has 0 W, which a run leaves out."""
        return copied(self._table.cells)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The map as :func:`coverage` gives it: views, which change with the next edit."""
        shown = np.s_[..., : self._settings.servers]
        return tuple(Layer(m.lists.levels[shown], m.lists.servers[shown], m.total) for m in self._maps.maps)

    def deepen(
        self, *, progress: Callable[[int, int], None] | None = None, cancelled: Callable[[], bool] | None = None
    ) -> bool:
        """Compute the whole city to full depth, as long as one run; then no edit waits for its surroundings.

        False, and nothing is changed, where ``cancelled`` stopped it.
        """
        count, shape, good = len(self._maps.maps), self._ground.shape, self._table.good
        if not self._found and not any(each.lists.held.any() for each in self._maps.maps):
            # there is nothing to keep, so that the two need not be in memory at once
            self._maps.maps = []
        levels = np.full((count, *shape, self._depth), -np.inf, dtype=np.float32)
        servers, sums = np.full(levels.shape, -1, dtype=np.int32), np.zeros((count, *shape))
        into, deep = (levels, servers, sums), replace(self._settings, servers=self._depth)
        runner = on_threads(self._workers, np.float64)
        if good.any() and not run_tiles(
            runner, self._ground, self._table.cells, good, deep, self._stencil, into, progress, cancelled
        ):
            self._maps.maps = self._maps.maps or blank_maps(count, shape, self._depth)
            return False
        self._discs.prepare(self._table.cells, np.flatnonzero(good))
        held = np.full((count, *shape), self._depth, dtype=np.uint8)
        lists = (Lists(*each) for each in zip(levels, servers, held, sums, strict=True))
        self._maps.maps = [Map(each, each.sums.astype(np.float32)) for each in lists]
        return True

    def warm(self, x: float, y: float, radius: float = 0.0) -> None:
        """Make edits of masts within ``radius`` m of a point (a square) as quick as they get, whatever is edited.

        Fills the lists that such edits reach and keeps the levels of the cells around: a sweep for each mast within two
        disc radii and a pass for each of its cells.
        """
        row, column = (int(each) for each in self._ground.cell_of(x, y))
        wide = int(np.ceil(radius / self._ground.resolution)) + self._stencil.reach
        rows, columns = self._ground.shape
        top, left = max(row - wide, 0), max(column - wide, 0)
        bottom, right = min(row + wide + 1, rows), min(column + wide + 1, columns)
        for layer, here in enumerate(self._maps.maps):
            for y0 in range(top, bottom, _BLOCK):
                for x0 in range(left, right, _BLOCK):
                    block = np.s_[y0 : min(y0 + _BLOCK, bottom), x0 : min(x0 + _BLOCK, right)]
                    self._maps.refill(layer, np.argwhere(here.lists.held[block] < self._depth) + np.array([y0, x0]))
            for batch in self._maps.batches(layer, (top, left, bottom, right)):
                self._pool.rows(batch, self._table.cells)

    def change_cell(
        self,
        index: int,
        *,
        azimuth: float | None = None,
        mechanical_tilt: float | None = None,
        electrical_tilt: float | None = None,
        watts: float | None = None,
    ) -> Update:
        """Turn, tilt or power one cell; what is None stays. BadCell, and nothing changed, for a value out of range."""
        given = {"azimuth": azimuth, "mechanical_tilt": mechanical_tilt, "electrical_tilt": electrical_tilt}
        given["watts"] = watts
        return self._edit([self._known(index)], {name: value for name, value in given.items() if value is not None})

    def move_mast(self, index: int, x: float, y: float, height: float | None = None) -> Update:
        """Move the mast of a cell, with all cells at its place and height, to another place or height.

        BadCell, and nothing changed, where it cannot stand there.
        """
        values = {"x": x, "y": y} | ({} if height is None else {"height": height})
        standing = self._table.standing(self._known(index))
        return self._edit(sorted({index, *(each for each in standing if self._table.good[each])}), values)

    def add_cells(self, more: Cells) -> Update:
        """Take in new cells, numbered on from the last. BadCell, and nothing changed, where one cannot be computed."""
        self._table.check(more)
        missing = int(more.layer.max()) + 1 - len(self._maps.maps)
        self._maps.maps += blank_maps(missing, self._ground.shape, self._depth, held=self._depth)
        joined = {self._table.carrier(more, each) for each in range(len(more))}
        first = len(self._table.cells)
        changes = self._maps.edit((), joined, lambda: self._table.append(more))
        return Update(tuple(range(first, first + len(more))), changes, self._ground.resolution**2)

    def remove_cell(self, index: int) -> Update:
        """Take a cell out; it keeps its number, with 0 W, and :meth:`change_cell` with a power brings it back."""
        table, chosen = self._table, [self._known(index)]

        def write() -> list[int]:
            table.write(chosen, {"watts": 0.0}, good=False)
            return []

        return Update((index,), self._maps.edit(chosen, (), write), self._ground.resolution**2)

    def _edit(self, chosen: list[int], values: dict[str, float]) -> Update:
        table = self._table
        candidates = picked(table.cells, chosen)
        for name, value in values.items():
            getattr(candidates, name)[:] = value
        table.check(candidates)
        joined = {table.carrier(candidates, each) for each in range(len(chosen))}

        def write() -> list[int]:
            table.write(chosen, values, good=True)
            return chosen

        return Update(tuple(chosen), self._maps.edit(chosen, joined, write), self._ground.resolution**2)

    def _known(self, index: int) -> int:
        count = len(self._table.cells)
        if not 0 <= index < count:
            message = f"cell number {index} is not one of the city's 0 to {count - 1}"
            raise BadCell(message)
        return index

    def at(self, x: float, y: float, k: int | None = None) -> tuple[Heard, ...]:
        """The ``k`` strongest cells of each layer at a point, by falling level; by default as many as are shown.

        OutOfRange where the point lies outside the raster or k is more than the lists' depth.
        """
        k = self._settings.servers if k is None else k
        require_inside(self._ground, x, y)
        require_range("live coverage", "strongest cells", k, 1, self._depth, "")
        row, column = (int(each) for each in self._ground.cell_of(x, y))
        heard: list[Heard] = []
        for layer, here in enumerate(self._maps.maps):
            if (here.lists.held[row, column] or self._found) < k:
                self._maps.refill(layer, np.array([[row, column]]))
            levels, servers = here.lists.levels[row, column, :k], here.lists.servers[row, column, :k]
            pairs = zip(servers.tolist(), levels.tolist(), strict=True)
            heard += [Heard(cell, self._table.cells.name(cell), layer, level) for cell, level in pairs if cell >= 0]
        return tuple(heard)

    def profile(self, index: int, x: float, y: float) -> PathProfile:
        """The path from a cell to a point, for drawing; what it raises :func:`path_profile` says, BadCell as well."""
        self._table.check(picked(self._table.cells, [self._known(index)]))
        cells = self._table.cells
        return path_profile(self._ground, cells, index, x, y, self._settings, self._discs, self._stencil)
