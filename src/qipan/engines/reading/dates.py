"""Deadlines: 2022年12月底前, 2023年第二季度, 年底 read as the last day that is meant."""

from __future__ import annotations

import calendar
import re
from datetime import date

from qipan.engines.reading.numerals import parse_number

__all__ = ["find_deadline"]

_DEADLINE = re.compile(
    r"(?P<year>20\d{2})年"
    r"(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?|第?(?P<quarter>[一二三四1-4])季度|(?P<half>上半年|下半年|年中))?"
    r"(?P<end>年?底|末|底)?(?P<before>之?前|以前|内)?"
)
_COMPLETE = re.compile(r"前|底|末|完成|建成|时限|时间")


def find_deadline(text: str, *, named: bool = True) -> str | None:
    """Give the last of the deadlines that a compact text states, as YYYY-MM-DD, or None.

    `named` says that the text is a mark of its own (完成时限：…); else only what ends in 前 is one.
    """
    days = []
    for match in _DEADLINE.finditer(text):
        around = text[max(0, match.start() - 6) : match.end() + 4]
        if match["before"] or (named and (_COMPLETE.search(match[0]) or _COMPLETE.search(around))):
            day = _last_day(match)
            if day:
                days.append(day)
    return max(days).isoformat() if days else None


def _last_day(match: re.Match[str]) -> date | None:
    year, month = int(match["year"]), 12
    if match["month"]:
        month = int(match["month"])
    elif match["quarter"]:
        month = 3 * int(parse_number(match["quarter"]) or 4)
    elif match["half"]:
        month = 12 if match["half"] == "下半年" else 6
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(int(match["day"]), last) if match["day"] and int(match["day"]) else last)
