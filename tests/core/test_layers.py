"""Vector files on a disk that fills up: an error, never half a file that is called done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
import shapely

from qipan.core.layers import write_layer

_program = """
import resource, sys
from pathlib import Path
from tests.core.test_layers import points, write
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    write(Path(sys.argv[1]), points())
except OSError as error:
    print("refused", error.strerror, error.filename)
"""


def points() -> pa.Table:
    shapes = shapely.points([(114.0 + place / 1e5, 22.5) for place in range(4000)])
    return pa.table({"name": [f"点{place}" for place in range(4000)], "geometry": shapely.to_wkb(shapes)})


def write(path: Path, table: pa.Table) -> None:
    driver = {".gpkg": "GPKG", ".kml": "LIBKML"}[path.suffix]
    write_layer(table, path, layer="points", driver=driver, geometry_type="Point")


@pytest.mark.parametrize("ending", ["gpkg", "kml"])
def test_a_layer_is_written_whole(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"points.{ending}"
    write(path, points())
    assert pyogrio.read_info(path, force_feature_count=True)["features"] == 4000


@pytest.mark.parametrize("limit", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("ending", ["gpkg", "kml"])
def test_a_disk_that_fills_up_is_an_error(tmp_path: Path, ending: str, limit: float) -> None:
    whole = tmp_path / f"whole.{ending}"
    write(whole, points())
    path = tmp_path / f"half.{ending}"
    arguments = [sys.executable, "-c", _program, str(path), str(int(whole.stat().st_size * limit))]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert ended.stdout == f"refused No space left on device {path}\n", ended.stderr
