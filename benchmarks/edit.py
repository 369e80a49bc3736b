"""A single edit of a resource with its history row, in a register of a million, against the bare two statements.

python -m benchmarks.edit [--quick]
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from benchmarks._claim import arguments, report
from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import load_catalogue
from qipan.core.codes import make_codes
from qipan.core.database import Database, open_database
from qipan.core.history import open_change_set
from qipan.core.resources import change_resource

_edits = 500


def _fill(database: Database, resources: int) -> list[str]:
    codes: list[str] = make_codes("440304", "GNBS", np.arange(1, resources + 1)).tolist()
    attributes = json.dumps({"form": "macro", "band": "3.5G", "height": 25.0})
    with database.begin() as connection:
        connection.execute(insert(tables.area).values(id=1, code="440304", name="北区", level="district"))
        connection.execute(insert(tables.unit).values(id=1, name="移动公司", kind="operator"))
        change_set = open_change_set(connection, system, "import", rows=resources)
        statement = (
            "INSERT INTO resource (code, kind, name, owner_id, area_id, state, longitude, latitude, morton, "
            "attributes, version, created_in, changed_in) VALUES (?, 'GNBS', ?, 1, 1, 4, 114.05, 22.54, ?, ?, 1, ?, ?)"
        )
        rows = ((code, f"基站{place}", place, attributes, change_set, change_set) for place, code in enumerate(codes))
        connection.connection.driver_connection.executemany(statement, rows)
    return codes


def _ours(database: Database, codes: list[str]) -> list[float]:
    catalogue = load_catalogue()
    seconds = []
    for place, code in enumerate(codes):
        start = time.perf_counter()
        with database.begin() as connection:
            change_resource(connection, catalogue, system, code, {"height": 10.0 + place % 40}, 1)
        seconds.append(time.perf_counter() - start)
    return seconds


def _bare(path: Path, codes: list[str]) -> list[float]:
    """The same edit with nothing checked: one update, one history row, one commit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=NORMAL")
    seconds = []
    for place, code in enumerate(codes):
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        attributes = json.dumps({"height": 10.0 + place % 40})
        connection.execute(
            "UPDATE resource SET attributes = ?, version = version + 1 WHERE code = ?", (attributes, code)
        )
        connection.execute(
            "INSERT INTO change (change_set_id, record, record_id, before, after) VALUES (1, 'resource', ?, ?, ?)",
            (place, "{}", attributes),
        )
        connection.execute("COMMIT")
        seconds.append(time.perf_counter() - start)
    connection.close()
    return seconds


def main() -> None:
    """Run the claim."""
    quick = arguments(str(__doc__)).quick
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.db"
        database = open_database(path)
        codes = _fill(database, 100_000 if quick else 1_000_000)
        chosen = codes[:: len(codes) // (2 * _edits)]
        ours, bare = _ours(database, chosen[:_edits]), _bare(path, chosen[_edits : 2 * _edits])
        database.close()
    median, peer = statistics.median(ours) * 1000, statistics.median(bare) * 1000
    print(f"edit with history: median {median:.2f} ms, 95 % {np.percentile(ours, 95) * 1000:.2f} ms")
    print(f"two bare statements: median {peer:.2f} ms")
    report(
        "edit",
        median,
        "ms",
        peer="sqlite3, one update and one insert",
        ratio=median / peer,
        bar="< 2 ms",
        holds=median < 2,
    )


if __name__ == "__main__":
    main()
