"""Where compiled code is kept: one folder for each state of the sources, so that none outlives what it was made from.

Numba notices a change in the file of a compiled function, not in those of the functions it calls, and cannot read what
an earlier version left beside the sources of an upgraded one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_variable = "NUMBA_CACHE_DIR"


def keep_compiled_code(package: Path) -> None:
    """Tell numba, which must not be imported yet, where to keep the code of ``package``, unless the user has.

    A folder that cannot be written is passed over by numba, which then keeps the code beside the sources.
    """
    if _variable not in os.environ:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        os.environ[_variable] = str(cache / "qipan" / "compiled" / state_of(package))


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
