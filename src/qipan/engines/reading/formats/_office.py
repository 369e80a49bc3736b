"""Old binary formats (doc, wps, rtf, odt) through LibreOffice, where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from qipan.engines.reading.errors import ConverterMissing, DamagedDocument

CONVERTED = {"ole": ".doc", "rtf": ".rtf", "odt": ".odt"}
"""Signature of a format that needs the converter, and the ending under which LibreOffice knows it."""
TIMEOUT = 120.0
"""Seconds one conversion may take; a cold start of LibreOffice alone takes about ten."""


def to_docx(data: bytes, kind: str, name: str) -> bytes:
    """Convert to docx in a temporary folder with a profile of its own, so that a running LibreOffice is not disturbed.

    Raises:
        ConverterMissing: neither soffice nor libreoffice is on the path.
        DamagedDocument: LibreOffice could not make a docx of it within `TIMEOUT`.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        message = f"“{name}”是旧式 doc/wps 类文件，请安装 LibreOffice(libreoffice-writer)或另存为 docx 后再试。"
        raise ConverterMissing(message)
    with tempfile.TemporaryDirectory(prefix="qipan-") as folder:
        source = Path(folder, "source" + CONVERTED[kind])
        source.write_bytes(data)
        command = [
            program,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            str(Path(folder, "out")),
            str(source),
        ]
        _run(command)
        try:
            return Path(folder, "out", "source.docx").read_bytes()
        except OSError as error:
            message = f"“{name}”转换失败，可能已加密或损坏，请用 Word 或 WPS 打开并另存为 docx 后再试。"
            raise DamagedDocument(message) from error


def _run(command: list[str]) -> None:
    """Run to the end or to `TIMEOUT`; soffice starts a second process, so the whole group is ended then."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
