"""Tasks: the items of a plan that are assigned to someone, with the units that their marks name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from qipan.engines.reading.compact import Compact
from qipan.engines.reading.dates import find_deadline
from qipan.engines.reading.document import Document
from qipan.engines.reading.model import Role, Task
from qipan.engines.reading.outline import Section
from qipan.engines.reading.units import Assignment, Mark, begins_mark, find_marks, parse_assignment

__all__ = ["read_tasks"]

_NO_TASKS = frozenset({Role.GOAL, Role.STATUS, Role.GUIDANCE})
_ITEM_DEPTH = 7
"""Numbering styles from （1） inwards part an item; its mark at the end speaks for the whole item."""
_HENCEFORTH = re.compile(
    r"以下(?:各项|所有)?(?:重点)?(?:任务|工作|内容|事项)?[^。；）]{0,6}?(?:均|都)(?:需|须|由|要|应)?由?(?P<units>[^。；]{2,60}?)(?:负责|落实|配合|参与|承担|组织实施)(?:[，,]?(?:以下)?不再(?:一一|逐一|逐项)?[^。；）]{0,6})?"
)

_FIRST_LEADS = re.compile(
    r"[，；。]?(?:列|排)(?:在|名)?第一(?:位|个)?(?:者|的)?(?:单位)?(?:的)?(?:为|是)牵头(?:单位|部门)[，；。]?(?:以?下同)?"
)


@dataclass(slots=True)
class _Item:
    index: int
    section: Section
    words: Compact
    marks: list[Mark]
    assignment: Assignment


def read_tasks(document: Document, sections: Sequence[Section], city: str = "") -> list[Task]:
    """Read the tasks of a document that has been divided into sections; `city` is its short place name."""
    items = [_item(sections, index, city) for index in _leaves(sections)]
    _lead_by_place(items)
    _share_within_groups(sections, items)
    _add_henceforth(sections, items, city)
    return [_task(document, item) for item in items if _is_task(sections, item)]


def _leaves(sections: Sequence[Section]) -> list[int]:
    """Find the items: sections without items below them, or whose parts are numbered （1）（2） and marked as one."""
    inside = [False] * len(sections)
    leaves: list[int] = []
    for index, section in enumerate(sections):
        above = section.parent
        inside[index] = above is not None and (inside[above] or _is_item(leaves, above))
        if index and not inside[index] and (not section.children or _parts_only(sections, section)):
            leaves.append(index)
    return leaves


def _is_item(leaves: Sequence[int], index: int) -> bool:
    place = bisect_left(leaves, index)
    return place < len(leaves) and leaves[place] == index


def _parts_only(sections: Sequence[Section], section: Section) -> bool:
    """Say whether what is numbered below are parts of one item: only the last of them, if any, carries a mark."""
    if any(sections[child].style < _ITEM_DEPTH for child in section.children):
        return False
    return not any(sections[child].marks() for child in section.children[:-1])


def _item(sections: Sequence[Section], index: int, city: str) -> _Item:
    section = sections[index]
    words = _whole_words(sections, index)
    own = find_marks(words.text) if section.children else section.marks()
    marks = own or _inherited(sections, section)
    assignment = Assignment()
    corner = any("〔" in paragraph.text for paragraph in section.paragraphs)
    for mark in marks:
        content = _FIRST_LEADS.sub("", _HENCEFORTH.sub("", mark.content))
        named = parse_assignment(content, city)
        assignment.add(_with_corners(named) if corner else named)
    return _Item(index, section, words, marks, assignment)


def _inherited(sections: Sequence[Section], section: Section) -> list[Mark]:
    """Give the marks that stand at the head of the group which an item without a mark belongs to."""
    parent = section.parent
    while parent is not None:
        marks = sections[parent].marks()
        if marks:
            return marks
        parent = sections[parent].parent
    return []


def _with_corners(named: Assignment) -> Assignment:
    """Write 各市〔州〕政府 with the brackets that folding has made alike."""
    lists = (
        [name.replace("【", "〔").replace("】", "〕") for name in names]
        for names in (named.units, named.lead, named.support)
    )
    return Assignment(*lists)


def _whole_words(sections: Sequence[Section], index: int) -> Compact:
    """Give an item's words together with those of its numbered parts."""
    section = sections[index]
    text, offsets = section.whole().text, list(section.whole().offsets)
    for child in section.children:
        part = _whole_words(sections, child)
        if part.text:
            text += "\n" + part.text
            offsets += [part.offsets[0], *part.offsets]
    return Compact(text, offsets)


def _lead_by_place(items: Sequence[_Item]) -> None:
    """Make the first unit of each item its lead from where the document says so (列第一位者为牵头单位，下同)."""
    standing = False
    for item in items:
        said = any(_FIRST_LEADS.search(mark.content) for mark in item.marks)
        standing = standing or said
        if standing and item.assignment.units and not item.assignment.lead:
            item.assignment.lead.append(item.assignment.units[0])


def _share_within_groups(sections: Sequence[Section], items: Sequence[_Item]) -> None:
    """Give a group's items the units of a mark that stands on a line of its own after the last of them."""
    by_parent: dict[int | None, list[_Item]] = {}
    for item in items:
        by_parent.setdefault(item.section.parent, []).append(item)
    for group in by_parent.values():
        last = group[-1]
        if len(group) < 2 or group[0].section.parent is None or not last.marks:
            continue
        own_line = last.marks[0].start > 0 and last.words.text[last.marks[0].start - 1] == "\n"
        if own_line and not any(item.marks for item in group[:-1]) and not last.words.text.startswith("（"):
            for item in group[:-1]:
                item.assignment.add(last.assignment)


def _add_henceforth(sections: Sequence[Section], items: Sequence[_Item], city: str) -> None:
    """Add the units of 以下任务均需…负责 to each later item of the same chapter, last."""
    standing: dict[int, Assignment] = {}
    for item in items:
        chapter = _chapter(sections, item.index)
        if chapter in standing and item.section.role not in _NO_TASKS:
            item.assignment.add(standing[chapter])
        for match in _HENCEFORTH.finditer(item.words.text):
            named = parse_assignment(match["units"], city)
            standing[chapter] = Assignment([_as_written(name, item.assignment.units) for name in named.units])
            item.assignment.add(standing[chapter])


def _as_written(name: str, units: Sequence[str]) -> str:
    """Give the name as the item itself has written it, brackets aside."""
    bare = re.sub(r"[（）]", "", name)
    return next((unit for unit in units if re.sub(r"[（）]", "", unit) == bare), name)


def _chapter(sections: Sequence[Section], index: int) -> int:
    parent = sections[index].parent
    while parent is not None:
        index, parent = parent, sections[parent].parent
    return index


def _is_task(sections: Sequence[Section], item: _Item) -> bool:
    role = item.section.role
    heading = item.section.heading
    if role in _NO_TASKS or heading is None or heading.number.endswith("条"):
        return False
    if item.assignment.units:
        return True
    return role is Role.TASK and item.section.parent is not None


def _deadline(item: _Item) -> str | None:
    """Read the deadline in the marks, in a line for it (完成时限：…), or in the words of the item."""
    named = [mark.content for mark in item.marks]
    named += [line for line in item.words.text.split("\n") if begins_mark(line)]
    return find_deadline(" ".join(named)) or find_deadline(item.words.text, named=False)


def _task(document: Document, item: _Item) -> Task:
    heading = item.section.heading
    assert heading is not None
    start, end = item.words.span(0, len(item.words.text))
    return Task(
        section=heading.path,
        heading=heading.title,
        units=tuple(item.assignment.units),
        lead=tuple(item.assignment.lead),
        support=tuple(item.assignment.support),
        deadline=_deadline(item),
        quote=document.text[heading.start : heading.end],
        start=heading.start,
        end=heading.end,
        page=heading.page,
        text=document.text[start:end],
        text_start=start,
        text_end=end,
        confidence=0.95 if item.assignment.units else 0.8,
    )
