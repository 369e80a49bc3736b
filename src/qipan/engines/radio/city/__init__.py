"""Whole cities: a radial sweep from every mast, servers of every map cell, and how far that is from the exact mode."""

from __future__ import annotations

from .agreement import Agreement
from .cells import Cells
from .ground import Ground
from .run import Coverage, Layer, Settings, coverage
from .spread import spread_coverage

__all__ = ["Agreement", "Cells", "Coverage", "Ground", "Layer", "Settings", "coverage", "spread_coverage"]
