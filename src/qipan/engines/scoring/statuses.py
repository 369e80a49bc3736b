"""How a target stands: eight statuses, each with the reason that gave it.

The thresholds are on the schedule index: what was gained since the baseline over what the path says should be gained
by the day. A goal that is not met is never called on schedule once its day is past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from qipan.engines.scoring.errors import ScoringError
from qipan.engines.scoring.goals import Goal, Point, gained, is_met, way
from qipan.engines.scoring.paths import Path

Status = Literal[
    "achieved", "ahead", "on_schedule", "lagging", "seriously_lagging", "not_started", "no_data", "data_too_old"
]
statuses: tuple[Status, ...] = (
    "achieved",
    "ahead",
    "on_schedule",
    "lagging",
    "seriously_lagging",
    "not_started",
    "no_data",
    "data_too_old",
)
Reason = Literal["met", "no_value", "old_value", "no_baseline", "nothing_due", "past_due", "index", "path", "slipped"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where one status ends and the next begins; a plan may set its own.

    ``ahead``, ``on_schedule`` and ``lagging`` are the least schedule index of that status, descending; ``started`` the
    share of the way that must be due before no gain at all counts as lagging; ``stale_days`` the age in days from
    which a value is too old. ScoringError where they do not descend or are negative.
    """

    ahead: float = 1.1
    on_schedule: float = 0.95
    lagging: float = 0.8
    started: float = 0.05
    stale_days: int = 400

    def __post_init__(self) -> None:
        if not self.ahead > self.on_schedule > self.lagging > 0 or not 0 <= self.started < 1 or self.stale_days < 1:
            message = f"thresholds must satisfy ahead > on_schedule > lagging > 0, 0 <= started < 1, days >= 1: {self}"
            raise ScoringError(message)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status and why: the rule that gave it and the schedule index it rests on, where there is one."""

    status: Status
    reason: Reason
    schedule_index: float | None = None


def schedule_index(goal: Goal, path: Path | None, value: float, day: date) -> float | None:
    """Return what was gained over what was due by ``day``; None without a path, with nothing due, or a negative base.

    With a baseline of zero this is actual / expected, which needs no ratio to the base.
    """
    if path is None or path.nodes[0].value < 0 or goal.aim < 0:
        return None
    base = path.nodes[0].value
    due = gained(goal, base, path.expected(day))
    return gained(goal, base, value) / due if due > 0 else None


def judge(goal: Goal, path: Path | None, current: Point | None, day: date, thresholds: Thresholds) -> Judgement:
    """Return how a goal stands on ``day``.

    ``current`` is the newest value and the day it holds for; ``path`` leads from the baseline to the goal and is None
    where no baseline is known.
    """
    if current is None:
        return Judgement("no_data", "no_value")
    if (day - current.day).days > thresholds.stale_days:
        return Judgement("data_too_old", "old_value")
    index = schedule_index(goal, path, current.value, day)
    if is_met(goal, current.value):
        return Judgement("achieved", "met", index)
    if day >= goal.day:
        on_the_way = index is not None and index >= thresholds.lagging
        return Judgement("lagging" if on_the_way else "seriously_lagging", "past_due", index)
    if path is None:
        return Judgement("no_data", "no_baseline")
    return _on_the_way(goal, path, current.value, day, thresholds, index)


def _on_the_way(
    goal: Goal, path: Path, value: float, day: date, thresholds: Thresholds, index: float | None
) -> Judgement:
    """Judge a goal not yet met, before its day, by its path."""
    base = path.nodes[0].value
    whole, made = way(goal, base), gained(goal, base, value)
    if whole <= 0:
        return Judgement("lagging", "slipped")
    due = gained(goal, base, path.expected(day))
    if made <= 0 and due <= thresholds.started * whole:
        return Judgement("not_started", "nothing_due", index)
    if due <= 0:
        return Judgement("ahead", "path", index)
    if index is None:
        return Judgement("on_schedule" if made >= due else "lagging", "path")
    if index >= thresholds.ahead:
        return Judgement("ahead", "index", index)
    if index >= thresholds.on_schedule:
        return Judgement("on_schedule", "index", index)
    return Judgement("lagging" if index >= thresholds.lagging else "seriously_lagging", "index", index)
