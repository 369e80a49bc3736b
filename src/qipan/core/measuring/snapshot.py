"""The register as Parquet beside it, for indicators: kept up by rewriting only the kinds and districts that changed.

One file for each kind and district, listed in a manifest. A snapshot that is missing, torn, of another register or of
an older catalogue is made again; nothing needs to be kept in step by hand.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.measuring.areas import read_tree
from qipan.core.measuring.columns import needed_columns
from qipan.core.measuring.extraction import Progress
from qipan.core.measuring.manifest import Manifest, read_manifest
from qipan.core.measuring.updating import Update


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A readable snapshot: its folder and manifest."""

    folder: Path
    manifest: Manifest

    @property
    def version(self) -> tuple[str, int, int]:
        """What tells two snapshots apart, for keeping results."""
        return self.manifest.stamp, self.manifest.generation, self.manifest.change_set

    def files(self, code: str) -> list[str]:
        """Return the Parquet files of one kind, none where the register has no such resource."""
        return [str(self.folder / one.name) for one in self.manifest.partitions.get(code, {}).values()]

    def rows(self, code: str) -> int:
        """Return how many resources of one kind it holds."""
        return sum(one.rows for one in self.manifest.partitions.get(code, {}).values())


def snapshot_folder(database: Database) -> Path:
    """Return where the snapshot of a register lies: beside an SQLite file, in the user's cache for a server."""
    if database.path is not None:
        return Path(f"{database.path}.snapshot")
    url = database.engine.url
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # A register on a local socket has its folder in the query instead of a host.
    host = (url.host or str(url.query.get("host", "local"))).replace("/", "_")
    return cache / "qipan" / f"{host}-{url.port or 5432}-{url.database}.snapshot"


def refresh(
    database: Database, catalogue: Catalogue, folder: Path | None = None, progress: Progress | None = None
) -> Snapshot:
    """Bring the snapshot up to the register's newest change and return it; DatabaseError where it cannot be written.

    Safe to call from several threads and processes: one works, the others wait and find it done.
    """
    place = folder or snapshot_folder(database)
    tell = progress or (lambda share, stage: None)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _only_one(place), database.connect() as connection:
            manifest = read_manifest(place) or Manifest()
            update = Update(catalogue, needed_columns(catalogue), read_tree(connection), place, tell)
            return Snapshot(place, update.bring_up(connection, manifest))
    except OSError as error:
        message = f"无法写入指标快照 {place}：{error.strerror or error}，请核对磁盘空间与写权限"
        raise DatabaseError(message) from error


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
