"""Claim: every indicator over 10,000,000 resources x 11 districts x 4 years, and by operator, anew in under 2 s.

The register is an SQLite file filled straight away (the importer has its own benchmark); the snapshot is made from it,
then brought up after one edit. Peer: SQLite itself, with an index that covers the query, counting one indicator by
area, operator and year on its own copy of a part of the rows; both must give the same counts.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
from sqlalchemy import insert, select

from benchmarks._claim import arguments, report
from qipan.core import tables
from qipan.core.access import system
from qipan.core.catalogue import Attribute, Catalogue, Kind, load_catalogue
from qipan.core.codes import make_codes
from qipan.core.database import Database, open_database
from qipan.core.history import open_change_set
from qipan.core.measuring import Axes, Snapshot, measure, open_context, refresh

WHOLE, QUICK = 10_000_000, 200_000
SHARES = {
    "base_station": 0.006,
    "cell": 0.018,
    "structure": 0.003,
    "smart_pole": 0.006,
    "machine_room": 0.001,
    "olt": 0.002,
    "pon_port": 0.03,
    "distribution_box": 0.03,
    "manhole": 0.015,
    "duct_section": 0.015,
    "access_point": 0.02,
    "roadside_unit": 0.002,
    "edge_node": 0.0001,
    "data_centre": 0.00002,
    "venue": 0.001,
}
"""Share of the resources for each kind, as a large city has them; the rest are sensing terminals."""
DISTRICTS, OPERATORS = 11, 3
YEARS = tuple(date(year, 12, 31) for year in (2022, 2023, 2024, 2025))
_FIRST_DAY = date(2018, 1, 1)
_DAYS = 3_000
_BATCH = 100_000
_COLUMNS = (
    "code, kind, name, owner_id, area_id, state, in_service_on, retired_on, attributes, version, created_in, changed_in"
)


def main() -> None:
    """Run the benchmark."""
    resources = QUICK if arguments(__doc__ or "").quick else WHOLE
    folder = Path(tempfile.mkdtemp(prefix="qipan-measure-"))
    try:
        _run(folder, resources)
    finally:
        shutil.rmtree(folder)


def _run(folder: Path, resources: int) -> None:
    catalogue = load_catalogue()
    database = open_database(folder / "register.db")
    seconds = _timed(lambda: _fill(database, catalogue, resources))
    print(f"filled SQLite with {resources:,} resources in {seconds:.1f} s")
    seconds = _timed(lambda: refresh(database, catalogue))
    print(f"snapshot made from SQLite in {seconds:.1f} s ({resources / seconds:,.0f} rows/s)")
    _edit(database)
    seconds = _timed(lambda: refresh(database, catalogue))
    print(f"snapshot after the edit of one terminal in {seconds:.2f} s")
    seconds = _timed(lambda: refresh(database, catalogue))
    print(f"snapshot when nothing changed in {seconds * 1000:.1f} ms")
    snapshot = refresh(database, catalogue)
    size = sum(path.stat().st_size for path in snapshot.folder.glob("*.parquet"))
    print(f"snapshot of {size / 1e6:,.0f} MB in {len(list(snapshot.manifest.files()))} files")
    best = min(_recompute(database, catalogue, snapshot, shift) for shift in range(5))
    ratio = _against_sqlite(folder, catalogue, min(resources, 1_000_000))
    database.close()
    report(
        "measure",
        best,
        f"s for {len(catalogue.indicators)} indicators over {resources:,} resources",
        peer=f"SQLite with a covering index, one indicator over {min(resources, 1_000_000):,} resources",
        ratio=ratio,
        bar="every indicator, 10,000,000 resources x 11 districts x 4 years, in under 2 s",
        holds=best < 2.0,
    )


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _recompute(database: Database, catalogue: Catalogue, snapshot: Snapshot, shift: int) -> float:
    """Return the seconds for every indicator by area and operator, on other days each time, so that none is kept."""
    days = tuple(day - timedelta(days=shift) for day in YEARS)
    start = perf_counter()
    with database.connect() as connection:
        context = open_context(connection, catalogue, snapshot)
    owners = (None, *(one.id for one in context.tree.operators))
    found = measure(context, Axes(tuple(context.tree.areas), owners, days))
    seconds = perf_counter() - start
    known = sum(not np.isnan(one.values).all() for one in found.figures.values())
    print(f"recomputed in {seconds:.2f} s: {known} of {len(found.figures)} indicators have values")
    return seconds


def _fill(database: Database, catalogue: Catalogue, resources: int) -> None:
    with database.begin() as connection:
        values = {"request": "benchmark", "actor": "benchmark", "action": "import", "at": datetime.now(UTC)}
        connection.execute(insert(tables.change_set).values(**values, message="", rows=resources))
        connection.execute(insert(tables.area).values(id=1, code="440300", name="市", level="city"))
        districts = [
            {
                "id": place + 2,
                "code": f"4403{place + 3:02d}",
                "name": f"区 {place}",
                "level": "district",
                "parent_id": 1,
            }
            for place in range(DISTRICTS)
        ]
        connection.execute(insert(tables.area), districts)
        units = [{"id": place + 1, "name": f"运营商 {place}", "kind": "operator"} for place in range(OPERATORS)]
        connection.execute(insert(tables.unit), units)
    assert database.path is not None
    with sqlite3.connect(database.path) as connection:
        marks = ", ".join("?" * (_COLUMNS.count(",") + 1))
        for rows in _rows(catalogue, resources):
            connection.executemany(f"insert into resource ({_COLUMNS}) values ({marks})", rows)


def _rows(catalogue: Catalogue, resources: int) -> Iterator[list[tuple[object, ...]]]:
    numbers = {key: max(20, round(resources * share)) for key, share in SHARES.items()}
    numbers["terminal"] = resources - sum(numbers.values())
    random = np.random.default_rng(20260101)
    for key, number in numbers.items():
        for start in range(0, number, _BATCH):
            yield _some(catalogue.kinds[key], start, min(_BATCH, number - start), random)
    yield _statistics(catalogue)


def _some(kind: Kind, start: int, number: int, random: np.random.Generator) -> list[tuple[object, ...]]:
    codes = make_codes("440300", kind.code, np.arange(start, start + number))
    owners, areas = random.integers(1, OPERATORS + 1, number), random.integers(2, DISTRICTS + 2, number)
    begins = random.integers(0, _DAYS, number)
    ends = np.where(random.random(number) < 0.03, begins + random.integers(1, 1_000, number), -1)
    variants = [json.dumps(_attributes(kind, random)) for _ in range(64)]
    chosen = random.integers(0, len(variants), number)
    days = [(_FIRST_DAY + timedelta(days=place)).isoformat() for place in range(_DAYS + 1_000)]
    columns = zip(codes.tolist(), owners.tolist(), areas.tolist(), begins.tolist(), ends.tolist(), chosen, strict=True)
    rows: list[tuple[object, ...]] = []
    for code, owner, area, begin, end, variant in columns:
        state, until = (4, None) if end < 0 else (5, days[end])
        rows.append((code, kind.code, code, owner, area, state, days[begin], until, variants[variant], 1, 1, 1))
    return rows


def _attributes(kind: Kind, random: np.random.Generator) -> dict[str, object]:
    return {one.key: _value(one, random) for one in kind.attributes if one.type not in ("resource", "text")}


def _value(attribute: Attribute, random: np.random.Generator) -> object:
    if attribute.type == "choice":
        return attribute.choices[int(random.integers(0, len(attribute.choices)))].key
    if attribute.type == "boolean":
        return bool(random.random() < 0.7)
    low = attribute.minimum or 0
    value = low + random.random() * min((attribute.maximum or 100) - low, 100)
    return int(value) if attribute.type == "integer" else round(float(value), 2)


def _statistics(catalogue: Catalogue) -> list[tuple[object, ...]]:
    kind = catalogue.kinds["district_statistics"]
    figures = {one.key: 100_000 for one in kind.attributes}
    codes = make_codes("440300", kind.code, np.arange(DISTRICTS * 8)).tolist()
    rows: list[tuple[object, ...]] = []
    for place, code in enumerate(codes):
        year, area = divmod(place, DISTRICTS)
        attributes = json.dumps(figures | {"year": 2018 + year})
        rows.append((code, kind.code, code, 1, area + 2, 4, None, None, attributes, 1, 1, 1))
    return rows


def _edit(database: Database) -> None:
    with database.begin() as connection:
        change_set = open_change_set(connection, system, "update")
        resource = tables.resource.c
        some = select(resource.id).where(resource.kind == "TERM").limit(1).scalar_subquery()
        changed = {"changed_in": change_set, "retired_on": date(2025, 6, 1)}
        connection.execute(tables.resource.update().where(resource.id == some).values(**changed))


def _against_sqlite(folder: Path, catalogue: Catalogue, number: int) -> float:
    """Return how many times SQLite's time for one indicator is of ours, on the same rows, turn about."""
    database = open_database(folder / "peer.db")
    _fill(database, catalogue, number)
    snapshot = refresh(database, catalogue)
    with database.connect() as connection:
        context = open_context(connection, catalogue, snapshot)
    assert database.path is not None
    ours, theirs = [], []
    with sqlite3.connect(database.path) as peer:
        peer.execute("create index covering on resource (kind, area_id, owner_id, in_service_on, retired_on)")
        for shift in range(3):
            days = tuple(day - timedelta(days=100 + shift) for day in YEARS)
            start = perf_counter()
            axes = Axes(tuple(context.tree.areas)[1:], (1, 2, 3), days)
            figures = measure(context, axes, ["sensing.terminals"]).figures["sensing.terminals"].values
            ours.append(perf_counter() - start)
            start = perf_counter()
            counted = _count_in_sqlite(peer, days)
            theirs.append(perf_counter() - start)
            assert np.array_equal(figures, counted)
    database.close()
    print(f"one indicator over {number:,} resources: {min(ours):.3f} s, SQLite {min(theirs):.3f} s, equal counts")
    return min(theirs) / min(ours)


def _count_in_sqlite(peer: sqlite3.Connection, days: tuple[date, ...]) -> np.ndarray:
    in_service = "sum(in_service_on <= ? and (retired_on is null or retired_on > ?))"
    query = f"""select area_id, owner_id, {", ".join([in_service] * len(days))} from resource
        where kind = 'TERM' group by area_id, owner_id"""
    counted = np.zeros((DISTRICTS, OPERATORS, len(days)))
    for area, owner, *counts in peer.execute(query, [day.isoformat() for day in days for _ in range(2)]):
        counted[area - 2, owner - 1] = counts
    return counted


if __name__ == "__main__":
    main()
