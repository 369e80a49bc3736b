"""Tiles of a study's metrics, drawn from its files as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import Metric
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage import Study, metric
from qipan.engines.tiling import Raster, classes_of, encode_png, sample_tile

Window = tuple[slice, slice]

tile_size = 256


def draw_tile(study: Study, shown: Metric, layers: Sequence[int] | None, z: int, x: int, y: int) -> bytes:
    """Return tile z/x/y of a metric as PNG, transparent where there is nothing; the best of ``layers``, all where None.

    Only what the tile shows is read: every nth cell from afar, so that a tile costs the same at every zoom. Raises
    TileError when there is no such tile.
    """
    return draw_values(study, shown, z, x, y, lambda window: metric(study, shown.key, layers, window))


def draw_values(
    study: Study, shown: Metric, z: int, x: int, y: int, values: Callable[[Window], NDArray[np.float32]]
) -> bytes:
    """Return tile z/x/y of what ``values`` gives for a window of the study's grid, in the colours of a metric."""
    grid = study.grid
    raster = Raster(grid.west, grid.north, grid.resolution, grid.rows, grid.columns)
    seen = sample_tile(raster, z, x, y, Plane(grid.epsg).to_plane, tile_size)
    if seen is None:
        return empty_tile()
    classes = classes_of(values(seen.window), [one.least for one in shown.classes], in_turn=shown.in_turn)
    return encode_png(seen.take(classes), [one.colour for one in shown.classes])


@cache
def empty_tile() -> bytes:
    """Return a tile that shows nothing."""
    return encode_png(np.zeros((tile_size, tile_size), dtype=np.uint8), ["#000000"])
