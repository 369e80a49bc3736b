"""Formats: the bytes of a file become a `Document`, whatever the file is called.

The kind is recognised by signature. Each format has a module with one function that takes the bytes and the name shown
to the user and returns blocks in reading order; limits on size are checked before any of them runs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from qipan.engines.reading.document import Document, assemble
from qipan.engines.reading.errors import DocumentTooLarge, EmptyDocument, FileUnreadable
from qipan.engines.reading.formats import _docx, _html, _ofd, _office, _pdf, _plain
from qipan.engines.reading.formats._signature import signature

__all__ = ["MAX_FILE", "read_bytes", "read_document"]

MAX_FILE = 200 * 2**20
"""Bytes a file may have: above the largest scanned plans, below what would stall a server."""


def read_document(path: Path, *, ocr: bool | None = None) -> Document:
    """Read a file.

    `ocr` says what becomes of pages that are pictures: None recognises them where the extra `ocr` is installed, True
    recognises every page even where it has text, False passes over them.

    Raises:
        ReadingError: one of its subclasses, with a sentence for the user.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise _too_large(path.name, size)
        data = path.read_bytes()
    except OSError as error:
        message = f"打不开“{path}”，请检查路径是否正确、是否为文件以及是否有读取权限。"
        raise FileUnreadable(message) from error
    return read_bytes(data, path.name, ocr=ocr)


def read_bytes(data: bytes, name: str, *, ocr: bool | None = None) -> Document:
    """Read the bytes of an uploaded file; `name` is used in messages only. See `read_document` for `ocr` and errors."""
    if len(data) > MAX_FILE:
        raise _too_large(name, len(data))
    if not data.strip():
        raise _empty(name)
    document = _read(data, name, ocr)
    if not document.text:
        raise _empty(name)
    return document


def _read(data: bytes, name: str, ocr: bool | None) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    kind = signature(data, name)
    if kind == "pdf":
        blocks, pages, scanned = _pdf.read(data, name, ocr=ocr)
        return assemble(blocks, format="scan" if scanned else "pdf", sha256=digest, pages=pages)
    if kind in _office.CONVERTED:
        blocks, pages = _docx.read(_office.to_docx(data, kind, name), name)
        kind = _office.CONVERTED[kind].removeprefix(".")
    elif kind == "docx":
        blocks, pages = _docx.read(data, name)
    elif kind == "ofd":
        blocks, pages = _ofd.read(data, name)
    elif kind in ("html", "mht"):
        blocks, pages = _html.read(data if kind == "html" else _html.unpack(data), name), 0
    else:
        kind = "txt"
        blocks, pages = _plain.read(data, name)
    return assemble(blocks, format=kind, sha256=digest, pages=pages)


def _too_large(name: str, size: int) -> DocumentTooLarge:
    return DocumentTooLarge(
        f"“{name}”有 {size / 2**20:.0f} MB，超过上限 {MAX_FILE // 2**20} MB，请压缩图片或拆分后再试。"
    )


def _empty(name: str) -> EmptyDocument:
    return EmptyDocument(f"“{name}”里没有文字，请确认选对了文件。")
