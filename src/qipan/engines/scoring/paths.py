"""The way from a baseline to a goal: which value is due on which day.

Four rules of interpolation between the nodes (baseline, milestones, goal):

- ``linear``: a straight line in days;
- ``calendar``: by calendar months that are over, as monthly plans are drawn up (序时进度);
- ``milestone``: nothing is due between two nodes, all of it on the day of the next;
- ``seasonal``: within each year as last year's profile ran, between years a straight line in days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from qipan.engines.scoring.errors import ScoringError
from qipan.engines.scoring.goals import Point

Rule = Literal["linear", "calendar", "milestone", "seasonal"]
rules: tuple[Rule, ...] = ("linear", "calendar", "milestone", "seasonal")
_EVEN = tuple([1 / 12] * 12)


@dataclass(frozen=True, slots=True)
class Path:
    """Nodes in order of day, the first being the baseline and the last the goal, and the rule between them.

    ``profile`` holds the twelve monthly shares of a year's gain, summing to 1; only the ``seasonal`` rule uses it.
    ScoringError where there are fewer than two nodes, days do not ascend, or the profile is no distribution.
    """

    nodes: tuple[Point, ...]
    rule: Rule = "linear"
    profile: tuple[float, ...] = _EVEN

    def __post_init__(self) -> None:
        days = [node.day for node in self.nodes]
        if len(days) < 2 or any(later <= earlier for earlier, later in pairwise(days)):
            message = f"a path needs two or more nodes on ascending days, not {[day.isoformat() for day in days]}"
            raise ScoringError(message)
        if self.rule not in rules:
            message = f"path rule {self.rule!r} is not one of {', '.join(rules)}"
            raise ScoringError(message)
        if len(self.profile) != 12 or min(self.profile) < 0 or abs(sum(self.profile) - 1) > 1e-9:
            message = f"a seasonal profile is twelve shares of at least 0 that sum to 1, not {self.profile}"
            raise ScoringError(message)

    def expected(self, day: date) -> float:
        """Return the value due at the end of ``day``: the first node's before it, the last node's after it."""
        if day <= self.nodes[0].day:
            return self.nodes[0].value
        for earlier, later in pairwise(self.nodes):
            if day < later.day:
                return earlier.value + (later.value - earlier.value) * self._share(earlier.day, later.day, day)
        return self.nodes[-1].value

    def _share(self, start: date, end: date, day: date) -> float:
        """Return the share of the way between two nodes that is due on a day strictly before the second."""
        if self.rule == "linear":
            return (day - start).days / (end - start).days
        if self.rule == "milestone":
            return 0.0
        elapsed = _elapsed_months if self.rule == "calendar" else self._elapsed_season
        whole = elapsed(end) - elapsed(start)
        return 0.0 if whole <= 0 else min(1.0, max(0.0, (elapsed(day) - elapsed(start)) / whole))

    def _elapsed_season(self, day: date) -> float:
        """Return years since year 0 at the end of ``day``, each month weighing its share of the profile."""
        next_day = day + timedelta(days=1)
        month_start = next_day.replace(day=1)
        following = (month_start + timedelta(days=32)).replace(day=1)
        within = (next_day - month_start).days / (following - month_start).days
        months = next_day.month - 1
        return next_day.year + sum(self.profile[:months]) + self.profile[months] * within


def _elapsed_months(day: date) -> float:
    """Return how many calendar months are over at the end of ``day``, counted from year 0."""
    next_day = day + timedelta(days=1)
    return next_day.year * 12 + next_day.month - 1


def seasonal_profile(month_ends: Sequence[float]) -> tuple[float, ...]:
    """Return the monthly shares of a year's gain from thirteen values: the eve of the year and its twelve month ends.

    Months in which the value fell count as nothing gained; a year without any gain gives even months. ScoringError
    where there are not thirteen values.
    """
    if len(month_ends) != 13:
        message = f"a year's profile needs 13 values (the eve and 12 month ends), not {len(month_ends)}"
        raise ScoringError(message)
    gains = [max(0.0, later - earlier) for earlier, later in pairwise(month_ends)]
    total = sum(gains)
    return tuple(gain / total for gain in gains) if total > 0 else _EVEN
