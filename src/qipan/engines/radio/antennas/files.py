"""Reading an antenna file of either known format."""

from __future__ import annotations

from .msi import read_msi
from .nsma import read_nsma
from .pattern import Pattern


def read_antenna(text: str, name: str = "") -> Pattern:
    """Read an antenna file, NSMA when it has NSMA's ``:,`` fields and MSI Planet otherwise (BadAntenna)."""
    return read_nsma(text, name) if ":," in text[:2000] else read_msi(text, name)
