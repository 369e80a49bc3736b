"""Compiled loops over the point columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from qipan.engines.tiling.bits import gather_bits


@njit(cache=True)
def order_ties(order: npt.NDArray[np.int64], keys: npt.NDArray[np.int64], ids: npt.NDArray[np.int64]) -> None:
    """Put runs of equal keys in ``order`` (a sort of ``keys``) by ascending id, in place."""
    start = 0
    for i in range(1, order.size + 1):
        if i == order.size or keys[order[i]] != keys[order[start]]:
            if i - start > 1:
                run = order[start:i].copy()
                order[start:i] = run[np.argsort(ids[run])]
            start = i


@njit(cache=True)
def find_ids(
    ids: npt.NDArray[np.int64], by_id: npt.NDArray[np.uint32], wanted: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Positions in ``ids`` of the wanted ids, -1 where there is none; ``by_id`` orders ``ids``."""
    found = np.full(wanted.size, -1, np.int64)
    for i in range(wanted.size):
        low, high = 0, by_id.size
        while low < high:
            middle = (low + high) // 2
            if ids[by_id[middle]] < wanted[i]:
                low = middle + 1
            else:
                high = middle
        if low < by_id.size and ids[by_id[low]] == wanted[i]:
            found[i] = by_id[low]
    return found


@njit(cache=True)
def varint_size(number: int) -> int:
    """Bytes of a base-128 varint."""
    size = 1
    while number > 0x7F:
        number >>= 7
        size += 1
    return size


@njit(cache=True)
def put_varint(out: npt.NDArray[np.uint8], at: int, number: int) -> int:
    """Write a base-128 varint and return the place after it."""
    while number > 0x7F:
        out[at] = (number & 0x7F) | 0x80
        number >>= 7
        at += 1
    out[at] = number
    return at + 1


@njit(cache=True)
def zigzag(number: int) -> int:
    """Signed numbers as 0 or more: 0, -1, 1, -2 … become 0, 1, 2, 3 …."""
    return (number << 1) ^ (number >> 63)


@njit(cache=True)
def point_geometry(
    keys: npt.NDArray[np.int64], shift: int, extent: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Commands MoveTo(1) of points in a tile of 2^shift units a side, and where each point's commands end."""
    out = np.empty(keys.size * 11, np.uint8)
    ends = np.empty(keys.size, np.int64)
    inside = (1 << shift) - 1
    at = 0
    for i in range(keys.size):
        out[at] = 9
        at = put_varint(out, at + 1, zigzag(((gather_bits(keys[i]) & inside) * extent) >> shift))
        at = put_varint(out, at, zigzag(((gather_bits(keys[i] >> 1) & inside) * extent) >> shift))
        ends[i] = at
    return out[:at], ends


@njit(cache=True)
def _tags_size(tags: npt.NDArray[np.int32], feature: int) -> int:
    size = 0
    for key in range(tags.shape[0]):
        if tags[key, feature] >= 0:
            size += varint_size(key) + varint_size(tags[key, feature])
    return size


@njit(cache=True)
def _put_tags(out: npt.NDArray[np.uint8], at: int, tags: npt.NDArray[np.int32], feature: int, size: int) -> int:
    """Write field 2 of a feature, its packed tags."""
    if size == 0:
        return at
    out[at] = 0x12
    at = put_varint(out, at + 1, size)
    for key in range(tags.shape[0]):
        if tags[key, feature] >= 0:
            at = put_varint(out, at, key)
            at = put_varint(out, at, tags[key, feature])
    return at


@njit(cache=True)
def write_features(
    geometry_type: int,
    ids: npt.NDArray[np.int64],
    geometry: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    tags: npt.NDArray[np.int32],
) -> npt.NDArray[np.uint8]:
    """Features of a layer, field 2 of it, one after the other: id, tags, type, geometry."""
    out = np.empty(ids.size * (35 + 10 * tags.shape[0]) + geometry.size, np.uint8)
    at = 0
    start = 0
    for i in range(ids.size):
        tags_size = _tags_size(tags, i)
        geometry_size = ends[i] - start
        size = 1 + varint_size(ids[i]) + 2 + 1 + varint_size(geometry_size) + geometry_size
        if tags_size > 0:
            size += 1 + varint_size(tags_size) + tags_size
        out[at] = 0x12
        at = put_varint(out, at + 1, size)
        out[at] = 0x08
        at = put_varint(out, at + 1, ids[i])
        at = _put_tags(out, at, tags, i, tags_size)
        out[at] = 0x18
        out[at + 1] = geometry_type
        out[at + 2] = 0x22
        at = put_varint(out, at + 3, geometry_size)
        for j in range(start, ends[i]):
            out[at] = geometry[j]
            at += 1
        start = ends[i]
    return out[:at]


@njit(cache=True)
def place_points(
    px: npt.NDArray[np.int64], py: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Commands MoveTo(1) of points given in tile units, and where each point's commands end."""
    out = np.empty(px.size * 11, np.uint8)
    ends = np.empty(px.size, np.int64)
    at = 0
    for i in range(px.size):
        out[at] = 9
        at = put_varint(out, at + 1, zigzag(px[i]))
        at = put_varint(out, at, zigzag(py[i]))
        ends[i] = at
    return out[:at], ends


@njit(cache=True)
def place_squares(
    px: npt.NDArray[np.int64], py: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Commands of squares given by north-west corner and size in tile units, and where each one's commands end."""
    out = np.empty(px.size * 43, np.uint8)
    ends = np.empty(px.size, np.int64)
    at = 0
    for i in range(px.size):
        out[at] = 9
        at = put_varint(out, at + 1, zigzag(px[i]))
        at = put_varint(out, at, zigzag(py[i]))
        out[at] = 26
        at += 1
        for step_x, step_y in ((size, 0), (0, size), (-size, 0)):
            at = put_varint(out, at, zigzag(step_x))
            at = put_varint(out, at, zigzag(step_y))
        out[at] = 15
        at += 1
        ends[i] = at
    return out[:at], ends


@njit(cache=True)
def used_codes(codes: npt.NDArray[np.int64], size: int) -> tuple[npt.NDArray[np.bool_], int]:
    """Which of the codes 0 … size - 1 occur, and the place of the first other code (-1 when there is none)."""
    used = np.zeros(size, np.bool_)
    for i in range(codes.size):
        if not 0 <= codes[i] < size:
            return used, i
        used[codes[i]] = True
    return used, -1


@njit(cache=True)
def look_up(table: npt.NDArray[np.int32], codes: npt.NDArray[np.int64], out: npt.NDArray[np.int32]) -> None:
    """Write the table's entry of every code to ``out``."""
    for i in range(codes.size):
        out[i] = table[codes[i]]
