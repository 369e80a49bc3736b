"""Geodesy: datum conversions of city data, and which polygon holds each of many points."""

from __future__ import annotations

from qipan.engines.geodesy.datums import (
    Datum,
    datum_names,
    from_wgs84,
    gauss_kruger_epsg,
    parse_datum,
    to_wgs84,
)
from qipan.engines.geodesy.errors import DatumError, GeodesyError, PolygonError
from qipan.engines.geodesy.locate import AreaLocator, prepare_polygons
from qipan.engines.geodesy.shifted import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02

__all__ = [
    "AreaLocator",
    "Datum",
    "DatumError",
    "GeodesyError",
    "PolygonError",
    "bd09_to_gcj02",
    "datum_names",
    "from_wgs84",
    "gauss_kruger_epsg",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "parse_datum",
    "prepare_polygons",
    "to_wgs84",
    "wgs84_to_gcj02",
]
