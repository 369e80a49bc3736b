"""Errors of making a city.

QipanError
├── CityOutOfRange      no city of that scale or seed can be made
├── CityFolderTaken     the folder has something in it and may not be replaced
└── CityNotWritten      the files could not be written: no room, no right, no such place
"""

from __future__ import annotations

from qipan.errors import QipanError


class CityOutOfRange(QipanError):
    """No city of that scale or seed can be made; the text names the range."""


class CityFolderTaken(QipanError):
    """The folder has something in it; nothing was changed."""


class CityNotWritten(QipanError):
    """The files could not be written; nothing of them was kept."""
