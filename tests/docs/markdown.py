"""Fenced blocks of a page: ```python is run, ```console is run and compared, ```text title=FILE is written first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.generate import folder

root = folder.parent
_fence = re.compile(r"^```(\w*)(?: +title=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block, with the line it begins on."""

    language: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _fence.finditer(text):
        yield Block(found[1], found[2] or "", found[3], text.count("\n", 0, found.start()) + 1)


def calls(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that it should print."""
    command, lines = "", []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, lines
            command, lines = line[2:], []
        elif line.startswith("> ") and not lines:
            command += "\n" + line[2:]
        else:
            lines.append(line)
    if command:
        yield command, lines


def agrees(expected: list[str], printed: str) -> bool:
    """Compare what is said, not how it is set out: spaces, rules and empty lines of tables do not count.

    A line ``...`` stands for any number of lines, ``...`` within a line for anything in it.
    """
    wanted = [re.escape(" ".join(line.split())).replace(re.escape("..."), ".*") for line in expected]
    pattern = "".join("(?:.*\n)*" if line == ".*" else line + "\n" for line in wanted if line)
    said = (" ".join(line.split()) for line in printed.splitlines())
    plain = "".join(line + "\n" for line in said if line.strip("─ "))
    return re.fullmatch(pattern, plain) is not None
