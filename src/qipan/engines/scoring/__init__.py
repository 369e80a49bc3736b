"""Scoring: how far a target is reached, whether it is on schedule, and where it will end.

A notebook needs no more than this::

    goal = Goal(date(2025, 12, 31), 60_000)
    found = assess(goal, date(2023, 12, 31), current=Point(date(2023, 12, 31), 55_000),
                   baseline=Point(date(2021, 12, 31), 51_000))
    found.progress  # 0.444…
    found.judgement.status  # "lagging"
"""

from __future__ import annotations

from qipan.engines.scoring.assessment import Assessment, assess, path_to
from qipan.engines.scoring.errors import ScoringError
from qipan.engines.scoring.forecasts import Forecast, Method, forecast, linear_trend, recent_pace
from qipan.engines.scoring.goals import (
    Comparator,
    Direction,
    Goal,
    Point,
    attainment,
    comparators,
    gained,
    gap,
    is_met,
    progress,
    way,
)
from qipan.engines.scoring.paths import Path, Rule, rules, seasonal_profile
from qipan.engines.scoring.printing import printed_share, printed_value, rounded
from qipan.engines.scoring.statuses import Judgement, Reason, Status, Thresholds, judge, schedule_index, statuses

__all__ = [
    "Assessment",
    "Comparator",
    "Direction",
    "Forecast",
    "Goal",
    "Judgement",
    "Method",
    "Path",
    "Point",
    "Reason",
    "Rule",
    "ScoringError",
    "Status",
    "Thresholds",
    "assess",
    "attainment",
    "comparators",
    "forecast",
    "gained",
    "gap",
    "is_met",
    "judge",
    "linear_trend",
    "path_to",
    "printed_share",
    "printed_value",
    "progress",
    "recent_pace",
    "rounded",
    "rules",
    "schedule_index",
    "seasonal_profile",
    "statuses",
    "way",
]
