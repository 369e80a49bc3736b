"""What a person can put right about a document.

QipanError
├── NothingToReport     the plan has no site to print
├── NoChineseFont       the machine has no font with Chinese characters; the text says what to install
└── SheetsNotDrawn      the map sheets could not be typeset; the text carries the typesetter's own words
"""

from __future__ import annotations

from qipan.errors import QipanError


class NothingToReport(QipanError):
    """There is no site to print."""


class NoChineseFont(QipanError):
    """No font of the machine has Chinese characters."""


class SheetsNotDrawn(QipanError):
    """The typesetter refused the map sheets."""
