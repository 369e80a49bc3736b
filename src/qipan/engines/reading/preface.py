"""What a document says of itself before its first heading: title, issuers, period, date."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qipan.engines.reading.compact import compact, tidy
from qipan.engines.reading.document import Document, Paragraph

__all__ = ["Preface", "read_preface"]

_GENRE = (
    "计划|方案|意见|规划|通知|措施|办法|规定|条例|函|要点|纲要|实施细则|决定|批复|指引|指南|清单|工程|公告|报告"
    "|细则|答复|标准"
)
_TITLE_END = re.compile(rf"(?:{_GENRE})(?:的函|的通知)?(?:（[^（）]{{0,24}}）)*$")
_ISSUED = re.compile(
    r"(?:关于)?(?:印发|发布|下发|公布|转发|实施|征求)[^《]{0,12}《(?P<title>.+)》.{0,12}(?:的?(?:通知|公告|函|通告|决定))"
)
_ISSUED_PLAIN = re.compile(r"关于(?:印发|发布|下发|公布)(?P<title>[^《》]{6,})的通知$")
_ISSUER = re.compile(r"^(?P<issuers>.{2,}?)关于")
_BODY = re.compile(
    r".{2,}?(?:人民政府办公[厅室]|委员会办公室|委员会|办公室|办公厅|人民政府(?!办公)|管委会|局|厅|委(?!员)|部|署)"
    r"(?=[\u4e00-\u9fff]{2,}(?:局|厅|委|部|署|府|室|会)|、|$)"
)
_QUALIFIER = re.compile(r"^[（(【][^（）()]{2,24}[）)】]$")
_SPAN = re.compile(r"(?P<first>(?:19|20)\d{2})年?(?:-{1,2}|~|至|到)(?P<last>(?:19|20)\d{2})年?")
_SINGLE = re.compile(r"(?P<year>20\d{2})年")
_FIVE_YEARS = re.compile(r"“?十(?P<ordinal>[二三四五六])五”?")
_FULL_DATE = re.compile(r"(?P<year>20\d{2})[年-](?P<month>\d{1,2})[月-](?P<day>\d{1,2})日?")
_LETTERHEAD = re.compile(
    r"^(?!.*关于).{2,20}文件$|】\d+号$|^(?:索引号|发布|来源|时间|首页|信息|名称|文号|主题|当前位置|附件|目录)"
)
_NUMBERED = re.compile(r"(?<=[案划见知点])[\u4e00-\u9fff]{2,8}[〔\[【（(]20\d{2}[〕\]】）)]\s?\d+\s?号$")
"""The number of a document where a broken line has joined it to the title."""
_NUMBER = re.compile(r"【(20\d{2})】\d+号")
_UNIT_END = re.compile(r"(?:局|委|委员会|厅|部|政府|办公室|办公厅|管委会|署|中心|院|党委|集团|公司|领导小组)$")
_OPENING = re.compile(r"^各[^。]{4,200}：$|^.{0,40}(?:政府|单位|部门|局|委|公司|代表|委员|同志|企业)[^。]{0,20}：$")
_SEARCHED = 40
"""Paragraphs from the top in which a title may stand."""


@dataclass(frozen=True, slots=True)
class Preface:
    """Title without the typesetter's spaces, the units that issue it, its period, and its own year."""

    title: str
    issuers: tuple[str, ...]
    period: tuple[int, int] | None
    year: int | None
    """Year of signature, letter or publication."""


def read_preface(document: Document) -> Preface:
    """Read title, issuers, period and year; what is not found is empty or None."""
    paragraphs = [p for p in document.paragraphs[:_SEARCHED] if p.table is None]
    raw = _title_lines(paragraphs)
    folded = compact(raw).text
    issued = _ISSUED.search(folded)
    plain = _ISSUED_PLAIN.search(tidy(raw))
    title = tidy(_unfolded(raw, issued)) if issued else plain["title"] if plain else tidy(raw)
    issuers = _issuers(folded)
    period = _period(compact(title).text)
    return Preface(title, issuers or _signatories(document), period, _year(document))


def _unfolded(raw: str, issued: re.Match[str]) -> str:
    """Give the words between the outermost 《》 as the document has them."""
    begin, end = raw.find("《"), raw.rfind("》")
    return raw[begin + 1 : end] if 0 <= begin < end else issued["title"]


def _title_lines(paragraphs: list[Paragraph]) -> str:
    """Join the lines of the title: from a line that begins it to one that ends it and its qualifiers in brackets."""
    for first, paragraph in enumerate(paragraphs):
        if _numbered(paragraph.text):
            break
        if _passed_over(paragraph.text):
            continue
        joined = ""
        for last in range(first, min(first + 4, len(paragraphs))):
            text = _NUMBERED.sub("", paragraphs[last].text)
            if len(text) > 150 or "。" in text or (last > first and _OPENING.match(text)):
                break
            joined += text
            balanced = joined.count("《") == joined.count("》")
            if balanced and _TITLE_END.search(compact(joined).text) and len(tidy(joined)) >= 8:
                return _with_qualifiers(paragraphs, last, joined)
    short = (p.text for p in paragraphs if 4 <= len(p.text) <= 80 and "。" not in p.text)
    return next((text for text in short if not _OPENING.match(text)), "")


def _passed_over(text: str) -> bool:
    """Say whether a line above the title: a letterhead, an addressee, a date, a note in brackets."""
    folded = compact(text).text
    return bool(
        _LETTERHEAD.search(folded)
        or _OPENING.match(text)
        or _FULL_DATE.fullmatch(folded)
        or _QUALIFIER.match(text.strip())
    )


def _with_qualifiers(paragraphs: list[Paragraph], last: int, joined: str) -> str:
    while last + 1 < len(paragraphs) and _QUALIFIER.match(paragraphs[last + 1].text.strip()):
        last += 1
        joined += paragraphs[last].text.strip()
    return joined


def _numbered(text: str) -> bool:
    return bool(re.match(r"[一二三四五六七八九十]+、|第[一二三四五六七八九十]+[章条节]", text))


def _issuers(title: str) -> tuple[str, ...]:
    """Take the bodies named before 关于; Latin spaces have gone, so they are parted after each ending."""
    found = _ISSUER.match(title)
    if not found or "《" in found["issuers"]:
        return ()
    names = _BODY.findall(found["issuers"])
    return tuple(name.strip("、") for name in names)


def _signatories(document: Document) -> tuple[str, ...]:
    """Take the short lines before a date line at the end of the document or of its notice."""
    names: list[str] = []
    for paragraph, after in zip(document.paragraphs, document.paragraphs[1:], strict=False):
        name = tidy(paragraph.text)
        dated = _FULL_DATE.fullmatch(compact(after.text).text)
        if dated and len(name) <= 30 and _UNIT_END.search(name) and name not in names:
            names.append(name)
    return tuple(names)


def _period(title: str) -> tuple[int, int] | None:
    span = _SPAN.search(title)
    if span:
        first, last = int(span["first"]), int(span["last"])
        return (first, last) if first <= last else (last, first)
    single = _SINGLE.search(title)
    if single and re.search(r"计划|方案|要点|任务|安排|规划", title):
        return int(single["year"]), int(single["year"])
    five = _FIVE_YEARS.search(title)
    if five and "规划" in title:
        last = 2015 + 5 * "三四五六".find(five["ordinal"]) + 5 if five["ordinal"] in "三四五六" else 2015
        return last - 4, last
    return None


def _year(document: Document) -> int | None:
    """Give the year of the last date that stands on a line of its own, else of a publication stamp near the top."""
    for paragraph in reversed(document.paragraphs):
        text = compact(paragraph.text).text
        dated = _FULL_DATE.fullmatch(text)
        if dated:
            return int(dated["year"])
    for paragraph in document.paragraphs[:_SEARCHED]:
        dated = _FULL_DATE.search(compact(paragraph.text).text) if len(paragraph.text) < 80 else None
        if dated and re.search(r"时间|日期|发布", paragraph.text):
            return int(dated["year"])
    numbers = [int(year) for p in document.paragraphs[:_SEARCHED] for year in _NUMBER.findall(compact(p.text).text)]
    return max(numbers, default=None)
