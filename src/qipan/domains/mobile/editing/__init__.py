"""Trying cells with other azimuths, tilts, power or places on a study, and writing to the register what is kept."""

from __future__ import annotations

from qipan.domains.mobile.editing.applying import apply_session, editable_cell, take_values
from qipan.domains.mobile.editing.errors import CellNotEditable, SessionGone, StudyOutdated
from qipan.domains.mobile.editing.session import Effect, Session, change_map, draw_change
from qipan.domains.mobile.editing.sessions import Sessions
from qipan.domains.mobile.editing.tried import EditedStudy

__all__ = [
    "CellNotEditable",
    "EditedStudy",
    "Effect",
    "Session",
    "SessionGone",
    "Sessions",
    "StudyOutdated",
    "apply_session",
    "change_map",
    "draw_change",
    "editable_cell",
    "take_values",
]
