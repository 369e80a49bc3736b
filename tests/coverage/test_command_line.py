from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner

from qipan.cli import commands, main
from tests.coverage.town import heights, write_raster


@pytest.fixture
def qipan(small_town, monkeypatch):
    monkeypatch.setenv("QIPAN_DATABASE", str(small_town.database.path))

    def call(*words):
        return CliRunner().invoke(commands.app, [str(word) for word in words])

    return call


def test_a_study_from_the_first_command_to_the_last(qipan, tmp_path):
    ran = qipan("coverage", "run", "--resolution", 20, "--radius", 700, "--publish")
    assert ran.exit_code == 0, ran.output
    assert "方案 1“5G 覆盖”（截至 2023-06-30，6 个小区）" in ran.output
    assert "与精确模式比较" in ran.output
    assert "已发布" in ran.output
    (listed,) = json.loads(qipan("coverage", "list", "--json").stdout)
    assert (listed["id"], listed["state"], listed["published"]) == (1, "已算好", "是")
    file = tmp_path / "out.tif"
    assert "已写出 14,400 项" in qipan("coverage", "export", 1, file, "--metric", "sinr", "--layer", 1).output
    with rasterio.open(file) as written:
        assert written.shape == (120, 120)
    again = qipan("coverage", "run", 1, "--json")
    assert json.loads(again.stdout)["scenario_id"] == 1
    assert "0 个未变" not in qipan("coverage", "publish", 1).output


def test_the_ground_at_the_command_line(qipan, tmp_path):
    path = write_raster(tmp_path / "new.tif", heights())
    assert "已导入 new.tif（terrain）" in qipan("ground", "import", "--terrain", path).output
    assert "new.tif" in qipan("ground", "show").output
    facts = json.loads(qipan("ground", "show", "--json").stdout)
    assert facts["terrain"]["resolution"] == 20.0


def test_antennas_at_the_command_line(qipan, tmp_path):
    assert "64T64R" in qipan("coverage", "antenna").output
    path = tmp_path / "omni.msi"
    cut = "\n".join(f"{angle} 0" for angle in range(360))
    path.write_text(f"NAME omni\nGAIN 9 dBi\nHORIZONTAL 360\n{cut}\nVERTICAL 360\n{cut}\n")
    assert "已导入天线 omni（9 dBi）" in qipan("coverage", "antenna", path).output
    assert any(one["key"] == "omni" for one in json.loads(qipan("coverage", "antenna", "--json").stdout))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ground", "import"), "请至少给出 --terrain、--land-cover、--streets 之一"),
        (("coverage", "run", "--resolution", "0.5"), "应在 2 至 200米 之间"),
        (("coverage", "run", "--unit", "没有这家"), "没有这个单位"),
        (("coverage", "run", "--band", "9G"), "可用的有 "),
        (("coverage", "run", "--band", "4.9G"), "频段 4.9G没有在役的室外 5G 小区，请放宽频段"),
        (("coverage", "run", "--as-of", "1999-01-01"), "截至 1999-01-01 没有在役的室外 5G 小区"),
        (("coverage", "run", "7"), "没有方案 7"),
        (("coverage", "export", "7", "a.tif"), "没有方案 7"),
        (("coverage", "publish", "7"), "没有方案 7"),
    ],
)
def test_what_does_not_go_is_said_in_one_sentence(qipan, monkeypatch, capsys, words, sentence):
    monkeypatch.setattr("sys.argv", ["qipan", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code != 0
    told = capsys.readouterr()
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert json.loads(qipan("coverage", "list", "--json").stdout) == []


def test_blank_terrain_is_refused_at_the_command_line(qipan, tmp_path, monkeypatch, capsys):
    path = write_raster(tmp_path / "blank.tif", np.full((120, 120), np.nan, dtype=np.float32))
    monkeypatch.setattr("sys.argv", ["qipan", "ground", "import", "--terrain", str(path)])
    with pytest.raises(SystemExit):
        main()
    assert "blank.tif 的 14,400 格都没有高程" in capsys.readouterr().err
