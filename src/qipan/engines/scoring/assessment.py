"""A target on a day in four numbers and a status, never one number alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from qipan.engines.scoring.forecasts import Forecast, forecast
from qipan.engines.scoring.goals import Comparator, Goal, Point, attainment, gap, progress
from qipan.engines.scoring.paths import Path, Rule
from qipan.engines.scoring.statuses import Judgement, Status, Thresholds, judge

usual = Thresholds()
"""The thresholds of a plan that sets none of its own."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Attainment, progress from the baseline, schedule index and forecast of one target, with its status and reason.

    ``expected`` is the value due on the day, ``gap`` what is missing in the unit (points for %); None wherever the
    number would mean nothing. ``stretch_status`` is for the more ambitious end of a range.
    """

    attainment: float | None
    progress: float | None
    schedule_index: float | None
    expected: float | None
    gap: float | None
    judgement: Judgement
    stretch_status: Status | None
    forecast: Forecast | None
    path: Path | None


def assess(
    goal: Goal,
    day: date,
    *,
    current: Point | None,
    baseline: Point | None = None,
    milestones: Sequence[Point] = (),
    series: Sequence[Point] = (),
    rule: Rule = "linear",
    profile: tuple[float, ...] | None = None,
    thresholds: Thresholds = usual,
) -> Assessment:
    """Assess a goal on ``day`` by the rules for progress.

    ``milestones`` are the goals of earlier days on the same path; ``series`` past values in order of day, from which
    the forecast is made. A falling goal without a baseline gets met or not met and the gap, and no percentage.
    """
    path = path_to(goal, baseline, milestones, rule, profile)
    judgement = judge(goal, path, current, day, thresholds)
    value = current.value if current is not None else None
    base = baseline.value if baseline is not None else None
    return Assessment(
        attainment=None if value is None else attainment(goal, value),
        progress=None if value is None else progress(goal, base, value),
        schedule_index=judgement.schedule_index,
        expected=None if path is None else path.expected(day),
        gap=None if value is None else gap(goal, value),
        judgement=judgement,
        stretch_status=_stretch_status(goal, day, current, baseline, rule, profile, thresholds),
        forecast=forecast(goal, [one for one in series if one.day <= day]) if day < goal.day else None,
        path=path,
    )


def path_to(
    goal: Goal,
    baseline: Point | None,
    milestones: Sequence[Point] = (),
    rule: Rule = "linear",
    profile: tuple[float, ...] | None = None,
) -> Path | None:
    """Return the path from the baseline over the milestones between to the goal; None without an earlier baseline."""
    if baseline is None or baseline.day >= goal.day:
        return None
    between = {one.day: one for one in milestones if baseline.day < one.day < goal.day}
    nodes = (baseline, *(between[day] for day in sorted(between)), Point(goal.day, goal.aim))
    return Path(nodes, rule) if profile is None else Path(nodes, rule, profile)


def _stretch_status(
    goal: Goal,
    day: date,
    current: Point | None,
    baseline: Point | None,
    rule: Rule,
    profile: tuple[float, ...] | None,
    thresholds: Thresholds,
) -> Status | None:
    if goal.stretch is None:
        return None
    comparator: Comparator = "<=" if goal.falls else ">="
    beyond = replace(goal, value=goal.stretch, value_to=None, comparator=comparator)
    return judge(beyond, path_to(beyond, baseline, (), rule, profile), current, day, thresholds).status
