from __future__ import annotations

import pytest

from qipan.engines.reading.errors import DamagedDocument, EncryptedDocument, ImageOnlyDocument
from qipan.engines.reading.formats import read_bytes
from tests.reading.formats_sample import LONG, ofd, ofd_pages, ofd_text


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read_bytes(data, "plan.ofd").paragraphs]


def code(inner: str, boundary: str = "20 40 160 8", more: str = "") -> str:
    return f'<ofd:TextObject ID="1" Boundary="{boundary}" Font="3" Size="5"{more}>{inner}</ofd:TextObject>'


def test_lines_on_pages_become_paragraphs_and_page_numbers_go():
    document = read_bytes(ofd(ofd_pages(LONG)), "plan.ofd")
    assert [paragraph.text for paragraph in document.paragraphs] == list(LONG)
    assert document.pages == len(ofd_pages(LONG)) > 5
    assert document.paragraphs[0].page == 1
    assert document.paragraphs[-1].page == document.pages


def test_objects_in_any_order_are_read_from_top_to_bottom():
    pages = [list(reversed(page)) for page in ofd_pages(LONG)]
    assert texts(ofd(pages)) == list(LONG)


def test_a_template_on_every_page_is_a_running_head():
    assert texts(ofd(ofd_pages(LONG), template=ofd_text("临江市人民政府公报", 20, 15))) == list(LONG)


def test_a_template_on_one_page_is_read():
    page = [ofd_text("建成5G基站3万个。", 60, 80)]
    assert texts(ofd([page], template=ofd_text("指标名称：", 20, 60))) == ["指标名称：", "建成5G基站3万个。"]


def test_pieces_of_a_line_are_put_together_by_their_places():
    pieces = [ofd_text("万个。", 66, 60), ofd_text("建成5G基站", 28, 60), ofd_text("3.2", 57, 60)]
    assert texts(ofd([pieces])) == ["建成5G基站3.2万个。"]


def test_matrix_and_boundary_place_the_text():
    lower = code(
        '<ofd:TextCode X="0" Y="1" DeltaX="g 3 1">第二行字</ofd:TextCode>', "20 40 160 8", ' CTM="5 0 0 5 0 20"'
    )
    upper = code('<ofd:TextCode X="0" Y="5" DeltaX="5 5 5">第一行字</ofd:TextCode>')
    assert texts(ofd([[lower, upper]])) == ["第一行字", "第二行字"]


def test_one_text_code_may_hold_several_lines():
    steps = 'DeltaX="g 3 5 -15 g 6 5" DeltaY="g 3 0 9 g 6 0"'
    inner = f'<ofd:TextCode X="0" Y="5" {steps}>第一行。第二行要长得多</ofd:TextCode>'
    assert texts(ofd([[code(inner)]])) == ["第一行。", "第二行要长得多"]


@pytest.mark.parametrize("steps", ["", 'DeltaX="g 4000000000 5"', 'DeltaX="g x y"', 'DeltaX="nan inf"', 'DeltaX="g"'])
def test_missing_or_senseless_steps_do_no_harm(steps):
    assert texts(ofd([[code(f'<ofd:TextCode X="0" Y="5" {steps}>建成基站</ofd:TextCode>')]])) == ["建成基站"]


def test_nested_blocks_are_read():
    block = (
        f'<ofd:PageBlock ID="5"><ofd:PageBlock ID="6">{ofd_text("块内文字", 28, 60)}</ofd:PageBlock></ofd:PageBlock>'
    )
    assert texts(ofd([[block]])) == ["块内文字"]


def test_encrypted_and_incomplete_packages_are_refused():
    with pytest.raises(EncryptedDocument, match="已加密"):
        read_bytes(ofd([[]], extra={"Encryptions.xml": "<x/>"}), "plan.ofd")
    with pytest.raises(DamagedDocument, match="没有页面"):
        read_bytes(ofd([]), "plan.ofd")


def test_pages_of_pictures_alone_are_refused():
    picture = '<ofd:ImageObject ID="5" Boundary="0 0 210 297" CTM="210 0 0 297 0 0" ResourceID="9"/>'
    with pytest.raises(ImageOnlyDocument, match="图片"):
        read_bytes(ofd([[picture]], extra={"Doc_0/Res/scan.jpg": b"\xff\xd8\xff"}), "plan.ofd")


def test_a_page_outside_the_package_is_a_missing_part():
    data = ofd([[ofd_text("字", 20, 20)]], extra={"Doc_0/Document.xml": _escaping()})
    with pytest.raises(DamagedDocument, match="缺少部件"):
        read_bytes(data, "plan.ofd")


def _escaping() -> str:
    return (
        '<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CommonData/><ofd:Pages>'
        '<ofd:Page ID="1" BaseLoc="../../../../etc/passwd"/></ofd:Pages></ofd:Document>'
    )
