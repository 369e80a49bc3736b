"""What a caller of the tiling engine can put right.

TilingError
├── TileError             zoom, column or row that no tile has
├── PositionError         longitude or latitude off the globe or not a number; a box turned over
├── KeyRangeError         a Morton key outside 62 bits, or a range count that cannot cover a box
├── ColumnError           columns of different lengths, codes that do not fit, values a tile cannot hold
├── IdError               ids that are negative, repeated or unknown to the index
├── ShapeError            offsets and coordinates that do not make rings or lines
├── GridError             a cell count that is no power of two or finer than a key
└── TooManyFeaturesError  more features than one tile may carry
"""

from __future__ import annotations

from qipan.errors import QipanError


class TilingError(QipanError):
    """Any error of the tiling engine."""


class TileError(TilingError):
    """The zoom, column or row is that of no tile."""


class PositionError(TilingError):
    """A longitude or latitude is off the globe or not a number, or a box is turned over."""


class KeyRangeError(TilingError):
    """A Morton key lies outside 62 bits, or a box is asked for in fewer than one range."""


class ColumnError(TilingError):
    """Columns differ in length, a code does not fit its column, or a value has no type in a tile."""


class IdError(TilingError):
    """An id is negative, given twice, or not in the index."""


class ShapeError(TilingError):
    """Offsets and coordinates do not make rings or lines."""


class GridError(TilingError):
    """The number of cells is not a power of two, or a cell would be finer than a key."""


class TooManyFeaturesError(TilingError):
    """More features than one tile may carry: a density grid says more."""
