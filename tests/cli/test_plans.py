"""``qipan plan import|list|show|bind``: a plan in the register, its targets bound to indicators."""

from __future__ import annotations

from pathlib import Path

import pytest

from qipan.core.demo import sample_plan
from tests.cli.conftest import Command


@pytest.fixture
def demo(command: Command, demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line over a demonstration's register, named by the environment."""
    monkeypatch.setenv("QIPAN_DATABASE", str(demo_database))
    return command


def test_a_plan_is_imported_into_a_new_register(command: Command, tmp_path: Path) -> None:
    (tmp_path / "plan.docx").write_bytes(sample_plan(0.01))
    stored = command("plan", "import", "plan.docx", "--json").json
    assert (stored["plan_id"], stored["version"]) == (1, 1)
    (plan,) = command("plan", "list", "--json").json
    assert plan["targets"] == stored["targets"] > 60
    assert plan["title"] in command("plan", "list").out


def test_a_newer_version_keeps_the_plan(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "plan.docx").write_bytes(sample_plan(0.005))
    ending = demo("plan", "import", "plan.docx", "--plan", "1")
    assert "第 2 版" in ending.err
    (plan,) = demo("plan", "list", "--json").json
    assert plan["version"] == 2


def test_a_file_that_is_no_plan_changes_nothing(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "noise.pdf").write_bytes(b"%PDF-1.7 nothing more")
    ending = demo("plan", "import", "noise.pdf")
    assert ending.code == 2
    assert "noise.pdf" in ending.err
    demo("plan", "import", "missing.docx").refused("missing.docx")
    assert len(demo("plan", "list", "--json").json) == 1


def test_a_plan_is_shown_with_its_indicators(demo: Command) -> None:
    shown = demo("plan", "show", "1", "--json").json
    stations = [one for one in shown["targets"] if one["indicator"] == "mobile.base_stations"]
    assert {one["scope"] for one in stations} >= {"", "移动", "福田区"}
    assert all(one["binding_status"] == "confirmed" for one in stations)
    table = demo("plan", "show", "1").out
    assert "每万人拥有5G基站数" in table
    assert "（牵头）" in table


def test_candidates_are_shown_then_one_is_bound(demo: Command) -> None:
    target = next(one for one in demo("plan", "show", "1", "--json").json["targets"] if one["indicator"] is None)
    chosen = "mobile.base_stations_indoor"
    assert demo("plan", "bind", "1", "--target", target["id"]).code == 0
    bound = demo(
        "plan", "bind", "1", "--target", target["id"], "--indicator", chosen, "--area", "福田区", "--json"
    ).json
    assert (bound["indicator"], bound["binding_status"]) == (chosen, "confirmed")
    assert bound["area_id"] is not None
    refused = demo("plan", "bind", "1", "--target", target["id"], "--refuse", "--json").json
    assert refused["binding_status"] == "refused"


def test_candidates_come_with_how_sure_they_are(demo: Command) -> None:
    targets = demo("plan", "show", "1", "--json").json["targets"]
    target = next(one for one in targets if one["indicator"] == "mobile.base_stations_per_10000")
    first = demo("plan", "bind", "1", "--target", target["id"], "--json").json[0]
    assert first["indicator"] == "mobile.base_stations_per_10000"
    assert first["confidence"] > 0.9
    assert first["name"] in demo("plan", "bind", "1", "--target", target["id"]).out


def test_proposals_are_confirmed_together(command: Command, demo_database: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.docx").write_bytes(sample_plan(0.004))
    stored = command("plan", "import", "plan.docx", "--json", "--database", demo_database).json
    number = stored["plan_id"]
    sure = command("plan", "bind", number, "--json", "--database", demo_database).json["confirmed"]
    assert sure > 50
    assert command("plan", "bind", number, "--json", "--database", demo_database).json == {"confirmed": 0}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("show", "99"), "99"),
        (("bind", "99"), "99"),
        (("bind", "1", "--target", "9999"), "9999"),
        (("bind", "1", "--target", "1", "--indicator", "no.such"), "no.such"),
        (("bind", "1", "--target", "1", "--indicator", "mobile.base_stations", "--area", "无此区"), "--area"),
        (("bind", "1", "--target", "1", "--indicator", "mobile.base_stations", "--unit", "无此"), "--unit"),
        (("bind", "1", "--least-confidence", "2"), "--least-confidence"),
    ],
)
def test_what_is_not_there_is_named(demo: Command, arguments: tuple[str, ...], word: str) -> None:
    demo("plan", *arguments).refused(word)
