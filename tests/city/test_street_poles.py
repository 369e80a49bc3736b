"""Poles of a single purpose along the generated streets: spacing, company, and what hangs on them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from qipan.engines.synthesis import City, synthesise, to_degrees
from qipan.engines.synthesis.geography import to_plane


def _places(city: City, kind: str) -> np.ndarray:
    table = city.tables[kind]
    return np.column_stack(to_plane(table.numbers("longitude"), table.numbers("latitude")))


@pytest.mark.parametrize(("scale", "count"), [(0.001, 150), (0.01, 1_500)])
def test_as_many_as_the_scale_says(scale, count):
    city = synthesise(scale, 5)
    assert 0.9 * count < city.rows("street_pole") <= count
    assert 1.1 < city.rows("pole_device") / city.rows("street_pole") < 1.8


def test_lamp_posts_keep_their_spacing_and_leave_smart_poles_room(city):
    lamps = city.tables["street_pole"].coded("class").codes == 0
    places = _places(city, "street_pole")[lamps]
    away = cKDTree(places).query(places, k=2)[0][:, 1]
    assert np.median(away) < 40
    assert (cKDTree(_places(city, "smart_pole")).query(places)[0] > 16.5).all()


def test_each_device_hangs_on_a_pole_of_its_class_and_not_above_it(city):
    poles, devices = city.tables["street_pole"], city.tables["pole_device"]
    rows = devices.columns["pole"].rows
    assert set(rows.tolist()) == set(range(len(poles)))
    assert np.array_equal(devices.coded("class").codes, poles.coded("class").codes[rows])
    assert (devices.numbers("height") <= poles.numbers("height")[rows]).all()
    mass = np.bincount(rows, devices.numbers("mass"), minlength=len(poles))
    assert (mass <= poles.numbers("load_capacity")).mean() > 0.99


def test_places_are_degrees(city):
    table = city.tables["street_pole"]
    assert np.allclose(
        to_degrees(*to_plane(table.numbers("longitude"), table.numbers("latitude"))),
        (table.numbers("longitude"), table.numbers("latitude")),
    )
