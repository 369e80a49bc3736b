"""Running commands in this process, as a shell would see them end."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qipan.cli import run


@dataclass(frozen=True)
class Ending:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *words: str) -> None:
        """Check that the command said in one sentence what to put right, and nothing else."""
        assert self.code == 2, self.err
        assert self.out == ""
        assert "Traceback" not in self.err
        assert len(self.err.splitlines()) == 1, self.err
        for word in words:
            assert word in self.err


Command = Callable[..., Ending]


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ending]:
    """Run a command in an empty folder; ``stdin`` is what stands on its input stream."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("QIPAN_DATABASE", raising=False)

    def call(*arguments: object, stdin: str = "") -> Ending:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ending(code, written.out, written.err)

    return call


@pytest.fixture
def demo_database(demo_folder: Path, tmp_path: Path) -> Path:
    """A demonstration's register of one's own, in a folder as ``qipan demo`` makes it."""
    return shutil.copytree(demo_folder, tmp_path / "demo") / "qipan.db"
