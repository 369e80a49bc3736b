"""Every error of the scoring engine that a user can act on.

QipanError
└── ScoringError          a goal, path, series or threshold cannot be scored; the text names the value and the range
"""

from __future__ import annotations

from qipan.errors import QipanError


class ScoringError(QipanError):
    """A goal, path, series or threshold cannot be scored; the text names the value and the allowed range."""
