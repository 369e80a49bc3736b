"""Reading a file of samples: CSV, Excel, GeoPackage and what else holds points, in any of China's datums."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from qipan.core.catalogue import Attribute, Text, load_catalogue
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.delimited import read_delimited
from qipan.core.exchange.parsing import Problems, parse_column, text_column
from qipan.core.exchange.reading import format_of, parse_chosen_datum
from qipan.core.exchange.table import Content, row_numbers
from qipan.core.exchange.workbook import read_workbook
from qipan.core.grams import folded
from qipan.engines.geodesy import Datum, to_wgs84

Doubles = NDArray[np.float64]
_unit = re.compile(r"[（(\[][^()（）\[\]]*[)）\]]\s*\*?$")
_endings = {"geopackage": "gpkg", "geojson": "geojson", "shapefile": "shp.zip", "kml": "kml", "kmz": "kmz"}
_shown = 100


@dataclass(frozen=True)
class Samples:
    """The rows of a file that will do, as a table: ``row`` in the file, ``longitude`` and ``latitude`` (WGS 84),
    ``level`` dBm and, null where a row has none, ``sinr`` dB, ``pci``, ``cell``, ``frequency`` MHz, ``time``.

    ``refused`` the others, each with its reason; ``headings`` what the file calls each field it has.
    """

    table: pa.Table
    refused: list[FieldProblem]
    headings: dict[str, str]


def read_file(content: bytes, name: str, datum: str = "wgs84", encoding: str | None = None) -> Samples:
    """Read the samples of a file whose coordinates are in ``datum`` (wgs84, cgcs2000, gcj02 or bd09).

    A row without position or level, or with a value that cannot be, is refused and named; the others stay. Raises
    ImportRejected where the file cannot be read, has no such columns, or not one row of it will do.
    """
    system = parse_chosen_datum(datum)
    if system.projected:
        message = f"路测文件 {name} 的坐标应为经纬度：坐标系可选 wgs84、cgcs2000、gcj02、bd09"
        raise ImportRejected(message)
    found, places = _content(content, name, encoding)
    problems = Problems(found.rows)
    headings = _headings(found, name, places is not None)
    columns = {
        one.key: parse_column(_whole(found, headings[one.key], one), one, headings[one.key], problems)
        for one in sample_fields()
        if one.key in headings
    }
    columns |= places or {}
    longitude, latitude = _positions(columns, system, problems)
    refused = [*found.problems, *problems.listed]
    bad = np.isin(found.rows, [one.row for one in refused if one.row is not None])
    good = np.flatnonzero(~bad)
    if not good.size:
        message = f"{name} 没有一行可用的测量点（共 {len(found.rows):,} 行）：没有保留任何内容"
        raise ImportRejected(message, refused[:_shown], len(refused))
    table = {"row": pa.array(found.rows), "longitude": pa.array(longitude), "latitude": pa.array(latitude)}
    for field in sample_fields():
        if field.key not in table:
            kind = pa.string() if field.type == "text" else pa.int64() if field.type == "integer" else pa.float64()
            table[field.key] = columns.get(field.key, pa.nulls(len(found.rows), kind)).cast(kind)
    return Samples(pa.table(table).take(pa.array(good)), sorted(refused, key=lambda one: one.row or 0), headings)


@cache
def sample_fields() -> tuple[Attribute, ...]:
    """Return the fields of a sample."""
    return tuple(_attribute(row) for row in _described())


def _attribute(row: dict[str, Any]) -> Attribute:
    said = {key: value for key, value in row.items() if key not in ("headings", "name")}
    return Attribute(**said, name=Text(**row["name"]), description=Text(**row["name"]))


@cache
def _described() -> tuple[dict[str, Any], ...]:
    package = files("qipan.domains.mobile.network.drive_tests")
    return tuple(tomllib.loads((package / "columns.toml").read_text(encoding="utf-8"))["field"])


def _content(content: bytes, name: str, encoding: str | None) -> tuple[Content, dict[str, pa.Array] | None]:
    """Return the columns of a file and, where it has geometry, its points as coordinates."""
    kind = format_of(content, name)
    if kind == "csv":
        return read_delimited(content, name, encoding), None
    if kind == "excel":
        return read_workbook(content, name, load_catalogue()), None
    if kind not in _endings:
        message = f"路测文件 {name} 是 {kind} 格式：请用 CSV、Excel 或 GeoPackage"
        raise ImportRejected(message)
    return _points(content, name, kind)


def _points(content: bytes, name: str, kind: str) -> tuple[Content, dict[str, pa.Array]]:
    with tempfile.TemporaryDirectory(prefix="qipan-") as folder:
        path = Path(folder) / f"file.{_endings[kind]}"
        path.write_bytes(content)
        try:
            layers = [str(one) for one, shape in pyogrio.list_layers(path) if shape is not None]
            if len(layers) != 1:
                said = "、".join(layers[:8]) or "无"
                message = f"{name} 有 {len(layers)} 个带几何的图层（{said}）：请只留路测点的一个"
                raise ImportRejected(message)
            meta, table = pyogrio.raw.read_arrow(path, layer=layers[0])
        except (DataSourceError, ValueError) as error:
            message = f"{name} 无法作为 {kind} 文件读取：{error}"
            raise ImportRejected(message) from error
    shape = meta["geometry_name"] or "wkb_geometry"
    shapes = shapely.from_wkb(table.column(shape).to_numpy())
    columns = {one: _in_one(table.column(one)) for one in table.column_names if one not in (shape, "OGC_FID", "fid")}
    x, y = _coordinates(shapes, meta["crs"], name)
    read = Content(columns, row_numbers(table.num_rows))
    return read, {"longitude": pa.array(x, pa.float64()), "latitude": pa.array(y, pa.float64())}


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    known = pa.types.is_integer(array.type) or pa.types.is_floating(array.type)
    return array if known else array.cast(pa.string())


def _coordinates(shapes: NDArray[np.object_], system: str | None, name: str) -> tuple[Doubles, Doubles]:
    """Return degrees of points, nan where there is none; a projected system is brought to WGS 84."""
    single = shapely.get_type_id(shapes) == 4
    shapes = np.where(single & (shapely.get_num_geometries(shapes) == 1), shapely.get_geometry(shapes, 0), shapes)
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    if not system:
        return x, y
    try:
        crs = CRS.from_user_input(system)
    except CRSError as error:
        message = f"{name} 的坐标系 {system[:60]} 无法识别：请转换为 EPSG:4326"
        raise ImportRejected(message) from error
    if not crs.is_projected:
        return x, y
    east, north = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    return np.where(np.isfinite(east), east, np.nan), np.where(np.isfinite(north), north, np.nan)


def _headings(found: Content, name: str, placed: bool) -> dict[str, str]:
    """Return what the file calls each field; the first column that fits counts, so that a log's others may follow."""
    known: dict[str, str] = {}
    for row, field in zip(_described(), sample_fields(), strict=True):
        for text in (field.key, field.name.zh, field.name.en, *row["headings"]):
            known.setdefault(folded(str(text)), field.key)
    headings: dict[str, str] = {}
    for column in found.columns:
        key = known.get(folded(_unit.sub("", column.strip())))
        if key is not None and not (placed and key in ("longitude", "latitude")):
            headings.setdefault(key, column)
    missing = [
        one.name.zh
        for one in sample_fields()
        if one.required and one.key not in headings and not (placed and one.key != "level")
    ]
    if missing:
        message = f"{name} 没有{'、'.join(missing)}列：现有 {'、'.join(list(found.columns)[:20])}，请改列名"
        raise ImportRejected(message)
    return headings


def _whole(found: Content, heading: str, field: Attribute) -> pa.Array:
    """Return a column as it is parsed; a cell or a time may be written as a number."""
    values = found.columns[heading]
    return text_column(values) if field.type == "text" else values


def _positions(columns: Mapping[str, pa.Array], system: Datum, problems: Problems) -> tuple[Doubles, Doubles]:
    x, y = (
        columns[key].cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        for key in ("longitude", "latitude")
    )
    longitude, latitude = to_wgs84(x, y, system)
    off = np.flatnonzero(~((np.abs(longitude) <= 180.0) & (np.abs(latitude) <= 90.0)))
    told = {one.row for one in problems.listed}
    off = off[[int(problems.rows[place]) not in told for place in off]] if off.size else off
    written = [f"{a:.10g}，{b:.10g}".replace("nan", "（空）") for a, b in zip(x[off], y[off], strict=True)]
    texts = np.full(len(x), "", dtype=object)
    texts[off] = written
    reason = "没有位置，或不在所选坐标系的范围内：经度 -180 至 180，纬度 -90 至 90"
    problems.add(off, "经度/纬度", pa.array(texts, pa.string()), reason)
    return longitude, latitude
