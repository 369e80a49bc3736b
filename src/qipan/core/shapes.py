"""Lines and polygons of resources: read from GeoJSON and checked, and the one position that stands for each."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from qipan.core.catalogue import Kind
from qipan.core.fields import FieldValueError

most_corners = 100_000
"""Corners of one shape that a single edit takes; the largest administrative boundaries have about a tenth of it."""

_TYPES = {"line": ("LineString", "MultiLineString"), "polygon": ("Polygon", "MultiPolygon")}


def read_shape(kind: Kind, value: object) -> BaseGeometry:
    """Return a GeoJSON geometry (RFC 7946, WGS 84 degrees) as the two-dimensional shape of a line or polygon kind.

    Raises FieldValueError with what is allowed for another type, an invalid shape, one off the globe or too large.
    """
    types = _TYPES[kind.geometry]
    given = value.get("type") if isinstance(value, Mapping) else None
    if given not in types:
        message = f"{kind.name.zh}的几何应为 GeoJSON 的 {' 或 '.join(types)}"
        raise FieldValueError(message)
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(value)))
    except (shapely.errors.GEOSException, RecursionError) as error:
        message = "不是有效的 GeoJSON 几何：坐标应为 [经度, 纬度] 的列表，线至少两点，面的环首尾相同"
        raise FieldValueError(message) from error
    _check(shape)
    assert isinstance(shape, BaseGeometry)
    return shape


def _check(shape: BaseGeometry) -> None:
    corners = int(shapely.get_num_coordinates(shape))
    if not 0 < corners <= most_corners:
        message = f"共 {corners} 个折点，允许 2 至 {most_corners} 个：请简化后再存"
        raise FieldValueError(message)
    if not (np.abs(shapely.get_coordinates(shape)) <= (180.0, 90.0)).all():
        message = "坐标超出范围：应为 WGS 84 的度，经度 -180 至 180，纬度 -90 至 90，经度在前"
        raise FieldValueError(message)
    if not shapely.is_valid(shape):
        message = f"几何不成立（{shapely.is_valid_reason(shape)}）：线须有长度，面不得自相交"
        raise FieldValueError(message)


def middles(kind: Kind, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the point that stands for each shape of shape (n,): a point itself, a line's middle, one in a polygon."""
    if kind.geometry == "point":
        return shapes
    if kind.geometry == "line":
        halfway = shapely.line_interpolate_point(shapely.line_merge(shapes), 0.5, normalized=True)
        return np.asarray(halfway)
    return np.asarray(shapely.point_on_surface(shapes))
