"""The files of a scenario: one folder each, put in place whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.folders import data_folder


def scenario_folder(database: Database, scenario_id: int) -> Path:
    """Return where the arrays of a scenario's result lie; it does not exist until a result is in."""
    return data_folder(database) / "scenarios" / str(scenario_id)


@contextmanager
def replace_folder(place: Path) -> Iterator[Path]:
    """Give a new folder beside ``place`` and put it in its place when the block ends well; else ``place`` stays.

    Raises DatabaseError where the disk is full or the folder may not be written.
    """
    draft: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        yield draft
        _swap(place, draft)
    except OSError as error:
        if error.filename is not None and not str(error.filename).startswith(str(draft)):
            raise  # something that was read, not what is written here
        message = f"无法写入 {place}（{error.strerror or error}）：请核对磁盘空间与写权限，原有结果未改动"
        raise DatabaseError(message) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _swap(place: Path, draft: Path) -> None:
    if not place.exists():
        draft.rename(place)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    place.rename(aside / place.name)
    try:
        draft.rename(place)
    except OSError:
        (aside / place.name).rename(place)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
