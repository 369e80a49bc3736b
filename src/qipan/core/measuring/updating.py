"""Bringing a snapshot up to the register's newest change.

What changed is told by the change sets since the last one taken in, what was deleted by their history. Few changes are
merged into the old files of their districts; where there are many, where a kind's columns changed or a file is torn,
the whole kind is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.catalogue import Catalogue
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.columns import KindColumns, signatures
from qipan.core.measuring.extraction import Extraction, Progress, extraction_query
from qipan.core.measuring.manifest import Manifest, Partition, is_whole, write_manifest

_MANY = 300_000
"""Changed rows from which one pass over the whole table beats looking rows up."""
_LATE_COMMITS = 1_000
"""How many of the newest change sets are watched for being committed late."""


@dataclass(frozen=True, slots=True)
class _Changes:
    """What of the register is not in the snapshot yet."""

    whole_kinds: frozenset[str] = frozenset()
    """Kinds to be read again from end to end."""
    few: bool = False
    """Whether rows of other kinds changed."""
    gone: frozenset[int] = frozenset()
    """Rows whose old form must leave the files: changed, moved or deleted."""


@dataclass(frozen=True, slots=True)
class Update:
    """One bringing up to date of the snapshot in a folder."""

    catalogue: Catalogue
    columns: Mapping[str, KindColumns]
    tree: Tree
    folder: Path
    tell: Progress

    def bring_up(self, connection: Connection, manifest: Manifest) -> Manifest:
        """Return the manifest of a snapshot that holds every change of the register, written where anything changed."""
        if not self._is_of(connection, manifest):
            manifest = Manifest(generation=manifest.generation, outgoing=manifest.outgoing)
        # Read first: what is committed from here on is taken in now and looked at once more next time.
        newest, stamp, unseen = _newest_change_set(connection)
        is_new = (newest, unseen) != (manifest.change_set, manifest.unseen)
        changes = self._changes(connection, manifest, is_new=is_new)
        updated = manifest
        if changes.whole_kinds or changes.few:
            updated = self._rewritten(connection, manifest, changes)
        elif not is_new:
            return manifest
        updated = replace(updated, change_set=newest, stamp=stamp, unseen=unseen)
        updated = replace(updated, districts=self.tree.districts_digest(), signatures=signatures(self.columns))
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
        whole = {code for code, one in self.columns.items() if manifest.signatures.get(code) != one.signature}
        whole |= {code for code in self.columns if self._is_torn(manifest.partitions.get(code, {}))}
        if not is_new or whole == set(self.columns):
            return _Changes(frozenset(whole))
        counts = self._changed_counts(connection, manifest)
        if sum(counts.values()) >= _MANY:
            whole |= counts.keys()
            return _Changes(frozenset(whole), few=True, gone=self._with_history(connection, manifest))
        resource = tables.resource.c
        changed = connection.execute(select(resource.id).where(_since(resource.changed_in, manifest))).scalars()
        gone = self._with_history(connection, manifest) | set(changed)
        return _Changes(frozenset(whole), few=bool(gone), gone=gone)

    def _is_torn(self, partitions: Mapping[str, Partition]) -> bool:
        return not all(is_whole(self.folder, one) for one in partitions.values())

    def _changed_counts(self, connection: Connection, manifest: Manifest) -> dict[str, int]:
        """Return how many resources of each kind that formulas read changed since the manifest."""
        resource = tables.resource.c
        # As a new text the kind cannot be had from an index in order, which would read the whole table for few changes.
        kind = resource.kind.concat("")
        query = select(kind, func.count()).where(_since(resource.changed_in, manifest)).group_by(kind)
        return {code: count for code, count in connection.execute(query) if code in self.columns}

    def _with_history(self, connection: Connection, manifest: Manifest) -> frozenset[int]:
        """Return the resources that the history since the manifest names, the deleted ones among them."""
        change = tables.change.c
        query = select(change.record_id).where(_since(change.change_set_id, manifest), change.record == "resource")
        return frozenset(connection.execute(query).scalars())

    def _rewritten(self, connection: Connection, manifest: Manifest, changes: _Changes) -> Manifest:
        """Write the files of what changed and return a manifest with them in place of the old."""
        generation = manifest.generation + 1
        extraction = Extraction(self.catalogue, self.columns, self.tree)
        old = {code: dict(manifest.partitions.get(code, {})) for code in self.columns}
        try:
            self._extract(connection, extraction, manifest, changes)
            extraction.forget(changes.gone)
            partitions = {
                code: extraction.write(self.folder, code, generation)
                if code in changes.whole_kinds
                else old[code] | extraction.merge(self.folder, code, old[code], generation)
                for code in self.columns
            }
        finally:
            extraction.close()
        partitions = {code: {key: one for key, one in rows.items() if one.rows} for code, rows in partitions.items()}
        kept = {one.name for rows in partitions.values() for one in rows.values()}
        outgoing = sorted({one.name for one in manifest.files()} - kept)
        return replace(manifest, generation=generation, partitions=partitions, outgoing=outgoing)

    def _extract(self, connection: Connection, extraction: Extraction, manifest: Manifest, changes: _Changes) -> None:
        resource, query = tables.resource.c, extraction_query()
        seen = _Counter(self.tell, _expected_rows(connection) if changes.whole_kinds else len(changes.gone))
        # As a new text the kind cannot be looked up in an index, which would fetch every row of a large kind by itself.
        kind = resource.kind.concat("")
        if changes.whole_kinds:
            extraction.add(connection, query.where(kind.in_(sorted(changes.whole_kinds))), seen)
        others = sorted(set(self.columns) - changes.whole_kinds)
        if changes.few and others:
            extraction.add(connection, query.where(kind.in_(others), _since(resource.changed_in, manifest)), seen)


class _Counter:
    """Turns rows seen into progress."""

    def __init__(self, tell: Progress, expected: int) -> None:
        self._tell = tell
        self._expected = max(1, expected)
        self._rows = 0

    def __call__(self, rows: int) -> None:
        self._rows += rows
        self._tell(min(0.95, self._rows / self._expected), f"更新指标快照：已读 {self._rows} 行")


def _expected_rows(connection: Connection) -> int:
    return int(connection.execute(select(func.max(tables.resource.c.id))).scalar_one() or 0)


def _since(column: ColumnElement[int], manifest: Manifest) -> ColumnElement[bool]:
    newer = column > manifest.change_set
    return or_(newer, column.in_(manifest.unseen)) if manifest.unseen else newer


def _newest_change_set(connection: Connection) -> tuple[int, str, list[int]]:
    """Return the newest change set, its request, and the numbers before it that are not there (yet)."""
    sets = tables.change_set.c
    rows = connection.execute(select(sets.id, sets.request).order_by(sets.id.desc()).limit(_LATE_COMMITS))
    found = {row.id: row.request for row in rows}
    if not found:
        return 0, "", []
    newest = max(found)
    return newest, found[newest], [one for one in range(min(found), newest) if one not in found]
