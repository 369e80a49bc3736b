"""Which of a set of polygons holds each of very many points.

The polygons' common box is cut into 2,048 × 2,048 cells. A cell that no outline touches lies wholly in one polygon or
in none and answers at once; a point in any other cell is counted against the outlines that cross its row of cells.
The count takes every edge from its lower to its upper end, so a point on a border that two polygons share falls in
exactly one of them, and the answer is that of the exact even-odd rule everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from qipan.engines.geodesy.errors import PolygonError

CELLS = 2048
"""Cells of the lookup raster along each axis."""

_OUTLINE = -2
_OUTSIDE = -1
_Floats = NDArray[np.float64]
_Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class AreaLocator:
    """A set of polygons prepared for ``locate``; make it with ``prepare_polygons``."""

    raster: _Integers
    """(CELLS, CELLS): place of the polygon that holds the whole cell, -1 for none, -2 where an outline passes."""
    edges: _Floats
    """(m, 4): x and y of the lower end, x and y of the upper end."""
    owners: _Integers
    """(m,): place of the polygon that each edge belongs to."""
    row_starts: NDArray[np.int64]
    """(CELLS + 1,): where each row of cells begins in ``row_edges``."""
    row_edges: _Integers
    """Edges that pass through each row of cells, in the order of their polygons."""
    box: tuple[float, float, float, float]
    """West, south, width and height of a cell."""

    def locate(self, x: _Floats, y: _Floats) -> _Integers:
        """Return for each point (shape n) the place of the first polygon that holds it, -1 where none does."""
        x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
        west, south, width, height = self.box
        return _locate(
            x, y, self.raster, self.edges, self.owners, self.row_starts, self.row_edges, west, south, width, height
        )


def prepare_polygons(polygons: Sequence[BaseGeometry] | NDArray[np.object_]) -> AreaLocator:
    """Prepare polygons and multipolygons (shapely, any plane coordinates) for locating points in them.

    Raises PolygonError where there is none, or where one is of another type or empty.
    """
    shapes = np.asarray(polygons, dtype=object)
    kinds = shapely.get_type_id(shapes)
    bad = np.flatnonzero(~np.isin(kinds, (3, 6)) | shapely.is_empty(shapes))
    if not shapes.size or bad.size:
        what = "there is none" if not shapes.size else f"number {bad[0]} is {shapes[bad[0]]!s:.60}"
        message = f"points can only be located in polygons that are not empty: {what}"
        raise PolygonError(message)
    edges, owners = _edges(shapes)
    box = _box(edges)
    row_starts, row_edges = _rows(edges, box)
    raster = np.full((CELLS, CELLS), _OUTSIDE, dtype=np.int32)
    _mark_outlines(raster, edges, *box)
    _fill(raster, edges, owners, row_starts, row_edges, *box)
    return AreaLocator(raster, edges, owners, row_starts, row_edges, box)


def _edges(shapes: NDArray[np.object_]) -> tuple[_Floats, _Integers]:
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    same = point_ring[1:] == point_ring[:-1]
    starts, ends = points[:-1][same], points[1:][same]
    owners = part_owner[ring_part[point_ring[:-1][same]]]
    swap = (starts[:, 1] > ends[:, 1])[:, None]
    lower, upper = np.where(swap, ends, starts), np.where(swap, starts, ends)
    return np.ascontiguousarray(np.hstack((lower, upper))), owners.astype(np.int32)


def _box(edges: _Floats) -> tuple[float, float, float, float]:
    xs, ys = edges[:, (0, 2)], edges[:, (1, 3)]
    west, south = float(xs.min()), float(ys.min())
    width = max(float(xs.max()) - west, 1e-12) / CELLS
    height = max(float(ys.max()) - south, 1e-12) / CELLS
    return west, south, width * (1 + 1e-9), height * (1 + 1e-9)


def _rows(edges: _Floats, box: tuple[float, float, float, float]) -> tuple[NDArray[np.int64], _Integers]:
    _, south, _, height = box
    first = np.clip(np.floor((edges[:, 1] - south) / height).astype(np.int64) - 1, 0, CELLS - 1)
    last = np.clip(np.floor((edges[:, 3] - south) / height).astype(np.int64) + 1, 0, CELLS - 1)
    counts = last - first + 1
    edge = np.repeat(np.arange(len(edges), dtype=np.int32), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row = np.repeat(first, counts) + offsets
    order = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[order], np.arange(CELLS + 1))
    return starts.astype(np.int64), edge[order]


@njit(cache=True)
def _mark_outlines(raster: _Integers, edges: _Floats, west: float, south: float, width: float, height: float) -> None:
    cells = raster.shape[0]
    for k in range(edges.shape[0]):
        x0, y0, x1, y1 = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        first = max(int(np.floor((y0 - south) / height - 1e-6)), 0)
        last = min(int(np.floor((y1 - south) / height + 1e-6)), cells - 1)
        for row in range(first, last + 1):
            low, high = x0, x1
            if y1 > y0:
                bottom = min(max((south + row * height - y0) / (y1 - y0), 0.0), 1.0)
                top = min(max((south + (row + 1) * height - y0) / (y1 - y0), 0.0), 1.0)
                low, high = x0 + (x1 - x0) * bottom, x0 + (x1 - x0) * top
            left, right = min(low, high), max(low, high)
            # A hair on either side: a cell too many costs a count, a cell too few a wrong answer.
            begin = max(int(np.floor((left - west) / width - 1e-3)), 0)
            end = min(int(np.floor((right - west) / width + 1e-3)), cells - 1)
            for column in range(begin, end + 1):
                raster[row, column] = -2


@njit(cache=True)
def _holder(
    x: float,
    y: float,
    row: int,
    edges: _Floats,
    owners: _Integers,
    row_starts: NDArray[np.int64],
    row_edges: _Integers,
) -> int:
    """Return the first polygon whose outlines cross the ray to the east an odd number of times, else -1."""
    owner, odd = -1, False
    for place in range(row_starts[row], row_starts[row + 1]):
        k = row_edges[place]
        if owners[k] != owner:
            if odd:
                return owner
            owner = owners[k]
        if edges[k, 1] <= y < edges[k, 3]:
            share = (y - edges[k, 1]) / (edges[k, 3] - edges[k, 1])
            if x < edges[k, 0] + share * (edges[k, 2] - edges[k, 0]):
                odd = not odd
    return owner if odd else -1


@njit(cache=True)
def _fill(
    raster: _Integers,
    edges: _Floats,
    owners: _Integers,
    row_starts: NDArray[np.int64],
    row_edges: _Integers,
    west: float,
    south: float,
    width: float,
    height: float,
) -> None:
    cells = raster.shape[0]
    for row in range(cells):
        y = south + (row + 0.5) * height
        known, holder = False, -1
        for column in range(cells):
            if raster[row, column] == -2:
                known = False
                continue
            if not known:  # between two outlines every cell of a row has the same holder
                x = west + (column + 0.5) * width
                holder = _holder(x, y, row, edges, owners, row_starts, row_edges)
                known = True
            raster[row, column] = holder


@njit(cache=True, nogil=True)
def _locate(
    x: _Floats,
    y: _Floats,
    raster: _Integers,
    edges: _Floats,
    owners: _Integers,
    row_starts: NDArray[np.int64],
    row_edges: _Integers,
    west: float,
    south: float,
    width: float,
    height: float,
) -> _Integers:
    cells = raster.shape[0]
    found = np.empty(x.size, np.int32)
    for i in range(x.size):
        across, up = (x[i] - west) / width, (y[i] - south) / height
        if not (0.0 <= across < cells and 0.0 <= up < cells):
            found[i] = -1
            continue
        row, column = int(up), int(across)
        holder = raster[row, column]
        found[i] = holder if holder != -2 else _holder(x[i], y[i], row, edges, owners, row_starts, row_edges)
    return found
