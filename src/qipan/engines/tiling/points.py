"""Points as columns: key, id and small codes, and the filter that narrows them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import morton
from qipan.engines.tiling.errors import ColumnError, IdError

ALWAYS = int(np.iinfo(np.int32).min)
"""Build day of a point that was always there."""

NEVER = int(np.iinfo(np.int32).max)
"""Retirement day of a point that stays."""

CODE_COLUMNS: dict[str, tuple[type[np.integer[Any]], int]] = {
    "kind": (np.uint16, 0),
    "state": (np.uint8, 0),
    "area": (np.uint16, 0),
    "owner": (np.uint16, 0),
    "built_on": (np.int32, ALWAYS),
    "retired_on": (np.int32, NEVER),
}
"""Column, its stored type, and what a point has that is not given one."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Columns of n points, each of shape (n,). Make it with :meth:`of`, which checks and narrows them."""

    keys: npt.NDArray[np.int64]
    """Morton keys, see :mod:`qipan.engines.tiling.morton`."""
    ids: npt.NDArray[np.int64]
    """Unique ids, 0 … 2^63 - 1."""
    kind: npt.NDArray[np.uint16]
    """Code of the resource kind."""
    state: npt.NDArray[np.uint8]
    """Code of the lifecycle state."""
    area: npt.NDArray[np.uint16]
    """Code of the area 区域."""
    owner: npt.NDArray[np.uint16]
    """Code of the owner unit 单位, by which access is narrowed."""
    built_on: npt.NDArray[np.int32]
    """First day in service, days since 1970-01-01."""
    retired_on: npt.NDArray[np.int32]
    """First day no longer in service, days since 1970-01-01."""

    @classmethod
    def of(cls, keys: npt.ArrayLike, ids: npt.ArrayLike, **codes: npt.ArrayLike) -> Points:
        """Check columns and store them in their narrow types; codes left out are 0, ALWAYS and NEVER.

        Raises KeyRangeError, IdError (negative or repeated) or ColumnError (length, name or range of codes).
        """
        key_column = _integers("keys", keys, np.int64)
        morton.check_keys(key_column)
        id_column = _integers("ids", ids, np.int64)
        _check_ids(id_column)
        unknown = sorted(codes.keys() - CODE_COLUMNS.keys())
        if unknown:
            message = f"there is no column {', '.join(unknown)}: points have {', '.join(CODE_COLUMNS)}"
            raise ColumnError(message)
        columns: dict[str, Any] = {"keys": key_column, "ids": id_column}
        for name, (dtype, default) in CODE_COLUMNS.items():
            given = codes.get(name)
            columns[name] = np.full(key_column.size, default, dtype) if given is None else _integers(name, given, dtype)
        _check_lengths(columns)
        return cls(**columns)

    @classmethod
    def none(cls) -> Points:
        """No points."""
        return cls.of(np.empty(0, np.int64), np.empty(0, np.int64))

    def __len__(self) -> int:
        return self.keys.size

    def take(self, rows: npt.NDArray[Any] | slice) -> Points:
        """The points at ``rows`` (positions, mask or slice); a slice copies nothing."""
        return Points(**{name: column[rows] for name, column in self.columns().items()})

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """All columns by name, the arrays themselves."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def nbytes(self) -> int:
        """Bytes that the columns take."""
        return sum(column.nbytes for column in self.columns().values())

    def sorted(self) -> Points:
        """The same points by key and, where keys are equal, by id."""
        return self.take(np.lexsort((self.ids, self.keys)))


@dataclass(frozen=True, slots=True)
class PointFilter:
    """Which points to show. None does not narrow; an empty set lets nothing through."""

    kinds: Collection[int] | None = None
    """Codes of kinds."""
    states: Collection[int] | None = None
    """Codes of states."""
    areas: Collection[int] | None = None
    """Codes of areas."""
    owners: Collection[int] | None = None
    """Codes of the owner units that the asker may see."""
    day: int | None = None
    """As of this day, days since 1970-01-01: built_on <= day < retired_on."""

    @property
    def narrows(self) -> bool:
        """Whether any point could be held back."""
        return any(wanted is not None for wanted in (self.kinds, self.states, self.areas, self.owners, self.day))

    def mask(self, points: Points) -> npt.NDArray[np.bool_]:
        """Which points pass, shape (n,)."""
        passes = np.ones(len(points), np.bool_)
        for name, codes in self.by_column().items():
            if codes is not None:
                column = getattr(points, name)
                passes &= membership(codes, column.dtype)[column]
        if self.day is not None:
            passes &= (points.built_on <= self.day) & (points.retired_on > self.day)
        return passes

    def by_column(self) -> dict[str, Collection[int] | None]:
        """Wanted codes by the column they narrow."""
        return {"kind": self.kinds, "state": self.states, "area": self.areas, "owner": self.owners}


def membership(codes: Collection[int], dtype: np.dtype[Any]) -> npt.NDArray[np.bool_]:
    """Table over every code of an unsigned type: whether it is among ``codes``; codes that do not fit are nobody's."""
    size = int(np.iinfo(dtype).max) + 1
    table = np.zeros(size, np.bool_)
    table[[code for code in codes if 0 <= code < size]] = True
    return table


def concatenate(*parts: Points) -> Points:
    """The points of all parts, one after the other."""
    columns = [part.columns() for part in parts]
    return Points(**{name: np.concatenate([part[name] for part in columns]) for name in columns[0]})


def _integers(name: str, values: npt.ArrayLike, dtype: type[np.integer[Any]]) -> npt.NDArray[Any]:
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        message = f"column {name} has shape {given.shape} and type {given.dtype}: give one row of integers"
        raise ColumnError(message)
    bounds = np.iinfo(dtype)
    if given.size and given.dtype != dtype and (given.min() < bounds.min or given.max() > bounds.max):
        bad = int(np.flatnonzero((given < bounds.min) | (given > bounds.max))[0])
        message = f"column {name}, row {bad} holds {given[bad]}: it takes {bounds.min} … {bounds.max}"
        raise ColumnError(message)
    return np.ascontiguousarray(given, dtype)


def _check_lengths(columns: dict[str, npt.NDArray[Any]]) -> None:
    size = columns["keys"].size
    wrong = [f"{name} {column.size}" for name, column in columns.items() if column.size != size]
    if wrong:
        message = f"there are {size} keys but {', '.join(wrong)}: every column needs one value a point"
        raise ColumnError(message)


def _check_ids(ids: npt.NDArray[np.int64]) -> None:
    if ids.size and ids.min() < 0:
        bad = int(np.flatnonzero(ids < 0)[0])
        message = f"row {bad} has id {ids[bad]}: ids are 0 or more"
        raise IdError(message)
    if bool((ids[1:] > ids[:-1]).all()):
        return
    ordered = np.sort(ids)
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if twice.size:
        message = f"id {ordered[twice[0]]} is given more than once: ids are unique"
        raise IdError(message)
