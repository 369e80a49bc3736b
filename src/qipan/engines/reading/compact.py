"""Text without the accidents of typesetting, each character knowing where it stood.

Grammar rules are written for 5G基站达到1.5万个; documents write ５Ｇ 基站达到 1.5 万个. A compact text folds width
and drops white space, and keeps the offset of every character, so that a finding is quoted exactly as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

__all__ = ["Compact", "compact", "join", "tidy"]


def _folding() -> dict[int, str]:
    """Fold full-width letters and figures to narrow, and narrow punctuation to the Chinese form; one for one."""
    table = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF10, 0xFF5B)}
    table = {code: char for code, char in table.items() if char.isalnum()}
    narrow, wide = "():;?!［］[]〔〕", "（）：；？！【】【】【】"
    other = {"％": "%", "．": ".", "＋": "+", "／": "/", "﹥": ">", "＞": ">", "﹤": "<", "＜": "<"}
    pairs = dict(zip(narrow, wide, strict=True)) | other
    pairs |= dict.fromkeys("－—–−‐", "-") | dict.fromkeys("～∼〜", "~")
    return table | {ord(key): value for key, value in pairs.items()}


_FOLD = _folding()
_LOOSE = re.compile(r"[\s,]")


@dataclass(frozen=True, slots=True)
class Compact:
    """A folded text without white space, and for each of its characters the offset in the document."""

    text: str
    offsets: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the document's half-open span of a non-empty span of this text."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def cut(self, start: int, end: int) -> Compact:
        """Give the part between two positions."""
        return Compact(self.text[start:end], self.offsets[start:end])


def compact(text: str, start: int = 0) -> Compact:
    """Fold and condense a text that begins at offset `start`; a space stays only between two Latin words or figures."""
    folded = text.translate(_FOLD)
    if not _LOOSE.search(folded):
        return Compact(folded, range(start, start + len(folded)))
    chars: list[str] = []
    offsets: list[int] = []
    gap = False
    for index, char in enumerate(folded):
        if char.isspace():
            gap = True
            continue
        if gap and chars and _latin(chars[-1]) and _latin(char):
            chars.append(" ")
            offsets.append(start + index - 1)
        gap = False
        if char == "," and not _thousands(folded, index):
            char = "，"
        chars.append(char)
        offsets.append(start + index)
    return Compact("".join(chars), offsets)


def join(parts: Sequence[Compact], apart: Collection[int] = ()) -> Compact:
    """Put texts one after another, a line feed between two where the first ends a sentence.

    `apart` holds the places of parts that stand alone (a heading that fills its line, a line of units).
    """
    text: list[str] = []
    offsets: list[int] = []
    for place, part in enumerate(parts):
        if not part.text:
            continue
        if text:
            alone = place in apart or place - 1 in apart
            if alone or text[-1][-1] in "。；：！？）】”" or part.text[0] in "-·●■◆（【":
                text.append("\n")
                offsets.append(offsets[-1])
        text.append(part.text)
        offsets.extend(part.offsets)
    return Compact("".join(text), offsets)


def tidy(text: str) -> str:
    """Drop white space as names and titles are written, except between two Latin words or figures."""
    words = text.split()
    out = words[0] if words else ""
    for word in words[1:]:
        out += (" " if _latin(out[-1]) and _latin(word[0]) else "") + word
    return out


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _thousands(text: str, index: int) -> bool:
    """Say whether a comma groups figures (3,300) and does not part two clauses (…5G,2025…)."""
    before, after = text[max(0, index - 1) : index], text[index + 1 : index + 5]
    return before.isdigit() and after[:3].isdigit() and len(after) >= 3 and not after[3:4].isdigit()
