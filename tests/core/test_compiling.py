from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qipan.compiling import keep_compiled_code, state_of


def _with_own_cache(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    return kept | {"XDG_CACHE_HOME": str(folder), "HOME": str(folder)}


def test_a_changed_source_has_its_own_folder(tmp_path: Path):
    (tmp_path / "engines").mkdir()
    source = tmp_path / "engines" / "kernel.py"
    source.write_text("a = 1\n")
    before = state_of(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "kernel.py").write_text("not a source")
    assert state_of(tmp_path) == before
    source.write_text("a = 10\n")
    assert state_of(tmp_path) != before


def test_the_folder_of_the_user_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/own")
    keep_compiled_code(tmp_path)
    assert os.environ["NUMBA_CACHE_DIR"] == "/own"


def test_compiled_code_stands_in_the_cache_of_the_user(tmp_path: Path):
    program = "import numpy; from qipan.engines.tiling.kernels import zigzag; zigzag(numpy.int64(5))"
    settings = _with_own_cache(tmp_path)
    subprocess.run([sys.executable, "-c", program], env=settings, check=True, capture_output=True, timeout=120)
    assert list((tmp_path / "qipan" / "compiled").glob("*/**/*.nbi"))


def test_only_the_states_last_used_are_kept(tmp_path: Path):
    states = tmp_path / "qipan" / "compiled"
    for age in range(6):
        (states / f"state-{age}").mkdir(parents=True)
        (states / f"state-{age}" / "kernel.nbi").touch()
        os.utime(states / f"state-{age}", (1e9 - age, 1e9 - age))
    subprocess.run([sys.executable, "-c", "import qipan"], env=_with_own_cache(tmp_path), check=True, timeout=60)
    kept = {one.name for one in states.iterdir()}
    assert {"state-0", "state-1", "state-2"} < kept
    assert len(kept) == 4


def test_a_state_that_is_used_again_counts_as_new(tmp_path: Path):
    settings = _with_own_cache(tmp_path)
    subprocess.run([sys.executable, "-c", "import qipan"], env=settings, check=True, timeout=60)
    (own,) = (tmp_path / "qipan" / "compiled").iterdir()
    os.utime(own, (1.0, 1.0))
    subprocess.run([sys.executable, "-c", "import qipan"], env=settings, check=True, timeout=60)
    assert own.stat().st_mtime > 1.0


def test_processes_that_start_at_once_leave_each_other_alone(tmp_path: Path):
    program = """
import sys
from pathlib import Path
from qipan.compiling import keep_compiled_code
package = Path(sys.argv[1])
package.mkdir(parents=True)
(package / "one.py").write_text(sys.argv[1])
import os
for turn in range(30):
    os.environ.pop("NUMBA_CACHE_DIR", None)
    (package / f"more{turn}.py").touch()
    keep_compiled_code(package)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / name)], env=_with_own_cache(tmp_path))
        for name in ("a", "b", "c")
    ]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert 1 <= len(list((tmp_path / "qipan" / "compiled").iterdir())) <= 6


def test_a_cache_that_cannot_be_written_stops_nobody(tmp_path: Path):
    (tmp_path / "qipan").write_text("not a folder")
    subprocess.run([sys.executable, "-c", "import qipan"], env=_with_own_cache(tmp_path), check=True, timeout=60)
