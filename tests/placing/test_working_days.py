"""Working days between holidays, by the State Council's announcements; the office's own table in their place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from qipan.core.access import Principal, system
from qipan.core.catalogue import load_catalogue
from qipan.core.database import Database
from qipan.core.errors import AccessDenied, ImportRejected
from qipan.core.placing import read_special_days, reset_special_days, special_days, write_special_days
from qipan.core.placing.working_days import WorkingDays, read_working_days


@pytest.fixture
def calendar(database: Database) -> WorkingDays:
    with database.connect() as connection:
        return read_working_days(connection, load_catalogue())


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2023-06-30", 1, "2023-07-03"),
        ("2023-06-30", 5, "2023-07-07"),
        ("2023-06-30", 0, "2023-06-30"),
        ("2023-07-01", 1, "2023-07-04"),  # a Saturday: counting begins on Monday
        ("2024-02-09", 1, "2024-02-18"),  # over Spring Festival to the Sunday worked after it
        ("2024-02-09", 2, "2024-02-19"),
        ("2025-09-26", 3, "2025-09-30"),  # the Sunday before National Day is worked
        ("2025-09-30", 1, "2025-10-09"),
        ("2026-02-13", 2, "2026-02-24"),  # the Saturday before is worked, nine days are off
        ("2031-09-30", 1, "2031-10-01"),  # a year that nobody has announced yet
    ],
)
def test_days_are_counted_over_holidays(calendar: WorkingDays, start: str, days: int, due: str) -> None:
    assert calendar.after(date.fromisoformat(start), days).isoformat() == due


@pytest.mark.parametrize(("year", "working"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_every_year_has_its_working_days(calendar: WorkingDays, year: int, working: int) -> None:
    # All days without Saturdays, Sundays and the holidays by law: 11 to 2024, 13 from 2025 on.
    first = date(year, 1, 1).toordinal()
    days = [date.fromordinal(first + step) for step in range(date(year, 12, 31).toordinal() - first + 1)]
    assert sum(map(calendar.is_working, days)) == working


def test_holidays_replace_no_day_twice() -> None:
    holidays = load_catalogue().holidays
    worked = [day for one in holidays for day in one.worked]
    assert len(worked) == len(set(worked))
    assert all(day.weekday() >= 5 for day in worked)
    assert not any(one.off[0] <= day <= one.off[1] for one in holidays for day in worked)


def test_an_office_edits_the_table_and_goes_back(database: Database) -> None:
    catalogue = load_catalogue()
    with database.begin() as connection:
        written = write_special_days(connection, catalogue)
        edited = written.decode("utf-8-sig") + "2027-10-01,放假,国庆节\n"
        found = read_special_days(connection, catalogue, system, edited.encode(), "holidays.csv")
        assert found["to"] == "2027-10-01"
        kept = write_special_days(connection, catalogue).decode("utf-8-sig")
        assert kept.splitlines() == edited.splitlines()
        assert not read_working_days(connection, catalogue).is_working(date(2027, 10, 1))
        assert reset_special_days(connection, catalogue, system)["to"] == "2026-10-10"
        assert write_special_days(connection, catalogue) == written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("日期,安排,名称\n2026-13-01,放假,x\n", "2026-13-01"),
        ("日期,安排,名称\n2026-10-01,休息,x\n", "放假 或 上班"),
        ("日期,安排\n2026-10-01,放假\n2026-10-01,上班\n", "同一天"),
        ("日期,名称\n2026-10-01,国庆节\n", "缺少列 安排"),
    ],
)
def test_a_bad_table_changes_nothing(database: Database, text: str, told: str) -> None:
    catalogue = load_catalogue()
    with database.begin() as connection:
        before = special_days(connection, catalogue)
        with pytest.raises(ImportRejected) as refused:
            read_special_days(connection, catalogue, system, text.encode(), "holidays.csv")
        said = str(refused.value) + "".join(f"{one.value}{one.reason}" for one in refused.value.problems)
        assert told in said
        assert special_days(connection, catalogue) == before


def test_only_the_city_edits_the_table(database: Database) -> None:
    district = Principal("区", "district", 7, area_ids=frozenset({1}), may_write=True)
    with database.begin() as connection, pytest.raises(AccessDenied):
        read_special_days(connection, load_catalogue(), district, Path(__file__).read_bytes(), "x.csv")
