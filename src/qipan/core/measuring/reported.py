"""Figures that people report, as of any day: corrections in place of what they correct, totals only when complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.catalogue import Catalogue, Indicator
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.figures import Axes, Figures


@dataclass(frozen=True, slots=True)
class Entry:
    """One reported value that nothing has superseded."""

    period_end: date
    value: float


@dataclass(frozen=True, slots=True)
class Total:
    """A reported figure or the sum of such: None where a part is missing; ``day`` is that of its oldest part."""

    value: float | None
    day: date
    coverage: float


class Reports:
    """All reported figures in force, by indicator, area and owner."""

    def __init__(self, tree: Tree, entries: Mapping[tuple[str, int, int | None], list[Entry]]) -> None:
        self._tree = tree
        self._entries = entries
        self._areas: dict[str, set[int]] = {}
        for key, area_id, _ in entries:
            self._areas.setdefault(key, set()).update(tree.lineage(area_id))

    def has(self, key: str) -> bool:
        """Tell whether anything was reported of an indicator."""
        return key in self._areas

    def figure(self, indicator: Indicator, area_id: int, owner_id: int | None, day: date) -> Total | None:
        """Return what was reported of an area and owner by ``day``, else the total of their parts.

        A total over operators or over the areas within is made only where the indicator adds up, and has a value only
        when all have reported; None where nobody has.
        """
        if area_id not in self._areas.get(indicator.key, ()):
            return None
        own = _of_time(indicator, self._entries.get((indicator.key, area_id, owner_id), ()), day)
        if own is not None:
            return own
        totals: list[Total | None] = []
        if owner_id is None and indicator.by_operator and self._tree.operators:
            figures = [self.figure(indicator, area_id, one.id, day) for one in self._tree.operators]
            totals.append(_added(indicator, figures))
        if indicator.area_rule == "sum" and (parts := self._tree.parts(area_id, day)):
            totals.append(_added(indicator, [self.figure(indicator, one.id, owner_id, day) for one in parts]))
        return max((one for one in totals if one is not None), key=lambda one: one.coverage, default=None)

    def figures(self, indicator: Indicator, axes: Axes) -> Figures:
        """Return what was reported for every area, owner and day asked for."""
        found = Figures.empty(axes, "reported")
        if indicator.key not in self._areas:
            return found
        for place in np.ndindex(axes.shape):
            area, owner, day = axes.area_ids[place[0]], axes.owner_ids[place[1]], axes.days[place[2]]
            if (total := self.figure(indicator, area, owner, day)) is not None:
                found.values[place] = np.nan if total.value is None else total.value
                found.coverage[place] = total.coverage
                found.days[place] = total.day.toordinal()
        return found


def _of_time(indicator: Indicator, entries: Iterable[Entry], day: date) -> Total | None:
    """Return the figure of the newest year that has any by ``day``, made by the indicator's rule for time."""
    known = [one for one in entries if one.period_end <= day]
    if not known:
        return None
    newest = max(known, key=lambda one: one.period_end)
    if indicator.time_rule == "last":
        return Total(newest.value, newest.period_end, 1.0)
    of_year = [one.value for one in known if one.period_end.year == newest.period_end.year]
    value = sum(of_year) if indicator.time_rule == "sum" else sum(of_year) / len(of_year)
    return Total(value, newest.period_end, 1.0)


def _added(indicator: Indicator, figures: list[Total | None]) -> Total | None:
    """Return the total of the parts, None where not one has reported; flows of different years do not add."""
    known = [one for one in figures if one is not None]
    if indicator.time_rule != "last" and known:
        newest = max(one.day.year for one in known)
        known = [one for one in known if one.day.year == newest]
    if not known:
        return None
    coverage = sum(one.coverage for one in known) / len(figures)
    complete = len(known) == len(figures) and all(one.value is not None for one in known)
    value = sum(one.value or 0.0 for one in known) if complete else None
    return Total(value, min(one.day for one in known), coverage)


def read_reports(connection: Connection, catalogue: Catalogue, tree: Tree) -> Reports:
    """Read the measurements in force: not superseded, not withdrawn, of indicators that the catalogue has."""
    row = tables.measurement.c
    superseded = select(row.supersedes_id).where(row.supersedes_id.is_not(None))
    query = (
        select(row.indicator, row.area_id, row.owner_id, row.period_end, row.value)
        .where(row.id.not_in(superseded), row.status != "withdrawn", row.value.is_not(None))
        .order_by(row.period_end, row.id)
    )
    entries: dict[tuple[str, int, int | None], dict[date, Entry]] = {}
    for key, area_id, owner_id, period_end, value in connection.execute(query):
        if key in catalogue.indicators and area_id in tree.areas:
            # Of two entries for the same period the later one counts, superseding or not.
            entries.setdefault((key, area_id, owner_id), {})[period_end] = Entry(period_end, value)
    return Reports(tree, {scope: list(found.values()) for scope, found in entries.items()})
