"""Feature properties as dictionary-coded columns, and the key and value tables of a layer."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qipan.engines.tiling import kernels
from qipan.engines.tiling.errors import ColumnError

PropertyValue = str | int | float | bool | None

_STRING, _DOUBLE, _UINT, _SINT, _BOOL = 1, 3, 5, 6, 7

_SHORT = [bytes((number,)) for number in range(128)]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One property of n features: the name clients see, a code a feature and the value of each code."""

    name: str
    """Key of the property."""
    codes: npt.NDArray[Any]
    """Index into ``values`` for every feature: integers, 0 or more, shape (n,)."""
    values: Sequence[Any]
    """Values by code: text, integers, floats or booleans; a feature whose value is None or NaN lacks the property."""

    @classmethod
    def of(cls, name: str, values: npt.ArrayLike) -> Column:
        """A column from one value a feature (array of numbers, text or booleans, shape n)."""
        table, codes = np.unique(np.asarray(values), return_inverse=True)
        return cls(name, codes, table.tolist())

    def take(self, rows: npt.NDArray[Any]) -> Column:
        """The column of the features at ``rows``."""
        return Column(self.name, self.codes[rows], self.values)


@dataclass(frozen=True, slots=True, eq=False)
class TagTable:
    """Columns as a layer holds them: keys, the values in use, and each feature's value numbers."""

    keys: list[bytes]
    """Keys in UTF-8, one a column."""
    values: list[bytes]
    """Encoded ``Value`` messages, each once, in order of column and code."""
    tags: npt.NDArray[np.int32]
    """Number in ``values`` of column k of feature i, -1 where it has none; shape (columns, features)."""


def tag_table(columns: Sequence[Column], features: int) -> TagTable:
    """Number the values that occur; the same columns always give the same tables.

    Raises ColumnError when a column has another length, a code without a value, or a value no tile can hold.
    """
    numbers: dict[bytes, int] = {}
    tags = np.empty((len(columns), features), np.int32)
    for row, column in enumerate(columns):
        codes = _checked_codes(column, features)
        used, bad = kernels.used_codes(codes, len(column.values))
        if bad >= 0:
            message = f"column {column.name!r}, feature {bad} has code {codes[bad]}: it has {used.size} values"
            raise ColumnError(message)
        kernels.look_up(_value_numbers(column, used, numbers), codes, tags[row])
    return TagTable([column.name.encode() for column in columns], list(numbers), tags)


def _checked_codes(column: Column, features: int) -> npt.NDArray[np.int64]:
    codes = column.codes
    if codes.shape != (features,) or (features and codes.dtype.kind not in "iu"):
        message = (
            f"column {column.name!r} has shape {codes.shape} and type {codes.dtype}: give {features} integer codes"
        )
        raise ColumnError(message)
    return codes.astype(np.int64)


def _value_numbers(column: Column, used: npt.NDArray[np.bool_], numbers: dict[bytes, int]) -> npt.NDArray[np.int32]:
    """Value number of every code in use, -1 for values that mean absence; new values are added to ``numbers``."""
    table = np.full(used.size, -1, np.int32)
    for code in np.flatnonzero(used).tolist():
        encoded = encode_value(column.name, column.values[code])
        if encoded is not None:
            table[code] = numbers.setdefault(encoded, len(numbers))
    return table


def encode_value(name: str, value: PropertyValue) -> bytes | None:
    """The ``Value`` message (MVT 2.1, section 4.4) of a property, None for None and NaN.

    Raises ColumnError when the type has no place in a tile or an integer exceeds 64 bits.
    """
    match value.item() if isinstance(value, np.generic) else value:
        case None:
            return None
        case bool(flag):
            return bytes((_BOOL << 3, flag))
        case int(number) if -(1 << 63) <= number < 1 << 64:
            return _varint_field(_UINT, number) if number >= 0 else _varint_field(_SINT, -2 * number - 1)
        case float(number):
            return None if number != number else bytes((_DOUBLE << 3 | 1,)) + struct.pack("<d", number)
        case str(text):
            return length_delimited(_STRING, text.encode())
    message = f"column {name!r} has the value {value!r}: a tile holds text, 64-bit integers, floats and booleans"
    raise ColumnError(message)


def length_delimited(field: int, content: bytes) -> bytes:
    """A protobuf field of wire type 2."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """A protobuf base-128 varint of a number of 0 or more."""
    if number < len(_SHORT):
        return _SHORT[number]
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varint_field(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)
