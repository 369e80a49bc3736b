"""Claim: a checked import of base stations from Excel into SQLite, indexes present, runs at 30,000 rows/s or more.

The same work as ``import_csv``, read from an xlsx file of twelve columns. The peer is ``import_csv``'s, which reads the
same rows from CSV: it is spared the workbook (openpyxl alone takes about nine times as long to read one as calamine).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks._claim import arguments, report
from benchmarks._stations import csv_of_stations, excel_of_stations, orm_import, our_import, ready_register

_BAR = 30_000


def main() -> None:
    """Run the claim and print its line."""
    options = arguments(__doc__ or "")
    rows, peer_rows = (60_000, 4_000) if options.quick else (300_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        content = excel_of_stations(rows)
        our_import(ready_register(Path(folder) / "warm.db"), excel_of_stations(2_000), "base_station.xlsx")
        ours = our_import(ready_register(Path(folder) / "ours.db"), content, "base_station.xlsx")
        peer = orm_import(ready_register(Path(folder) / "peer.db"), csv_of_stations(peer_rows))
    print(
        f"{rows:,} rows, {len(content) / 1e6:.0f} MB of xlsx; read {ours.read:.2f} s, check {ours.check:.2f} s, ",
        end="",
    )
    print(f"apply {ours.apply:.2f} s; peer {peer_rows:,} rows in {peer:.2f} s")
    rate, peer_rate = rows / ours.total, peer_rows / peer
    report(
        "import_excel",
        rate,
        "rows/s",
        peer="the same rows from CSV + per-value checks + SQLAlchemy ORM add_all",
        ratio=rate / peer_rate,
        bar=f">= {_BAR:,} rows/s",
        holds=rate >= _BAR,
    )


if __name__ == "__main__":
    main()
