"""Attributes as the JSON text that the register holds, many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from qipan.core.catalogue import Attribute
from qipan.core.exchange.rows import as_json

_AWKWARD = r'[\x00-\x1f"\\]'


def attributes_as_json(columns: Mapping[str, pa.Array], attributes: Sequence[Attribute], count: int) -> pa.Array:
    """Return one JSON object of text for each of ``count`` rows; what is null is left out."""
    parts = [_member(one.key, columns[one.key]) for one in attributes if columns[one.key].null_count < count]
    if not parts:
        return pa.array(["{}"]).take(pa.array([0] * count))
    inside = pc.binary_join_element_wise(*parts, ",", null_handling="skip")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _member(key: str, values: pa.Array) -> pa.Array:
    """Return ``"key":value`` for each value, null where there is none."""
    return pc.binary_join_element_wise(as_json(key) + ":", _literal(values), "")


def _literal(values: pa.Array) -> pa.Array:
    if not pa.types.is_string(values.type) and not pa.types.is_date(values.type):
        return values.cast(pa.string())
    texts = values.cast(pa.string())
    if pc.any(pc.match_substring_regex(texts, _AWKWARD)).as_py():
        return pa.array([None if text is None else as_json(text) for text in texts.to_pylist()], pa.string())
    return pc.binary_join_element_wise('"', texts, '"', "")
