"""The rules for progress, worked by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipan.engines.scoring import (
    Goal,
    ScoringError,
    attainment,
    comparators,
    gap,
    is_met,
    printed_share,
    printed_value,
    progress,
    rounded,
)

END = date(2025, 12, 31)
numbers = st.floats(-1e9, 1e9, allow_nan=False)
positive = st.floats(1e-3, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("comparator", "value", "met"),
    [
        (">=", 60_000, True),
        (">=", 59_999.999, False),
        (">", 60_000, False),
        (">", 60_000.001, True),
        ("<=", 60_000, True),
        ("<=", 60_000.001, False),
        ("<", 60_000, False),
        ("<", 59_999.999, True),
        ("=", 60_000, True),
        ("=", 59_999, False),
    ],
)
def test_strictness_follows_the_words_of_the_plan(comparator, value, met):
    assert is_met(Goal(END, 60_000, comparator), value) is met


@pytest.mark.parametrize(
    ("direction", "value", "met"),
    [("rising", 0, False), ("rising", 1, True), ("rising", 3, True), ("falling", 2, True), ("falling", 3, False)],
)
def test_a_range_counts_from_its_less_ambitious_end(direction, value, met):
    assert is_met(Goal(END, 1, "range", direction, value_to=2), value) is met


def test_floor_and_stretch_of_a_range():
    rising, falling = Goal(END, 6, "range", value_to=8), Goal(END, 6, "range", "falling", value_to=8)
    assert (rising.aim, rising.stretch) == (6, 8)
    assert (falling.aim, falling.stretch) == (8, 6)
    assert Goal(END, 6, "range", value_to=6).stretch is None


def test_attainment_and_progress_differ():
    # 51,000 stations at the end of 2021, 60,000 due at the end of 2025, 55,500 now: 92.5 % attained, half the way made.
    goal = Goal(END, 60_000)
    assert attainment(goal, 55_500) == pytest.approx(0.925)
    assert progress(goal, 51_000, 55_500) == pytest.approx(0.5)
    assert gap(goal, 55_500) == 4_500


def test_falling_uses_the_baseline_form():
    # PUE from 1.50 to at most 1.25, now 1.40: two fifths of the way; the plan's own quotient would say 112 %.
    goal = Goal(END, 1.25, "<=", "falling")
    assert attainment(goal, 1.40) is None
    assert progress(goal, 1.50, 1.40) == pytest.approx(0.4)
    assert gap(goal, 1.40) == pytest.approx(0.15)


def test_falling_words_on_a_rising_indicator_still_fall():
    goal = Goal(END, 5, "<=", "rising")
    assert goal.falls
    assert not is_met(goal, 6)


def test_falling_without_a_baseline_gets_no_percentage():
    goal = Goal(END, 5, "<=", "falling")
    assert attainment(goal, 7) is None
    assert progress(goal, None, 7) is None
    assert gap(goal, 7) == 2


@pytest.mark.parametrize("target", [0.0, -5.0])
def test_a_target_of_zero_or_less_has_no_ratio(target):
    assert attainment(Goal(END, target), 3) is None
    assert progress(Goal(END, target), -10, 3) is None


@pytest.mark.parametrize("baseline", [0.0, -5.0])
def test_a_baseline_of_zero_or_less_has_no_ratio_but_a_gap(baseline):
    goal = Goal(END, 100)
    assert progress(goal, baseline, 40) is None
    assert gap(goal, 40) == 60


def test_a_negative_value_has_no_attainment():
    assert attainment(Goal(END, 10), -1) is None


def test_a_share_may_exceed_one_hundred():
    # Gigabit homes passed may be counted once for each operator: 200 % is a legitimate target.
    assert attainment(Goal(END, 200), 210) == pytest.approx(1.05)


def test_a_baseline_already_past_the_target_has_no_progress():
    assert progress(Goal(END, 100), 120, 110) is None


def test_a_slip_back_is_negative_progress():
    assert progress(Goal(END, 100), 50, 40) == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("comparator", "value", "value_to"),
    [("range", 5, None), ("range", 5, 4), (">=", float("nan"), None), (">=", float("inf"), None), ("~", 1, None)],
)
def test_impossible_goals_are_refused(comparator, value, value_to):
    with pytest.raises(ScoringError):
        Goal(END, value, comparator, value_to=value_to)


@given(st.sampled_from([one for one in comparators if one != "range"]), numbers, numbers)
def test_met_exactly_when_nothing_is_missing(comparator, target, value):
    goal = Goal(END, target, comparator)
    missing = gap(goal, value)
    assert is_met(goal, value) == (
        value < target or value > target if missing < 0 else missing == 0 and not goal.is_strict
    )


@given(positive, positive, st.floats(0, 1e9))
def test_ratios_do_not_depend_on_the_unit(target, baseline, value):
    goal, in_ten_thousands = Goal(END, target), Goal(END, target / 1e4)
    assert attainment(in_ten_thousands, value / 1e4) == pytest.approx(attainment(goal, value), rel=1e-9, abs=1e-12)
    made = progress(goal, baseline, value)
    if made is not None and target - baseline > 1e-6 * target:
        assert progress(in_ten_thousands, baseline / 1e4, value / 1e4) == pytest.approx(made, rel=1e-6, abs=1e-6)


@given(positive, positive)
def test_progress_is_zero_at_the_baseline_and_one_at_the_target(target, baseline):
    goal = Goal(END, target)
    if target > baseline:
        assert progress(goal, baseline, baseline) == 0
        assert progress(goal, baseline, target) == 1


@pytest.mark.parametrize(
    ("share", "precision", "met", "text"),
    [
        (0.99996, 1, False, "99.9%"),
        (0.99996, 2, False, "99.99%"),
        (1.0, 0, False, "99%"),
        (1.0, 0, True, "100%"),
        (1.0594, 2, True, "105.94%"),
        (0.4449, 1, False, "44.5%"),
        (-0.2, 0, False, "-20%"),
        (0.0, 1, False, "0.0%"),
    ],
)
def test_printed_shares(share, precision, met, text):
    assert printed_share(share, precision, met=met) == text


@pytest.mark.parametrize(
    ("goal", "value", "precision", "text"),
    [
        (Goal(END, 60_000), 59_999.6, 0, "59999"),
        (Goal(END, 60_000), 60_000.4, 0, "60000"),
        (Goal(END, 1.25, "<="), 1.2501, 2, "1.26"),
        (Goal(END, 1.25, "<="), 1.2499, 2, "1.25"),
        (Goal(END, 80), 79.94, 1, "79.9"),
        (Goal(END, 80), 79.96, 1, "79.9"),
    ],
)
def test_printed_values_never_look_met_when_they_are_not(goal, value, precision, text):
    assert printed_value(goal, value, precision) == text


@pytest.mark.parametrize(("value", "precision", "text"), [(2.5, 0, "3"), (1.005, 2, "1.01"), (-0.2, 0, "0")])
def test_halves_round_away_from_zero(value, precision, text):
    assert rounded(value, precision) == text


@given(st.floats(0, 2), st.integers(0, 4))
def test_one_hundred_percent_is_printed_only_when_met(share, precision):
    assert float(printed_share(share, precision, met=False)[:-1]) < 100


@given(numbers, numbers, st.integers(0, 3), st.sampled_from([">=", "<=", ">", "<"]))
def test_a_printed_value_is_met_exactly_when_the_value_is(target, value, precision, comparator):
    goal = Goal(END, round(target, precision), comparator)
    shown = float(printed_value(goal, value, precision))
    assert abs(shown - value) <= 10**-precision * 1.001
    if not is_met(goal, value):
        assert not is_met(goal, shown)
