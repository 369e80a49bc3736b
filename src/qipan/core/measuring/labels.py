"""What a part of a formula is called, where its number comes from and how to find the resources behind it."""

from __future__ import annotations

from datetime import date

from qipan.core.catalogue import Attribute, Catalogue, Kind, Text
from qipan.core.measuring.formula import (
    AnyOf,
    Comparison,
    Condition,
    Known,
    Not,
    OneOf,
    Part,
    RegisterPart,
    Row,
    RowOperation,
    StatisticPart,
)
from qipan.core.measuring.parsing import STATISTICS

_SIGNS = {"==": "＝", "!=": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥", "*": "×", "/": "÷", "+": "＋", "-": "－"}


def expression_text(part: Part) -> str:
    """Return the part as a formula writes it."""
    if isinstance(part, RegisterPart):
        return part.text
    if isinstance(part, StatisticPart):
        return f'statistic("{part.attribute}")'
    return f'reported("{part.indicator}")'


def part_label(catalogue: Catalogue, part: Part, day: date | None) -> Text:
    """Return the name of a part in both languages; a yearly figure says its year, that of ``day``."""
    if isinstance(part, RegisterPart):
        return _register_label(catalogue, part)
    if isinstance(part, StatisticPart):
        attribute = _attribute(catalogue.kinds[STATISTICS], part.attribute)
        zh, en = ("", "") if day is None else (f"（{day.year}年）", f" ({day.year})")
        return Text(attribute.name.zh + zh, attribute.name.en + en)
    return catalogue.indicators[part.indicator].name


def part_filter(part: Part) -> dict[str, str | float | bool]:
    """Return the conditions of a part that a list of resources can be filtered by, by attribute."""
    if not isinstance(part, RegisterPart):
        return {}
    equal = (one for one in part.conditions if isinstance(one, Comparison) and one.operator == "==")
    return {"state": part.state} | {one.attribute: one.value for one in equal}


def _register_label(catalogue: Catalogue, part: RegisterPart) -> Text:
    kind = catalogue.kinds[part.kind]
    found = [_condition(kind, one) for one in part.conditions]
    state = next(one for one in catalogue.states if one.key == part.state)
    if part.state != "in_service":
        found.insert(0, state.name)
    zh = kind.name.zh + (f"：{_row(kind, part.row, 'zh')}" if part.row is not None else "")
    en = kind.name.en + (f": {_row(kind, part.row, 'en')}" if part.row is not None else "")
    if not found:
        return Text(zh, en)
    return Text(f"{zh}（{'，'.join(one.zh for one in found)}）", f"{en} ({', '.join(one.en for one in found)})")


def _row(kind: Kind, row: Row, language: str) -> str:
    if isinstance(row, RowOperation):
        return f"{_row(kind, row.left, language)}{_SIGNS[row.sign]}{_row(kind, row.right, language)}"
    if isinstance(row.value, str):
        return _attribute(kind, row.value).name.in_language(language)
    return f"{row.value:g}"


def _condition(kind: Kind, condition: Condition) -> Text:
    if isinstance(condition, Not):
        inner = _condition(kind, condition.condition)
        return Text(f"非{inner.zh}", f"not {inner.en}")
    if isinstance(condition, AnyOf):
        found = [_condition(kind, one) for one in condition.conditions]
        return Text("或".join(one.zh for one in found), " or ".join(one.en for one in found))
    attribute = _attribute(kind, condition.attribute)
    if isinstance(condition, Known):
        return Text(f"{attribute.name.zh}已填", f"{attribute.name.en} known")
    if isinstance(condition, OneOf):
        values = [_value(attribute, one) for one in condition.values]
        zh, en = "、".join(one.zh for one in values), ", ".join(one.en for one in values)
        return Text(f"{attribute.name.zh}为{zh}", f"{attribute.name.en} one of {en}")
    value = _value(attribute, condition.value)
    if condition.value is True and condition.operator == "==":
        return attribute.name
    sign = _SIGNS[condition.operator]
    return Text(f"{attribute.name.zh}{sign}{value.zh}", f"{attribute.name.en} {condition.operator} {value.en}")


def _value(attribute: Attribute, value: str | float | bool) -> Text:
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, str):
        return next(one.name for one in attribute.choices if one.key == value)
    return Text(f"{value:g}", f"{value:g}")


def _attribute(kind: Kind, key: str) -> Attribute:
    found = kind.attribute(key)
    assert found is not None  # parsing checked it
    return found
