"""Writing layers of points, lines and polygons to vector files, and making sure that they are whole."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyogrio

_ends = {".kml": b"</kml>", ".geojson": b"]\n}"}
"""What a whole file ends with, by the ending of its name."""


def write_layer(
    content: pa.Table,
    path: Path,
    *,
    layer: str,
    driver: str,
    geometry_type: str,
    geometry_name: str = "geometry",
    append: bool = False,
) -> None:
    """Write a table with a column of WKB in WGS 84 as one layer of a file.

    ``driver`` ``GPKG`` or ``LIBKML``. OSError where the file did not become whole, as on a full disk.
    """
    with whole_file(path):
        pyogrio.write_arrow(
            content, path, layer=layer, driver=driver, geometry_name=geometry_name, geometry_type=geometry_type,
            crs="EPSG:4326", append=append,
        )  # fmt: skip
        if driver == "GPKG" and not _is_complete(path, layer, len(content)):
            raise _torn(path)


def _is_complete(path: Path, layer: str, count: int) -> bool:
    """Tell whether a layer has its rows and its spatial index, which the driver writes last and passes over if full."""
    written = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    with closing(sqlite3.connect(path)) as file:
        indexed = "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index' AND table_name = ?"
        return bool(written == count and file.execute(indexed, (layer,)).fetchone()[0])


@contextmanager
def whole_file(path: Path) -> Iterator[None]:
    """Turn what the driver says of a file that it could not write, or passes over in silence, into an OSError."""
    try:
        yield
    except (pyogrio.errors.DataLayerError, pyogrio.errors.DataSourceError) as error:
        raise _torn(path) from error
    if not _ends_with(path, _ends.get(path.suffix.lower(), b"")):
        raise _torn(path)


def _ends_with(path: Path, end: bytes) -> bool:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64, 0))
        return file.read().rstrip().endswith(end)


def _torn(path: Path) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
