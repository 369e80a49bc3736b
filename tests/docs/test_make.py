"""What a newcomer's first command says on a machine that lacks something."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import root


def _python(folder: Path, body: str) -> Path:
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("body", "word"),
    [("exit 1", "3.11"), ('case "$2" in *ensurepip*) exit 1;; esac', "python3-venv")],
    ids=["python is too old", "venv is missing"],
)
def test_what_is_missing_is_named_in_both_languages(tmp_path: Path, body: str, word: str) -> None:
    program = _python(tmp_path, body)
    command = ["sh", str(root / "tools/venv.sh"), str(tmp_path / "venv"), str(program)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2
    english, chinese = ended.stderr.splitlines()
    assert word in english
    assert word in chinese
    assert not (tmp_path / "venv").exists()


def test_every_target_is_listed() -> None:
    listed = subprocess.run(["make", "-s", "help"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target} " in listed for target in ("demo", "test", "check", "page", "bench", "docs", "clean"))


def test_ci_runs_the_same_tests() -> None:
    assert "\nmake test\n" in (root / ".ci/run").read_text(encoding="utf-8")
