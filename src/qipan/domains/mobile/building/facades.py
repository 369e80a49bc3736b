"""Levels before the facades of buildings, from the footprints of single masts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Flags = NDArray[np.bool_]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]


class Facades:
    """A map with the cells ``built`` (rows, columns) that lie under buildings.

    People in a building get the strongest level on the cells around it, as a coverage study reckons; a built cell among
    built cells alone keeps its own.
    """

    def __init__(self, built: Flags) -> None:
        self.shape = built.shape
        around = ndimage.maximum_filter(~built, 3, mode="constant", cval=False)
        self._built = built.ravel()
        self._own = (~built | ~around).ravel()

    def before(self, mast: Longs, at: Longs, level: Floats, wanted: Flags) -> tuple[Longs, Longs, Floats]:
        """Return mast, flat cell and level before the facade for the ``wanted`` cells (flat), each pair once.

        ``mast``, ``at`` and ``level`` (n,) are what single masts reach at street level.
        """
        height, width = self.shape
        kept = self._own[at] & wanted[at]
        parts = [(mast[kept], at[kept], level[kept])]
        street = ~self._built[at]
        column, row = at % width, at // width
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                inside = street & (row + down >= 0) & (row + down < height)
                inside &= (column + right >= 0) & (column + right < width)
                sources = np.flatnonzero(inside)
                target = at[sources] + down * width + right
                hit = self._built[target] & wanted[target]
                parts.append((mast[sources[hit]], target[hit], level[sources[hit]]))
        masts, cells, levels = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return _strongest(masts, cells, levels)


def _strongest(mast: Longs, at: Longs, level: Floats) -> tuple[Longs, Longs, Floats]:
    """Return each pair once with its greatest level."""
    order = np.lexsort((-level, at, mast))
    mast, at, level = mast[order], at[order], level[order]
    first = np.ones(order.size, dtype=bool)
    first[1:] = (np.diff(mast) != 0) | (np.diff(at) != 0)
    return mast[first], at[first], level[first]
