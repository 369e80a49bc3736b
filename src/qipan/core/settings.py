"""Facts about the register itself: the city's name, the day it speaks of, the demonstration's account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from qipan.core.tables import setting


def setting_of(connection: Connection, key: str, default: str = "") -> str:
    """Return a fact about the register, or ``default`` where it is not told."""
    found = connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar_one_or_none()
    return default if found is None else str(found)


def write_settings(connection: Connection, values: Mapping[str, str]) -> None:
    """Tell facts about the register, in place of what was told before."""
    connection.execute(delete(setting).where(setting.c.key.in_(list(values))))
    connection.execute(insert(setting), [{"key": key, "value": value} for key, value in values.items()])


def as_of_day(connection: Connection) -> date:
    """Return the day the register speaks of: the demonstration's own day, else today."""
    kept = setting_of(connection, "as_of")
    return date.fromisoformat(kept) if kept else date.today()
