"""Targets, baselines and measures: every number of a plan that states what is reached, with its year and its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qipan.engines.reading.compact import tidy
from qipan.engines.reading.document import Document
from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.model import Basis, Kind, Level, Target
from qipan.engines.reading.passages import Passage
from qipan.engines.reading.phrases import Phrase, Setting, is_threshold, phrase_of, setting_of
from qipan.engines.reading.quantities import Quantity, find_quantities
from qipan.engines.reading.results import states_result
from qipan.engines.reading.scopes import Spread, split_scope, spread_of
from qipan.engines.reading.units import Mark

__all__ = ["read_targets"]

_QUOTED = re.compile(r"《[^《》]{0,80}》|“[^“”]{0,24}”|‘[^‘’]{0,24}’")
_SUBSIDY = re.compile(alternation(words("words", "subsidy", "words")))
_SUBSIDY_NOUN = re.compile(alternation(words("words", "subsidy", "nouns")))
_MONEY_NAME = re.compile(alternation(words("words", "names", "money")))
_GENERIC = words("words", "names", "generic")
_DEPENDENT = re.compile(r"较(?![大多高低强长短小])|相?比|占|同比|年均|增长|增速|增幅|占比|总数|总量$|总计|其中")
_FROM = re.compile(r"(?:从|由)(?:[^，。；]{0,4}(?:19|20)\d{2}年底?的?)?(?:目前|现有|当前|去年|上年)?的?约?$")
_SUBJECT_END = re.compile(r"是|作为|为|稳步|持续|不断|较|快速|显著|保持|进一步|实现|开展|认定")
_EACH = re.compile(r"(?:支持|推动|鼓励|引导|在)(?P<bodies>[^，。；]{2,30}?)(?:分别|各)[^，。；]{0,8}$")
_BARE_CLASS = re.compile(r"(?:超过?|突破|达到?)\s?[\d十百千万亿]|\d[\d.]*[万亿]+元")
_CLASS_HEAD = re.compile(
    r"(?P<head>(?:年|主营)?(?:营收|产值|营业收入|业务收入|收入|年?销售额|销售收入|估值|市值))(?:超|突破|达|过|\d)"
)
_GROWTH = re.compile(r"(?:同比|年均)?(?:增长|增速|增幅|净增|新增|提高|提升|下降|降低)$")
_SHARE = re.compile(r"(?<=..)占.*$")
_OWN_SUBSIDY = re.compile(r"[^给按每对]{2,16}?(?:资助|奖励|补贴|补助|奖补|贴息)(?:金额|资金|额度|标准)?")
_KIND_OF_PLACE = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:地区|城市|城区|城镇|农村|乡镇|山区|县城)")
_SHORT = re.compile(r"[\u4e00-\u9fff]{2,3}")
_ONE_BATCH = re.compile(r"^.*(?:一批|若干)")
_AMONG = ("（其中", "（包括", "（含", "（分别")


def read_targets(document: Document, prepared: Sequence[Passage]) -> list[Target]:
    """Read the numbers of all passages; parts (其中) point at the target they break down by its index."""
    targets: list[Target] = []
    for passage in prepared:
        base = len(targets)
        for target in _Reader(document, passage).read():
            targets.append(target if target.parent is None else replace(target, parent=base + target.parent))
    return _scoped_by_heading(targets, prepared)


@dataclass(slots=True)
class _Found:
    """A target under way with its place in the passage."""

    target: Target
    start: int
    end: int
    setting: Setting


class _Reader:
    """Reads one passage from left to right; what was found before helps to name what follows."""

    def __init__(self, document: Document, passage: Passage) -> None:
        self.document = document
        self.passage = passage
        self.text = passage.text
        self.found: list[_Found] = []
        self.spread: Spread | None = None

    def read(self) -> list[Target]:
        settings = self._settings()
        for index, setting in enumerate(settings):
            self._take(setting, settings[index + 1] if index + 1 < len(settings) else None)
        return [found.target for found in self.found]

    def _settings(self) -> list[Setting]:
        """Find the quantities that state results, each in its clause."""
        if not self.text:
            return []
        closed = _closed(self.text, self.passage.section.marks())
        quantities = [q for q in find_quantities(self.text) if not _inside(q.start, closed)]
        settings: list[Setting] = []
        for index, quantity in enumerate(quantities):
            following = quantities[index + 1] if index + 1 < len(quantities) else None
            setting = setting_of(self.text, quantity, _floor(settings, self.text, quantity.start))
            previous = settings[-1] if settings else None
            if is_threshold(self.text, setting, following) or _bounds_noun(self.text, previous, setting):
                continue
            if states_result(self.passage, setting, previous):
                settings.append(setting)
        return settings

    def _take(self, setting: Setting, following: Setting | None) -> None:
        """Turn one quantity into a target, if its section and wording allow."""
        kind = self._kind(setting)
        if kind is None:
            return
        limit = _own_words(self.text, following) if following and following.quantity.start < setting.right else None
        phrase = phrase_of(self.text, setting, limit)
        if kind is Kind.MEASURE:
            self._add(setting, self._subsidy(setting, phrase), None, kind, confidence=0.8)
            return
        year = self.passage.year_at(setting.quantity.start, setting.left)[0]
        opening = following is not None and bool(_FROM.search(setting.before(self.text)))
        if opening:
            year, kind = self._own_year(setting), Kind.BASELINE
        member = self._member(setting, following)
        if member is not None:
            name = member.name if not member.scope else member.thing or self._base_name(phrase)
            year = member.year if member.year is not None else year
            self._add(setting, replace(phrase, name=name), year, self._again(kind, year), scope=member.scope)
            return
        self._add_named(setting, phrase, year, kind)

    def _add_named(self, setting: Setting, phrase: Phrase, year: int | None, kind: Kind) -> None:
        """Settle name, scope and whole of a number that stands by itself."""
        parent = self._whole(setting)
        each = _EACH.search(setting.before(self.text)) if not phrase.before else None
        scope, rest = split_scope(phrase.name) if phrase.before else ("", phrase.name)
        above = self.found[parent].target if parent is not None else None
        if above is not None and above.unit == phrase.unit and _SHORT.fullmatch(phrase.name):
            scope, rest = phrase.name, ""
        if scope and above is None and not rest:
            above = self._comparable(setting, phrase)
        if not scope and setting.relation.stated and _KIND_OF_PLACE.fullmatch(phrase.name):
            above = above or self._comparable(setting, phrase)
            scope, rest = (phrase.name, "") if above is not None else ("", phrase.name)
        if scope and above is not None and (not rest or rest in above.name):
            phrase = replace(
                phrase, name=above.name, start=self.text.rfind(scope, setting.left, setting.quantity.start)
            )
        elif not phrase.name or phrase.name in _GENERIC or _DEPENDENT.match(phrase.name):
            scope, phrase = "", replace(phrase, name=self._restored(setting, phrase.name))
        elif scope and rest:
            phrase = replace(phrase, name=rest)
        phrase = self._with_shared_head(self._around_bracket(setting, phrase))
        if phrase.name:
            scope = scope or (each["bodies"] if each else "")
            self._add(
                setting, phrase, year, kind, scope=scope, parent=parent, confidence=0.75 if year is None else 0.95
            )

    def _add(
        self,
        setting: Setting,
        phrase: Phrase,
        year: int | None,
        kind: Kind,
        *,
        scope: str = "",
        parent: int | None = None,
        confidence: float = 0.9,
    ) -> None:
        quantity = setting.quantity
        start, end = self.passage.words.span(phrase.start, phrase.end)
        money = quantity.kind in ("class", "bare") and _MONEY_NAME.search(phrase.name) and max(quantity.values) >= 1e7
        stated = self.text[setting.relation.start : quantity.start]
        # 突破 20 项技术 wins them; a threshold is passed only by what stands before (基站突破 20 万个).
        won = stated.endswith("突破") and quantity.kind == "count" and not phrase.before
        comparator = _comparator(quantity, "" if won else setting.relation.comparator, kind)
        if parent is not None and scope and not setting.relation.stated and comparator in ("=", ">="):
            comparator = self.found[parent].target.comparator
        target = Target(
            quote=self.document.text[start:end],
            start=start,
            end=end,
            page=self.passage.section.page_of(start),
            name=tidy(phrase.name),
            values=quantity.values,
            unit="元" if money else phrase.unit,
            comparator=comparator,
            year=year,
            kind=kind,
            scope=scope,
            section=self.passage.section.path,
            level=self._level(setting),
            basis=_basis(phrase),
            parent=parent,
            confidence=round(confidence - (0.15 if quantity.chinese else 0), 2),
        )
        self.found.append(_Found(target, phrase.start, phrase.end, setting))

    def _kind(self, setting: Setting) -> Kind | None:
        """Tell sums that are paid from results, and what will be from what has been."""
        start = max(self.passage.sentence_start(setting.left), setting.left - 12)
        if setting.quantity.kind == "money" and _SUBSIDY.search(self.text, start, setting.right):
            return Kind.MEASURE
        if setting.quantity.kind == "ratio" and _SUBSIDY.search(self.text, setting.left, setting.right):
            return None
        return self.passage.kind_at(setting.quantity.start, setting.left)

    def _again(self, kind: Kind, year: int | None) -> Kind:
        """Judge anew where a list of years has given this number another one."""
        now = self.passage.now
        if year is None or now is None or kind is Kind.MEASURE:
            return kind
        return Kind.BASELINE if year < now else kind

    def _own_year(self, setting: Setting) -> int | None:
        """Give the year named in the clause itself (从2020年的38%), not one that governs the sentence."""
        year, mention = self.passage.year_at(setting.quantity.start, setting.left)
        return year if mention is not None and mention.attribute else None

    def _member(self, setting: Setting, following: Setting | None) -> Spread | None:
        """Take the next subject of 甲、乙分别达到A、B for this number."""
        own = spread_of(self.text, setting)
        if own is not None:
            self.spread = own if following is not None and self._adjoins(setting, following) else None
        elif self.spread is not None and self.found and not self._adjoins(self.found[-1].setting, setting):
            self.spread = None
        if self.spread is None:
            return None
        taken, self.spread = self.spread, self.spread.rest()
        return taken

    def _adjoins(self, one: Setting, other: Setting) -> bool:
        return not self.text[one.quantity.end : other.relation.start].strip("、和及与，")

    def _base_name(self, phrase: Phrase) -> str:
        """Name what several subjects share (移动、联通分别新建…): the noun behind, or what was last named."""
        if not phrase.before and phrase.name:
            return phrase.name
        return self.found[-1].target.name if self.found else phrase.name

    def _whole(self, setting: Setting) -> int | None:
        """Find the target that this number breaks down: before the bracket（其中…）, or before ，其中."""
        text = self.text
        if not self.found:
            return None
        if setting.bracket is not None and text.startswith(_AMONG, setting.bracket):
            for index in range(len(self.found) - 1, -1, -1):
                if self.found[index].setting.quantity.end <= setting.bracket:
                    return index
            return None
        last = self.found[-1]
        between = text[last.end : setting.quantity.start]
        if "。" in between or "\n" in between:
            return None
        among = text.find("其中", last.setting.quantity.end, setting.quantity.start)
        if among >= 0:
            return len(self.found) - 1
        siblings = last.target.parent is not None and last.setting.bracket is None
        words_ = _words_before(text, setting)
        like = split_scope(words_)[0] or (_SHORT.fullmatch(words_) and not between.strip("、和及与" + words_))
        return last.target.parent if siblings and like else None

    def _comparable(self, setting: Setting, phrase: Phrase) -> Target | None:
        """Give the last target of the sentence where only the body differs (福田区建成基站3000个，南山区4000个)."""
        if not self.found or self.found[-1].start < self.passage.sentence_start(setting.quantity.start):
            return None
        last = self.found[-1].target
        return last if last.unit == phrase.unit else None

    def _restored(self, setting: Setting, name: str) -> str:
        """Put back the subject that stands earlier in the sentence (…产业是支柱，增加值达…)."""
        sentence = self.passage.sentence_start(setting.quantity.start)
        if not name and setting.bracket is not None and setting.left == setting.bracket + 1:
            return _noun_before_bracket(self.text, setting.bracket)
        if self.found and self.found[-1].start >= sentence and (not name or _DEPENDENT.match(name)):
            last = self._last_open().target
            other = name.startswith("总") or last.unit != setting.quantity.unit
            base = _GROWTH.sub("", last.name) if other and not name.startswith("占") else last.name
            if re.match("同比|增|年均", name):
                base = _SHARE.sub("", base)
            return base + name
        clauses = re.split(r"[，；：]", self.text[sentence : setting.left].strip("，；： "))
        clause = re.sub(
            r"^.*(?:19|20)\d{2}年底?|^[（(]?[一二三四五六七八九十\d]+[）).、]+", "", clauses[0 if name else -1]
        )
        head = _SUBJECT_END.split(clause)[0] if name else _ONE_BATCH.sub("", clause)
        if name and re.search(r"\d(?:%|[万亿]|[个家项户])", head):
            head = ""
        return (head if 2 <= len(head) <= 20 else "") + name

    def _last_open(self) -> _Found:
        """Give the last finding that is no part of a bracket closed before the end of what was read."""
        return next((f for f in reversed(self.found[-8:]) if f.setting.bracket is None), self.found[-1])

    def _around_bracket(self, setting: Setting, phrase: Phrase) -> Phrase:
        """Quote a figure in brackets together with its noun: 工业增加值（8932.6亿元）."""
        bracket, end = setting.bracket, setting.quantity.end
        if bracket is None or setting.left != bracket + 1 or not self.text[:bracket].endswith(phrase.name):
            return phrase
        closed = end + 1 if self.text[end : end + 1] == "）" else end
        return replace(phrase, start=bracket - len(phrase.name), end=closed) if phrase.name else phrase

    def _with_shared_head(self, phrase: Phrase) -> Phrase:
        """Give back the measure that an enumeration of classes says once (营收超500亿元的企业…，超100亿元的企业…)."""
        if not self.found or not _BARE_CLASS.match(phrase.name):
            return phrase
        head = _CLASS_HEAD.match(self.found[-1].target.name)
        return replace(phrase, name=head["head"] + phrase.name) if head else phrase

    def _subsidy(self, setting: Setting, phrase: Phrase) -> Phrase:
        """Name a sum of money after what it is paid for."""
        text, quantity = self.text, setting.quantity
        noun = _SUBSIDY_NOUN.search(text, quantity.end, setting.right)
        end = noun.end() if noun else quantity.end
        each = text.rfind("每", max(0, setting.left - 12), quantity.start)
        start = each if each >= 0 else phrase.start if phrase.before else quantity.start
        head = re.search(r".*对(?P<what>[^，。；]{2,30})", text[self.passage.sentence_start(start) : quantity.start])
        what = re.sub(r"(?:由|按|给予|一次性|奖励|补贴|补助).*$|的$", "", head["what"]) if head else ""
        own = _OWN_SUBSIDY.match(phrase.name) if phrase.before and noun is None else None
        name = own[0] if own else what + (noun[0] if noun else "奖励")
        return replace(phrase, name=name, start=start, end=end, unit=quantity.unit)

    def _level(self, setting: Setting) -> Level:
        """Tell the floor of a pair (确保…，力争…) from its stretch."""
        start = self.passage.sentence_start(setting.quantity.start)
        sentence = self.text[start : setting.right + 40]
        own = setting.before(self.text) + self.text[setting.relation.start : setting.quantity.start]
        if "确保" in sentence and re.search(r"力争|争取", sentence):
            return Level.STRETCH if re.search(r"力争|争取", own) else Level.FLOOR if "确保" in own else Level.AIM
        return Level.AIM


def _closed(text: str, marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Find the spans in which no number is read: titles, short quotations, marks of units; sorted, merged."""
    spans = [(mark.start, mark.end) for mark in marks] + [m.span() for m in _QUOTED.finditer(text)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(spans, (position, len(spans) + position + 1)) - 1
    return index >= 0 and spans[index][0] <= position < spans[index][1]


def _floor(settings: Sequence[Setting], text: str, position: int) -> int:
    """Give the end of the last finding that is no part of a bracket closed since."""
    for setting in reversed(settings[-8:]):
        if setting.bracket is None or "）" not in text[setting.quantity.end : position]:
            return setting.quantity.end
    return 0


def _bounds_noun(text: str, previous: Setting | None, setting: Setting) -> bool:
    """Say whether the quantity stands inside the noun that the one before counts (3家以上营收超过100亿元和…的企业)."""
    if (
        previous is None
        or previous.quantity.kind != "count"
        or setting.quantity.kind not in ("money", "technical", "extent", "time")
    ):
        return False
    between = text[previous.quantity.end : setting.relation.start]
    return setting.quantity.start < previous.right and 0 < len(between) <= 12 and not re.search(r"[、，总]", between)


def _own_words(text: str, setting: Setting) -> int:
    """Give where the words that belong to a quantity begin: after the 、 or 和 that parts it from the one before."""
    cut = max(text.rfind(char, setting.left - 1 if setting.left else 0, setting.quantity.start) for char in "、和及与")
    return cut if cut >= 0 else setting.relation.start


def _words_before(text: str, setting: Setting) -> str:
    return text[setting.left : setting.relation.start].strip("，、其中")


def _noun_before_bracket(text: str, bracket: int) -> str:
    noun = re.search(r"(?:占|达|为)?(?P<noun>[^，。；：、（）\n]{2,24})$", text[max(0, bracket - 26) : bracket])
    return noun["noun"].removeprefix("占") if noun else ""


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


def _scoped_by_heading(targets: list[Target], prepared: Sequence[Passage]) -> list[Target]:
    """Give a name that several sections share the branch of its own heading as scope."""
    titles = {p.section.path: tidy(p.section.heading.title) for p in prepared if p.section.heading}
    homes: dict[tuple[str, int | None], set[str]] = defaultdict(set)
    for target in targets:
        homes[target.name, target.year].add(target.section)
    out = []
    for target in targets:
        branch = re.match(r"[^，。]{2,16}?(?:产业|行业|领域)", titles.get(target.section, ""))
        shared = len(homes[target.name, target.year]) > 1 and target.kind is Kind.TARGET
        out.append(replace(target, scope=branch[0]) if shared and branch and not target.scope else target)
    return out
