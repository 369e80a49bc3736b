"""Plain text: one paragraph a line, or lines broken at a fixed width that are put together again."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from qipan.engines.reading.document import Block
from qipan.engines.reading.formats._joining import HEADING, glue, is_terminal, join_lines, text_width
from qipan.engines.reading.formats._lines import Line, is_page_number
from qipan.engines.reading.formats._signature import unknown

_NARROWEST, _WIDEST = 18.0, 60.0
_DASHED = re.compile(r"[-—–－―─]\s*\d{1,4}\s*[-—–－―─]")


def decode(data: bytes, name: str) -> str:
    """Decode by byte order mark, else as strict UTF-8, else as GB18030; raise NotADocument where all fail."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            break
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    raise unknown(name)


def read(data: bytes, name: str) -> tuple[list[Block], int]:
    """Return the paragraphs and the number of pages, which form feeds part (0 without any)."""
    text = decode(data, name).replace("\r\n", "\n").replace("\r", "\n")
    pages = text.count("\f") + 1 if "\f" in text.strip() else 0
    lines = _lines(text)
    measure = _wrap_width(lines)
    kept, dropped = _without_page_numbers(lines)
    blocks = join_lines(kept, placed=False) if measure else _as_they_stand(kept, dropped)
    return [block if pages else block._replace(page=None) for block in blocks], pages


def _is_text(text: str) -> bool:
    strange = (count for character, count in Counter(text).items() if _is_strange(character))
    return "\0" not in text and sum(strange) <= 0.02 * len(text)


def _is_strange(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"} and character not in "\t\n\r\f\x0b\x1a"


def _lines(text: str) -> list[Line]:
    """Lines with words; lengths in Chinese characters, half of one for others."""
    lines: list[Line] = []
    for page, part in enumerate(text.split("\f"), start=1):
        for raw in part.split("\n"):
            bare = raw.strip("\ufeff\u200b")
            if words := bare.strip():
                left = text_width(bare[: len(bare) - len(bare.lstrip())])
                # Blank lines stand between all lines or none and so tell nothing: every line has the same top.
                ended = raw.endswith((" ", "\u3000"))
                lines.append(Line(words, left, left + text_width(words), 0.0, 1.0, page, ended))
    return lines


def _wrap_width(lines: list[Line]) -> float | None:
    """Width at which lines are broken, in characters; None where each line is a paragraph."""
    widths = sorted(line.right for line in lines)
    if len(widths) < 5:
        return None
    width = widths[min(len(widths) - 1, int(0.95 * len(widths)))]
    if not _NARROWEST <= width <= _WIDEST or widths[-1] > 1.15 * width + 4:
        return None
    full = sum(width - 3 <= right for right in widths)
    return width if full > 0.3 * len(widths) else None


def _without_page_numbers(lines: list[Line]) -> tuple[list[Line], set[int]]:
    """Drop page numbers; also return the positions in the kept list before which one stood.

    A bare number between two other short lines may be a cell of a table pasted as text, so it stays.
    """
    kept: list[Line] = []
    dropped: set[int] = set()
    for index, line in enumerate(lines):
        beside = [lines[other].text for other in (index - 1, index + 1) if 0 <= other < len(lines)]
        prose = any(len(text) > 12 for text in beside) and not any(text.isdigit() for text in beside)
        if _DASHED.fullmatch(line.text) or (is_page_number(line.text) and prose):
            dropped.add(len(kept))
        else:
            kept.append(line)
    return kept, dropped


def _breaks_off(text: str) -> bool:
    """Tell whether a paragraph stops inside a sentence; a heading has no full stop either, but no comma before."""
    return not is_terminal(text) and not (HEADING.match(text) and not re.search("[，。；：]", text))


def _as_they_stand(lines: list[Line], dropped: set[int]) -> list[Block]:
    """One paragraph a line, save that a sentence cut by a page number is made whole."""
    blocks: list[Block] = []
    for index, line in enumerate(lines):
        before = blocks[-1].text if blocks and index in dropped else ""
        if len(before) > 12 and _breaks_off(before) and not HEADING.match(line.text):
            blocks[-1] = blocks[-1]._replace(text=glue(before, line.text))
        else:
            blocks.append(Block(line.text, line.page))
    return blocks
