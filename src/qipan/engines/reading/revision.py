"""Words found again in a newer version of a document: what a person corrected has moved, changed a little, or gone.

A correction remembers the words it was made on, their section and what stood around them. Here these are matched with
what a newer version says; what a correction does to what it finds is the register's affair.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qipan.engines.reading.compact import compact

__all__ = ["Anchor", "anchor_at", "locate", "match_anchors"]

_CONTEXT = 24
"""Characters of context remembered on either side."""
_LEAST = 0.62
"""Below this likeness, from 0 to 1, two places are not taken for the same."""
_SAME = 0.8
"""Anchors at least this alike speak of the same place and may share what they are matched with."""
_NUMBERING = re.compile(
    r"^(?:第?[（(]?[一二三四五六七八九十百\d]{1,4}(?:[）)、.．]|[章节条])+|[①-⑳])\s*(?=[\u4e00-\u9fff“])"
)
_PLACES = 200
"""Occurrences of a short quote that are compared."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a document by its words."""

    quote: str
    section: str
    name: str = ""
    """What a person calls it: the name of a target, the heading of a task."""
    before: str = ""
    after: str = ""
    """Up to 24 characters on either side of the quote, without white space."""


@dataclass(frozen=True, slots=True)
class _Features:
    words: frozenset[str]
    section: str
    before: frozenset[str]
    after: frozenset[str]


def anchor_at(text: str, start: int, end: int, section: str, name: str = "") -> Anchor:
    """Remember the words of a text from `start` to `end` (characters, half-open) with what stands around them."""
    before, after = _around(text, start, end)
    return Anchor(text[start:end], section, name, before, after)


def match_anchors(anchors: Sequence[Anchor], places: Sequence[Anchor]) -> dict[int, int]:
    """Match remembered words with the places of a newer version, the most alike first.

    Returns the index of a place for each index of an anchor that finds one. A place is given once, but for anchors so
    alike that they speak of the same words: several corrections of one item.
    """
    wanted, offered = [_features(anchor) for anchor in anchors], [_features(place) for place in places]
    scored = [
        (-likeness, index, place)
        for index, anchor in enumerate(wanted)
        for place, other in enumerate(offered)
        if (likeness := _likeness(anchor, other)) >= _LEAST
    ]
    matched: dict[int, int] = {}
    holders: dict[int, int] = {}
    for _, index, place in sorted(scored):
        holder = holders.setdefault(place, index)
        if index not in matched and (holder == index or _likeness(wanted[index], wanted[holder]) >= _SAME):
            matched[index] = place
    return matched


def locate(anchor: Anchor, text: str) -> tuple[int, int] | None:
    """Find a quote in a text, white space aside; among several places, the one whose surroundings are most alike."""
    words = "".join(anchor.quote.split())
    if not words:
        return None
    positions = [index for index, char in enumerate(text) if not char.isspace()]
    bare = "".join(text[index] for index in positions)
    before, after = _grams(anchor.before), _grams(anchor.after)
    places: list[tuple[float, int, int]] = []
    found = bare.find(words)
    while found >= 0 and len(places) < _PLACES:
        start, end = positions[found], positions[found + len(words) - 1] + 1
        around = _around(text, start, end)
        places.append((-_dice(before, _grams(around[0])) - _dice(after, _grams(around[1])), start, end))
        found = bare.find(words, found + 1)
    return min(places)[1:] if places else None


def _features(anchor: Anchor) -> _Features:
    words = _grams(_NUMBERING.sub("", anchor.quote)) | _grams(anchor.name)
    return _Features(words, anchor.section, _grams(anchor.before), _grams(anchor.after))


def _likeness(one: _Features, other: _Features) -> float:
    """Weigh words, section and context; 1 where all agree. Words that share less than half say no at once."""
    words = _dice(one.words, other.words)
    if words < 0.5:
        return 0.0
    context = _dice(one.before, other.before) + _dice(one.after, other.after)
    return 0.55 * words + 0.15 * (one.section == other.section) + 0.15 * context


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    if one == other:
        return 1.0
    return 2 * len(one & other) / (len(one) + len(other))


def _grams(text: str) -> frozenset[str]:
    """Give the pairs of neighbouring characters of a text, folded and without white space."""
    plain = compact(text).text
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1)) or frozenset({plain} - {""})


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    before = "".join(text[max(0, start - 2 * _CONTEXT) : start].split())
    after = "".join(text[end : end + 2 * _CONTEXT].split())
    return before[-_CONTEXT:], after[:_CONTEXT]
