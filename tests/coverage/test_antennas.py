from __future__ import annotations

import numpy as np
import pytest

from qipan.core.access import system
from qipan.core.errors import AccessDenied
from qipan.domains.mobile.coverage import BadAntennaFile, import_antenna, list_antennas, load_antennas
from tests.coverage.town import operator_user

_cut = "".join(f"{angle} 0\n" for angle in range(360))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"NAME a\nGAIN 15 dBi\nHORIZONTAL 360\n{_cut}", "a.msi 的垂直方向图没有数据"),
        (f"NAME a\nGAIN 15 dBi\nHORIZONTAL 2\n0 0\n90 1\nVERTICAL 360\n{_cut}", "a.msi 的水平方向图缺少 90 至 360 度"),
        (f"NAME a\nGAIN high\nHORIZONTAL 360\n{_cut}VERTICAL 360\n{_cut}", "a.msi 的文件头中 'high' 不是数字"),
        (f"NAME a\nHORIZONTAL 360\n{_cut}VERTICAL 360\n{_cut}", r"a.msi 没有增益（GAIN）"),
        ("NAME a\nGAIN 15 dBi\nHORIZONTAL 360\n0 0\n1 x\n", "a.msi 第 5 行的 'x' 不是数字"),
        ("MODNUM:,a\nGUNITS:,DBI/DBR\nMDGAIN:,x\n", "a.msi 的增益 MDGAIN 'x' 不是数字"),
    ],
)
def test_a_bad_antenna_file_is_named_with_line_or_angle(small_town, tmp_path, text, sentence):
    path = tmp_path / "a.msi"
    path.write_text(text)
    with pytest.raises(BadAntennaFile) as caught:
        import_antenna(small_town.database, path, system)
    assert sentence in str(caught.value)
    assert "a" not in load_antennas(small_town.database)


def test_only_the_city_keeps_antennas_and_only_of_known_endings(small_town, tmp_path):
    with pytest.raises(AccessDenied):
        import_antenna(small_town.database, tmp_path / "a.msi", operator_user)
    with pytest.raises(BadAntennaFile, match=r"a.pdf 不是天线文件：扩展名应为"):
        import_antenna(small_town.database, tmp_path / "a.pdf", system)
    with pytest.raises(BadAntennaFile, match="打不开天线文件"):
        import_antenna(small_town.database, tmp_path / "a.msi", system)


def test_typical_antennas_have_the_gain_of_their_kind(small_town):
    gains = {one.key: one.gain for one in list_antennas(small_town.database)}
    # element gain plus 10 lg of the elements that beam together
    assert gains["64T64R"] == pytest.approx(5 + 10 * np.log10(96), abs=0.6)
    assert gains["32T32R"] == pytest.approx(5 + 10 * np.log10(48), abs=0.6)
    assert gains["4T4R-700"] == pytest.approx(14.5, abs=0.1)
    massive = load_antennas(small_town.database)["64T64R"]
    assert massive.gain(0.0, 0.0) > massive.gain(0.0, 30.0) + 10
    assert massive.gain(40.0, 0.0) > massive.gain(180.0, 0.0) + 10
