"""A document as the reader sees it: logical paragraphs, each with its place in one text."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Block", "Document", "Paragraph", "assemble", "document_from_text"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One logical paragraph: what an author would call a paragraph, a heading or a table cell."""

    text: str
    """Without line breaks and without white space at either end; automatic numbering stands in front."""
    start: int
    """Offset of the first character in `Document.text`, in code points."""
    page: int | None
    """Page on which it begins, from 1; None where the format has no pages."""
    style_level: int | None = None
    """Outline level that the file itself gives (docx outline, html h1 to h6), from 1; else None."""
    table: tuple[int, int, int] | None = None
    """(table, row, column) of a table cell, each from 0; else None."""


@dataclass(frozen=True, slots=True)
class Document:
    """The words of a file in reading order; every position in it points back at its page."""

    text: str
    """The paragraphs' texts joined by a line feed."""
    paragraphs: tuple[Paragraph, ...]
    format: str
    """docx, doc, rtf, odt, pdf, scan (with recognised pages), ofd, html, mht, txt; text where there was no file."""
    sha256: str
    """Hexadecimal digest of the bytes read (of the UTF-8 text for a `text`)."""
    pages: int
    """Number of pages; 0 where the format has none."""


class Block(NamedTuple):
    """A paragraph before it has its place: what a format's reader hands over."""

    text: str
    page: int | None = None
    style_level: int | None = None
    table: tuple[int, int, int] | None = None


def assemble(blocks: Iterable[Block], *, format: str, sha256: str, pages: int = 0) -> Document:
    """Make a document of blocks in reading order; blocks without visible characters are dropped."""
    paragraphs: list[Paragraph] = []
    start = 0
    for block in blocks:
        text = clean(block.text)
        if not text:
            continue
        paragraphs.append(Paragraph(text, start, block.page, block.style_level, block.table))
        start += len(text) + 1
    joined = "\n".join(paragraph.text for paragraph in paragraphs)
    return Document(joined, tuple(paragraphs), format, sha256, pages)


def document_from_text(text: str) -> Document:
    """Read a text in which each line already is a paragraph; only blank lines are dropped, nothing is re-joined."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return assemble((Block(line) for line in text.splitlines()), format="text", sha256=digest)


_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
# Zero-width marks, byte order marks and other controls carry no word but break every comparison with one.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]"
)
_RADICALS = {
    code: folded
    for code in range(0x2E80, 0x2FD6)
    if len(folded := unicodedata.normalize("NFKC", chr(code))) == 1 and folded != chr(code)
}


def clean(text: str) -> str:
    """Return one line of text: breaks and tabs become a space, invisible characters go, radicals become characters.

    Fonts that map a glyph to its Kangxi radical (U+2F00 to U+2FD5) make PDF readers give 行 as U+2F8F; the two look
    alike and compare unequal, so the radical is folded. Nothing else is: width and variants stay as written.
    """
    text = _INVISIBLE.sub("", _BREAKS.sub(" ", text)).replace("\xa0", " ")
    return text.translate(_RADICALS).strip()
