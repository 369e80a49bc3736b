from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.reading.document import Block, Document, assemble, clean, document_from_text
from qipan.engines.reading.errors import ReadingError
from qipan.engines.reading.formats import read_bytes
from tests.reading import formats_sample as sample

unhurried = settings(deadline=None)
"""A busy machine is no failure."""
TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
PAPER = st.text(st.sampled_from("一二（1）、。；5G 基站达到3万个《》\n\r\f\t　-—7“”"), max_size=400)


def check(document: Document) -> None:
    assert document.text == "\n".join(paragraph.text for paragraph in document.paragraphs)
    for paragraph in document.paragraphs:
        assert document.text[paragraph.start : paragraph.start + len(paragraph.text)] == paragraph.text
        assert paragraph.text == paragraph.text.strip() != ""
        assert len(paragraph.text.splitlines()) == 1
        assert paragraph.page is None or 1 <= paragraph.page <= document.pages
    assert len(document.sha256) == 64


def check_or_refusal(data: bytes) -> None:
    try:
        document = read_bytes(data, "plan")
    except ReadingError as error:
        message = str(error)
    else:
        return check(document)
    assert message.startswith("“plan”")
    assert message.endswith("。")
    return None


@unhurried
@given(TEXT | PAPER)
def test_places_hold_for_any_text(text):
    check(document_from_text(text))


@unhurried
@given(TEXT | PAPER)
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


@unhurried
@given(st.lists(TEXT, max_size=6), st.integers(1, 3))
def test_places_hold_for_any_blocks(texts, page):
    check(assemble((Block(text, page) for text in texts), format="pdf", sha256="0" * 64, pages=3))


@pytest.mark.parametrize("wrap", [str, "<html><body><div><p>{}</p><ol><li>x</ol></div>".format])
@unhurried
@given(text=TEXT | PAPER)
def test_places_hold_for_any_file_of_text_or_html(wrap, text):
    check_or_refusal(wrap(text).encode())


@unhurried
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
)
def test_any_bytes_are_read_or_refused_in_one_sentence(data, mark):
    check_or_refusal(mark + data)


FILES = {
    "pdf": lambda: sample.pdf(sample.PARAGRAPHS),
    "docx": lambda: sample.docx("".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in sample.PARAGRAPHS)),
    "ofd": lambda: sample.ofd(sample.ofd_pages(sample.PARAGRAPHS)),
    "html": lambda: "".join(f"<p>{text}</p>" for text in sample.PARAGRAPHS).encode(),
    "txt": lambda: "\n".join(sample.PARAGRAPHS).encode(),
}


@pytest.mark.parametrize("kind", FILES)
def test_places_hold_for_every_format_and_the_name_is_not_believed(kind):
    document = read_bytes(FILES[kind](), "holiday.jpg")
    check(document)
    assert document.format == kind
    assert len(document.paragraphs) == len(sample.PARAGRAPHS)


def test_a_text_keeps_its_lines():
    document = document_from_text("一、目标\r\n\r\n\u3000\u3000到2029年，建成\xa05G基站。\n7\n")
    assert [paragraph.text for paragraph in document.paragraphs] == ["一、目标", "到2029年，建成 5G基站。", "7"]
    assert [paragraph.start for paragraph in document.paragraphs] == [0, 5, 21]
    assert document.pages == 0


def test_radicals_and_invisible_marks_are_folded():
    assert clean("\ufeff⼯业和信息化⾏业\u200b\u00ad管理局") == "工业和信息化行业管理局"
    assert clean("５Ｇ（基站）") == "５Ｇ（基站）"


LINES = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60), min_size=1, max_size=8
)
WRITERS = {
    "pdf": lambda lines: sample.pdf(["标题", *lines]),
    "docx": lambda lines: sample.docx("".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)),
    "ofd": lambda lines: sample.ofd(sample.ofd_pages([line for line in lines if line] or ["字"], per_page=5)),
}


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=40, deadline=None)
@given(lines=LINES)
def test_places_hold_for_any_text_in_any_format(kind, lines):
    check_or_refusal(WRITERS[kind](lines))
