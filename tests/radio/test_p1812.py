"""ITU-R P.1812-8 against the published validation profiles and their step logs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio.errors import BadProfile, OutOfRange
from qipan.engines.radio.p1812 import Climate, Request, field_strength, location_deviation, predict, refraction_of
from qipan.engines.radio.profiles import Profile, midpoint, profile_geometry

from .vectors import Case, p1812_cases, require_folder

CASES = p1812_cases()


def test_reference_folder_is_there():
    require_folder()
    assert len(CASES) == 39


def _inputs(case: Case) -> tuple[Profile, Request, Climate]:
    header, points = case.header, case.profile
    n0 = float(header["Average annual sea-level surface refractivity No (N-units):"])
    where = [float(header[key]) for key in ("Tx LON:", "Tx LAT:", "Rx LON:", "Rx LAT:")]
    climate = Climate(float(header["Average annual values dN (N-units/km):"]), n0, midpoint(*where, points[-1, 0])[1])
    profile = Profile.with_clutter(points[:, 0], points[:, 1], points[:, 3], points[:, 4])
    return profile, Request(case.f, case.p, case.htg, case.hrg, case.polarisation), climate


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_basic_transmission_loss_equation_69(case: Case):
    found = predict(*_inputs(case))
    # The loss column is printed to 6 decimals, the field to 8; the file's transmitter power is in the log.
    power = case.log["Ptx (kW)"]
    assert found.Lb == pytest.approx(case.loss, abs=1e-6)
    assert field_strength(found.Lb, case.f, power) == pytest.approx(case.field, abs=1e-6)


STEPS = {
    "Fi": "Fi Eq (40)", "Fj": "Fj Eq (57)", "Fk": "Fk Eq (58)", "Lbfs": "Lbfs Eq (8)", "Lb0p": "Lb0p Eq (10)",
    "Lb0b": "Lb0b Eq (11)", "Ldsphb": "Ldsph (dB) Eq (27)", "Ld50": "Ld50 (dB) Eq (39)", "Ldb": "Ldb (dB) Eq (39)",
    "Ldp": "Ldp (dB) Eq (41)", "Lbd50": "Lbd50 (dB) Eq (42)",
    "Lminb0p": "Lminb0p (dB) Eq (59)", "Lba": "Lba (dB) Eq (46)", "Lminbap": "Lminbap (dB) Eq (60)",
    "Lbda": "Lbda (dB) Eq (61)", "Lbam": "Lbam (dB) Eq (62)", "Lbs": "Lbs (dB) Eq (44)", "Lbc": "Lbc (dB) Eq (63)",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_step_of_the_log(case: Case):
    profile, request, climate = _inputs(case)
    found = predict(profile, request, climate)._asdict()
    # At p = 50 % the β0 diffraction is not needed and not computed.
    skipped = {"Ldb", "Ldsphb"} if case.p == 50 else set()
    for symbol, label in STEPS.items():
        if symbol not in skipped:
            assert found[symbol] == pytest.approx(case.log[label], abs=1e-6, rel=1e-9), (symbol, label)
    # The logs overwrite L_bd with L_bda, so equation (43) is checked by its two terms.
    assert found["Lbd"] == pytest.approx(case.log["Lb0p Eq (10)"] + case.log["Ldp (dB) Eq (41)"], abs=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_geometry_of_attachment_1(case: Case):
    profile, _, climate = _inputs(case)
    refraction = refraction_of(profile, climate)
    found = profile_geometry(profile.distance, profile.terrain, case.htg, case.hrg, refraction.ae, case.f)
    log = case.log
    assert climate.latitude == pytest.approx(log["phi (deg) Eq (4)"], rel=1e-9)
    assert refraction.b0 == pytest.approx(log["b0 (%) Eq (5)"], rel=1e-9)
    assert refraction.ae == pytest.approx(log["ae (km) Eq (7a)"], rel=1e-9)
    assert refraction.sea == pytest.approx(log["w Table 5"], rel=1e-9)
    pairs = {
        "dlt": "dlt (km) Eq (78)", "dlr": "dlr (km) Eq (81a)", "theta_t": "th_t (mrad) Eqs (76-78)",
        "theta_r": "th_r (mrad) Eqs (79-81)", "theta": "th (mrad) Eq (82)", "hst": "hst (m) Eq (85)",
        "hsr": "hsr (m) Eq (86)", "hst_low": "hst (m) Eq (90a)", "hsr_low": "hsr (m) Eq (90b)",
        "hstd": "hstd (m) Eq (89)", "hsrd": "hsrd (m) Eq (89)", "hte": "hte (m) Eq (92a)", "hre": "hre (m) Eq (92b)",
        "hm": "hm (m) Eq (93)",
    }  # fmt: skip
    for symbol, label in pairs.items():
        assert getattr(found, symbol) == pytest.approx(log[label], rel=1e-8, abs=1e-7), (symbol, label)


def _flat(total: float = 10.0, points: int = 101) -> Profile:
    return Profile.with_clutter(np.linspace(0, total, points), np.zeros(points))


def test_location_variability_needs_a_deviation():
    request = Request(2.6, locations=95.0)
    assert predict(_flat(), request).Lb == predict(_flat(), dataclasses.replace(request, locations=50.0)).Lb


@pytest.mark.parametrize(("locations", "sign"), [(5.0, -1), (95.0, 1)])
def test_location_variability_follows_the_normal_distribution(locations: float, sign: int):
    # §4.7: 1.6449 deviations either side; the approximation of Attachment 2 is good to 0.00045.
    median = predict(_flat(1.0), Request(2.6, hrg=1.5))
    spread = predict(_flat(1.0), Request(2.6, hrg=1.5, locations=locations, location_sd=5.5))
    expected = max(median.Lb0p, median.Lbc + sign * 1.644854 * 5.5)
    assert spread.Lb == pytest.approx(expected, abs=0.003)


def test_indoor_receivers_add_entry_loss_and_both_deviations():
    outdoor = predict(_flat(), Request(2.6, locations=90.0, location_sd=3.0))
    indoor = predict(_flat(), Request(2.6, locations=90.0, location_sd=3.0, entry_loss=15.0, entry_sd=4.0))
    assert indoor.Lb - indoor.Lbc == pytest.approx(15.0 + 1.28155 * 5.0, abs=0.003)
    assert outdoor.Lb - outdoor.Lbc == pytest.approx(1.28155 * 3.0, abs=0.002)


def test_location_deviation_equation_66():
    assert location_deviation(0.6, 500, 1.5, 20) == pytest.approx((0.52 + 0.0144) * 500**0.28)
    assert location_deviation(0.6, 500, 25, 20) == pytest.approx(0.5 * (0.52 + 0.0144) * 500**0.28)
    assert location_deviation(0.6, 500, 30, 20) == 0


def test_polar_paths_are_computed():
    # Above 70 degrees of latitude equations (4) and (5) take their second branch.
    assert math.isfinite(predict(_flat(), Request(0.7), Climate(latitude=78.2)).Lb)


def test_attachment_4_equals_a_dense_profile():
    dense = _flat(60.0, 60001)
    by_profile = predict(dense, Request(0.1, p=10.0))
    without = predict(dense, Request(0.1, p=10.0, smooth="attachment-4"))
    assert without.Lb == pytest.approx(by_profile.Lb, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), f=st.floats(0.03, 6.0), p=st.floats(1.0, 50.0))
def test_more_time_never_less_loss_and_never_below_free_space_terms(seed: int, f: float, p: float):
    heights = np.cumsum(np.random.default_rng(seed).normal(0, 4, 120)) + 100
    profile = Profile.with_clutter(np.linspace(0, 12, 120), heights)
    found = predict(profile, Request(f, p))
    assert math.isfinite(found.Lb)
    assert found.Lb >= found.Lb0p


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"f": 26.0}, "frequency 26 GHz is outside 0.03 to 6 GHz"),
        ({"p": 60.0}, "time percentage 60 % is outside 1 to 50 %"),
        ({"htg": 0.0}, "transmitter height 0 m"),
        ({"hrg": math.nan}, "receiver height nan m"),
        ({"locations": 100.0}, "location percentage 100 %"),
        ({"polarisation": "circular"}, "neither 'horizontal' nor 'vertical'"),
    ],
)
def test_requests_outside_the_recommendation(change: dict, words: str):
    with pytest.raises(OutOfRange, match=words):
        predict(_flat(), dataclasses.replace(Request(2.6), **change))


@pytest.mark.parametrize(
    ("distance", "terrain", "words"),
    [
        ([0, 1, 2], [0, 0, 0], "3 points are too few"),
        ([0, 1, 2, 3, 4], [0, 0, 0, 0], "5 distances but 4 terrain"),
        ([1, 2, 3, 4, 5], [0] * 5, "start at 1 km"),
        ([0, 1, 1, 2, 3], [0] * 5, "ascend"),
        ([0, 1, 2, 3, 4], [0, 0, math.nan, 0, 0], "point 2 is not a number"),
    ],
)
def test_profiles_that_are_none(distance: list, terrain: list, words: str):
    with pytest.raises(BadProfile, match=words):
        Profile.with_clutter(distance, terrain)


def test_unknown_zone():
    with pytest.raises(BadProfile, match="zones must be"):
        Profile.with_clutter(range(5), [0] * 5, zone=2)
