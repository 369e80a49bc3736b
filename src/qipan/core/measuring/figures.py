"""Numbers by area, owner and day, and how they combine: a total stands only where every part is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Source = Literal["register", "statistics", "reported"]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axes:
    """Which areas, owners and days are asked for, in this order; an owner of None stands for all together."""

    area_ids: tuple[int, ...]
    owner_ids: tuple[int | None, ...]
    days: tuple[date, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Areas, owners, days."""
        return len(self.area_ids), len(self.owner_ids), len(self.days)


@dataclass(frozen=True, slots=True)
class Figures:
    """Values with how complete and how old they are; every array has the shape of its axes.

    ``values`` is NaN where nothing is known or a part is missing; ``coverage`` is the share of parts that are known,
    0 to 1; ``days`` the ordinal of the day that each value holds for, 0 where there is none.
    """

    values: Numbers
    coverage: Numbers
    days: NDArray[np.int64]
    source: Source
    reported: NDArray[np.bool_] | None = None
    """Where a figure that people report for the whole stands in for what could not be worked out; None for nowhere."""

    @staticmethod
    def empty(axes: Axes, source: Source) -> Figures:
        """Return figures of which nothing is known."""
        shape = axes.shape
        return Figures(np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, np.int64), source)


def with_reports(figures: Figures, reports: Figures) -> Figures:
    """Return figures with reported ones standing in wherever nothing could be worked out."""
    instead = np.isnan(figures.values) & (reports.coverage > 0)
    return Figures(
        np.where(instead, reports.values, figures.values),
        np.where(instead, reports.coverage, figures.coverage),
        np.where(instead, reports.days, figures.days),
        figures.source,
        instead,
    )


_RANK: dict[Source, int] = {"register": 0, "statistics": 1, "reported": 2}


def combined(sign: str, left: Figures, right: Figures) -> Figures:
    """Return ``left`` sign ``right``; not known where either is not, or the divisor is zero.

    A quotient of what the register counts and a yearly figure holds for the day of the count: a population a few months
    old does not make it old.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _arithmetic(sign, left.values, right.values)
    values = np.where(np.isfinite(values), values, np.nan)
    coverage = np.minimum(left.coverage, right.coverage)
    if left.source == "register" or right.source == "register":
        days = left.days if left.source == "register" else right.days
    else:
        days = np.minimum(left.days, right.days)
    source = min(left.source, right.source, key=_RANK.__getitem__)
    return Figures(values, coverage, days, source)


def with_constant(figures: Figures, constant: float, sign: str, *, constant_first: bool) -> Figures:
    """Return figures combined with a constant."""
    other = np.full(figures.values.shape, constant)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _arithmetic(sign, *((other, figures.values) if constant_first else (figures.values, other)))
    values = np.where(np.isfinite(values), values, np.nan)
    return Figures(values, figures.coverage, figures.days, figures.source)


def _arithmetic(sign: str, left: Numbers, right: Numbers) -> Numbers:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right if sign == "*" else left / right
