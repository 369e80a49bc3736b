"""The sample plan as the Word document that an office would send.

Its text, ``plan.txt``, is the project's own: one paragraph a line, after what it is: ``title``, ``issuer``, ``date``,
``1`` to ``3`` (a heading of that level, numbered by Word itself), ``text``, ``unit`` (responsible units) or ``note``.
Numbers in braces count things of the whole city and shrink with the city's scale, as its assets do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_count = re.compile(r"\{(\d+)\}")
_word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_package = "http://schemas.openxmlformats.org/package/2006"
_office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_media = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_formats = ("chineseCounting", "chineseCounting", "decimal")
_numbers = ("%1、", "（%2）", "%3.")
_levels = "123"


def sample_plan(scale: float = 1.0) -> bytes:
    """Return the sample plan of a city of that scale as .docx; the same scale gives the same bytes."""
    source = files("qipan.core.demo").joinpath("plan.txt").read_text(encoding="utf-8")
    lines = [line.split(" ", 1) for line in source.splitlines()]
    paragraphs = [(style, _count.sub(lambda found: _shrunk(int(found[1]) * scale), text)) for style, text in lines]
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": _relations(("styles", "styles.xml"), ("numbering", "numbering.xml")),
        "word/document.xml": _document(paragraphs),
        "word/styles.xml": _styles(),
        "word/numbering.xml": _numbering(),
    }
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # A fixed day, so that the same text is the same file.
            archive.writestr(ZipInfo(name, (2022, 3, 18, 0, 0, 0)), _head + content, ZIP_DEFLATED)
    return buffer.getvalue()


def _shrunk(count: float) -> str:
    """Write a count as plans do: 6.2万, 1240."""
    whole = max(1, round(count))
    if whole < 10_000:
        return str(whole)
    return f"{whole / 10_000:.2f}".rstrip("0").rstrip(".") + "万"


def _document(paragraphs: list[tuple[str, str]]) -> str:
    body = "".join(_paragraph(style, text) for style, text in _with_notice(paragraphs))
    page = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" '
    page += 'w:left="1588" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr>'
    return f'<w:document xmlns:w="{_word}"><w:body>{body}{page}</w:body></w:document>'


def _with_notice(paragraphs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Put in front of the plan the notice with which it is issued."""
    (_, title), (_, issuer), (_, date), *rest = paragraphs
    yield "title", f"{issuer}关于印发《{title}》的通知"
    yield "plain", "各区人民政府，市有关单位："
    yield "text", f"《{title}》已经市政府同意，现印发给你们，请结合实际抓好落实。"
    yield "signature", issuer
    yield "signature", date
    yield "break", title
    for style, text in rest:
        yield ("text", f"（责任单位：{text}）") if style == "unit" else (style, text)


def _paragraph(style: str, text: str) -> str:
    if style in _levels:
        number = f'<w:numPr><w:ilvl w:val="{int(style) - 1}"/><w:numId w:val="1"/></w:numPr>'
        return _made(f"heading{style}", text, number)
    if style == "break":
        return _made("title", text, "<w:pageBreakBefore/>")
    return _made(style, text)


def _made(style: str, text: str, more: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>'
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _styles() -> str:
    """Return the styles of official documents (GB/T 9704): title 22 pt, text 16 pt on lines of 28 pt."""
    indented = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
    styles = (
        _style(
            "title", "title", "方正小标宋简体", 44, '<w:spacing w:before="240" w:after="360"/><w:jc w:val="center"/>'
        ),
        _style("plain", "plain", "仿宋_GB2312", 32),
        _style("text", "text", "仿宋_GB2312", 32, indented),
        _style("note", "note", "楷体_GB2312", 24, indented),
        _style("signature", "signature", "仿宋_GB2312", 32, '<w:jc w:val="right"/>'),
        _style("heading1", "heading 1", "黑体", 32, indented + '<w:outlineLvl w:val="0"/>'),
        _style("heading2", "heading 2", "楷体_GB2312", 32, indented + '<w:outlineLvl w:val="1"/>'),
        _style("heading3", "heading 3", "仿宋_GB2312", 32, indented),
    )
    return f'<w:styles xmlns:w="{_word}">{"".join(styles)}</w:styles>'


def _style(key: str, name: str, font: str, half_points: int, layout: str = "") -> str:
    spacing = "" if "w:spacing" in layout else '<w:spacing w:line="560" w:lineRule="exact"/>'
    fonts = f'<w:rFonts w:eastAsia="{font}" w:ascii="Times New Roman" w:hAnsi="Times New Roman"/>'
    properties = f'<w:pPr>{spacing}{layout}</w:pPr><w:rPr>{fonts}<w:sz w:val="{half_points}"/></w:rPr>'
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{properties}</w:style>'


def _numbering() -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:suff w:val="nothing"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for place, (form, text) in enumerate(zip(_formats, _numbers, strict=True))
    )
    abstract = f'<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    number = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    return f'<w:numbering xmlns:w="{_word}">{abstract}{number}</w:numbering>'


def _content_types() -> str:
    names = {"document": "document.main", "styles": "styles", "numbering": "numbering"}
    parts = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_media}.{kind}+xml"/>' for name, kind in names.items()
    )
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    plain = '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{_package}/content-types">{relations}{plain}{parts}</Types>'


def _relations(*targets: tuple[str, str]) -> str:
    relations = "".join(
        f'<Relationship Id="r{place}" Type="{_office}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_package}/relationships">{relations}</Relationships>'
