"""``qipan demo``: the whole run, at the smallest scale."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from qipan.core.database import open_database
from qipan.core.demo import Document, assemble, errors
from qipan.core.errors import JobCancelled
from qipan.core.jobs import Progress
from tests.cli.conftest import Command

reference = Path(__file__).parents[3] / "shared/gold/docs"


def test_everything_is_there_and_used_again(command: Command, tmp_path: Path) -> None:
    first = command("demo", "--scale", "0.001", "--no-serve", "--json").json
    assert first["fresh"]
    assert first["targets"] > 50
    counts = {one["key"]: one["count"] for one in first["statuses"]}
    assert sum(counts.values()) == first["targets"]
    assert len(counts) >= 6, "the sample should show most statuses"
    assert {file.name for file in (tmp_path / "qipan-demo").iterdir()} >= {"qipan.db", "city"}
    second = command("demo", "--scale", "0.001", "--no-serve", "--json").json
    assert not second["fresh"]
    assert second["password"] == first["password"]
    assert second["targets"] == first["targets"]


def test_another_scale_needs_fresh(command: Command, demo_database: Path) -> None:
    folder = demo_database.parent
    command("demo", "--scale", "0.002", "--folder", folder, "--no-serve").refused("0.001", "--fresh")


def test_fresh_makes_it_anew(command: Command, demo_database: Path) -> None:
    folder = demo_database.parent
    made = command("demo", "--scale", "0.001", "--folder", folder, "--no-serve", "--fresh", "--json").json
    assert made["fresh"]
    assert not list(folder.parent.glob(".*"))


def test_a_folder_of_something_else_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "qipan-demo").mkdir()
    (tmp_path / "qipan-demo/thesis.docx").write_text("mine")
    for more in ((), ("--fresh",)):
        command("demo", "--no-serve", *more).refused("qipan-demo", "--folder")
    assert [file.name for file in (tmp_path / "qipan-demo").iterdir()] == ["thesis.docx"]


def test_a_plan_that_cannot_be_read_leaves_nothing(command: Command, tmp_path: Path) -> None:
    (tmp_path / "noise.pdf").write_bytes(b"%PDF-1.7 nothing more")
    ending = command("demo", "--scale", "0.001", "--no-serve", "--plan", "noise.pdf")
    assert ending.code == 2
    assert "noise.pdf" in ending.err
    assert {file.name for file in tmp_path.iterdir()} == {"noise.pdf"}
    command("demo", "--no-serve", "--plan", "missing.docx").refused("missing.docx")


def test_a_plan_is_added_once_to_a_demo(command: Command, demo_database: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("某市行动计划\n一、目标\n到2025年，建成5G基站70个。\n", encoding="utf-8")
    arguments = ("demo", "--scale", "0.001", "--folder", demo_database.parent, "--no-serve", "--plan", "own.txt")
    for _ in range(2):
        assert command(*arguments).code == 0
    plans = command("plan", "list", "--json", "--database", demo_database).json
    assert [one["targets"] for one in plans][1:] == [1]


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    progress = Progress()

    def stop(fraction: float, _stage: str) -> None:
        if fraction > 0.3:
            progress.stop.set()

    progress.listener = stop
    with pytest.raises(JobCancelled):
        assemble(tmp_path / "demo", scale=0.001, progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.DemoNotWritten, match="file"):
        assemble(tmp_path / "file/demo", scale=0.001)


@pytest.mark.parametrize(
    "name", ["fashion", "infrastructure", "marine", "network", "opinion", "puyang", "reply", "smart_terminal"]
)
def test_real_documents_run(demo_database: Path, name: str) -> None:
    file = reference / f"{name}.txt"
    if not file.exists():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    made = assemble(demo_database.parent, scale=0.001, document=Document(file.name, file.read_bytes()))
    database = open_database(made.database, create=False)
    database.close()
    assert not made.fresh


def test_it_serves_what_it_made(demo_database: Path) -> None:
    arguments = ["demo", "--scale", "0.001", "--folder", str(demo_database.parent), "--port", "0"]
    process = subprocess.Popen([sys.executable, "-m", "qipan", *arguments], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://[0-9.:]+", line)))
        with urllib.request.urlopen(f"{address}/api/session", timeout=30) as answer:
            session = json.load(answer)
        assert session["demo"]["name"] == "演示"
        assert session["city"]["as_of"] == "2023-06-30"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
