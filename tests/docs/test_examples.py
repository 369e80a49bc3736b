"""Every example of the documentation is run: Python as it stands, console blocks with what they print."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.generate import pages

from tests.docs.markdown import agrees, blocks, calls, root

_languages = {"", "python", "console", "text", "sh", "toml", "json", "ini", "csv"}


def _with_examples() -> list[Path]:
    return [page for page in pages() if any(block.language in ("python", "console") for block in blocks(page))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(root)))
def test_blocks_say_what_they_are(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= _languages


@pytest.mark.parametrize("page", _with_examples(), ids=lambda page: str(page.relative_to(root)))
def test_examples_do_what_the_page_says(
    page: Path, demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(demo_folder, tmp_path / "qipan-demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIPAN_DATABASE", "")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {key: value for key, value in os.environ.items() if key != "QIPAN_DATABASE"} | {"PATH": path}
    names: dict[str, object] = {}
    for block in blocks(page):
        place = f"{page.relative_to(root)}:{block.line}"
        if block.title:
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            exec(compile(block.text, place, "exec"), names)
        elif block.language == "console":
            for command, expected in calls(block):
                ended = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment)
                printed = ended.stdout + ended.stderr
                assert agrees(expected, printed), f"{place}: $ {command}\n{printed}"
