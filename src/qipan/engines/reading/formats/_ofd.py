"""OFD, the Chinese fixed-layout format (GB/T 33190-2016): a zip of XML parts with text at given places.

The words stand in TextCode elements; each TextObject has a boundary (7.5), a transformation (CTM) and, per text code, a
first position and steps (11.3). Template pages (7.6) give running parts. Lengths are millimetres, y downward.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lxml import etree

from qipan.engines.reading.document import Block
from qipan.engines.reading.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument, ImageOnlyDocument
from qipan.engines.reading.formats._archive import Package
from qipan.engines.reading.formats._joining import join_lines, text_width
from qipan.engines.reading.formats._lines import Line, Page, drop_furniture, merge_pieces

_A4_HEIGHT = 297.0
_USUAL_SIZE = 5.6
"""Font size of body text in official documents, 16 points, for a text object that fails to give its own."""
MAX_PAGES = 5000


def read(data: bytes, name: str) -> tuple[list[Block], int]:
    """Return the paragraphs and the number of pages.

    Raises:
        EncryptedDocument: the package declares encryption.
        DamagedDocument: a part is missing or broken.
        ImageOnlyDocument: all pages are pictures.
    """
    package = Package(data, name)
    if "Encryptions.xml" in package or "Encryption.xml" in package:
        message = f"“{name}”已加密，请用密码打开并另存为不加密的文件后再试。"
        raise EncryptedDocument(message)
    pages: list[Page] = []
    for body in _children(package.xml("OFD.xml"), "DocBody"):
        root = _text_of(body, "DocRoot")
        if root:
            pages += _document(package, package.resolve("OFD.xml", root), len(pages))
    if not pages:
        message = f"“{name}”里没有页面，文件不完整，请重新下载或另存后再试。"
        raise DamagedDocument(message)
    if not any(page.lines for page in pages) and any(_is_picture(path) for path in package.names):
        message = f"“{name}”共 {len(pages)} 页，全部是图片，请导出为 PDF 后用文字识别读取，或换用带文字的版本。"
        raise ImageOnlyDocument(message)
    return join_lines(drop_furniture(pages)), len(pages)


def _is_picture(path: str) -> bool:
    return path.endswith((".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".jb2", ".gbig2", ".jp2"))


def _document(package: Package, path: str, before: int) -> Iterator[Page]:
    root = package.xml(path)
    common = next(_children(root, "CommonData"), None)
    height = _height(common)
    templates = {page.get("ID"): page.get("BaseLoc") for page in _children(common, "TemplatePage")}
    listed = [page for pages in _children(root, "Pages") for page in _children(pages, "Page")]
    if len(listed) > MAX_PAGES:
        message = f"“{package.name}”有 {len(listed)} 页，超过上限 {MAX_PAGES} 页，请拆分后再试。"
        raise DocumentTooLarge(message)
    read_templates: dict[str, list[Line]] = {}
    for index, page in enumerate(listed, start=before + 1):
        content = package.xml(package.resolve(path, page.get("BaseLoc", "")))
        pieces = list(_pieces(content, index))
        for use in _children(content, "Template"):
            key = use.get("TemplateID", "")
            if key not in read_templates and templates.get(key):
                template = package.xml(package.resolve(path, templates[key] or ""))
                read_templates[key] = list(_pieces(template, index))
            pieces += (_on_page(piece, index) for piece in read_templates.get(key, ()))
        yield Page(index, _height(content) or height or _A4_HEIGHT, tuple(merge_pieces(pieces)))


def _on_page(piece: Line, page: int) -> Line:
    return Line(piece.text, piece.left, piece.right, piece.top, piece.size, page, piece.ended)


def _height(element: etree._Element | None) -> float | None:
    """Height of the physical box of a page area (x, y, width, height)."""
    for area in _children(element, "Area", "PageArea"):
        box = _numbers(_text_of(area, "PhysicalBox"))
        if len(box) == 4 and box[3] > 0:
            return box[3]
    return None


def _pieces(content: etree._Element, page: int) -> Iterator[Line]:
    """Yield a piece for every run of characters that a page's text objects set on one line."""
    for element in content.iter():
        if isinstance(element.tag, str) and etree.QName(element).localname == "TextObject":
            for code in _children(element, "TextCode"):
                yield from _code(element, code, page)


def _code(item: etree._Element, code: etree._Element, page: int) -> Iterator[Line]:
    text = "".join((code.text or "").splitlines())
    if not text.strip():
        return
    box = (_numbers(item.get("Boundary")) + [0.0] * 4)[:4]
    matrix = _numbers(item.get("CTM"))
    a, b, c, d, e, f = matrix if len(matrix) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    x, y = _number(code.get("X")), _number(code.get("Y"))
    size = _number(item.get("Size") or item.get("size")) or _USUAL_SIZE
    across = _steps(code.get("DeltaX"), len(text))
    down = _steps(code.get("DeltaY"), len(text))
    if across is None and down is None:
        across = [text_width(character) * size for character in text]
    height = size * math.hypot(c, d)
    run, line_y, left, right = "", 0.0, 0.0, 0.0
    for index, character in enumerate(text):
        at_x, at_y = box[0] + a * x + c * y + e, box[1] + b * x + d * y + f
        if run and abs(at_y - line_y) > 0.5 * height:
            yield _line(run, left, right, line_y, height, page)
            run = ""
        if not run:
            left, line_y = at_x, at_y
        run += character
        if character.strip():
            right = at_x + text_width(character) * size * math.hypot(a, b) * (_number(item.get("HScale")) or 1.0)
        x += across[index] if across else 0.0
        y += down[index] if down else 0.0
    yield _line(run, left, right, line_y, height, page)


def _line(text: str, left: float, right: float, baseline: float, size: float, page: int) -> Line:
    lead = len(text) - len(text.lstrip())
    left += text_width(text[:lead]) * size
    return Line(text.strip(), left, max(left, right), baseline - 0.85 * size, size, page, text.endswith(" "))


def _steps(text: str | None, count: int) -> list[float] | None:
    """Expand the steps from character to character, where `g n v` stands for n times v (7.3); the last one repeats."""
    if not text:
        return None
    steps: list[float] = []
    words = iter(text.split())
    for word in words:
        if word == "g":
            times = min(int(_number(next(words, "0"))), count - len(steps))
            steps += [_number(next(words, "0"))] * times
        else:
            steps.append(_number(word))
    if not steps:
        return None
    return (steps + [steps[-1]] * (count - len(steps)))[:count]


def _numbers(text: str | None) -> list[float]:
    return [_number(word) for word in (text or "").split()]


def _number(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """Yield children by local name: producers differ in whether and how they declare the namespace."""
    for child in element if element is not None else ():
        if isinstance(child.tag, str) and etree.QName(child).localname in names:
            yield child


def _text_of(element: etree._Element, name: str) -> str | None:
    return next((child.text for child in _children(element, name)), None)
