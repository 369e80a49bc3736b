"""Antennas: measured patterns from files, the 3GPP element, M.2101 arrays, beam envelopes and tilt.

An antenna is anything with ``gain(azimuth, elevation)`` in dBi, degrees from its boresight to the right and above its
horizon.
"""

from __future__ import annotations

from .analytic import Array, BeamEnvelope, Element, Isotropic, ssb_beams
from .files import read_antenna
from .mounting import Antenna, Mounted, gain_table
from .msi import read_msi, write_msi
from .nsma import read_nsma, write_nsma
from .pattern import Pattern

__all__ = [
    "Antenna",
    "Array",
    "BeamEnvelope",
    "Element",
    "Isotropic",
    "Mounted",
    "Pattern",
    "gain_table",
    "read_antenna",
    "read_msi",
    "read_nsma",
    "ssb_beams",
    "write_msi",
    "write_nsma",
]
