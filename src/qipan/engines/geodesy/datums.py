"""From any datum that city data comes in to WGS 84 and back.

A datum is written ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``, ``gauss_kruger:EPSG`` or ``epsg:CODE``. CGCS2000
(EPSG:4490) and WGS 84 differ by centimetres, less than any register's accuracy, and are treated as the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from qipan.engines.geodesy.errors import DatumError
from qipan.engines.geodesy.shifted import (
    Degrees,
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)

datum_names = ("wgs84", "cgcs2000", "gcj02", "bd09")
"""Datums that are not named by an EPSG code."""

_SAME_AS_WGS84 = (4326, 4490, 4979)


@dataclass(frozen=True, slots=True)
class Datum:
    """What coordinates are measured in: one of ``datum_names``, or ``epsg`` with its code."""

    name: str
    epsg: int | None = None

    @property
    def projected(self) -> bool:
        """Tell whether coordinates are metres east and north rather than degrees."""
        return self.epsg is not None and _system(self.epsg).is_projected


def parse_datum(text: str) -> Datum:
    """Return the datum written as ``text``; DatumError where there is none of that name or code."""
    name, _, code = text.strip().lower().replace("-", "").partition(":")
    if not code and name in datum_names:
        return Datum(name)
    if name in ("gauss_kruger", "epsg") and code.isdigit():
        epsg = int(code)
        _system(epsg)
        return Datum("wgs84") if epsg in _SAME_AS_WGS84 else Datum("epsg", epsg)
    message = f"datum {text!r} is not known: write {', '.join(datum_names)}, gauss_kruger:EPSG or epsg:CODE"
    raise DatumError(message)


def to_wgs84(x: Degrees, y: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Return WGS 84 longitude and latitude of coordinates of shape (n,).

    ``x`` is longitude in degrees or easting in metres, ``y`` latitude or northing. Where a projection has no answer
    the result is infinite; what is not a number stays so.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if datum.epsg is not None:
        longitude, latitude = _transformer(datum.epsg, 4326).transform(x, y)
        return np.asarray(longitude), np.asarray(latitude)
    if datum.name == "bd09":
        x, y = bd09_to_gcj02(x, y)
    return gcj02_to_wgs84(x, y) if datum.name in ("gcj02", "bd09") else (x, y)


def from_wgs84(longitude: Degrees, latitude: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Return coordinates in ``datum`` of WGS 84 positions of shape (n,): the inverse of ``to_wgs84``."""
    longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    if datum.epsg is not None:
        x, y = _transformer(4326, datum.epsg).transform(longitude, latitude)
        return np.asarray(x), np.asarray(y)
    if datum.name in ("gcj02", "bd09"):
        longitude, latitude = wgs84_to_gcj02(longitude, latitude)
    return gcj02_to_bd09(longitude, latitude) if datum.name == "bd09" else (longitude, latitude)


def gauss_kruger_epsg(longitude: float, *, width: int = 3, numbered: bool = False) -> int:
    """Return the EPSG code of the CGCS2000 Gauss-Krüger zone, 3° or 6° wide, that holds ``longitude`` (degrees east).

    With ``numbered`` the easting carries the zone's number in front (EPSG:4491-4501, 4513-4533), else not
    (EPSG:4502-4512, 4534-4554). Raises DatumError outside the zones of China, or for another width.
    """
    if width not in (3, 6):
        message = f"a Gauss-Krüger zone is 3 or 6 degrees wide, not {width}"
        raise DatumError(message)
    zone = round(longitude / 3.0) if width == 3 else int(longitude // 6) + 1
    first, last = (25, 45) if width == 3 else (13, 23)
    if not first <= zone <= last:
        message = (
            f"longitude {longitude} lies in zone {zone}, outside the {width}-degree zones {first} to {last} of China"
        )
        raise DatumError(message)
    start = {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502}[width, numbered]
    return start + zone - first


@cache
def _system(epsg: int) -> CRS:
    try:
        return CRS.from_epsg(epsg)
    except CRSError as error:
        message = f"EPSG:{epsg} is no coordinate system: look up the code, such as 4547 for CGCS2000 zone 114°E"
        raise DatumError(message) from error


@cache
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
