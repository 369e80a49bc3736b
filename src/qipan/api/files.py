"""Answers that are files: written to a place of their own, sent, and removed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask


@contextmanager
def temporary(ending: str) -> Iterator[Path]:
    """Give a path to write an answer to; it stays for the answer to be sent unless writing fails."""
    path = Path(tempfile.mkdtemp(prefix="qipan-")) / f"file.{ending}"
    try:
        yield path
    except BaseException:
        _remove(path)
        raise


def file_answer(path: Path, name: str) -> FileResponse:
    """Return the answer that sends a temporary file under a name and then removes it."""
    return FileResponse(path, filename=name, background=BackgroundTask(_remove, path))


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.rmdir()
