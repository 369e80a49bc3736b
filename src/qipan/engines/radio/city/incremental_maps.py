"""The map of a city that is edited, layer by layer: what an edit takes out and puts in, and what has to be filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .incremental_cells import CellTable
from .incremental_discs import Carrier, Pool
from .incremental_lists import (
    Carriers,
    Lists,
    Spot,
    add_received,
    enter,
    received_power,
    refill,
    settle,
    withdraw,
)
from .incremental_update import Change
from .run import Layer
from .stencil import Stencil

Floats = NDArray[np.float32]
#: Top, left, bottom and right of a window, the last two exclusive.
Box = tuple[int, int, int, int]
_Group = tuple[Carrier, list[int]]


class Map(NamedTuple):
    """One layer: its lists and the power in mW that is shown, (rows, columns)."""

    lists: Lists
    total: Floats


def blank_maps(layers: int, shape: tuple[int, int], depth: int, held: int = 0) -> list[Map]:
    """Maps without any cell, of which ``held`` places are said to be right."""
    return [
        Map(
            Lists(
                np.full((*shape, depth), -np.inf, dtype=np.float32),
                np.full((*shape, depth), -1, dtype=np.int32),
                np.full(shape, held, dtype=np.uint8),
                np.zeros(shape),
            ),
            np.zeros(shape, dtype=np.float32),
        )
        for _ in range(layers)
    ]


class Maps:
    """The maps of all layers, of which the first ``shown`` places of every list that was touched are always right."""

    def __init__(
        self, maps: list[Map], table: CellTable, pool: Pool, stencil: Stencil, shown: int, workers: int
    ) -> None:
        self.maps, self._table, self._pool = maps, table, pool
        self._shown, self._workers, self._stencil = shown, workers, stencil
        side = 2 * stencil.reach + 1
        self._slots = np.full((side, side), -1, dtype=np.int32)
        self._slots[stencil.row + stencil.reach, stencil.column + stencil.reach] = np.arange(stencil.row.size)

    def edit(
        self, chosen: Sequence[int], joined: Iterable[Carrier], write: Callable[[], Sequence[int]]
    ) -> tuple[Change, ...]:
        """Take the ``chosen`` cells out, ``write`` them anew in the table and put in what it returns.

        ``joined`` are the carriers that the written cells will belong to.
        """
        table = self._table
        left: dict[Carrier, list[int]] = {}
        for index in chosen:
            if table.good[index]:
                left.setdefault(table.carrier(table.cells, index), []).append(index)
        carriers = sorted({*left, *joined})
        boxes = self._boxes(carriers)
        before = [self._best(layer, box) for layer, box in boxes]
        known = {carrier: self._levels(carrier, table.members(carrier), {}) for carrier in carriers}
        for carrier in carriers:
            here, spot = self.maps[carrier.layer].lists, self._spot(carrier)
            withdraw(here, spot, np.array(left.get(carrier, ()), dtype=np.int32))
            _receive(here, spot, known[carrier], -1.0)
        written = set(write())
        for index in (*chosen, *written):
            self._pool.forget(index)
        for carrier in carriers:
            self._put_in(carrier, written, known[carrier])
        for layer, box in boxes:
            self.refill(layer, settle(*self.maps[layer], *box, self._shown))
        return tuple(self._change(*each, *old) for each, old in zip(boxes, before, strict=True))

    def refill(self, layer: int, points: NDArray[np.int64]) -> None:
        """Make the lists of map cells, (n, 2) rows and columns in row order, right to their full depth."""
        if not points.size:
            return
        lists, total = self.maps[layer]
        depth, y, x = lists.levels.shape[2], points[:, 0], points[:, 1]
        levels = np.full((len(points), 1, depth), -np.inf, dtype=np.float32)
        servers = np.full((len(points), 1, depth), -1, dtype=np.int32)
        anew = Lists(levels, servers, np.full((len(points), 1), depth, dtype=np.uint8), np.zeros((len(points), 1)))
        parts = [part for part in np.array_split(np.arange(len(points)), self._workers) if part.size]
        with ThreadPoolExecutor(self._workers) as threads:
            for batch in self.batches(layer, (y.min(), x.min(), y.max() + 1, x.max() + 1)):
                entered = _entered(batch, self._pool.rows(batch, self._table.cells))

                def fill(part: NDArray[np.int64], entered: Carriers = entered) -> None:
                    span = slice(part[0], part[-1] + 1)
                    mine = Lists(anew.levels[span], anew.servers[span], anew.held[span], anew.sums[span])
                    refill(points[span], entered, self._pool.levels, self._slots, mine)

                list(threads.map(fill, parts))
        lists.levels[y, x], lists.servers[y, x] = levels[:, 0], servers[:, 0]
        lists.held[y, x], lists.sums[y, x] = depth, anew.sums[:, 0]
        total[y, x] = anew.sums[:, 0]

    def batches(self, layer: int, box: Box) -> Iterator[list[_Group]]:
        """Carriers heard in a window, in the order in which a run enters them, in parts that the pool can hold."""
        reach = self._stencil.reach
        batch: list[_Group] = []
        size = 0
        for carrier, chosen in self._table.near(layer, *_widened(box, reach)):
            if batch and size + len(chosen) > self._pool.capacity:
                yield batch
                batch, size = [], 0
            batch.append((carrier, chosen))
            size += len(chosen)
        if batch:
            yield batch

    def _put_in(self, carrier: Carrier, written: set[int], known: dict[int, Floats]) -> None:
        table = self._table
        members = table.members(carrier)
        unchanged = {index: level for index, level in known.items() if index not in written}
        levels = self._levels(carrier, members, unchanged)
        here, spot = self.maps[carrier.layer].lists, self._spot(carrier)
        _receive(here, spot, levels, 1.0)
        for index, level in levels.items():
            self._pool.keep(index, level)
        new = [index for index in members if index in written]
        if new:
            enter(here, spot, np.array(new, dtype=np.int32), np.stack([levels[index] for index in new]), table.order)

    def _levels(self, carrier: Carrier, members: list[int], known: dict[int, Floats]) -> dict[int, Floats]:
        levels = dict(known)
        for index in members:
            if index not in levels and (kept := self._pool.get(index)) is not None:
                levels[index] = kept.copy()
        missing = [index for index in members if index not in levels]
        if missing:
            levels |= zip(missing, self._pool.discs.levels(carrier, self._table.cells, missing), strict=True)
        return {index: levels[index] for index in members}

    def _spot(self, carrier: Carrier) -> Spot:
        return Spot(carrier.row, carrier.column, self._stencil.row, self._stencil.column)

    def _boxes(self, carriers: list[Carrier]) -> list[tuple[int, Box]]:
        # the windows that the carriers' discs fill, layer by layer, those that meet made one
        rows, columns = self.maps[0].total.shape
        boxes: list[tuple[int, Box]] = []
        for carrier in carriers:
            row, column = carrier.row, carrier.column
            top, left, bottom, right = _widened((row, column, row + 1, column + 1), self._stencil.reach)
            box = max(top, 0), max(left, 0), min(bottom, rows), min(right, columns)
            for each in [each for each in boxes if each[0] == carrier.layer and _meet(each[1], box)]:
                boxes.remove(each)
                box = _around(each[1], box)
            boxes.append((carrier.layer, box))
        return boxes

    def _best(self, layer: int, box: Box) -> tuple[Floats, NDArray[np.int32]]:
        lists, window = self.maps[layer].lists, np.s_[box[0] : box[2], box[1] : box[3]]
        return lists.levels[window][..., 0].copy(), lists.servers[window][..., 0].copy()

    def _change(self, layer: int, box: Box, level: Floats, server: NDArray[np.int32]) -> Change:
        lists, total = self.maps[layer]
        rows, columns = slice(box[0], box[2]), slice(box[1], box[3])
        window = (rows, columns, slice(self._shown))
        now = Layer(lists.levels[window].copy(), lists.servers[window].copy(), total[rows, columns].copy())
        return Change(layer, rows, columns, now, level, server)


def _receive(lists: Lists, spot: Spot, levels: dict[int, Floats], sign: float) -> None:
    if levels:
        add_received(lists, spot, received_power(np.stack(list(levels.values()))), sign)


def _entered(batch: list[_Group], rows: NDArray[np.int64]) -> Carriers:
    sizes = [len(chosen) for _, chosen in batch]
    return Carriers(
        np.array([carrier.row for carrier, _ in batch], dtype=np.int64),
        np.array([carrier.column for carrier, _ in batch], dtype=np.int64),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([index for _, chosen in batch for index in chosen], dtype=np.int32),
        rows,
    )


def _widened(box: Box, reach: int) -> Box:
    return box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
