"""Drive tests as files in the register's data folder: one folder each, written whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qipan.core.access import Principal
from qipan.core.database import Database
from qipan.core.errors import AccessDenied
from qipan.core.folders import data_folder
from qipan.core.scenarios import replace_folder
from qipan.domains.mobile.network.drive_tests.reading import read_file
from qipan.domains.mobile.network.errors import DriveTestMissing

_facts = "test.json"


@dataclass(frozen=True, slots=True)
class DriveTest:
    """One imported file: ``rows`` samples kept and ``refused`` rows, ``headings`` of the columns found.

    ``owner_id`` the operator whose network was measured, None for all; ``bounds`` west, south, east, north in degrees.
    """

    id: int
    name: str
    file: str
    datum: str
    owner_id: int | None
    rows: int
    refused: int
    headings: dict[str, str]
    bounds: tuple[float, float, float, float]
    imported_by: str
    account_id: int | None
    imported_at: str


def import_drive_test(
    database: Database,
    principal: Principal,
    content: bytes,
    file: str,
    *,
    name: str = "",
    datum: str = "wgs84",
    encoding: str | None = None,
    owner_id: int | None = None,
) -> DriveTest:
    """Read a file of samples and keep it; its refused rows are kept beside, with their reasons.

    An operator's own people import for their operator. Raises ImportRejected, AccessDenied, DatabaseError (disk).
    """
    if not principal.may_write:
        principal.require_write()
    if owner_id is None and len(principal.owner_ids) == 1:
        (owner_id,) = principal.owner_ids
    if not (principal.everything or owner_id is None or not principal.owner_ids or owner_id in principal.owner_ids):
        message = f"“{principal.name}”不能为其他运营商导入路测：请选择本单位"
        raise AccessDenied(message)
    read = read_file(content, file, datum, encoding)
    columns = {key: read.table[key].to_numpy() for key in ("longitude", "latitude")}
    number = _reserved(database)
    west, east = float(columns["longitude"].min()), float(columns["longitude"].max())
    south, north = float(columns["latitude"].min()), float(columns["latitude"].max())
    test = DriveTest(
        number, name or Path(file).stem, file, datum, owner_id, read.table.num_rows,
        len({one.row for one in read.refused}), read.headings, (west, south, east, north), principal.name,
        principal.account_id, datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    refused = pa.Table.from_pylist([asdict(one) for one in read.refused], schema=_refusal)
    with replace_folder(_folder(database, number)) as folder:
        pq.write_table(read.table, folder / "samples.parquet")
        pq.write_table(refused, folder / "refused.parquet")
        (folder / _facts).write_text(json.dumps(asdict(test), ensure_ascii=False), encoding="utf-8")
    return test


_refusal = pa.schema([("row", pa.int64()), ("field", pa.string()), ("value", pa.string()), ("reason", pa.string())])


def list_drive_tests(database: Database, principal: Principal) -> list[DriveTest]:
    """Return the drive tests that the principal may see, newest first."""
    return sorted((one for one in _all(database) if _sees(principal, one)), key=lambda one: one.id, reverse=True)


def read_drive_test(database: Database, principal: Principal, number: int) -> DriveTest:
    """Return one drive test; DriveTestMissing where there is none that the principal may see."""
    found = _read(_folder(database, number))
    if found is None or not _sees(principal, found):
        message = f"没有路测 {number}，或无权查看：请从路测列表中选择"
        raise DriveTestMissing(message)
    return found


def read_samples(database: Database, test: DriveTest) -> pa.Table:
    """Return the samples of a drive test as ``reading.Samples.table``."""
    return _parquet(_folder(database, test.id) / "samples.parquet")


def read_refused(database: Database, test: DriveTest, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the first refused rows of a drive test: row, field, value, reason."""
    rows: list[dict[str, Any]] = _parquet(_folder(database, test.id) / "refused.parquet").slice(0, limit).to_pylist()
    return rows


def delete_drive_test(database: Database, principal: Principal, number: int) -> None:
    """Delete a drive test; corrections that were fitted to it stay."""
    read_drive_test(database, principal, number)
    if not principal.may_write:
        principal.require_write()
    shutil.rmtree(_folder(database, number), ignore_errors=True)


def _all(database: Database) -> Iterator[DriveTest]:
    place = data_folder(database) / "drive_tests"
    for folder in place.iterdir() if place.is_dir() else ():
        if (found := _read(folder)) is not None:
            yield found


def _read(folder: Path) -> DriveTest | None:
    try:
        facts = json.loads((folder / _facts).read_text(encoding="utf-8"))
        return DriveTest(**facts | {"bounds": tuple(facts["bounds"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sees(principal: Principal, test: DriveTest) -> bool:
    own = test.account_id is not None and test.account_id == principal.account_id
    return principal.everything or own or test.owner_id in principal.owner_ids


def _folder(database: Database, number: int) -> Path:
    return data_folder(database) / "drive_tests" / str(number)


def _reserved(database: Database) -> int:
    """Return a number that no drive test has, its folder made so that nobody else takes it."""
    place = data_folder(database) / "drive_tests"
    place.mkdir(parents=True, exist_ok=True)
    number = max((int(one.name) for one in place.iterdir() if one.name.isdigit()), default=0) + 1
    while True:
        try:
            (place / str(number)).mkdir()
        except FileExistsError:
            number += 1
        else:
            return number


def _parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except OSError as error:
        message = f"路测文件 {path} 不在了：请重新导入"
        raise DriveTestMissing(message) from error
