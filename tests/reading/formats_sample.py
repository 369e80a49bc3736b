"""A small plan of the project's own, and builders that write it in each format."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

TITLE = "临江市新型信息基础设施建设行动计划（2026—2029年）"
SENTENCES = (
    "到2029年，全市累计建成5G基站3.2万个，千兆宽带用户达到120万户，10G-PON端口占比不低于75%，重点场所5G网络通达率达到98%。",
    "统筹规划通信机房、杆塔和管道，推动多功能智能杆与道路同步设计、同步建设，新增智能杆不少于4500根，其中滨江新区1200根。",
    "支持运营企业开放存量杆塔资源，鼓励“一杆多用”，对利用公共建筑建设的站点给予电费补贴，补贴期限为24个月。",
    "加快城域网扩容，城市出口带宽扩容到30Tbps，骨干节点之间时延控制在1毫秒以内，完善F5G/Wi-Fi 7示范应用。",
)
PARAGRAPHS = (
    TITLE,
    "各区人民政府，市各有关单位：",
    "为推进全市一盘棋的信息基础设施建设，制定本行动计划。" + SENTENCES[0] + SENTENCES[2],
    "一、总体目标",
    "（一）网络能力明显增强。" + SENTENCES[0] + SENTENCES[3],
    "（二）资源共享更加充分。" + SENTENCES[1],
    "二、重点任务",
    "1.统筹站址规划。"
    + SENTENCES[1]
    + SENTENCES[2]
    + "（市工业和信息化局、规划和自然资源局，各区人民政府按职责分工负责）",
    "2.提升传输能力。" + SENTENCES[3] + SENTENCES[0] + "（市通信管理局牵头）",
    "3.开放公共资源。" + SENTENCES[2] + SENTENCES[1] + SENTENCES[3],
    "三、保障措施",
    "建立联席会议制度，每季度通报进展。" + SENTENCES[2],
)
LONG = PARAGRAPHS + tuple(
    f"{number}.第{number}项工作。" + SENTENCES[number % 4] + SENTENCES[(number + 1) % 4] for number in range(4, 40)
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def zipped(parts: Mapping[str, str | bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for path, part in parts.items():
            package.writestr(path, part)
    return buffer.getvalue()


def pdf(paragraphs: Sequence[str] = LONG, *, head: str = "临江市人民政府公报", password: str | None = None) -> bytes:
    """Write a PDF with a title, justified paragraphs with an indent, a running head and page numbers."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    font = {"fontName": "STSong-Light", "wordWrap": "CJK"}
    body = ParagraphStyle("body", fontSize=16, leading=28, firstLineIndent=32, alignment=4, **font)
    title = ParagraphStyle("title", fontSize=22, leading=34, alignment=1, **font)

    def furniture(canvas, document):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(80, 800, head)
        canvas.drawCentredString(297, 40, f"— {document.page} —")

    story = [Paragraph(escape(paragraphs[0]), title), Spacer(1, 20)]
    story += [Paragraph(escape(paragraph), body) for paragraph in paragraphs[1:]]
    buffer = io.BytesIO()
    margins = {"leftMargin": 80, "rightMargin": 75, "topMargin": 105, "bottomMargin": 100}
    template = SimpleDocTemplate(buffer, encrypt=password, **margins)
    template.build(story, onFirstPage=furniture, onLaterPages=furniture)
    return buffer.getvalue()


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def docx(body: str, *, numbering: str = "", styles: str = "", extra: Mapping[str, str] | None = None) -> bytes:
    """Write a docx from the XML inside w:body, w:numbering and w:styles; `extra` names further parts by kind."""
    inner = {"numbering": numbering, "styles": styles, **(extra or {})}
    relations = "".join(
        f'<Relationship Id="r{index}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/>' for index, kind in enumerate(inner)
    )
    parts = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r" Type="{_OFFICE}/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility'
        f'/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><w:body>{body}</w:body></w:document>',
    }
    for kind, xml in inner.items():
        parts[f"word/{kind}.xml"] = f'<w:{kind} xmlns:w="{W}">{xml}</w:{kind}>'
    return zipped(parts)


OFD = "http://www.ofdspec.org/2016"


def ofd(
    pages: Sequence[Sequence[str]],
    *,
    template: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    doctype: str = "",
) -> bytes:
    """Write an OFD by GB/T 33190-2016: `pages` hold the XML of each page's objects, `template` that of a template."""
    listed = "".join(f'<ofd:Page ID="{100 + i}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages)))
    templates = '<ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/>' if template else ""
    use = '<ofd:Template TemplateID="2" ZOrder="Background"/>' if template else ""
    parts: dict[str, str | bytes] = {
        "OFD.xml": f'{doctype}<ofd:OFD xmlns:ofd="{OFD}" Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{OFD}"><ofd:CommonData><ofd:PageArea>'
        "<ofd:PhysicalBox>0 0 210 297"
        f"</ofd:PhysicalBox></ofd:PageArea>{templates}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
    }
    if template:
        parts["Doc_0/Tpls/Tpl_0/Content.xml"] = _ofd_page(template)
    for index, objects in enumerate(pages):
        parts[f"Doc_0/Pages/Page_{index}/Content.xml"] = _ofd_page("".join(objects), use)
    return zipped(parts | dict(extra or {}))


def _ofd_page(objects: str, use: str = "") -> str:
    layer = f'<ofd:Content><ofd:Layer ID="9">{objects}</ofd:Layer></ofd:Content>'
    return f'<ofd:Page xmlns:ofd="{OFD}">{use}{layer}</ofd:Page>'


def ofd_text(text: str, x: float, y: float, size: float = 5.6, ctm: str = "") -> str:
    """One text object with its baseline at (x, y) in millimetres and steps from character to character."""
    steps = " ".join(f"{size if ord(character) > 0x2000 else size / 2:g}" for character in text[:-1])
    matrix = f' CTM="{ctm}"' if ctm else ""
    return (
        f'<ofd:TextObject ID="1" Boundary="{x:g} {y - size:g} 160 {1.3 * size:g}" Font="3" Size="{size:g}"{matrix}>'
        f'<ofd:TextCode X="0" Y="{size:g}" DeltaX="{steps}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def ofd_pages(paragraphs: Sequence[str], *, per_page: int = 22, numbers: bool = True) -> list[list[str]]:
    """Set paragraphs in lines of 28 characters, 22 to a page (GB/T 9704), with the page's number at its foot."""
    lines = set_lines(paragraphs, width=28)
    pages = [lines[start : start + per_page] for start in range(0, len(lines), per_page)]
    return [
        [ofd_text(line, 28 + 5.6 * indent, 42 + 10 * row) for row, (indent, line) in enumerate(page)]
        + [ofd_text(f"- {index} -", 100, 275, 4.9)] * numbers
        for index, page in enumerate(pages, start=1)
    ]


def half_and_full(word: str) -> float:
    """Width of a word in a font whose Latin letters are half as wide as its Chinese characters."""
    return 1.0 if ord(word[0]) > 0x2000 else 0.5 * len(word)


def set_lines(
    paragraphs: Sequence[str], *, width: float = 27.0, indent: int = 2, measure: Callable[[str], float] = half_and_full
) -> list[tuple[int, str]]:
    """Break paragraphs into lines of `width` characters as a word processor does; returns (indent, line) pairs."""
    lines: list[tuple[int, str]] = []
    for paragraph in paragraphs:
        left, line, used = indent, "", float(indent)
        for word in re.findall(r"[!-~]+|.", paragraph):
            wide = measure(word)
            if used + wide > width and word not in "，。、；：）”":
                lines.append((left, line))
                left, line, used = 0, "", 0.0
            line, used = line + word, used + wide
        lines.append((left, line))
    return lines
