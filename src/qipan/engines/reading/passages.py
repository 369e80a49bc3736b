"""The words under one heading, with the years they name: what the search of numbers works on."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from qipan.engines.reading.compact import Compact
from qipan.engines.reading.model import Kind, Role
from qipan.engines.reading.outline import Section
from qipan.engines.reading.preface import Preface
from qipan.engines.reading.years import YearMention, covering_year, find_years

__all__ = ["Passage", "passages"]

_CARRIES = frozenset({Role.GOAL, Role.STATUS, Role.OTHER, Role.GUIDANCE})
_SENTENCE_END = re.compile(r"[。！？\n]")
_REPORTED = re.compile(r"已|现有|建有|目前|当前|近年来|以来|截至|截止")
_REPORTED_BEFORE = re.compile(r"目前|当前|近年来|以来|截至|截止")
_PROMISED = re.compile(r"力争|争取|确保|努力实现|目标")
_PLAN_TITLE = re.compile(r"计划|方案|规划|要点|纲要|任务")
_DIRECTIVE = re.compile(r"关于(?:加快|推动|促进|推进|深化|大力|进一步|全面)[^，。]*(?:意见|通知|措施)")
_MADE = re.compile(r"打造|建成|新建|新增|建设|培育|创建|推动|引进|形成|遴选")
_FIGURE = re.compile(r"\d(?:%|[万亿]|个|家|项)")
_SENTENCE_REACH = 400
_REPORT_REACH = 30
_REGULATION = re.compile(r"(?:办法|条例|规定|规则|细则|导则|规范|标准|指引|指南|准则|制度|章程|预案)(?:（[^（）]*）)*$")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零〇\d]+条$")


@dataclass(frozen=True, slots=True)
class Passage:
    """The words under one heading; positions are those of `words.text`."""

    section: Section
    words: Compact
    years: tuple[YearMention, ...]
    lent: int | None
    """Year of the headings above, for what names none itself."""
    now: int | None
    """First year of the plan, else the document's own: what lies before has been."""
    regulation: bool = False
    """Rules state thresholds, not results; only a year ahead makes a number a target there."""
    strict: bool = False
    """A document that announces no goals: only what looks ahead in words is a target."""
    directs: bool = False
    """A notice or opinion that urges something on: what it orders to be made is a target even without goals."""
    ends: list[int] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The folded words."""
        return self.words.text

    def sentence_start(self, position: int) -> int:
        """Find where the sentence of a position begins."""
        if not self.sentences:
            self.sentences.extend([0, *(match.end() for match in _SENTENCE_END.finditer(self.text))])
        return self.sentences[bisect_right(self.sentences, position) - 1]

    def year_at(self, position: int, left: int) -> tuple[int | None, YearMention | None]:
        """Find the year of a number at `position`, its clause beginning at `left`: there, in its sentence, or lent."""
        if not self.ends:
            self.ends.extend(mention.end for mention in self.years)
        sentence = self.sentence_start(position)
        for mention in reversed(self.years[: bisect_right(self.ends, position)]):
            if mention.start < sentence and not self._carries(mention, position):
                break
            if mention.topic or (mention.attribute and mention.start >= left):
                return mention.year, mention
        return self.lent, None

    def _carries(self, mention: YearMention, position: int) -> bool:
        """Say whether a year goes on to later sentences: everywhere in goals, within a paragraph in tasks."""
        if self.section.heading is None:
            return False
        if self.section.role in _CARRIES:
            return True
        announced = self.text[max(0, mention.start - 2) : mention.start].endswith("到")
        return announced and position - mention.end < _SENTENCE_REACH and "\n" not in self.text[mention.end : position]

    def _ordered(self, position: int) -> bool:
        """Say whether the clause of a number orders something to be made, in a document that gives orders."""
        start = max(self.text.rfind(char, max(0, position - 60), position) for char in "，。；：\n")
        return self.directs and bool(_MADE.search(self.text, start + 1, position))

    def kind_at(self, position: int, left: int) -> Kind | None:
        """Tell what will be from what has been; None where a number is neither."""
        year, mention = self.year_at(position, left)
        ahead = mention is not None and self.now is not None and mention.year >= self.now
        if self.regulation and self.section.role is not Role.GOAL:
            return Kind.TARGET if ahead else None
        if mention is not None and self.now is not None:
            if mention.year < self.now or (mention.past and mention.year <= self.now):
                return Kind.BASELINE
        elif mention is not None and mention.past:
            return Kind.BASELINE
        later = ahead and self.now is not None and (year or 0) > self.now
        promised = bool(_PROMISED.search(self.text, left, position))
        start = max(left - _REPORT_REACH, self.sentence_start(left))
        reported = _REPORTED.search(self.text, left, position) or _REPORTED_BEFORE.search(self.text, start, left)
        if reported and not later and not promised:
            return Kind.BASELINE
        if self.section.role is Role.STATUS:
            # What the world will look like is an outlook, not a goal of the plan.
            return None if later else Kind.BASELINE
        if self.section.heading is None:
            return Kind.TARGET if ahead else None
        if self.strict and year is None and not promised and not self._ordered(position):
            return None
        return Kind.TARGET


def passages(sections: Sequence[Section], preface: Preface) -> list[Passage]:
    """Prepare every section's words; a year in a heading or at the head of a goal is lent to what stands below."""
    regulation = bool(_REGULATION.search(preface.title)) or any(
        section.heading and _ARTICLE.match(section.heading.number) for section in sections
    )
    now = preface.period[0] if preface.period else preface.year
    strict = (
        preface.period is None
        and not any(_names_goals(section, now) for section in sections)
        and not _PLAN_TITLE.search(preface.title)
    )
    directs = bool(_DIRECTIVE.search(preface.title))
    found: list[Passage] = []
    lent: list[int | None] = []
    for section in sections:
        words = section.whole()
        years = tuple(find_years(words.text, preface.year, preface.period))
        titled = covering_year(_in_title(section, words, years), preface.period)
        own = covering_year(years, preface.period) if section.role in (Role.GOAL, Role.STATUS) else None
        above = lent[section.parent] if section.parent is not None else None
        # What an item says at its end does not turn back on it; what a chapter's head says covers its items.
        lent.append(_first(titled, own, above))
        found.append(Passage(section, words, years, _first(titled, above, own), now, regulation, strict, directs))
    return found


def _names_goals(section: Section, now: int | None) -> bool:
    """Say whether a section of goals looks ahead to a year or states shares or sums."""
    if section.role is not Role.GOAL:
        return False
    text = section.whole().text
    ahead = any(now is None or year.year > now for year in find_years(text, now, None))
    return ahead or bool(_FIGURE.search(text))


def _in_title(section: Section, words: Compact, years: Sequence[YearMention]) -> list[YearMention]:
    return [year for year in years if words.offsets[year.end - 1] < section.title_end]


def _first(*years: int | None) -> int | None:
    return next((year for year in years if year is not None), None)
