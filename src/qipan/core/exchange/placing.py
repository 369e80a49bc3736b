"""Where the things of a file stand: coordinates and geometries brought to WGS 84, and the area that holds each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from qipan.core.areas import AreaIndex
from qipan.core.catalogue import Kind
from qipan.core.exchange.parsing import Problems
from qipan.core.exchange.table import Table
from qipan.core.shapes import middles
from qipan.engines.geodesy import Datum, to_wgs84

_Floats = NDArray[np.float64]
_TYPES = {"point": (0,), "line": (1, 5), "polygon": (3, 6)}
_NAMES = {"point": "点", "line": "线", "polygon": "面"}


@dataclass(frozen=True, slots=True)
class Places:
    """Positions (WGS 84 degrees, NaN for none) and, for lines and polygons, geometries of n rows."""

    longitude: _Floats
    latitude: _Floats
    geometry: NDArray[np.object_] | None
    given: bool
    """Whether the file says where things stand at all."""


def place_rows(table: Table, columns: Mapping[str, pa.Array], kind: Kind, problems: Problems) -> Places:
    """Return where the rows stand: by their geometry, else by their coordinates, else by well-known text.

    ``columns`` are the parsed columns by field. A geometry of the wrong type, half a position, and a position off the
    globe or, in China's shifted systems, out of reach are problems.
    """
    nowhere = np.full(len(table), np.nan)
    if kind.geometry == "none":
        return Places(nowhere, nowhere, None, given=False)
    shapes = _shapes(table, columns, kind, problems)
    x, y = _coordinates(table, columns)
    _check_pairs(x, y, problems)
    given = shapes is not None or "longitude" in columns or "easting" in columns
    if shapes is not None:
        shapes = _in_wgs84(shapes, table.datum)
    longitude, latitude = to_wgs84(x, y, table.datum)
    if shapes is not None:
        longitude, latitude = _filled(longitude, latitude, shapes, kind)
    longitude, latitude = _on_globe(longitude, latitude, x, y, problems)
    return Places(longitude, latitude, None if kind.geometry == "point" else shapes, given)


def locate_rows(areas: AreaIndex, longitude: _Floats, latitude: _Floats) -> NDArray[np.int64]:
    """Return the area of each position of shape (n,), 0 where there is no position or no area holds it."""
    found = np.zeros(longitude.shape, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(longitude))
    found[known] = areas.locate(longitude[known], latitude[known])
    return found


def _shapes(
    table: Table, columns: Mapping[str, pa.Array], kind: Kind, problems: Problems
) -> NDArray[np.object_] | None:
    shapes = table.geometry
    if shapes is None and "geometry" in columns:
        texts = columns["geometry"]
        shapes = shapely.from_wkt(texts.to_numpy(zero_copy_only=False), on_invalid="ignore")
        bad = np.flatnonzero(shapely.is_missing(shapes) & texts.is_valid().to_numpy(zero_copy_only=False))
        problems.add(bad, "几何", texts, "不是有效的 WKT，应如 POINT (114.05 22.54)")
        problems.misplaced[bad] = True
    if shapes is None:
        return None
    shapes = shapely.force_2d(shapes)
    shapes[shapely.is_empty(shapes)] = None
    if kind.geometry == "point":
        shapes = _single_points(shapes)
    types = shapely.get_type_id(shapes)
    wrong = np.flatnonzero((types != -1) & ~np.isin(types, _TYPES[kind.geometry]))
    named = pa.array([None if shape is None else shape.geom_type for shape in shapes], pa.string())
    problems.add(wrong, "几何", named, f"{kind.name.zh}的几何应为{_NAMES[kind.geometry]}")
    problems.misplaced[wrong] = True
    shapes[wrong] = None
    return shapes


def _single_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return multipoints of one point as that point."""
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes


def _coordinates(table: Table, columns: Mapping[str, pa.Array]) -> tuple[_Floats, _Floats]:
    """Return what the file gives as coordinates, in its own datum, NaN where it gives none."""
    pair = ("easting", "northing") if "easting" in columns or "northing" in columns else ("longitude", "latitude")
    x, y = (
        columns[one].cast(pa.float64()).to_numpy(zero_copy_only=False)
        if one in columns
        else np.full(len(table), np.nan)
        for one in pair
    )
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _check_pairs(x: _Floats, y: _Floats, problems: Problems) -> None:
    half = np.flatnonzero((np.isnan(x) != np.isnan(y)) & ~problems.misplaced)
    if half.size:
        written = [f"{a:g}，{b:g}".replace("nan", "（空）") for a, b in zip(x, y, strict=True)]
        problems.add(half, "经度/纬度", pa.array(written), "经度与纬度须同时填写")
        problems.misplaced[half] = True


def _in_wgs84(shapes: NDArray[np.object_], datum: Datum) -> NDArray[np.object_]:
    if datum.name in ("wgs84", "cgcs2000"):
        return shapes

    def convert(points: _Floats) -> _Floats:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], datum))

    converted: NDArray[np.object_] = shapely.transform(shapes, convert)
    return converted


def _filled(longitude: _Floats, latitude: _Floats, shapes: NDArray[np.object_], kind: Kind) -> tuple[_Floats, _Floats]:
    """Return positions taken from geometries: a point's own, a line's middle, a point well inside a polygon.

    What a file gives as coordinates beside a line or polygon stands.
    """
    points = middles(kind, shapes)
    use = ~shapely.is_missing(points) & ((kind.geometry == "point") | np.isnan(longitude))
    x, y = shapely.get_x(points), shapely.get_y(points)
    return np.where(use, x, longitude), np.where(use, y, latitude)


def _on_globe(
    longitude: _Floats, latitude: _Floats, x: _Floats, y: _Floats, problems: Problems
) -> tuple[_Floats, _Floats]:
    given = ~(np.isnan(longitude) & np.isnan(latitude))
    bad = np.flatnonzero(given & ~((np.abs(longitude) <= 180.0) & (np.abs(latitude) <= 90.0)))
    if not bad.size:
        return longitude, latitude
    off = bad[~problems.misplaced[bad]]
    written = np.full(len(x), "", dtype=object)
    written[off] = [f"{a:.10g}，{b:.10g}" for a, b in zip(x[off], y[off], strict=True)]
    reason = "换算后不在地球上：请核对坐标与所选坐标系，经度 -180 至 180，纬度 -90 至 90"
    problems.add(off, "经度/纬度", pa.array(written, pa.string()), reason)
    problems.misplaced[off] = True
    longitude, latitude = longitude.copy(), latitude.copy()
    longitude[bad] = latitude[bad] = np.nan
    return longitude, latitude
