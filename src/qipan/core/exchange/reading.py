"""Reading any file of the supported formats into a table, by what the bytes are and not by what the file is called."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.errors import ImportRejected
from qipan.core.exchange.delimited import read_delimited
from qipan.core.exchange.geofiles import read_geofile
from qipan.core.exchange.ofds import is_ofds_json, is_ofds_table, ofds_from_csv, ofds_from_json
from qipan.core.exchange.table import Content, Table, guess_kind
from qipan.core.exchange.workbook import read_workbook
from qipan.engines.geodesy import Datum, DatumError, parse_datum


def read_table(
    source: Path | str | bytes,
    name: str | None = None,
    *,
    kind: str | None = None,
    datum: str = "wgs84",
    encoding: str | None = None,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
) -> Table:
    """Read a file of resources: Excel, CSV, GeoJSON, GeoPackage, Shapefile (zip), KML, DXF points or OFDS.

    ``kind`` is a key of the catalogue; left out, the sheet's, layer's or file's name must say it. ``datum`` is what the
    coordinates are measured in (see ``qipan.engines.geodesy.parse_datum``). ``mapping`` overrides how columns are
    matched: the key of the field a column is, or None to ignore it. ``constants`` gives fields one value for all rows.
    Raises ImportRejected where the file cannot be read at all.
    """
    catalogue = catalogue or load_catalogue()
    content, name = _bytes(source, name)
    system = parse_chosen_datum(datum)
    if kind is not None and kind not in catalogue.kinds:
        message = f"没有资源类别“{kind}”：可选 {'、'.join(catalogue.kinds)}"
        raise ImportRejected(message)
    file_format = format_of(content, name)
    found = _content(content, name, file_format, catalogue, kind, encoding)
    chosen = catalogue.kinds[kind] if kind else guess_kind(catalogue, name, found.title)
    _check_system(found.epsg, system, name)
    return Table(
        name=name,
        format=file_format,
        columns=found.columns,
        rows=found.rows,
        kind=chosen.key,
        datum=system,
        geometry=found.geometry,
        mapping=dict(mapping or {}),
        constants=dict(constants or {}),
        problems=tuple(found.problems),
    )


def read_plain_table(
    source: Path | str | bytes, name: str | None = None, *, encoding: str | None = None, sheet: str | None = None
) -> Table:
    """Read a file of areas, units or the like: any tabular format, coordinates in WGS 84.

    Of a workbook the sheet of that name is read where there is one.
    """
    content, name = _bytes(source, name)
    file_format = format_of(content, name)
    found = _content(content, name, file_format, load_catalogue(), None, encoding, sheet)
    _check_system(found.epsg, Datum("wgs84"), name)
    return Table(name, file_format, found.columns, found.rows, geometry=found.geometry, problems=tuple(found.problems))


def format_of(content: bytes, name: str = "") -> str:
    """Return the format that the bytes show: csv, excel, geojson, ofds, geopackage, shapefile, kml, kmz or dxf.

    Raises ImportRejected for an archive that holds none of these.
    """
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(b"PK\x03\x04"):
        return _format_of_archive(content, name)
    if content.startswith(b"SQLite format 3\0"):
        return "geopackage"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "excel"
    if head.startswith(b"<") and b"<kml" in content[:65536]:
        return "kml"
    if head.startswith((b"{", b"[")):
        return "ofds" if is_ofds_json(content) else "geojson"
    if head.startswith((b"AutoCAD Binary DXF", b"999")) or head.split(b"\n")[:2] in _DRAWING_HEADS:
        return "dxf"
    return "csv"


_DRAWING_HEADS = ([b"0\r", b"SECTION\r"], [b"0", b"SECTION"])


def parse_chosen_datum(text: str) -> Datum:
    """Return the datum a person chose; ImportRejected where there is none of that name."""
    try:
        return parse_datum(text)
    except DatumError as error:
        message = (
            f"没有坐标系“{text}”：可选 wgs84、cgcs2000、gcj02、bd09、gauss_kruger:EPSG 代码（如 gauss_kruger:4547）"
        )
        raise ImportRejected(message) from error


def _bytes(source: Path | str | bytes, name: str | None) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name or "文件"
    try:
        return Path(source).read_bytes(), name or Path(source).name
    except OSError as error:
        message = f"无法读取文件 {source}：{error.strerror}"
        raise ImportRejected(message) from error


def _format_of_archive(content: bytes, name: str) -> str:
    try:
        members = [one.filename.lower() for one in zipfile.ZipFile(io.BytesIO(content)).infolist()]
    except zipfile.BadZipFile as error:
        message = f"{name} 是损坏的压缩文件：请重新上传"
        raise ImportRejected(message) from error
    if any(member.startswith("xl/") for member in members) or "content.xml" in members:
        return "excel"
    for ending, file_format in ((".shp", "shapefile"), (".kml", "kmz")):
        if any(member.endswith(ending) for member in members):
            return file_format
    message = f"压缩文件 {name} 里没有 Shapefile（.shp）、KML 或 Excel：请直接上传数据文件"
    raise ImportRejected(message)


def _content(
    content: bytes,
    name: str,
    file_format: str,
    catalogue: Catalogue,
    kind: str | None,
    encoding: str | None,
    sheet: str | None = None,
) -> Content:
    if file_format == "csv":
        found = read_delimited(content, name, encoding)
        return ofds_from_csv(found, name, catalogue, kind) if is_ofds_table(found) else found
    if file_format == "excel":
        return read_workbook(content, name, catalogue, sheet)
    if file_format == "ofds":
        return ofds_from_json(content, name, catalogue, kind)
    return read_geofile(content, name, file_format, catalogue)


def _check_system(stated: int | None, chosen: Datum, name: str) -> None:
    """Refuse a file whose own coordinate system is not the chosen one, before every point lands in the wrong place."""
    geographic = (None, 4326, 4490, 4979)
    if stated == chosen.epsg or (stated in geographic and not chosen.projected):
        return
    if stated in (None, 4326) and chosen.projected:
        return  # drawings and GeoJSON cannot state another
    message = f"{name} 注明坐标系为 EPSG:{stated}，与所选的坐标系不同：请在导入时选择 epsg:{stated}"
    raise ImportRejected(message)
