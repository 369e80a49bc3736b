"""One target as a row of the overview, in the unit that the plan writes it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from qipan.core.catalogue import Catalogue, Indicator, Text
from qipan.core.measuring.explaining import no_data_rule, status_rule
from qipan.core.measuring.measures import Measures, Value
from qipan.core.measuring.quantities import confirmed_conversion
from qipan.core.measuring.rules import PlanRules
from qipan.core.measuring.views import Scope
from qipan.engines.scoring import Assessment, Forecast, Goal, Path, Point, assess, seasonal_profile

Record = dict[str, Any]
Row = dict[str, Any]

_BOUND = ("proposed", "confirmed")
_WHOLE_CITY = ("全市", "本市", "我市")


@dataclass(frozen=True, slots=True)
class PlanTargets:
    """A plan with all its targets and the rules by which they are judged."""

    plan: Record
    targets: Sequence[Record]
    rules: PlanRules

    @property
    def start(self) -> date:
        """The eve of the plan's period; of its earliest figure where it names no period."""
        if self.plan["period"] is not None:
            return date(self.plan["period"][0] - 1, 12, 31)
        years = [one["year"] - (one["kind"] != "baseline") for one in self.targets if one["year"] is not None]
        return date(min(years, default=2000), 12, 31)

    def goal_day(self, target: Record, as_of: date) -> date:
        """The last day of the target's year; of the plan's last year, or of this one, where it names none."""
        year = target["year"] or (self.plan["period"] or (None, None))[1] or as_of.year
        return date(year, 12, 31)

    def same_scope(self, target: Record, kind: str) -> list[Record]:
        """Return the other figures of that kind for the same indicator, area and owner, that name a year."""
        scope = ("indicator", "area_id", "owner_id")
        return [
            one
            for one in self.targets
            if one["kind"] == kind
            and one["id"] != target["id"]
            and one["year"] is not None
            and one["binding_status"] in _BOUND
            and all(one[key] == target[key] for key in scope)
        ]


def make_row(
    catalogue: Catalogue, measures: Measures, plan: PlanTargets, target: Record, scope: Scope, as_of: date
) -> Row:
    """Return the row of one target as seen in ``scope`` on ``as_of``, its chapter left empty.

    Without an indicator, with a scope that was never told whose it is, or seen from a part that has no target of its
    own, the row stands there without a status but no_data, and says why.
    """
    row = _empty_row(plan, target, as_of)
    indicator = catalogue.indicators.get(target["indicator"]) if target["binding_status"] in _BOUND else None
    if indicator is None:
        return _without_status(row, "尚未绑定指标", "not bound to an indicator")
    if target["scope"] and not _scope_is_known(target):
        zh, en = f"范围“{target['scope']}”尚未对应到区域或单位", f"nobody said whose scope {target['scope']} is"
        return _without_status(row, zh, en)
    if scope.owner_id is not None and not indicator.by_operator:
        return _without_status(row, "该指标不按单位计算", "not worked out for single owners")
    if confirmed_conversion(indicator, target["unit"], target["name"]) is None:
        zh = f"计划的单位“{target['unit']}”与指标的单位“{indicator.unit}”不能换算"
        return _without_status(row, zh, f"the plan's unit {target['unit']} does not convert to {indicator.unit}")
    figures = _Figures(measures, indicator, plan, target, scope, as_of)
    row |= {"now": figures.now_record(), "series": [_pair(one) for one in figures.series()]}
    if not scope.has_target:
        return _without_status(row, "没有单独的目标，只列数值", "no target of its own; its value only")
    return _assessed(catalogue, row, figures)


def _empty_row(plan: PlanTargets, target: Record, as_of: date) -> Row:
    numbers = ("attainment", "progress", "schedule_index", "expected", "gap", "stretch_status", "forecast")
    row: Row = {"target": target, "plan_title": plan.plan["title"], "chapter": "", "baseline": None, "now": None}
    row |= {"target_value": target["value"], "target_day": plan.goal_day(target, as_of)}
    return row | dict.fromkeys(numbers) | {"status": "no_data", "status_rule": Text("", ""), "path": [], "series": []}


def _without_status(row: Row, zh: str, en: str) -> Row:
    return row | {"status_rule": no_data_rule(zh, en)}


def _scope_is_known(target: Record) -> bool:
    return target["area_id"] is not None or target["owner_id"] is not None or target["scope"] in _WHOLE_CITY


def _pair(point: Point) -> Record:
    return {"day": point.day, "value": point.value}


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is known of one target in its scope, in the plan's unit."""

    measures: Measures
    indicator: Indicator
    plan: PlanTargets
    target: Record
    scope: Scope
    as_of: date

    @property
    def in_period(self) -> bool:
        """Whether the target is on what is added in a period to a stock (新建, 新增)."""
        return bool(self.target["basis"] == "in_period" and self.indicator.kind == "stock")

    @property
    def start(self) -> date:
        """The eve of the period that an in-period target is on, else of the plan's."""
        period, year = self.plan.plan["period"], self.target["year"]
        if self.in_period and year is not None and (period is None or year != period[1]):
            return date(year - 1, 12, 31)
        return self.plan.start

    def in_plan_unit(self, value: float, target: Record | None = None) -> float:
        """Return a value in the indicator's unit (of another target's unit, where given) in the target's unit."""
        factor = self._factor(self.target) / (1.0 if target is None else self._factor(target))
        # A power of ten below one is not exact in binary, its inverse is.
        return value / factor if factor >= 1 else value * (1 / factor)

    def _factor(self, target: Record) -> float:
        return confirmed_conversion(self.indicator, target["unit"], target["name"]) or 1.0

    def at(self, day: date) -> Value | None:
        return self.measures.value(self.indicator.key, self.scope.area_id, self.scope.owner_id, day)

    def _counted(self, value: float) -> float:
        """Return a measured value as the target counts it: the whole stock, or what was added since the start."""
        if not self.in_period:
            return self.in_plan_unit(value)
        if self.start >= self.as_of:
            return 0.0
        begun = self.at(self.start)
        return self.in_plan_unit(value - (0.0 if begun is None or begun.value is None else begun.value))

    def now_record(self) -> Record | None:
        found = self.at(self.as_of)
        if found is None:
            return None
        value = None if found.value is None else self._counted(found.value)
        return {"value": value, "day": found.day, "source": found.source, "coverage": found.coverage}

    def current(self) -> Point | None:
        found = self.at(self.as_of)
        if found is None or found.value is None:
            return None
        return Point(found.day, self._counted(found.value))

    def series(self) -> list[Point]:
        known = self.measures.series(self.indicator.key, self.scope.area_id, self.scope.owner_id)
        first = min(self.start, self.as_of)
        return [Point(day, self._counted(value)) for day, value in known if first <= day <= self.as_of]

    def baseline(self, goal: Goal) -> tuple[Point, str] | None:
        """Return where the path starts and who says so: the plan, else what was measured on the eve of its period."""
        if self.in_period:
            return Point(self.start, 0.0), "register"
        stated = [
            Point(date(one["year"], 12, 31), self.in_plan_unit(one["value"], one))
            for one in self.plan.same_scope(self.target, "baseline")
        ]
        if earlier := [one for one in stated if one.day < goal.day]:
            return max(earlier, key=lambda one: one.day), "plan"
        return self._measured_baseline(goal)

    def _measured_baseline(self, goal: Goal) -> tuple[Point, str] | None:
        series = [one for one in self.series() if one.day < min(goal.day, self.as_of)]
        if not series:
            return None
        # Without a value on the eve of the period, the first one after it serves.
        first = series[0]
        found = self.at(first.day)
        return first, "reported" if found is not None and found.source == "reported" else "register"

    def milestones(self, goal: Goal) -> list[Point]:
        if self.in_period:
            return []
        same = [one for one in self.plan.same_scope(self.target, "target") if one["basis"] == self.target["basis"]]
        same = [one for one in same if one["level"] == self.target["level"]]
        points = [Point(date(one["year"], 12, 31), self.in_plan_unit(one["value"], one)) for one in same]
        return [one for one in points if one.day < goal.day]

    def profile(self) -> tuple[float, ...] | None:
        """Return how last year's gain spread over its months; None where no one asks or a month is unknown."""
        if self.plan.rules.path != "seasonal":
            return None
        found = [self.at(day) for day in last_year_months(self.as_of)]
        values = [one.value for one in found if one is not None and one.value is not None]
        return seasonal_profile(values) if len(values) == len(found) else None


def last_year_months(as_of: date) -> tuple[date, ...]:
    """Return the eve of the year before that of ``as_of`` and the ends of its twelve months."""
    firsts = [date(as_of.year - 1, month, 1) for month in range(1, 13)] + [date(as_of.year, 1, 1)]
    return tuple(one - timedelta(days=1) for one in firsts)


def _assessed(catalogue: Catalogue, row: Row, figures: _Figures) -> Row:
    target, as_of, rules = figures.target, figures.as_of, figures.plan.rules
    comparator, direction = cast(Any, target["comparator"]), figures.indicator.direction
    goal = Goal(row["target_day"], target["value"], comparator, direction, target["value_to"])
    base = figures.baseline(goal)
    found = assess(
        goal,
        as_of,
        current=figures.current(),
        baseline=None if base is None else base[0],
        milestones=figures.milestones(goal),
        series=figures.series(),
        rule=rules.path,
        profile=figures.profile(),
        thresholds=rules.thresholds,
    )
    baseline = None if base is None else {"value": base[0].value, "year": base[0].day.year, "source": base[1]}
    numbers = {key: getattr(found, key) for key in ("attainment", "progress", "schedule_index", "expected", "gap")}
    return (
        row
        | numbers
        | {
            "baseline": baseline,
            "target_value": goal.aim,
            "status": found.judgement.status,
            "status_rule": _rule_text(catalogue, row, figures, found),
            "stretch_status": found.stretch_status,
            "forecast": None if found.forecast is None else _forecast_record(found.forecast),
            "path": [] if found.path is None else [_pair(one) for one in _drawn(found.path)],
        }
    )


def _rule_text(catalogue: Catalogue, row: Row, figures: _Figures, found: Assessment) -> Text:
    now = row["now"]
    if now is not None and now["value"] is None:
        zh = f"仅有 {now['coverage']:.0%} 的区域或单位已填报，不能合计"
        return no_data_rule(zh, f"only {now['coverage']:.0%} of the parts have reported, so there is no total")
    text = status_rule(catalogue, figures.plan.rules.thresholds, found)
    if figures.target["binding_status"] == "confirmed":
        return text
    return Text(f"{text.zh}（指标对应待确认）", f"{text.en} (binding not confirmed yet)")


def _forecast_record(found: Forecast) -> Record:
    shown = ("value", "low", "high", "method", "day", "meets")
    return {key: getattr(found, key) for key in shown}


def _drawn(path: Path) -> list[Point]:
    """Return the points between which a path may be drawn straight: its nodes, and month ends where it bends."""
    if path.rule == "linear":
        return list(path.nodes)
    days = {one.day for one in path.nodes}
    day = path.nodes[0].day
    while day < path.nodes[-1].day:
        next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        days.add(next_month - timedelta(days=1))
        day = next_month
    return [Point(one, path.expected(one)) for one in sorted(days) if one <= path.nodes[-1].day]


def fill_stretch(rows: Sequence[Row]) -> None:
    """Put the status of a stretch target (力争) also on the row of the floor (确保) that it goes with."""
    scope = ("plan_id", "indicator", "area_id", "owner_id", "year")
    found = {
        tuple(row["target"][key] for key in scope): row["status"] for row in rows if row["target"]["level"] == "stretch"
    }
    for row in rows:
        if row["stretch_status"] is None and row["target"]["level"] != "stretch" and row["target"]["indicator"]:
            row["stretch_status"] = found.get(tuple(row["target"][key] for key in scope))
