"""What is generated is up to date; what exists is documented; what is linked is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.generate import command_names, folder, pages, parts, renewed

from qipan.core.catalogue import load_catalogue
from qipan.core.exchange import export_formats
from tests.docs.markdown import root

_link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(root)))
def test_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == renewed(text), f"{page.name} has parts that changed: run make docs and commit what it writes"


def test_every_generated_part_stands_somewhere() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in pages())
    assert {name for name in parts if f"<!-- generated: {name} -->" in text} == set(parts)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(root)))
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in _link.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_every_command_has_its_heading() -> None:
    text = (folder / "cli.md").read_text(encoding="utf-8")
    assert [name for name in command_names() if f"## {name}\n" not in text] == []


def test_every_kind_and_indicator_is_in_the_catalogue_page() -> None:
    text = (folder / "catalogue.md").read_text(encoding="utf-8") + (folder / "indicators.md").read_text(
        encoding="utf-8"
    )
    catalogue = load_catalogue()
    assert [key for key in (*catalogue.kinds, *catalogue.indicators) if f"`{key}`" not in text] == []


def test_every_format_has_its_row() -> None:
    text = (folder / "formats.md").read_text(encoding="utf-8")
    assert [name for name in export_formats if f"| {name} |" not in text] == []


def test_both_readme_files_say_the_same_commands() -> None:
    english, chinese = ((root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    for command in ("make demo", "make test", "qipan plan read", "qipan demo --plan"):
        assert command in english
        assert command in chinese
