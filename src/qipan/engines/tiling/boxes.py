"""Boxes of longitude and latitude as ranges of Morton keys, for a B-tree to answer."""

from __future__ import annotations

from qipan.engines.tiling.errors import KeyRangeError, PositionError
from qipan.engines.tiling.morton import BITS, WORLD, to_units

_Cell = tuple[int, int, int]
_Box = tuple[int, int, int, int]

_REFINEMENT = 4
"""Ranges looked at per range asked for: closing the smallest gaps of these wastes little area."""


def ranges_for_box(
    lon_min: float, lat_min: float, lon_max: float, lat_max: float, *, most: int = 32
) -> list[tuple[int, int]]:
    """Key ranges that together hold every point of a box, edges included.

    Each pair reads ``low <= key < high``; pairs are sorted, disjoint and at most ``most``. They may hold points beside
    the box, fewer the larger ``most`` is, so test the exact edges afterwards. ``lon_min > lon_max`` means a box across
    the antimeridian. Degrees, WGS 84.

    Raises PositionError when a corner is off the globe or south lies above north, KeyRangeError when most < 1.
    """
    if most < 1:
        message = f"most is {most}: a box needs at least one range"
        raise KeyRangeError(message)
    if lat_min > lat_max:
        message = f"the box's south edge {lat_min} lies north of its north edge {lat_max}: exchange them"
        raise PositionError(message)
    cells = [cell for box in _unit_boxes(lon_min, lat_min, lon_max, lat_max) for cell in _cover(box, most)]
    return _close_gaps(_joined(sorted(_cell_range(cell) for cell in cells)), most)


def _unit_boxes(lon_min: float, lat_min: float, lon_max: float, lat_max: float) -> list[_Box]:
    """Box in units, edges included: left, top, right, bottom; two of them across the antimeridian."""
    (left, right), (bottom, top) = to_units([lon_min, lon_max], [lat_min, lat_max])
    if lon_min <= lon_max:
        return [(int(left), int(top), int(right), int(bottom))]
    return [(int(left), int(top), WORLD - 1, int(bottom)), (0, int(top), int(right), int(bottom))]


def _cover(box: _Box, most: int) -> list[_Cell]:
    """Quadtree cells that together cover the box, split until they are many more than wanted or fit exactly."""
    inside: list[_Cell] = []
    edge: list[_Cell] = [(0, 0, 0)]
    while edge and len(inside) + len(edge) <= _REFINEMENT * most:
        split, edge = edge, []
        for cell in split:
            for part in _quarters(cell) if not _is_inside(cell, box) else [cell]:
                if _is_inside(part, box):
                    inside.append(part)
                elif _touches(part, box):
                    edge.append(part)
    return inside + edge


def _quarters(cell: _Cell) -> list[_Cell]:
    z, x, y = cell
    return [(z + 1, 2 * x + dx, 2 * y + dy) for dy in (0, 1) for dx in (0, 1)]


def _cell_edges(cell: _Cell) -> _Box:
    z, x, y = cell
    size = WORLD >> z
    return x * size, y * size, (x + 1) * size - 1, (y + 1) * size - 1


def _is_inside(cell: _Cell, box: _Box) -> bool:
    left, top, right, bottom = _cell_edges(cell)
    return box[0] <= left and box[1] <= top and right <= box[2] and bottom <= box[3]


def _touches(cell: _Cell, box: _Box) -> bool:
    left, top, right, bottom = _cell_edges(cell)
    return left <= box[2] and box[0] <= right and top <= box[3] and box[1] <= bottom


def _cell_range(cell: _Cell) -> tuple[int, int]:
    z, x, y = cell
    number = sum((x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1 for bit in range(z))
    shift = 2 * (BITS - z)
    return number << shift, (number + 1) << shift


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges with those that touch made one."""
    joined = ranges[:1]
    for low, high in ranges[1:]:
        if low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _close_gaps(ranges: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """At most ``most`` ranges: the widest gaps stay, the others are bridged."""
    gaps = sorted(range(1, len(ranges)), key=lambda i: ranges[i - 1][1] - ranges[i][0])
    starts = [0, *sorted(gaps[: most - 1])]
    ends = [*[start - 1 for start in starts[1:]], len(ranges) - 1]
    return [(ranges[first][0], ranges[last][1]) for first, last in zip(starts, ends, strict=True)]
