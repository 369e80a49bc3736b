"""The levels of a whole city on disk, block by block, so that memory is bounded by a block whatever the city's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage.blocks import side
from qipan.domains.mobile.coverage.layers import LayerWriter
from qipan.engines.radio import Agreement, Cells, Ground, Settings, coverage

_block_bytes = 1_200_000_000
_sampled_masts = 40
_bytes_of_ground = 9
_bytes_of_overall = 13
"""Of a map cell in the maps of all carriers together."""
_bytes_of_server = 4
_usual_layers = 9
_usual_share = 0.35
"""Part of a rectangle about a city that a layer usually reaches."""
Window = tuple[slice, slice]
LayerMaps = tuple[NDArray[np.float32], NDArray[np.integer[Any]], NDArray[np.float32]]
"""Levels in dBm and the numbers of their cells, -1 where none, (rows, columns, k), and the sum in mW."""
Adjusting = Callable[[Window, LayerMaps], LayerMaps]


def bytes_needed(ground: Ground, cells: Cells, settings: Settings) -> int:
    """Bytes that the files of a result take on disk at most: what each layer's masts may reach, in whole blocks."""
    rows, columns = (-(-size // side) for size in ground.shape)
    reach = int(np.ceil(settings.radius / ground.resolution))
    row, column = ground.cell_of(cells.x, cells.y)
    found = ground.shape[0] * ground.shape[1] * (_bytes_of_ground + _bytes_of_overall)
    for number in np.unique(cells.layer):
        mine = cells.layer == number
        heard = np.zeros((rows + 1, columns + 1), dtype=np.int64)
        top, left = (np.clip((one[mine] - reach) // side, 0, None) for one in (row, column))
        bottom = np.minimum((row[mine] + reach) // side + 1, rows)
        right = np.minimum((column[mine] + reach) // side + 1, columns)
        for high, wide, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
            np.add.at(heard, (high, wide), sign)
        deep = np.minimum(heard.cumsum(axis=0).cumsum(axis=1)[:-1, :-1], settings.servers)
        found += int((_bytes_of_server * deep + 2 * (deep > 0)).sum()) * side * side
    return found


def usual_bytes(places: float, servers: int) -> float:
    """Bytes that a result of so many map cells usually takes on disk, for choosing how fine to compute."""
    heard = _bytes_of_overall + _usual_layers * (_bytes_of_server * servers + 2)
    return places * (_bytes_of_ground + _usual_share * heard)


def sweep(
    folder: Path,
    ground: Ground,
    cells: Cells,
    layers: int,
    settings: Settings,
    progress: Progress,
    adjust: Adjusting | None = None,
) -> None:
    """Write the maps of every layer into ``folder``, as ``Study`` reads them.

    The map is cut into blocks; each is computed with all masts that reach it, so its bytes depend neither on the cut's
    order nor on the number of cores. ``adjust`` changes a window of a layer before it is written. Raises JobCancelled
    once stopping was asked for.
    """
    reach = int(np.ceil(settings.radius / ground.resolution)) + 2
    row, column = ground.cell_of(cells.x, cells.y)
    blocks = list(_blocks(ground.shape, reach, layers, settings.servers))
    near = [_near(block, reach, row, column) for block in blocks]
    work = np.cumsum([1 + one.size for one in near])
    counts = np.bincount(cells.layer, minlength=layers).tolist()
    within = np.full(len(cells) + 1, -1, dtype=np.int32)
    for number, count in enumerate(counts):
        within[np.flatnonzero(cells.layer == number)] = np.arange(count)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(closing(LayerWriter(folder, number, (*ground.shape, settings.servers), count)))
            for number, count in enumerate(counts)
        ]
        for place, (block, chosen) in enumerate(zip(blocks, near, strict=True)):
            start = (work[place] - 1 - chosen.size) / work[-1]
            part = progress.part(float(start), float(work[place] / work[-1]))
            part.report(0.0, "计算覆盖")
            for number, (levels, servers, total) in _sweep_block(ground, cells, chosen, block, reach, settings, part):
                maps = (levels, np.append(chosen, -1).astype(np.int32)[servers], total)
                levels, servers, total = maps if adjust is None else adjust(block, maps)
                writers[number].write(block[0].start, block[1].start, levels, within[servers], total)


def sampled_agreement(ground: Ground, cells: Cells, settings: Settings, points: int = 2000) -> Agreement | None:
    """How far the fast mode lies from the exact one, on receivers around some masts spread over the city."""
    if not len(cells):
        return None
    chosen = np.unique(np.linspace(0, len(cells) - 1, min(len(cells), _sampled_masts)).astype(np.int64))
    rules = {name: getattr(settings, name) for name in ("radius", "receiver", "model")}
    few = take_cells(cells, chosen, np.zeros(chosen.size, dtype=np.int64))
    return coverage(ground, few, Settings(**rules, servers=1, sample=points)).agreement


def take_cells(cells: Cells, chosen: NDArray[np.int64], layer: NDArray[np.int64]) -> Cells:
    """Return some cells, on the given layers."""
    names = ("height", "f", "watts", "subcarriers", "azimuth", "mechanical_tilt", "electrical_tilt", "load", "antenna")
    columns = {name: getattr(cells, name)[chosen] for name in names}
    labels = [cells.names[place] for place in chosen.tolist()]
    return Cells.of(cells.x[chosen], cells.y[chosen], antennas=cells.antennas, layer=layer, names=labels, **columns)


def _blocks(shape: tuple[int, int], reach: int, layers: int, servers: int) -> Iterator[Window]:
    """Yield the windows that are computed at one go; they begin where blocks of the files do."""
    widest = int(np.sqrt(_block_bytes / (layers * (8 * servers + 4)))) - 2 * reach
    edges = []
    for size in shape:
        blocks = -(-size // side)
        pieces = -(-size // max(widest, side))
        edges.append(np.minimum(np.linspace(0, blocks, min(pieces, blocks) + 1).astype(int) * side, size).tolist())
    for top, bottom in pairwise(edges[0]):
        for left, right in pairwise(edges[1]):
            yield slice(top, bottom), slice(left, right)


def _near(
    block: tuple[slice, slice], reach: int, row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.int64]:
    high = (row >= block[0].start - reach) & (row < block[0].stop + reach)
    wide = (column >= block[1].start - reach) & (column < block[1].stop + reach)
    return np.flatnonzero(high & wide)


def _sweep_block(
    ground: Ground,
    cells: Cells,
    chosen: NDArray[np.int64],
    block: Window,
    reach: int,
    settings: Settings,
    progress: Progress,
) -> Iterator[tuple[int, LayerMaps]]:
    """Yield the number of each layer that is heard in a window, with its maps; servers by their place in ``chosen``."""
    if not chosen.size:
        return
    present, dense = np.unique(cells.layer[chosen], return_inverse=True)
    top, left = (max(one.start - reach, 0) for one in block)
    bottom, right = (min(one.stop + reach, size) for one, size in zip(block, ground.shape, strict=True))
    part = Ground.of(
        ground.terrain[top:bottom, left:right], ground.surface[top:bottom, left:right],
        resolution=ground.resolution, west=ground.west + left * ground.resolution,
        north=ground.north - top * ground.resolution,
    )  # fmt: skip

    def tell(done: int, whole: int) -> None:
        progress.report(done / whole, "计算覆盖")

    found = coverage(part, take_cells(cells, chosen, dense.reshape(-1)), settings, progress=tell)
    inner = np.s_[block[0].start - top : block[0].stop - top, block[1].start - left : block[1].stop - left]
    for number, layer in zip(present.tolist(), found.layers, strict=True):
        yield number, (layer.levels[inner], layer.servers[inner], layer.total[inner])
