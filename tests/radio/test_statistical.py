"""TR 38.901, P.2108 and P.2109 against the published rows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.radio.clutter import elevated_path_loss, height_gain_loss, terrestrial_loss
from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.penetration import building_entry_loss, facade_loss, material_loss, outdoor_to_indoor_loss
from qipan.engines.radio.tr38901 import (
    Surroundings,
    correlation_distance,
    los_probability,
    path_loss,
    shadow_deviation,
)

from .vectors import require_folder, rows

LOSSES = rows("tr38901/pathloss_median.csv")
KINDS = sorted({(row["scenario"], row["condition"]) for row in LOSSES})


def test_reference_folder_is_there():
    require_folder()
    assert len(LOSSES) == 834


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_tr38901_path_loss_table_7_4_1_1(kind: tuple[str, str]):
    scenario, condition = kind
    name = {"InH": "InH-open", "InF": f"InF-{condition[:2] if condition != 'LOS' else 'SL'}"}.get(scenario, scenario)
    picked = [row for row in LOSSES if (row["scenario"], row["condition"]) == kind]
    d, f, bs, ut, expected = (
        np.array([float(row[key]) for row in picked]) for key in ("d2d_m", "fc_ghz", "h_bs_m", "h_ut_m", "pl_db")
    )
    found = path_loss(name, d, f, bs, ut, condition == "LOS", optional=condition.endswith("opt"))
    np.testing.assert_allclose(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("row", rows("tr38901/los_probability.csv"), ids=lambda row: "-".join(row.values()))
def test_tr38901_line_of_sight_table_7_4_2_1(row: dict[str, str]):
    name, _, inside = row["scenario"].partition("(")
    numbers = dict(re.findall(r"(\w+)=([\d.]+)", inside))
    around = Surroundings(
        clutter_size=float(numbers.get("dc", 10)),
        clutter_density=float(numbers.get("r", 0.2)),
        clutter_height=float(numbers.get("hc", 2)),
    )
    found = los_probability(name, float(row["d2d_m"]), float(row["h_ut_m"]), float(numbers.get("hb", 25)), around)
    assert found == pytest.approx(float(row["p_los"]), abs=1e-6)


@pytest.mark.parametrize("row", rows("tr38901/o2i_penetration.csv"), ids=lambda row: row["fc_ghz"])
def test_tr38901_penetration_tables_7_4_3(row: dict[str, str]):
    f = float(row["fc_ghz"])
    for material in ("glass", "irr-glass", "concrete", "wood"):
        assert material_loss(material, f) == pytest.approx(float(row[f"L_{material.replace('-', '_')}_db"]), abs=1e-6)
    assert facade_loss("low", f) == pytest.approx(float(row["PLtw_low_loss_db"]), abs=1e-6)
    assert facade_loss("high", f) == pytest.approx(float(row["PLtw_high_loss_db"]), abs=1e-6)


def test_indoor_loss_adds_half_a_decibel_a_metre():
    assert outdoor_to_indoor_loss("low", 3.5, 12.0) - facade_loss("low", 3.5) == pytest.approx(6.0)


@given(d=st.floats(10.0, 5000.0), f=st.floats(0.5, 30.0), scenario=st.sampled_from(["UMa", "UMi", "RMa"]))
def test_blocked_paths_never_lose_less(d: float, f: float, scenario: str):
    clear = path_loss(scenario, d, f, 35.0, 1.5, True)
    assert path_loss(scenario, d, f, 35.0, 1.5, False) >= clear
    assert 0 < los_probability(scenario, d) <= 1


def test_losses_broadcast_with_line_of_sight_from_a_map():
    clear = np.array([[True, False], [False, True]])
    losses = path_loss("UMi", [[50.0, 60.0], [70.0, 80.0]], 26.0, 10.0, 1.5, clear)
    assert losses.shape == (2, 2)
    assert (losses[~clear] > losses[clear].max()).all()


def test_shadowing_of_table_7_4_1_1_and_7_5_6():
    assert shadow_deviation("UMa", [True, False]).tolist() == [4.0, 6.0]
    assert shadow_deviation("UMi", False, optional=True) == 8.2
    assert (correlation_distance("UMa", True), correlation_distance("RMa", False)) == (37.0, 120.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("UMa", 9.0, 3.5, 25.0, 1.5, True), "UMa: distance 9 m is outside 10 to 5000 m"),
        (("RMa", 100.0, 39.0, 35.0, 1.5, True), "RMa: frequency 39 GHz is outside 0.5 to 30 GHz"),
        (("UMi", 100.0, 3.5, 10.0, 30.0, True), "terminal height 30 m is outside 1.5 to 22.5 m"),
        (("InH-open", [10.0, 200.0], 3.5, 3.0, 1.0, True), "distance 200 m at position 1"),
    ],
)
def test_tr38901_ranges(arguments: tuple, words: str):
    with pytest.raises(OutOfRange, match=words):
        path_loss(*arguments)


def test_unknown_scenario_names_the_known():
    with pytest.raises(ValueError, match="must be one of UMa, UMi"):
        path_loss("UMx", 100.0, 3.5, 25.0, 1.5, True)


@pytest.mark.parametrize("kind", ["traditional", "thermally-efficient"])
def test_p2109_every_row_equations_1_to_9(kind: str):
    require_folder()
    code = {"traditional": "1", "thermally-efficient": "2"}[kind]
    table = [list(row.values()) for row in rows("p2109/p2109_validation.csv")]
    values = np.array([[float(cell) for cell in row] for row in table if row[2].strip() == code])
    assert len(values) == 15625
    found = building_entry_loss(kind, values[:, 0], values[:, 1], values[:, 3])
    np.testing.assert_allclose(found, values[:, 4], atol=1e-6, rtol=0)


@pytest.mark.parametrize("row", rows("p2108/TerrestrialStatisticalModelTestData.csv"), ids=lambda row: str(row))
def test_p2108_terrestrial_equations_3_to_6(row: dict[str, str]):
    arguments = float(row["f__ghz"]), float(row["d__km"]), float(row["p"])
    if row["rtn"] != "0":
        with pytest.raises(OutOfRange, match=r"P\.2108 §3\.2"):
            terrestrial_loss(*arguments)
    else:
        assert terrestrial_loss(*arguments) == pytest.approx(float(row["L_ctt__db"]), abs=0.0501)


@pytest.mark.parametrize("row", rows("p2108/AeronauticalStatisticalModelTestData.csv"), ids=lambda row: str(row))
def test_p2108_elevated_equation_7(row: dict[str, str]):
    arguments = float(row["f__ghz"]), float(row["theta_deg"]), float(row["p"])
    if row["rtn"] != "0":
        with pytest.raises(OutOfRange, match=r"P\.2108 §3\.3"):
            elevated_path_loss(*arguments)
    else:
        assert elevated_path_loss(*arguments) == pytest.approx(float(row["L_ces__db"]), abs=0.0501)


CLASSES = {"1": "water", "2": "open", "3": "suburban", "4": "urban", "5": "urban", "6": "dense-urban"}


@pytest.mark.parametrize(
    "row", rows("p2108/HeightGainTerminalCorrectionModelTestData.csv"), ids=lambda row: "-".join(row.values())
)
def test_p2108_height_gain_equations_1_and_2(row: dict[str, str]):
    f, h, width, top = (float(row[key]) for key in ("f__ghz", "h__meter", "w_s__meter", "R__meter"))
    clutter = CLASSES[row["clutter_type"]]
    if row["rtn"] != "0":
        with pytest.raises(OutOfRange, match=r"P\.2108 §3\.1"):
            height_gain_loss(clutter, f, h, top, width)
    else:
        assert height_gain_loss(clutter, f, h, top, width) == pytest.approx(float(row["A_h__db"]), abs=0.0501)


@pytest.mark.parametrize(("f", "p", "angle"), [(0.05, 50, 0), (101, 50, 0), (3.5, 0, 0), (3.5, 100, 0), (3.5, 50, 91)])
def test_p2109_ranges(f: float, p: float, angle: float):
    with pytest.raises(OutOfRange, match=r"P\.2109"):
        building_entry_loss("traditional", f, p, angle)
