"""Importing a folder of files whose ``city.json`` says what each holds and in which order they go in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.database import Database
from qipan.core.errors import ImportRejected
from qipan.core.exchange.applying import ImportResult, apply
from qipan.core.exchange.checking import check
from qipan.core.exchange.reading import read_table
from qipan.core.exchange.registers import import_areas, import_units
from qipan.core.jobs import Progress

_ground = ("terrain", "land_cover", "streets")


def import_file(
    database: Database,
    source: Path | str | bytes,
    principal: Principal,
    *,
    name: str | None = None,
    kind: str | None = None,
    datum: str = "wgs84",
    encoding: str | None = None,
    mapping: Mapping[str, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    message: str = "",
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Read, check and apply one file in one go; ImportRejected with every bad row, and nothing written, if any is."""
    catalogue, progress = catalogue or load_catalogue(), progress or Progress()
    progress.report(0.0, "读取文件")
    table = read_table(
        source,
        name,
        kind=kind,
        datum=datum,
        encoding=encoding,
        mapping=mapping,
        constants=constants,
        catalogue=catalogue,
    )
    with database.connect() as connection:
        preview = check(connection, table, principal, catalogue=catalogue, progress=progress.part(0.2, 0.5))
    return apply(database, preview, principal, message=message, catalogue=catalogue, progress=progress.part(0.5, 1.0))


def import_folder(
    database: Database, folder: Path | str, principal: Principal, progress: Progress | None = None
) -> dict[str, ImportResult]:
    """Import the files of a folder in the order of its ``city.json`` and return what each changed, by file name.

    The manifest's ``files`` are objects with ``file``, ``content`` (``areas``, ``units``, ``resources``; ``terrain``,
    ``land_cover`` and ``streets`` go to the ground and are not in the result; anything else is passed over), ``kind``
    and ``rows``. Each file is one transaction; the first that will not do stops the rest. Raises ImportRejected where
    the manifest or a file is missing, and whatever the import of a file raises.
    """
    folder, progress = Path(folder), progress or Progress()
    entries = list(_entries(folder))
    total = sum(max(1, rows) for _, _, rows in entries) or 1
    results: dict[str, ImportResult] = {}
    done = 0
    for path, kind, rows in entries:
        share = progress.part(done / total, (done + max(1, rows)) / total)
        share.report(0.0, f"导入 {path.name}")
        if kind in _ground:
            # The ground's libraries take a second to load, which no other import needs.
            from qipan.core.ground import import_ground

            import_ground(database, kind, path, principal, share)
        else:
            results[path.name] = _import_entry(database, path, kind, principal, share)
        done += max(1, rows)
    return results


def _import_entry(database: Database, path: Path, kind: str, principal: Principal, progress: Progress) -> ImportResult:
    if kind == "areas":
        return import_areas(database, path, principal)
    if kind == "units":
        return import_units(database, path, principal)
    return import_file(database, path, principal, kind=kind, progress=progress)


def _entries(folder: Path) -> Iterator[tuple[Path, str, int]]:
    """Yield path, kind of resource (or ``areas`` or ``units``) and number of rows of each file to import."""
    manifest = folder / "city.json"
    try:
        content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        files = [(str(one["file"]), one["content"], one.get("kind"), int(one["rows"])) for one in content["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"无法读取清单 {manifest}（{error!r}）：文件夹应由 qipan city make 生成，或按其格式编写 city.json"
        raise ImportRejected(message) from error
    for name, part, kind, rows in files:
        if part not in ("areas", "units", "resources", *_ground):
            continue
        path = folder / name
        if not path.exists():
            message = f"清单 {manifest} 列出的文件 {name} 不在文件夹中：请补齐后重新导入"
            raise ImportRejected(message)
        yield path, str(kind) if part == "resources" else part, rows
