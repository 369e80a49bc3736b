"""Conditions and sums of a formula as DuckDB SQL over the columns of the snapshot.

Only names that the catalogue has and numbers reach the text: choices are their place among the attribute's choices,
from 1, as the snapshot stores them.
"""

from __future__ import annotations

from qipan.core.catalogue import Attribute, Kind
from qipan.core.measuring.formula import (
    AnyOf,
    Comparison,
    Condition,
    Known,
    Not,
    OneOf,
    RegisterPart,
    Row,
    RowOperation,
)

_EQUALITY = {"==": "=", "!=": "<>"}


def aggregate_sql(kind: Kind, part: RegisterPart) -> str:
    """Return the aggregate of one part: the count, or the sum of its row, of the resources that meet its conditions."""
    what = "count(*)" if part.row is None else f"sum({_row_sql(part.row)})"
    return what + _filter_sql(kind, part)


def known_sql(kind: Kind, part: RegisterPart) -> str:
    """Return the aggregate that counts how many resources have what a sum adds up."""
    what = "count(*)" if part.row is None else f"count({_row_sql(part.row)})"
    return what + _filter_sql(kind, part)


def _filter_sql(kind: Kind, part: RegisterPart) -> str:
    if not part.conditions:
        return ""
    return f" filter (where {' and '.join(_condition_sql(kind, one) for one in part.conditions)})"


def _row_sql(row: Row) -> str:
    if isinstance(row, RowOperation):
        return f"({_row_sql(row.left)} {row.sign} {_row_sql(row.right)})"
    return _name(row.value) if isinstance(row.value, str) else repr(row.value)


def _condition_sql(kind: Kind, condition: Condition) -> str:
    if isinstance(condition, Not):
        return f"(not {_condition_sql(kind, condition.condition)})"
    if isinstance(condition, AnyOf):
        return f"({' or '.join(_condition_sql(kind, one) for one in condition.conditions)})"
    if isinstance(condition, Known):
        return f"{_name(condition.attribute)} is not null"
    attribute = kind.attribute(condition.attribute)
    assert attribute is not None  # parsing checked it
    if isinstance(condition, OneOf):
        return f"{_name(attribute.key)} in ({', '.join(_literal(attribute, one) for one in condition.values)})"
    return _comparison_sql(attribute, condition)


def _comparison_sql(attribute: Attribute, condition: Comparison) -> str:
    sign = _EQUALITY.get(condition.operator, condition.operator)
    return f"{_name(attribute.key)} {sign} {_literal(attribute, condition.value)}"


def _name(key: str) -> str:
    return f'"{key}"'


def _literal(attribute: Attribute, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return str(choice_number(attribute, value))
    return repr(value)


def choice_number(attribute: Attribute, key: str) -> int:
    """Return the place of a choice among those of its attribute, from 1."""
    return [choice.key for choice in attribute.choices].index(key) + 1
