"""A study in the files that other programs read: GeoTIFF, GeoPackage, KML, CSV."""

from __future__ import annotations

from qipan.domains.mobile.coverage.exports.cells import visible_cells
from qipan.domains.mobile.coverage.exports.formats import export_formats, export_study
from qipan.domains.mobile.coverage.exports.raster import write_geotiff

__all__ = ["export_formats", "export_study", "visible_cells", "write_geotiff"]
