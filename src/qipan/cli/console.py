"""Writing to the terminal: results on the output stream, everything else on the error stream."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from qipan.core.jobs import Progress

_piped_width = 160
_moment = 1.0
"""Seconds."""


def print_json(value: object) -> None:
    """Print a value as JSON, days and times as ISO 8601."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say(text: str) -> None:
    """Tell the user something that is not the result."""
    print(text, file=sys.stderr, flush=True)


def terminal() -> Console:
    """Return the output stream, wide enough for a table where it is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _piped_width, highlight=False)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; a column whose heading begins with ``>`` is set to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    terminal().print(table)


@contextmanager
def working(title: str) -> Iterator[Progress]:
    """Give a progress whose bar stands on the error stream; Ctrl-C asks the work to stop, a second one breaks it off.

    Where the error stream is no terminal each new stage is a line of its own.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    from qipan.core.jobs import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        with _stopping(Progress(_Lines(title))) as progress:
            yield progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        task = bars.add_task(title, total=1.0)

        def move(fraction: float, stage: str) -> None:
            bars.update(task, completed=fraction, description=f"{title} {stage}".strip())

        with _stopping(Progress(move)) as progress:
            yield progress
        bars.update(task, completed=1.0, description=title)


class _Lines:
    """Says what is being done once it takes longer than a moment, each stage once, a twentieth of the work apart."""

    def __init__(self, title: str) -> None:
        self._title, self._stage, self._fraction = title, "", -1.0
        self._quiet_until = time.monotonic() + _moment

    def __call__(self, fraction: float, stage: str) -> None:
        if stage == self._stage or fraction < self._fraction + 0.05 or time.monotonic() < self._quiet_until:
            return
        self._stage, self._fraction = stage, fraction
        say(f"{self._title} {fraction:4.0%} {stage}".rstrip())


@contextmanager
def _stopping(progress: Progress) -> Iterator[Progress]:
    """Let the first Ctrl-C ask ``progress`` to stop."""
    if threading.current_thread() is not threading.main_thread():
        yield progress
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if progress.stop.is_set():
            raise KeyboardInterrupt
        progress.stop.set()
        say("正在停止……（再按一次 Ctrl-C 立即中断）")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
