"""Targets of 100 % in words: 全覆盖, 应接尽接, 全部完成."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qipan.engines.reading.compact import tidy
from qipan.engines.reading.document import Document
from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.model import Coverage, Role
from qipan.engines.reading.passages import Passage

__all__ = ["read_coverage"]

_ALL = re.compile(alternation(words("words", "coverage", "words")))
_CLAUSE = re.compile(r"[，。；：！？\n（）]")
_OPENING = re.compile(
    r"^(?:到|至|截至)?(?:(?:19|20)\d{2}年(?:底前?|末|年底)?)?[，、]?"
    r"(?:力争|争取|确保|基本|率先|全面|推动|推进|加快|逐步|努力|并|已|我市|全市|全省)*(?:实现|完成|达到)?"
)
_REACH = 80
_SILENT = frozenset({Role.GUIDANCE})


def read_coverage(document: Document, prepared: Sequence[Passage]) -> list[Coverage]:
    """Read the full-coverage clauses of all passages, with year and kind as for numbers."""
    return [
        found for passage in prepared if passage.section.role not in _SILENT for found in _passage(document, passage)
    ]


def _passage(document: Document, passage: Passage) -> list[Coverage]:
    out: list[Coverage] = []
    for match in _ALL.finditer(passage.text):
        breaks = [b.end() for b in _CLAUSE.finditer(passage.text, max(0, match.start() - _REACH), match.start())]
        left = breaks[-1] if breaks else max(0, match.start() - _REACH)
        opening = _OPENING.match(passage.text[left : match.start()])
        begin = left + (opening.end() if opening else 0)
        kind = passage.kind_at(match.start(), left)
        name = re.sub(r"(?:的|等)+$|实现", "", passage.text[begin : match.start()])
        if kind is None or len(name) < 2:
            continue
        start, end = passage.words.span(begin, match.end())
        out.append(
            Coverage(
                quote=document.text[start:end],
                start=start,
                end=end,
                page=passage.section.page_of(start),
                name=tidy(name),
                year=passage.year_at(match.start(), left)[0],
                kind=kind,
                section=passage.section.path,
                confidence=0.8,
            )
        )
    return out
