"""Whole cities: a radial sweep from every mast, servers of every map cell, and how far that is from the exact mode."""

from __future__ import annotations

from .agreement import Agreement
from .cells import Cells
from .excess import excess_loss
from .footprints import Footprints, footprints
from .ground import Ground
from .incremental import LiveCoverage
from .incremental_update import Change, Heard, Update
from .path import PathProfile
from .run import Coverage, Layer, Settings, coverage
from .spread import spread_coverage

__all__ = [
    "Agreement",
    "Cells",
    "Change",
    "Coverage",
    "Footprints",
    "Ground",
    "Heard",
    "Layer",
    "LiveCoverage",
    "PathProfile",
    "Settings",
    "Update",
    "coverage",
    "excess_loss",
    "footprints",
    "spread_coverage",
]
