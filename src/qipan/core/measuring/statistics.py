"""Yearly figures of areas, as of any day: those of the newest year that had ended and is complete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from qipan.core.catalogue import Catalogue
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.figures import Axes, Figures
from qipan.core.measuring.formula import StatisticPart
from qipan.core.measuring.parsing import STATISTICS
from qipan.core.measuring.snapshot import Snapshot

_ByYear = dict[int, dict[int, float]]
"""Values by year and area."""


@dataclass(frozen=True, slots=True)
class YearFigure:
    """A yearly figure: its value (None where a part is missing), the year, and the share of parts that are there."""

    value: float | None
    year: int
    coverage: float


def statistic_parts(
    snapshot: Snapshot, catalogue: Catalogue, tree: Tree, parts: Iterable[StatisticPart], axes: Axes
) -> dict[StatisticPart, Figures]:
    """Return the figures of each part, the same for every owner."""
    wanted = tuple(dict.fromkeys(parts))
    found = {}
    for part, by_year in _read(snapshot, catalogue, wanted).items():
        figures = Figures.empty(axes, "statistics")
        for area_place, area_id in enumerate(axes.area_ids):
            for day_place, day in enumerate(axes.days):
                if (figure := year_figure(by_year, tree, area_id, day)) is not None:
                    where = (area_place, slice(None), day_place)
                    figures.values[where] = np.nan if figure.value is None else figure.value
                    figures.coverage[where] = figure.coverage
                    figures.days[where] = date(figure.year, 12, 31).toordinal()
        found[part] = figures
    return found


def _read(snapshot: Snapshot, catalogue: Catalogue, parts: tuple[StatisticPart, ...]) -> dict[StatisticPart, _ByYear]:
    found: dict[StatisticPart, _ByYear] = {part: {} for part in parts}
    files = snapshot.files(catalogue.kinds[STATISTICS].code)
    if not files or not parts:
        return found
    columns = ", ".join(f'"{part.attribute}"::double' for part in parts)
    with duckdb.connect() as connection:
        query = f"select area_id, year, {columns} from read_parquet($1) where year is not null"
        for area_id, year, *values in connection.execute(query, [files]).fetchall():
            for part, value in zip(parts, values, strict=True):
                if value is not None:
                    found[part].setdefault(year, {})[area_id] = value
    return found


def year_figure(by_year: _ByYear, tree: Tree, area_id: int, day: date) -> YearFigure | None:
    """Return an area's figure of the newest year over by ``day`` that is complete.

    An area without a figure of its own is the sum of its parts; where no year is complete, the newest one that has any
    part says how much of it is there, without a value.
    """
    incomplete: YearFigure | None = None
    for year in sorted((one for one in by_year if date(one, 12, 31) <= day), reverse=True):
        value, coverage = _total(by_year[year], tree, area_id, date(year, 12, 31))
        if coverage == 1:
            return YearFigure(value, year, 1.0)
        if coverage > 0 and incomplete is None:
            incomplete = YearFigure(None, year, coverage)
    return incomplete


def _total(values: dict[int, float], tree: Tree, area_id: int, day: date) -> tuple[float, float]:
    """Return the sum of an area's known parts and the share of its parts that are known."""
    if area_id in values:
        return values[area_id], 1.0
    parts = [_total(values, tree, part.id, day) for part in tree.parts(area_id, day)]
    if not parts:
        return 0.0, 0.0
    return sum(value for value, _ in parts), sum(coverage for _, coverage in parts) / len(parts)
