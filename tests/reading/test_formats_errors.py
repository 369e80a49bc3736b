from __future__ import annotations

import contextlib
import io
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipan.engines.reading import errors
from qipan.engines.reading.formats import _archive, _office, read_bytes, read_document
from qipan.errors import QipanError
from tests.reading.formats_sample import PARAGRAPHS, docx, ofd, ofd_text, pdf, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BODY = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in PARAGRAPHS)
ENTITY = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


def stream(name: str) -> bytes:
    return OLE + name.encode("utf-16-le") + bytes(200)


def locked() -> bytes:
    """A zip whose members are marked as encrypted, as archivers do."""
    data = bytearray(docx(BODY))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 1)
    return bytes(data)


def bomb() -> bytes:
    return zipped({"word/document.xml": b"<a>" + b" " * (_archive.MAX_PART + 10)})


def crowded() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for index in range(_archive.MAX_MEMBERS + 1):
            package.writestr(f"word/{index}.xml", "")
    return buffer.getvalue()


BAD = {
    "nothing at all": (b"", errors.EmptyDocument, "没有文字"),
    "blank text": (b" \r\n\t\n", errors.EmptyDocument, "没有文字"),
    "docx without words": (docx("<w:p/>"), errors.EmptyDocument, "没有文字"),
    "html without words": (b"<html><body><script>x</script></body></html>", errors.EmptyDocument, "没有文字"),
    "pdf with a password": (pdf(PARAGRAPHS, password="secret"), errors.EncryptedDocument, "加密"),
    "docx with a password": (stream("EncryptedPackage"), errors.EncryptedDocument, "加密"),
    "locked zip": (locked(), errors.EncryptedDocument, "加密"),
    "half a docx": (docx(BODY)[:700], errors.DamagedDocument, "损坏"),
    "half a pdf": (pdf()[:300], errors.DamagedDocument, "损坏"),
    "docx with broken xml": (docx("<w:p><w:r>" + "<w:t>"), errors.DamagedDocument, "XML"),
    "docx without its main part": (zipped({"word/styles.xml": "<a/>"}), errors.DamagedDocument, "缺少部件"),
    "ofd with an external entity": (
        ofd([[ofd_text("字", 20, 20)]], doctype=ENTITY),
        errors.DamagedDocument,
        "文档类型声明",
    ),
    "zip bomb": (bomb(), errors.DocumentTooLarge, "上限"),
    "zip of too many parts": (crowded(), errors.DocumentTooLarge, "上限"),
    "excel": (zipped({"xl/workbook.xml": "<a/>"}), errors.NotADocument, "Excel"),
    "old excel": (stream("Workbook"), errors.NotADocument, "Excel"),
    "slides": (zipped({"ppt/presentation.xml": "<a/>"}), errors.NotADocument, "演示文稿"),
    "another program's compound file": (stream("Contents"), errors.NotADocument, "复合文件"),
    "plain zip": (zipped({"../../etc/passwd": "x"}), errors.NotADocument, "zip"),
    "empty zip": (zipped({}), errors.NotADocument, "zip"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(40), errors.NotADocument, "图片"),
    "xml data": (b"<?xml version='1.0'?><data/>", errors.NotADocument, "XML"),
    "noise": (bytes(range(256)) * 8, errors.NotADocument, "GB18030"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_sentence(case):
    data, kind, words = BAD[case]
    with pytest.raises(kind, match=words) as caught:
        read_bytes(data, "计划.docx")
    message = str(caught.value)
    assert message.startswith("“计划.docx”")
    assert message.endswith("。")
    assert message.count("。") == 1


def test_every_error_is_one_a_user_can_act_on():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), QipanError)


def test_an_entity_in_a_docx_is_never_expanded():
    document = zipped({"word/document.xml": ENTITY + "<w:document xmlns:w='x'><w:body>&secret;</w:body></w:document>"})
    with pytest.raises(errors.DamagedDocument, match="文档类型声明"):
        read_bytes(document, "plan.docx")


def test_parts_are_counted_together_against_the_limit(monkeypatch):
    monkeypatch.setattr(_archive, "MAX_UNPACKED", 3000)
    with pytest.raises(errors.DocumentTooLarge):
        read_bytes(docx(BODY), "plan.docx")


def test_a_file_that_cannot_be_opened(tmp_path: Path):
    for path in (tmp_path / "没有.docx", tmp_path):
        with pytest.raises(errors.FileUnreadable, match=path.name):
            read_document(path)


def test_a_file_beyond_the_limit_is_not_even_opened(tmp_path: Path):
    path = tmp_path / "大.pdf"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(errors.DocumentTooLarge, match="300 MB"):
        read_document(path)


def test_a_file_on_disk_is_read_by_its_signature(tmp_path: Path):
    path = tmp_path / "计划.pdf"
    path.write_bytes(docx(BODY))
    document = read_document(path)
    assert document.format == "docx"
    assert [paragraph.text for paragraph in document.paragraphs] == list(PARAGRAPHS)


@pytest.mark.parametrize("data", [stream("WordDocument"), b"{\\rtf1 text}"], ids=["doc", "rtf"])
def test_an_old_format_without_the_converter(data, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(errors.ConverterMissing, match=r"计划\.doc.*libreoffice-writer"):
        read_bytes(data, "计划.doc")


def converter(folder: Path, script: str) -> str:
    program = folder / "soffice"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return str(program)


def test_a_converter_that_makes_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: converter(tmp_path, "exit 1\n"))
    with pytest.raises(errors.DamagedDocument, match="转换失败"):
        read_bytes(stream("WordDocument"), "计划.doc")


def test_a_converter_that_never_ends_is_ended_with_its_children(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: converter(tmp_path, "sleep 60 & wait\n"))
    monkeypatch.setattr(_office, "TIMEOUT", 0.2)
    with pytest.raises(errors.DamagedDocument, match="转换失败"):
        read_bytes(stream("WordDocument"), "计划.doc")


def test_a_converter_that_works(tmp_path: Path, monkeypatch):
    (tmp_path / "made.docx").write_bytes(docx(BODY))
    script = f'mkdir -p "$7" && cp "{tmp_path}/made.docx" "$7/source.docx"\n'
    monkeypatch.setattr(shutil, "which", lambda program: converter(tmp_path, script))
    document = read_bytes(stream("WordDocument"), "计划.wps")
    assert [paragraph.text for paragraph in document.paragraphs] == list(PARAGRAPHS)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_rtf():
    rtf = (
        r"{\rtf1\ansi\uc0 "
        + "".join(f"\\u{ord(c) - (65536 if ord(c) > 32767 else 0)} " for c in PARAGRAPHS[0])
        + r"\par}"
    )
    assert read_bytes(rtf.encode(), "计划.rtf").paragraphs[0].text == PARAGRAPHS[0]


WHOLE = {"docx": docx(BODY), "pdf": pdf(PARAGRAPHS), "ofd": ofd([[ofd_text("建成5G基站", 20, 40)]])}


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_read_around_or_refused(kind, data):
    whole = bytearray(WHOLE[kind])
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=20)):
        whole[place] = byte
    end = data.draw(st.integers(1, len(whole)))
    with contextlib.suppress(errors.ReadingError):
        read_bytes(bytes(whole[:end] if end % 3 == 0 else whole), "plan")


@pytest.mark.parametrize(
    "text",
    [
        "附件" + " " * 200_000 + "x\n" + "字" * 40,
        "-" * 200_000 + "x",
        "\n".join(["统筹规划通信机房杆塔和管道推动智能杆同步设计"] * 20_000),
        "<html><title>" + "-" * 200_000 + "x</title><p>" + "字" * 100,
        "<html><body>" + "<p>建成5G基站</p>" * 20_000,
        "<html><body><table>" + "<tr><td>甲<td>乙</tr>" * 10_000,
    ],
    ids=["spaces", "dashes", "one long paragraph", "title", "paragraphs", "rows"],
)
def test_time_grows_with_length_alone(text):
    start = time.process_time()
    read_bytes(text.encode(), "plan")
    assert time.process_time() - start < 3
