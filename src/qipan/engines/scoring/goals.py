"""What a plan asks for, and how far a value is from it: met or not, attainment, progress from the baseline, gap.

Values are compared unrounded. A ratio is given only where it means something: None stands for "no ratio", never for 0.
Source: the rules for progress, 1 to 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qipan.engines.scoring.errors import ScoringError

Comparator = Literal[">=", ">", "<=", "<", "=", "range"]
Direction = Literal["rising", "falling"]
comparators: tuple[Comparator, ...] = (">=", ">", "<=", "<", "=", "range")


@dataclass(frozen=True, slots=True)
class Point:
    """A value on a day, in the indicator's unit."""

    day: date
    value: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A value to be reached by a day; for ``range`` it lies between ``value`` and ``value_to``.

    ScoringError where a value is not finite, a range lacks its upper end or runs backwards, or the comparator is
    unknown.
    """

    day: date
    value: float
    comparator: Comparator = ">="
    direction: Direction = "rising"
    value_to: float | None = None

    def __post_init__(self) -> None:
        if self.comparator not in comparators:
            message = f"comparator {self.comparator!r} is not one of {', '.join(comparators)}"
            raise ScoringError(message)
        if not math.isfinite(self.value) or (self.value_to is not None and not math.isfinite(self.value_to)):
            message = f"goal value {self.value} (to {self.value_to}) is not a finite number; give the plan's figure"
            raise ScoringError(message)
        if self.comparator == "range" and (self.value_to is None or self.value_to < self.value):
            message = f"range {self.value} to {self.value_to} needs an upper end that is not below the lower one"
            raise ScoringError(message)

    @property
    def falls(self) -> bool:
        """Tell whether less is better: the words of the plan (以内, 降至) weigh more than the indicator's habit."""
        if self.comparator in ("<=", "<"):
            return True
        return self.comparator in ("=", "range") and self.direction == "falling"

    @property
    def aim(self) -> float:
        """The value from which the goal counts as reached: of a range, its less ambitious end."""
        if self.comparator == "range" and self.falls and self.value_to is not None:
            return self.value_to
        return self.value

    @property
    def stretch(self) -> float | None:
        """The more ambitious end of a range, or None."""
        if self.comparator != "range" or self.value_to == self.value:
            return None
        return self.value if self.falls else self.value_to

    @property
    def is_strict(self) -> bool:
        """Tell whether the aim itself is not enough (超过, 突破)."""
        return self.comparator in (">", "<")


def is_met(goal: Goal, value: float) -> bool:
    """Tell whether ``value``, unrounded, satisfies ``goal`` as strictly as the plan's words do."""
    if goal.is_strict:
        return value < goal.aim if goal.falls else value > goal.aim
    return value <= goal.aim if goal.falls else value >= goal.aim


def gap(goal: Goal, value: float) -> float:
    """Return what is still missing, in the indicator's unit (points for %); zero or less once the aim is reached."""
    return value - goal.aim if goal.falls else goal.aim - value


def attainment(goal: Goal, value: float) -> float | None:
    """Return actual / target; None for falling goals, for a target of zero or less, and for a negative value.

    Above 1 is allowed: a share may exceed 100 % where its definition lets it.
    """
    if goal.falls or goal.aim <= 0 or value < 0:
        return None
    return value / goal.aim


def progress(goal: Goal, baseline: float | None, value: float) -> float | None:
    """Return (actual - base) / (target - base).

    None without a baseline, for a baseline or target of zero or less (attainment or the gap tells those), and where
    the baseline already reaches the aim, so that there is no way to go.
    """
    if baseline is None or baseline <= 0 or goal.aim <= 0 or way(goal, baseline) <= 0:
        return None
    return (value - baseline) / (goal.aim - baseline)


def way(goal: Goal, baseline: float) -> float:
    """Return how far the baseline lies from the aim, in the unit; zero or less where it was there already."""
    return gap(goal, baseline)


def gained(goal: Goal, baseline: float, value: float) -> float:
    """Return how far the value has come from the baseline towards the aim, in the unit; negative when it went back."""
    return baseline - value if goal.falls else value - baseline
