"""The heading tree: which paragraphs are numbered headings, how they nest, and what each section is for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from qipan.engines.reading.compact import Compact, compact, join, tidy
from qipan.engines.reading.document import Document, Paragraph
from qipan.engines.reading.lexicon import table
from qipan.engines.reading.model import Heading, Role
from qipan.engines.reading.numerals import parse_number
from qipan.engines.reading.units import Mark, begins_mark, find_marks, is_mark

__all__ = ["Section", "outline"]

_CHINESE = "[一二三四五六七八九十百零〇]"
# Styles of numbering from the outermost inwards; a style met again closes all that is deeper.
_STYLES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        rf"第{_CHINESE}+(?:篇|编|部分)(?![之以])",
        rf"第(?:{_CHINESE}+|\d{{1,3}})章",
        rf"第(?:{_CHINESE}+|\d{{1,3}})节",
        rf"第(?:{_CHINESE}+|\d{{1,3}})条(?![款件])",
        rf"{_CHINESE}{{1,4}}\s?[、.．](?![、.])|{_CHINESE}{{1,4}}\s(?=\S)",
        rf"[（(]{_CHINESE}{{1,4}}[）)][、.]?",
        r"\d{1,3}\s?[.．、](?![\d、.])",
        r"\d{1,2}[.．]\d{1,2}(?:[.．]\d{1,2})?(?=\s|[、.．])[、.．]?",
        r"[（(]\d{1,2}[）)][、.]?",
        r"\d{1,2}[）)]",
        r"[①-⑳]",
    )
)
_FILE_STYLE = -1
_TITLE_LINE = re.compile(r"^[^，。；]{4,60}(?:计划|方案|意见|通知|要点|规划|措施)(?:（[^（）]*）)*$")
_MARKED_OFF = re.compile(r"[（(【〔\[]?(?:责任|牵头|主办|落实|配合|完成时限)")
_LAST_BRACKET = re.compile(r"[（(【〔](?P<content>[^（()）【】〔〕]{2,200})[）)】〕]\s*$")
_CONTENTS = re.compile(r"[.．…·]{4,}\s*\d+\s*$|\t\d+\s*$")
_BOX = re.compile(r"专栏\s?(?:\d+|" + _CHINESE + r"+)?(?=[\s：:]|.{0,30}$)")


@dataclass(slots=True)
class Section:
    """A heading and the paragraphs that stand directly under it, before the next heading."""

    heading: Heading | None
    """None for what stands before the first heading."""
    paragraphs: list[Paragraph] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    parent: int | None = None
    style: int = 0
    title_end: int = 0
    _whole: Compact | None = None
    _marks: list[Mark] | None = None
    """Offset in the document at which the words behind the title begin."""

    @property
    def path(self) -> str:
        """Numbers from the top, empty before the first heading."""
        return self.heading.path if self.heading else ""

    @property
    def role(self) -> Role:
        """What the section is for."""
        return self.heading.role if self.heading else Role.OTHER

    def page_of(self, offset: int) -> int | None:
        """Give the page on which an offset of the document lies, where the format has pages."""
        index = bisect_right(self.paragraphs, offset, key=lambda paragraph: paragraph.start) - 1
        return self.paragraphs[max(index, 0)].page if self.paragraphs else None

    def marks(self) -> list[Mark]:
        """Give the places of `whole` that name responsible units."""
        if self._marks is None:
            self._marks = find_marks(self.whole().text)
        return self._marks

    def whole(self) -> Compact:
        """Give the heading and the words under it."""
        if self._whole is None:
            shown = [p for p in self.paragraphs if p.table is None]
            parts = [compact(p.text, p.start) for p in shown]
            apart = {
                place for place, part in enumerate(parts) if begins_mark(part.text) and part.text[-1] not in "、，"
            }
            if self.heading is None:
                apart |= {place for place, part in enumerate(parts) if _TITLE_LINE.search(part.text)}
            if self.heading is not None and shown and shown[0].start + len(shown[0].text) <= self.title_end + 1:
                apart.add(0)
            self._whole = join(parts, apart)
        return self._whole


def outline(document: Document, title: str = "") -> list[Section]:
    """Divide a document into sections, the first for what stands before any heading; `title` is no heading."""
    sections = [Section(None)]
    stack: list[int] = []
    box = contents = False
    for paragraph in document.paragraphs:
        style, number, rest = _numbering(paragraph, title)
        if contents := (contents or tidy(paragraph.text) == "目录") and (style is None or _listed(paragraph.text)):
            style = None
        if box and style is not None:
            box = not _continues(sections, stack, style, number)
        if style is None or box:
            box = box or bool(_BOX.match(paragraph.text))
            sections[-1].paragraphs.append(paragraph)
            continue
        while stack and sections[stack[-1]].style >= style:
            stack.pop()
        parent = stack[-1] if stack else None
        _open(sections, paragraph, style, number, rest, parent)
        stack.append(len(sections) - 1)
    return sections


def _listed(text: str) -> bool:
    """Say whether a numbered line of a table of contents: it closes with its page."""
    return bool(re.search(r"\d\s*$", text)) and len(text) <= 60


def _numbering(paragraph: Paragraph, title: str) -> tuple[int | None, str, int]:
    """Give the style of a heading, its number, and where the title begins in the paragraph."""
    text = paragraph.text
    if paragraph.table is not None or _CONTENTS.search(text[-40:]):
        return None, "", 0
    for style, pattern in enumerate(_STYLES):
        match = pattern.match(text)
        if match and re.search(r"[\u4e00-\u9fff]", text[match.end() : match.end() + 80]):
            return style, match[0].strip(" 、.．").replace(" ", ""), match.end()
    if paragraph.style_level and len(text) <= 60 and tidy(text) != title:
        return _FILE_STYLE * 10 + paragraph.style_level, "", 0
    return None, "", 0


def _continues(sections: Sequence[Section], stack: Sequence[int], style: int, number: str) -> bool:
    """Say whether a numbered paragraph after a box carries on the outline, not the box's own list."""
    for index in stack:
        section = sections[index]
        if section.style == style and section.heading is not None:
            return _ordinal(number) == _ordinal(section.heading.number) + 1
    return False


def _ordinal(number: str) -> int:
    digits = re.search(r"\d+", number)
    if digits:
        return int(digits[0])
    found = re.search(_CHINESE + "+", number)
    value = parse_number(found[0]) if found else None
    return int(value) if value is not None else 0


def _open(
    sections: list[Section], paragraph: Paragraph, style: int, number: str, rest: int, parent: int | None
) -> None:
    above = sections[parent].heading if parent is not None else None
    begin, end = _title_span(paragraph.text, rest)
    title = paragraph.text[begin:end]
    element = number or tidy(title)
    heading = Heading(
        number=number,
        path=f"{above.path}/{element}" if above else element,
        title=title,
        level=above.level + 1 if above else 1,
        role=_role(title, above.role if above else None),
        start=paragraph.start,
        end=paragraph.start + end,
        page=paragraph.page,
        parent=None if parent is None else parent - 1,
    )
    section = Section(heading, [paragraph], parent=parent, style=style, title_end=paragraph.start + end)
    sections.append(section)
    if parent is not None:
        sections[parent].children.append(len(sections) - 1)


def _title_span(text: str, begin: int) -> tuple[int, int]:
    """Find the heading sentence behind the number: to the first full stop, without a mark of units behind it."""
    while begin < len(text) and text[begin].isspace():
        begin += 1
    end = _sentence_end(text, begin)
    bracket = _LAST_BRACKET.search(text, begin, end)
    if bracket and is_mark(compact(bracket["content"]).text):
        end = bracket.start()
    while end > begin and text[end - 1] in " 。；：:　":
        end -= 1
    return begin, end


def _sentence_end(text: str, begin: int) -> int:
    depth = 0
    for index in range(begin, len(text)):
        char = text[index]
        if char in "（(【〔":
            if _MARKED_OFF.match(text, index):
                return index
            depth += 1
        elif char in "）)】〕":
            depth = max(0, depth - 1)
        elif char in "。；！？" and not depth:
            return index
    return len(text)


_ROLES = tuple(
    (Role.TASK if name == "task_first" else Role(name), re.compile("|".join(table("words")["sections"][name])))
    for name in ("task_first", "goal", "status", "guidance", "safeguard", "space", "field", "task")
)
_SETTLED = frozenset({Role.TASK, Role.SAFEGUARD, Role.GOAL, Role.SPACE, Role.FIELD})


def _role(title: str, above: Role | None) -> Role:
    """Read a section's purpose from its title; without a word for it, the section above decides."""
    if above in _SETTLED:
        return above
    short = tidy(title)[:24]
    for role, pattern in _ROLES:
        if pattern.search(short) and not (above is Role.STATUS and role not in (Role.GOAL, Role.TASK)):
            return role
    return above or Role.OTHER
