"""For whom a number is: operators, districts and other bodies, and lists of them (移动、联通分别…)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qipan.engines.reading.lexicon import alternation, words
from qipan.engines.reading.phrases import Setting

__all__ = ["Spread", "is_scope", "split_scope", "spread_of"]

_OPERATORS = words("words", "scopes", "operators")
_AREA_ENDINGS = tuple(sorted(words("words", "scopes", "area_endings")))
_AREA_LIKE = tuple(sorted(words("words", "scopes", "area_like")))
_HAN = re.compile(r"[\u4e00-\u9fff]{2,8}")
_VERB = re.compile(f"(?:{alternation(words('words', 'verbs', 'object'))})$")
_VERB_HEAD = re.compile(f"^(?:{alternation(words('words', 'verbs', 'object'))})")
_DOES = alternation(words("words", "verbs", "object"))
_SCOPED = re.compile(
    rf"(?P<body>{alternation(_OPERATORS)}|[\u4e00-\u9fff]{{2,6}}?(?:区|县|市))(?P<verb>{_DOES})?(?P<rest>.*)$"
)
_SHARED = re.compile(r"(?P<subjects>[^，。；：]+?)(?:将|要|力争|均)?分别(?P<rest>.*)$")
_YEAR = re.compile(r"(?P<year>(?:19|20)\d{2})年?底?")


def is_scope(name: str) -> bool:
    """Say whether a name is an operator or an area for which something is broken down."""
    if name in _OPERATORS:
        return True
    return bool(_HAN.fullmatch(name)) and name.endswith(_AREA_ENDINGS) and not name.endswith(_AREA_LIKE)


def split_scope(name: str) -> tuple[str, str]:
    """Part 移动新建5G基站 into the body and what it does; the body is empty where there is none."""
    bare = _VERB.sub("", name)
    if is_scope(bare):
        return bare, ""
    found = _SCOPED.match(name)
    if found and found["verb"] and is_scope(found["body"]):
        return found["body"], found["rest"]
    return "", name


@dataclass(frozen=True, slots=True)
class Spread:
    """The subjects over which a list of numbers is spread, the next one first."""

    subjects: tuple[str, ...]
    common: str
    years: tuple[int, ...]
    thing: str = ""
    """What stands behind 分别 and is shared by all (分别新建5G基站)."""

    @property
    def name(self) -> str:
        """What the next number measures."""
        own = self.subjects[0] if self.subjects else ""
        return own if len(own) > 4 or not self.common else own + self.common

    @property
    def scope(self) -> str:
        """The body of the next number, where the subjects are bodies."""
        return self.subjects[0] if self.subjects and is_scope(self.subjects[0]) else ""

    @property
    def year(self) -> int | None:
        """The year of the next number, where the subjects are years."""
        return self.years[0] if self.years else None

    def rest(self) -> Spread | None:
        """What is left for the numbers after the next."""
        if len(self.subjects) <= 1 and len(self.years) <= 1:
            return None
        return Spread(self.subjects[1:] or self.subjects, self.common, self.years[1:], self.thing)


def spread_of(text: str, setting: Setting) -> Spread | None:
    """Read 甲、乙和丙分别 before a quantity; None where numbers are not spread."""
    words_before = setting.before(text)
    found = _SHARED.search(words_before)
    if not found:
        return None
    subjects = [part for part in re.split(r"[、和及与]", found["subjects"]) if part]
    years = [int(match["year"]) for part in subjects if (match := _YEAR.search(part))]
    if len(years) >= 2:
        tail = _YEAR.sub("", subjects[-1]).strip("底末，")
        head = text[max(0, setting.left - 30) : setting.left].rstrip("，").split("，")[-1]
        return Spread((tail or head,), "", tuple(years))
    if len(subjects) < 2:
        return None
    return Spread(tuple(subjects), _tail_of(subjects[-1]), (), _VERB_HEAD.sub("", found["rest"], count=1))


def _tail_of(subject: str) -> str:
    """Give the measure that the last subject carries for all (种植、收获机械化率)."""
    found = re.match(
        r".{2,}?(?P<tail>.{0,3}率|占比|比例|比重|增加值|产值|产量|销量|营收|收入|规模|数量|增速)$", subject
    )
    return found["tail"] if found else ""
