"""What kind of file the bytes are; names and endings are not believed."""

from __future__ import annotations

import re

from qipan.engines.reading.errors import EncryptedDocument, NotADocument
from qipan.engines.reading.formats._archive import Package

_READABLE = "可读的格式有 docx、pdf、ofd、html、txt 和 doc/wps"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"MZ", "Windows 程序"),
    (b"\x7fELF", "Linux 程序"),
    (b"SQLite format 3", "数据库"),
)
_HTML = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|title|div|article|table|p|h[1-6])\b",
    re.I | re.S,
)
_ARCHIVE = re.compile(rb"\s*(From|MIME-Version|Content-Type|Subject|Date|Snapshot-Content-Location):[^\n]*\n", re.I)
_XML = re.compile(rb"\s*<\?xml\b")
_HEAD = 4096


def signature(data: bytes, name: str) -> str:
    """Return pdf, docx, ofd, ole, odt, rtf, mht, html or text; raise NotADocument for any other known kind."""
    head = data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _package(data, name)
    if head.startswith(_OLE):
        return _compound(data, name)
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if _ARCHIVE.match(head) and b"multipart/" in head.lower():
        return "mht"
    for mark, kind in _OTHERS:
        if head.startswith(mark):
            raise _other(name, kind)
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        bare = head.replace(b"\0", b"")[2:]
    if _HTML.match(bare):
        return "html"
    if _XML.match(bare):
        raise _other(name, "XML 数据")
    return "text"


def _package(data: bytes, name: str) -> str:
    package = Package(data, name)
    if "OFD.xml" in package:
        return "ofd"
    if any(path.startswith("word/") for path in package.names):
        return "docx"
    if "mimetype" in package and package.read("mimetype").startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if any(path.startswith("xl/") for path in package.names):
        raise _other(name, "Excel 表格")
    if any(path.startswith("ppt/") for path in package.names):
        raise _other(name, "演示文稿")
    raise _other(name, "普通 zip 压缩包")


def _compound(data: bytes, name: str) -> str:
    """Tell the kinds of OLE compound files apart by the names of their streams, which stand in UTF-16.

    Both Word and WPS keep a text document in a stream called WordDocument.
    """
    if _stream("EncryptedPackage") in data:
        message = f"“{name}”已加密，请用密码打开并另存为不加密的文件后再试。"
        raise EncryptedDocument(message)
    if _stream("WordDocument") not in data:
        if _stream("Workbook") in data:
            raise _other(name, "Excel 表格")
        if _stream("PowerPoint Document") in data:
            raise _other(name, "演示文稿")
        raise _other(name, "其他程序的复合文件")
    return "ole"


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le")


def _other(name: str, kind: str) -> NotADocument:
    return NotADocument(f"“{name}”是{kind}，不是可读的文件，{_READABLE}。")


def unknown(name: str) -> NotADocument:
    """Return the error for bytes that are neither a known format nor text in a known encoding."""
    return NotADocument(f"“{name}”不是可读的文件（既不是已知格式，也不是 UTF-8 或 GB18030 文本）,{_READABLE}。")
