"""PDF with text (pypdfium2): characters with their places become lines, lines become paragraphs.

Pages that are pictures go to `_scan`.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from qipan.engines.reading.document import Block
from qipan.engines.reading.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument, ImageOnlyDocument
from qipan.engines.reading.formats import _scan
from qipan.engines.reading.formats._joining import join_lines
from qipan.engines.reading.formats._lines import Line, Page, drop_furniture, merge_pieces

MAX_PAGES = 5000
_PICTURE_SHARE = 0.4
"""Share of a page that pictures must cover for a page without text to be a scan and not a blank."""
_SCALE = 150 / 72
"""Dots a point when a page is drawn for recognition: the 16 point type of official documents is then 33 dots high."""
_WIDEST = 5000.0
"""Dots that the longer side of a drawn page may have, whatever size the file claims."""

_PDFIUM = Lock()
"""pdfium must not be entered by two threads at once, not even for two documents."""

_BREAKS = frozenset({0x0A, 0x0D})
_SPACES = frozenset({0x09, 0x20, 0xA0, 0x3000})
_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})
"""What pdfium gives for a hyphen at a line's end, taking it for one that parts a word; in NC-Link it belongs to it."""


class _Character(NamedTuple):
    """A character with its box; `turn` is its direction in quarter turns, None for a space, whose box says nothing."""

    text: str
    left: float
    right: float
    low: float
    high: float
    size: float
    turn: int | None


def read(data: bytes, name: str, *, ocr: bool | None) -> tuple[list[Block], int, bool]:
    """Return the paragraphs, the number of pages and whether any page had to be recognised from a picture.

    Raises:
        EncryptedDocument: a password is asked for.
        DamagedDocument: no pages can be made out.
        ImageOnlyDocument: pages are pictures and cannot or may not be recognised.
    """
    with _PDFIUM:
        document = _open(data, name)
    try:
        with _PDFIUM:
            pages = _pages(document, name)
            pictures = list(range(len(pages))) if ocr is True else _pictures(document, pages)
        recognised = bool(pictures) and _may_recognise(pictures, len(pages), name, ocr)
        for index in pictures if recognised else ():
            with _PDFIUM:
                image, unit = _render(document[index])
            pages[index] = _scan.recognise(image, index + 1, unit)
    finally:
        with _PDFIUM:
            document.close()
    return join_lines(drop_furniture(pages)), len(pages), recognised


def _pages(document: pdfium.PdfDocument, name: str) -> list[Page]:
    count = len(document)
    if count > MAX_PAGES:
        message = f"“{name}”有 {count} 页，超过上限 {MAX_PAGES} 页，请拆分后再试。"
        raise DocumentTooLarge(message)
    return [_page(document, index, name) for index in range(count)]


def _render(page: pdfium.PdfPage) -> tuple[np.ndarray, float]:
    """Draw a page; return the picture, of shape (height, width, 3), and how many points a dot is."""
    try:
        scale = min(_SCALE, _WIDEST / max(page.get_size()))
        return page.render(scale=scale).to_numpy().copy(), 1 / scale
    finally:
        page.close()


def _open(data: bytes, name: str) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
        if len(document) > 0:
            return document
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            message = f"“{name}”已加密，请用密码打开并另存为不加密的 PDF 后再试。"
            raise EncryptedDocument(message) from error
        raise _damaged(name) from error
    raise _damaged(name)


def _damaged(name: str, page: int | None = None) -> DamagedDocument:
    where = f"的第 {page} 页" if page else ""
    return DamagedDocument(f"“{name}”{where}已损坏或没有下载完整，请重新下载或重新导出 PDF 后再试。")


def _page(document: pdfium.PdfDocument, index: int, name: str) -> Page:
    try:
        page = document[index]
        text = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise _damaged(name, index + 1) from error
    try:
        box = page.get_mediabox()
        characters = list(_characters(text))
        turn = _main_direction(characters)
        pieces = _pieces(_upright(characters, turn, box), index + 1)
        height = box[2] - box[0] if turn % 2 else box[3] - box[1]
        return Page(index + 1, height, tuple(merge_pieces(pieces)))
    finally:
        text.close()
        page.close()


def _characters(text: pdfium.PdfTextPage) -> Iterator[_Character | None]:
    """Yield the characters in the page's own order and axes; None for a line break."""
    handle = text.raw
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    box_at, matrix_at = ctypes.byref(box), ctypes.byref(matrix)
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in _BREAKS:
            yield None
        elif code in _SPACES:
            yield _Character(" ", 0, 0, 0, 0, 0, None)
        elif code and raw.FPDFText_GetLooseCharBox(handle, index, box_at):
            raw.FPDFText_GetMatrix(handle, index, matrix_at)
            size = raw.FPDFText_GetFontSize(handle, index) * math.hypot(matrix.c, matrix.d)
            turn = _quarter_turns(matrix.a, matrix.b)
            yield _Character(
                "-" if code in _LINE_END_HYPHENS else chr(code), box.left, box.right, box.bottom, box.top, size, turn
            )


def _quarter_turns(a: float, b: float) -> int:
    """Direction of writing in quarter turns; -1 for text on the slant, which is a watermark."""
    if abs(b) < 0.1 * abs(a):
        return 0 if a > 0 else 2
    if abs(a) < 0.1 * abs(b):
        return 1 if b > 0 else 3
    return -1


def _main_direction(characters: list[_Character | None]) -> int:
    """The direction of most of a page's text: landscape tables stand on their side."""
    turns = Counter(character.turn for character in characters if character and character.turn is not None)
    turns.pop(-1, None)
    return turns.most_common(1)[0][0] or 0 if turns else 0


def _upright(
    characters: list[_Character | None], turn: int, box: tuple[float, float, float, float]
) -> Iterator[_Character | None]:
    """Turn places on the page, y upward, to what the reader sees, y downward; drop text in any other direction."""
    left, bottom, right, top = box
    for character in characters:
        if character is None or character.turn is None:
            yield character
        elif character.turn == turn:
            x0, x1, y0, y1 = character[1:5]
            places = (
                (x0 - left, x1 - left, top - y1, top - y0),
                (y0 - bottom, y1 - bottom, x0 - left, x1 - left),
                (right - x1, right - x0, y0 - bottom, y1 - bottom),
                (top - y1, top - y0, right - x1, right - x0),
            )
            yield _Character(character.text, *places[turn], character.size, turn)


def _pieces(characters: Iterable[_Character | None], page: int) -> Iterator[Line]:
    """Cut the run of characters wherever the pen jumps."""
    run: list[_Character] = []
    spaces = 0
    for character in characters:
        if character is not None and character.turn is None:
            spaces += 1
            continue
        if run and (character is None or _jumps(run[-1], character)):
            yield _piece(run, page, ended=spaces > 0)
            run = []
        elif run and spaces and character is not None:
            run.append(run[-1]._replace(text=" " * spaces))
        if character is not None:
            run.append(character)
        spaces = 0
    if run:
        yield _piece(run, page, ended=spaces > 0)


def _jumps(before: _Character, behind: _Character) -> bool:
    if before[1:5] == behind[1:5]:  # one glyph that stands for several characters, such as ——
        return False
    size = max(before.size, behind.size, 1e-6)
    level = (before.low + before.high - behind.low - behind.high) / 2
    gap = behind.left - before.right
    return abs(level) > 0.5 * size or not -0.7 * size < gap < 1.5 * size


def _piece(run: list[_Character], page: int, *, ended: bool) -> Line:
    text = "".join(character.text for character in run)
    if any("\ud800" <= unit <= "\udfff" for unit in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    size = sorted(character.size for character in run)[len(run) // 2]
    middle = sorted((character.low + character.high) / 2 for character in run)[len(run) // 2]
    left, right = run[0].left, max(character.right for character in run)
    return Line(text, left, right, middle - size / 2, size, page, ended)


def _pictures(document: pdfium.PdfDocument, pages: list[Page]) -> list[int]:
    """Return the places of pages that have no text and are mostly picture."""
    bare = [index for index, page in enumerate(pages) if not page.lines]
    return [index for index in bare if _picture_share(document[index]) > _PICTURE_SHARE]


def _picture_share(page: pdfium.PdfPage) -> float:
    try:
        width, height = page.get_size()
        bounds = [item.get_bounds() for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)]
    except pdfium.PdfiumError:
        return 0.0
    finally:
        page.close()
    area = sum(abs(right - left) * abs(top - bottom) for left, bottom, right, top in bounds)
    return area / (width * height) if width * height else 0.0


def _may_recognise(pictures: list[int], count: int, name: str, ocr: bool | None) -> bool:
    """Tell whether pages are to be recognised; raise ImageOnlyDocument where words would be lost unnoticed."""
    if ocr is not False and _scan.available():
        return True
    if ocr is False and len(pictures) < count:
        return False
    numbers = "、".join(str(index + 1) for index in pictures[:10])
    which = "全部是图片" if len(pictures) == count else f"第 {numbers} 页是图片"
    remedy = "请允许文字识别" if _scan.available() else "请安装文字识别组件：pip install 'qipan[ocr]'"
    message = f"“{name}”共 {count} 页，{which}，没有可读的文字，{remedy}，或换用带文字的版本后再试。"
    raise ImageOnlyDocument(message)
