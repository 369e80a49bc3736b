"""Pairs of neighbouring characters, by which names are found.

Full-text indexes split Chinese into words they guess or into three characters; a pair finds every two-character word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def folded(text: str) -> str:
    """Return ``text`` in half width and lower case, without spaces: the form in which names are compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams_of(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of ``text``, folded; empty for fewer than two characters."""
    plain = folded(text)
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def grams_of_many(
    texts: Sequence[str], ids: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of many texts as (pairs, starts, owners), an inverted index.

    The ids of the texts that hold pair number i, rising, are ``owners[starts[i]:starts[i + 1]]``; pairs are in order
    too, so that a table by pair and id is written from end to end. ``texts`` and the rising ``ids`` have the same
    length, below 4,194,304.
    """
    plain = np.array(_folded_many(texts), dtype=np.str_)
    if not plain.size or plain.itemsize < 8:
        return [], np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64)
    characters = plain.view(np.uint32).reshape(plain.size, -1).astype(np.uint64)
    row, place = np.nonzero(characters[:, 1:])
    # 21 bits for each character and 22 for the row: one sort orders and removes duplicates at once.
    keys = characters[row, place] << np.uint64(43) | characters[row, place + 1] << np.uint64(22) | row.astype(np.uint64)
    keys.sort()
    keys = keys[np.diff(keys, prepend=np.uint64(0)) != 0]
    pairs, rows = keys >> np.uint64(22), (keys & np.uint64(0x3FFFFF)).astype(np.int64)
    starts = np.flatnonzero(np.diff(pairs, prepend=np.uint64(0)))
    names = [chr(pair >> 21) + chr(pair & 0x1FFFFF) for pair in pairs[starts].tolist()]
    return names, np.append(starts, pairs.size), ids[rows]


def _folded_many(texts: Sequence[str]) -> list[str]:
    # One pass over all texts, held apart by a character of private use that folding leaves alone.
    between = "\ue000"
    if any(between in text for text in texts):
        return [folded(text) for text in texts]
    return folded(between.join(texts)).split(between)
