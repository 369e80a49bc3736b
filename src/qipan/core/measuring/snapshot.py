"""The register as Parquet beside it, for indicators: kept up by rewriting only the kinds and districts that changed.

One file for each kind and district, listed in a manifest. What changed is told by the change sets since the last one
taken in; what was deleted or moved away, by the history of those. Nothing else is kept in step by hand: a snapshot that
is missing, torn, of another register or of an older catalogue is made again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import DatabaseError
from qipan.core.measuring.areas import Tree, read_tree
from qipan.core.measuring.columns import KindColumns, needed_columns, signatures
from qipan.core.measuring.extraction import Extraction, Progress, extraction_query
from qipan.core.measuring.manifest import Manifest, is_whole, read_manifest, write_manifest

_MANY = 300_000
"""Changed rows from which one pass over the whole table beats looking rows up by kind and area."""
_LATE_COMMITS = 1_000
"""How many of the newest change sets are watched for being committed late."""


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
            work = _Work(catalogue, needed_columns(catalogue), read_tree(connection), place, tell)
            return Snapshot(place, work.bring_up(connection, manifest))
    except OSError as error:
        message = f"无法写入指标快照 {place}：{error.strerror or error}，请核对磁盘空间与写权限"
        raise DatabaseError(message) from error


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class _Changes:
    """What of the register is not in the snapshot yet: partitions by kind and district, or whole kinds."""

    partitions: frozenset[tuple[str, int]]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Work:
    """One bringing up to date."""

    catalogue: Catalogue
    columns: dict[str, KindColumns]
    tree: Tree
    folder: Path
    tell: Progress

    def bring_up(self, connection: Connection, manifest: Manifest) -> Manifest:
        if not self._is_of(connection, manifest):
            manifest = Manifest(generation=manifest.generation, outgoing=manifest.outgoing)
        # Read first: what is committed from here on is taken in now and looked at once more next time.
        newest, stamp, unseen = _newest_change_set(connection)
        changes = self._changes(connection, manifest, is_new=(newest, unseen) != (manifest.change_set, manifest.unseen))
        wanted = signatures(self.columns)
        if not changes.kinds and not changes.partitions and manifest.signatures == wanted:
            if (newest, unseen) != (manifest.change_set, manifest.unseen):
                manifest = replace(manifest, change_set=newest, stamp=stamp, unseen=unseen)
                write_manifest(self.folder, manifest)
            return manifest
        updated = self._rewritten(connection, manifest, changes)
        updated = replace(
            updated,
            change_set=newest,
            stamp=stamp,
            unseen=unseen,
            districts=self.tree.districts_digest(),
            signatures=wanted,
        )
        write_manifest(self.folder, updated)
        self.tell(1.0, "指标快照已更新")
        return updated

    def _is_of(self, connection: Connection, manifest: Manifest) -> bool:
        """Tell whether the manifest was made from this register, with the areas as they are."""
        if manifest.districts != self.tree.districts_digest():
            return False
        sets = tables.change_set.c
        stamp = connection.execute(select(sets.request).where(sets.id == manifest.change_set)).scalar_one_or_none()
        return stamp == manifest.stamp or (manifest.change_set == 0 and not manifest.stamp)

    def _changes(self, connection: Connection, manifest: Manifest, *, is_new: bool) -> _Changes:
        stale = {code for code, one in self.columns.items() if manifest.signatures.get(code) != one.signature}
        torn = {
            (code, int(district))
            for code, partitions in manifest.partitions.items()
            for district, one in partitions.items()
            if code in self.columns and not is_whole(self.folder, one)
        }
        if stale == set(self.columns):
            return _Changes(frozenset(), frozenset(stale))
        touched, rows = self._touched(connection, manifest) if is_new else (set(), 0)
        if rows >= _MANY:
            stale |= {code for code, _ in touched}
        single = {one for one in touched | torn if one[0] not in stale}
        return _Changes(frozenset(single), frozenset(stale))

    def _touched(self, connection: Connection, manifest: Manifest) -> tuple[set[tuple[str, int]], int]:
        """Return the kinds and districts whose resources changed since the manifest, and how many rows did."""
        resource = tables.resource.c
        since = _since(resource.changed_in, manifest)
        query = (
            select(resource.kind, resource.area_id, func.count()).where(since).group_by(resource.kind, resource.area_id)
        )
        found = [(row[0], self.tree.district(row[1]), row[2]) for row in connection.execute(query)]
        touched = {(kind, district) for kind, district, _ in found} | set(self._left(connection, manifest))
        return {one for one in touched if one[0] in self.columns}, sum(rows for *_, rows in found)

    def _left(self, connection: Connection, manifest: Manifest) -> Iterator[tuple[str, int]]:
        """Yield the kind and former district of what was deleted, or moved to another area, since the manifest."""
        change, resource = tables.change.c, tables.resource.c
        query = (
            select(change.before, resource.kind)
            .outerjoin(tables.resource, resource.id == change.record_id)
            .where(_since(change.change_set_id, manifest), change.record == "resource", change.before.is_not(None))
        )
        for before, kind in connection.execute(query):
            area_id = (before or {}).get("area_id")
            if isinstance(area_id, int) and area_id in self.tree.areas:
                yield before.get("kind", kind), self.tree.district(area_id)

    def _rewritten(self, connection: Connection, manifest: Manifest, changes: _Changes) -> Manifest:
        """Write the files of what changed and return a manifest with them in place of the old."""
        generation = manifest.generation + 1
        extraction = Extraction(self.catalogue, self.columns, self.tree)
        try:
            self._extract(connection, extraction, changes)
            kinds = changes.kinds | {code for code, _ in changes.partitions}
            written = {code: extraction.write(self.folder, code, generation) for code in sorted(kinds)}
        finally:
            extraction.close()
        kept = {
            code: {
                district: one
                for district, one in partitions.items()
                if code not in changes.kinds and (code, int(district)) not in changes.partitions
            }
            for code, partitions in manifest.partitions.items()
            if code in self.columns
        }
        partitions = {code: kept.get(code, {}) | written.get(code, {}) for code in self.columns}
        outgoing = sorted(
            {one.name for one in manifest.files()} - {one.name for p in kept.values() for one in p.values()}
        )
        return replace(manifest, generation=generation, partitions=partitions, outgoing=outgoing)

    def _extract(self, connection: Connection, extraction: Extraction, changes: _Changes) -> None:
        resource, query = tables.resource.c, extraction_query()
        seen = _Counter(self.tell, _expected_rows(connection) if changes.kinds else 0)
        if changes.kinds:
            # The sign keeps SQLite from walking the index and looking up every row by itself.
            kind = resource.kind.concat("") if connection.dialect.name == "sqlite" else resource.kind
            extraction.add(connection, query.where(kind.in_(sorted(changes.kinds))), seen)
        for code, district in sorted(changes.partitions):
            areas = [one for one in self.tree.areas if self.tree.district(one) == district]
            where = (resource.kind == code, resource.area_id.in_(areas))
            extraction.add(connection, query.where(*where), seen)


class _Counter:
    """Turns rows seen into progress."""

    def __init__(self, tell: Progress, expected: int) -> None:
        self._tell = tell
        self._expected = expected
        self._rows = 0

    def __call__(self, rows: int) -> None:
        self._rows += rows
        share = min(0.95, self._rows / self._expected) if self._expected else 0.5
        self._tell(share, f"更新指标快照：已读 {self._rows} 行")


def _expected_rows(connection: Connection) -> int:
    return int(connection.execute(select(func.max(tables.resource.c.id))).scalar_one() or 0)


def _since(column: ColumnElement[int], manifest: Manifest) -> ColumnElement[bool]:
    newer = column > manifest.change_set
    return or_(newer, column.in_(manifest.unseen)) if manifest.unseen else newer


def _newest_change_set(connection: Connection) -> tuple[int, str, list[int]]:
    """Return the newest change set, its request, and the numbers before it that are not there (yet)."""
    sets = tables.change_set.c
    query = select(sets.id, sets.request).order_by(sets.id.desc()).limit(_LATE_COMMITS)
    rows: Iterable[tuple[int, str]] = [(row.id, row.request) for row in connection.execute(query)]
    found = dict(rows)
    if not found:
        return 0, "", []
    newest = max(found)
    return newest, found[newest], [one for one in range(min(found), newest) if one not in found]
