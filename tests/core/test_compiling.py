from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qipan.compiling import keep_compiled_code, state_of


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
    settings = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    settings["XDG_CACHE_HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", program], env=settings, check=True, capture_output=True, timeout=120)
    assert list((tmp_path / "qipan" / "compiled").glob("*/**/*.nbi"))
