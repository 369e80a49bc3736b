from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from qipan.engines.reading.errors import ImageOnlyDocument
from qipan.engines.reading.formats import _scan, read_bytes
from tests.reading.formats_sample import LONG, PARAGRAPHS, TITLE, pdf, set_lines, squeezed

SCAN = Path(__file__).with_name("formats_scan.png")
recognition = pytest.mark.skipif(
    find_spec("rapidocr_onnxruntime") is None, reason="the optional extra ocr (rapidocr_onnxruntime) is not installed"
)


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read_bytes(data, "plan.pdf").paragraphs]


def em(word: str) -> float:
    return pdfmetrics.stringWidth(word, "STSong-Light", 1)


def drawn(draw, size=(595, 842)) -> bytes:
    """A PDF of what `draw` does on a canvas with a Chinese font of 16 points."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, pagesize=size)
    page.setFont("STSong-Light", 16)
    draw(page)
    page.save()
    return buffer.getvalue()


def test_wrapped_lines_become_paragraphs_without_heads_and_page_numbers():
    document = read_bytes(pdf(), "plan.pdf")
    assert [squeezed(paragraph.text) for paragraph in document.paragraphs] == [squeezed(text) for text in LONG]
    pages = [paragraph.page for paragraph in document.paragraphs]
    assert pages == sorted(pages)
    assert pages[0] == 1
    assert pages[-1] == document.pages > 5


def test_spaces_between_chinese_and_latin_stay_as_the_file_has_them():
    spaced = ("标题", "到 2029 年，建成 5G 基站 3 万个。", "到2029年，建成5G基站3万个。")
    assert texts(pdf(spaced, head="")) == list(spaced)


def test_lines_without_indent_are_parted_by_where_they_end():
    def draw(page):
        for row, (_, line) in enumerate(set_lines(PARAGRAPHS[1:], width=26, indent=0, measure=em)[:24]):
            page.drawString(80, 760 - 28 * row, line)

    got = texts(drawn(draw))
    assert got[:7] == list(PARAGRAPHS[1:8])


def test_trailing_spaces_mark_paragraph_ends():
    full = "统筹规划通信机房杆塔和管道推动智能杆与道路同步设计。"
    short = full[:12] + "。"

    def draw(page):
        for row in range(48):
            last = full if row % 12 == 11 else short
            page.drawString(80, 1150 - 24 * row, last + "  " if row % 3 == 2 else full)

    whole = full * 2 + short
    assert texts(drawn(draw, (595, 1240))) == [whole, whole, whole, full * 3] * 4


def test_pages_on_their_side_and_watermarks():
    def draw(page):
        page.saveState()
        page.translate(300, 400)
        page.rotate(45)
        page.drawString(0, 0, "征求意见稿")
        page.restoreState()
        page.rotate(90)
        for row, (indent, line) in enumerate(set_lines(PARAGRAPHS[:6], width=36, measure=em)):
            page.drawString(80 + 16 * indent, -80 - 28 * row, line)

    assert texts(drawn(draw)) == list(PARAGRAPHS[:6])


def test_mirrored_margins():
    lines = set_lines(LONG[:20], width=26, measure=em)

    def draw(page):
        for start in range(0, len(lines), 22):
            left = 60 if start % 44 else 100
            page.setFont("STSong-Light", 16)
            for row, (indent, line) in enumerate(lines[start : start + 22]):
                page.drawString(left + 16 * indent, 740 - 28 * row, line)
            page.showPage()

    assert texts(drawn(draw)) == list(LONG[:20])


def test_rows_of_a_table_stay_apart():
    rows = [("指标", "单位", "目标"), ("5G基站", "个", "32000"), ("智能杆", "根", "4500")]

    def draw(page):
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                page.drawString(80 + 150 * column, 700 - 30 * row, cell)

    assert texts(drawn(draw)) == [" ".join(row) for row in rows]


def test_a_scaled_font_measures_as_it_is_seen():
    def draw(page):
        text = page.beginText()
        text.setFont("STSong-Light", 1)
        for row, (indent, line) in enumerate(set_lines(PARAGRAPHS[:7], width=26, measure=em)):
            text.setTextTransform(16, 0, 0, 16, 80 + 16 * indent, 760 - 28 * row)
            text.textOut(line)
        page.drawText(text)

    assert texts(drawn(draw)) == list(PARAGRAPHS[:7])


def calls_of(data: bytes) -> int:
    """How many functions of Python are called while a file is read."""
    count = 0

    def seen(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        read_bytes(data, "plan.pdf")
    finally:
        sys.setprofile(None)
    return count


def test_the_work_for_a_page_does_not_grow_with_the_pages():
    few, many = pdf(LONG), pdf(LONG * 3)
    pages = read_bytes(many, "plan.pdf").pages / read_bytes(few, "plan.pdf").pages
    assert pages > 2.5
    assert calls_of(many) < 1.2 * pages * calls_of(few)


@pytest.fixture
def scan() -> bytes:
    return drawn(lambda page: page.drawImage(str(SCAN), 0, 0, 595, 842))


@recognition
def test_a_scan_is_recognised(scan):
    document = read_bytes(scan, "scan.pdf")
    assert document.format == "scan"
    heads = [squeezed(paragraph.text).replace("-", "—") for paragraph in document.paragraphs[:2]]
    assert heads == [squeezed(TITLE), squeezed(PARAGRAPHS[1])]
    wanted, got = squeezed("".join(PARAGRAPHS[:5])), squeezed(document.text)
    assert abs(len(got) - len(wanted)) <= 0.02 * len(wanted)
    for figure in ("3.2万个", "120万户", "75%", "98%", "24个月", "30Tbps"):
        assert figure.lower() in got.lower()
    assert len(document.paragraphs) == 5


def test_a_scan_without_recognition_is_refused_with_the_remedy(scan, monkeypatch):
    monkeypatch.setattr(_scan, "available", lambda: False)
    with pytest.raises(ImageOnlyDocument, match=r"scan\.pdf.*全部是图片.*qipan\[ocr\]"):
        read_bytes(scan, "scan.pdf")


def test_a_scan_where_recognition_is_declined_is_refused(scan):
    with pytest.raises(ImageOnlyDocument, match="全部是图片"):
        read_bytes(scan, "scan.pdf", ocr=False)


def test_one_picture_page_among_text_is_not_lost_unnoticed(monkeypatch):
    monkeypatch.setattr(_scan, "available", lambda: False)

    def draw(page):
        page.drawString(80, 700, "第一页有文字。")
        page.showPage()
        page.drawImage(str(SCAN), 0, 0, 595, 842)

    data = drawn(draw)
    with pytest.raises(ImageOnlyDocument, match="第 2 页是图片"):
        read_bytes(data, "mixed.pdf")
    assert read_bytes(data, "mixed.pdf", ocr=False).text == "第一页有文字。"


def test_threads_read_side_by_side():
    data = pdf(PARAGRAPHS)
    with ThreadPoolExecutor(4) as pool:
        documents = set(pool.map(lambda _: read_bytes(data, "plan.pdf"), range(24)))
    assert len(documents) == 1
