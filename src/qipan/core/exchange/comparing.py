"""What a file changes in resources that are already there.

A position or geometry that moves by less than 1e-8 degrees (a millimetre) and a number that differs by less than one
part in 10^12 are the same: spreadsheets and drawings do not keep more, and an export read back must change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import ne
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from sqlalchemy import Row

from qipan.core import tables
from qipan.core.catalogue import Kind
from qipan.core.exchange.rows import DAYS, Rows, Update, take
from qipan.engines.tiling import encode_keys

_NEAR = 1e-8
_RELATIVE = 1e-12
_Lists = dict[str, list[Any]]


def find_updates(rows: Rows, stored: Sequence[Row[Any]], kind: Kind) -> list[Update]:
    """Return an update for each row whose resource differs from what the file says of it."""
    places = np.flatnonzero(rows.existing)
    old = _columns_of(stored, rows.existing[places])
    new = _plain_columns(rows, places)
    changed = {key: _differ(new[key], old[key]) for key in new}
    new_attributes, changed_attributes = _attributes(rows, places, old["attributes"], kind)
    moved, reshaped = _movement(rows, places, old)
    any_changed = np.zeros(places.size, dtype=bool)
    for mask in (*changed.values(), *changed_attributes.values(), moved, reshaped):
        any_changed |= mask
    updates = []
    for index in np.flatnonzero(any_changed).tolist():
        place = int(places[index])
        after = {key: new[key][index] for key, mask in changed.items() if mask[index]}
        if moved[index]:
            after |= _position(rows, place)
        if reshaped[index] and rows.geometry is not None:
            after["geometry"] = shapely.to_wkb(rows.geometry[place])
        keys = [key for key, mask in changed_attributes.items() if mask[index]]
        if keys:
            after["attributes"] = _merged(old["attributes"][index], {key: new_attributes[key][index] for key in keys})
        before = {key: old[key][index] for key in after}
        updates.append(Update(place, old["id"][index], old["version"][index], before, after))
    return updates


def _columns_of(stored: Sequence[Row[Any]], ids: NDArray[np.int64]) -> Mapping[str, Sequence[Any]]:
    """Return the stored rows of these ids, in their order, column by column: a row's fields are slow to ask for."""
    by_id = {row[0]: row for row in stored}
    names = tables.resource.c.keys()
    assert names[0] == "id"
    return dict(zip(names, zip(*(by_id[one] for one in ids.tolist()), strict=True), strict=True))


def _plain_columns(rows: Rows, places: NDArray[np.int64]) -> _Lists:
    """Return the new values of the columns that are compared as they are, as far as the file gives them."""
    new: _Lists = take({"name": rows.name} if "name" in rows.given else {}, places)
    new |= take({key: rows.days[key] for key in DAYS if key in rows.given}, places)
    for key, column in (("owner", rows.owner_id), ("area", rows.area_id), ("state", rows.state)):
        if key in rows.given:
            new[key if key == "state" else f"{key}_id"] = column[places].tolist()
    return new


def _differ(new: Sequence[Any], old: Sequence[Any]) -> NDArray[np.bool_]:
    return np.fromiter(map(ne, new, old), dtype=bool, count=len(new))


def _attributes(
    rows: Rows, places: NDArray[np.int64], old: Sequence[Mapping[str, Any]], kind: Kind
) -> tuple[_Lists, dict[str, NDArray[np.bool_]]]:
    given = {key: array for key, array in rows.attributes.items() if key in rows.given}
    # Dates are text in the register; a column of one type needs no look at each value.
    texts = {key: array.cast(pa.string()) if pa.types.is_date(array.type) else array for key, array in given.items()}
    new = take(texts, places)
    numbers = {one.key for one in kind.attributes if one.type == "number"}
    changed = {}
    for key, values in new.items():
        theirs = [one.get(key) for one in old]
        changed[key] = _numbers_differ(values, theirs) if key in numbers else _differ(values, theirs)
    return new, changed


def _numbers_differ(new: list[Any], old: list[Any]) -> NDArray[np.bool_]:
    a, b = (np.array([np.nan if one is None else one for one in side], dtype=np.float64) for side in (new, old))
    return ~np.isclose(a, b, rtol=_RELATIVE, atol=0.0, equal_nan=True)


def _movement(
    rows: Rows, places: NDArray[np.int64], old: Mapping[str, Sequence[Any]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which resources stand elsewhere now, and which lines and polygons have another shape."""
    moved: NDArray[np.bool_] = np.zeros(places.size, dtype=bool)
    reshaped: NDArray[np.bool_] = np.zeros(places.size, dtype=bool)
    if rows.geometry is not None:
        theirs = shapely.from_wkb(np.array(old["geometry"], dtype=object))
        ours = rows.geometry[places]
        same = shapely.equals_exact(ours, theirs, _NEAR) | (shapely.is_missing(ours) & shapely.is_missing(theirs))
        doubtful = np.flatnonzero(~same & (shapely.get_dimensions(ours) == 2))
        # Formats differ in where a ring begins and which way round it goes.
        same[doubtful] = shapely.equals_exact(
            shapely.normalize(ours[doubtful]), shapely.normalize(theirs[doubtful]), _NEAR
        )
        reshaped = np.asarray(~same & ~shapely.is_missing(ours))
    if "longitude" in rows.given:
        position = np.array([old["longitude"], old["latitude"]], dtype=np.float64).T
        ours = np.column_stack((rows.longitude[places], rows.latitude[places]))
        moved = np.asarray(~np.isclose(ours, position, rtol=0.0, atol=_NEAR, equal_nan=True).all(axis=1))
    return np.asarray(moved) if "longitude" in rows.given else reshaped, reshaped


def _position(rows: Rows, place: int) -> dict[str, Any]:
    longitude, latitude = float(rows.longitude[place]), float(rows.latitude[place])
    if np.isnan(longitude):
        return {"longitude": None, "latitude": None, "morton": None}
    return {"longitude": longitude, "latitude": latitude, "morton": int(encode_keys([longitude], [latitude])[0])}


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def morton_keys(rows: Rows, places: NDArray[np.int64]) -> pa.Array:
    """Return the Morton keys of some rows, null where a row has no position."""
    longitude, latitude = rows.longitude[places], rows.latitude[places]
    known = np.isfinite(longitude)
    keys = np.zeros(places.size, dtype=np.int64)
    keys[known] = encode_keys(longitude[known], latitude[known])
    return pa.array(keys, mask=~known)
