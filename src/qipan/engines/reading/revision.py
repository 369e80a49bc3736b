"""Corrections that a person made to a reading, carried over to the reading of a newer version of the document.

A correction remembers the words it was made on: the quote, its section and what stood around it. In a newer version the
words may have moved, changed a little, or gone; what cannot be found again is handed back, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from qipan.engines.reading.compact import compact
from qipan.engines.reading.document import Document
from qipan.engines.reading.links import link_targets
from qipan.engines.reading.model import Kind, Reading, Target, Task

__all__ = ["CarriedOver", "Correction", "CorrectionKind", "Subject", "carry_over", "remember"]

_CONTEXT = 24
"""Characters of context remembered on either side."""
_LEAST = 0.62
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_NUMBERING = re.compile(
    r"^(?:第?[（(]?[一二三四五六七八九十百\d]{1,4}(?:[）)、.．]|[章节条])+|[①-⑳])\s*(?=[\u4e00-\u9fff“])"
)
_PLACES = 200
"""Occurrences of a short quote that are compared."""


_Item = TypeVar("_Item", Target, Task)


class CorrectionKind(StrEnum):
    """What a person did: added what was not read, changed what was read wrongly, dismissed what is none."""

    ADDED = "added"
    CHANGED = "changed"
    DISMISSED = "dismissed"


class Subject(StrEnum):
    """What a correction is about."""

    TARGET = "target"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction and the words it was made on."""

    kind: CorrectionKind
    subject: Subject
    quote: str
    section: str
    before: str = ""
    after: str = ""
    """Up to 24 characters on either side of the quote, without white space."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Target` or `Task` and their right values."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """The new reading with all corrections that found their place, and those that did not."""

    reading: Reading
    applied: tuple[Correction, ...]
    unmatched: tuple[Correction, ...]


def remember(
    document: Document, kind: CorrectionKind, item: Target | Task, changes: Mapping[str, Any] | None = None
) -> Correction:
    """Make a correction of an item of a reading of `document`, with the words around it."""
    subject = Subject.TARGET if isinstance(item, Target) else Subject.TASK
    before, after = _around(document.text, item.start, item.end)
    return Correction(kind, subject, item.quote, item.section, before, after, dict(changes or {}))


def carry_over(
    old: Reading, corrections: Sequence[Correction], new: Reading, document: Document | None = None
) -> CarriedOver:
    """Apply corrections made on `old` to `new`.

    `document` is the newer version that `new` was read from; with it, context helps to tell like places apart and
    added items are found again even where the reader still misses them. A change of the value is not applied where the
    newer version states other figures: the correction then comes back as unmatched, for a person to look at.
    """
    targets: list[Target | None] = list(new.targets)
    tasks: list[Task | None] = list(new.tasks)
    added: list[Target | Task] = []
    applied: list[Correction] = []
    unmatched: list[Correction] = []
    pairs = _pairs(corrections, new, document)
    for index, correction in enumerate(corrections):
        items: list[Any] = targets if correction.subject is Subject.TARGET else tasks
        place = pairs.get(index)
        if place is not None and not _value_is_stale(correction, items[place]):
            dismissed = correction.kind is CorrectionKind.DISMISSED
            items[place] = None if dismissed else _changed(items[place], correction.changes)
        elif place is None and correction.kind is CorrectionKind.ADDED and (made := _made(correction, old, document)):
            added.append(made)
        elif place is None and correction.kind is CorrectionKind.DISMISSED and _is_gone(correction, new, document):
            applied.append(correction)
            continue
        else:
            unmatched.append(correction)
            continue
        applied.append(correction)
    reading = _rebuilt(new, targets, tasks, added)
    return CarriedOver(reading, tuple(applied), tuple(unmatched))


def _pairs(corrections: Sequence[Correction], new: Reading, document: Document | None) -> dict[int, int]:
    """Match corrections with items of the new reading, one to one, the most alike first."""
    scored = []
    for index, correction in enumerate(corrections):
        items: Sequence[Target | Task] = new.targets if correction.subject is Subject.TARGET else new.tasks
        least = 0.9 if correction.kind is CorrectionKind.ADDED else _LEAST
        for place, item in enumerate(items):
            likeness = _likeness(correction, item, document)
            if likeness >= least:
                scored.append((-likeness, index, place, correction.subject))
    pairs: dict[int, int] = {}
    taken: set[tuple[Subject, int]] = set()
    for _, index, place, subject in sorted(scored):
        if index not in pairs and (subject, place) not in taken:
            pairs[index] = place
            taken.add((subject, place))
    return pairs


def _likeness(correction: Correction, item: Target | Task, document: Document | None) -> float:
    """Weigh quote, section and context; 1 where all agree. Quotes that share less than half say no at once."""
    quote = _dice(_NUMBERING.sub("", correction.quote), _NUMBERING.sub("", item.quote))
    if quote < 0.5:
        return 0.0
    score, weight = 0.55 * quote + 0.15 * (correction.section == item.section), 0.7
    if document is not None and (correction.before or correction.after):
        before, after = _around(document.text, item.start, item.end)
        score += 0.15 * _dice(correction.before, before) + 0.15 * _dice(correction.after, after)
        weight = 1.0
    return score / weight


def _dice(one: str, other: str) -> float:
    one, other = _plain(one), _plain(other)
    if one == other:
        return 1.0
    first, second = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def _plain(text: str) -> str:
    return compact(text).text


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    before = "".join(text[max(0, start - 2 * _CONTEXT) : start].split())
    after = "".join(text[end : end + 2 * _CONTEXT].split())
    return before[-_CONTEXT:], after[:_CONTEXT]


def _value_is_stale(correction: Correction, item: Target | Task) -> bool:
    return "values" in correction.changes and _figures(correction.quote) != _figures(item.quote)


def _figures(text: str) -> list[str]:
    return _FIGURES.findall(_plain(text))


def _changed(item: _Item, changes: Mapping[str, Any]) -> _Item:
    known = {f.name for f in fields(item)} - {"quote", "start", "end", "page"}
    return replace(item, **{name: value for name, value in changes.items() if name in known}, confidence=1.0)


def _is_gone(correction: Correction, new: Reading, document: Document | None) -> bool:
    """Say whether what was dismissed is no longer read, although its words are still there or cannot be looked up."""
    items: Sequence[Target | Task] = new.targets if correction.subject is Subject.TARGET else new.tasks
    if any(_plain(item.quote) == _plain(correction.quote) for item in items):
        return False
    return document is not None and _locate(correction, document.text) is not None


def _made(correction: Correction, old: Reading, document: Document | None) -> Target | Task | None:
    """Make an added item anew where its words stand in the newer version."""
    if document is None:
        return None
    place = _locate(correction, document.text)
    if place is None:
        return None
    start, end = place
    page = next((p.page for p in reversed(document.paragraphs) if p.start <= start), None)
    quote = document.text[start:end]
    if correction.subject is Subject.TARGET:
        target = Target(quote, start, end, page, quote, (), "", ">=", None, Kind.TARGET, "", correction.section)
        return _changed(target, correction.changes)
    task = Task(correction.section, quote, (), (), (), None, quote, start, end, page, quote, start, end)
    return _changed(task, correction.changes)


def _locate(correction: Correction, text: str) -> tuple[int, int] | None:
    """Find the quote in a text, white space aside; among several places, the one whose surroundings are most alike."""
    words = "".join(correction.quote.split())
    if not words:
        return None
    positions = [index for index, char in enumerate(text) if not char.isspace()]
    bare = "".join(text[index] for index in positions)
    places: list[tuple[float, int, int]] = []
    found = bare.find(words)
    while found >= 0 and len(places) < _PLACES:
        start, end = positions[found], positions[found + len(words) - 1] + 1
        before, after = _around(text, start, end)
        places.append((-_dice(correction.before, before) - _dice(correction.after, after), start, end))
        found = bare.find(words, found + 1)
    return min(places)[1:] if places else None


def _rebuilt(
    new: Reading, targets: Sequence[Target | None], tasks: Sequence[Task | None], added: Sequence[Target | Task]
) -> Reading:
    """Put the reading together again: places of parts move with what was dismissed, links are drawn anew."""
    moved: dict[int, int] = {}
    for index, target in enumerate(targets):
        if target is not None:
            moved[index] = len(moved)
    kept = [
        replace(target, parent=moved.get(target.parent) if target.parent is not None else None)
        for target in targets
        if target is not None
    ]
    kept += [item for item in added if isinstance(item, Target)]
    kept_tasks = [task for task in tasks if task is not None] + [item for item in added if isinstance(item, Task)]
    return replace(new, targets=tuple(kept), tasks=tuple(kept_tasks), links=tuple(link_targets(kept, kept_tasks)))
