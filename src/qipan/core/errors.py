"""Every error of the core that a user can act on.

QipanError
├── CatalogueError            a catalogue file contradicts itself (said to whoever edits the catalogue)
├── DatabaseError             the register cannot be opened or written: path, rights, full disk, newer schema
├── NotFound                  nothing with that code, or nothing that this user may see
├── AccessDenied              the user may see it but not do this to it
├── Conflict                  someone else changed the record since it was read
├── InUse                     other resources refer to what would be deleted
├── InvalidRecord             one or more fields of one record are wrong
├── ImportRejected            a file was not imported; carries every row's reasons
├── FormulaError              an indicator's formula does not parse or names what does not exist
├── JobCancelled              the user stopped a job; nothing of it was kept
└── SignInFailed              wrong name, password or token, or an account that is switched off
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qipan.errors import QipanError


class CatalogueError(QipanError):
    """A catalogue file contradicts itself; the text names file, table and key."""


class DatabaseError(QipanError):
    """The register cannot be opened or written; the text names the address and the remedy."""


class NotFound(QipanError):
    """Nothing with that identifier exists, or nothing that this user may see."""


class AccessDenied(QipanError):
    """The user may not do this; the text names the role and the right that is missing."""


class Conflict(QipanError):
    """The record was changed by someone else since it was read; nothing was written."""


class InUse(QipanError):
    """Other resources refer to what would be deleted; the text names some of them, nothing was deleted."""


class FormulaError(QipanError):
    """An indicator's formula does not parse or names what does not exist."""


class JobCancelled(QipanError):
    """The user stopped a job; nothing of it was kept."""


class SignInFailed(QipanError):
    """Wrong name, password or token, or an account that is switched off."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one value: where it stands, what it is, why it will not do and what would."""

    row: int | None
    """Row in the file as a spreadsheet counts, the header being row 1; None for a record that is not from a file."""
    field: str
    """Column heading or field key, as the user wrote it."""
    value: str
    """The offending value as text, at most 80 characters."""
    reason: str
    """Why it will not do and what is allowed."""

    def __str__(self) -> str:
        """Return the problem as one line."""
        place = "" if self.row is None else f"第 {self.row} 行，"
        return f"{place}“{self.field}”的值“{self.value}”：{self.reason}"


class InvalidRecord(QipanError):
    """One or more fields of one record are wrong; ``problems`` lists them."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("；".join(map(str, self.problems)))


class ImportRejected(QipanError):
    """A file was not imported and nothing was written; ``problems`` lists the reasons, ``total`` counts them."""

    def __init__(self, message: str, problems: Sequence[FieldProblem] = (), total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total
        super().__init__(message)
