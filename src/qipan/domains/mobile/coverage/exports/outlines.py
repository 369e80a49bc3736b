"""Maps of a study as polygons: one for each connected stretch of one class, or of one best server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray

from qipan.core.catalogue import Metric
from qipan.core.ground import Plane
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage.metrics import metric
from qipan.domains.mobile.coverage.store import Study
from qipan.domains.mobile.coverage.summary import bands_of


@dataclass(frozen=True)
class Outlines:
    """Polygons in WGS 84 and the ``number`` of the class (place in the legend) or cell that each shows; (n,)."""

    shapes: NDArray[np.object_]
    number: NDArray[np.int64]


def outlines(
    study: Study,
    key: str,
    layer: int | Sequence[int] | None,
    legend: Metric | None,
    most: int,
    progress: Progress,
) -> Outlines:
    """Return a map as polygons; of more than ``most`` map cells every second, third … is taken in both directions.

    Without a ``legend`` every whole value is a class of its own.
    """
    grid = study.grid
    step = max(int(np.ceil(np.sqrt(grid.rows * grid.columns / most))), 1)
    classes = np.full((-(-grid.rows // step), -(-grid.columns // step)), -1, dtype=np.int32)
    for window in bands_of(study, 512 * step * grid.columns):
        progress.report(0.6 * window[0].start / grid.rows, "读取地图")
        values = metric(study, key, layer, window)[::step, ::step]
        top = -(-window[0].start // step)
        classes[top : top + values.shape[0]] = _classes(values, legend)
    progress.report(0.6, "勾绘边界")
    side = grid.resolution * step
    transform = rasterio.Affine(side, 0, grid.west, 0, -side, grid.north)
    found = list(rasterio.features.shapes(classes, mask=classes >= 0, transform=transform))
    shapes = np.array([_polygon(one) for one, _ in found], dtype=object)
    plane = Plane(grid.epsg)
    degrees = shapely.transform(shapes, lambda at: np.column_stack(plane.to_degrees(at[:, 0], at[:, 1])))
    return Outlines(np.asarray(degrees, dtype=object), np.array([int(value) for _, value in found], dtype=np.int64))


def _classes(values: NDArray[np.float32], legend: Metric | None) -> NDArray[np.int32]:
    if legend is None:
        return np.where(np.isfinite(values), values, -1).astype(np.int32)
    least = np.array([one.least for one in legend.classes], dtype=np.float32)
    return np.where(np.isfinite(values), np.searchsorted(least, values, side="right") - 1, -1).astype(np.int32)


def _polygon(found: dict[str, list[list[tuple[float, float]]]]) -> shapely.Polygon:
    outer, *holes = found["coordinates"]
    return shapely.Polygon(outer, holes)
