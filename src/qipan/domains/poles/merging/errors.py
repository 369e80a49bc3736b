"""What a person can put right about a merging plan.

QipanError
├── NothingToMerge       no street pole in service in the area; the text says what to import
└── NotFound
    └── MergingMissing   a scenario has no merging plan yet, or no street of that number
"""

from __future__ import annotations

from qipan.core.errors import NotFound
from qipan.errors import QipanError


class NothingToMerge(QipanError):
    """There is no street pole to look at."""


class MergingMissing(NotFound):
    """There is no merging plan, or not that street in it."""
