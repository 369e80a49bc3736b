"""The disc around a structure: its cells in rows, and which ray serves each and how far it is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Samples next to the receiver that are taken on its own line to the mast rather than on the shared ray.
NEAR = 2


@dataclass(frozen=True, eq=False)
class Stencil:
    """Geometry shared by every structure that stands at a cell centre.

    Rays leave it in equal angles and are sampled at whole cells; ``towards`` is columns and rows a sample, shape
    (rays, 2). ``first`` is where each ray's cells begin, shape (rays + 1,); of those cells, outwards, ``behind`` is how
    many samples of the ray lie between them and the mast and ``slot`` their place in row order. By slot: ``row`` and
    ``column`` offsets in cells, ``distance`` m, ``east``/``south`` the direction, ``bearing`` whole degrees clockwise
    from north. ``reach`` is the disc's radius in cells, ``resolution`` m a cell.
    """

    towards: NDArray[np.float32]
    first: NDArray[np.int64]
    behind: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    distance: NDArray[np.float32]
    east: NDArray[np.float32]
    south: NDArray[np.float32]
    bearing: NDArray[np.int16]
    reach: int
    resolution: float


def disc_stencil(radius: float, resolution: float, density: float = 1.0) -> Stencil:
    """Stencil of a disc of ``radius`` m; ``density`` is the number of rays for each cell along its edge."""
    reach = max(int(np.floor(radius / resolution)), 1)
    rays = max(8, int(np.ceil(2.0 * np.pi * reach * density)))
    span = np.arange(-reach, reach + 1)
    row, column = (each.ravel() for each in np.meshgrid(span, span, indexing="ij"))
    far = np.hypot(row, column)
    inside = (far <= radius / resolution) & (far > 0)
    row, column, far = row[inside], column[inside], far[inside]
    bearing = np.degrees(np.arctan2(column, -row)) % 360.0
    ray = np.minimum((bearing / 360.0 * rays).astype(np.int64), rays - 1)
    order = np.lexsort((far, ray))
    angles = 2.0 * np.pi * (np.arange(rays) + 0.5) / rays
    return Stencil(
        towards=np.stack([np.sin(angles), -np.cos(angles)], axis=1).astype(np.float32),
        first=np.concatenate([[0], np.cumsum(np.bincount(ray, minlength=rays))]).astype(np.int64),
        behind=np.maximum(np.ceil(far).astype(np.int32) - NEAR - 1, 0)[order],
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
