"""What ``qipan --help`` imports: nothing that only a command needs."""

from __future__ import annotations

import subprocess
import sys

from tests.costs import compare

_heavy = (
    "numpy",
    "sqlalchemy",
    "pyarrow",
    "duckdb",
    "fastapi",
    "shapely",
    "numba",
    "lxml",
    "rasterio",
    "scipy",
    "pandas",
)
_program = """
import contextlib, io, sys
from qipan.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    assert run({arguments}) == 0
print(len(sys.modules), *sorted(sys.modules.keys() & set({heavy})))
"""


def _modules(*arguments: str) -> tuple[int, list[str]]:
    program = _program.format(arguments=list(arguments), heavy=_heavy)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    count, *heavy = ended.stdout.split()
    return int(count), heavy


def test_help_imports_nothing_heavy() -> None:
    found = {}
    for arguments in (("--help",), ("--version",), ("plan", "read", "--help")):
        count, heavy = _modules(*arguments)
        assert heavy == []
        found[f"qipan {' '.join(arguments)}"] = count
    # Versions of the libraries differ by some modules of their own.
    compare("modules imported", found, slack=0.1)
