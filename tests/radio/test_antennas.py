"""Antennas: files round trip, formulas at their published points, tilt and beams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.radio.antennas import (
    Array,
    BeamEnvelope,
    Element,
    Isotropic,
    Mounted,
    Pattern,
    gain_table,
    read_antenna,
    read_msi,
    read_nsma,
    ssb_beams,
    write_msi,
    write_nsma,
)
from qipan.engines.radio.errors import BadAntenna


def _pattern(seed: int = 1, tilt: float = 4.0) -> Pattern:
    draws = np.random.default_rng(seed)
    horizontal = np.minimum(12 * ((np.arange(360) + 180) % 360 - 180.0) ** 2 / 65**2, 28) + draws.uniform(0, 0.5, 360)
    vertical = np.minimum(12 * ((np.arange(360) - tilt + 180) % 360 - 180.0) ** 2 / 7**2, 25)
    horizontal[0] = vertical[int(tilt)] = 0.0
    horizontal[180] = vertical[180]
    return Pattern("panel 3.5", 17.25, horizontal.round(2), vertical.round(2), 3.5, tilt, {"COMMENT": "two cuts"})


@pytest.mark.parametrize(("write", "read"), [(write_msi, read_msi), (write_nsma, read_nsma)])
def test_files_round_trip(write, read):
    before = _pattern()
    after = read(write(before))
    assert (after.name, after.f, after.electrical_tilt) == ("panel 3.5", 3.5, 4.0)
    assert after.gain_dbi == pytest.approx(17.25)
    np.testing.assert_allclose(after.horizontal, before.horizontal, atol=5e-3)
    np.testing.assert_allclose(after.vertical, before.vertical, atol=5e-3)
    assert after.header["COMMENT"] == "two cuts"
    assert write(after) == write(read(write(after)))


def test_formats_are_told_apart_and_agree():
    before = _pattern()
    one, two = read_antenna(write_msi(before)), read_antenna(write_nsma(before))
    np.testing.assert_allclose(one.vertical, two.vertical, atol=5e-3)


def test_msi_gain_is_in_dbd_unless_it_says_dbi():
    text = write_msi(_pattern()).replace("17.25 dBi", "15.1")
    assert read_msi(text).gain_dbi == pytest.approx(17.25)


def test_nsma_elevation_is_upwards_and_units_may_be_dbd():
    text = "\r\n".join(
        ["MODNUM:,x", "GUNITS:,DBD/DBR", "MDGAIN:,10", "ELTILT:,4", "PATCUT:,EL ! elevation"]
        + [f"{angle},{-abs(angle + 4) * 0.1:.2f}" for angle in range(-180, 180)]
        + ["PATCUT:,AZ"]
        + [f"{angle},0" for angle in range(-180, 181, 2)]
        + ["ENDFIL:,EOF"]
    )
    pattern = read_nsma(text)
    assert pattern.gain_dbi == pytest.approx(12.15)
    assert int(np.argmin(pattern.vertical)) == 4


def _without(text: str, low: int, high: int) -> str:
    kept, horizontal = [], False
    for line in text.splitlines():
        horizontal = line.startswith("HORIZONTAL") or (horizontal and not line.startswith("VERTICAL"))
        first = line.split(" ")[0]
        if not (horizontal and first.replace(".", "").isdigit() and low < float(first) < high):
            kept.append(line)
    return "\n".join(kept)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_without(write_msi(_pattern()), 80, 120), "horizontal cut has no angles between 80 and 120 degrees"),
        (write_msi(_pattern()).split("VERTICAL")[0], "vertical cut has no points"),
        (write_msi(_pattern()).replace("\n12.0 ", "\n12.0 x"), "line 19: .* is not a number"),
        (write_msi(_pattern()).replace("GAIN 17.25 dBi", "GAIN"), "GAIN is missing"),
    ],
)
def test_msi_refusals(text: str, words: str):
    with pytest.raises(BadAntenna, match=words):
        read_msi(text, "file.msi")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("PATCUT:,EL", "PATCUT:,45", "no vertical cut, a PATCUT field with EL or V"),
        ("MDGAIN:,17.250", "MDGAIN:,", "MDGAIN '' is not a number of DBI"),
        ("\r\n5,", "\r\nfive,", "not an angle and a level"),
    ],
)
def test_nsma_refusals(old: str, new: str, words: str):
    with pytest.raises(BadAntenna, match=words):
        read_nsma(write_nsma(_pattern()).replace(old, new), "file.adf")


def test_pattern_refuses_short_cuts():
    with pytest.raises(BadAntenna, match="360 finite numbers"):
        Pattern("x", 10.0, np.zeros(180), np.zeros(360))


@settings(max_examples=30)
@given(angle=st.integers(0, 359))
def test_pattern_reproduces_both_cuts(angle: int):
    pattern = _pattern(tilt=0.0)
    assert pattern.gain(angle, 0.0) == pytest.approx(17.25 - pattern.horizontal[angle], abs=1e-9)
    if angle <= 90 or angle >= 270:
        assert pattern.gain(0.0, -angle) == pytest.approx(17.25 - pattern.vertical[angle], abs=1e-9)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "gain"),
    [(0, 0, 8.0), (32.5, 0, 5.0), (0, -32.5, 5.0), (180, 0, -22.0), (32.5, 32.5, 2.0), (180, 90, -22.0)],
)
def test_element_of_tr38901_table_7_3_1(azimuth: float, elevation: float, gain: float):
    assert Element().gain(azimuth, elevation) == pytest.approx(gain)


def test_array_gain_is_element_plus_count_at_its_beam():
    array = Array(Element(), 8, 4, steer=20.0, tilt=7.0)
    expected = Element().gain(20.0, -7.0) + 10 * np.log10(32)
    assert array.gain(20.0, -7.0) == pytest.approx(float(expected), abs=1e-9)


def test_array_equals_the_explicit_sum_of_m2101():
    array = Array(Element(), 4, 3, 0.7, 0.5, 10.0, 5.0)
    phi, theta = np.radians(25.0), np.radians(90 + 8.0)
    tilt, steer = np.radians(5.0), np.radians(10.0)
    total = 0j
    for m in range(1, 4):
        for n in range(1, 5):
            v = np.exp(2j * np.pi * ((n - 1) * 0.7 * np.cos(theta) + (m - 1) * 0.5 * np.sin(theta) * np.sin(phi)))
            w = np.exp(2j * np.pi * ((n - 1) * 0.7 * np.sin(tilt) - (m - 1) * 0.5 * np.cos(tilt) * np.sin(steer)))
            total += v * w / np.sqrt(12)
    expected = Element().gain(25.0, -8.0) + 10 * np.log10(abs(total) ** 2)
    assert array.gain(25.0, -8.0) == pytest.approx(float(expected), abs=1e-9)


def test_array_radiates_what_it_is_fed():
    # Half-wavelength spacing, isotropic elements in a vertical line: mean gain over the sphere is 1.
    up = np.radians(np.linspace(-90, 90, 20001))
    array = Array(Element(0.0, 1e9, 1e9), 8, 1)
    power = 10 ** (array.gain(np.zeros(up.size), np.degrees(up)) / 10)
    assert np.trapezoid(power * np.cos(up), up) / 2 == pytest.approx(1.0, abs=1e-3)


def test_envelope_is_the_best_beam():
    envelope = ssb_beams(Array(Element(), 8, 8), (-30.0, 0.0, 30.0), (4.0, 10.0))
    assert len(envelope.beams) == 6
    angles = np.linspace(-60, 60, 121)
    stack = np.stack([beam.gain(angles, -6.0) for beam in envelope.beams])
    assert np.array_equal(envelope.gain(angles, -6.0), stack.max(axis=0))
    assert isinstance(envelope, BeamEnvelope)


@given(bearing=st.floats(0, 360), elevation=st.floats(-89, 89), azimuth=st.floats(0, 359))
def test_azimuth_only_turns(bearing: float, elevation: float, azimuth: float):
    turned = Mounted(Element(), azimuth).gain(bearing, elevation)
    assert turned == pytest.approx(float(Element().gain(bearing - azimuth, elevation)), abs=1e-6)


def test_tilts_lower_the_beam_in_front_and_differ_behind():
    element = Element(height=8.0)
    for mounted in (Mounted(element, 0.0, 6.0, 0.0), Mounted(element, 0.0, 0.0, 6.0)):
        front = [float(mounted.gain(0.0, -angle)) for angle in range(-20, 21)]
        assert int(np.argmax(front)) - 20 == 6
    wide = Element(width=1e9, height=8.0, floor=30.0)
    assert float(Mounted(wide, 0.0, 6.0, 0.0).gain(180.0, 6.0)) == pytest.approx(8.0)
    assert float(Mounted(wide, 0.0, 0.0, 6.0).gain(180.0, -6.0)) == pytest.approx(8.0)


def test_gain_table_is_the_mounted_gain():
    table = gain_table(Element(), 3.0, 2.0)
    assert table.shape == (360, 721)
    assert table[350, 360 - 40] == pytest.approx(float(Mounted(Element(), 0, 3.0, 2.0).gain(-10.0, -10.0)), abs=1e-5)


def test_isotropic_broadcasts():
    assert Isotropic(2.0).gain(np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)
