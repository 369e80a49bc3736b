from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from qipan.engines import geodesy
from qipan.engines.geodesy import DatumError, from_wgs84, gauss_kruger_epsg, parse_datum, to_wgs84

# Pairs that public converters of the map services print, to the digits given.
PUBLISHED_GCJ02 = [(116.404, 39.915, 116.41024449916938, 39.91640428150164)]
PUBLISHED_BD09 = [(116.404, 39.915, 116.41036949371029, 39.92133699351021)]


@pytest.mark.parametrize(("longitude", "latitude", "shifted_longitude", "shifted_latitude"), PUBLISHED_GCJ02)
def test_gcj02_agrees_with_published_point(longitude, latitude, shifted_longitude, shifted_latitude):
    x, y = to_wgs84(*_at(shifted_longitude, shifted_latitude), parse_datum("gcj02"))
    assert (x[0], y[0]) == pytest.approx((longitude, latitude), abs=1e-8)


@pytest.mark.parametrize(("longitude", "latitude", "shifted_longitude", "shifted_latitude"), PUBLISHED_BD09)
def test_bd09_agrees_with_published_point(longitude, latitude, shifted_longitude, shifted_latitude):
    x, y = geodesy.gcj02_to_bd09(*_at(longitude, latitude))
    assert (x[0], y[0]) == pytest.approx((shifted_longitude, shifted_latitude), abs=1e-9)


def _at(longitude, latitude):
    return np.array([longitude]), np.array([latitude])


@pytest.mark.parametrize("name", ["wgs84", "cgcs2000", "gcj02", "bd09"])
@given(st.floats(74.0, 134.0), st.floats(4.0, 53.0))
def test_round_trip_is_exact_to_a_tenth_of_a_millimetre(name, longitude, latitude):
    datum = parse_datum(name)
    x, y = to_wgs84(*from_wgs84(*_at(longitude, latitude), datum), datum)
    assert (x[0], y[0]) == pytest.approx((longitude, latitude), abs=1e-9)


@pytest.mark.parametrize("longitude", [75.5, 114.06, 134.5])
@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("numbered", [True, False])
def test_gauss_kruger_zone_holds_its_longitude(longitude, width, numbered):
    epsg = gauss_kruger_epsg(longitude, width=width, numbered=numbered)
    system = CRS.from_epsg(epsg)
    assert "CGCS2000" in system.name
    centre = system.coordinate_operation.params[1].value
    assert abs(centre - longitude) <= width / 2
    easting, northing = from_wgs84(*_at(longitude, 22.55), parse_datum(f"gauss_kruger:{epsg}"))
    assert bool(easting[0] > 1e6) is numbered
    assert 2_490_000 < northing[0] < 2_500_000
    x, y = to_wgs84(easting, northing, parse_datum(f"epsg:{epsg}"))
    assert (x[0], y[0]) == pytest.approx((longitude, 22.55), abs=1e-9)


def test_shift_in_shenzhen_is_hundreds_of_metres_and_none_abroad():
    x, y = from_wgs84(np.array([114.06, 2.35]), np.array([22.54, 48.86]), parse_datum("GCJ-02"))
    assert 0.004 < x[0] - 114.06 < 0.006
    assert -0.004 < y[0] - 22.54 < -0.002
    assert (x[1], y[1]) == (2.35, 48.86)


def test_what_is_not_a_number_stays_so():
    x, y = to_wgs84(np.array([np.nan, 114.0]), np.array([np.nan, 22.0]), parse_datum("bd09"))
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert np.isfinite(x[1])


@pytest.mark.parametrize("text", ["mars", "epsg:999999", "gauss_kruger:", "epsg:abc"])
def test_unknown_datum_is_refused_with_the_known_ones(text):
    with pytest.raises(DatumError, match=r"wgs84|EPSG"):
        parse_datum(text)


@pytest.mark.parametrize(("longitude", "width"), [(2.0, 3), (150.0, 6), (114.0, 4)])
def test_zone_outside_china_is_refused(longitude, width):
    with pytest.raises(DatumError):
        gauss_kruger_epsg(longitude, width=width)
