"""Lists of responsible units: 市甲局、乙局，各区政府按职责分工负责 read as whole names with their parts.

A list is a row of names parted by 、 and ，; a name that has lost the prefix of the one before it (市, 省, 县) gets it
back; words behind a name say what it does (牵头, 配合, 负责), keys before it likewise (责任单位：, 牵头单位：).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qipan.engines.reading.lexicon import alternation, longest_first, words

__all__ = ["Assignment", "Mark", "begins_mark", "find_marks", "is_mark", "looks_like_units", "parse_assignment"]


@dataclass(slots=True)
class Assignment:
    """Who does an item: all its units in order, and which of them lead or support."""

    units: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    support: list[str] = field(default_factory=list)

    def add(self, other: Assignment) -> None:
        """Add what another mark of the same item names, keeping order and each name once."""
        for mine, theirs in ((self.units, other.units), (self.lead, other.lead), (self.support, other.support)):
            mine.extend(name for name in theirs if name not in mine)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a compact text that assigns it: half-open span, and the words inside."""

    start: int
    end: int
    content: str


def _keys(name: str) -> str:
    return alternation(words("units", "marks", name))


_KEY = re.compile(
    rf"(?:(?P<lead>{_keys('lead')})|(?P<support>{_keys('support')})|(?P<all>{_keys('all')})|(?P<deadline>{_keys('deadline')}))"
    r"(?:(?:及[^：]{1,8}|和[^：]{1,8})?：|(?<=单位)(?=[市省县各]))"
)
_TAIL = re.compile(
    rf"(?:(?P<lead>{_keys('lead_after')})|(?P<support>{_keys('support_after')})|(?P<all>{_keys('all_after')}))$"
)
_DEADLINE = re.compile(
    r"(?:20\d{2}年|\d{1,2}月|年底|月底|每年|长期|持续|适时|常态化|季度)[^、]{0,12}(?:完成|推进|实施|坚持|取得|前|底|落实|启动|达到)?"
)
_MARK_WORDS = re.compile(
    rf"(?:{_keys('lead')}|{_keys('support')}|{_keys('all')})(?:及[^：]{{1,8}}|和[^：]{{1,8}})?："
    rf"|按[^，。；]{{0,8}}职责|(?:{_keys('lead_after')}|分工负责|负责|配合|落实)(?:[，。；）】]|$)"
)
_ENDINGS = tuple(longest_first(words("units", "names", "endings")))
_WHOLE_ENDINGS = tuple(longest_first(words("units", "names", "whole_endings")))
_DEPARTMENT = (
    "局",
    "委",
    "办",
    "厅",
    "部",
    "署",
    "政府",
    "管委会",
    "办公室",
    "委员会",
    "会",
    "院",
    "中心",
    "联",
    "协",
    "社",
    "队",
)
_OPENINGS = tuple(longest_first(words("units", "names", "openings")))
_WHOLE = tuple(longest_first(words("units", "names", "whole")))
_FALSE_PREFIXES = tuple(longest_first(words("units", "names", "false_prefixes")))
_PREFIXES = tuple(longest_first(words("units", "names", "prefixes")))
_PARTY = words("units", "names", "party")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{2,7}?(?:自治区|自治州|新区|合作区|示范区|开发区|高新区|省|市|州|县|区|旗|盟)(?=[\u4e00-\u9fff])"
)
_JOINED = re.compile(
    r"(?<=[局委办厅部署府会司团院心队])(?:和|及|以及|与|会同|联合)"
    r"(?=(?:市|省|各|县|区|州|自治|[\u4e00-\u9fff]{2,3}(?:市|省|区|县)))"
    r"|(?<=[局厅])会?(?=(?:市(?![场直级属政])|省(?![直级属])|县(?![直级])|各))"
)
_REST = re.compile(r"(?:等(?:[^、，]{0,2}(?:有关|相关|各)?[^、，]{0,4}(?:单位|部门|企业|机构|地区))?|等)$")


def find_marks(text: str) -> list[Mark]:
    """Find the brackets and lines of a compact text that name responsible units."""
    marks = [
        mark
        for mark in _brackets(text)
        if _MARK_WORDS.search(mark.content) or (_closes(text, mark.end) and looks_like_units(mark.content))
    ]
    taken = [(mark.start, mark.end) for mark in marks]
    for match in _LINE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            marks.append(Mark(match.start(), match.end(), match[0].strip("\n。")))
    return sorted(marks, key=lambda mark: mark.start)


def _closes(text: str, position: int) -> bool:
    """Say whether a bracket that ends here closes its paragraph, as a bare list must to be a mark."""
    return position >= len(text) or (text[position] in "\n。" and not text[position + 1 : position + 2].strip("\n"))


def begins_mark(text: str) -> bool:
    """Say whether a line opens with a key of units or of time (责任单位：…, 完成时限：…)."""
    return bool(_KEY.match(text))


def is_mark(content: str) -> bool:
    """Say whether the words of a bracket assign an item to units."""
    return bool(_MARK_WORDS.search(content)) or looks_like_units(content)


_LINE = re.compile(
    rf"(?:(?<=\n)|^|(?<=[。；！”）]))(?:【)?(?:{_keys('lead')}|{_keys('support')}|{_keys('all')})(?:及[^：\n]{{1,8}})?：?】?：[^\n。]*[。]?"
)


def _brackets(text: str) -> list[Mark]:
    """Give the outermost brackets （…） and 【…】, unclosed ones up to the end of their line."""
    found: list[Mark] = []
    stack: list[int] = []
    for index, char in enumerate(text):
        if char in "（【":
            stack.append(index)
        elif char in "）】" and stack:
            begin = stack.pop()
            if not stack:
                found.append(Mark(begin, index + 1, text[begin + 1 : index]))
    if stack and len(text) - stack[0] < 400:
        found.append(Mark(stack[0], len(text), text[stack[0] + 1 :]))
    return found


def looks_like_units(content: str) -> bool:
    """Say whether a bracket without any word for duty is a bare list of units (市甲局、市乙局)."""
    pieces = [piece for piece in re.split(r"[，；。]", content) if not _is_deadline(piece)]
    members = _split("，".join(pieces))
    if not members or len(content) > 300:
        return False
    first, *others = members
    prefixed = first.startswith(_PREFIXES) and not first.startswith(_FALSE_PREFIXES)
    named = first.endswith(_DEPARTMENT) and (prefixed or (bool(others) and bool(_PLACE.match(first))))
    strange = sum(not member.endswith(_DEPARTMENT + _WHOLE_ENDINGS) for member in others)
    return named and strange <= len(others) // 3


def parse_assignment(content: str, city: str = "") -> Assignment:
    """Read the words of one mark; `city` is the short place name that makes a name whole (深圳 of 深圳海关)."""
    result = Assignment()
    prefix = ""
    for role, words_ in _roles(content):
        names, prefix = _names(words_, prefix, city)
        result.add(Assignment(names, names if role == "lead" else [], names if role == "support" else []))
    return result


def _roles(content: str) -> list[tuple[str, str]]:
    """Part the words of a mark by what they say of the names: (lead, support or all; the names)."""
    keyed = list(_KEY.finditer(content))
    if keyed:
        parts = []
        if keyed[0].start() > 0:
            parts += _suffixed(content[: keyed[0].start()], "all")
        for match, after in zip(keyed, [*keyed[1:], None], strict=True):
            role = match.lastgroup or "all"
            if role != "deadline":
                parts += _suffixed(content[match.end() : after.start() if after else len(content)], role)
        return parts
    return _suffixed(content, "all")


def _suffixed(content: str, role: str) -> list[tuple[str, str]]:
    """Part a list by the duties named behind its members: 甲牵头，乙、丙配合."""
    parts: list[tuple[str, str]] = []
    pending: list[str] = []
    for piece in re.split(r"([，；。\n])", content):
        if piece in "，；。\n":
            continue
        if _is_deadline(piece):
            continue
        members = piece
        found = _TAIL.search(members)
        own = role
        if found and found.lastgroup and len(found[0]) < len(members) + 1:
            members = members[: found.start()]
            own = found.lastgroup if found.lastgroup != "all" or role == "all" else role
            pending.append(members)
            parts.append((own, "，".join(pending)))
            pending = []
            continue
        inner = re.search(r"牵头(?:负责)?[、和]?(?=[市省县区各州])", members)
        if inner:
            parts.append(("lead", "，".join([*pending, members[: inner.start()]])))
            pending = [members[inner.end() :]]
            continue
        pending.append(members)
    if pending:
        parts.append((role, "，".join(pending)))
    return parts


def _is_deadline(piece: str) -> bool:
    return bool(_DEADLINE.match(piece)) and not re.search(r"[局委厅府]", piece)


def _split(content: str) -> list[str]:
    """Part a list at 、 and ， outside brackets, and at 和/及 between two whole names."""
    members: list[str] = []
    depth, begin = 0, 0
    for index, char in enumerate(content):
        if char in "（【":
            depth += 1
        elif char in "）】":
            depth = max(0, depth - 1)
        elif char in "、，；。\n " and not depth:
            members.append(content[begin:index])
            begin = index + 1
    members.append(content[begin:])
    members = _with_shared_endings(members)
    return [part.strip(" 。：") for member in members for part in _JOINED.split(member) if part.strip(" 。：")]


_AREA_END = re.compile(r"[\u4e00-\u9fff]{2,3}(?P<ending>(?:新区|区|县|市)(?:人民)?(?:政府|管委会))$")
_EVERY = re.compile(r"各(?:设区的?)?[市县区州](?:（[^（）]*）)?$")
_EVERY_TOO = re.compile(r"[县区市州旗](?:（[^（）]*）)?(?:人民)?政府$")


def _with_shared_endings(members: list[str]) -> list[str]:
    """Write 甲、乙区政府 with the ending that both share, and keep 各市、县政府 together as one body."""
    made: list[str] = []
    ending = ""
    for member in reversed([member.strip() for member in members]):
        if _EVERY.match(member) and made and _EVERY_TOO.match(made[-1]):
            made[-1] = f"{member}、{made[-1]}"
            continue
        found = _AREA_END.match(member)
        if found:
            ending = found["ending"]
        elif ending and re.fullmatch(r"[\u4e00-\u9fff]{2,3}", member) and not member.endswith(_ENDINGS):
            member += ending
        else:
            ending = ""
        made.append(member)
    return made[::-1]


_JUNK = re.compile(
    r"^(?:由|请|以及|及|和|与|会同|联合|其中|主要由|另|按照?职责分工|各自|负责|按[^、]*分工|共同|均需|均由|都由|需由|原)+"
)


def _names(words_: str, prefix: str, city: str) -> tuple[list[str], str]:
    """Give each member of a list its whole name; `prefix` is what earlier lists of the mark left in force."""
    names: list[str] = []
    before = ""
    for member in _split(words_):
        name = _REST.sub("", _JUNK.sub("", member))
        if not _could_be_unit(name):
            continue
        own = _own_prefix(name)
        if own:
            prefix, before = own.removesuffix("委").removesuffix("党") or own, own
        elif not _is_whole(name, city) and prefix:
            party = name in _PARTY and before.endswith("委")
            name = (before if party else prefix) + name
        if name not in names:
            names.append(name)
    return names, prefix


def _could_be_unit(name: str) -> bool:
    if not 2 <= len(name) <= 40 or re.search(r"[：“”]", name):
        return False
    bare = re.sub(r"（[^（）]*）$", "", name)
    return bare.endswith(_ENDINGS) or name.startswith(_OPENINGS) or bool(_own_prefix(name)) or len(name) <= 12


def _own_prefix(name: str) -> str:
    if name.startswith(_FALSE_PREFIXES):
        return ""
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            return prefix
    return ""


def _is_whole(name: str, city: str) -> bool:
    """Say whether a name needs no prefix: it has its own place, is of another kind, or is known as it is."""
    if city and name.startswith(city):
        return True
    if name.startswith(_OPENINGS) or any(part in name for part in _WHOLE):
        return True
    bare = re.sub(r"（[^（）]*）$", "", name)
    return bare.endswith(_WHOLE_ENDINGS) or bool(_PLACE.match(name))
