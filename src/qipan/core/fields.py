"""One value of one field: read from what a person wrote, checked against the catalogue, written for a person."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from qipan.core.catalogue import Attribute

_YES = {"是", "有", "true", "yes", "y", "1", "√"}
_NO = {"否", "无", "false", "no", "n", "0", "×"}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_SPREADSHEET_EPOCH = date(1899, 12, 30)


class FieldValueError(ValueError):
    """A value that the field does not take; the text says what it takes."""


def read_value(field: Attribute, value: object) -> Any:  # noqa: ANN401 - the field's type decides
    """Return ``value`` as ``field`` stores it: str, int, float, bool, date, or None for nothing.

    Texts are trimmed; choices are taken by key or name in either language; dates as ``2021-06-30``, ``2021/6/30``,
    ``2021年6月30日`` or a spreadsheet's day number. Units, areas and resources are returned as text: who they are is
    looked up elsewhere. Raises FieldValueError with the allowed form or range.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return _nothing(field)
    readers = {"integer": _integer, "number": _number, "boolean": _boolean, "date": _date, "choice": _choice}
    return readers.get(field.type, _text)(field, value)


def _nothing(field: Attribute) -> Any:  # noqa: ANN401
    if field.required and field.default is None:
        message = "必填，不能为空"
        raise FieldValueError(message)
    return field.default


def _text(field: Attribute, value: object) -> str:
    text = str(value).strip()
    if len(text) > 200:
        message = f"共 {len(text)} 字，不能超过 200 字"
        raise FieldValueError(message)
    return text


def _number(field: Attribute, value: object) -> float:
    try:
        number = float(str(value).strip().replace(",", ""))
    except ValueError:
        message = f"应为数值{_range(field)}"
        raise FieldValueError(message) from None
    low, high = field.minimum, field.maximum
    if number != number or (low is not None and number < low) or (high is not None and number > high):
        message = f"超出范围{_range(field)}"
        raise FieldValueError(message)
    return number


def _integer(field: Attribute, value: object) -> int:
    number = _number(field, value)
    if not number.is_integer():
        message = f"应为整数{_range(field)}"
        raise FieldValueError(message)
    return int(number)


def _range(field: Attribute) -> str:
    unit = f" {field.unit}" if field.unit else ""
    if field.minimum is not None and field.maximum is not None:
        return f"，允许 {field.minimum:g} 至 {field.maximum:g}{unit}"
    if field.minimum is not None:
        return f"，不小于 {field.minimum:g}{unit}"
    return "" if field.maximum is None else f"，不大于 {field.maximum:g}{unit}"


def _boolean(field: Attribute, value: object) -> bool:
    text = str(value).strip().casefold()
    if text.endswith(".0"):
        text = text[:-2]
    if text in _YES:
        return True
    if text in _NO:
        return False
    message = "应为“是”或“否”"
    raise FieldValueError(message)


def _date(field: Attribute, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if found := _DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if 1 <= days < 110_000 and days.is_integer():
        return _SPREADSHEET_EPOCH + timedelta(days=int(days))
    message = "应为日期，如 2025-06-30"
    raise FieldValueError(message)


def _choice(field: Attribute, value: object) -> str:
    if chosen := field.choice_named(str(value)):
        return chosen.key
    message = f"应为其中之一：{'、'.join(choice.name.zh for choice in field.choices)}"
    raise FieldValueError(message)
