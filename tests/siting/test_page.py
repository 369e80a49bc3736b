"""The page of the engine and the examples of its package run as they stand."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import qipan.engines.siting as siting

PAGE = Path(__file__).resolve().parents[2] / "docs" / "engines" / "siting.md"


def test_every_block_of_the_page_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    space: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), space)
    assert len(blocks) > 5


def test_the_examples_of_the_package_run() -> None:
    assert doctest.testmod(siting).failed == 0
    assert set(siting.__all__) == {name for name in siting.__all__ if hasattr(siting, name)}
