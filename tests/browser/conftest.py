"""A small demonstration city behind a running server, and a browser to look at it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hatch_build import find_node

root = Path(__file__).parents[2]
_patience = 600.0


@dataclass(frozen=True)
class Board:
    """Where the page is served and who may sign in."""

    address: str
    name: str
    password: str


def need(present: bool, message: str) -> None:
    """Fail in CI and skip elsewhere where something that the walk needs is missing."""
    if not present:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = os.environ.get("QIPAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    need(found is not None, "no Chromium: install Debian's package chromium, or name one in QIPAN_CHROMIUM")
    return str(found)


@pytest.fixture(scope="session")
def node() -> str:
    built = (root / "src/qipan/api/page/index.html").is_file()
    need(built, "the page is not built: run make page")
    need((root / "web/node_modules/playwright-core").is_dir(), "no playwright-core: run npm ci in web/, as make does")
    return find_node()[0]


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    folder = tmp_path_factory.mktemp("demo")
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "qipan",
        "demo",
        "--scale",
        "0.02",
        "--port",
        str(port),
        "--folder",
        str(folder / "city"),
    ]
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            yield _wait_for(f"http://127.0.0.1:{port}", server, folder / "log")
        finally:
            server.terminate()
            server.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> Board:
    deadline = time.monotonic() + _patience
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/session", timeout=5) as answer:
                demo = json.load(answer)["demo"]
            return Board(address, demo["name"], demo["password"])
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the demonstration did not start:\n{log.read_text()[-2000:]}")
