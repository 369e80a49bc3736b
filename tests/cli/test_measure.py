"""``qipan measure``: what the overview shows, as of any day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def demo(command: Command, demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("QIPAN_DATABASE", str(demo_database))
    return command


def _stations(found: dict[str, list[dict[str, dict[str, object]]]]) -> dict[str, object]:
    rows = found["rows"]
    return next(one for one in rows if one["target"]["indicator"] == "mobile.base_stations")["now"]


def test_every_target_is_a_row(demo: Command) -> None:
    found = demo("measure", "--json").json
    assert found["as_of"] == "2023-06-30"
    assert sum(found["counts"].values()) == len(found["rows"]) > 50
    table = demo("measure").out
    assert "每万人拥有5G基站" in table
    assert "暂无数据" in table


def test_an_earlier_day_has_fewer_stations(demo: Command) -> None:
    now = _stations(demo("measure", "--json").json)["value"]
    before = _stations(demo("measure", "--as-of", "2020-12-31", "--json").json)["value"]
    assert isinstance(now, float)
    assert isinstance(before, float)
    assert 0 < before < now


def test_one_indicator_says_where_it_comes_from(demo: Command) -> None:
    found = demo("measure", "mobile.base_stations_per_10000", "--json").json
    assert {one["source"] for one in found["parts"]} == {"register", "statistics"}
    assert len(found["areas"]) == 11
    table = demo("measure", "mobile.base_stations_per_10000").out
    assert "福田区" in table
    assert "count(base_station)" in table


def test_a_chapter_an_area_and_an_operator_can_be_looked_at(demo: Command) -> None:
    everything = len(demo("measure", "--json").json["rows"])
    assert 0 < len(demo("measure", "--section", "三", "--json").json["rows"]) < everything
    assert demo("measure", "--area", "南山区", "--json").json["rows"]
    assert demo("measure", "--unit", "中国移动", "--json").json["rows"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("no.such",), "no.such"),
        (("--plan", "99"), "99"),
        (("--area", "无此区"), "无此区"),
        (("--unit", "无此单位"), "无此单位"),
        (("--as-of", "yesterday"), "yesterday"),
    ],
)
def test_what_is_not_there_is_named(demo: Command, arguments: tuple[str, ...], word: str) -> None:
    ending = demo("measure", *arguments)
    assert ending.code == 2
    assert word in ending.err
