"""Word documents (docx): paragraphs, tables, text boxes and notes in document order, automatic numbers written out.

Tracked insertions are kept and deletions dropped, as the reader of the accepted document would see it. Headers, footers
and tables of contents are left out: they repeat what stands elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from qipan.engines.reading.document import Block, clean
from qipan.engines.reading.formats._archive import Package
from qipan.engines.reading.formats._docx_numbering import Numbering, ParagraphStyle, W, number, read_styles, value
from qipan.engines.reading.formats._joining import glue, is_terminal

_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DROPPED = frozenset(W + name for name in ("del", "moveFrom", "rt", "delText", "instrText", "rPr", "pPr"))
_CONTENTS = re.compile(r"(toc|目录)\s*\d|toc heading", re.I)
_BREAK, _PAGE = "\v", "\f"


def read(data: bytes, name: str) -> tuple[list[Block], int]:
    """Return the paragraphs and the number of pages as last laid out (0 where the file does not say)."""
    package = Package(data, name)
    main = _target(package, "_rels/.rels", "", "officeDocument") or "word/document.xml"
    folder, _, leaf = main.rpartition("/")
    relations = f"{folder}/_rels/{leaf}.rels"

    def part(kind: str) -> etree._Element | None:
        path = _target(package, relations, main, kind)
        return package.xml(path) if path and path in package else None

    styles, default = read_styles(part("styles"))
    reader = _Reader(Numbering.read(part("numbering")), styles, default)
    notes = {kind: _notes(part(kind + "s")) for kind in ("footnote", "endnote")}
    body = package.xml(main).find(W + "body")
    blocks = list(reader.blocks(body)) if body is not None else []
    for kind, key in list(reader.notes):
        if (note := notes[kind].get(key)) is not None:
            blocks += [block._replace(page=None) for block in reader.blocks(note)]
    if reader.page == 1:
        return [block._replace(page=None) for block in blocks], 0
    return blocks, reader.page


def _target(package: Package, relations: str, base: str, kind: str) -> str | None:
    """Return the path of the part to which a relation of this kind points."""
    if relations not in package:
        return None
    for relation in package.xml(relations).iter(_RELATIONS):
        if relation.get("Type", "").endswith("/" + kind) and relation.get("TargetMode") != "External":
            return package.resolve(base, relation.get("Target", ""))
    return None


def _notes(root: etree._Element | None) -> dict[str, etree._Element]:
    if root is None:
        return {}
    ordinary = (note for note in root if note.get(W + "type") in (None, "normal"))
    return {str(note.get(W + "id")): note for note in ordinary}


def _on(element: etree._Element | None) -> bool:
    return element is not None and element.get(W + "val") not in ("0", "false", "off")


class _Reader:
    """Walks a document once, counting pages, tables and list numbers on the way."""

    def __init__(self, numbering: Numbering, styles: dict[str, ParagraphStyle], default: str | None) -> None:
        self.page = 1
        self.notes: list[tuple[str, str]] = []
        self._numbering = numbering
        self._styles = styles
        self._default = default
        self._tables = 0
        self._carried = ""

    def blocks(self, container: etree._Element, table: tuple[int, int, int] | None = None) -> Iterator[Block]:
        """Yield the paragraphs of a body, cell, text box or note."""
        for element in container:
            tag = element.tag
            if tag == W + "p":
                yield from self._paragraph(element, table)
            elif tag == W + "tbl":
                yield from self._table(element)
            elif tag == W + "sdt":
                if not _is_contents(element) and (content := element.find(W + "sdtContent")) is not None:
                    yield from self.blocks(content, table)
            elif tag in (W + "customXml", W + "ins", W + "moveTo"):
                yield from self.blocks(element, table)

    def _table(self, element: etree._Element) -> Iterator[Block]:
        index = self._tables
        self._tables += 1
        for row_index, row in enumerate(_inside(element, W + "tr")):
            if row.find(f"{W}trPr/{W}del") is not None:
                continue
            column = number(value(row, "trPr/gridBefore")) or 0
            for cell in _inside(row, W + "tc"):
                yield from self.blocks(cell, (index, row_index, column))
                column += number(value(cell, "tcPr/gridSpan")) or 1

    def _paragraph(self, element: etree._Element, table: tuple[int, int, int] | None) -> Iterator[Block]:
        boxes: list[etree._Element] = []
        properties = element.find(W + "pPr")
        style_id = value(properties, "pStyle") or self._default
        style = self._styles.get(style_id or "", ParagraphStyle())
        text, page = self._text(element, boxes)
        text = self._carried + text
        self._carried = ""
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            self._carried = text
        elif not _CONTENTS.match(style.name) and not style.hidden:
            label = self._label(properties, style_id, style)
            outline = number(value(properties, "outlineLvl"))
            outline = style.outline if outline is None else outline
            level = outline + 1 if outline is not None and 0 <= outline < 9 else None
            for piece in _paragraphs(text, label, cell=table is not None):
                yield Block(piece, page, level, table)
        for box in boxes:
            yield from self.blocks(box, table)

    def _label(self, properties: etree._Element | None, style_id: str | None, style: ParagraphStyle) -> str:
        own = value(properties, "numPr/numId")
        list_id = own or style.list_id
        if list_id is None or list_id == "0":
            return ""
        level = number(value(properties, "numPr/ilvl"))
        if level is None:
            level = style.level if own is None else 0
        if level is None:
            level = self._numbering.level_of_style(list_id, style_id or "")
        return self._numbering.next(list_id, level)

    def _text(self, paragraph: etree._Element, boxes: list[etree._Element]) -> tuple[str, int]:
        """Return a paragraph's own text and the page of its first word; text boxes in it are put aside."""
        pieces: list[str] = []
        page = 0
        for token in self._tokens(paragraph, boxes):
            if token == _PAGE:
                self.page += 1
                continue
            if not page and token.strip():
                page = self.page
            pieces.append(token)
        return "".join(pieces), page or self.page

    def _tokens(self, element: etree._Element, boxes: list[etree._Element]) -> Iterator[str]:
        for child in element:
            tag = child.tag
            if tag in (W + "t", _MATH + "t"):
                yield child.text or ""
            elif tag == W + "txbxContent":
                boxes.append(child)
            elif tag == W + "r":
                if not _on(child.find(f"{W}rPr/{W}vanish")):
                    yield from self._tokens(child, boxes)
            elif tag in _SIMPLE:
                yield _SIMPLE[tag]
            elif tag == W + "br":
                yield _BREAK if child.get(W + "type") in (None, "textWrapping") else ""
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                kind = etree.QName(child).localname.removesuffix("Reference")
                self.notes.append((kind, str(child.get(W + "id"))))
            elif tag == _COMPATIBILITY + "AlternateContent":
                chosen = child.find(_COMPATIBILITY + "Choice")
                chosen = child.find(_COMPATIBILITY + "Fallback") if chosen is None else chosen
                yield from self._tokens(chosen, boxes) if chosen is not None else ()
            elif tag not in _DROPPED:
                yield from self._tokens(child, boxes)


_SIMPLE = {
    W + "tab": " ",
    W + "ptab": " ",
    W + "cr": _BREAK,
    W + "noBreakHyphen": "-",
    W + "lastRenderedPageBreak": _PAGE,
}


def _inside(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Yield rows or cells, also those wrapped in content controls."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml", W + "ins"):
            yield from _inside(child, tag)


def _is_contents(element: etree._Element) -> bool:
    return value(element, "sdtPr/docPartObj/docPartGallery") == "Table of Contents"


def _paragraphs(text: str, label: str, *, cell: bool) -> Iterator[str]:
    """Put the number in front; part the text at line breaks that end a sentence and close it up at the others.

    A number without words is kept in a cell, where it is a serial number, and dropped elsewhere.
    """
    whole = ""
    for part in text.split(_BREAK):
        if whole and is_terminal(whole):
            yield label + whole
            whole = label = ""
        whole = glue(whole, clean(part))
    if whole or (cell and label):
        yield label + whole
