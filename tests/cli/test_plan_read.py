"""``qipan plan read``: the labels' object, a table, and every file that is none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from qipan.core.demo import sample_plan
from tests.cli.conftest import Command

reference = Path(__file__).parents[3] / "shared/gold/docs"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "sample.docx"
    file.write_bytes(sample_plan(0.02))
    return file


def test_json_is_the_object_of_the_labels(command: Command, sample: Path) -> None:
    found = command("plan", "read", sample, "--json").json
    assert list(found) == ["doc", "title", "period", "indicators", "tasks"]
    assert found["doc"] == "sample"
    assert found["period"] == [2022, 2025]
    indicator = {"quote", "name", "value", "unit", "cmp", "year", "kind", "scope", "section"}
    assert all(set(one) == indicator for one in found["indicators"])
    assert all(set(one) == {"section", "heading", "units", "lead"} for one in found["tasks"])


def test_the_table_shows_targets_and_tasks(command: Command, sample: Path) -> None:
    ending = command("plan", "read", sample)
    assert ending.code == 0
    assert "每万人拥有5G基站" in ending.out
    assert "中国铁塔鹏湾分公司" in ending.out


def test_text_in_gb18030_is_read(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "计划.txt"
    file.write_text("一、目标\n到2025年，累计建成5G基站6万个。\n", encoding="gb18030")
    (indicator,) = command("plan", "read", file, "--json").json["indicators"]
    assert (indicator["name"], indicator["value"], indicator["year"]) == ("5G基站", 60000, 2025)


def _files(folder: Path) -> dict[str, Path]:
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("note", "no document")
    (folder / "empty.docx").write_bytes(b"")
    (folder / "blank.txt").write_text("  \n \n")
    (folder / "noise.pdf").write_bytes(bytes(range(256)) * 40)
    (folder / "cut.docx").write_bytes(sample_plan()[:2000])
    names = ("archive.zip", "empty.docx", "blank.txt", "noise.pdf", "cut.docx", "missing.docx")
    return {name: folder / name for name in names} | {"folder": folder}


@pytest.mark.parametrize(
    "name", ["archive.zip", "empty.docx", "blank.txt", "noise.pdf", "cut.docx", "missing.docx", "folder"]
)
def test_what_is_no_plan_is_refused_in_one_sentence(command: Command, tmp_path: Path, name: str) -> None:
    file = _files(tmp_path)[name]
    command("plan", "read", file).refused(file.name)
    command("plan", "read", file, "--json").refused(file.name)


@pytest.mark.parametrize(
    "name", ["fashion", "infrastructure", "marine", "network", "opinion", "puyang", "reply", "smart_terminal"]
)
def test_real_documents_are_read(command: Command, name: str) -> None:
    file = reference / f"{name}.txt"
    if not file.exists():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    found = command("plan", "read", file, "--json").json
    assert found["doc"] == name
    assert found["title"]
