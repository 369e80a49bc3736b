"""A column of what people wrote as a column of what the register stores; every value that will not do is a problem.

Each type has a fast way over the whole column. What that leaves over, and every distinct value of the types that have
few, goes through ``qipan.core.fields.read_value``, which alone knows what is allowed and says what is not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qipan.core.catalogue import Attribute
from qipan.core.errors import FieldProblem
from qipan.core.fields import FieldValueError, read_value
from qipan.core.grams import folded

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_STORED: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "choice": pa.string(),
    "unit": pa.string(),
    "area": pa.string(),
    "resource": pa.string(),
}
_Parser = Callable[[pa.Array, Attribute, str, "Problems"], pa.Array]
MOST_PROBLEMS = 100_000
"""Problems listed for one file; beyond that they are only counted."""


@dataclass(slots=True)
class Problems:
    """The problems of one file as they are found, each tied to its row."""

    rows: NDArray[np.int64]
    """(n,): number of each row in the file."""
    listed: list[FieldProblem] = field(default_factory=list)
    count: int = 0
    misplaced: NDArray[np.bool_] = field(init=False)
    """(n,): whose position is known to be wrong, lest it be said twice."""

    def __post_init__(self) -> None:
        """Begin with no row misplaced."""
        self.misplaced = np.zeros(self.rows.size, dtype=bool)

    def add(self, places: NDArray[np.int64], heading: str, values: pa.Array | None, reason: str | list[str]) -> None:
        """Note rows (by place, shape m) whose value will not do, for one reason or one each."""
        self.count += len(places)
        for index, place in enumerate(places[: max(0, MOST_PROBLEMS - len(self.listed))].tolist()):
            value = "" if values is None else as_text(values[place].as_py())
            why = reason if isinstance(reason, str) else reason[index]
            self.listed.append(FieldProblem(int(self.rows[place]), heading, value[:80], why))

    def add_all(self, problems: list[FieldProblem]) -> None:
        """Note problems that are already put into words."""
        self.count += len(problems)
        self.listed.extend(problems[: max(0, MOST_PROBLEMS - len(self.listed))])


def as_text(value: object) -> str:
    """Return a cell's value as a person would write it: 12 and not 12.0."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def parse_column(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    """Return a column of shape (n,) as the register stores the field, null where nothing stands or will do.

    An empty cell takes the field's default; where the field is required and has none, it is a problem.
    """
    parsers: dict[str, _Parser] = {
        "integer": _integers,
        "number": _numbers,
        "boolean": _by_distinct_value,
        "date": _dates,
        "choice": _by_distinct_value,
    }
    parsed = parsers.get(attribute.type, _texts)(values, attribute, heading, problems)
    if attribute.default is not None:
        default = pa.scalar(attribute.default, stored_type(attribute))
        return pc.if_else(values.is_null(), default, parsed)
    if attribute.required and values.null_count:
        problems.add(_places(values.is_null()), heading, None, "必填，不能为空")
    return parsed


def stored_type(attribute: Attribute) -> pa.DataType:
    """Return the type of array in which values of a field are held."""
    return _STORED[attribute.type]


def constant_column(attribute: Attribute, count: int) -> pa.Array:
    """Return a column of the field's default, null where it has none."""
    return pa.array([attribute.default], stored_type(attribute)).take(pa.array(np.zeros(count, dtype=np.int64)))


def text_column(values: pa.Array) -> pa.Array:
    """Return any column as strings; whole numbers without a decimal point, as spreadsheets show them."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_floating(values.type):
        return pa.array([None if one is None else as_text(one) for one in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _texts(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    texts = text_column(values)
    long = pc.greater(pc.utf8_length(texts), 200)
    if attribute.type == "text" and pc.any(long).as_py():
        _complain(texts, _places(long), attribute, heading, problems)
    hidden = pc.match_substring(texts, "\0")
    if pc.any(hidden).as_py():
        problems.add(_places(hidden), heading, texts, "含有空字符（0x00）：请删去后重新导入")
    return texts


def _numbers(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    numbers = _cast(values, pa.float64())
    if numbers is None:
        numbers = _mostly_numbers(values, attribute, heading, problems)
    beyond = pc.invert(pc.is_finite(numbers))
    if attribute.minimum is not None:
        beyond = pc.or_(beyond, pc.less(numbers, attribute.minimum))
    if attribute.maximum is not None:
        beyond = pc.or_(beyond, pc.greater(numbers, attribute.maximum))
    if pc.any(beyond).as_py():
        _complain(values, _places(beyond), attribute, heading, problems)
        numbers = pc.if_else(beyond, None, numbers)
    return numbers


def _integers(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    numbers = _numbers(values, attribute, heading, problems)
    broken = pc.not_equal(numbers, pc.floor(numbers))
    if pc.any(broken).as_py():
        _complain(values, _places(broken), attribute, heading, problems)
        numbers = pc.if_else(broken, None, numbers)
    return numbers.cast(pa.int64())


def _mostly_numbers(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    """Return the plain numbers of a column and, one by one, what else ``read_value`` takes for a number."""
    texts = text_column(values)
    plain = pc.match_substring_regex(texts, _NUMBER)
    numbers = pc.if_else(plain, texts, None).cast(pa.float64())
    places = _places(pc.invert(plain))
    read, good = _read_each(texts, places, attribute, heading, problems)
    if not good.size:
        return numbers
    found = numbers.to_numpy(zero_copy_only=False).copy()
    found[good] = read
    return pa.array(found, pa.float64(), mask=np.isnan(found))


def _dates(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    dates = None if pa.types.is_floating(values.type) else _cast(values, pa.date32())
    return _by_distinct_value(values, attribute, heading, problems) if dates is None else dates


def _by_distinct_value(values: pa.Array, attribute: Attribute, heading: str, problems: Problems) -> pa.Array:
    """Return a column read value by distinct value: choices, yes and no, dates in any form."""
    if pa.types.is_boolean(values.type) and attribute.type == "boolean":
        return values
    encoded = values.dictionary_encode()
    read: list[Any] = []
    bad: list[int] = []
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            read.append(read_value(attribute, _as_named(attribute, value)))
        except FieldValueError:
            read.append(None)
            bad.append(place)
    if bad:
        where = pc.is_in(encoded.indices, value_set=pa.array(bad, encoded.indices.type))
        _complain(values, _places(where), attribute, heading, problems)
    return pa.array(read, stored_type(attribute)).take(encoded.indices)


def _as_named(attribute: Attribute, value: Any) -> Any:  # noqa: ANN401 - a cell of any type
    """Return a choice's key for a name that differs in spaces and width only: 2.6GHz for 2.6 GHz."""
    wanted = folded(str(value))
    for choice in attribute.choices:
        if wanted in (folded(choice.name.zh), folded(choice.name.en)):
            return choice.key
    return value


def _read_each(
    values: pa.Array, places: NDArray[np.int64], attribute: Attribute, heading: str, problems: Problems
) -> tuple[list[Any], NDArray[np.int64]]:
    """Read values one by one; return those that will do with their places, the others are problems."""
    read, good, bad, reasons = [], [], [], []
    for place in places.tolist():
        try:
            read.append(read_value(attribute, unicodedata.normalize("NFKC", values[place].as_py())))
            good.append(place)
        except FieldValueError as error:
            bad.append(place)
            reasons.append(str(error))
    problems.add(np.array(bad, dtype=np.int64), heading, values, reasons)
    return read, np.array(good, dtype=np.int64)


def _complain(
    values: pa.Array, places: NDArray[np.int64], attribute: Attribute, heading: str, problems: Problems
) -> None:
    """Note rows whose value is known to be wrong, with the reason that ``read_value`` gives for each."""
    shown = places[: max(1, MOST_PROBLEMS - len(problems.listed))]
    problems.add(places, heading, values, [_reason(attribute, values[place].as_py()) for place in shown.tolist()])


def _reason(attribute: Attribute, value: object) -> str:
    try:
        read_value(attribute, value)
    except FieldValueError as error:
        return str(error)
    return "不是有限的数值"


def _cast(values: pa.Array, target: pa.DataType) -> pa.Array | None:
    try:
        return values.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _places(mask: pa.Array) -> NDArray[np.int64]:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
