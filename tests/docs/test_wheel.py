"""The wheel holds what runs without a checkout: catalogues, lexicon, the sample plan and, once built, the page."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.docs.markdown import root


def test_the_wheel_holds_everything_that_is_not_code(tmp_path: Path) -> None:
    environment = os.environ | {"QIPAN_SKIP_PAGE": "1"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    sources = root / "src"
    files = (path for path in (sources / "qipan").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    data = {str(path.relative_to(sources)) for path in files if path.suffix != ".py"}
    assert {"qipan/core/demo/plan.txt", "qipan/core/catalogue/common.toml", "qipan/py.typed"} <= data
    assert data - held == set()
