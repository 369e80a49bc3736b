from __future__ import annotations

from pathlib import Path

import pytest

from qipan.engines.reading.errors import NotADocument
from qipan.engines.reading.formats import read_bytes
from tests.reading.formats_sample import LONG, PARAGRAPHS, set_lines, squeezed

GOLD = Path(__file__).parents[3] / "shared" / "gold"


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read_bytes(data, "plan.txt").paragraphs]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_gives_the_same_paragraphs(encoding, end):
    assert texts(end.join(PARAGRAPHS).encode(encoding)) == list(PARAGRAPHS)


def test_characters_beyond_gbk_survive_gb18030():
    assert texts("㐀㐁𠀀镕堃㙍".encode("gb18030")) == ["㐀㐁𠀀镕堃㙍"]


@pytest.mark.parametrize("spacing", ["\n", "\n\n"])
@pytest.mark.parametrize("keep_indent", [True, False])
def test_broken_lines_are_joined(spacing, keep_indent):
    lines = [(" " * 2 * indent if keep_indent else "") + line for indent, line in set_lines(LONG, width=38)]
    assert texts(spacing.join(lines).encode()) == list(LONG)


def test_page_numbers_between_broken_lines_go():
    lines = ["　" * indent + line for indent, line in set_lines(LONG, width=38)]
    for place, number in ((60, "— 3 —"), (40, "- 2 -"), (20, "1")):
        lines[place:place] = ["", number, ""]
    assert texts("\n".join(lines).encode()) == list(LONG)


@pytest.mark.parametrize("number", ["7", "— 31 —", "- 12 -", "－5－", "第 3 页 共 10 页", "3/27"])
def test_a_sentence_cut_by_a_page_number_is_made_whole(number):
    cut = 40
    text = "\n".join((PARAGRAPHS[3], PARAGRAPHS[4][:cut], number, PARAGRAPHS[4][cut:], PARAGRAPHS[5]))
    assert texts(text.encode()) == list(PARAGRAPHS[3:6])


def test_numbers_in_a_pasted_table_stay():
    cells = ["序号", "指标", "目标", "1", "5G基站", "32000", "2", "智能杆", "4500"]
    assert texts("\n".join(cells).encode()) == cells


def test_form_feeds_part_pages():
    document = read_bytes("第一页的文字。\f第二页的文字。\f第三页的文字。".encode(), "plan.txt")
    assert [paragraph.page for paragraph in document.paragraphs] == [1, 2, 3]
    assert document.pages == 3


def test_unbroken_text_has_no_pages():
    document = read_bytes("\n".join(PARAGRAPHS).encode(), "plan.txt")
    assert document.pages == 0
    assert {paragraph.page for paragraph in document.paragraphs} == {None}


def test_bytes_in_no_encoding_are_refused():
    with pytest.raises(NotADocument, match=r"plan\.txt"):
        read_bytes(bytes(range(256)) * 20, "plan.txt")


@pytest.fixture
def broken_and_whole() -> tuple[str, list[str]]:
    """Two documents as a PDF gave them, and the same ones put together by hand (page number 7 left in place)."""
    if not GOLD.is_dir():
        pytest.skip("the reference data folder shared/ is not beside the checkout")
    whole = [(GOLD / "docs" / f"{name}.txt").read_text() for name in ("opinion", "network")]
    wanted = [squeezed(line) for text in whole for line in text.splitlines() if squeezed(line) not in ("", "7")]
    return (GOLD / "raw" / "opinion_and_network_from_pdf.txt").read_text(), wanted


@pytest.mark.parametrize("strip", [False, True], ids=["as extracted", "without trailing spaces"])
def test_two_real_documents_from_broken_lines(broken_and_whole, strip):
    raw, wanted = broken_and_whole
    if strip:
        raw = "\n".join(line.strip() for line in raw.splitlines())
    got = [squeezed(text) for text in texts(raw.encode())]
    assert "".join(got) == "".join(wanted)
    # The hand-made text breaks five paragraphs after a bracket or full stop that ends a line; no paragraph is cut here.
    assert len(set(got) - set(wanted)) <= 5
    wanted_starts = {text[:12] for text in wanted}
    assert all(text[:12] in wanted_starts for text in got)
