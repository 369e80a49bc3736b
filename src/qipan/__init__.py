"""Qipan (棋盘): runs a city's action plan for new-type information infrastructure."""

from pathlib import Path

from qipan.compiling import keep_compiled_code

__version__ = "0.1.0"

keep_compiled_code(Path(__file__).parent)
