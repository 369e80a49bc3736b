"""Pairs of neighbouring characters, by which names are found.

Full-text indexes split Chinese into words they guess or into three characters; a pair finds every two-character word.
"""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return ``text`` in half width and lower case, without spaces: the form in which names are compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams_of(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of ``text``, folded; empty for fewer than two characters."""
    plain = folded(text)
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))
