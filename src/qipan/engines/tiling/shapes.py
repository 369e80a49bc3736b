"""Outlines and lines as columns of vertices, with the index that finds those near a tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import morton
from qipan.engines.tiling.errors import IdError, ShapeError
from qipan.engines.tiling.shape_kernels import bounds_of

BUFFER = 64
"""Margin drawn round a tile, in 1/4096 of its side, so that strokes and fills meet across borders."""

_BLOCK = 64


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """n features of one kind, each of one or more rings (areas) or parts (lines).

    Make it with :meth:`polygons` or :meth:`lines`. Shapes must not cross the antimeridian: cut them there first
    (RFC 7946, section 3.1.9).
    """

    ids: npt.NDArray[np.int64]
    """Unique ids, 0 or more, shape (n,)."""
    x: npt.NDArray[np.int32]
    """Columns of all vertices in units of :mod:`qipan.engines.tiling.morton`."""
    y: npt.NDArray[np.int32]
    """Rows of all vertices."""
    rings: npt.NDArray[np.int64]
    """Ring or part r has the vertices ``rings[r]`` up to ``rings[r + 1]``."""
    outer: npt.NDArray[np.bool_]
    """Whether ring r bounds a polygon from outside; the holes that follow are in it. True for lines."""
    features: npt.NDArray[np.int64]
    """Feature f has the rings ``features[f]`` up to ``features[f + 1]``."""

    @classmethod
    def polygons(
        cls, lon: npt.ArrayLike, lat: npt.ArrayLike, offsets: Sequence[npt.ArrayLike], ids: npt.ArrayLike
    ) -> Shapes:
        """Areas from vertices in degrees and offsets, innermost first, as ``shapely.to_ragged_array`` gives them.

        Two offset arrays mean polygons (vertices of rings, rings of polygons), three mean multipolygons (and polygons
        of features). A ring may be closed or open and wound either way.

        Raises PositionError, ShapeError when offsets do not fit or a ring has under three corners, IdError.
        """
        levels = _checked_levels(offsets, lon, (2, 3), least=3)
        rings, polygons = levels[:2]
        outer = np.zeros(rings.size - 1, np.bool_)
        outer[polygons[:-1][polygons[:-1] < polygons[1:]]] = True
        features = polygons[levels[2]] if len(levels) > 2 else polygons
        return cls(_checked_ids(ids, features.size - 1), *_vertices(lon, lat), rings, outer, features)

    @classmethod
    def lines(
        cls, lon: npt.ArrayLike, lat: npt.ArrayLike, offsets: Sequence[npt.ArrayLike], ids: npt.ArrayLike
    ) -> Shapes:
        """Lines from vertices in degrees and offsets, innermost first, as ``shapely.to_ragged_array`` gives them.

        One offset array means lines (vertices of lines), two mean multilines (and lines of features).

        Raises PositionError, ShapeError when offsets do not fit or a line has under two vertices, IdError.
        """
        levels = _checked_levels(offsets, lon, (1, 2), least=2)
        parts = levels[0]
        features = levels[1] if len(levels) > 1 else np.arange(parts.size)
        outer = np.ones(parts.size - 1, np.bool_)
        return cls(_checked_ids(ids, features.size - 1), *_vertices(lon, lat), parts, outer, features)

    def __len__(self) -> int:
        return self.ids.size


class ShapeIndex:
    """Finds the shapes near a tile: bounding boxes sorted along the Morton curve, in blocks that have boxes too."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        boxes = bounds_of(shapes.x, shapes.y, shapes.rings, shapes.features)
        middle = (boxes[:, :2].astype(np.int64) + boxes[:, 2:]) // 2
        self._order = np.argsort(morton.join_keys(middle[:, 0].copy(), middle[:, 1].copy()), kind="stable")
        self._boxes = boxes[self._order]
        starts = np.arange(0, len(shapes), _BLOCK)
        self._blocks = np.hstack(
            (
                np.minimum.reduceat(self._boxes[:, :2], starts) if len(shapes) else boxes[:, :2],
                np.maximum.reduceat(self._boxes[:, 2:], starts) if len(shapes) else boxes[:, 2:],
            )
        )

    @property
    def shapes(self) -> Shapes:
        """The shapes indexed."""
        return self._shapes

    def tile(self, z: int, x: int, y: int, *, buffer: int = BUFFER) -> npt.NDArray[np.int64]:
        """Ascending positions of the shapes whose box meets tile z/x/y and its margin. Raises TileError."""
        morton.check_tile(z, x, y)
        size = morton.WORLD >> z
        margin = size * buffer // 4096 + 1
        window = (x * size - margin, y * size - margin, (x + 1) * size + margin, (y + 1) * size + margin)
        blocks = np.flatnonzero(_meets(self._blocks, window))
        rows = (blocks[:, None] * _BLOCK + np.arange(_BLOCK)).ravel()
        rows = rows[rows < len(self._shapes)]
        return np.sort(self._order[rows[_meets(self._boxes[rows], window)]])


def _meets(boxes: npt.NDArray[np.int32], window: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    left, top, right, bottom = window
    meets: npt.NDArray[np.bool_] = (boxes[:, 0] <= right) & (boxes[:, 2] >= left)
    meets &= (boxes[:, 1] <= bottom) & (boxes[:, 3] >= top)
    return meets


def _vertices(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    columns, rows = morton.to_units(lon, lat)
    return columns.astype(np.int32), rows.astype(np.int32)


def _checked_levels(
    offsets: Sequence[npt.ArrayLike], lon: npt.ArrayLike, allowed: tuple[int, int], least: int
) -> list[npt.NDArray[np.int64]]:
    """Offsets as int64, each level starting at 0, never falling and ending at the size of the level below."""
    if len(offsets) not in allowed:
        message = (
            f"{len(offsets)} arrays of offsets are given: this kind of shape takes {' or '.join(map(str, allowed))}"
        )
        raise ShapeError(message)
    levels = [np.asarray(level, np.int64) for level in offsets]
    below = np.asarray(lon).size
    for number, level in enumerate(levels):
        if level.ndim != 1 or not level.size or level[0] or level[-1] != below or (np.diff(level) < 0).any():
            message = f"offsets {number} must rise from 0 to {below}, the number of parts they divide"
            raise ShapeError(message)
        below = level.size - 1
    short = np.flatnonzero(np.diff(levels[0]) < least)
    if short.size:
        message = f"ring or line {short[0]} has {np.diff(levels[0])[short[0]]} vertices: it needs {least} or more"
        raise ShapeError(message)
    return levels


def _checked_ids(ids: npt.ArrayLike, features: int) -> npt.NDArray[np.int64]:
    values = np.asarray(ids, np.int64)
    if values.shape != (features,) or np.unique(values).size < features or (features and values.min() < 0):
        message = f"{features} shapes need {features} different ids of 0 or more; ids of shape {values.shape} are given"
        raise IdError(message)
    return values
