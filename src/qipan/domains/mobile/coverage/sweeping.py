"""The levels of a whole city on disk, block by block, so that memory is bounded by a block whatever the city's size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qipan.core.jobs import Progress
from qipan.engines.radio import Agreement, Cells, Ground, Settings, coverage

_block_bytes = 1_200_000_000
_sampled_masts = 40
_least_side = 64


def bytes_needed(shape: tuple[int, int], layers: int, servers: int) -> int:
    """Bytes that the arrays of a result take on disk."""
    return shape[0] * shape[1] * (layers * (8 * servers + 4) + 9)


def sweep(folder: Path, ground: Ground, cells: Cells, layers: int, settings: Settings, progress: Progress) -> None:
    """Write ``levels-N.npy``, ``servers-N.npy`` and ``total-N.npy`` of every layer into ``folder``.

    The map is cut into blocks; each is computed with all masts that reach it, so its bytes depend neither on the cut's
    order nor on the number of cores. Raises JobCancelled once stopping was asked for.
    """
    _create(folder, ground.shape, layers, settings.servers)
    reach = int(np.ceil(settings.radius / ground.resolution)) + 2
    row, column = ground.cell_of(cells.x, cells.y)
    blocks = list(_blocks(ground.shape, reach, layers, settings.servers))
    near = [_near(block, reach, row, column) for block in blocks]
    work = np.cumsum([1 + one.size for one in near])
    for place, (block, chosen) in enumerate(zip(blocks, near, strict=True)):
        start = (work[place] - 1 - chosen.size) / work[-1]
        part = progress.part(float(start), float(work[place] / work[-1]))
        part.report(0.0, "计算覆盖")
        _sweep_block(folder, ground, cells, chosen, block, reach, layers, settings, part)


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


def _create(folder: Path, shape: tuple[int, int], layers: int, servers: int) -> None:
    for number in range(layers):
        for name, kind, depth in (("levels", np.float32, servers), ("servers", np.int32, servers)):
            np.lib.format.open_memmap(folder / f"{name}-{number}.npy", mode="w+", dtype=kind, shape=(*shape, depth))
        np.lib.format.open_memmap(folder / f"total-{number}.npy", mode="w+", dtype=np.float32, shape=shape)


def _blocks(shape: tuple[int, int], reach: int, layers: int, servers: int) -> Iterator[tuple[slice, slice]]:
    side = int(np.sqrt(_block_bytes / (layers * (8 * servers + 4)))) - 2 * reach
    heights, widths = (np.linspace(0, size, -(-size // max(side, _least_side)) + 1).astype(int) for size in shape)
    for top, bottom in zip(heights[:-1].tolist(), heights[1:].tolist(), strict=True):
        for left, right in zip(widths[:-1].tolist(), widths[1:].tolist(), strict=True):
            yield slice(top, bottom), slice(left, right)


def _near(
    block: tuple[slice, slice], reach: int, row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.int64]:
    high = (row >= block[0].start - reach) & (row < block[0].stop + reach)
    wide = (column >= block[1].start - reach) & (column < block[1].stop + reach)
    return np.flatnonzero(high & wide)


def _sweep_block(
    folder: Path,
    ground: Ground,
    cells: Cells,
    chosen: NDArray[np.int64],
    block: tuple[slice, slice],
    reach: int,
    layers: int,
    settings: Settings,
    progress: Progress,
) -> None:
    present, dense = np.unique(cells.layer[chosen], return_inverse=True)
    top, left = (max(one.start - reach, 0) for one in block)
    bottom, right = (min(one.stop + reach, size) for one, size in zip(block, ground.shape, strict=True))
    if chosen.size:
        part = Ground.of(
            ground.terrain[top:bottom, left:right], ground.surface[top:bottom, left:right],
            resolution=ground.resolution, west=ground.west + left * ground.resolution,
            north=ground.north - top * ground.resolution,
        )  # fmt: skip

        def tell(done: int, whole: int) -> None:
            progress.report(done / whole, "计算覆盖")

        found = coverage(part, take_cells(cells, chosen, dense.reshape(-1)), settings, progress=tell)
    inner = np.s_[block[0].start - top : block[0].stop - top, block[1].start - left : block[1].stop - left]
    for number in range(layers):
        arrays = [np.load(folder / f"{name}-{number}.npy", mmap_mode="r+") for name in ("levels", "servers", "total")]
        if number in present:
            layer = found.layers[int(np.searchsorted(present, number))]
            arrays[0][block] = layer.levels[inner]
            arrays[1][block] = np.append(chosen, -1)[layer.servers[inner]]
            arrays[2][block] = layer.total[inner]
        else:
            arrays[0][block], arrays[1][block], arrays[2][block] = -np.inf, -1, 0.0
