"""Reading GIS and CAD files through GDAL: GeoPackage, GeoJSON, Shapefile in a zip, KML and KMZ, points of a DXF."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from qipan.core.catalogue import Catalogue
from qipan.core.codes import is_code
from qipan.core.errors import ImportRejected
from qipan.core.exchange.table import Content, row_numbers
from qipan.core.grams import folded

_ENDINGS = {
    "geopackage": "gpkg",
    "geojson": "geojson",
    "shapefile": "shp.zip",
    "kml": "kml",
    "kmz": "kmz",
    "dxf": "dxf",
}
_DRAWING_COLUMNS = ("Layer", "PaperSpace", "SubClasses", "Linetype", "EntityHandle", "ExtendedEntity")
_ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_KML_COLUMNS = (
    "id", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
    "drawOrder", "icon", "snippet",
)  # fmt: skip


def read_geofile(content: bytes, name: str, file_format: str, catalogue: Catalogue) -> Content:
    """Return the columns and geometries of the layer named for a kind of the catalogue, or of the only one.

    Raises ImportRejected where GDAL cannot read the file or it has several layers and none is named for a kind.
    """
    with _on_disk(content, _ENDINGS[file_format]) as path:
        try:
            layer = _layer(path, name, catalogue)
            meta, table = pyogrio.raw.read_arrow(path, layer=layer)
        except (DataSourceError, ValueError) as error:
            message = f"{name} 无法作为 {file_format} 文件读取：{error}"
            raise ImportRejected(message) from error
    shapes = table.column(meta["geometry_name"] or "wkb_geometry") if meta["geometry_type"] else None
    geometry = None if shapes is None else shapely.from_wkb(shapes.to_numpy())
    hidden = {meta["geometry_name"], "wkb_geometry", *(("OGC_FID", "fid"))}
    columns = {one: _plain(table.column(one)) for one in table.column_names if one not in hidden}
    content_read = Content(columns, row_numbers(table.num_rows), geometry, layer, _epsg(meta["crs"]))
    if file_format == "dxf":
        return _points_of_drawing(content_read)
    return _without_format_columns(content_read) if file_format in ("kml", "kmz") else content_read


@contextmanager
def _on_disk(content: bytes, ending: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qipan-") as folder:
        path = Path(folder) / f"file.{ending}"
        path.write_bytes(content)
        yield path


def _layer(path: Path, name: str, catalogue: Catalogue) -> str:
    layers = [str(one) for one, _ in pyogrio.list_layers(path)]
    known = {folded(text) for kind in catalogue.kinds.values() for text in (kind.key, kind.name.zh, kind.name.en)}
    named = [layer for layer in layers if folded(layer) in known]
    if len(layers) != 1 and len(named) != 1:
        message = f"{name} 有 {len(layers)} 个图层（{'、'.join(layers[:8])}）：请只留要导入的一个，或以资源类别命名图层"
        raise ImportRejected(message)
    return named[0] if named else layers[0]


def _epsg(system: str | None) -> int | None:
    if not system:
        return None
    try:
        code = CRS.from_user_input(system).to_epsg(min_confidence=60)
    except CRSError:
        return None
    return None if code is None else int(code)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; times become days, texts lose blanks round them, blank ones become null."""
    array = column.combine_chunks()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    kind: Any = array.type
    if pa.types.is_timestamp(kind):
        return pc.cast(array, pa.date32(), safe=False)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        trimmed = pc.utf8_trim_whitespace(array.cast(pa.string()))
        return pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    known = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return array if known or pa.types.is_date(kind) else array.cast(pa.string())


def _without_format_columns(content: Content) -> Content:
    """Leave out what KML writes of its own accord and says nothing about the thing."""
    columns = {name: array for name, array in content.columns.items() if name not in _KML_COLUMNS}
    return Content(columns, content.rows, content.geometry, content.title, content.epsg)


def _points_of_drawing(content: Content) -> Content:
    """Return a drawing's points with their texts as names; a text that begins with a resource code gives that too.

    A point without a text that stands exactly where a text does is the mark of that text and left out.
    """
    shapes = np.array([] if content.geometry is None else content.geometry, dtype=object)
    texts = content.columns["Text"].to_pylist() if "Text" in content.columns else [None] * len(shapes)
    kept = _labelled(shapes, texts)
    codes, names = zip(*(_code_and_name(texts[place]) for place in kept), strict=True) if len(kept) else ((), ())
    columns = {
        name: array.take(pa.array(kept, pa.int64()))
        for name, array in content.columns.items()
        if name not in _DRAWING_COLUMNS and name != "Text"
    }
    columns |= {"code": pa.array(codes, pa.string()), "name": pa.array(names, pa.string())}
    return Content(columns, content.rows[kept], shapes[kept], content.title, content.epsg)


def _labelled(shapes: NDArray[np.object_], texts: list[str | None]) -> NDArray[np.int64]:
    points = shapely.get_type_id(shapes) == 0
    place_of = [(shape.x, shape.y) if point else None for shape, point in zip(shapes, points, strict=True)]
    named = {place for place, text in zip(place_of, texts, strict=True) if text}
    kept = [
        row
        for row, (place, text) in enumerate(zip(place_of, texts, strict=True))
        if place is not None and (text or place not in named)
    ]
    return np.array(kept, dtype=np.int64)


def _code_and_name(text: str | None) -> tuple[str | None, str | None]:
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text or "").strip()
    head, _, rest = plain.partition(" ")
    return (head, rest.strip() or None) if is_code(head) else (None, plain or None)
