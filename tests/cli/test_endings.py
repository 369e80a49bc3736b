"""How commands end: exit codes, one sentence on the error stream, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qipan.cli import plans
from qipan.core.errors import FieldProblem, ImportRejected
from tests.cli.conftest import Command


def test_version_and_help_succeed(command: Command) -> None:
    assert command("--version").out.startswith("qipan ")
    assert "serve" in command("--help").out
    assert command("plan", "read", "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("plan", "nonsense"), ("plan", "read"), ("plan", "read", "--nonsense"), ("serve", "--port", "x")],
)
def test_a_wrong_command_line_is_one_sentence(command: Command, arguments: tuple[str, ...]) -> None:
    command(*arguments).refused("命令有误")


def test_an_unforeseen_error_is_an_apology_with_a_log(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(plans, "_print_reading", broken)
    file = tmp_path / "plan.txt"
    file.write_text("到2025年，建成5G基站100个。", encoding="utf-8")
    ending = command("plan", "read", file)
    assert ending.code == 1
    assert len(ending.err.splitlines()) == 1
    log = tmp_path / "state/qipan/errors.log"
    assert str(log) in ending.err
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")


def test_a_closed_state_folder_does_not_hide_the_error(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(plans, "print_json", lambda _: 1 / 0)
    (tmp_path / "plan.txt").write_text("到2025年，建成5G基站100个。", encoding="utf-8")
    ending = command("plan", "read", "plan.txt", "--json")
    assert ending.code == 1
    assert "errors.log" in ending.err


def test_an_error_of_several_rows_lists_them(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    problems = [FieldProblem(row, "高度", "很高", "应为数值") for row in range(2, 40)]

    def rejected(_: object) -> None:
        message = "文件未导入"
        raise ImportRejected(message, problems, 50)

    monkeypatch.setattr(plans, "_print_reading", rejected)
    (tmp_path / "plan.txt").write_text("到2025年，建成5G基站100个。", encoding="utf-8")
    ending = command("plan", "read", "plan.txt")
    lines = ending.err.splitlines()
    assert ending.code == 2
    assert lines[0] == "文件未导入"
    assert "第 2 行" in lines[1]
    assert lines[-1].strip() == "…… 另有 30 处"


def test_ctrl_c_stops_and_keeps_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    arguments = [sys.executable, "-m", "qipan", "city", "make", str(folder), "--scale", "0.3"]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "80"}) as process:
        assert process.stderr is not None
        assert process.stderr.readline()  # the work has begun
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "未留下任何文件" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text("到2025年，建成5G基站100个。\n" * 5000, encoding="utf-8")
    line = f"{sys.executable} -m qipan plan read {tmp_path / 'plan.txt'} --json | head -n 1"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    assert ended.stdout == "{\n"
    assert ended.stderr == ""
