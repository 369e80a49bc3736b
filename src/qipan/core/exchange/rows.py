"""The checked rows of a file, as the register would store them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

DAYS = ("planned_on", "approved_on", "building_on", "in_service_on", "retired_on")


@dataclass(slots=True)
class Rows:
    """n rows as arrays; a column that the file does not have is filled with defaults and not in ``given``."""

    code: pa.Array
    """(n,) strings, null where a code is to be given."""
    name: pa.Array
    owner_id: NDArray[np.int64]
    """(n,), 0 where it could not be told."""
    area_id: NDArray[np.int64]
    state: NDArray[np.int64]
    """(n,): place in the catalogue's states, from 1."""
    days: Mapping[str, pa.Array]
    """The five dates of the lifecycle by field key."""
    longitude: NDArray[np.float64]
    """(n,) degrees, NaN for none."""
    latitude: NDArray[np.float64]
    geometry: NDArray[np.object_] | None
    """(n,) shapely geometries or None; None where the file has no geometries to store."""
    attributes: Mapping[str, pa.Array]
    """The kind's own attributes by key, as stored."""
    given: frozenset[str]
    """Keys of the fields that the file has; a position counts as ``longitude`` and ``latitude``."""
    existing: NDArray[np.int64]
    """(n,): id in the register, 0 for a new one."""
    updates: list[Update] = field(default_factory=list)
    """What differs from the register."""


@dataclass(frozen=True, slots=True)
class Update:
    """One resource that a file changes: the columns to write, and what they were."""

    place: int
    """Row of ``Rows`` it comes from."""
    resource_id: int
    version: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """Changed columns of the table by name; ``attributes`` whole."""


def plain(values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return changed columns as the history keeps them: attributes one by one, without what can be computed again."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if key == "attributes":
            theirs = others.get("attributes", {})
            keys = {one for one in value.keys() | theirs.keys() if value.get(one) != theirs.get(one)}
            kept |= {f"attributes.{one}": value.get(one) for one in sorted(keys)}
        elif key not in ("morton", "geometry"):
            kept[key] = value.isoformat() if isinstance(value, date) else value
    return kept


def as_json(values: Mapping[str, Any] | str) -> str:
    """Return attributes, or one text, as the JSON text that the register holds."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def take(arrays: Mapping[str, pa.Array], places: Sequence[int] | NDArray[np.int64]) -> dict[str, list[Any]]:
    """Return some rows of columns as lists of Python values."""
    chosen = pa.array(np.asarray(places, dtype=np.int64))
    return {key: array.take(chosen).to_pylist() for key, array in arrays.items()}
