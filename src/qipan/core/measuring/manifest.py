"""The list of a snapshot's files. A file that it does not name is not part of the snapshot, however it came there.

Writing the list, in one rename, is what makes a new snapshot: until then the old one stands whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 2
_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Partition:
    """One Parquet file: the resources of one kind in one district."""

    name: str
    rows: int
    size: int
    """Bytes, by which a torn file is known."""


@dataclass(slots=True)
class Manifest:
    """What a snapshot holds and up to which change of the register."""

    generation: int = 0
    change_set: int = 0
    """The newest change set whose changes are in the snapshot."""
    stamp: str = ""
    """The request of that change set, by which another register in the same place is told apart."""
    unseen: list[int] = field(default_factory=list)
    """Earlier change sets that were not committed when the snapshot was made."""
    districts: str = ""
    """Which district each area belonged to, as a digest."""
    signatures: dict[str, str] = field(default_factory=dict)
    """The columns of each kind."""
    partitions: dict[str, dict[str, Partition]] = field(default_factory=dict)
    """Files by the kind's code and the district's number."""
    outgoing: list[str] = field(default_factory=list)
    """Files of the generation before, kept while someone may still read them."""

    def files(self) -> Iterator[Partition]:
        """Yield every file of the snapshot."""
        for partitions in self.partitions.values():
            yield from partitions.values()


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder; None where there is none that this version wrote whole."""
    try:
        content: dict[str, Any] = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            return None
        manifest = Manifest(**content)
        manifest.partitions = {
            kind: {district: Partition(**one) for district, one in rows.items()}
            for kind, rows in content["partitions"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place of the one before, at once and for good, then drop the files that none names."""
    text = json.dumps({"format": FORMAT} | asdict(manifest))
    temporary = folder / f"{_NAME}.new"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _NAME)
    named = {one.name for one in manifest.files()} | set(manifest.outgoing)
    for path in [*folder.glob("*.parquet"), *folder.glob("*.parquet.new")]:
        if path.name not in named:
            path.unlink(missing_ok=True)


def is_whole(folder: Path, partition: Partition) -> bool:
    """Tell whether a file is there with the size it was written with."""
    try:
        return (folder / partition.name).stat().st_size == partition.size
    except OSError:
        return False
