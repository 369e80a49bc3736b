"""From the text of a formula to its expression, every name checked against the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from qipan.core.catalogue import Attribute, Catalogue, Indicator, Kind
from qipan.core.measuring.formula import (
    AnyOf,
    Comparison,
    Condition,
    Expression,
    Known,
    Not,
    Number,
    OneOf,
    Operation,
    Operator,
    RegisterPart,
    ReportedPart,
    Row,
    RowOperation,
    StatisticPart,
    Term,
)
from qipan.core.measuring.tokens import Token, Tokens

STATISTICS = "district_statistics"
"""The kind whose attributes are the yearly figures of areas."""

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_MEASURED_TYPES = ("integer", "number")
_CONDITION_TYPES = ("integer", "number", "boolean", "choice")


def parse_formula(catalogue: Catalogue, indicator: Indicator) -> Expression:
    """Return the expression of an indicator's formula.

    Raises FormulaError, which names the place, where it does not parse or names a kind, attribute, choice, state,
    statistic or indicator that the catalogue does not have.
    """
    parser = _Parser(catalogue, indicator)
    return parser.whole()


class _Parser:
    """One formula being read by recursive descent, one method for each rule of the grammar."""

    def __init__(self, catalogue: Catalogue, indicator: Indicator) -> None:
        self._catalogue = catalogue
        self._indicator = indicator
        self._tokens = Tokens(indicator.formula)

    def whole(self) -> Expression:
        expression = self._expression()
        if self._tokens.current.kind != "end":
            self._tokens.fail("公式应在此结束")
        return expression

    def _expression(self) -> Expression:
        left = self._term()
        while sign := self._tokens.take_if("+", "-"):
            left = Operation(sign.text, left, self._term())
        return left

    def _term(self) -> Expression:
        left = self._factor()
        while sign := self._tokens.take_if("*", "/"):
            left = Operation(sign.text, left, self._factor())
        return left

    def _factor(self) -> Expression:
        if self._tokens.take_if("-"):
            return Operation("-", Number(0.0), self._factor())
        if self._tokens.take_if("("):
            inner = self._expression()
            self._tokens.expect(")")
            return inner
        if self._tokens.current.kind == "number":
            return Number(float(self._tokens.take().text))
        return self._call()

    def _call(self) -> Expression:
        readers: dict[str, Callable[[Token], Expression]] = {
            "count": self._count,
            "sum": self._sum,
            "statistic": self._statistic,
            "reported": self._reported,
            "share": self._share,
        }
        name = self._tokens.expect_kind("name", f"数字、括号或 {'、'.join(readers)}")
        reader = readers.get(name.text)
        if reader is None:
            self._tokens.fail(f"没有函数“{name.text}”，可用 {'、'.join(readers)}", name)
        self._tokens.expect("(")
        expression = reader(name)
        self._tokens.expect(")")
        return expression

    def _share(self, _name: Token) -> Expression:
        part = self._expression()
        self._tokens.expect(",")
        whole = self._expression()
        # Multiplied first, so that 57 of 100 is 57 and not 56.99999999999999.
        return Operation("/", Operation("*", part, Number(100.0)), whole)

    def _statistic(self, _name: Token) -> StatisticPart:
        key = self._tokens.expect_kind("text", "引号内的统计指标")
        attribute = self._catalogue.kinds[STATISTICS].attribute(key.text)
        if attribute is None or attribute.type not in _MEASURED_TYPES or key.text == "year":
            self._tokens.fail("区域统计没有这一项数值", key)
        return StatisticPart(key.text)

    def _reported(self, _name: Token) -> ReportedPart:
        if self._tokens.current.kind != "text":
            return ReportedPart(self._indicator.key)
        key = self._tokens.take()
        if key.text not in self._catalogue.indicators:
            self._tokens.fail("指标目录中没有这个指标", key)
        return ReportedPart(key.text)

    def _count(self, name: Token) -> RegisterPart:
        kind = self._kind()
        return self._register_part(kind, None, name)

    def _sum(self, name: Token) -> RegisterPart:
        kind, row = self._row()
        return self._register_part(kind, row, name)

    def _register_part(self, kind: Kind, row: Row | None, name: Token) -> RegisterPart:
        state = "in_service"
        conditions: list[Condition] = []
        while self._tokens.take_if(","):
            if self._tokens.current.text == "state":
                state = self._state()
            else:
                conditions.append(self._condition(kind))
        text = self._tokens.formula[name.place - 1 : self._tokens.current.place]
        return RegisterPart(kind.key, tuple(conditions), row, state, text)

    def _kind(self) -> Kind:
        name = self._tokens.expect_kind("name", "资源类别")
        kind = self._catalogue.kinds.get(name.text)
        if kind is None:
            self._tokens.fail("目录中没有这个资源类别", name)
        return kind

    def _row(self) -> tuple[Kind, Row]:
        kind = self._kind()
        self._tokens.expect(".")
        row: Row = Term(self._attribute(kind, _MEASURED_TYPES).key)
        while sign := self._tokens.take_if("*", "+", "-", "/"):
            row = RowOperation(sign.text, row, self._row_term(kind))
        return kind, row

    def _row_term(self, kind: Kind) -> Row:
        if self._tokens.current.kind == "number":
            return Term(float(self._tokens.take().text))
        name = self._tokens.current
        if self._kind() != kind:
            self._tokens.fail(f"同一 sum 中只能用 {kind.key} 的属性", name)
        self._tokens.expect(".")
        return Term(self._attribute(kind, _MEASURED_TYPES).key)

    def _attribute(self, kind: Kind, types: tuple[str, ...]) -> Attribute:
        name = self._tokens.expect_kind("name", f"{kind.name.zh}的属性")
        attribute = kind.attribute(name.text)
        if attribute is None:
            self._tokens.fail(f"{kind.name.zh}没有这个属性", name)
        if attribute.type not in types:
            self._tokens.fail(f"{attribute.name.zh}的类型为 {attribute.type}，此处只能用 {'、'.join(types)}", name)
        return attribute

    def _state(self) -> str:
        self._tokens.take()
        self._tokens.expect("==")
        value = self._tokens.expect_kind("text", "引号内的状态")
        if value.text not in {state.key for state in self._catalogue.states}:
            self._tokens.fail(f"没有这个状态，可用 {'、'.join(state.key for state in self._catalogue.states)}", value)
        return value.text

    def _condition(self, kind: Kind) -> Condition:
        conditions = [self._single(kind)]
        while self._tokens.take_if("or"):
            conditions.append(self._single(kind))
        return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))

    def _single(self, kind: Kind) -> Condition:
        if self._tokens.take_if("not"):
            return Not(self._single(kind))
        if self._tokens.take_if("known"):
            self._tokens.expect("(")
            known = Known(self._attribute(kind, _CONDITION_TYPES).key)
            self._tokens.expect(")")
            return known
        name = self._tokens.current
        attribute = self._attribute(kind, _CONDITION_TYPES)
        if self._tokens.take_if("in"):
            return OneOf(attribute.key, self._values(attribute))
        if sign := self._tokens.take_if(*_COMPARISONS):
            return self._comparison(attribute, sign)
        if attribute.type != "boolean":
            self._tokens.fail(f"{attribute.name.zh}不是“是/否”，需与一个值比较", name)
        return Comparison(attribute.key, "==", True)

    def _comparison(self, attribute: Attribute, sign: Token) -> Comparison:
        if attribute.type in ("choice", "boolean") and sign.text not in ("==", "!="):
            self._tokens.fail(f"{attribute.name.zh}只能用 == 或 != 比较", sign)
        return Comparison(attribute.key, cast(Operator, sign.text), self._value(attribute))

    def _values(self, attribute: Attribute) -> tuple[str | float | bool, ...]:
        self._tokens.expect("(")
        values = [self._value(attribute)]
        while self._tokens.take_if(","):
            values.append(self._value(attribute))
        self._tokens.expect(")")
        return tuple(values)

    def _value(self, attribute: Attribute) -> str | float | bool:
        if attribute.type == "choice":
            text = self._tokens.expect_kind("text", f"引号内的{attribute.name.zh}")
            if text.text not in {choice.key for choice in attribute.choices}:
                self._tokens.fail(f"{attribute.name.zh}只有 {'、'.join(one.key for one in attribute.choices)}", text)
            return text.text
        if attribute.type == "boolean":
            truth = self._tokens.take_if("true", "false") or self._tokens.fail("此处应为 true 或 false")
            return truth.text == "true"
        negative = self._tokens.take_if("-") is not None
        number = float(self._tokens.expect_kind("number", "数字").text)
        return -number if negative else number
