"""What can go wrong with a coverage computation and a user can put right.

QipanError
├── NothingToCompute    no cell of the register can be computed; the text names the reasons
├── NotFound
│   └── StudyMissing    a scenario has no coverage result yet, or its files are gone
└── BadAntennaFile      an antenna file that will not do; the text names file, line or angle
"""

from __future__ import annotations

from qipan.core.errors import NotFound
from qipan.errors import QipanError


class NothingToCompute(QipanError):
    """Not one cell can be computed; the text names why."""


class StudyMissing(NotFound):
    """There is no coverage result to open."""


class BadAntennaFile(QipanError):
    """An antenna file will not do; nothing was kept of it."""
