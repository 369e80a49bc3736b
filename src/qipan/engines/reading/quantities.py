"""Quantities in running text: a number, what it counts, and the words around it that bound it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from qipan.engines.reading.lexicon import alternation, table, words
from qipan.engines.reading.numerals import CHINESE, NUMBER, parse_number

__all__ = ["Quantity", "Relation", "find_quantities", "relation_before"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: half-open span in the text, its value or the two ends of its range, and its unit."""

    start: int
    end: int
    values: tuple[float, ...]
    unit: str
    kind: str
    """count, money, ratio, extent, technical, time, times, class (千万级) or bare (a number alone)."""
    bound: str = ""
    """least (以上), most (以内), about (左右), more (100余家) or empty."""
    chinese: bool = False
    """Written in Chinese numerals only, which idioms and names do as well."""


_KINDS = ("count", "money", "ratio", "extent", "technical", "time", "times")
_KIND_OF = {unit: kind for kind in reversed(_KINDS) for unit in words("quantities", "measures", kind)}
_BOUND_OF = {word: bound for bound in ("least", "most", "about") for word in words("quantities", "bounds", bound)}
_LATIN = [unit for unit in _KIND_OF if unit[-1].isascii() and unit[-1].isalpha()]
_OTHER = [unit for unit in _KIND_OF if unit not in set(_LATIN)]
_FOLLOWERS: dict[str, str] = table("quantities")["followers"]
_SEPARATOR = r"(?:-{1,2}|~|至|到)"


def _unit_pattern() -> str:
    plain = [f"{re.escape(u)}(?![{_FOLLOWERS[u]}])" if _FOLLOWERS.get(u) else re.escape(u)
             for u in sorted(_OTHER, key=lambda u: (-len(u), u))]  # fmt: skip
    return f"(?:{alternation(_LATIN)})(?![A-Za-z0-9])|{'|'.join(plain)}"


_BOUND = rf"(?:{alternation(_BOUND_OF)})(?![游部容外陆岸来步点生存需置])"
_PER = "(?:/(?:平方公里|平方千米|平方米|万人|千人|百人|公里|人|户|亩|年|月|日|天))?"
_QUANTITY = re.compile(
    rf"(?P<first>{NUMBER})(?:[%个家项户座套元]?{_SEPARATOR}(?P<second>{NUMBER}))?"
    rf"(?P<more>[余多])?(?P<power>万亿|[万亿])?(?P<unit>(?:{_unit_pattern()}){_PER})?(?P<bound>{_BOUND})?"
)
_PERCENT = re.compile(rf"百分之(?P<value>{NUMBER})(?P<bound>{_BOUND})?")
_TENTHS = re.compile(
    rf"(?P<value>[一二两三四五六七八九]|(?<![\d.])\d(?:\.\d)?)成(?P<half>半)?(?P<bound>{_BOUND})?(?![为立就果本员功效都长品型熟交])"
)
_HALF = re.compile(rf"(?:一半|半数)(?P<bound>{_BOUND})?")
_DOUBLE = re.compile(
    rf"翻(?P<times>[一两二三四])?番(?P<bound>{_BOUND})?|(?:(?:增长|增加|提高|提升|扩大)(?P<once>{CHINESE}|\d+(?:\.\d+)?)倍"
    rf"|(?P<twice>成倍增长|倍增|翻倍))(?P<least>{_BOUND})?(?![计行工级器放式])"
)
_CLASS = re.compile(r"(?P<value>[十百千]?[万亿]|[十百千])级(?P<bound>以上)?")
_DATE = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日|份|底|末|初|中旬|上旬|下旬)?")
_FRACTION = re.compile(rf"(?P<parts>{CHINESE}{{1,3}})分之(?P<of>{CHINESE}{{1,3}})(?P<bound>{_BOUND})?")


def find_quantities(text: str) -> list[Quantity]:
    """Find every quantity of a compact text, in order, none overlapping; dates, names and ordinals are left out."""
    taken = bytearray(len(text))
    found: list[Quantity] = []
    for quantity in _candidates(text):
        if not any(taken[quantity.start : quantity.end]):
            taken[quantity.start : quantity.end] = b"\1" * (quantity.end - quantity.start)
            found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def _candidates(text: str) -> Iterator[Quantity]:
    """Offer readings, the more particular first, so that they win where they overlap."""
    for match in _PERCENT.finditer(text):
        yield from _single(match, parse_number(match["value"]), "%", "ratio")
    for match in _FRACTION.finditer(text):
        parts, of = parse_number(match["parts"]), parse_number(match["of"])
        if parts and of is not None:
            yield from _single(match, (of * 100 / parts).quantize(Decimal("0.01")), "%", "ratio")
    for match in _DOUBLE.finditer(text):
        yield from _single(match, _multiple(match), "倍", "times")
    for match in _TENTHS.finditer(text):
        tenths = parse_number(match["value"])
        if tenths is not None and 0 < tenths < 10:
            yield from _single(match, tenths * 10 + (5 if match["half"] else 0), "%", "ratio")
    for match in _HALF.finditer(text):
        yield from _single(match, Decimal(50), "%", "ratio")
    for match in _CLASS.finditer(text):
        yield from _single(match, parse_number(match["value"]), "", "class")
    yield from _measured(text)


def _single(match: re.Match[str], value: Decimal | None, unit: str, kind: str) -> Iterator[Quantity]:
    groups = match.groupdict()
    bound = _BOUND_OF.get(groups.get("bound") or groups.get("least") or "", "")
    if value is not None:
        yield Quantity(match.start(), match.end(), (float(value),), unit, kind, bound, chinese=kind != "ratio")


def _multiple(match: re.Match[str]) -> Decimal | None:
    """翻两番 is fourfold, 增长一倍 is twofold."""
    if match["once"]:
        once = parse_number(match["once"])
        return None if once is None else once + 1
    if match["twice"]:
        return Decimal(2)
    return Decimal(2) ** int(parse_number(match["times"] or "一") or 1)


def _measured(text: str) -> Iterator[Quantity]:
    dates = {match.start(): match.end() for match in _DATE.finditer(text)}
    position = 0
    while match := _QUANTITY.search(text, position):
        position = match.end()
        if match.start() in dates:
            position = max(dates[match.start()], match.start() + 1)
            continue
        quantity = _quantity(text, match)
        if quantity is not None:
            yield quantity


def _quantity(text: str, match: re.Match[str]) -> Quantity | None:
    """Judge one match by its neighbours and work out its values."""
    start, end = match.span()
    if _is_name(text, start, end, match):
        return None
    unit = match["unit"] or ""
    values = _values(match)
    if values is None:
        return None
    kind = _KIND_OF.get(unit) or _KIND_OF.get(unit.split("/")[0], "bare")
    bound = _BOUND_OF.get(match["bound"] or "", "") or ("more" if match["more"] else "")
    chinese = not any(char.isdigit() and char.isascii() for char in match[0])
    return Quantity(start, end, values, unit, kind, bound, chinese)


_BEFORE_NAME = re.compile(r"(?:[A-Za-z][-_/]?|[\d./+×*_-]|第|No|[A-Za-z0-9] )$")
_AFTER_NAME = re.compile(r"(?:-?[A-Za-z]|\+|/\d|\.\d|×|号|级|强|大(?![于约概致])|类|型|版|代|届|轮|等奖|维|年|月)")


def _is_name(text: str, start: int, end: int, match: re.Match[str]) -> bool:
    """Say whether the figures belong to a name or a rank: 10G-PON, 200/400Gbps, 第3, 20+8, 4A级, 100强."""
    if _BEFORE_NAME.search(text[max(0, start - 2) : start]):
        return True
    return not match["unit"] and bool(_AFTER_NAME.match(text, match.end()))


def _values(match: re.Match[str]) -> tuple[float, ...] | None:
    power = parse_number(match["power"]) if match["power"] else Decimal(1)
    first = parse_number(match["first"])
    if first is None or power is None:
        return None
    if not match["second"]:
        return (float(first * power),)
    second = parse_number(match["second"])
    if second is None:
        return None
    if second >= 1000 and first < second / 1000 and not _has_power(match["first"]):
        first *= _power_of(match["second"])
    if second <= first:
        return None
    return (float(first * power), float(second * power))


def _has_power(text: str) -> bool:
    return any(char in "十百千万亿" for char in text)


def _power_of(text: str) -> Decimal:
    """The magnitude that closes a number: 万 of 2万, which 1-2万 means for both ends."""
    tail = text.lstrip("0123456789.,")
    return parse_number(tail) or Decimal(1) if tail else Decimal(1)


@dataclass(frozen=True, slots=True)
class Relation:
    """The words right before a quantity: where they begin, and what they say of it."""

    start: int
    comparator: str
    """=, >=, >, <= or empty where nothing is said."""
    stated: bool
    """A predicate stands there (达到, 超过, 为), so that the name stands before it."""


_COMPARATORS = {word: sign for sign in ("=", ">=", ">", "<=", "<") for word in words("quantities", "comparators", sign)}
_UP = words("quantities", "change", "up")
_DOWN = words("quantities", "change", "down")
_MODALS = frozenset(
    {
        "力争",
        "争取",
        "确保",
        "预计",
        "有望",
        "将",
        "努力",
        "基本",
        "稳定",
        "保持",
        "总体",
        "均",
        "都",
        "已",
        "首次",
        "再",
        "仅",
        "要",
    }
)
_REACH = frozenset({"到", "至", "达到", "达", "为", "在", "可达"})
_LONGEST = max(map(len, _COMPARATORS))


def relation_before(text: str, position: int, floor: int = 0) -> Relation:
    """Read backwards from a quantity the chain of comparators, changes and modals that governs it."""
    sign, stated, start = "", False, position
    while True:
        word = _word_before(text, start, floor)
        if word is None:
            return Relation(start, sign, stated)
        if word in _UP or word in _DOWN:
            reaches = text[start : start + 2] in _REACH or text[start : start + 1] in _REACH
            if not reaches:
                # 增长10% states a growth, not a level: the change is what is measured.
                return Relation(start, sign, stated)
            if word in _DOWN:
                sign = "<="
            stated = True
        elif word in _COMPARATORS:
            new = _COMPARATORS[word]
            sign = new if sign in ("", "=", ">=") and not (sign and new == "=") else sign
            stated = stated or word not in ("共", "计", "有", "在")
        start -= len(word)


def _word_before(text: str, position: int, floor: int) -> str | None:
    for size in range(min(_LONGEST, position - floor), 0, -1):
        word = text[position - size : position]
        if word in _COMPARATORS or word in _MODALS or ((word in _UP or word in _DOWN) and size > 0):
            return word
    return None
