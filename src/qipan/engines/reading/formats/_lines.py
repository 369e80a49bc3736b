"""Lines on pages: the common ground of PDF, OFD, recognised scans and hard-wrapped text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

_SPACE_GAP, _WIDE_SPACE_GAP = 0.2, 0.6
"""Gap between two pieces of one line, in font sizes, from which they are parted by a space: between two Latin words,
and elsewhere, where less is only the thin space that typesetters put beside Latin words."""
_CELL_GAP = 1.8
"""Gap from which the pieces are cells of a table row and not words of a sentence."""
_MARGIN = 0.15
"""Share of the page's height at head and foot where page numbers and running heads stand."""
_LONGEST_NUMBER = 24
_NUMBER = (
    re.compile(r"[-—–－―─·•\s]*第?\s*\d{1,4}\s*页?[-—–－―─·•\s]*"),
    re.compile(r"第?\s*\d{1,4}\s*页?\s*[/／,，|共]+\s*\d{1,4}\s*页?"),
    re.compile(r"一\s*\d{1,4}\s*一"),  # dashes as recognition reads them
    re.compile(r"[-—–－―─]\s*[ivxlcIVXLC]{1,6}\s*[-—–－―─]"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text where it stands; lengths in any one unit, y downward."""

    text: str
    left: float
    right: float
    top: float
    size: float
    """Height of the font."""
    page: int
    ended: bool = False
    """The source put a space after the last character, as word processors do at a paragraph's end."""
    row: bool = False
    """The line is a row of cells."""


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page from top to bottom, and the page's height."""

    number: int
    height: float
    lines: tuple[Line, ...]


def merge_pieces(pieces: Iterable[Line]) -> list[Line]:
    """Put the pieces of one page that stand beside each other into lines, from top to bottom and left to right."""
    rows: list[list[Line]] = []
    middle = 0.0
    for piece in sorted(pieces, key=lambda piece: piece.top + piece.size / 2):
        centre = piece.top + piece.size / 2
        if rows and centre - middle < 0.5 * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
            middle = centre
    return [_merge_row(sorted(row, key=lambda piece: piece.left)) for row in rows]


def _merge_row(row: list[Line]) -> Line:
    first = row[0]
    text, right, cells = first.text, first.right, False
    for piece in row[1:]:
        gap = (piece.left - right) / max(piece.size, 1e-6)
        cells = cells or gap > _CELL_GAP
        latin = text[-1:].isascii() and piece.text[:1].isascii()
        text += (" " if gap > (_SPACE_GAP if latin else _WIDE_SPACE_GAP) else "") + piece.text
        right = max(right, piece.right)
    size = Counter(round(piece.size, 1) for piece in row for _ in piece.text).most_common(1)[0][0]
    return replace(first, text=text, right=right, size=size, ended=row[-1].ended, row=cells or first.row)


def is_page_number(text: str) -> bool:
    """Tell whether a whole line reads as a page number: 7, — 31 —, - 12 -, 第 3 页 共 10 页, 3/27."""
    return len(text) <= _LONGEST_NUMBER and any(pattern.fullmatch(text.strip()) for pattern in _NUMBER)


def drop_furniture(pages: list[Page]) -> list[Line]:
    """Return the lines of all pages in order, without page numbers and running heads.

    A running head is a text, digits apart, that stands first or last on at least two pages and on half of them all.
    """
    heads = Counter(text for page in pages for text in {_pattern(line) for line in _edges(page)})
    least = max(2, len(pages) / 2)
    running = {text for text, count in heads.items() if count >= least}
    kept: list[Line] = []
    for page in pages:
        edges = _edges(page)
        for line in page.lines:
            if line not in edges or not (is_page_number(line.text) or _pattern(line) in running):
                kept.append(line)
    return kept


def _edges(page: Page) -> tuple[Line, ...]:
    """The two outermost lines at head and foot, as far as they stand in the margins."""
    low, high = _MARGIN * page.height, (1 - _MARGIN) * page.height
    head = [line for line in page.lines[:2] if line.top < low]
    foot = [line for line in page.lines[-2:] if line.top > high]
    return tuple(head + foot)


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", "".join(line.text.split()))
