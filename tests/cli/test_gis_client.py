"""GDAL's own client of OGC API Features, as QGIS uses it, against a server in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyogrio
import pytest
from sqlalchemy import func, select

from qipan.core import tables
from qipan.core.access import principal_of, system
from qipan.core.accounts import create_account, create_token
from qipan.core.database import open_database

pytestmark = pytest.mark.skipif(
    "OAPIF" not in pyogrio.list_drivers(), reason="this build of GDAL has no client of OGC API Features"
)

_client = """
import json, sys
import pyogrio
address, layer, box = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]) and tuple(json.loads(sys.argv[3]))
names = [name for name, _ in pyogrio.list_layers(address)]
content = pyogrio.raw.read(address, layer=layer, bbox=box)
print(json.dumps({"layers": names, "fields": list(content[0]["fields"]), "rows": len(content[2])}))
"""


@dataclass(frozen=True)
class Served:
    address: str
    token: str
    database: Path


@pytest.fixture(scope="module")
def served(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    demo_database = shutil.copytree(demo_folder, tmp_path_factory.mktemp("gis") / "demo") / "qipan.db"
    database = open_database(demo_database, create=False)
    with database.begin() as connection:
        account = create_account(connection, system, "gis", "city")
        token = create_token(connection, principal_of(connection, account), "QGIS", None)
    database.close()
    arguments = [sys.executable, "-m", "qipan", "serve", "--port", "0", "--database", str(demo_database)]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        yield Served(found[0], token, demo_database)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _ask(served: Served, layer: str, box: list[float] | None = None) -> dict[str, object]:
    settings = {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"gis:{served.token}", "GDAL_HTTP_TIMEOUT": "20"}
    arguments = [sys.executable, "-c", _client, f"OAPIF:{served.address}/ogc", layer, json.dumps(box)]
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=120, env=os.environ | settings, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _count(path: Path, code: str) -> int:
    database = open_database(path, create=False)
    with database.connect() as connection:
        rows = select(func.count()).select_from(tables.resource).where(tables.resource.c.kind == code)
        count = connection.execute(rows).scalar_one()
    database.close()
    return int(count)


def test_all_stations_are_paged_through(served: Served) -> None:
    found = _ask(served, "base_station")
    assert {"base_station", "duct_section", "venue"} <= set(found["layers"])
    assert {"code", "name", "band"} <= set(found["fields"])
    assert found["rows"] == _count(served.database, "GNBS") > 0


def test_a_box_takes_a_part(served: Served) -> None:
    whole = _ask(served, "duct_section")["rows"]
    database = open_database(served.database, create=False)
    with database.connect() as connection:
        place = select(tables.resource.c.longitude, tables.resource.c.latitude).where(tables.resource.c.kind == "GNBS")
        x, y = connection.execute(place.limit(1)).one()
    database.close()
    part = _ask(served, "duct_section", [x - 0.004, y - 0.004, x + 0.004, y + 0.004])["rows"]
    assert 0 < part < whole
