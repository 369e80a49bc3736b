from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.scoring import Goal, Point, forecast, linear_trend, recent_pace

END = date(2025, 12, 31)


def quarterly(*values, last=date(2023, 12, 31)):
    return [Point(last - timedelta(days=91 * (len(values) - 1 - place)), value) for place, value in enumerate(values)]


def test_a_straight_line_is_carried_on_without_a_band():
    series = quarterly(10, 20, 30, 40, 50)
    value, low, high = linear_trend(series, series[-1].day + timedelta(days=182))
    assert value == low == high == pytest.approx(70)


def test_the_band_is_the_textbook_prediction_interval():
    # x = 1..5; squared residuals 0.107, so s = sqrt(0.107 / 3); t(0.9; 3) = 1.6377; factor sqrt(1 + 1/5 + 9/10).
    series = [Point(date(2023, 1, day), value) for day, value in enumerate((2.1, 3.9, 6.2, 7.8, 10.1), start=1)]
    value, low, high = linear_trend(series, date(2023, 1, 6))
    assert value == pytest.approx(11.99)
    assert high - value == pytest.approx(1.6377 * (0.107 / 3) ** 0.5 * 2.1**0.5, rel=1e-3)
    assert value - low == pytest.approx(high - value)


def test_recent_pace_with_its_slowest_and_fastest_stretch():
    series = [Point(date(2023, 1, 1), 0), Point(date(2023, 1, 11), 10), Point(date(2023, 1, 21), 40)]
    assert recent_pace(series, date(2023, 1, 31)) == pytest.approx((60, 50, 70))


def test_method_by_how_much_is_known():
    goal = Goal(END, 100)
    assert forecast(goal, quarterly(10, 20, 30, 40, 50, 60)).method == "linear_trend"
    assert forecast(goal, quarterly(10, 20)).method == "recent_pace"
    assert forecast(goal, quarterly(10)) is None
    assert forecast(goal, []) is None


def test_nothing_is_forecast_for_a_day_that_is_past():
    assert forecast(Goal(date(2023, 6, 30), 100), quarterly(10, 20, 30)) is None


def test_whether_the_goal_will_be_met():
    series = quarterly(10, 20, 30, 40, 50, 60)
    assert forecast(Goal(END, 100), series).meets
    assert not forecast(Goal(END, 500), series).meets
    assert forecast(Goal(END, 100, "<="), quarterly(9, 8, 7)).meets


def test_a_count_is_not_forecast_below_zero():
    found = forecast(Goal(END, 5, "<="), quarterly(60, 40, 20))
    assert found.value == found.low == 0


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=12))
def test_the_band_holds_the_value(values):
    found = forecast(Goal(END, 100), quarterly(*values))
    assert found.low <= found.value + 1e-6 <= found.high + 2e-6
