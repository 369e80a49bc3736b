"""What the value will be on the day of the goal if things go on as they went, with its method and a band.

- ``linear_trend``: least squares over the window, with the prediction interval of Student's t
  (Draper and Smith, Applied Regression Analysis, 3rd ed., eq. 3.1.8);
- ``recent_pace``: the last value carried on at the mean pace of the last year, the band from the slowest and fastest
  stretch between two neighbouring values in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.stats import t as student

from qipan.engines.scoring.goals import Goal, Point, is_met

Method = Literal["linear_trend", "recent_pace"]
_WINDOW_DAYS = 731
_RECENT_DAYS = 366
_LEAST_TREND_POINTS = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """The value expected on ``day`` with its 80 % band, the method that gave it, and whether it would meet the goal."""

    day: date
    value: float
    low: float
    high: float
    method: Method
    meets: bool


def forecast(goal: Goal, series: Sequence[Point], *, confidence: float = 0.8) -> Forecast | None:
    """Forecast a series (ascending days) to the goal's day; None with under two values or once that day is past.

    A trend needs five values within two years that span at least one; with fewer the recent pace is carried on. Where
    no value was ever negative, the forecast is not either.
    """
    if len(series) < 2 or series[-1].day >= goal.day:
        return None
    window = [one for one in series if (series[-1].day - one.day).days <= _WINDOW_DAYS]
    method: Method = "recent_pace"
    if len(window) >= _LEAST_TREND_POINTS and (window[-1].day - window[0].day).days >= 365:
        method = "linear_trend"
        value, low, high = linear_trend(window, goal.day, confidence)
    else:
        value, low, high = recent_pace(series, goal.day)
    if min(one.value for one in series) >= 0:
        value, low, high = max(0.0, value), max(0.0, low), max(0.0, high)
    return Forecast(goal.day, value, low, high, method, is_met(goal, value))


def linear_trend(series: Sequence[Point], day: date, confidence: float = 0.8) -> tuple[float, float, float]:
    """Return the least-squares value on ``day`` and the ends of its prediction interval, from three or more points."""
    days = np.array([(one.day - series[-1].day).days for one in series], dtype=float)
    values = np.array([one.value for one in series], dtype=float)
    ahead = float((day - series[-1].day).days)
    spread = days - days.mean()
    sum_of_squares = float(spread @ spread)
    slope = float(spread @ (values - values.mean())) / sum_of_squares
    value = float(values.mean()) + slope * (ahead - float(days.mean()))
    residuals = values - (values.mean() + slope * spread)
    freedom = len(series) - 2
    variance = float(residuals @ residuals) / freedom
    error = (variance * (1 + 1 / len(series) + (ahead - float(days.mean())) ** 2 / sum_of_squares)) ** 0.5
    margin = float(student.ppf((1 + confidence) / 2, freedom)) * error
    return value, value - margin, value + margin


def recent_pace(series: Sequence[Point], day: date) -> tuple[float, float, float]:
    """Return the last value carried on at the last year's mean, slowest and fastest pace, from two or more points."""
    last = series[-1]
    recent = [one for one in series if (last.day - one.day).days <= _RECENT_DAYS]
    if len(recent) < 2:
        recent = list(series[-2:])
    ahead = (day - last.day).days
    steps = [_pace(earlier, later) for earlier, later in pairwise(recent)]
    mean = _pace(recent[0], last)
    return last.value + mean * ahead, last.value + min(steps) * ahead, last.value + max(steps) * ahead


def _pace(earlier: Point, later: Point) -> float:
    return (later.value - earlier.value) / (later.day - earlier.day).days
