"""Maps of a study on disk: whole numbers in square blocks, of which only those that hold something are kept.

A map has one or more planes (the strongest server, the next, …). ``NAME.blocks`` holds the blocks one after the other,
the first of them blank; ``NAME.index.npy`` says which block stands where, 0 for blank, (planes, block rows, block
columns). Number 0 is nothing; what the others mean is said by the table that a map is opened with.
"""

from __future__ import annotations

from operator import index
from pathlib import Path
from types import EllipsisType
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

side = 64
"""Map cells along the edge of a block."""
Number = TypeVar("Number", bound=np.generic)
Numbers = TypeVar("Numbers", bound=np.generic, covariant=True)
Codes = NDArray[Any]
Key = Any
"""Rows and columns, and the planes where there are several: slices, or whole numbers, as numpy takes them."""


class MapArray(Protocol[Numbers]):
    """What a study's maps are read through: a window, single map cells, or all of it with ``np.asarray``."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, columns and, of a map with several planes, their number."""

    def __getitem__(self, key: Key) -> NDArray[Numbers]:
        """Return a window (with steps where asked) or the map cells of arrays of rows and columns."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's own
        """Return the whole map."""


class BlockWriter:
    """Writes one map, window by window; each window begins at whole blocks."""

    def __init__(self, path: Path, shape: tuple[int, int, int], kind: type[np.unsignedinteger[Any]]) -> None:
        rows, columns, planes = shape
        self._path = path
        self._index = np.zeros((planes, -(-rows // side), -(-columns // side)), dtype=np.int32)
        self._kind = kind
        self._count = 0
        self._file = path.with_name(f"{path.name}.blocks").open("wb")
        self._append(np.zeros((side, side), dtype=kind))

    def write(self, top: int, left: int, codes: Codes) -> None:
        """Write the numbers of a window, (planes, rows, columns), whose first map cell is at ``top`` and ``left``."""
        _, rows, columns = codes.shape
        for row in range(0, rows, side):
            for column in range(0, columns, side):
                for plane, part in enumerate(codes[:, row : row + side, column : column + side]):
                    if part.any():
                        block = np.zeros((side, side), dtype=self._kind)
                        block[: part.shape[0], : part.shape[1]] = part
                        self._index[plane, (top + row) // side, (left + column) // side] = self._count
                        self._append(block)

    def close(self) -> None:
        """Write what is left and the index; without it there is no map."""
        self._file.close()
        np.save(self._path.with_name(f"{self._path.name}.index.npy"), self._index)

    def _append(self, block: Codes) -> None:
        self._file.write(block.tobytes())
        self._count += 1


class BlockMap(Generic[Number]):
    """One map, read as if it were an array; its blocks are mapped from the file.

    ``shape`` rows, columns and planes; ``table`` the value of each number. With ``flat`` it has the first plane alone
    and no axis for it. Raises OSError and ValueError where the files are gone or torn.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, int, int],
        kind: type[np.unsignedinteger[Any]],
        table: NDArray[Number],
        *,
        flat: bool = False,
    ) -> None:
        self._index = np.load(path.with_name(f"{path.name}.index.npy"))
        file = path.with_name(f"{path.name}.blocks")
        blocks: Codes = np.memmap(file, dtype=kind, mode="r")
        if blocks.size < (int(self._index.max(initial=0)) + 1) * side * side:
            message = f"{file.name} is shorter than its index says"
            raise ValueError(message)
        self._blocks = np.asarray(blocks).reshape(-1, side, side)
        self._table = table
        self._flat = flat
        self.shape: tuple[int, ...] = shape[:2] if flat else shape

    def __getitem__(self, key: Key) -> NDArray[Number]:
        """Return a window (with steps where asked) or the map cells of arrays of rows and columns."""
        return self.taken(*split_key(key, self.shape))

    def taken(self, rows: Key, columns: Key, planes: Key) -> NDArray[Number]:
        """Return what a key that ``split_key`` has taken apart asks for."""
        where = self._index[:1] if self._flat else self._index[planes].reshape(-1, *self._index.shape[1:])
        if isinstance(rows, slice):
            found = np.empty((*(len(range(one.start, one.stop, one.step)) for one in (rows, columns)), len(where)),
                             dtype=self._table.dtype)  # fmt: skip
            starts = rows.start, columns.start
            _read_window(self._blocks, where, self._table, *starts, rows.step, columns.step, found)
        else:
            found = np.empty((rows.size, len(where)), dtype=self._table.dtype)
            _read_places(self._blocks, where, self._table, rows.reshape(-1), columns.reshape(-1), found)
            found = found.reshape(*rows.shape, len(where))
        return found[..., 0] if self._flat or isinstance(planes, int) else found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's own
        """Return the whole map."""
        return np.asarray(self[...], dtype=dtype)


class SumMap(Generic[Number]):
    """The sum of maps of one shape, read as if it were an array."""

    def __init__(self, *parts: BlockMap[Number]) -> None:
        self._parts = parts
        self.shape = parts[0].shape

    def __getitem__(self, key: Key) -> NDArray[Number]:
        """Return a window (with steps where asked) or the map cells of arrays of rows and columns."""
        first, *others = (part[key] for part in self._parts)
        return np.asarray(sum(others, start=first))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - numpy's own
        """Return the whole map."""
        return np.asarray(self[...], dtype=dtype)


def split_key(key: Key, shape: tuple[int, ...]) -> tuple[Key, Key, Key]:
    """Return rows and columns, both slices with numbers in them or both arrays of one shape, and the planes.

    Raises IndexError for map cells that are not there, and for rows given one way and columns another.
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    if any(isinstance(one, EllipsisType) for one in parts):
        place = next(at for at, one in enumerate(parts) if isinstance(one, EllipsisType))
        parts[place : place + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
    parts += [slice(None)] * (3 - len(parts))
    rows, columns, planes = parts
    if not isinstance(planes, slice):
        planes = index(planes)
    if isinstance(rows, slice) and isinstance(columns, slice):
        return slice(*rows.indices(shape[0])), slice(*columns.indices(shape[1])), planes
    if isinstance(rows, slice) or isinstance(columns, slice):
        message = "rows and columns are both slices or both whole numbers"
        raise IndexError(message)
    row, column = np.broadcast_arrays(np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64))
    for places, size in ((row, shape[0]), (column, shape[1])):
        if places.size and (places.min() < 0 or places.max() >= size):
            message = f"map cell {places.min()} to {places.max()} is outside 0 to {size - 1}"
            raise IndexError(message)
    return row, column, planes


@njit(cache=True, nogil=True)
def _read_window(
    blocks: Codes, index: NDArray[np.int32], table: NDArray[Any], top: int, left: int, down: int, across: int,
    found: NDArray[Any],
) -> None:  # fmt: skip
    rows, columns, planes = found.shape
    for i in range(rows):
        high, row = divmod(top + i * down, side)
        j = 0
        while j < columns:
            # As many map cells of the row as lie in one block; most blocks of a city's map are blank.
            wide, column = divmod(left + j * across, side)
            stop = min(j + (side - 1 - column) // across + 1, columns)
            for k in range(planes):
                block = index[k, high, wide]
                if block == 0:
                    for place in range(j, stop):
                        found[i, place, k] = table[0]
                else:
                    line = blocks[block, row]
                    for place in range(j, stop):
                        found[i, place, k] = table[line[column + (place - j) * across]]
            j = stop


@njit(cache=True, nogil=True)
def _read_places(
    blocks: Codes, index: NDArray[np.int32], table: NDArray[Any], rows: NDArray[np.int64], columns: NDArray[np.int64],
    found: NDArray[Any],
) -> None:  # fmt: skip
    for i in range(rows.size):
        high, row = divmod(rows[i], side)
        wide, column = divmod(columns[i], side)
        for k in range(found.shape[1]):
            found[i, k] = table[blocks[index[k, high, wide], row, column]]
