"""``qipan import`` and ``qipan export``: preview first, all or nothing, and back again without a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

header = "名称,权属单位,所属区域,经度,纬度,站型,频段,启用日期\n"
row = "测试宏站,中国移动,宝安区,114.05,22.55,宏站,3.5 GHz,2022-01-31\n"


@pytest.fixture
def demo(command: Command, demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("QIPAN_DATABASE", str(demo_database))
    return command


def _export(demo: Command) -> str:
    assert demo("export", "base_station", "all.csv").code == 0
    return Path("all.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg", "zip", "kml", "dxf", "json"])
def test_an_export_is_written_in_every_format(demo: Command, tmp_path: Path, ending: str) -> None:
    kind = "duct_section" if ending == "json" else "base_station"
    ending_of = demo("export", kind, f"out.{ending}")
    assert ending_of.code == 0, ending_of.err
    assert (tmp_path / f"out.{ending}").stat().st_size > 0
    assert not list(tmp_path.glob(".qipan-*"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg"])
def test_an_export_read_back_changes_nothing(demo: Command, ending: str) -> None:
    demo("export", "base_station", f"base_station.{ending}")
    done = demo("import", f"base_station.{ending}", "--kind", "base_station", "--yes", "--json").json
    assert (done["creates"], done["updates"], done["problem_count"]) == (0, 0, 0)
    assert done["unchanged"] > 0


def test_a_preview_writes_nothing(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "base_station.csv").write_text(header + row, encoding="gb18030")
    before = _export(demo)
    shown = demo("import", "base_station.csv", "--dry-run", "--json").json
    assert (shown["creates"], shown["problem_count"]) == (1, 0)
    table = demo("import", "base_station.csv", "--dry-run").out
    assert "权属单位" in table
    assert "owner" in table
    assert _export(demo) == before


def test_nothing_is_written_until_someone_says_yes(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "base_station.csv").write_text(header + row, encoding="utf-8")
    before = _export(demo)
    ending = demo("import", "base_station.csv")
    assert ending.code == 2
    assert "--yes" in ending.err
    assert _export(demo) == before
    assert "新增 1" in demo("import", "base_station.csv", "--yes").err
    assert "测试宏站" in _export(demo)


def test_every_bad_row_is_listed_and_none_written(demo: Command, tmp_path: Path) -> None:
    bad = "第二站,无此公司,宝安区,114.05,22.55,宏站,3.5 GHz,2022-13-01\n"
    (tmp_path / "base_station.csv").write_text(header + row + bad, encoding="utf-8")
    before = _export(demo)
    ending = demo("import", "base_station.csv", "--yes")
    assert ending.code == 2
    assert "无此公司" in ending.out
    assert "2022-13-01" in ending.out
    problems = demo("import", "base_station.csv", "--yes", "--json")
    assert problems.code == 2
    assert {one["row"] for one in problems.json["problems"]} == {3}
    assert _export(demo) == before


def test_an_unknown_column_must_be_named_or_ignored(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "base_station.csv").write_text(
        header.replace("名称", "站名").strip() + ",备注\n" + row.strip() + ",无\n", encoding="utf-8"
    )
    ending = demo("import", "base_station.csv", "--yes")
    assert ending.code == 2
    assert "备注" in ending.out
    said = ("--column", "站名=name", "--column", "备注=")
    assert demo("import", "base_station.csv", "--yes", *said).code == 0
    demo("import", "base_station.csv", "--yes", "--column", "备注").refused("--column")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("missing.csv",), "missing.csv"),
        (("plain.csv", "--kind", "spaceship"), "spaceship"),
        (("plain.csv",), "plain.csv"),
        (("plain.csv", "--kind", "venue", "--datum", "mars"), "mars"),
        (("plain.csv", "--kind", "areas", "--dry-run"), "plain.csv"),
    ],
)
def test_what_cannot_be_imported_is_named(demo: Command, tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    (tmp_path / "plain.csv").write_text(header + row, encoding="utf-8")
    ending = demo("import", *arguments, "--yes")
    assert ending.code == 2
    assert word in ending.err


def test_a_folder_is_imported_in_order(command: Command) -> None:
    command("city", "make", "city", "--scale", "0.001")
    done = command("import", "city", "--yes", "--json").json
    assert done["areas.gpkg"]["created"] > 11
    again = command("import", "city", "--yes", "--json").json
    assert {(one["created"], one["updated"]) for one in again.values()} == {(0, 0)}


def test_areas_and_units_have_kinds_of_their_own(command: Command) -> None:
    command("city", "make", "city", "--scale", "0.001")
    assert command("import", "city/areas.gpkg", "--kind", "areas", "--yes").code == 0
    assert command("import", "city/units.csv", "--kind", "units", "--yes").code == 0
    again = command("import", "city/units.csv", "--kind", "units", "--yes", "--json").json
    assert again["units.csv"]["created"] == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("base_station", "out.exe"), "out.exe"),
        (("spaceship", "out.csv"), "spaceship"),
        (("base_station", "nowhere/out.csv"), "nowhere"),
        (("base_station", "out.csv", "--area", "无此区"), "无此区"),
        (("base_station", "out.csv", "--state", "broken"), "broken"),
        (("base_station", "out.csv", "--language", "fr"), "fr"),
        (("base_station", "out.csv", "--datum", "mars"), "mars"),
        (("district_statistics", "out.geojson"), "geojson"),
    ],
)
def test_what_cannot_be_exported_is_named(demo: Command, tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    demo("export", *arguments).refused(word)
    assert not list(tmp_path.glob("out.*"))


def test_an_export_can_be_narrowed(demo: Command) -> None:
    def rows(*more: str) -> int:
        demo("export", "base_station", "some.csv", *more)
        return len(Path("some.csv").read_text(encoding="utf-8-sig").splitlines()) - 1

    everything = rows()
    assert 0 < rows("--area", "宝安区") < everything
    assert 0 < rows("--unit", "中国电信") < everything
    assert 0 < rows("--as-of", "2020-01-01") < rows("--as-of", "2023-06-30")
    assert 0 < rows("--state", "in_service") < everything


def test_a_template_can_be_filled_in(demo: Command, tmp_path: Path) -> None:
    assert demo("export", "base_station", "base_station.xlsx", "--template").code == 0
    shown = demo("import", "base_station.xlsx", "--dry-run", "--json")
    assert (tmp_path / "base_station.xlsx").exists()
    assert "名称" in shown.out or "没有" in shown.err
