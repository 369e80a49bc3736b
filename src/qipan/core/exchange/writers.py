"""Writing a stream of resources as CSV, Excel, GeoJSON, GeoPackage, Shapefile, KML or DXF."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyogrio
import shapely
import xlsxwriter

from qipan.core.errors import FieldProblem, InvalidRecord
from qipan.core.exchange.batches import Batch, ResourceStream
from qipan.core.exchange.matching import shapefile_name
from qipan.core.layers import whole_file

_MOST_EXCEL_ROWS = 1_048_575
_MOST_SHAPEFILE_BYTES = 254


def write_csv(stream: ResourceStream, path: Path) -> int:
    """Write UTF-8 CSV with the byte-order mark that Excel needs; return the number of rows."""
    count = 0
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        file.write((",".join(f'"{name}"' for name in stream.schema.names) + "\n").encode())
        for batch in stream.batches():
            pacsv.write_csv(batch.columns, file, pacsv.WriteOptions(include_header=False))
            count += batch.columns.num_rows
    return count


def write_excel(stream: ResourceStream, path: Path) -> int:
    """Write one sheet named for the kind, its header frozen; InvalidRecord beyond what a sheet holds."""
    options: dict[str, Any] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    options |= {"strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}
    row = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(stream.kind.name.in_language(stream.language)[:31])
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, stream.schema.names, book.add_format({"bold": True, "bottom": 1}))
        for place, name in enumerate(stream.schema.names):
            sheet.set_column(place, place, max(10, 2 * len(name)))
        for batch in stream.batches():
            if row + batch.columns.num_rows > _MOST_EXCEL_ROWS:
                reason = f"Excel 每个工作表至多 {_MOST_EXCEL_ROWS:,} 行：请缩小范围或改用 CSV"
                raise InvalidRecord([FieldProblem(None, "格式", "xlsx", reason)])
            for values in zip(*(column.to_pylist() for column in batch.columns.columns), strict=True):
                row += 1
                sheet.write_row(row, 0, values)
    return row


def write_geofile(stream: ResourceStream, path: Path, driver: str) -> int:
    """Write a layer named for the kind's key by one of GDAL's drivers, the rows passed on as they are read."""
    names = stream.schema.names
    if driver == "LIBKML":  # the name that a globe shows beside the mark
        names = ["Name" if one.key == "name" else heading for one, heading in zip(stream.fields, names, strict=True)]
    return _write_layer(stream, path, driver, names)


def write_shapefile(stream: ResourceStream, path: Path) -> int:
    """Write a zip of a Shapefile in UTF-8 with ``fields.csv``, which gives the full name of each short column.

    A column's name has at most ten letters: the field's key, shortened. InvalidRecord where a text has more than 254
    bytes, which the format would cut.
    """
    names = [shapefile_name(one.key) for one in stream.fields]
    with tempfile.TemporaryDirectory(prefix="qipan-") as folder:
        target = Path(folder) / f"{stream.kind.key}.shp"
        count = _write_layer(stream, target, "ESRI Shapefile", names)
        with (Path(folder) / "fields.csv").open("w", encoding="utf-8-sig", newline="") as file:
            rows = [(name, one.key, one.name.zh, one.name.en) for name, one in zip(names, stream.fields, strict=True)]
            csv.writer(file).writerows([("column", "key", "zh", "en"), *rows])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in sorted(Path(folder).iterdir()):
                archive.write(member, member.name)
    return count


def _write_layer(stream: ResourceStream, path: Path, driver: str, names: list[str]) -> int:
    counted = [0]
    failures: list[Exception] = []

    def pieces() -> Iterator[pa.RecordBatch]:
        try:
            for batch in stream.batches():
                counted[0] += batch.columns.num_rows
                if driver == "ESRI Shapefile":
                    _check_lengths(batch, names)
                yield _with_geometry(batch, names)
        except Exception as error:
            failures.append(error)
            raise

    fields = [pa.field(name, one.type) for name, one in zip(names, stream.schema, strict=True)]
    schema = pa.schema([*fields, pa.field("geometry", pa.binary())])
    form = {"point": "Point", "line": "LineString", "polygon": "Polygon"}[stream.kind.geometry]
    epsg = stream.datum.epsg or (4490 if stream.datum.name == "cgcs2000" else 4326)
    try:
        with whole_file(path):
            pyogrio.write_arrow(
                pa.RecordBatchReader.from_batches(schema, pieces()),
                path,
                layer=None if driver == "ESRI Shapefile" else stream.kind.key,
                driver=driver,
                geometry_name="geometry",
                geometry_type=form if driver == "ESRI Shapefile" or form == "Point" else "Unknown",
                crs=f"EPSG:{epsg}",
                encoding="UTF-8" if driver == "ESRI Shapefile" else None,
                layer_options={"COORDINATE_PRECISION": "10"} if driver == "GeoJSON" else None,
            )
    except (RuntimeError, OSError):
        if failures:  # GDAL has only seen that the stream broke off
            raise failures[0] from None
        raise
    return counted[0]


def _with_geometry(batch: Batch, names: list[str]) -> pa.RecordBatch:
    shapes = pa.array(shapely.to_wkb(batch.geometry), pa.binary())
    table = batch.columns.rename_columns(names).append_column("geometry", shapes)
    return table.combine_chunks().to_batches()[0]


def _check_lengths(batch: Batch, names: list[str]) -> None:
    for name, column in zip(names, batch.columns.columns, strict=True):
        if pa.types.is_string(column.type):
            for text in column.to_pylist():
                if text is not None and len(text) > 80 and len(text.encode()) > _MOST_SHAPEFILE_BYTES:
                    reason = f"Shapefile 的文本至多 {_MOST_SHAPEFILE_BYTES} 字节（约 84 个汉字）：请改用 GeoPackage"
                    raise InvalidRecord([FieldProblem(None, name, text[:80], reason)])


def write_drawing(stream: ResourceStream, path: Path) -> int:
    """Write a DXF (R12) with a point and a text ``code name`` for each resource, on a layer named for the kind.

    Lines and polygons are drawn by the point at which they are registered. Text beyond ASCII is escaped as
    ``\\U+4E2D``, which every drawing program reads.
    """
    count = 0
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        _pairs(file, (0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"), (0, "ENDSEC"))
        _pairs(file, (0, "SECTION"), (2, "ENTITIES"))
        for batch in stream.batches():
            for shape, code, name in _labels(stream, batch):
                place = ((8, stream.kind.code), (10, repr(shape.x)), (20, repr(shape.y)), (30, "0.0"))
                _pairs(file, (0, "POINT"), *place)
                _pairs(file, (0, "TEXT"), *place, (40, "1.0"), (1, _escaped(f"{code} {name}")))
                count += 1
        _pairs(file, (0, "ENDSEC"), (0, "EOF"))
    return count


def _labels(stream: ResourceStream, batch: Batch) -> Iterator[tuple[Any, str, str]]:
    keys = [one.key for one in stream.fields]
    codes, names = (batch.columns.column(keys.index(key)).to_pylist() for key in ("code", "name"))
    shapes = batch.geometry
    if stream.kind.geometry == "line":
        shapes = shapely.line_interpolate_point(shapely.line_merge(shapes), 0.5, normalized=True)
    elif stream.kind.geometry == "polygon":
        shapes = shapely.point_on_surface(shapes)
    return ((shape, code, name) for shape, code, name in zip(shapes, codes, names, strict=True) if shape is not None)


def _pairs(file: TextIO, *pairs: tuple[int, str | date]) -> None:
    for code, value in pairs:
        file.write(f"{code}\n{value}\n")


def _escaped(text: str) -> str:
    return "".join(one if 32 <= ord(one) < 127 else f"\\U+{ord(one):04X}" for one in text if ord(one) < 0x10000)
