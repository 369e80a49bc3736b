from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.scoring import Path, Point, ScoringError, rules, seasonal_profile

START, END = date(2021, 12, 31), date(2025, 12, 31)
UP = (Point(START, 51_000), Point(END, 60_000))


def test_linear_in_days():
    # 730 of 1461 days.
    assert Path(UP).expected(date(2023, 12, 31)) == pytest.approx(51_000 + 9_000 * 730 / 1461)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2022, 1, 30), 51_000),  # no month is over yet
        (date(2022, 1, 31), 51_187.5),  # one of 48
        (date(2022, 2, 27), 51_187.5),
        (date(2022, 2, 28), 51_375),
        (date(2023, 12, 31), 55_500),  # 24 of 48
    ],
)
def test_calendar_counts_months_that_are_over(day, due):
    assert Path(UP, "calendar").expected(day) == pytest.approx(due)


def test_milestones_fall_due_on_their_day():
    nodes = (UP[0], Point(date(2023, 12, 31), 56_000), UP[1])
    path = Path(nodes, "milestone")
    assert [path.expected(day) for day in (date(2023, 12, 30), date(2023, 12, 31), date(2025, 12, 30), END)] == [
        51_000,
        56_000,
        56_000,
        60_000,
    ]


def test_linear_passes_through_milestones():
    nodes = (UP[0], Point(date(2022, 12, 31), 57_000), UP[1])
    assert Path(nodes).expected(date(2022, 12, 31)) == 57_000


def test_seasonal_follows_last_year():
    # Half of last year's gain came in the last quarter, the rest evenly: at the end of September half is due.
    month_ends = [0, *(step * 50 / 9 for step in range(1, 10)), 50 + 50 / 3, 50 + 100 / 3, 100]
    path = Path(
        (Point(date(2024, 12, 31), 0), Point(date(2025, 12, 31), 200)), "seasonal", seasonal_profile(month_ends)
    )
    assert path.expected(date(2025, 9, 30)) == pytest.approx(100)
    assert path.expected(date(2025, 11, 30)) == pytest.approx(200 * (50 + 100 / 3) / 100)


def test_even_season_is_close_to_linear():
    even = Path(UP, "seasonal")
    for months in range(48):
        day = START + timedelta(days=30 * months)
        assert even.expected(day) == pytest.approx(Path(UP).expected(day), abs=9_000 * 0.01)


@pytest.mark.parametrize(
    ("nodes", "rule", "profile"),
    [
        (UP[:1], "linear", None),
        (UP[::-1], "linear", None),
        (UP, "spline", None),
        (UP, "seasonal", (1.0,)),
        (UP, "seasonal", tuple([0.1] * 12)),
    ],
)
def test_impossible_paths_are_refused(nodes, rule, profile):
    with pytest.raises(ScoringError):
        Path(nodes, rule) if profile is None else Path(nodes, rule, profile)


def test_a_profile_needs_thirteen_values():
    with pytest.raises(ScoringError):
        seasonal_profile([1.0] * 12)


def test_a_year_without_gain_has_an_even_profile():
    assert seasonal_profile([5.0] * 13) == pytest.approx([1 / 12] * 12)


@given(
    st.sampled_from(rules),
    st.lists(st.floats(0, 100), min_size=12, max_size=12).filter(lambda gains: sum(gains) > 1),
    st.dates(START - timedelta(days=90), END + timedelta(days=90)),
    st.dates(START - timedelta(days=90), END + timedelta(days=90)),
)
def test_a_rising_path_never_falls_and_stays_between_its_ends(rule, gains, one, other):
    total = [sum(gains[:month]) for month in range(13)]
    path = Path(UP, rule, seasonal_profile(total))
    earlier, later = sorted((one, other))
    assert 51_000 <= path.expected(earlier) <= path.expected(later) + 1e-6 <= 60_000 + 1e-5
    assert path.expected(START) == 51_000
    assert path.expected(END) == 60_000
