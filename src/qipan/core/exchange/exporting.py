"""Exporting resources of one kind to a file, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound
from qipan.core.exchange.batches import ResourceStream
from qipan.core.exchange.ofds_writing import write_ofds
from qipan.core.exchange.reading import parse_chosen_datum
from qipan.core.exchange.writers import write_csv, write_drawing, write_excel, write_geofile, write_shapefile
from qipan.core.resources import Filter


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format that resources are exported to."""

    ending: str
    media_type: str
    write: Callable[[ResourceStream, Path], int]
    geographic: bool = True
    """Whether positions are geometries; if not they stand in columns of their own."""
    typed: bool = False
    """Whether the format has yes and no as such."""
    any_datum: bool = False
    """Whether coordinates may be in another datum than WGS 84."""


export_formats = {
    "csv": ExportFormat(".csv", "text/csv", write_csv, geographic=False, any_datum=True),
    "xlsx": ExportFormat(
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write_excel,
        geographic=False,
        any_datum=True,
    ),
    "geojson": ExportFormat(".geojson", "application/geo+json", partial(write_geofile, driver="GeoJSON"), typed=True),
    "gpkg": ExportFormat(
        ".gpkg", "application/geopackage+sqlite3", partial(write_geofile, driver="GPKG"), typed=True, any_datum=True
    ),
    "shapefile": ExportFormat(".zip", "application/zip", write_shapefile, any_datum=True),
    "kml": ExportFormat(".kml", "application/vnd.google-earth.kml+xml", partial(write_geofile, driver="LIBKML")),
    "dxf": ExportFormat(".dxf", "image/vnd.dxf", write_drawing, any_datum=True),
    "ofds": ExportFormat(".json", "application/json", write_ofds),
}
"""By name; the ending is that of the file."""


def export(
    connection: Connection,
    kind: str,
    principal: Principal,
    path: Path | str,
    *,
    format: str = "csv",
    where: Filter | None = None,
    language: str = "zh",
    datum: str = "wgs84",
    catalogue: Catalogue | None = None,
) -> int:
    """Write the resources of ``kind`` that match and are visible to ``path`` and return how many there were.

    Rows are read and written in batches; memory does not grow with their number. ``language`` is that of headings and
    of choices (``zh`` or ``en``). What is written can be imported again and changes nothing. Raises NotFound for an
    unknown kind or format, InvalidRecord where the format cannot hold the kind, the datum or a value.
    """
    catalogue = catalogue or load_catalogue()
    if kind not in catalogue.kinds or format not in export_formats:
        message = f"没有类别“{kind}”或格式“{format}”：格式可选 {'、'.join(export_formats)}"
        raise NotFound(message)
    chosen, system = export_formats[format], parse_chosen_datum(datum)
    shown = catalogue.kinds[kind]
    shifted = system.name in ("gcj02", "bd09")
    if chosen.geographic and shown.geometry == "none":
        reason = f"{shown.name.zh}没有位置：请改用 csv 或 xlsx"
        raise InvalidRecord([FieldProblem(None, "格式", format, reason)])
    if (not chosen.any_datum and (shifted or system.projected)) or (chosen.geographic and shifted and format != "dxf"):
        reason = f"{format} 文件不能注明坐标系 {datum}：请改用 wgs84，或改用 csv"
        raise InvalidRecord([FieldProblem(None, "坐标系", datum, reason)])
    stream = ResourceStream(
        connection=connection,
        catalogue=catalogue,
        kind=shown,
        principal=principal,
        where=where or Filter(),
        language=language,
        datum=system,
        typed=chosen.typed,
        position=not chosen.geographic,
    )
    return chosen.write(stream, Path(path))
