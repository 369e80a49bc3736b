"""The vocabulary of plans as tables beside the code: what follows a number, what verbs do, how units are named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["alternation", "longest_first", "table", "words"]


@cache
def table(name: str) -> Mapping[str, Any]:
    """Read one vocabulary file (``quantities``, ``units`` or ``words``)."""
    text = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def words(name: str, section: str, key: str) -> frozenset[str]:
    """Give one list of a vocabulary file as a set."""
    return frozenset(table(name)[section][key])


def longest_first(items: Iterable[str]) -> list[str]:
    """Order words so that a longer one is tried before one that begins it; ties by code point."""
    return sorted(set(items), key=lambda word: (-len(word), word))


def alternation(items: Iterable[str]) -> str:
    """Make a regular expression that matches the longest of the words."""
    return "|".join(re.escape(word) for word in longest_first(items))
