"""What becomes of the register when the process that imports dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from qipan.core.access import system
from qipan.core.exchange import import_file

from .sample import as_csv, everything, prepare, stations

IMPORTER = """
import sys
from pathlib import Path
from qipan.core.access import system
from qipan.core.database import open_database
from qipan.core.exchange import import_file
from qipan.core.jobs import Progress

def tell(fraction, stage):
    print(f"{fraction:.3f} {stage}", flush=True)

import_file(open_database(sys.argv[1]), Path(sys.argv[2]), system, progress=Progress(tell))
"""


def test_killed_in_the_middle_of_writing_the_old_state_stands(database, tmp_path):
    prepare(database, tmp_path)
    import_file(database, as_csv(stations(10, 纬度=22.56)), system, name="base_station.csv")
    before = everything(database)
    path = tmp_path / "base_station.csv"
    path.write_bytes(as_csv(stations(20_000)))
    address = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", IMPORTER, address, str(path)]
    importer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert importer.stdout is not None
    seen = next((line for line in importer.stdout if "建立名称索引" in line), None)
    os.kill(importer.pid, signal.SIGKILL)
    importer.wait(timeout=30)
    importer.stdout.close()
    assert seen is not None
    assert everything(database) == before
    assert import_file(database, path, system).created == 20_000
