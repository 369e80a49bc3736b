"""Zip packages and their XML parts, read in memory under limits; nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib

from lxml import etree

from qipan.engines.reading.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument

MAX_MEMBERS = 20_000
MAX_PART = 32 * 2**20
"""Bytes one XML part may unpack to; its tree takes some thirty times as much memory at worst."""
MAX_UNPACKED = 256 * 2**20
"""Bytes that all parts read from one package may unpack to together."""

_ENCRYPTED = 0x1
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(RuntimeError, ValueError, OverflowError),
)
"""What zipfile lets through from broken or hostile packages, besides its own error."""
_STRICT = (
    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
)
"""The strict dialect of WordprocessingML differs from the transitional one, for reading, only in its namespace."""
_PARSER = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}


class Package:
    """A zip package in memory that hands out its parts one at a time, each under the limits.

    Member names are only ever compared, never used as paths, so names such as ``../../x`` can do no harm.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._left = MAX_UNPACKED
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            message = f"“{name}”已损坏或没有下载完整（压缩包目录读不出来），请重新下载或另存后再试。"
            raise DamagedDocument(message) from error
        members = self._zip.infolist()
        self.names = {self._key(info.filename): info for info in members}
        if len(members) > MAX_MEMBERS:
            message = f"“{name}”的压缩包里有 {len(members)} 个文件，超过上限 {MAX_MEMBERS} 个，请另存为普通文档后再试。"
            raise DocumentTooLarge(message)

    @staticmethod
    def _key(path: str) -> str:
        return path.replace("\\", "/").lstrip("/").lower()

    def __contains__(self, path: str) -> bool:
        return self._key(path) in self.names

    def read(self, path: str) -> bytes:
        """Return the bytes of a part; raise DamagedDocument where it is absent or cannot be unpacked."""
        info = self.names.get(self._key(path))
        if info is None:
            message = f"“{self.name}”缺少部件 {path}，文件不完整，请重新下载或另存后再试。"
            raise DamagedDocument(message)
        if info.flag_bits & _ENCRYPTED:
            message = f"“{self.name}”已加密，请用密码打开并另存为不加密的文件后再试。"
            raise EncryptedDocument(message)
        limit = min(MAX_PART, self._left)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(limit + 1)
        except _BROKEN as error:
            message = f"“{self.name}”的部件 {path} 解不开，文件已损坏，请重新下载或另存后再试。"
            raise DamagedDocument(message) from error
        if len(data) > limit:
            message = f"“{self.name}”的部件 {path} 解压后超过上限 {limit // 2**20} MB，请拆分或另存后再试。"
            raise DocumentTooLarge(message)
        self._left -= len(data)
        return data

    def xml(self, path: str) -> etree._Element:
        """Return the root of an XML part; a part that declares a document type is refused, so no entity is expanded."""
        data = self.read(path).replace(*_STRICT)
        try:
            root = etree.fromstring(data, etree.XMLParser(**_PARSER))
        except (etree.XMLSyntaxError, ValueError) as error:
            message = f"“{self.name}”的部件 {path} 不是完整的 XML,文件已损坏，请重新下载或另存后再试。"
            raise DamagedDocument(message) from error
        if root.getroottree().docinfo.doctype:
            message = (
                f"“{self.name}”的部件 {path} 带有文档类型声明（可能夹带外部实体），为安全起见不予读取，请另存后再试。"
            )
            raise DamagedDocument(message)
        return root

    def resolve(self, base: str, target: str) -> str:
        """Return the path of a part that another part names, relative to that one or from the root."""
        joined = target if target.startswith("/") else posixpath.join(posixpath.dirname(base), target)
        return posixpath.normpath(joined).lstrip("/")
