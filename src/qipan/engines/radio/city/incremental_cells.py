"""The cells of a city that is edited: found by place, grouped into carriers, changed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from .cells import Cells, reject
from .ground import Ground
from .incremental_discs import Carrier
from .incremental_lists import Order
from .run import morton

_NUMBERS = tuple(each.name for each in fields(Cells) if each.name not in ("antennas", "names"))


def picked(cells: Cells, chosen: list[int]) -> Cells:
    """Some of the cells, with the names they have among all."""
    columns = {name: getattr(cells, name)[chosen] for name in _NUMBERS}
    return Cells(**columns, antennas=cells.antennas, names=tuple(cells.name(index) for index in chosen))


class CellTable:
    """Cells that can change, of which the ``good`` ones are computed; a cell keeps its number."""

    def __init__(self, ground: Ground, cells: Cells, lowest: float, tile: int, reach: int) -> None:
        self._ground, self._lowest, self._tile, self._margin = ground, lowest, tile, reach + 2
        self.cells = copied(cells)
        self.good = np.array(reject(cells, ground, lowest)[0])
        self.row, self.column = ground.cell_of(cells.x, cells.y)
        self.down, self.right = ground.offset_of(cells.x, cells.y)
        self._place = self._places(self.row, self.column)
        keys = self._tile_of(self.row, self.column)
        chosen = np.flatnonzero(self.good)
        order = chosen[np.argsort(keys[chosen], kind="stable")]
        parts = np.split(order, np.flatnonzero(np.diff(keys[order])) + 1) if order.size else []
        self._by_tile = {int(keys[part[0]]): part for part in parts}

    @property
    def order(self) -> Order:
        """What decides between equal levels, as the cells are now."""
        return Order(self._place, self.down, self.right, self.cells.height, self.cells.f)

    def check(self, candidates: Cells) -> None:
        """Raise the BadCell of the first candidate that cannot be computed."""
        for error in reject(candidates, self._ground, self._lowest)[1]:
            raise error

    def carrier(self, cells: Cells, index: int) -> Carrier:
        """The carrier of a cell, among these cells or others."""
        x, y = cells.x[index], cells.y[index]
        (row, column), (down, right) = self._ground.cell_of(x, y), self._ground.offset_of(x, y)
        return Carrier(
            int(row), int(column), float(down), float(right),
            float(cells.height[index]), float(cells.f[index]), int(cells.layer[index]),
        )  # fmt: skip

    def members(self, carrier: Carrier) -> list[int]:
        """The good cells of a carrier in order of number."""
        near = self._in_tile(carrier.row, carrier.column)
        c = self.cells
        same = (self.row[near] == carrier.row) & (self.column[near] == carrier.column)
        same &= (self.down[near] == carrier.down) & (self.right[near] == carrier.right)
        same &= (c.height[near] == carrier.height) & (c.f[near] == carrier.f) & (c.layer[near] == carrier.layer)
        return sorted(near[same].tolist())

    def near(self, layer: int, top: int, left: int, bottom: int, right: int) -> Iterator[tuple[Carrier, list[int]]]:
        """Carriers of a layer whose masts stand in a window, in the order in which a run enters them."""
        tiles = (
            self._in_tile(row, column)
            for row in range(top // self._tile * self._tile, bottom, self._tile)
            for column in range(left // self._tile * self._tile, right, self._tile)
        )
        chosen = np.concatenate([np.empty(0, dtype=np.int64), *tiles])
        row, column = self.row[chosen], self.column[chosen]
        inside = (row >= top) & (row < bottom) & (column >= left) & (column < right)
        chosen = chosen[inside & (self.cells.layer[chosen] == layer)]
        chosen = chosen[np.lexsort((chosen, *(each[chosen] for each in reversed(self.order))))]
        new = np.any([np.diff(each[chosen]) != 0 for each in self.order], axis=0)
        for part in np.split(chosen, np.flatnonzero(new) + 1) if chosen.size else ():
            yield self.carrier(self.cells, int(part[0])), part.tolist()

    def write(self, chosen: list[int], values: Mapping[str, float], good: bool) -> None:
        """Set columns of cells to values that :meth:`check` has passed, or take the cells out of the run."""
        for index in chosen:
            self._leave(index)
        for name, value in values.items():
            getattr(self.cells, name)[chosen] = value
        self.row[chosen], self.column[chosen] = self._ground.cell_of(self.cells.x[chosen], self.cells.y[chosen])
        self.down[chosen], self.right[chosen] = self._ground.offset_of(self.cells.x[chosen], self.cells.y[chosen])
        self._place[chosen] = self._places(self.row[chosen], self.column[chosen])
        self.good[chosen] = good
        for index in chosen if good else ():
            self._join(index)

    def append(self, more: Cells) -> list[int]:
        """Take in cells that :meth:`check` has passed; returns their numbers."""
        old, begin = self.cells, len(self.cells)
        names = (*(old.name(i) for i in range(begin)), *(more.name(i) for i in range(len(more))))
        known = [*old.antennas, *(each for each in more.antennas if not any(each is one for one in old.antennas))]
        number = np.array([next(i for i, one in enumerate(known) if one is each) for each in more.antennas])
        columns = {name: np.append(getattr(old, name), getattr(more, name)) for name in _NUMBERS}
        columns["antenna"][begin:] = number[more.antenna]
        self.cells = Cells(**columns, antennas=tuple(known), names=names if old.names or more.names else ())
        row, column = self._ground.cell_of(more.x, more.y)
        self.row, self.column = np.append(self.row, row), np.append(self.column, column)
        down, right = self._ground.offset_of(more.x, more.y)
        self.down, self.right = np.append(self.down, down), np.append(self.right, right)
        self._place = np.append(self._place, self._places(row, column))
        self.good = np.append(self.good, np.ones(len(more), dtype=bool))
        numbers = list(range(begin, begin + len(more)))
        for index in numbers:
            self._join(index)
        return numbers

    def standing(self, index: int) -> list[int]:
        """The cells at the place and height of a cell: those that move with it."""
        c = self.cells
        return np.flatnonzero((c.x == c.x[index]) & (c.y == c.y[index]) & (c.height == c.height[index])).tolist()

    def _in_tile(self, row: int, column: int) -> NDArray[np.int64]:
        key = int(self._tile_of(np.asarray(row), np.asarray(column)))
        return self._by_tile.get(key, np.empty(0, dtype=np.int64))

    def _join(self, index: int) -> None:
        key = int(self._tile_of(self.row[index], self.column[index]))
        self._by_tile[key] = np.append(self._by_tile.get(key, np.empty(0, dtype=np.int64)), index)

    def _leave(self, index: int) -> None:
        key = int(self._tile_of(self.row[index], self.column[index]))
        here = self._by_tile.get(key)
        if here is not None:
            self._by_tile[key] = here[here != index]

    def _tile_of(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(morton(row // self._tile, column // self._tile))

    def _places(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
        within = morton(row % self._tile + self._margin, column % self._tile + self._margin)
        return (self._tile_of(row, column) << 32) | within


def copied(cells: Cells) -> Cells:
    """The cells with columns of their own."""
    columns = {name: np.array(getattr(cells, name)) for name in _NUMBERS}
    return Cells(**columns, antennas=cells.antennas, names=cells.names)
