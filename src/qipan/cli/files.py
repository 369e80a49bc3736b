"""Reading and writing the files that a command names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from qipan.errors import QipanError

_Written = TypeVar("_Written")


class NotWritten(QipanError):
    """A file could not be written; what stood there is as it was."""


def bytes_of(file: Path) -> bytes:
    """Read a file; FileUnreadable where it cannot be opened."""
    from qipan.engines.reading.errors import FileUnreadable

    try:
        return file.read_bytes()
    except OSError as error:
        message = f"打不开文件 {file}：请核对路径、是否为文件以及读取权限"
        raise FileUnreadable(message) from error


def write_whole(file: Path, write: Callable[[Path], _Written]) -> _Written:
    """Let ``write`` make a draft beside ``file`` and put it there when it is whole; NotWritten where that fails."""
    import tempfile

    from xlsxwriter.exceptions import FileCreateError

    try:
        with tempfile.TemporaryDirectory(prefix=".qipan-", dir=file.absolute().parent) as folder:
            draft = Path(folder) / file.name
            written = write(draft)
            draft.replace(file)
    except (OSError, FileCreateError) as error:
        message = f"写不下文件 {file}（{getattr(error, 'strerror', None) or error}）：请核对文件夹、权限与磁盘空间"
        raise NotWritten(message) from error
    return written
