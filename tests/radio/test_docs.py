"""The documentation page runs, block after block."""

from __future__ import annotations

import re
from pathlib import Path

import qipan.engines.radio as radio

PAGE = Path(__file__).parents[2] / "docs" / "engines" / "radio.md"


def test_the_page_runs():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 8
    scope: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), scope)


def test_every_public_name_is_there_and_described():
    for name in radio.__all__:
        thing = getattr(radio, name)
        if callable(thing):
            assert thing.__doc__, name
