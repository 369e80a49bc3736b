"""Answers that are files: written to a place of their own and sent at once, or made by a job and fetched afterwards."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from xlsxwriter.exceptions import FileCreateError

from qipan.core.errors import DatabaseError, NotFound
from qipan.core.jobs import Progress

if TYPE_CHECKING:
    from qipan.api.context import Service
    from qipan.core.access import Principal

_kept_seconds = 3600.0


@contextmanager
def temporary(ending: str) -> Iterator[Path]:
    """Give a path to write an answer to; it stays for the answer to be sent unless writing fails.

    DatabaseError where there is no room to write.
    """
    path: Path | None = None
    try:
        path = Path(tempfile.mkdtemp(prefix="qipan-")) / f"file.{ending}"
        yield path
    except FileCreateError as error:
        _remove(path)
        raise DatabaseError(_no_room(error)) from error
    except OSError as error:
        _remove(path)
        if path is not None and error.filename is not None and Path(error.filename).parent != path.parent:
            raise  # something that was to be read
        raise DatabaseError(_no_room(error)) from error
    except BaseException:
        _remove(path)
        raise


def _no_room(error: Exception) -> str:
    told = getattr(error, "strerror", None) or error
    return f"写不下导出文件（{told}）：请联系管理员腾出磁盘空间后重新导出"


def file_answer(path: Path, name: str) -> FileResponse:
    """Return the answer that sends a temporary file under a name and then removes it."""
    return FileResponse(path, filename=name, background=BackgroundTask(_remove, path))


def _remove(path: Path | None) -> None:
    if path is not None:
        shutil.rmtree(path.parent, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Made:
    path: Path
    name: str
    since: float


class MadeFiles:
    """Files that jobs of this server made, held for an hour until whoever asked fetches them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[int, _Made] = {}

    def keep(self, job_id: int, path: Path, name: str) -> None:
        """Hold a temporary file for a job; those held for an hour are removed."""
        with self._lock:
            old = time.monotonic() - _kept_seconds
            gone = [key for key, one in self._made.items() if one.since < old]
            for key in gone:
                _remove(self._made.pop(key).path)
            self._made[job_id] = _Made(path, name, time.monotonic())

    def find(self, job_id: int) -> tuple[Path, str]:
        """Return the file of a job and its name; NotFound where there is none any more."""
        with self._lock:
            made = self._made.get(job_id)
        if made is None or not made.path.exists():
            message = f"任务 {job_id} 没有可下载的文件，或已超过一小时：请重新导出"
            raise NotFound(message)
        return made.path, made.name

    def close(self) -> None:
        """Remove every file."""
        with self._lock:
            for one in self._made.values():
                _remove(one.path)
            self._made.clear()


def submit_file(
    service: Service, principal: Principal, name: str, ending: str, write: Callable[[Path, Progress], object]
) -> dict[str, int]:
    """Queue the writing of a file and answer with the job; its result is the file's name, size and address."""

    def work(progress: Progress) -> dict[str, Any]:
        assert progress.job_id is not None
        with temporary(ending) as path:
            write(path, progress)
            progress.check()
            size = path.stat().st_size
            service.made.keep(progress.job_id, path, name)
        return {"name": name, "size": size, "url": f"/api/jobs/{progress.job_id}/file"}

    return {"job_id": service.jobs.submit("export", f"导出 {name}"[:300], principal, work, beside=True)}
