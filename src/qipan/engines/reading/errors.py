"""What can go wrong while reading a document.

QipanError
└── ReadingError            a document that cannot be read; the message names it and the remedy
    ├── FileUnreadable      no such file, a folder, or no right to open it
    ├── NotADocument        the bytes are of no kind that is read here
    ├── EmptyDocument       nothing to read in it
    ├── EncryptedDocument   a password stands before the words
    ├── ImageOnlyDocument   pages are pictures, and recognition is absent or was declined
    ├── DamagedDocument     half-written, or against its own format
    ├── DocumentTooLarge    beyond the limits that keep the reader safe
    └── ConverterMissing    an old format that needs LibreOffice
"""

from __future__ import annotations

from qipan.errors import QipanError

__all__ = [
    "ConverterMissing",
    "DamagedDocument",
    "DocumentTooLarge",
    "EmptyDocument",
    "EncryptedDocument",
    "FileUnreadable",
    "ImageOnlyDocument",
    "NotADocument",
    "ReadingError",
]


class ReadingError(QipanError):
    """A document that cannot be read."""


class FileUnreadable(ReadingError):
    """There is no such file, it is a folder, or it may not be opened."""


class NotADocument(ReadingError):
    """The bytes are of no kind that is read here, whatever the file is called."""


class EmptyDocument(ReadingError):
    """The file is whole but holds no words."""


class EncryptedDocument(ReadingError):
    """The file asks for a password."""


class ImageOnlyDocument(ReadingError):
    """Pages are pictures, and recognition is not installed or was declined."""


class DamagedDocument(ReadingError):
    """The file is cut short or breaks the rules of its own format."""


class DocumentTooLarge(ReadingError):
    """The file, or what it unpacks to, is beyond the limits that keep the reader safe."""


class ConverterMissing(ReadingError):
    """An old binary format that only LibreOffice turns into a readable one, and it is not installed."""
