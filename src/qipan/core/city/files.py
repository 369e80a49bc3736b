"""Writing tables, shapes and heights as the files that offices exchange: CSV, GeoPackage, GeoTIFF.

The same content gives the same bytes: no file carries the time at which it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyogrio
import rasterio
import shapely
from numpy.typing import NDArray

from qipan.engines.synthesis import Shapes, Terrain, cell_size, crs

_options = {
    # The day a GeoPackage says it was changed on; without it two runs would differ.
    "OGR_CURRENT_DATE": "2023-06-30T00:00:00.000Z",
    "OGR_SQLITE_SYNCHRONOUS": "OFF",
    "OGR_GPKG_ALLOW_THREADED_RTREE": "NO",
}
_byte_order_mark = "\ufeff".encode()


def write_csv(path: Path, table: pa.Table) -> None:
    """Write a table as UTF-8 CSV with the byte-order mark that Excel needs; raises where a value would need quotes."""
    header = ",".join(table.column_names) + "\n"
    with path.open("wb") as file:
        file.write(_byte_order_mark + header.encode())
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        pyarrow.csv.write_csv(table, file, options)


def write_shapes(path: Path, table: pa.Table, shapes: Shapes, form: str) -> None:
    """Write a table with ``shapes`` of ``form`` (``LineString`` or ``Polygon``) as a GeoPackage in WGS 84."""
    if form == "Polygon":
        rings = np.arange(len(shapes.offsets))
        geometries = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, shapes.coordinates, (shapes.offsets, rings)
        )
    else:
        geometries = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, shapes.coordinates, (shapes.offsets,))
    write_geometries(path, table, geometries, form)


def write_geometries(path: Path, table: pa.Table, geometries: NDArray[np.object_], form: str) -> None:
    """Write a table with one geometry for each row as a GeoPackage in WGS 84, the layer named as the file."""
    content = table.append_column("geom", pa.array(shapely.to_wkb(geometries), pa.binary()))
    with _reproducible():
        pyogrio.write_arrow(
            content, path, layer=path.stem, driver="GPKG", geometry_name="geom", geometry_type=form, crs="EPSG:4326"
        )


@contextmanager
def _reproducible() -> Iterator[None]:
    """Set GDAL's options for reproducible files while one is written, and put back what was there."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in _options}
    pyogrio.set_gdal_config_options(_options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def write_grid(path: Path, grid: NDArray[Any], terrain: Terrain) -> None:
    """Write a grid that lies as the terrain does as a tiled, deflated GeoTIFF in the plane's coordinate system."""
    rows, columns = grid.shape
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": grid.dtype.name,
        "crs": f"EPSG:{crs}",
        "transform": rasterio.Affine(cell_size, 0, terrain.west, 0, -cell_size, terrain.north),
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 3 if grid.dtype.kind == "f" else 2,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(grid, 1)
