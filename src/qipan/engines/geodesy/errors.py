"""Errors of the geodesy engine.

GeodesyError
├── DatumError       a datum's name is not known, or its EPSG code has no coordinate system
└── PolygonError     a set of polygons to locate points in is empty or holds something that is no polygon
"""

from __future__ import annotations

from qipan.errors import QipanError


class GeodesyError(QipanError):
    """Any error of this engine."""


class DatumError(GeodesyError):
    """A datum's name is not known, or its EPSG code names no coordinate system; the text lists the known ones."""


class PolygonError(GeodesyError):
    """The polygons to locate points in are none at all, or one of them is no polygon; the text says which."""
