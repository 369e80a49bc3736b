from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.errors import ImportRejected, JobCancelled
from qipan.core.exchange import import_folder
from qipan.core.jobs import Progress

from .sample import UNITS, areas_file, as_csv, everything, stations


def make_folder(folder, rows):
    areas_file(folder)
    (folder / "units.csv").write_bytes(as_csv(UNITS))
    (folder / "base_station-001.csv").write_bytes(as_csv(stations(rows)))
    (folder / "sketch.txt").write_bytes(b"not for the register")
    files = [
        {"file": "areas.gpkg", "content": "areas", "kind": None, "rows": 3},
        {"file": "units.csv", "content": "units", "kind": None, "rows": 4},
        {"file": "base_station-001.csv", "content": "resources", "kind": "base_station", "rows": rows},
        {"file": "sketch.txt", "content": "sketch", "kind": None, "rows": 1},
    ]
    (folder / "city.json").write_text(json.dumps({"files": files}), encoding="utf-8")


def test_a_folder_is_imported_in_its_order(database, tmp_path):
    make_folder(tmp_path, 50)
    stages = []
    results = import_folder(database, tmp_path, system, Progress(lambda fraction, stage: stages.append(fraction)))
    assert {name: one.created for name, one in results.items()} == {
        "areas.gpkg": 3,
        "units.csv": 4,
        "base_station-001.csv": 50,
    }
    assert stages == sorted(stages)
    assert stages[-1] == pytest.approx(1.0)


def test_a_cancelled_import_keeps_what_is_whole_only(database, tmp_path):
    make_folder(tmp_path, 50)
    progress = Progress()
    progress.listener = lambda fraction, stage: progress.stop.set() if "写入" in stage else None
    with pytest.raises(JobCancelled):
        import_folder(database, tmp_path, system, progress)
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.resource)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(tables.area)).scalar_one() == 3


@pytest.mark.parametrize("missing", ["city.json", "units.csv"])
def test_a_missing_file_is_named_before_anything_is_written(database, tmp_path, missing):
    make_folder(tmp_path, 5)
    (tmp_path / missing).unlink()
    before = everything(database)
    with pytest.raises(ImportRejected, match=missing):
        import_folder(database, tmp_path, system)
    assert everything(database) == before
