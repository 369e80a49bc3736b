"""How commands end: exit codes, one sentence on the error stream, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from qipan.cli import plans
from qipan.cli.commands import app
from qipan.core.errors import FieldProblem, ImportRejected
from tests.cli.conftest import Command


def test_version_and_help_succeed(command: Command) -> None:
    assert command("--version").out.startswith("qipan ")
    assert "serve" in command("--help").out
    assert command("plan", "read", "--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), ("没有命令“nonsense”", "demo", "qipan --help")),
        (("pln",), ("没有命令“pln”，最接近的是 plan",)),
        (("plan", "nonsense"), ("没有命令“nonsense”", "import", "qipan plan --help")),
        (("plan", "read"), ("缺少参数 FILE", "计划文件", "qipan plan read --help")),
        (("plan", "read", "--jsn"), ("没有选项 --jsn，最接近的是 --json",)),
        (("plan", "read", "a", "b"), ("多出参数“b”",)),
        (("plan", "read", "a", "--json=1"), ("选项 --json 不带值",)),
        (("serve", "--port"), ("选项 --port 后面缺少值",)),
        (("serve", "--port", "x"), ("选项 --port 的值“x”应为 0 至 65535 之间的整数", "空闲端口", "请改正")),
        (("serve", "--port", "70000"), ("“70000”应为 0 至 65535 之间的整数",)),
        (("coverage", "run", "--resolution", "fine"), ("--resolution 的值“fine”应为数", "格网边长")),
        (("coverage", "run", "--as-of", "2025"), ("--as-of 的值“2025”应为日期，如 2025-06-30",)),
        (("coverage", "run", "--plan", "0"), ("--plan 的值“0”应为不小于 1 的整数",)),
        (("coverage", "publish", "x"), ("参数 SCENARIO 的值“x”应为不小于 1 的整数",)),
        (("ground", "import", "--terrain", ""), ("--terrain 没有给出文件", "高程")),
        (("ground", "import", "--terrain="), ("--terrain 没有给出文件",)),
    ],
)
def test_a_wrong_command_line_is_one_chinese_sentence(
    command: Command, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    ending = command(*arguments)
    ending.refused("命令有误", *words)
    assert "Invalid" not in ending.err
    assert "Input should" not in ending.err


def _options() -> list[tuple[tuple[str, ...], Any]]:
    """Every option of every command, with the path of its command."""

    def below(one: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, command in getattr(one, "commands", {}).items():
            yield from below(command, (*path, name))
        yield from ((path, parameter) for parameter in one.params if parameter.param_type_name == "option")

    return list(below(typer.main.get_command(app), ()))


def test_no_option_answers_a_wrong_number_in_english(command: Command) -> None:
    tried = 0
    for path, option in _options():
        annotation = option.type_descriptor.annotation
        if annotation in (int, float, list[int]):
            ending = command(*path, option.opts[0], "many")
            ending.refused(f"{option.opts[0]} 的值“many”应为", "请改正")
            assert not re.search("[A-Za-z]{4,} (be|is|a) ", ending.err), ending.err
            tried += 1
    assert tried > 20


def test_a_group_of_commands_alone_shows_its_help(command: Command) -> None:
    ending = command("plan")
    assert "read" in ending.out
    assert ending.err == ""


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
