"""What can go wrong with trying cells and a user can put right.

QipanError
├── NotFound
│   └── SessionGone      the session was given up, or made room for a newer one
├── Conflict
│   └── StudyOutdated    the register, or the ground, is no longer what the study was computed with
└── CellNotEditable      an indoor cell, values out of range, or cells too far from each other
"""

from __future__ import annotations

from qipan.core.errors import Conflict, NotFound
from qipan.errors import QipanError


class SessionGone(NotFound):
    """The edit session is no longer there; nothing was written."""


class StudyOutdated(Conflict):
    """The register or the ground has changed since the study was computed."""


class CellNotEditable(QipanError):
    """The cell, or what is asked of it, cannot be tried on this study."""
