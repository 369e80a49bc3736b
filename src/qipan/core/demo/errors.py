"""Errors of making the demonstration.

QipanError
├── DemoElsewhere       the folder holds something else; nothing was changed
└── DemoNotWritten      the folder could not be written; nothing of it was kept
"""

from __future__ import annotations

from qipan.errors import QipanError


class DemoElsewhere(QipanError):
    """The folder holds another demonstration or something else; nothing was changed."""


class DemoNotWritten(QipanError):
    """The folder could not be written; nothing of it was kept."""
