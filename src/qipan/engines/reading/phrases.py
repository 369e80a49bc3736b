"""The words around a quantity: where its clause begins and ends, what it measures, and how it is quoted.

Two constructions carry nearly all numbers of a plan. A predicate puts the name first (普及率达到 80%, 建成基站 6 万个); an
object puts the noun behind (培育 5 家以上龙头企业). A number that only bounds a class (营收超 10 亿元的企业) belongs to a name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.quantities import Quantity, Relation, relation_before

__all__ = ["Phrase", "Setting", "is_threshold", "phrase_of", "setting_of"]

_REACH = 120
"""Characters on either side of a quantity that are looked at; keeps the work linear in the length of the text."""
_BREAKS = frozenset("，；。：！？\n")
_VERBS = words("words", "verbs", "object")
_NOUN_VERBS = words("words", "names", "noun_verbs")
_VERB_HEAD = re.compile(f"(?:{alternation(_VERBS - _NOUN_VERBS)})(?:了|并|或|和|、)?")
_ANY_VERB_HEAD = re.compile(f"(?:{alternation(_VERBS)})(?:了|并|或|和|、)?")
_VERB_TAIL = re.compile(f"(?:{alternation(_VERBS)})$")
_LEAD = re.compile(f"(?:{alternation(words('words', 'verbs', 'lead'))})")
_TOTAL_TAIL = re.compile(f"(?:{alternation(words('words', 'names', 'totals'))})$")
_YEAR_HEAD = re.compile(
    r"^.*?(?:(?:19|20)\d{2}年?(?:-{1,2}|~|至|到))?(?:19|20)\d{2}年(?:[上下]半年|第?[一二三四]季度|\d{1,2}月)?(?:底前?|末|年底前?|前|起|期间|以前|全年)?"
)
_BRACKETED = re.compile(r"（[^（）]*）")
_NOUN_END = re.compile(r"(?:，|；|。|：|\n|！|？|（|）|【|】)")
_TRAILING = re.compile(r"(?:等|的|以上|左右|和|及|与|以及|或|、|建设|工作|，)+$")


@dataclass(frozen=True, slots=True)
class Setting:
    """A quantity in its clause: half-open span of the clause, and the relation that governs the quantity."""

    quantity: Quantity
    relation: Relation
    left: int
    """Where the words that can name the quantity begin."""
    right: int
    """Where its clause ends."""
    bracket: int | None
    """Position of the bracket （ that encloses the quantity, or None."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a quantity measures, and the span that quotes it."""

    name: str
    start: int
    end: int
    unit: str
    verb: str
    """The verb that governs it (新增, 建成), or empty."""
    before: bool
    """The name stands before the quantity."""


def setting_of(text: str, quantity: Quantity, floor: int) -> Setting:
    """Find the clause of a quantity; `floor` is the end of the finding before it."""
    left, bracket = _clause_start(text, quantity.start, max(floor, quantity.start - _REACH))
    right = _clause_end(text, quantity.end)
    return Setting(quantity, relation_before(text, quantity.start, left), left, right, bracket)


def _clause_start(text: str, position: int, floor: int) -> tuple[int, int | None]:
    """Scan left to a comma or an open bracket, stepping over closed brackets; 、 breaks only behind a finding."""
    index = position
    depth = 0
    while index > floor:
        char = text[index - 1]
        if char in "）】":
            depth += 1
        elif char in "（【":
            if not depth:
                return index, index - 1
            depth -= 1
        elif char in _BREAKS and not depth:
            return index, _enclosing(text, index, max(0, position - _REACH))
        index -= 1
    while index < position and text[index] in "、和及与 ":
        index += 1
    return index, _enclosing(text, index, max(0, position - _REACH))


def _enclosing(text: str, position: int, floor: int) -> int | None:
    depth = 0
    for index in range(position - 1, floor - 1, -1):
        char = text[index]
        if char in "）】":
            depth += 1
        elif char in "（【":
            if not depth:
                return index
            depth -= 1
        elif char in "。\n":
            return None
    return None


def _clause_end(text: str, position: int) -> int:
    for index in range(position, min(len(text), position + _REACH)):
        if text[index] in "，；。：！？\n（）【】":
            return index
    return min(len(text), position + _REACH)


def is_threshold(text: str, setting: Setting, others: Sequence[Quantity]) -> bool:
    """Say whether the quantity bounds a class (超 50 亿元的企业 8 家) and measures nothing of its own."""
    quantity, tail = setting.quantity, text[setting.quantity.end : setting.right]
    if not tail or quantity.kind in ("ratio", "times"):
        return False
    if _TOTAL_TAIL.search(text[setting.left : setting.relation.start]):
        return False
    if tail.startswith(("的", "及以上", "级")):
        return quantity.kind != "count" or _counted_after(setting, others)
    if tail[0] in "、和及与":
        return False
    if quantity.kind == "count":
        return quantity.bound in ("least", "most") and setting.relation.stated and _counted_after(setting, others)
    if quantity.kind in ("money", "bare"):
        return (
            quantity.bound in ("least", "most")
            or setting.relation.comparator in (">", "<=")
            or _counted_after(setting, others)
        )
    return quantity.kind in ("technical", "class", "time")


def _counted_after(setting: Setting, others: Sequence[Quantity]) -> bool:
    """Say whether a count follows in the same clause."""
    starts = [other.start for other in others]
    index = bisect_right(starts, setting.quantity.start)
    return index < len(others) and others[index].start < setting.right


def phrase_of(text: str, setting: Setting, following: int | None) -> Phrase:
    """Name and quote a quantity; `following` is where the next finding's own words begin, if in the same clause."""
    quantity, relation = setting.quantity, setting.relation
    begin = _skip_lead(text, setting.left, relation.start)
    verb_start, verb, name_start = begin, "", begin
    head = _VERB_HEAD.match(text, begin, relation.start)
    if head and head.end() < relation.start:
        after = _skip_lead(text, head.end(), relation.start)
        verb, name_start = head[0], _further_verbs(text, after, relation.start)
    name = text[name_start : relation.start]
    only_verb = _ANY_VERB_HEAD.fullmatch(name) or not name.strip("、和及 ")
    tail_end = _noun_end(text, quantity.end, setting.right, following)
    tail = text[quantity.end : tail_end].removeprefix("的")
    if _noun_before(quantity, relation, name if not only_verb else "", tail):
        unit = _widened_unit(quantity, relation, tail) if name and not only_verb else quantity.unit
        end = quantity.end + (len(unit) - len(quantity.unit) if unit != quantity.unit else 0)
        return Phrase(
            _cleaned(name if not only_verb else ""), verb_start, end, unit, verb or (name if only_verb else ""), True
        )
    start, verb = _object_start(text, setting, begin)
    return Phrase(_cleaned(tail), start, tail_end, quantity.unit, verb, False)


def _skip_lead(text: str, position: int, end: int) -> int:
    """Step over years, modals and other words that open a clause and name nothing."""
    year = _YEAR_HEAD.match(text[position:end])
    if year:
        position += year.end()
    while position < end:
        found = _LEAD.match(text, position, end)
        if found:
            if found.end() == end and _VERB_HEAD.fullmatch(found[0]):
                return position
            position = found.end()
        elif text[position] in "，、：“ " and text[position] != "“":
            position += 1
        else:
            return position
    return position


def _further_verbs(text: str, position: int, end: int) -> int:
    while True:
        found = _VERB_HEAD.match(text, position, end)
        if not found or end - found.end() < 2:
            return position
        position = _skip_lead(text, found.end(), end)


def _noun_before(quantity: Quantity, relation: Relation, name: str, tail: str) -> bool:
    if not tail or tail[0] in "、，。；（":
        return True
    if not name:
        return False
    if quantity.kind == "count":
        return relation.stated and not _VERB_TAIL.fullmatch(name) and not _verbal(name)
    return True


def _verbal(name: str) -> bool:
    """Say whether the words before are a verb with its adverbs, the noun being behind (培育不少于 15 家企业)."""
    return bool(_VERB_TAIL.search(name)) and len(name) <= 6


def _widened_unit(quantity: Quantity, relation: Relation, tail: str) -> str:
    """Take a short noun behind 个 into the unit where the thing measured stands before (约30万个机架)."""
    if quantity.unit == "个" and relation.stated and 0 < len(tail) <= 4 and not quantity.bound:
        return quantity.unit + tail
    return quantity.unit


def _noun_end(text: str, position: int, right: int, following: int | None) -> int:
    """Find the end of the noun behind a quantity: the clause, the next finding, or a verb that opens another."""
    end = right if following is None else min(right, following)
    cut = text.find("、", position, end)
    while cut != -1:
        if _ANY_VERB_HEAD.match(text, cut + 1, end) or text[cut + 1 : cut + 3] in ("一批", "若干"):
            return cut
        cut = text.find("、", cut + 1, end)
    while end > position and text[end - 1] in "、和及与并":
        end -= 1
    return end


def _object_start(text: str, setting: Setting, begin: int) -> tuple[int, str]:
    """Find where the verb right before an object begins."""
    words_before = text[begin : setting.relation.start]
    found = _VERB_TAIL.search(words_before)
    if found:
        joined = re.search(
            rf"(?:(?:{alternation(_VERBS)})[或和并、])?(?:重点|着力|累计|新)?{re.escape(found[0])}$", words_before
        )
        start = begin + (joined.start() if joined else found.start())
        return start, text[start : setting.relation.start]
    return setting.relation.start if setting.relation.stated else setting.quantity.start, ""


def _cleaned(name: str) -> str:
    """Write a name without brackets, connecting words at its ends, and stray verbs inside."""
    name = _BRACKETED.sub("", name) if not name.endswith("）") else name
    name = _TRAILING.sub("", name.strip("、，：-·的 "))
    return name.replace("实现", "") if len(name) > 4 else name
