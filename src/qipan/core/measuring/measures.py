"""Every indicator for any areas, owners and days: its formula worked out from counts, yearly figures and reports."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

import numpy as np
from sqlalchemy import Connection

from qipan.core.catalogue import Catalogue, Indicator
from qipan.core.measuring.areas import Tree, read_tree
from qipan.core.measuring.cube import count_parts
from qipan.core.measuring.figures import Axes, Figures, Source, combined, with_constant, with_reports
from qipan.core.measuring.formula import Expression, Number, Operation, Part, RegisterPart, StatisticPart, parts_of
from qipan.core.measuring.parsing import parse_formula
from qipan.core.measuring.reported import Reports, read_reports
from qipan.core.measuring.snapshot import Snapshot
from qipan.core.measuring.statistics import statistic_parts

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator's value for one area, owner and day.

    ``value`` is None where parts are missing; ``day`` is the day it holds for and ``coverage`` the share of its parts
    that are known.
    """

    value: float | None
    day: date
    source: Source
    coverage: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures by indicator on common axes, and by part of their formulas."""

    axes: Axes
    figures: Mapping[str, Figures]
    parts: Mapping[Part, Figures]

    def value(self, key: str, area_id: int, owner_id: int | None, day: date) -> Value | None:
        """Return one value; None where nothing at all is known. KeyError for what the axes do not have."""
        place = self._place(area_id, owner_id, day)
        return _value(self.figures[key], place)

    def part(self, part: Part, area_id: int, owner_id: int | None, day: date) -> Value | None:
        """Return one part of a formula; None where nothing at all is known."""
        return _value(self.parts[part], self._place(area_id, owner_id, day))

    def series(self, key: str, area_id: int, owner_id: int | None) -> list[tuple[date, float]]:
        """Return the known values of one area and owner in order of day."""
        row = self.figures[key].values[self.axes.area_ids.index(area_id), self.axes.owner_ids.index(owner_id)]
        return [(day, float(one)) for day, one in zip(self.axes.days, row, strict=True) if not np.isnan(one)]

    def _place(self, area_id: int, owner_id: int | None, day: date) -> tuple[int, int, int]:
        axes = self.axes
        try:
            return axes.area_ids.index(area_id), axes.owner_ids.index(owner_id), axes.days.index(day)
        except ValueError as error:
            raise KeyError((area_id, owner_id, day)) from error


def _value(figures: Figures, place: tuple[int, int, int]) -> Value | None:
    ordinal = int(figures.days[place])
    if ordinal == 0 or figures.coverage[place] == 0:
        return None
    number = float(figures.values[place])
    coverage = float(figures.coverage[place])
    if np.isnan(number) and coverage == 1:
        return None
    value = None if np.isnan(number) else number
    source = "reported" if figures.reported is not None and figures.reported[place] else figures.source
    return Value(value, date.fromordinal(ordinal), source, coverage)


@dataclass(frozen=True, slots=True)
class Context:
    """What measuring reads once for a request: the vocabulary, the tree, the snapshot and the reported figures."""

    catalogue: Catalogue
    tree: Tree
    snapshot: Snapshot
    reports: Reports


def open_context(connection: Connection, catalogue: Catalogue, snapshot: Snapshot) -> Context:
    """Read what measuring needs from the register."""
    tree = read_tree(connection)
    return Context(catalogue, tree, snapshot, read_reports(connection, catalogue, tree))


def measure(context: Context, axes: Axes, keys: Iterable[str] | None = None) -> Measures:
    """Work out indicators (all of the catalogue unless ``keys`` names some) on the axes; ``axes.days`` must ascend."""
    indicators = context.catalogue.indicators
    wanted = [indicators[key] for key in (indicators if keys is None else dict.fromkeys(keys))]
    expressions = {one.key: parse_formula(context.catalogue, one) for one in wanted}
    parts = tuple(dict.fromkeys(part for one in expressions.values() for part in parts_of(one)))
    counted = _register_figures(context, [one for one in parts if isinstance(one, RegisterPart)], axes)
    statistics = [one for one in parts if isinstance(one, StatisticPart)]
    yearly = statistic_parts(context.snapshot, context.catalogue, context.tree, statistics, axes)
    figures: dict[Part, Figures] = {}
    figures.update(counted.items())
    figures.update(yearly.items())
    for part in parts:
        if not isinstance(part, RegisterPart | StatisticPart):
            figures[part] = context.reports.figures(indicators[part.indicator], axes)
    found = {one.key: _indicator_figures(context, one, expressions[one.key], figures, axes) for one in wanted}
    return Measures(axes, found, figures)


def _indicator_figures(
    context: Context, indicator: Indicator, expression: Expression, parts: Mapping[Part, Figures], axes: Axes
) -> Figures:
    figures = _work_out(expression, parts, axes)
    if figures.source == "statistics":
        figures = _without_owners(figures, axes)
    if context.reports.has(indicator.key) and figures.source != "reported":
        figures = with_reports(figures, context.reports.figures(indicator, axes))
    return figures


def _without_owners(figures: Figures, axes: Axes) -> Figures:
    """Return yearly figures for all owners together only: an area's figure is not that of any one of them."""
    single = np.array([one is not None for one in axes.owner_ids])[None, :, None]
    values = np.where(single, np.nan, figures.values)
    return Figures(values, np.where(single, 0.0, figures.coverage), np.where(single, 0, figures.days), figures.source)


def _work_out(expression: Expression, parts: Mapping[Part, Figures], axes: Axes) -> Figures:
    if isinstance(expression, Number):
        always = np.broadcast_to([day.toordinal() for day in axes.days], axes.shape)
        return Figures(np.full(axes.shape, expression.value), np.ones(axes.shape), always, "register")
    if not isinstance(expression, Operation):
        return parts[expression]
    sign, left, right = expression.sign, expression.left, expression.right
    if isinstance(right, Number) and not isinstance(left, Number):
        return with_constant(_work_out(left, parts, axes), right.value, sign, constant_first=False)
    if isinstance(left, Number) and not isinstance(right, Number):
        return with_constant(_work_out(right, parts, axes), left.value, sign, constant_first=True)
    return combined(sign, _work_out(left, parts, axes), _work_out(right, parts, axes))


_Key = tuple[object, ...]
_cache: OrderedDict[_Key, dict[RegisterPart, Figures]] = OrderedDict()
_cache_lock = Lock()


def _register_figures(context: Context, parts: list[RegisterPart], axes: Axes) -> dict[RegisterPart, Figures]:
    """Count over the snapshot, or return what was counted before on the same files and axes."""
    snapshot = context.snapshot
    key: _Key = (snapshot.folder, snapshot.manifest.stamp, snapshot.manifest.generation, axes, tuple(parts))
    with _cache_lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    found = count_parts(snapshot, context.catalogue, context.tree, parts, axes)
    with _cache_lock:
        _cache[key] = found
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return found
