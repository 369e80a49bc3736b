"""What can go wrong with the ground and a user can put right.

QipanError
├── GroundMissing    no terrain has been imported yet
└── BadGround        a file of terrain, land cover or streets that will not do
"""

from __future__ import annotations

from qipan.errors import QipanError


class GroundMissing(QipanError):
    """Terrain, land cover or streets are asked for and were never imported; the text says how."""


class BadGround(QipanError):
    """A file of the ground will not do; the text names file, value and remedy, and what was there stays."""
