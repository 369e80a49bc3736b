"""The words around a quantity: where its clause begins and ends, what it measures, and how it is quoted.

Two constructions carry nearly all numbers of a plan. A predicate puts the name first (普及率达到 80%, 建成基站 6
万个); an object puts the noun behind (培育 5 家以上龙头企业). A number that only bounds a class (营收超 10 亿元的企业)
belongs to a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.quantities import Quantity, Relation, relation_before

__all__ = ["Phrase", "Setting", "ends_with_verb", "is_threshold", "phrase_of", "rises", "setting_of"]

_REACH = 120
"""Characters on either side of a quantity that are looked at; keeps the work linear in the length of the text."""
_BREAKS = frozenset("，；。：！？\n")
_VERBS = words("words", "verbs", "object")
_NOUN_VERBS = words("words", "names", "noun_verbs")
_GENERIC = words("words", "names", "generic")
_LINK = "(?:了|并|或|和|、)?"
# A verb before one of these is the first half of a noun: 建设用地, 覆盖率, 发展水平.
_NOUN_AFTER = (
    "(?!用地|资金|规模|周期|成本|水平|能力|强度|总[量额数]|率(?!先)|量(?!子)|数(?![据字])|额|度(?!假)|区(?![块域])|者)"
)
_VERB_HEAD = re.compile(f"(?:{alternation(_VERBS - _NOUN_VERBS)}){_NOUN_AFTER}{_LINK}")
_ANY_VERB_HEAD = re.compile(f"(?:{alternation(_VERBS)}){_NOUN_AFTER}{_LINK}")
_VERB_TAIL = re.compile(f"(?:(?:{alternation(_VERBS)})[或和并、])?(?:重点|着力)?(?:{alternation(_VERBS)})了?$")
_LEAD = re.compile(alternation(words("words", "verbs", "lead")))
_TOTAL_TAIL = re.compile(f"(?P<total>{alternation(words('words', 'names', 'totals'))})$")
_YEAR_HEAD = re.compile(
    r"(?:力争|争取|预计|计划|确保|我市|我省|全市|全省|截至|截止|到|至|在|于|自|“|，|、)*"
    r"(?:(?:(?:19|20)\d{2}年?(?:-{1,2}|~|至|到))?(?:19|20)\d{2}年(?:[上下]半年|第?[一二三四]季度|\d{1,2}月(?:\d{1,2}日)?)?"
    r"|(?:未来)?[一二两三四五\d]年(?:内|时间)|十[二三四五六]五”?(?:期间|时期|(?=末)))(?:底前?|末|年底前?|前|起|期间|以前|全年)?的?"
)
_COMPARED = re.compile(
    r"(?:比|较|相比|在|与|同)(?:19|20)\d{2}年.*$|(?:从|由)(?:[^，。；]{0,4}(?:19|20)\d{2}年底?)?(?:目前|现有|当前|去年|上年)?的?$"
)
_BRACKETED = re.compile(r"（[^（）]*）")
_EDGES = re.compile(
    r"^(?:的|对(?![外口])|在(?![校建营线岗研册网用])|把|从(?![业事])|由|按(?![揭摩])|及|和|与)+(?=..)|(?:等|的|从|由|和|及|与|以及|或|、|，|分别|各|均|总体|严格|一般|逐步|原则上|不得)+$"
)
_FLOURISH = re.compile(r"(?:做大做强|做优做强|做强做优|落地|发展壮大)$")
_RISES = re.compile(r"(?:提高|提升|增长|增加|扩大|上升|下降|降低|减少|压缩|增|升|降|减)(?:到|至)")
_CLASSED = re.compile(r"(?:规模)?(?:以上)?(?:级|的|龙头|骨干|重点|重大|工业|产业|制造业)*(?:企业|项目|产业集群|集群)")
_LISTED = re.compile(r".{0,6}?(?:入选|获批|获评|纳入|列入)(?P<thing>.{4,})$")
_DONE_IN = re.compile(
    r"(?P<field>.{0,8}?(?:领域|行业|园区|社区|街道|学校|医院|企业|城市|片区|村|镇))(?:率先)?(?:开展|实施)(?P<thing>.{2,})$"
)
_PAID_NOUN = re.compile(f"的?(?:一次性|资金|财政|专项)?(?:{alternation(words('words', 'subsidy', 'nouns'))})")
_ABLE = re.compile(r"(?P<subject>[^，。；]{2,24}?)(?:具备|形成|拥有|达到)(?P<does>覆盖|服务|支撑|支持|承载|容纳)$")
_AMONG_FIELDS = re.compile(
    r"^.*等[^，、]{0,8}?(?:领域|行业|方面|区域|场所)(?:建成|建设|打造|推广|开展|形成|培育|应用)(?=..)"
)
_MANNER = re.compile(
    r"(?<=..)(?:大幅|明显|显著|稳步|持续|逐步|不断|进一步|(?:累计|已|共)?(?:建成|认定|开通|引进|培育))+$"
)
_CAPACITY = re.compile(r"(?:能力|规模|容量|算力|总量|数)$")


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

    def before(self, text: str) -> str:
        """Give the words of the clause before the relation."""
        return text[self.left : self.relation.start]

    def after(self, text: str) -> str:
        """Give the words of the clause behind the quantity."""
        return text[self.quantity.end : self.right]


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
    floor = max(floor, quantity.start - _REACH, 0)
    left = _clause_start(text, quantity.start, floor)
    if left == floor and floor and text[floor - 1] not in _BREAKS:
        # The noun of the finding before stands between: 5个园区和20个实验室.
        left = max(left, *(text.rfind(char, floor, quantity.start) + 1 for char in "、和及与并"))
    bracket = _enclosing(text, left)
    return Setting(
        quantity, relation_before(text, quantity.start, left), left, _clause_end(text, quantity.end), bracket
    )


def _clause_start(text: str, position: int, floor: int) -> int:
    """Scan left to a comma or an open bracket, stepping over closed brackets; 、 breaks only behind a finding."""
    index, depth = position, 0
    while index > floor:
        char = text[index - 1]
        if char in "）】":
            depth += 1
        elif char in "（【":
            if not depth:
                return index
            depth -= 1
        elif char in _BREAKS and not depth:
            return index
        index -= 1
    while index < position and text[index] in "、和及与 ）】":
        index += 1
    return index


def _enclosing(text: str, position: int) -> int | None:
    depth = 0
    for index in range(position - 1, max(-1, position - _REACH), -1):
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
    depth = 0
    last = min(len(text), position + _REACH)
    for index in range(position, last):
        char = text[index]
        if char in "（【":
            depth += 1
        elif char in "）】":
            if not depth:
                return index
            depth -= 1
        elif char in _BREAKS and not depth:
            return index
    return last


def is_threshold(text: str, setting: Setting, following: Quantity | None) -> bool:
    """Say whether the quantity bounds a class (超 50 亿元的企业 8 家) and measures nothing of its own.

    `following` is the next quantity of the text; a count in the same clause counts the class.
    """
    quantity, tail = setting.quantity, setting.after(text)
    if quantity.kind == "money" and _PAID_NOUN.match(tail):
        return False
    if (
        not tail
        or tail[0] in "（、和及与"
        or quantity.kind in ("ratio", "times")
        or _TOTAL_TAIL.search(setting.before(text))
    ):
        return bool(tail) and tail in ("的", "时") and quantity.kind != "times"
    counted = following is not None and following.start < setting.right and following.kind in ("count", "ratio")
    if tail.startswith(("的", "及以上", "级")):
        return quantity.kind != "count" or counted or tail == "的"
    if quantity.kind == "count":
        return quantity.bound in ("least", "most") and setting.relation.stated and counted
    if quantity.kind == "money" and not counted and ends_with_verb(setting.before(text)):
        return bool(_CLASSED.match(tail))
    if quantity.kind in ("money", "bare"):
        return counted or quantity.bound in ("least", "most") or setting.relation.comparator in (">", "<=")
    return quantity.kind in ("technical", "class", "time")


def rises(words_behind: str) -> bool:
    """Say whether the words behind a quantity lead from it to another (1655万户增至…)."""
    return bool(_RISES.match(words_behind))


def ends_with_verb(words_before: str) -> bool:
    """Say whether a verb that takes a counted object stands at the end."""
    return bool(_VERB_TAIL.search(words_before))


def phrase_of(text: str, setting: Setting, limit: int | None) -> Phrase:
    """Name and quote a quantity; `limit` is where the next finding's own words begin, if in the same clause."""
    quantity, relation = setting.quantity, setting.relation
    begin = _skip_lead(text, setting.left, relation.start)
    verb, name_start = "", begin
    head = _VERB_HEAD.match(text, begin, relation.start)
    if head and head.end() < relation.start:
        verb = head[0]
        name_start = _further_verbs(text, _skip_lead(text, head.end(), relation.start), relation.start)
    name = text[name_start : relation.start]
    if (_ANY_VERB_HEAD.fullmatch(name) and name not in _GENERIC) or not name.strip("、和及（）】 "):
        verb, name = verb or name, ""
    tail_end = _noun_end(text, quantity.end, setting.right, limit)
    tail = text[quantity.end : tail_end].removeprefix("的")
    able = _ABLE.search(text, setting.left, quantity.start)
    if able and tail.endswith("的能力"):
        subject = text[_skip_lead(text, setting.left, able.end("subject")) : able.end("subject")]
        return Phrase(
            _cleaned(subject + able["does"] + tail.removesuffix("的能力")) + "能力",
            able.end("subject") - len(subject),
            tail_end,
            quantity.unit,
            "",
            False,
        )
    total = _TOTAL_TAIL.search(text[begin : relation.start])
    if total and setting.after(text).startswith("的") and quantity.kind != "count":
        return Phrase(
            _cleaned(_object_of(setting.after(text)) + total["total"]), begin, setting.right, quantity.unit, verb, True
        )
    if _noun_before(setting, name, tail):
        unit = _widened_unit(setting, name, tail)
        return Phrase(_cleaned(name), begin, quantity.end + len(unit) - len(quantity.unit), unit, verb, True)
    start, verb = _object_start(text, setting, begin)
    return Phrase(_cleaned(_thing(tail)), start, tail_end, quantity.unit, verb, False)


def _thing(tail: str) -> str:
    """Take what is counted out of a clause that begins with its class: 4个集群入选先进集群, 10个领域开展应用示范."""
    listed = _LISTED.match(tail)
    if listed:
        return listed["thing"]
    done = _DONE_IN.match(tail)
    return done["thing"] + done["field"] if done else tail


def _object_of(tail: str) -> str:
    """Take the noun out of what follows an attribute: 20个先进制造业园区."""
    return re.sub(r"^的?(?:[\d.\-万亿余多]+(?:个|家|项|座|处|条|所))?", "", tail)


def _skip_lead(text: str, position: int, end: int) -> int:
    """Step over years, modals and other words that open a clause and name nothing."""
    year = _YEAR_HEAD.match(text, position, end)
    if year:
        position = year.end()
    while position < end:
        found = _LEAD.match(text, position, end)
        if found:
            if found.end() == end and _VERB_HEAD.fullmatch(found[0]):
                return position
            position = found.end()
        elif text[position] in "，、：）】 ":
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


def _noun_before(setting: Setting, name: str, tail: str) -> bool:
    if not tail or tail[0] in "、，。；（" or rises(tail):
        return True
    if not name:
        return False
    if setting.quantity.kind == "count":
        return setting.relation.stated and not (_VERB_TAIL.search(name) and len(name) <= 6)
    return True


def _widened_unit(setting: Setting, name: str, tail: str) -> str:
    """Take a short noun behind 个 into the unit where the thing measured stands before (支撑能力约30万个机架)."""
    unit = setting.quantity.unit
    if (
        unit == "个"
        and setting.relation.stated
        and 0 < len(tail) <= 4
        and tail[0] not in "、，（"
        and _CAPACITY.search(name)
    ):
        return unit + tail
    return unit


def _noun_end(text: str, position: int, right: int, limit: int | None) -> int:
    """Find the end of the noun behind a quantity: the clause, the next finding, or a verb that opens another."""
    end = right if limit is None else min(right, limit)
    cut = text.find("、", position, end)
    while cut != -1:
        if _ANY_VERB_HEAD.match(text, cut + 1, end) or text[cut + 1 : cut + 3] in ("一批", "若干"):
            end = cut
            break
        cut = text.find("、", cut + 1, end)
    while end > position and text[end - 1] in "、和及与并":
        end -= 1
    flourish = _FLOURISH.search(text[position:end])
    return position + flourish.start() if flourish and flourish.start() else end


def _object_start(text: str, setting: Setting, begin: int) -> tuple[int, str]:
    """Find where the verb right before an object begins."""
    found = _VERB_TAIL.search(text[begin : setting.relation.start])
    if found:
        return begin + found.start(), found[0]
    return setting.relation.start if setting.relation.stated else setting.quantity.start, ""


def _cleaned(name: str) -> str:
    """Write a name without connecting words at its ends, and without brackets unless it ends with one."""
    if not name.endswith("）"):
        name = _BRACKETED.sub("", name)
    name = _MANNER.sub("", _AMONG_FIELDS.sub("", _COMPARED.sub("", name)))
    name = _EDGES.sub("", name.strip("、，：-·； ").lstrip("）】").rstrip("（【"))
    if name.count("（") > name.count("）"):
        name += "）" if not name.endswith("）") else ""
    elif name.endswith("）") and "（" not in name:
        name = name[:-1]
    name = re.sub(r"约(?=占)", "", name)
    return name.replace("实现", "") if len(name) > 4 else name
