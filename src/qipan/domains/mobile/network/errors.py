"""What can go wrong in planning a network on a study and a user can put right.

QipanError
├── NotFound
│   ├── NetworkMissing      nothing of the kind was computed on this study yet, or on an earlier result of it
│   └── DriveTestMissing    no such drive test or calibration, or none that one may see
└── NothingToPlan           no cell that one may change, no operators to share, no measurement that fits
"""

from __future__ import annotations

from qipan.core.errors import NotFound
from qipan.errors import QipanError


class NetworkMissing(NotFound):
    """Nothing of the kind was computed on this study yet."""


class DriveTestMissing(NotFound):
    """There is no such drive test or calibration, or none that this user may see."""


class NothingToPlan(QipanError):
    """What was asked for leaves nothing to compute; the text says what would."""
