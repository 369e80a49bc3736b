"""Automatic numbers of a docx, which its text does not hold (ECMA-376 part 1, 17.9 and 17.7.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from qipan.engines.reading.formats._numerals import numeral

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_CLOSING = tuple("、．.)）】〕》:：,，·")


def value(element: etree._Element | None, path: str) -> str | None:
    """Return the `w:val` of a descendant given by local names, None where either is absent."""
    for step in path.split("/"):
        if element is None:
            return None
        element = element.find(W + step)
    return None if element is None else element.get(W + "val")


def number(text: str | None) -> int | None:
    """Return a whole number, None for anything else."""
    return int(text) if text is not None and re.fullmatch(r"[+-]?\d{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    style: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    """Level (from 1) after which it starts anew; 0 never, None after any higher one."""
    paragraph_style: str | None = None
    plain: bool = False
    """All numbers in this level's text are written in decimal digits (w:isLgl)."""

    @classmethod
    def read(cls, element: etree._Element) -> _Level:
        return cls(
            start=number(value(element, "start")) or 0,
            style=_style(element),
            text=value(element, "lvlText") or "",
            suffix=value(element, "suff") or "tab",
            restart=number(value(element, "lvlRestart")),
            paragraph_style=value(element, "pStyle"),
            plain=element.find(W + "isLgl") is not None,
        )


def _style(level: etree._Element) -> str:
    """The number format; a custom one says by example how many digits it has."""
    found = level.find(f".//{W}numFmt")
    if found is None:
        return "decimal"
    name = found.get(W + "val") or "decimal"
    if name == "custom":
        return "decimalZero" if (found.get(W + "format") or "").startswith("01") else "decimal"
    return str(name)


@dataclass(frozen=True, slots=True)
class _List:
    """One w:num: the counters it shares (those of its abstract list), its levels and the starts it overrides."""

    shared: str
    levels: dict[int, _Level]
    overrides: dict[int, int]


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a style says about outline and numbering after all styles it is based on."""

    name: str = ""
    outline: int | None = None
    """Outline level from 0, None for body text."""
    list_id: str | None = None
    level: int | None = None
    hidden: bool = False


def read_styles(root: etree._Element | None) -> tuple[dict[str, ParagraphStyle], str | None]:
    """Return the paragraph styles by their ids, inheritance resolved, and the id of the default one."""
    if root is None:
        return {}, None
    elements = {element.get(W + "styleId"): element for element in root.iter(W + "style")}
    default = next(
        (
            key
            for key, e in elements.items()
            if e.get(W + "type") == "paragraph" and e.get(W + "default") in ("1", "true")
        ),
        None,
    )
    return {key: _resolve_style(key, elements) for key in elements if key}, default


def _resolve_style(key: str, elements: dict[str | None, etree._Element]) -> ParagraphStyle:
    """Lay the chain of base styles over each other, the style itself last; a loop in the chain is cut."""
    chain: list[etree._Element] = []
    seen: set[str | None] = set()
    current: str | None = key
    while current in elements and current not in seen:
        seen.add(current)
        chain.append(elements[current])
        current = value(elements[current], "basedOn")
    resolved = ParagraphStyle()
    for element in reversed(chain):
        outline = number(value(element, "pPr/outlineLvl"))
        level = number(value(element, "pPr/numPr/ilvl"))
        resolved = replace(
            resolved,
            outline=resolved.outline if outline is None else outline,
            list_id=value(element, "pPr/numPr/numId") or resolved.list_id,
            level=resolved.level if level is None else level,
            hidden=resolved.hidden or element.find(f"{W}rPr/{W}vanish") is not None,
        )
    return replace(resolved, name=value(elements[key], "name") or "")


@dataclass(slots=True)
class Numbering:
    """Counts through a document; ask for each numbered paragraph once, in document order."""

    _lists: dict[str, _List] = field(default_factory=dict)
    _counters: dict[str, list[int | None]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def read(cls, root: etree._Element | None) -> Numbering:
        """Read numbering.xml; without one nothing is numbered."""
        return cls() if root is None else cls(_read_lists(root))

    def level_of_style(self, list_id: str, style: str) -> int:
        """Return the level that a list ties to a paragraph style, 0 where it ties none."""
        levels = self._lists[list_id].levels if list_id in self._lists else {}
        return next((key for key, level in levels.items() if level.paragraph_style == style), 0)

    def next(self, list_id: str, depth: int) -> str:
        """Count one paragraph on and return its number with what parts it from the text; empty where it has none."""
        chosen = self._lists.get(list_id)
        if chosen is None or depth not in chosen.levels:
            return ""
        self._advance(list_id, chosen, depth)
        level = chosen.levels[depth]
        written = self._write(chosen, level)
        return written + _separator(level.suffix, written)

    def _advance(self, list_id: str, chosen: _List, depth: int) -> None:
        counters = self._counters.setdefault(chosen.shared, [None] * _LEVELS)
        fresh = depth in chosen.overrides and (list_id, depth) not in self._started
        current = counters[depth]
        counters[depth] = self._first(chosen, depth) if fresh or current is None else current + 1
        self._started.add((list_id, depth))
        for above in range(depth):
            if counters[above] is None:
                counters[above] = self._first(chosen, above)
        for below in range(depth + 1, _LEVELS):
            restart = chosen.levels[below].restart if below in chosen.levels else None
            if restart is None or (restart > 0 and depth < restart):
                counters[below] = None

    @staticmethod
    def _first(chosen: _List, depth: int) -> int:
        level = chosen.levels.get(depth, _Level())
        return chosen.overrides.get(depth, level.start)

    def _write(self, chosen: _List, level: _Level) -> str:
        counters = self._counters[chosen.shared]

        def one(match: re.Match[str]) -> str:
            depth = int(match.group(1)) - 1
            count = counters[depth]
            style = chosen.levels[depth].style if depth in chosen.levels else "decimal"
            if level.plain and style not in ("bullet", "none"):
                style = "decimal"
            return "" if count is None else numeral(count, style)

        return "" if level.style == "bullet" else re.sub(r"%([1-9])", one, level.text)


def _separator(suffix: str, written: str) -> str:
    """A tab after 一、 or 1. would only part the number from its text, so it is dropped there."""
    if not written or suffix == "nothing":
        return ""
    return "" if suffix == "tab" and written.endswith(_CLOSING) else " "


def _read_lists(root: etree._Element) -> dict[str, _List]:
    abstract = {element.get(W + "abstractNumId"): element for element in root.findall(W + "abstractNum")}
    by_style = {value(element, "styleLink"): key for key, element in abstract.items() if value(element, "styleLink")}
    lists: dict[str, _List] = {}
    for element in root.findall(W + "num"):
        key = value(element, "abstractNumId")
        if key in abstract and (linked := value(abstract[key], "numStyleLink")) in by_style:
            key = by_style[linked]
        if key is None or key not in abstract:
            continue
        levels = _read_levels(abstract[key])
        overrides: dict[int, int] = {}
        for override in element.findall(W + "lvlOverride"):
            depth = number(override.get(W + "ilvl"))
            if depth is None:
                continue
            levels |= _read_levels(override)
            if (start := number(value(override, "startOverride"))) is not None:
                overrides[depth] = start
        lists[str(element.get(W + "numId"))] = _List(key, levels, overrides)
    return lists


def _read_levels(element: etree._Element) -> dict[int, _Level]:
    levels = {}
    for level in element.findall(W + "lvl"):
        depth = number(level.get(W + "ilvl"))
        if depth is not None and 0 <= depth < _LEVELS:
            levels[depth] = _Level.read(level)
    return levels
