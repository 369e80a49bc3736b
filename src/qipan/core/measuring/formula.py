"""What an indicator's formula says, parsed and checked against the catalogue; nothing is ever evaluated as a program.

    expression  = term {("+" | "-") term}
    term        = factor {("*" | "/") factor}
    factor      = number | "-" factor | "(" expression ")" | part | "share" "(" expression "," expression ")"
    part        = "count" "(" kind {"," condition} ")"
                | "sum" "(" row {"," condition} ")"
                | "statistic" "(" text ")"
                | "reported" "(" [text] ")"
    row         = kind "." attribute {("*" | "+" | "-" | "/") (kind "." attribute | number)}
    condition   = single {"or" single}
    single      = "not" single | "known" "(" attribute ")" | attribute
                | attribute ("==" | "!=" | "<" | "<=" | ">" | ">=") value
                | attribute "in" "(" value {"," value} ")"

Resources count while they are in service; the condition ``state == "building"`` counts those in that state instead. A
condition on an attribute that a resource leaves empty does not hold. ``share(a, b)`` is a / b in percent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The attribute compares with a value so."""

    attribute: str
    operator: Operator
    value: str | float | bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute is one of these values."""

    attribute: str
    values: tuple[str | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The attribute is filled in."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds."""

    conditions: tuple[Condition, ...]


Condition = Comparison | OneOf | Known | Not | AnyOf


@dataclass(frozen=True, slots=True)
class Term:
    """An attribute or a number inside ``sum``."""

    value: str | float


@dataclass(frozen=True, slots=True)
class RowOperation:
    """Arithmetic on the attributes of one resource."""

    sign: str
    left: Row
    right: Row


Row = Term | RowOperation


@dataclass(frozen=True, slots=True)
class RegisterPart:
    """A count of resources of one kind and state, or the sum of ``row`` over them, where all conditions hold."""

    kind: str
    conditions: tuple[Condition, ...] = ()
    row: Row | None = None
    state: str = "in_service"
    text: str = ""
    """The part as the formula writes it."""


@dataclass(frozen=True, slots=True)
class StatisticPart:
    """A yearly figure of the area, by the attribute of the kind ``district_statistics``."""

    attribute: str


@dataclass(frozen=True, slots=True)
class ReportedPart:
    """A figure that people report, by the key of the indicator under which they do."""

    indicator: str


Part = RegisterPart | StatisticPart | ReportedPart


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic on two expressions."""

    sign: str
    left: Expression
    right: Expression


Expression = Part | Number | Operation


def parts_of(expression: Expression) -> tuple[Part, ...]:
    """Return the parts of an expression in the order of writing, each once."""
    return tuple(dict.fromkeys(_parts(expression)))


def _parts(expression: Expression) -> Iterator[Part]:
    if isinstance(expression, Operation):
        yield from _parts(expression.left)
        yield from _parts(expression.right)
    elif not isinstance(expression, Number):
        yield expression


def attributes_of(part: RegisterPart) -> tuple[str, ...]:
    """Return the attributes that a part reads, each once, in alphabetical order."""
    found = {name for condition in part.conditions for name in _attributes(condition)}
    if part.row is not None:
        found |= set(_row_attributes(part.row))
    return tuple(sorted(found))


def _attributes(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Not):
        yield from _attributes(condition.condition)
    elif isinstance(condition, AnyOf):
        for one in condition.conditions:
            yield from _attributes(one)
    else:
        yield condition.attribute


def _row_attributes(row: Row) -> Iterator[str]:
    if isinstance(row, RowOperation):
        yield from _row_attributes(row.left)
        yield from _row_attributes(row.right)
    elif isinstance(row.value, str):
        yield row.value
