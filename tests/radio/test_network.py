"""The network half: signal, interference, overlap, throughput."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.radio.channels import nr_channel
from qipan.engines.radio.errors import OutOfRange
from qipan.engines.radio.network import (
    CQI_EFFICIENCY,
    Link,
    covered_share,
    equal_shares,
    indoor_levels,
    interference_load,
    noise_power,
    overlap,
    overlap_matrix,
    polluted,
    resource_element_power,
    rsrq,
    spectral_efficiency,
    ss_sinr,
    throughput,
)

LEVELS = np.array([[[-80.0, -83.0, -90.0], [-100.0, -101.0, -105.0]], [[-95.0, -np.inf, -np.inf], [-np.inf] * 3]])
LEVELS = LEVELS.astype(np.float32)
SERVERS = np.array([[[0, 1, 2], [1, 0, 2]], [[2, -1, -1], [-1, -1, -1]]], dtype=np.int32)
TOTAL = np.where(np.isfinite(LEVELS), 10.0 ** (np.where(np.isfinite(LEVELS), LEVELS, 0) / 10), 0).sum(-1)


def test_200_watts_over_100_megahertz_are_17_9_dbm_an_element():
    assert resource_element_power(200.0, 3276) == pytest.approx(53.0103 - 35.1534, abs=1e-3)


def test_noise_of_a_30_khz_element():
    assert 10 * math.log10(noise_power(30e3, 7.0)) == pytest.approx(-174 + 44.771 + 7, abs=1e-3)


def test_sinr_is_the_best_over_the_rest_and_noise():
    noise = noise_power(30e3)
    found = ss_sinr(LEVELS, TOTAL, noise)
    expected = 10 * math.log10(10**-8.0 / (10**-8.3 + 10**-9.0 + noise))
    assert found[0, 0] == pytest.approx(expected, abs=1e-4)
    assert found[1, 0] == pytest.approx(-95 - 10 * math.log10(noise), abs=1e-3)
    assert np.isnan(found[1, 1])


def test_sinr_without_load_is_the_signal_over_noise():
    noise = noise_power(30e3)
    found = ss_sinr(LEVELS, TOTAL, noise, 0.0)
    np.testing.assert_allclose(found[0], LEVELS[0, :, 0] - 10 * math.log10(noise), atol=1e-3)


@given(load=st.floats(0, 0.99))
def test_less_load_never_less_sinr(load: float):
    full, part = (ss_sinr(LEVELS, TOTAL, 1e-12, each) for each in (load + 0.01, load))
    held = np.isfinite(full)
    assert (part[held] >= full[held] - 1e-5).all()


def test_interference_load_weighs_by_power():
    found = interference_load(LEVELS, SERVERS, [0.2, 0.6, 1.0])
    a, b = 10**-8.3, 10**-9.0
    assert found[0, 0] == pytest.approx((0.6 * a + 1.0 * b) / (a + b), rel=1e-5)
    assert found[1].tolist() == [1.0, 1.0]


def test_rsrq_of_one_loaded_cell_is_minus_10_8():
    # A lone cell without noise: one of twelve equal elements.
    one = np.array([[[-80.0]]], dtype=np.float32)
    assert rsrq(one, np.array([[1e-8]]), 0.0)[0, 0] == pytest.approx(-10.79, abs=0.01)


def test_overlap_counts_servers_near_the_best_above_the_floor():
    assert overlap(LEVELS, 6.0, -110.0).tolist() == [[2, 3], [1, 0]]
    assert overlap(LEVELS, 6.0, -102.0).tolist() == [[2, 2], [1, 0]]
    assert polluted(LEVELS, servers=3).tolist() == [[False, True], [False, False]]


def test_pollution_needs_as_many_kept_servers():
    with pytest.raises(OutOfRange, match="servers 4 is outside 1 to 3"):
        polluted(LEVELS, servers=4)


def test_indoor_takes_one_loss_or_a_map():
    assert indoor_levels(LEVELS, 12.0)[0, 0, 0] == -92.0
    assert indoor_levels(LEVELS, [[10.0, 20.0], [0.0, 0.0]])[0, 1, 0] == -120.0


def test_overlap_matrix_counts_shared_map_cells():
    assert overlap_matrix(SERVERS, LEVELS, 3).tolist() == [[0, 1, 0], [1, 0, 1], [0, 0, 0]]


def test_covered_share_by_area_and_weight():
    assert covered_share(LEVELS, -95.0) == 0.5
    assert covered_share(LEVELS, -95.0, [[1, 1], [2, 0]]) == 0.75
    assert math.isnan(covered_share(LEVELS, -95.0, np.zeros((2, 2))))


def test_spectral_efficiency_follows_table_5_2_2_1_3():
    exact = Link(gap=0.0)
    for efficiency in CQI_EFFICIENCY:
        needed = 10 * math.log10(2**efficiency - 1)
        assert spectral_efficiency(needed + 1e-6, exact) == efficiency
        assert spectral_efficiency(needed - 1e-6, exact) < efficiency
    assert spectral_efficiency([-40.0, np.nan]).tolist() == [0.0, 0.0]


def test_throughput_peaks_near_the_formula_of_ts_38_306():
    # 100 MHz, 4 layers, 256QAM at 948/1024, 273 blocks, 30 kHz, overhead 0.14: 2337 Mbit/s before the downlink part.
    peak = float(throughput(60.0, Link(downlink=1.0)))
    assert peak == pytest.approx(2.337e9, rel=0.01)


@given(sinr=st.floats(-20, 40))
def test_more_sinr_never_less_throughput(sinr: float):
    assert throughput(sinr + 0.5) >= throughput(sinr)


def test_equal_shares_split_a_cell_among_its_users():
    servers = np.array([[[0], [0]], [[1], [-1]]], dtype=np.int32)
    assert equal_shares(servers, [[3.0, 1.0], [0.0, 5.0]], 2).tolist() == [[0.25, 0.25], [1.0, 0.0]]


@pytest.mark.parametrize("watts", [0.0, -1.0, math.nan])
def test_zero_power_is_refused(watts: float):
    with pytest.raises(OutOfRange, match="power"):
        resource_element_power(watts, 3276)


@pytest.mark.parametrize(
    ("megahertz", "channel"),
    # TS 38.104 Table 5.4.2.1-1 and Table 5.4.2.3-1: ends of ranges and of bands n78, n41, n28 and n258.
    [(0.0, 0), (2999.995, 599_999), (3000.0, 600_000), (3300.0, 620_000), (3800.0, 653_333), (24_249.99, 2_016_666),
     (24_250.08, 2_016_667), (27_499.92, 2_070_831), (2496.0, 499_200), (758.0, 151_600)],
)  # fmt: skip
def test_channels_of_the_global_raster(megahertz, channel):
    assert nr_channel(megahertz) == channel


def test_a_frequency_without_a_channel_is_said():
    with pytest.raises(OutOfRange, match=r"NR-ARFCN: frequency -1 MHz is outside 0 to 100000 MHz"):
        nr_channel(-1.0)
