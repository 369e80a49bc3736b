from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.scoring import Goal, Point, ScoringError, Thresholds, assess, statuses

START, HALF, END = date(2021, 12, 31), date(2023, 12, 31), date(2025, 12, 31)
GOAL = Goal(END, 60_000)
BASE = Point(START, 51_000)


def status(value, day=HALF, goal=GOAL, baseline=BASE, **more):
    current = None if value is None else Point(more.pop("value_day", day), value)
    return assess(goal, day, current=current, baseline=baseline, **more).judgement.status


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # 4,497 due by then: 9,000 x 730 / 1,461
        (60_000, "achieved"),
        (56_000, "ahead"),  # 5,000 gained: 1.11
        (55_500, "on_schedule"),  # 1.0007
        (55_300, "on_schedule"),  # 0.956
        (55_000, "lagging"),  # 0.889
        (54_500, "seriously_lagging"),  # 0.778
        (51_000, "seriously_lagging"),  # nothing gained and half of it due
        (50_000, "seriously_lagging"),
        (None, "no_data"),
    ],
)
def test_half_way(value, expected):
    assert status(value) == expected


def test_not_started_while_next_to_nothing_is_due():
    assert status(51_000, day=START + timedelta(days=60)) == "not_started"
    assert status(51_000, day=START + timedelta(days=90)) == "seriously_lagging"


def test_a_gain_before_anything_is_due_is_ahead():
    assert status(51_100, day=START) == "ahead"


def test_nothing_before_the_next_milestone_is_not_started():
    assert status(51_000, rule="milestone") == "not_started"


def test_a_goal_past_its_day_is_never_on_schedule():
    assert status(59_999, day=END) == "lagging"
    assert status(57_000, day=END) == "seriously_lagging"
    assert status(60_000, day=END) == "achieved"


def test_strict_goals():
    goal = Goal(END, 60_000, ">")
    assert status(60_000, day=END, goal=goal) == "lagging"
    assert status(60_001, day=END, goal=goal) == "achieved"


def test_old_data():
    assert status(56_000, value_day=HALF - timedelta(days=401)) == "data_too_old"
    assert status(56_000, value_day=HALF - timedelta(days=400)) == "ahead"
    assert status(56_000, value_day=HALF - timedelta(days=30), thresholds=Thresholds(stale_days=10)) == "data_too_old"


def test_falling_on_its_path():
    goal, base = Goal(END, 1.25, "<=", "falling"), Point(START, 1.50)
    assert status(1.38, goal=goal, baseline=base) == "on_schedule"
    assert status(1.42, goal=goal, baseline=base) == "seriously_lagging"
    assert status(1.25, goal=goal, baseline=base) == "achieved"


def test_falling_without_a_baseline_is_met_or_says_what_is_missing():
    goal = Goal(END, 5, "<=", "falling")
    assert status(4, goal=goal, baseline=None) == "achieved"
    found = assess(goal, HALF, current=Point(HALF, 7))
    assert (found.judgement.status, found.judgement.reason, found.gap) == ("no_data", "no_baseline", 2)
    assert found.attainment is found.progress is found.schedule_index is None
    assert status(7, day=END, goal=goal, baseline=None) == "seriously_lagging"


def test_from_zero_the_index_is_actual_over_expected():
    goal = Goal(END, 1_461)
    found = assess(goal, HALF, current=Point(HALF, 700), baseline=Point(START, 0))
    assert found.progress is None
    assert found.expected == pytest.approx(730)
    assert found.schedule_index == pytest.approx(700 / 730)
    assert found.judgement.status == "on_schedule"


def test_from_a_negative_base_only_the_path_is_compared():
    goal, base = Goal(END, 10), Point(START, -10)
    found = assess(goal, HALF, current=Point(HALF, 5), baseline=base)
    assert found.schedule_index is found.progress is None
    assert (found.judgement.status, found.gap) == ("on_schedule", 5)
    assert status(-5, goal=goal, baseline=base) == "lagging"


def test_slipping_below_a_target_once_held():
    assert status(95, goal=Goal(END, 100), baseline=Point(START, 120)) == "lagging"


def test_floor_and_stretch_are_two_statuses():
    goal = Goal(END, 6, "range", value_to=8)
    found = assess(goal, HALF, current=Point(HALF, 6), baseline=Point(START, 4))
    assert (found.judgement.status, found.stretch_status) == ("achieved", "on_schedule")
    assert assess(GOAL, HALF, current=Point(HALF, 55_500), baseline=BASE).stretch_status is None


def test_milestones_bend_the_path():
    milestones = [Point(date(2022, 12, 31), 58_000)]
    assert status(55_500, milestones=milestones) == "seriously_lagging"


def test_a_plan_sets_its_own_thresholds():
    assert status(55_000, thresholds=Thresholds(on_schedule=0.85, lagging=0.5)) == "on_schedule"


@pytest.mark.parametrize(
    "wrong", [{"ahead": 0.9}, {"lagging": 0.0}, {"on_schedule": 0.7}, {"started": 1.0}, {"stale_days": 0}]
)
def test_impossible_thresholds_are_refused(wrong):
    with pytest.raises(ScoringError):
        Thresholds(**wrong)


values = st.floats(0, 1e6, allow_nan=False)


@given(values, values, values, st.dates(START, END + timedelta(days=400)))
def test_every_value_has_a_status_and_only_a_met_goal_is_achieved(base, target, value, day):
    goal = Goal(END, target)
    found = assess(goal, day, current=Point(day, value), baseline=Point(START, base))
    assert found.judgement.status in statuses
    assert (found.judgement.status == "achieved") == (value >= target)


@given(values, values, st.dates(START, END - timedelta(days=1)))
def test_more_is_never_worse(value, more, day):
    order = ["seriously_lagging", "lagging", "on_schedule", "ahead", "achieved"]
    low, high = sorted((value, more))
    found = [status(one, day=day) for one in (low, high)]
    if "not_started" not in found:
        assert order.index(found[0]) <= order.index(found[1])


@given(values, values, values, st.dates(START, END - timedelta(days=1)))
def test_falling_mirrors_rising(base, target, value, day):
    top = 2e6
    rising = assess(Goal(END, target), day, current=Point(day, value), baseline=Point(START, base))
    falling = assess(
        Goal(END, top - target, "<="), day, current=Point(day, top - value), baseline=Point(START, top - base)
    )
    assert falling.gap == pytest.approx(rising.gap, abs=1e-6)
    if abs(rising.gap) > 1e-6 and abs(base - target) > 1:
        assert (falling.judgement.status == "achieved") == (rising.judgement.status == "achieved")
