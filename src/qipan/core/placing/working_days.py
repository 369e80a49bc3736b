"""Working days: Monday to Friday without public holidays, and the days that are worked in their place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.errors import FieldProblem, ImportRejected
from qipan.core.exchange.reading import read_plain_table
from qipan.core.history import open_change_set, write_change
from qipan.core.settings import setting_of, write_settings

Record = dict[str, Any]
_setting = "holidays"
_columns = ("日期", "安排", "名称")
_words = {"放假": False, "上班": True}
_one = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says: ``worked`` though it is a weekend's, or off by the holiday's name."""

    day: date
    worked: bool
    name: str


class WorkingDays:
    """Which days are worked; a year without special days counts Monday to Friday."""

    def __init__(self, days: Iterable[SpecialDay]) -> None:
        self._worked = {one.day: one.worked for one in days}

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked."""
        return self._worked.get(day, day.weekday() < 5)

    def after(self, start: date, days: int) -> date:
        """Return the day ``days`` working days after another, which counts from the next worked day if it is none."""
        day = start
        while not self.is_working(day):
            day += _one
        for _ in range(days):
            day += _one
            while not self.is_working(day):
                day += _one
        return day


def special_days(connection: Connection, catalogue: Catalogue) -> list[SpecialDay]:
    """Return the office's own table in order of days, the catalogue's where it has none."""
    kept = setting_of(connection, _setting)
    if kept:
        rows = [SpecialDay(date.fromisoformat(day), worked, name) for day, worked, name in json.loads(kept)]
    else:
        rows = [
            SpecialDay(day, day in one.worked, one.name.zh)
            for one in catalogue.holidays
            for day in (*_between(*one.off), *one.worked)
        ]
    return sorted(rows, key=lambda one: one.day)


def read_working_days(connection: Connection, catalogue: Catalogue) -> WorkingDays:
    """Return the calendar by which time limits count."""
    return WorkingDays(special_days(connection, catalogue))


def write_special_days(connection: Connection, catalogue: Catalogue) -> bytes:
    """Return the table as CSV that Excel opens; what it holds may be edited and read again."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_columns)
    names = {worked: word for word, worked in _words.items()}
    writer.writerows((one.day.isoformat(), names[one.worked], one.name) for one in special_days(connection, catalogue))
    return text.getvalue().encode("utf-8-sig")


def read_special_days(
    connection: Connection, catalogue: Catalogue, principal: Principal, content: bytes, name: str
) -> Record:
    """Take the office's table, from CSV or Excel, in place of the one before; return {"days", "from", "to"}.

    ImportRejected lists every row that will not do; then nothing is changed. For the city only.
    """
    principal.require_city()
    table = read_plain_table(content, name)
    columns = {str(key).strip(): column.to_pylist() for key, column in table.columns.items()}
    if missing := [one for one in _columns[:2] if one not in columns]:
        message = f"节假日表 {name} 缺少列 {'、'.join(missing)}：应有 {'、'.join(_columns)}"
        raise ImportRejected(message)
    problems, found = list(table.problems), dict[date, SpecialDay]()
    for place, number in enumerate(table.rows.tolist()):
        row = {key: _text(column[place]) for key, column in columns.items()}
        try:
            read = _special(row)
        except ValueError:
            problems.append(FieldProblem(number, "日期", row["日期"][:80], "应为日期，如 2026-10-01"))
            continue
        if read is None:
            problems.append(FieldProblem(number, "安排", row["安排"][:80], "应为 放假 或 上班"))
        elif read.day in found:
            problems.append(FieldProblem(number, "日期", row["日期"][:80], "与前面一行是同一天：请只留一行"))
        else:
            found[read.day] = read
    if problems or not found:
        wrong = f"有 {len(problems)} 处问题" if problems else "没有任何一天"
        message = f"节假日表 {name} {wrong}，没有改动：请改正后重新上传"
        raise ImportRejected(message, problems)
    return _keep(connection, catalogue, principal, found)


def reset_special_days(connection: Connection, catalogue: Catalogue, principal: Principal) -> Record:
    """Go back to the catalogue's table; for the city only."""
    principal.require_city()
    return _keep(connection, catalogue, principal, {})


def _keep(
    connection: Connection, catalogue: Catalogue, principal: Principal, found: Mapping[date, SpecialDay]
) -> Record:
    before = len(special_days(connection, catalogue))
    rows = [[day.isoformat(), found[day].worked, found[day].name] for day in sorted(found)]
    write_settings(connection, {_setting: json.dumps(rows, ensure_ascii=False) if rows else ""})
    change_set = open_change_set(connection, principal, "update", "修改节假日表")
    now = special_days(connection, catalogue)
    write_change(connection, change_set, "holidays", 0, {"days": before}, {"days": len(now)})
    return {"days": len(now), "from": now[0].day.isoformat(), "to": now[-1].day.isoformat()}


def _special(row: Mapping[str, str]) -> SpecialDay | None:
    """Return the day of a row, None where it says neither off nor worked; ValueError for a date that is none."""
    day = date.fromisoformat(row["日期"][:10].replace("/", "-"))
    if row["安排"] not in _words:
        return None
    return SpecialDay(day, _words[row["安排"]], row.get("名称", "")[:60])


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _between(first: date, last: date) -> list[date]:
    return [first + _one * step for step in range((last - first).days + 1)]
