"""Counts and sums over the snapshot for many areas, owners and days at once: one pass of DuckDB over each kind.

The pass does not depend on how many days are asked for: each resource is put in the span of days during which it
counts, spans are added up by area and owner, and the days follow by cumulating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.catalogue import Catalogue, Kind
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.columns import EARLIEST, LATEST
from qipan.core.measuring.figures import Axes, Figures, Numbers
from qipan.core.measuring.formula import RegisterPart
from qipan.core.measuring.snapshot import Snapshot
from qipan.core.measuring.sql import aggregate_sql, known_sql

_Groups = dict[str, NDArray[np.generic]]


def count_parts(
    snapshot: Snapshot, catalogue: Catalogue, tree: Tree, parts: Iterable[RegisterPart], axes: Axes
) -> dict[RegisterPart, Figures]:
    """Return the figures of each part; a kind of which the register has no resource at all gives no value, not zero."""
    by_kind: dict[tuple[str, str], list[RegisterPart]] = {}
    for part in dict.fromkeys(parts):
        by_kind.setdefault((part.kind, part.state), []).append(part)
    found: dict[RegisterPart, Figures] = {}
    with duckdb.connect() as connection:
        connection.register("slots", _slots(axes.days))
        connection.execute("create table slot as from slots")
        for (key, state), together in by_kind.items():
            kind = catalogue.kinds[key]
            files = snapshot.files(kind.code)
            if not files:
                found |= {part: Figures.empty(axes, "register") for part in together}
                continue
            groups = connection.execute(_query(kind, state, together, len(axes.days)), [files]).fetchnumpy()
            found |= _figures(groups, together, tree, axes)
    return found


def _slots(days: Sequence[date]) -> pa.Table:
    """Return for every day from ``EARLIEST`` to ``LATEST`` how many of ``days`` (ascending) come before it."""
    first, last = date.fromisoformat(EARLIEST).toordinal(), date.fromisoformat(LATEST).toordinal()
    ordinals = np.arange(first, last + 1)
    places = np.searchsorted([day.toordinal() for day in days], ordinals, side="left")
    epoch = date(1970, 1, 1).toordinal()
    return pa.table({"day": pa.array(ordinals - epoch, pa.int32()).cast(pa.date32()), "place": places.astype(np.int16)})


def _query(kind: Kind, state: str, parts: Sequence[RegisterPart], days: int) -> str:
    sums = [f"({aggregate_sql(kind, part)})::double as value_{place}" for place, part in enumerate(parts)]
    known = [f"{known_sql(kind, part)} as known_{place}" for place, part in enumerate(parts) if part.row is not None]
    return f"""
        select area_id, owner_id, first.place as first, coalesce(last.place, {days}) as last,
            count(*) as resources, {", ".join([*sums, *known])}
        from read_parquet($1) as resource
        join slot as first on first.day = begin_{state}
        left join slot as last on last.day = end_{state}
        group by all
    """


def _figures(groups: _Groups, parts: Sequence[RegisterPart], tree: Tree, axes: Axes) -> dict[RegisterPart, Figures]:
    spread = _Spread(groups, tree, axes)
    days = np.broadcast_to([day.toordinal() for day in axes.days], axes.shape)
    everywhere = np.ones(axes.shape)
    found = {}
    for place, part in enumerate(parts):
        values = spread.over_days(groups[f"value_{place}"])
        if part.row is not None:
            known = spread.over_days(groups[f"known_{place}"])
            matching = spread.over_days(groups["resources"])
            # Where resources count but none of them has the attribute, their sum is not zero but unknown.
            values = np.where((known == 0) & (matching > 0), np.nan, values)
        found[part] = Figures(values, everywhere, days, "register")
    return found


class _Spread:
    """Spreads grouped sums over the axes: a group counts from its first place up to its last, in all it lies in."""

    def __init__(self, groups: _Groups, tree: Tree, axes: Axes) -> None:
        areas, self._area = np.unique(groups["area_id"], return_inverse=True)
        owners, self._owner = np.unique(groups["owner_id"], return_inverse=True)
        self._first = np.asarray(groups["first"], np.int64)
        self._last = np.maximum(np.asarray(groups["last"], np.int64), self._first)
        self._shape = (len(areas), len(owners), len(axes.days) + 1)
        self._in_area = _membership(axes.area_ids, {int(one): tree.lineage(int(one)) for one in areas})
        self._of_owner = _membership(axes.owner_ids, {int(one): (None, *tree.owners(int(one))) for one in owners})

    def over_days(self, sums: NDArray[np.generic]) -> Numbers:
        """Return the sums by area, owner and day; sums that DuckDB gives as null count as nothing."""
        amounts = np.ma.filled(np.ma.masked_invalid(np.ma.asarray(sums, dtype=np.float64)), 0.0)
        changes = np.zeros(self._shape)
        np.add.at(changes, (self._area, self._owner, self._first), amounts)
        np.add.at(changes, (self._area, self._owner, self._last), -amounts)
        by_day = np.cumsum(changes, axis=2)[:, :, :-1]
        spread: Numbers = np.einsum("ai,oj,ijd->aod", self._in_area, self._of_owner, by_day, optimize=True)
        return spread


def _membership(wanted: Sequence[int | None], lineages: Mapping[int, Sequence[int | None]]) -> Numbers:
    """Return a matrix of (wanted, present) with 1 where the present one belongs to the wanted one."""
    return np.array([[float(one in lineage) for lineage in lineages.values()] for one in wanted]).reshape(
        len(wanted), len(lineages)
    )
