"""Faces: the command line. Every command does what the page does, with the same operations of the core."""

from __future__ import annotations

from qipan.cli.run import main, run

__all__ = ["main", "run"]
