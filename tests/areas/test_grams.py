from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qipan.core.grams import grams_of, grams_of_many

# The one character that no database stores in a text is left out; the import refuses it.
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


@given(st.lists(st.text(characters, max_size=12), max_size=30))
def test_many_at_once_are_what_one_by_one_gives_in_order(texts):
    ids = np.arange(10, 10 + len(texts), dtype=np.int64)
    pairs, starts, owners = grams_of_many(texts, ids)
    found = [
        (pair, owner)
        for pair, start, end in zip(pairs, starts[:-1], starts[1:], strict=True)
        for owner in owners[start:end].tolist()
    ]
    assert found == sorted(
        (gram, owner) for text, owner in zip(texts, ids.tolist(), strict=True) for gram in grams_of(text)
    )
