"""Claim: a checked import of base stations from CSV into SQLite, indexes present, runs at 50,000 rows a second or more.

Measured from the bytes of the file to the commit: decoding, matching columns, checking every value, finding each
point's area among eleven polygons, codes, history, search pairs. The peer does the same per row as web frameworks do:
``csv``, one check per value by ``read_value``, ORM-style ``add_all`` of SQLAlchemy, into the same table; it leaves out
areas, search pairs and duplicate checks, which favours it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks._claim import arguments, report
from benchmarks._stations import csv_of_stations, orm_import, our_import, ready_register

_BAR = 50_000


def main() -> None:
    """Run the claim and print its line."""
    options = arguments(__doc__ or "")
    rows, peer_rows = (100_000, 4_000) if options.quick else (500_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        content, peer_content = csv_of_stations(rows), csv_of_stations(peer_rows)
        our_import(ready_register(Path(folder) / "warm.db"), csv_of_stations(2_000), "base_station.csv")
        database = ready_register(Path(folder) / "ours.db")
        ours = our_import(database, content, "base_station.csv")
        peer = orm_import(ready_register(Path(folder) / "peer.db"), peer_content)
    print(
        f"{rows:,} rows, {len(content) / 1e6:.0f} MB of CSV; read {ours.read:.2f} s, check {ours.check:.2f} s, ", end=""
    )
    print(f"apply {ours.apply:.2f} s; peer {peer_rows:,} rows in {peer:.2f} s")
    rate, peer_rate = rows / ours.total, peer_rows / peer
    report(
        "import_csv",
        rate,
        "rows/s",
        peer="csv + per-value checks + SQLAlchemy ORM add_all",
        ratio=rate / peer_rate,
        bar=f">= {_BAR:,} rows/s",
        holds=rate >= _BAR,
    )


if __name__ == "__main__":
    main()
