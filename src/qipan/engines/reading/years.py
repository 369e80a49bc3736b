"""Which year a number holds for: the years a text names, and how they carry on to what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["YearMention", "covering_year", "find_years"]

_YEAR = r"(?:19|20)\d{2}"
_CHINESE_YEAR = r"二[〇零○][〇零○一二三四五六七八九]{2}"
_MENTION = re.compile(
    rf"(?:(?P<first>{_YEAR})年?(?:-{{1,2}}|~|至|到))?(?P<year>{_YEAR}|{_CHINESE_YEAR})年"
    r"|(?P<five>“?十(?P<ordinal>[二三四五六])五”?(?:规划)?(?P<part>期间|时期|末|期末|中期|以来|收官|前期))"
    r"|(?P<now>截至目前|截止目前|目前|今年|本年度|当年)|(?P<last>去年|上年)|(?P<next>明年)"
    r"|(?P<within>(?<!年)(?:全年|年内|年底前|[上下]半年|\d{1,2}月底前))"
    r"|(?P<span>(?:用|经过|通过|力争|再用|未来)?[一二两三四五1-5](?:到[一二三四五1-5])?年(?:左右|多)?(?:的?时间|的?努力|内))"
)
_NOT_TOPIC_BEFORE = re.compile(r"(?:比|较|与|同|在|相比|于)$")
_NOT_TOPIC_AFTER = re.compile(r"(?:底|末|年底)?(?:相比|基础上|水平|比|的基础|版)")
_FIVE_YEAR_END = {"二": 2015, "三": 2020, "四": 2025, "五": 2030, "六": 2035}
_DIGIT = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2}


@dataclass(frozen=True, slots=True)
class YearMention:
    """A year named at a place in a text; `topic` where it governs what follows, not a mere point of comparison."""

    start: int
    end: int
    year: int
    topic: bool
    """False for a point of comparison (较2020年) and for an attribute (2020年的38%)."""
    attribute: bool = False
    past: bool = False
    """Worded as what has been (截至, 目前, 去年)."""


def find_years(text: str, today: int | None, period: tuple[int, int] | None) -> list[YearMention]:
    """Find the years of a compact text in order.

    `today` is the document's own year, which 目前 and 今年 mean; `period` gives the end of 用三年时间, and, where the
    plan is for one year, the year of 全年 and 年底前.
    """
    return [mention for match in _MENTION.finditer(text) if (mention := _mention(text, match, today, period))]


def _mention(text: str, match: re.Match[str], today: int | None, period: tuple[int, int] | None) -> YearMention | None:
    start, end = match.span()
    year, past = _year_of(match, today, period), bool(match["last"] or (match["now"] and "目前" in match["now"]))
    if year is None:
        return None
    before, after = text[max(0, start - 3) : start], text[end : end + 6]
    compared = bool(_NOT_TOPIC_BEFORE.search(before) and _NOT_TOPIC_AFTER.match(after)) or bool(
        re.search(r"(?:比|较|相比)$", before)
    )
    attribute = after.startswith("的") or before.endswith(("从", "由"))
    past = past or before.endswith(("截至", "截止"))
    return YearMention(start, end, year, not (compared or attribute), attribute and not compared, past)


def _year_of(match: re.Match[str], today: int | None, period: tuple[int, int] | None) -> int | None:
    if match["year"]:
        digits = match["year"]
        return int(digits) if digits.isdigit() and digits.isascii() else int("".join(str(_DIGIT[c]) for c in digits))
    if match["five"]:
        return _FIVE_YEAR_END[match["ordinal"]]
    if match["span"]:
        return period[1] if period else None
    if match["within"]:
        return period[0] if period and period[0] == period[1] else None
    if today is None:
        return None
    return today + (-1 if match["last"] else 1 if match["next"] else 0)


def covering_year(mentions: Sequence[YearMention], period: tuple[int, int] | None) -> int | None:
    """Choose the year that the opening words of a section lend to its items: the end of the period if they name it."""
    years = [mention.year for mention in mentions if mention.topic]
    if not years:
        return None
    if period and period[1] in years:
        return period[1]
    within = [year for year in years if period and period[0] <= year <= period[1]]
    return max(within) if within else years[0]
