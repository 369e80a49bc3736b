"""Hard-wrapped lines become paragraphs again.

A line goes on in the next one when it is full: when the next line's first word would not have fitted behind it. What
fits is measured on the document itself: its right edge, its font, the indent of first lines. Where the source marks a
paragraph's end with a trailing space and keeps to it, that mark decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from qipan.engines.reading.document import Block
from qipan.engines.reading.formats._lines import Line

HEADING = re.compile(
    r"\s*(?:第[零〇一二三四五六七八九十百\d]{1,5}[编章节条]|附件\s{0,4}\d{0,3}[:：]?\s{0,4}$|专栏\s*\d+"
    r"|[一二三四五六七八九十]{1,4}、|[(（][一二三四五六七八九十]{1,4}[)）]"
    r"|\d{1,3}[.．、](?![\d.])|\d{1,2}(?:\.\d{1,2}){1,3}(?=[\s\u4e00-\u9fff])(?!\s*[万亿个%])|[(（]\d{1,3}[)）]|[①-⑳])"
)
"""The number that opens a heading or an item."""

_ADDRESSEES = re.compile(r"\s*各[^。]{3,40}[:：]\s*$")
"""The line that opens the body of an official letter, below its title."""

_FEWEST = 5
"""Lines from which a page's edges are believed."""

_TERMINAL = tuple("。！？；：!?;:.…")
_CLOSERS = "”’」』）)】》〕］]\"'"
_WORD = re.compile(r"[“‘「『（(《〈【〔\[]*(?:[!-~]+|.)[，。、；：！？”’）)》】…]*", re.S)
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…]")
_SLACK_BLOCK, _SLACK_ENDED, _SLACK_INSIDE = 0.5, 0.9, 3.0
"""Room behind a line, in font sizes beyond the next word, from which the line counts as ended: where paragraphs have no
indent and only this tells them apart; after a full stop, where hanging punctuation leaves up to one character free; and
inside a sentence, where an indent or the next number will tell better, and where widths that are only counted in
characters miss the thin spaces around Latin words."""


def join_lines(lines: Sequence[Line], *, placed: bool = True) -> list[Block]:
    """Return the paragraphs of lines in reading order; each has the page on which it begins.

    `placed` is False where left edges may be lost, as in a text whose lines were stripped.
    """
    if not lines:
        return []
    measure = _Measure.of(lines, placed=placed)
    if placed:
        lines = _aligned(lines, measure)
        measure = _Measure.of(lines, placed=placed)
    blocks: list[list[Line]] = [[lines[0]]]
    for index, (line, following) in enumerate(pairwise(lines)):
        after = lines[index + 2] if index + 2 < len(lines) else None
        if measure.continues(blocks[-1], line, following, after):
            blocks[-1].append(following)
        else:
            blocks.append([following])
    return [Block(_joined(block), block[0].page) for block in blocks]


def _joined(block: Iterable[Line]) -> str:
    pieces: list[str] = []
    for text in (line.text.strip() for line in block):
        pieces += (_seam(pieces[-1], text), text) if pieces else (text,)
    return "".join(pieces)


def glue(text: str, more: str) -> str:
    """Put two halves of a broken line together, with a space only between Latin words."""
    return text + _seam(text, more) + more


def _seam(before: str, behind: str) -> str:
    ends = before[-1:] + behind[:1]
    return " " if len(ends) == 2 and ends.isascii() and ends.isalpha() else ""


def is_terminal(text: str) -> bool:
    """Tell whether a text ends as a sentence does, closing brackets and quotation marks apart."""
    return text.rstrip().rstrip(_CLOSERS).endswith(_TERMINAL)


def text_width(text: str) -> float:
    """Width of a text in font sizes: 1 for a Chinese character, a half for others."""
    return sum(1.0 if _CJK.match(character) else 0.5 for character in text)


@dataclass(frozen=True, slots=True)
class _Measure:
    """What the document's own lines tell about its layout."""

    left: float
    right: float
    size: float
    pitch: float
    block_style: bool
    """Paragraphs begin without an indent, as the places of the lines show."""
    indents_lost: bool
    """The same in a text whose lines were stripped; its first lines are then shorter by two characters."""
    edged: bool
    """Enough lines end at the right edge for it to be one, and not just the longest line of a few."""
    marked: bool
    """Trailing spaces mark paragraph ends."""

    @classmethod
    def of(cls, lines: Sequence[Line], *, placed: bool) -> _Measure:
        step = max(line.size for line in lines) / 40 or 1.0
        size = _mode(((line.size, len(line.text)) for line in lines), step) or 1.0
        body = [line for line in lines if abs(line.size - size) < 0.15 * size and not line.row] or list(lines)
        left = _mode(((line.left, len(line.text)) for line in body), size / 4)
        right = _full_right(body)
        indented = sum(1.4 * size < line.left - left < 2.7 * size for line in body)
        bare = indented < 0.02 * len(body)
        edged = sum(right - line.right < 1.2 * size for line in body) >= 3
        steps = (b.top - a.top for a, b in pairwise(body) if a.page == b.page and b.top > a.top)
        pitch = _mode(((step, 1) for step in steps), size / 8) or 1.5 * size
        return cls(
            left, right, size, pitch, placed and bare, bare and not placed, edged, _marks_ends(body, right, size)
        )

    def continues(self, block: list[Line], line: Line, following: Line, after: Line | None) -> bool:
        """Tell whether `following` goes on with the paragraph that `line` is the latest line of."""
        if line.row or following.row or abs(line.size - following.size) > 0.12 * max(line.size, following.size):
            return False
        if line.page == following.page and following.top - line.top > 1.6 * max(self.pitch, 1.2 * line.size):
            return False
        if self._centred(line) or self._centred(following):
            return self._title_goes_on(block, line, following)
        if self.marked:
            return not line.ended
        if self._indented(following):
            return False
        ended = is_terminal(line.text)
        if ended and not self.edged:
            return False
        slack = _SLACK_BLOCK if self.block_style else _SLACK_ENDED if ended else _SLACK_INSIDE
        if self._room(block, line) > self._first_word(following) + slack * line.size:
            return self._wrapped_title(line, following) and self._title_goes_on(block, line, following)
        return not self._new_after_full(line, following, after)

    def _room(self, block: list[Line], line: Line) -> float:
        lost = self.indents_lost and len(block) == 1
        return self.right - line.right - (2 * self.size if lost else 0)

    def _first_word(self, line: Line) -> float:
        word = _WORD.match(line.text.strip())
        return text_width(word.group()) * line.size if word else 0.0

    def _indented(self, line: Line) -> bool:
        return line.left - self.left > 1.4 * self.size

    def _centred(self, line: Line) -> bool:
        before, behind = line.left - self.left, self.right - line.right
        return before > 2.7 * self.size and abs(before - behind) < 1.5 * self.size

    def _new_after_full(self, line: Line, following: Line, after: Line | None) -> bool:
        """A full line may still be the last of its paragraph."""
        closed = line.text.rstrip().endswith((*_TERMINAL, *_CLOSERS))
        if HEADING.match(following.text) and (closed or HEADING.match(line.text)):
            return True
        if _ADDRESSEES.match(following.text):
            return True
        if not (self.indents_lost and is_terminal(line.text)) or after is None:
            return False
        free = self.right - following.right
        runs_on = not is_terminal(following.text) and not HEADING.match(after.text)
        return runs_on and 1.5 * self.size <= free <= 3 * self.size and free > self._first_word(after)

    def _wrapped_title(self, line: Line, following: Line) -> bool:
        """Titles are set in larger type, which a plain text does not show: the next line is no longer than this one."""
        wide = line.right - line.left > 0.55 * (self.right - self.left)
        return wide and following.right <= line.right + self.size and self.indents_lost

    def _title_goes_on(self, block: list[Line], line: Line, following: Line) -> bool:
        open_marks = sum(part.text.count("《") - part.text.count("》") for part in block[-4:])
        if open_marks > 0:
            return True
        if self._centred(line) and not self._centred(following):
            return False
        return not (
            is_terminal(line.text)
            or is_terminal(following.text)
            or HEADING.match(line.text)
            or HEADING.match(following.text)
            or following.text.lstrip().startswith(("（", "(", "〔"))
        )


def _aligned(lines: Sequence[Line], measure: _Measure) -> list[Line]:
    """Undo what mirrored margins and sheets askew in a scanner do: pages whose both edges stand off by the same."""
    aligned: list[Line] = []
    for _, page in groupby(lines, key=lambda line: line.page):
        here = list(page)
        left = min(line.left for line in here) - measure.left
        right = max(line.right for line in here) - measure.right
        alike = abs(left) > 0.8 * measure.size and abs(left - right) < 0.4 * measure.size
        shifted = alike and len(here) >= _FEWEST
        aligned += (replace(line, left=line.left - left, right=line.right - left) if shifted else line for line in here)
    return aligned


def _mode(weighted: Iterable[tuple[float, int]], step: float) -> float:
    """The commonest value, counted in bins of `step`; 0 for none."""
    counts: Counter[int] = Counter()
    for value, weight in weighted:
        counts[round(value / step)] += weight
    return counts.most_common(1)[0][0] * step if counts else 0.0


def _full_right(body: Sequence[Line]) -> float:
    """Right edge of full lines: the furthest place at which a fair share of all lines ends."""
    ends = sorted((line.right for line in body), reverse=True)
    rank = min(len(ends) - 1, len(ends) // 20)
    return ends[rank]


def _marks_ends(body: Sequence[Line], right: float, size: float) -> bool:
    """Whether trailing spaces mark paragraph ends: nearly all short lines carry one, and few full lines do."""
    short = [line.ended for line in body if right - line.right > 4 * size]
    full = [line.ended for line in body if right - line.right <= 2.5 * size]
    return len(short) > 4 and len(full) > 4 and sum(short) > 0.9 * len(short) and sum(full) < 0.2 * len(full)
