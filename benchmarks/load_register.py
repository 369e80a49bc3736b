"""Claim: ten million resources are loaded into SQLite through the import, every check made and every index kept.

Ten files of a million terminals each, read, checked (value by value, the area of each found from its coordinates),
coded and written one after another; nothing is switched off. The peer inserts ready-made rows with SQLAlchemy Core
into the same table, without reading, checking or coding them, in the same process.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from sqlalchemy import func, insert, select

from benchmarks._claim import arguments, report
from benchmarks._stations import our_import, ready_register
from qipan.core import tables
from qipan.core.access import system
from qipan.core.codes import make_codes
from qipan.core.history import open_change_set
from qipan.engines.tiling import encode_keys, tile_range

_OPERATORS = np.array(["中国移动", "中国电信", "中国联通"])


def main() -> None:
    """Run the claim and print its line."""
    options = arguments(__doc__ or "")
    files, rows = (2, 200_000) if options.quick else (10, 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.db"
        database = ready_register(path)
        seconds = 0.0
        for number in range(files):
            timing = our_import(database, terminals(rows, number), f"terminal-{number:03d}.csv")
            seconds += timing.total
            print(f"{(number + 1) * rows:,} rows: {rows / timing.total:,.0f} rows/s", flush=True)
        with database.connect() as connection:
            loaded = connection.execute(select(func.count()).select_from(tables.resource)).scalar_one()
        size, found = path.stat().st_size, _tile_time(database)
        peer_rate = _core_rate(Path(folder) / "peer.db", min(rows, 100_000))
        database.close()
    total, rate = files * rows, files * rows / seconds
    print(f"{seconds:.0f} s, {size / 1e9:.2f} GB; the points of a z16 tile are found in {found * 1000:.2f} ms")
    report(
        "load_register",
        rate,
        "rows/s",
        peer="SQLAlchemy Core insert of ready-made rows, unchecked",
        ratio=rate / peer_rate,
        bar=f"{total:,} resources loaded and indexed",
        holds=loaded == total and found < 0.05,
    )


def terminals(count: int, seed: int) -> bytes:
    """Return a CSV of ``count`` terminals clustered round 500 places of eleven districts."""
    random = np.random.default_rng(seed)
    spot = random.integers(0, 500, count)
    x = np.clip(random.uniform(113.82, 114.55, 500)[spot] + random.normal(0, 0.01, count), 113.801, 114.569)
    y = np.clip(random.uniform(22.42, 22.78, 500)[spot] + random.normal(0, 0.01, count), 22.401, 22.799)
    day = np.datetime64("2018-01-01") + random.integers(0, 2000, count)
    kinds = random.integers(0, len(_terminal_types()), count)
    table = pa.table(
        {
            "名称": np.char.add("终端", np.arange(count).astype("U8")),
            "权属单位": _OPERATORS[random.integers(0, 3, count)],
            "状态": np.full(count, "在用"),
            "启用日期": day.astype(str),
            "经度": x.round(6),
            "纬度": y.round(6),
            "终端类型": np.array(_terminal_types())[kinds],
            "已接入平台": np.where(random.random(count) < 0.7, "是", "否"),
        }
    )
    buffer = io.BytesIO()
    pacsv.write_csv(table, buffer)
    return buffer.getvalue()


def _terminal_types() -> list[str]:
    from qipan.core.catalogue import load_catalogue

    kind = load_catalogue().kinds["terminal"].attribute("type")
    return [choice.name.zh for choice in kind.choices] if kind else []


def _tile_time(database) -> float:
    """Return the seconds in which the points of a small tile are found through the index."""
    with database.connect() as connection:
        column = tables.resource.c
        key = connection.execute(select(column.morton).where(column.kind == "TERM").limit(1)).scalar_one()
        shift = 2 * (31 - 16)
        low = key >> shift << shift
        assert low % (1 << shift) == tile_range(16, 0, 0)[0]
        query = select(column.id).where(column.kind == "TERM", column.morton >= low, column.morton < low + (1 << shift))
        connection.execute(query).all()
        start = time.perf_counter()
        connection.execute(query).all()
        return time.perf_counter() - start


def _core_rate(path: Path, count: int) -> float:
    database = ready_register(path)
    random = np.random.default_rng(1)
    x, y = random.uniform(113.8, 114.5, count), random.uniform(22.4, 22.8, count)
    codes = make_codes("440305", "TERM", np.arange(count)).tolist()
    keys = encode_keys(x, y).tolist()
    with database.begin() as connection:
        change_set = open_change_set(connection, system, "import")
    attributes = json.loads('{"type": "smoke", "on_platform": true}')
    rows = [
        {
            "code": code, "kind": "TERM", "name": "终端", "owner_id": 1, "area_id": 1, "state": 4, "longitude": lon,
            "latitude": lat, "morton": key, "attributes": attributes, "version": 1, "created_in": change_set,
            "changed_in": change_set,
        }
        for code, lon, lat, key in zip(codes, x.tolist(), y.tolist(), keys, strict=True)
    ]  # fmt: skip
    start = time.perf_counter()
    with database.begin() as connection:
        connection.execute(insert(tables.resource), rows)
    seconds = time.perf_counter() - start
    database.close()
    return count / seconds


if __name__ == "__main__":
    main()
