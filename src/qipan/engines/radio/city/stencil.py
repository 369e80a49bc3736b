"""The disc around a structure: its cells in rows, and which ray and step serves each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Samples next to the receiver that are taken on its own line to the mast rather than on the shared ray.
NEAR = 2


@dataclass(frozen=True)
class Stencil:
    """Geometry shared by every structure that stands at a cell centre.

    Rays fork as they move out, so that neighbours stay about a cell apart: a branch continues its parent, from step
    ``start`` (exclusive) to ``stop``, at ``level`` of the tree, towards ``towards`` (columns, rows in cells a step).
    Branches are listed depth first. ``first`` is where each branch's cells begin, shape (n + 1,), and ``step`` and
    ``slot`` belong to those cells. By slot, in row order of the disc: ``row``/``column`` offsets in cells, ``distance``
    m, ``bearing`` whole degrees clockwise from north. ``reach`` is the disc's radius in cells, ``resolution`` m a cell.
    """

    level: NDArray[np.int32]
    towards: NDArray[np.float32]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    first: NDArray[np.int64]
    step: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: NDArray[np.float32]
    east: NDArray[np.float32]
    south: NDArray[np.float32]
    bearing: NDArray[np.int16]
    reach: int
    resolution: float


def _depth_first(counts: list[int]) -> list[tuple[int, int]]:
    # (level, index) of every branch, each before its two children
    order: list[tuple[int, int]] = []
    stack = [(0, index) for index in reversed(range(counts[0]))]
    while stack:
        level, index = stack.pop()
        order.append((level, index))
        if level + 1 < len(counts):
            stack += [(level + 1, 2 * index + 1), (level + 1, 2 * index)]
    return order


def disc_stencil(radius: float, resolution: float, density: float = 1.2) -> Stencil:
    """Stencil of a disc of ``radius`` m; ``density`` is the number of rays for each cell along its edge."""
    reach = max(int(np.floor(radius / resolution)), 1)
    levels = max(1, min(5, reach.bit_length() - 2))
    fork = 2 ** (levels - 1)
    base = max(4, int(np.ceil(2.0 * np.pi * reach * density / fork)))
    counts = [base * 2**level for level in range(levels)]
    stops = [int(np.ceil(reach / 2 ** (levels - 1 - level))) for level in range(levels)]
    span = np.arange(-reach, reach + 1)
    row, column = (each.ravel() for each in np.meshgrid(span, span, indexing="ij"))
    far = np.hypot(row, column)
    inside = (far <= radius / resolution) & (far > 0)
    row, column, far = row[inside], column[inside], far[inside]
    bearing = np.degrees(np.arctan2(column, -row)) % 360.0
    step = np.maximum(np.ceil(far).astype(np.int32) - NEAR, 1)
    branches = np.array(_depth_first(counts))
    places = {(level, index): place for place, (level, index) in enumerate(branches.tolist())}
    cell_level = np.searchsorted(stops, step)
    cell_index = (bearing / 360.0 * np.array(counts)[cell_level]).astype(np.int64)
    pairs = zip(cell_level.tolist(), cell_index.tolist(), strict=True)
    branch = np.array([places[pair] for pair in pairs], dtype=np.int64)
    order = np.lexsort((far, step, branch))
    angles = 2.0 * np.pi * (branches[:, 1] + 0.5) / np.array(counts)[branches[:, 0]]
    return Stencil(
        level=branches[:, 0].astype(np.int32),
        towards=np.stack([np.sin(angles), -np.cos(angles)], axis=1).astype(np.float32),
        start=np.array([0, *stops[:-1]], dtype=np.int32)[branches[:, 0]],
        stop=np.array(stops, dtype=np.int32)[branches[:, 0]],
        first=np.concatenate([[0], np.cumsum(np.bincount(branch, minlength=len(branches)))]).astype(np.int64),
        step=step[order],
        slot=order.astype(np.int32),
        row=row.astype(np.int32),
        column=column.astype(np.int32),
        distance=(far * resolution).astype(np.float32),
        east=(column / far).astype(np.float32),
        south=(row / far).astype(np.float32),
        bearing=(np.rint(bearing).astype(np.int64) % 360).astype(np.int16),
        reach=reach,
        resolution=resolution,
    )
