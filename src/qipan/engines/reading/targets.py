"""Targets, baselines and measures: every number of a plan that states what is reached, with its year and its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qipan.engines.reading.compact import Compact, tidy
from qipan.engines.reading.document import Document
from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.model import Basis, Kind, Level, Role, Target
from qipan.engines.reading.outline import Section
from qipan.engines.reading.phrases import Phrase, Setting, is_threshold, phrase_of, setting_of
from qipan.engines.reading.preface import Preface
from qipan.engines.reading.quantities import Quantity, find_quantities
from qipan.engines.reading.units import find_marks
from qipan.engines.reading.years import YearMention, covering_year, find_years

__all__ = ["Passage", "passages", "read_targets"]

_CARRIES = frozenset({Role.GOAL, Role.STATUS, Role.OTHER, Role.GUIDANCE})
_SENTENCE = re.compile(r"[。！？\n]")
_QUOTED = re.compile(r"《[^《》]{0,80}》|“[^“”]{0,24}”|‘[^‘’]{0,24}’")
_REGULATION = re.compile(r"(?:办法|条例|规定|规则|细则|导则|规范|标准|指引|指南|准则|制度|章程)(?:（[^（）]*）)*$")
_PAST = re.compile(alternation(words("words", "verbs", "past")))
_PAST_NEAR = re.compile(r"已|现有|建有|目前|当前|近年来|以来|截至|截止")
_SUBSIDY = re.compile(alternation(words("words", "subsidy", "words")))
_SUBSIDY_NOUN = re.compile(alternation(words("words", "subsidy", "nouns")))
_MONEY_NAME = re.compile(alternation(words("words", "names", "money")))
_GENERIC = words("words", "names", "generic")
_OPERATORS = words("words", "scopes", "operators")
_AREA_ENDINGS = tuple(words("words", "scopes", "area_endings"))
_AREA_LIKE = tuple(words("words", "scopes", "area_like"))


@dataclass(frozen=True, slots=True)
class Passage:
    """The words under one heading with the years they name and the year that is lent to them."""

    section: Section
    words: Compact
    years: tuple[YearMention, ...]
    lent: int | None
    """Year of the headings above, for what names none itself."""


def passages(sections: Sequence[Section], preface: Preface) -> list[Passage]:
    """Prepare every section's words for the search of numbers."""
    found: list[Passage] = []
    lent: dict[int, int | None] = {}
    for index, section in enumerate(sections):
        words_ = section.whole()
        years = tuple(find_years(words_.text, preface.year, preface.period))
        above = lent.get(section.parent) if section.parent is not None else None
        in_title = [year for year in years if section.heading and _in_title(section, words_, year)]
        source = list(years) if section.role in (Role.GOAL, Role.STATUS) else in_title
        own = covering_year(source, preface.period)
        lent[index] = own if own is not None else above
        found.append(Passage(section, words_, years, lent[index]))
    return found


def _in_title(section: Section, words_: Compact, year: YearMention) -> bool:
    return words_.offsets[year.end - 1] < section.title_end


def read_targets(document: Document, prepared: Sequence[Passage], preface: Preface) -> list[Target]:
    """Read the numbers of all passages; parts (其中) point at the target they break down by its index."""
    targets: list[Target] = []
    regulation = bool(_REGULATION.search(preface.title))
    for passage in prepared:
        reader = _Reader(document, passage, preface, regulation)
        targets.extend(replace(t, parent=None if t.parent is None else t.parent + len(targets)) for t in reader.read())
    return _scoped_by_heading(targets, prepared)


class _Reader:
    """Reads one passage from left to right; what was found before helps to name what follows."""

    def __init__(self, document: Document, passage: Passage, preface: Preface, regulation: bool) -> None:
        self.document = document
        self.passage = passage
        self.preface = preface
        self.regulation = regulation
        self.text = passage.words.text
        self.role = passage.section.role
        self.targets: list[Target] = []
        self.spans: list[tuple[int, int]] = []

    def read(self) -> list[Target]:
        closed = [(mark.start, mark.end) for mark in find_marks(self.text)]
        closed += [match.span() for match in _QUOTED.finditer(self.text)]
        closed.sort()
        quantities = [q for q in find_quantities(self.text) if not _inside(q, closed)]
        settings = self._settings(quantities)
        for index, setting in enumerate(settings):
            following = settings[index + 1] if index + 1 < len(settings) else None
            self._take(setting, following)
        return self.targets

    def _settings(self, quantities: Sequence[Quantity]) -> list[Setting]:
        settings: list[Setting] = []
        floor = 0
        for index, quantity in enumerate(quantities):
            setting = setting_of(self.text, quantity, floor)
            if is_threshold(self.text, setting, quantities[index:]):
                continue
            if not self._measures(setting):
                continue
            settings.append(setting)
            floor = quantity.end
        return settings

    def _measures(self, setting: Setting) -> bool:
        """Say whether a quantity states a result at all: idioms, ranks, horizons and the like do not."""
        quantity, relation = setting.quantity, setting.relation
        before = self.text[setting.left : relation.start]
        after = self.text[quantity.end : setting.right]
        if before.endswith(("第", "前", "从", "N", "+")) and quantity.kind == "count":
            return False
        if re.match(r"\+|N", after) or re.search(
            r"(?:围绕|聚焦|面向|针对|划分为|分为|按照|依据|涉及|设置|分成|分)$", before
        ):
            return False
        if quantity.kind == "time":
            return relation.stated and quantity.unit not in ("年", "月", "日", "个月", "周") and not after
        if quantity.kind in ("technical", "class"):
            return relation.stated and (not after or after[0] in "、和及与")
        if quantity.kind == "bare":
            return relation.stated and not after and (max(quantity.values) >= 1000 or quantity.chinese)
        if quantity.chinese and not self._meant(setting, before):
            return False
        if quantity.values[0] == 1 and "每" in before and quantity.kind == "count":
            return False
        return not self._describes(setting, before, after)

    def _meant(self, setting: Setting, before: str) -> bool:
        """Say whether a number in Chinese numerals is meant as one, and not as part of an idiom or a name."""
        quantity, relation = setting.quantity, setting.relation
        if quantity.kind == "times":
            return not self.text[quantity.end : setting.right] or quantity.bound != ""
        if relation.stated or quantity.bound in ("least", "most"):
            return True
        return (
            quantity.unit in ("家", "座", "条", "处", "所", "名", "位", "台", "套")
            and quantity.values[0] >= 2
            and bool(re.search(r"(?:建成|新建|新增|培育|引进|打造|建设|创建|引育|设立|成立)$", before))
        )

    def _describes(self, setting: Setting, before: str, after: str) -> bool:
        """Say whether a count describes the field or the choice made in it (包括4项中类, 从100个项目中)."""
        quantity = setting.quantity
        if quantity.kind != "count":
            return False
        if re.search(r"从[^，。]{0,12}$", before) and re.search(r"中", after):
            return True
        sentence = self._sentence_start(quantity.start)
        if self.role is Role.STATUS and re.search(r"包括|包含|涵盖|分为|划分", self.text[sentence : quantity.start]):
            return True
        if before.endswith("等") and not self._past(setting):
            return not re.search(_OBJECT_BEFORE_LIST, before)
        if setting.bracket is not None and setting.left == setting.bracket + 1 and not before and after:
            return True
        return bool(
            re.match(r"(?:领域|方面|环节|区域|行业|维度|层面|步骤|阶段|专题|章节|区(?![域块])|类别|片区|板块)", after)
        ) and not self._past(setting)

    def _sentence_start(self, position: int) -> int:
        start = max(
            (match.end() for match in _SENTENCE.finditer(self.text, max(0, position - 400), position)), default=None
        )  # type: ignore[type-var]
        return start if start is not None else max(0, position - 400)

    def _past(self, setting: Setting) -> bool:
        return self._kind(setting, *self._year(setting)) is Kind.BASELINE

    def _take(self, setting: Setting, following: Setting | None) -> None:
        """Turn one quantity into a target, if its section and wording allow."""
        text, quantity = self.text, setting.quantity
        limit = None
        if following is not None and following.left < setting.right and following.quantity.start < setting.right:
            limit = _own_words(text, following)
        phrase = phrase_of(text, setting, limit)
        year, mention = self._year(setting)
        kind = self._kind(setting, year, mention)
        if kind is None:
            return
        if kind is Kind.MEASURE:
            self._add(setting, self._subsidy(setting, phrase), None, kind, "", None, 0.8)
            return
        scope, parent = self._part(setting, phrase)
        name, restored = phrase.name, False
        if parent is not None and (scope or not name):
            name = self.targets[parent].name
        elif not name or name in _GENERIC or re.match(r"占|同比|年均|增长|增速", name):
            name, restored = self._restored(setting, name), True
        if not name:
            return
        if scope:
            start = text.rfind(scope, setting.left, setting.quantity.start)
            phrase = replace(phrase, start=start if start >= 0 else phrase.start, end=quantity.end)
        self._add(
            setting, replace(phrase, name=name), year, kind, scope, parent, 0.75 if restored or year is None else 0.95
        )

    def _add(
        self,
        setting: Setting,
        phrase: Phrase,
        year: int | None,
        kind: Kind,
        scope: str,
        parent: int | None,
        confidence: float,
    ) -> None:
        quantity, relation = setting.quantity, setting.relation
        start, end = self.passage.words.span(phrase.start, phrase.end)
        unit = phrase.unit
        if quantity.kind in ("class", "bare") and _MONEY_NAME.search(phrase.name) and max(quantity.values) >= 1e7:
            unit = "元"
        comparator = _comparator(quantity, relation.comparator, kind)
        if parent is not None and scope and comparator in ("=", ">="):
            comparator = self.targets[parent].comparator
        self.spans.append((phrase.start, phrase.end))
        self.targets.append(
            Target(
                quote=self.document.text[start:end],
                start=start,
                end=end,
                page=_page(self.passage.section, start),
                name=tidy(phrase.name),
                values=quantity.values,
                unit=unit,
                comparator=comparator,
                year=year,
                kind=kind,
                scope=scope,
                section=self.passage.section.path,
                level=self._level(setting, phrase),
                basis=_basis(phrase),
                parent=parent,
                confidence=confidence - (0.15 if quantity.chinese else 0),
            )
        )

    def _year(self, setting: Setting) -> tuple[int | None, YearMention | None]:
        """Find the year: in the clause, the sentence, the passage, or as the headings lend it."""
        position = setting.quantity.start
        sentence = self._sentence_start(position)
        before = [mention for mention in self.passage.years if mention.end <= position]
        near = [mention for mention in before if mention.start >= sentence]
        if near and (near[-1].topic or near[-1].start >= setting.left):
            return near[-1].year, near[-1]
        topics = [mention for mention in near if mention.topic]
        if topics:
            return topics[-1].year, topics[-1]
        earlier = [mention for mention in before if mention.topic and self._carries(mention, position)]
        if earlier:
            return earlier[-1].year, earlier[-1]
        return self.passage.lent, None

    def _carries(self, mention: YearMention, position: int) -> bool:
        """Say whether a year goes on to later sentences: everywhere in goals, within a paragraph elsewhere."""
        if self.role in _CARRIES:
            return True
        announced = self.text[max(0, mention.start - 2) : mention.start].endswith("到")
        return announced and "\n" not in self.text[mention.end : position]

    def _kind(self, setting: Setting, year: int | None, mention: YearMention | None) -> Kind | None:
        """Tell what will be from what has been and from what is paid; None where it is none of them."""
        clause = self.text[setting.left : setting.right + 16]
        if setting.quantity.kind == "money" and _SUBSIDY.search(self.text[max(0, setting.left - 12) : setting.right]):
            return Kind.MEASURE
        if _SUBSIDY.search(clause[: setting.quantity.start - setting.left]) and setting.quantity.kind == "ratio":
            return None
        now = self.preface.period[0] if self.preface.period else self.preface.year
        if self.regulation and self.role is not Role.GOAL:
            return Kind.TARGET if mention is not None and now is not None and mention.year >= now else None
        if mention is not None and now is not None and (year or 0) < now:
            return Kind.BASELINE
        if mention is not None and mention.past and (now is None or (year or 0) <= now):
            return Kind.BASELINE
        if _PAST_NEAR.search(
            self.text[max(setting.left - 30, self._sentence_start(setting.left)) : setting.quantity.start]
        ) and (mention is None or not (now and (year or 0) > now)):
            return Kind.BASELINE
        if self.role is Role.STATUS:
            return Kind.TARGET if year and now and mention and year > now else Kind.BASELINE
        if self.passage.section.heading is None:
            return Kind.TARGET if mention is not None and now is not None else None
        return Kind.TARGET

    def _part(self, setting: Setting, phrase: Phrase) -> tuple[str, int | None]:
        """Find what a quantity breaks down (其中…), and for whom."""
        if not self.targets:
            return "", None
        inside = setting.bracket is not None and self.text.startswith(("（其中", "（包括", "（含"), setting.bracket)
        among = (
            "其中" in self.text[max(0, setting.left - 3) : setting.quantity.start]
            and self._sentence_start(setting.left) < setting.left - 3
        )
        candidate = phrase.name
        scope = candidate if _is_scope(candidate) else ""
        if inside:
            for index in range(len(self.targets) - 1, -1, -1):
                if self.spans[index][1] <= (setting.bracket or 0):
                    return scope, index
        if among or (scope and self.targets[-1].parent is not None):
            last = self.targets[-1]
            return scope, last.parent if last.parent is not None and not among else len(self.targets) - 1
        return "", None

    def _restored(self, setting: Setting, name: str) -> str:
        """Put back the subject that stands earlier in the sentence (…产业是支柱，增加值达…)."""
        sentence = self._sentence_start(setting.quantity.start)
        if (
            self.targets
            and self.spans[-1][0] >= sentence
            and (not name or re.match(r"占|同比|年均|增长|增速|占比", name))
        ):
            return self.targets[-1].name + name
        head = (
            re.split(r"[，；：]", self.text[sentence : setting.left].lstrip("，；： "), maxsplit=1)[0]
            if setting.left > sentence
            else ""
        )
        head = re.split(
            r"是|作为|为|稳步|持续|不断|较|快速|显著|保持|进一步",
            re.sub(r"^(?:到|至|截至|截止)?(?:20\d{2}年底?)?", "", head),
        )[0]
        head = head if 2 <= len(head) <= 20 else ""
        return head + name

    def _subsidy(self, setting: Setting, phrase: Phrase) -> Phrase:
        """Name a sum of money after what it is paid for."""
        text = self.text
        noun = _SUBSIDY_NOUN.search(text, setting.quantity.end, setting.right)
        end = noun.end() if noun else setting.quantity.end
        each = text.rfind("每", max(0, setting.left - 12), setting.quantity.start)
        start = each if each >= 0 else phrase.start if phrase.before else setting.quantity.start
        head = re.search(r"对(?P<what>[^，。；]{2,30})", text[self._sentence_start(start) : setting.quantity.start])
        what = re.sub(r"(?:由|按|给予|，).*$", "", head["what"]) if head else ""
        return replace(
            phrase, name=what + (noun[0] if noun else "奖励"), start=start, end=end, unit=setting.quantity.unit
        )

    def _level(self, setting: Setting, phrase: Phrase) -> Level:
        """Tell the floor of a pair (确保…，力争…) from its stretch."""
        text = self.text
        sentence = text[self._sentence_start(setting.quantity.start) : min(len(text), setting.right + 40)]
        own = text[setting.left : setting.quantity.start]
        if "确保" in sentence and re.search(r"力争|争取", sentence):
            return Level.STRETCH if re.search(r"力争|争取", own) else Level.FLOOR if "确保" in own else Level.AIM
        return Level.AIM


_OBJECT_BEFORE_LIST = r"(?:建设|建成|推进|打造|培育|实施|新建|引进|支持|推动|完成|开展)"


def _inside(quantity: Quantity, closed: Sequence[tuple[int, int]]) -> bool:
    return any(start <= quantity.start < end for start, end in closed)


def _own_words(text: str, setting: Setting) -> int:
    """Give where the words that belong to a quantity begin: after the 、 or 和 that parts it from the one before."""
    cut = max(text.rfind(char, setting.left, setting.quantity.start) for char in "、和及与")
    return cut if cut >= 0 else setting.relation.start


def _is_scope(name: str) -> bool:
    if name in _OPERATORS:
        return True
    return 2 <= len(name) <= 12 and name.endswith(_AREA_ENDINGS) and not name.endswith(_AREA_LIKE)


def _comparator(quantity: Quantity, stated: str, kind: Kind) -> str:
    if len(quantity.values) == 2:
        return "range"
    if kind is Kind.MEASURE:
        return "="
    if stated in ("<=", "<") or quantity.bound == "most":
        return "<="
    if stated == ">" or quantity.bound == "more":
        return ">"
    if quantity.bound == "least" or kind is Kind.TARGET:
        return ">="
    return "="


def _basis(phrase: Phrase) -> Basis | None:
    if re.search(r"累计|总", phrase.verb + phrase.name[:2]):
        return Basis.CUMULATIVE
    if re.search(r"新|增", phrase.verb):
        return Basis.IN_PERIOD
    return None


def _page(section: Section, start: int) -> int | None:
    pages = [paragraph.page for paragraph in section.paragraphs if paragraph.start <= start]
    return pages[-1] if pages else None


def _scoped_by_heading(targets: list[Target], prepared: Sequence[Passage]) -> list[Target]:
    """Give a name that several sections share the branch of its own heading as scope."""
    titles = {passage.section.path: passage.section.heading.title for passage in prepared if passage.section.heading}
    homes: dict[tuple[str, int | None], set[str]] = {}
    for target in targets:
        homes.setdefault((target.name, target.year), set()).add(target.section)
    out = []
    for target in targets:
        branch = re.match(r"[^，。]{2,16}?(?:产业|行业|领域)", tidy(titles.get(target.section, "")))
        if not target.scope and target.kind is Kind.TARGET and branch and len(homes[target.name, target.year]) > 1:
            out.append(replace(target, scope=branch[0]))
        else:
            out.append(target)
    return out
