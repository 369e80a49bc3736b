"""The disc around a structure: its cells in rows, and which ray serves each and how far it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

#: Samples next to the receiver that are taken on its own line to the mast rather than on the shared ray.
NEAR = 2
#: Parts of a cell's side for whose middles rays and cells are paired; a mast takes those of its own part.
SEATS = 5


@dataclass(frozen=True, eq=False)
class Stencil:
    """Geometry shared by every structure, wherever in its raster cell it stands.

    The disc's cells are those within the radius of the mast's cell, itself left out; by slot, which is row order, their
    ``row`` and ``column`` offsets from it. Rays leave the mast's own place in equal angles and are sampled at whole
    cells; ``towards`` is columns and rows a sample, shape (rays, 2). Which ray serves which cell is held for SEATS²
    places in the mast's cell, a line each: ``first`` is where each ray's cells begin, shape (seats, rays + 1); of those
    cells, outwards, ``behind`` is how many samples of the ray lie between them and the mast and ``slot`` their slot,
    both (seats, cells). ``reach`` is the disc's radius in cells, ``resolution`` m a cell.
    """

    towards: NDArray[np.float32]
    first: NDArray[np.int64]
    behind: NDArray[np.int32]
    slot: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    reach: int
    resolution: float


@lru_cache(maxsize=4)
def disc_stencil(radius: float, resolution: float, density: float = 1.0) -> Stencil:
    """Stencil of a disc of ``radius`` m; ``density`` is the number of rays for each cell along its edge."""
    reach = max(int(np.floor(radius / resolution)), 1)
    rays = max(8, int(np.ceil(2.0 * np.pi * reach * density)))
    span = np.arange(-reach, reach + 1)
    row, column = (each.ravel() for each in np.meshgrid(span, span, indexing="ij"))
    far = np.hypot(row, column)
    inside = (far <= radius / resolution) & (far > 0)
    row, column = row[inside], column[inside]
    seats = (np.arange(SEATS) + 0.5) / SEATS - 0.5
    served = [_served(row - down, column - right, rays) for down in seats for right in seats]
    first, behind, slot = (np.stack(each) for each in zip(*served, strict=True))
    angles = 2.0 * np.pi * (np.arange(rays) + 0.5) / rays
    return Stencil(
        towards=np.stack([np.sin(angles), -np.cos(angles)], axis=1).astype(np.float32),
        first=first,
        behind=behind,
        slot=slot,
        row=row.astype(np.int32),
        column=column.astype(np.int32),
        reach=reach,
        resolution=resolution,
    )


def _served(
    south: NDArray[np.float64], east: NDArray[np.float64], rays: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    # first, behind and slot for cells so far from the mast
    far = np.hypot(south, east)
    ray = np.minimum((np.arctan2(east, -south) / (2.0 * np.pi) % 1.0 * rays).astype(np.int64), rays - 1)
    order = np.lexsort((far, ray))
    first = np.concatenate([[0], np.cumsum(np.bincount(ray, minlength=rays))]).astype(np.int64)
    behind = np.maximum(np.ceil(far).astype(np.int32) - NEAR - 1, 0)[order]
    return first, behind, order.astype(np.int32)
