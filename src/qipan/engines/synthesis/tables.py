"""The forms in which the generator hands over its assets: columns of arrays, never one object for each asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct texts: ``values[codes[i]]`` is the text of row i, code -1 is no value."""

    codes: NDArray[np.integer]
    """Shape (n,)."""
    values: tuple[str, ...]

    def take(self, rows: Integers | Flags) -> Coded:
        """Return the column of the chosen rows, given as indices or as a mask."""
        return Coded(self.codes[rows], self.values)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that points at assets of another kind by their row there, -1 where there is none."""

    kind: str
    rows: Integers
    """Shape (n,)."""


@dataclass(frozen=True, slots=True)
class Label:
    """A column of names, kept as the parts that are written one after the other: texts, columns and numbers."""

    parts: tuple[str | Coded | Integers, ...]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Lines or polygons of n assets: asset i has the corners ``coordinates[offsets[i]:offsets[i + 1]]``.

    ``coordinates`` has shape (m, 2): longitude and latitude in degrees. A polygon's last corner repeats its first.
    """

    coordinates: Floats
    offsets: Integers


Column = Floats | Integers | Flags | Days | Coded | Reference | Label


@dataclass(frozen=True, slots=True)
class Table:
    """All assets of one kind, or one part of them: a column for each catalogue field that the generator fills.

    A row is known in other tables by its place from 0, counted over all parts; ``first`` is the place of row 0 here.
    """

    kind: str
    """Key of the kind in the catalogue."""
    district: NDArray[np.int8]
    """District of each row as its place in the figures; shape (n,)."""
    columns: Mapping[str, Column]
    """By catalogue key; days are datetime64[D] with NaT for none, choices hold choice keys."""
    shapes: Shapes | None = None
    first: int = 0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.district)

    def numbers(self, key: str) -> Floats:
        """Return a plain column as float64; TypeError where the column is not one of numbers."""
        column = self.columns[key]
        if not isinstance(column, np.ndarray):
            message = f"column {key} of {self.kind} holds {type(column).__name__}, not numbers"
            raise TypeError(message)
        return column.astype(np.float64)

    def coded(self, key: str) -> Coded:
        """Return a column of codes; TypeError where the column is of another form."""
        column = self.columns[key]
        if not isinstance(column, Coded):
            message = f"column {key} of {self.kind} holds {type(column).__name__}, not codes"
            raise TypeError(message)
        return column
