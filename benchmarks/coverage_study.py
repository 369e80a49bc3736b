"""A coverage study of a whole city from the register: time and memory, from its cells to its shares.

Bar: at most 6 GiB of memory. A city five times as large is shown beside it, since blocks of the map bound the memory.
Each runs in a process of its own, because memory is told of a whole process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._claim import arguments, report

_bar = 6.0
_kinds = ("building", "venue", "district_statistics", "structure", "base_station", "cell")


def _city(folder: Path, scale: float) -> None:
    """Make a city and keep only what a coverage study reads."""
    from qipan.core.city import make_city

    make_city(folder, scale, 1)
    manifest = folder / "city.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["files"] = [one for one in content["files"] if one["kind"] in (None, *_kinds)]
    manifest.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _study(scale: float) -> dict[str, float]:
    """Compute the city of one scale and return seconds, GiB and cells."""
    import resource

    from qipan.core.access import system
    from qipan.core.catalogue import load_catalogue
    from qipan.core.database import open_database
    from qipan.core.exchange import import_folder
    from qipan.core.scenarios import create_scenario
    from qipan.core.settings import write_settings
    from qipan.domains.mobile.coverage import open_study, run_coverage

    with tempfile.TemporaryDirectory() as folder:
        _city(Path(folder) / "city", scale)
        database = open_database(Path(folder) / "qipan.db")
        import_folder(database, Path(folder) / "city", system)
        with database.begin() as connection:
            write_settings(connection, {"as_of": "2023-06-30"})
            fields = {"kind": "coverage", "subject": "mobile.coverage", "name": "benchmark", "parameters": {}}
            number = create_scenario(connection, system, **fields).id
        summary = run_coverage(database, load_catalogue(), system, number)
        rows, columns = open_study(database, number).grid.shape
        database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": summary["seconds"], "memory": memory, "cells": summary["cells"], "places": rows * columns}


def _apart(scale: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.coverage_study", "--scale", str(scale)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Measure a smaller and a larger city."""
    if "--scale" in sys.argv:
        print(json.dumps(_study(float(sys.argv[-1]))))
        return
    quick = arguments(__doc__ or "").quick
    small, large = (_apart(scale) for scale in ((0.002, 0.01) if quick else (0.02, 0.1)))
    for one in (small, large):
        print(
            f"{one['cells']:,.0f} cells on {one['places'] / 1e6:.2f} M map cells: "
            f"{one['seconds']:.1f} s, {one['memory']:.2f} GiB"
        )
    holds = large["memory"] <= _bar
    peer = f"the same at {small['cells']:,.0f} cells, {small['memory']:.2f} GiB"
    ratio = large["memory"] / small["memory"]
    report("coverage study, memory", large["memory"], "GiB", peer=peer, ratio=ratio, bar="<= 6 GiB", holds=holds)


if __name__ == "__main__":
    main()
