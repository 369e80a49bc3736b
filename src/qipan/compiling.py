"""Where compiled code is kept: one folder for each state of the sources, so that none outlives what it was made from.

Numba notices a change in the file of a compiled function, not in those of the functions it calls, and cannot read what
an earlier version left beside the sources of an upgraded one. Only the states last used are kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_variable = "NUMBA_CACHE_DIR"
_kept = 4
"""States whose compiled code stays: this one, and a few others for whoever goes back and forth between versions."""


def keep_compiled_code(package: Path) -> None:
    """Tell numba, which must not be imported yet, where to keep the code of ``package``, unless the user has.

    A folder that cannot be written is passed over by numba, which then keeps the code beside the sources.
    """
    if _variable not in os.environ:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = cache / "qipan" / "compiled" / state_of(package)
        os.environ[_variable] = str(folder)
        with suppress(OSError):
            _use(folder)


def _use(folder: Path) -> None:
    """Mark a folder as used now; where it is new, remove all but those last used.

    Another process may do the same at once: what is gone already is passed over, and a process whose folder goes while
    it runs compiles again, since numba makes the folder anew before it writes.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        os.utime(folder)
    else:
        others = sorted((one for one in folder.parent.iterdir() if one != folder), key=_last_used, reverse=True)
        for old in others[_kept - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _last_used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def state_of(package: Path) -> str:
    """Return a digest of the sources below a folder, by their names, sizes and times."""
    digest = hashlib.sha256()
    for name, size, changed in sorted(_sources(str(package))):
        digest.update(f"{name} {size} {changed}\n".encode())
    return digest.hexdigest()[:16]


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, found.st_size, found.st_mtime_ns
            elif entry.is_dir(follow_symlinks=False) and entry.name not in ("__pycache__", "page"):
                yield from _sources(entry.path)
