from __future__ import annotations

import io
import zipfile

import docx as python_docx
import pytest

from qipan.engines.reading.formats import read_bytes
from qipan.engines.reading.formats._numerals import numeral
from tests.reading.formats_sample import PARAGRAPHS, docx, zipped

P = "<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def paragraph(text: str, *, num: int | None = None, level: int | None = None, style: str = "", more: str = "") -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if num is not None or level is not None:
        depth = f'<w:ilvl w:val="{level}"/>' if level is not None else ""
        key = f'<w:numId w:val="{num}"/>' if num is not None else ""
        properties += f"<w:numPr>{depth}{key}</w:numPr>"
    return P.format(properties=properties + more, text=text)


def level(depth: int, style: str, text: str, *, start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{style}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*lists: str, nums: str = "") -> str:
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{i}">{levels}</w:abstractNum>' for i, levels in enumerate(lists)
    )
    plain = "".join(f'<w:num w:numId="{i + 1}"><w:abstractNumId w:val="{i}"/></w:num>' for i in range(len(lists)))
    return abstract + plain + nums


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read_bytes(data, "plan.docx").paragraphs]


PLAN = (
    level(0, "chineseCounting", "%1、")
    + level(1, "chineseCounting", "（%2）")
    + level(2, "decimal", "%3.")
    + level(3, "decimalEnclosedCircle", "%4")
)


def test_the_levels_of_a_plan_restart_under_each_other():
    steps = [
        (0, "目标"),
        (1, "网络"),
        (1, "应用"),
        (0, "任务"),
        (1, "站址"),
        (2, "杆塔"),
        (2, "管道"),
        (3, "井"),
        (1, "传输"),
        (2, "扩容"),
    ]
    body = "".join(paragraph(text, num=1, level=depth) for depth, text in steps)
    assert texts(docx(body, numbering=numbering(PLAN))) == [
        *(
            "一、目标",
            "（一）网络",
            "（二）应用",
            "二、任务",
            "（一）站址",
            "1.杆塔",
            "2.管道",
            "① 井",
            "（二）传输",
            "1.扩容",
        ),
    ]


def test_levels_in_one_number_and_legal_digits():
    levels = level(0, "chineseCountingThousand", "第%1章") + level(1, "decimal", "%1.%2", more="<w:isLgl/>")
    body = paragraph("总则", num=1, level=0) + paragraph("目的", num=1, level=1) + paragraph("依据", num=1, level=1)
    assert texts(docx(body, numbering=numbering(levels))) == ["第一章 总则", "1.1 目的", "1.2 依据"]


def test_a_level_never_seen_counts_from_its_start():
    levels = level(0, "decimal", "%1", start=3) + level(1, "decimal", "%1.%2")
    body = paragraph("甲", num=1, level=1) + paragraph("乙", num=1, level=1)
    assert texts(docx(body, numbering=numbering(levels))) == ["3.1 甲", "3.2 乙"]


def test_a_list_that_never_restarts():
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%2.", more='<w:lvlRestart w:val="0"/>')
    body = "".join(paragraph("项", num=1, level=depth) for depth in (0, 1, 1, 0, 1))
    assert texts(docx(body, numbering=numbering(levels))) == ["一、项", "1.项", "2.项", "二、项", "3.项"]


def test_nums_of_one_abstract_list_count_on_unless_they_override_the_start():
    nums = (
        '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="6"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        "</w:lvlOverride></w:num>"
    )
    body = "".join(paragraph("项", num=num, level=0) for num in (1, 1, 5, 6, 6))
    assert texts(docx(body, numbering=numbering(level(0, "decimal", "%1."), nums=nums))) == [
        *("1.项", "2.项", "3.项", "1.项", "2.项"),
    ]


def test_an_overriding_level_replaces_the_format():
    nums = (
        '<w:num w:numId="7"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        + level(0, "upperRoman", "%1.", start=4)
        + "</w:lvlOverride></w:num>"
    )
    body = paragraph("项", num=7, level=0)
    assert texts(docx(body, numbering=numbering(level(0, "decimal", "%1)"), nums=nums))) == ["IV.项"]


STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/><w:pPr><w:numPr>'
    '<w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/><w:pPr><w:numPr>'
    '<w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="21"><w:name w:val="二级标题"/><w:basedOn w:val="2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="loop"/><w:basedOn w:val="loop"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
)


def test_numbers_and_levels_come_down_through_styles():
    body = (
        paragraph("目录里的目标\t1", style="TOC1")
        + paragraph("目标", style="1")
        + paragraph("网络", style="2")
        + paragraph("应用", style="21")
        + paragraph("正文", style="21", num=0)
        + paragraph("循环", style="loop")
        + paragraph("任务", style="1")
    )
    document = read_bytes(docx(body, numbering=numbering(PLAN), styles=STYLES), "plan.docx")
    got = [(paragraph.text, paragraph.style_level) for paragraph in document.paragraphs]
    assert got == [("一、目标", 1), ("（一）网络", 2), ("（二）应用", 2), ("正文", 2), ("循环", None), ("二、任务", 1)]


def test_the_level_that_a_list_ties_to_a_style():
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%2.", more='<w:pStyle w:val="t"/>')
    styles = (
        '<w:style w:styleId="t"><w:name w:val="任务"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    assert texts(docx(paragraph("站址", style="t"), numbering=numbering(levels), styles=styles)) == ["1.站址"]


def test_a_list_style_is_followed():
    linked = '<w:numStyleLink w:val="plan"/>'
    target = '<w:styleLink w:val="plan"/>' + level(0, "ideographTraditional", "%1、")
    body = paragraph("项", num=1, level=0) + paragraph("项", num=1, level=0)
    assert texts(docx(body, numbering=numbering(linked, target))) == ["甲、项", "乙、项"]


def test_tracked_changes_as_accepted():
    body = (
        "<w:p><w:r><w:t>建成</w:t></w:r><w:del><w:r><w:delText>5</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>6</w:t></w:r></w:ins><w:r><w:t>万个</w:t></w:r>"
        "<w:moveFrom><w:r><w:t>旧处</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>新处</w:t></w:r></w:moveTo></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>两段</w:t></w:r></w:p><w:p><w:r><w:t>并一段</w:t></w:r></w:p>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r><w:r><w:t>看得见</w:t></w:r></w:p>"
    )
    assert texts(docx(body)) == ["建成6万个新处", "两段并一段", "看得见"]


def test_tables_keep_their_place_and_their_cells():
    cell = "<w:tc><w:tcPr>{span}</w:tcPr>{inner}</w:tc>".format
    rows = (
        "<w:tr>"
        + cell(span='<w:gridSpan w:val="2"/>', inner=paragraph("指标"))
        + cell(span="", inner=paragraph("目标"))
        + "</w:tr>"
        "<w:tr>"
        + cell(span="", inner=paragraph("", num=1, level=0))
        + cell(span="", inner=paragraph("5G基站"))
        + cell(span="", inner=paragraph("3万个") + paragraph("（累计）"))
        + "</w:tr>"
    )
    body = paragraph("前文") + f"<w:tbl>{rows}</w:tbl>" + paragraph("后文")
    document = read_bytes(docx(body, numbering=numbering(level(0, "decimal", "%1"))), "plan.docx")
    assert [(paragraph.text, paragraph.table) for paragraph in document.paragraphs] == [
        ("前文", None),
        ("指标", (0, 0, 0)),
        ("目标", (0, 0, 2)),
        ("1", (0, 1, 0)),
        ("5G基站", (0, 1, 1)),
        ("3万个", (0, 1, 2)),
        ("（累计）", (0, 1, 2)),
        ("后文", None),
    ]


def test_text_boxes_once_footnotes_last_fields_by_their_result():
    box = f"<w:txbxContent>{paragraph('框内文字')}</w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>框前</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:r><w:t>达到</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:t>3万个</w:t></w:r></w:p>" + paragraph("末段")
    )
    notes = (
        f'<w:footnote w:id="0" w:type="separator">{paragraph("——")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("含室分")}</w:footnote>'
    )
    assert texts(docx(body, extra={"footnotes": notes})) == ["框前", "框内文字", "达到3万个", "末段", "含室分"]


def test_line_breaks_part_sentences_and_close_up_titles():
    broken = "<w:p><w:r><w:t>{}</w:t><w:br/><w:t>{}</w:t></w:r></w:p>".format
    body = broken("行动计划", "（2026年）") + broken("一句。", "二句。")
    assert texts(docx(body)) == ["行动计划（2026年）", "一句。", "二句。"]


def test_pages_as_last_laid_out():
    body = (
        paragraph("第一页")
        + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>第二页</w:t></w:r></w:p>"
        + ("<w:p><w:r><w:t>跨页</w:t><w:lastRenderedPageBreak/><w:t>到第三页</w:t></w:r></w:p>" + paragraph("末段"))
    )
    document = read_bytes(docx(body), "plan.docx")
    assert [paragraph.page for paragraph in document.paragraphs] == [1, 2, 2, 3]
    assert document.pages == 3


def test_the_strict_dialect_reads_the_same():
    data = docx(paragraph("目标", num=1, level=0), numbering=numbering(PLAN))
    package = zipfile.ZipFile(io.BytesIO(data))
    strict = {
        name: package.read(name)
        .replace(b"schemas.openxmlformats.org/wordprocessingml/2006/", b"purl.oclc.org/ooxml/wordprocessingml/")
        .replace(b"schemas.openxmlformats.org/officeDocument/2006/", b"purl.oclc.org/ooxml/officeDocument/")
        for name in package.namelist()
    }
    assert texts(zipped(strict)) == ["一、目标"]


def test_a_document_from_python_docx():
    document = python_docx.Document()
    document.add_heading("总体目标", level=1)
    for text in PARAGRAPHS:
        document.add_paragraph(text)
    document.add_paragraph("编号项", style="List Number")
    document.add_paragraph("编号项", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{index}"
    buffer = io.BytesIO()
    document.save(buffer)
    read = read_bytes(buffer.getvalue(), "plan.docx")
    assert [p.text for p in read.paragraphs] == [
        "总体目标",
        *PARAGRAPHS,
        "1.编号项",
        "2.编号项",
        "格0",
        "格1",
        "格2",
        "格3",
    ]
    assert read.paragraphs[0].style_level == 1
    assert read.paragraphs[-1].table == (0, 1, 1)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("chineseCounting", {1: "一", 10: "十", 11: "十一", 20: "二十", 99: "九十九"}),
        ("chineseCountingThousand", {10: "十", 101: "一百零一", 110: "一百一十", 1010: "一千零一十", 20000: "二万"}),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 205: "贰佰零伍"}),
        ("ideographTraditional", {1: "甲", 10: "癸"}),
        ("ideographZodiac", {1: "子", 12: "亥"}),
        ("ideographDigital", {10: "一〇", 21: "二一"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalZero", {3: "03", 12: "12"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳"}),
        ("decimalEnclosedParen", {1: "⑴"}),
        ("decimalEnclosedFullstop", {1: "⒈"}),
        ("upperRoman", {4: "IV", 49: "XLIX", 2029: "MMXXIX"}),
        ("lowerRoman", {9: "ix"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa"}),
        ("upperLetter", {28: "BB"}),
        ("ordinal", {1: "1st", 11: "11th", 22: "22nd"}),
        ("numberInDash", {5: "- 5 -"}),
        ("bullet", {1: ""}),
        ("none", {1: ""}),
        ("noSuchStyle", {7: "7"}),
    ],
)
def test_number_formats_of_wordprocessingml(style, expected):
    assert {value: numeral(value, style) for value in expected} == expected
