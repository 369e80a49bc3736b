"""``qipan form``: issued, filled in, read back, all or nothing."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Command


@pytest.fixture
def demo(command: Command, demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("QIPAN_DATABASE", str(demo_database))
    return command


def _fill(file: Path, value: object) -> None:
    """Write ``value`` as the figure of the first line."""
    book = openpyxl.load_workbook(file)
    sheet = book["填报"]
    (heading,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "本期数值"]
    sheet.cell(heading.row + 1, heading.column).value = value
    book.save(file)


def test_a_form_is_issued_filled_and_read(demo: Command, tmp_path: Path) -> None:
    assert demo("form", "issue", "市通信管理局", "form.xlsx", "--as-of", "2023-09-30").code == 0
    _fill(tmp_path / "form.xlsx", 36.5)
    assert demo("form", "read", "form.xlsx", "--json").json["accepted"] == 1


def test_a_wrong_figure_is_named_and_nothing_is_written(demo: Command, tmp_path: Path) -> None:
    demo("form", "issue", "市通信管理局", "form.xlsx", "--as-of", "2023-09-30")
    _fill(tmp_path / "form.xlsx", "很多")
    ending = demo("form", "read", "form.xlsx")
    assert ending.code == 2
    assert "很多" in ending.err


def test_what_is_not_there_is_named(demo: Command, tmp_path: Path) -> None:
    demo("form", "issue", "无此单位", "form.xlsx").refused("无此单位")
    demo("form", "issue", "", "form.xlsx").refused("UNIT")
    demo("form", "issue", "市通信管理局", "nowhere/form.xlsx").refused("nowhere")
    demo("form", "read", "missing.xlsx").refused("missing.xlsx")
    (tmp_path / "noise.xlsx").write_bytes(b"noise")
    assert demo("form", "read", "noise.xlsx").code == 2
