"""Units of quantities as plans write them: what they can count, and how they convert."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from qipan.core.catalogue import Indicator


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a unit can measure (several things for a counting word like 个) and how many of the base unit it is."""

    dimensions: frozenset[str]
    factor: float = 1.0


def _quantities() -> dict[str, Quantity]:
    things = ("thing",)
    rows: list[tuple[str, tuple[str, ...], float]] = [
        ("个", ("thing", "item", "organisation"), 1),
        ("家", ("organisation",), 1),
        ("户", ("household", "subscriber"), 1),
        ("人", ("person", "subscriber"), 1),
        ("名", ("person",), 1),
        ("位", ("person",), 1),
        ("用户", ("subscriber",), 1),
        ("个/万人", ("per 10,000 residents",), 1),
        ("件/万人", ("items per 10,000 residents",), 1),
        ("个/平方公里", ("per square kilometre",), 1),
        ("%", ("share",), 1),
        ("个百分点", ("points",), 1),
        ("倍", ("multiple",), 1),
        ("标箱", ("container",), 1),
        ("元", ("money",), 1),
        ("Mbps", ("rate",), 1),
        ("Gbps", ("rate",), 1e3),
        ("Tbps", ("rate",), 1e6),
        ("PFLOPS", ("compute",), 1),
        ("EFLOPS", ("compute",), 1e3),
        ("米", ("length",), 1),
        ("公里", ("length",), 1e3),
        ("千米", ("length",), 1e3),
        ("孔公里", ("bore length",), 1),
        ("平方米", ("area",), 1),
        ("平方公里", ("area",), 1e6),
        ("kW", ("power",), 1),
        ("MW", ("power",), 1e3),
    ]
    rows += [(word, things, 1) for word in "座台套处根只部片条端架组块站"]
    rows += [(word, ("item",), 1) for word in "项件族篇"]
    rows += [(word, ("thing",), 1) for word in ("机架", "标准机架", "个机架", "个标准机架", "基站")]
    return {word.casefold(): Quantity(frozenset(dimensions), factor) for word, dimensions, factor in rows}


_KNOWN = _quantities()
_MULTIPLES = {"万亿": 1e12, "千万": 1e7, "百万": 1e6, "亿": 1e8, "万": 1e4, "千": 1e3}


def quantity_of(unit: str) -> Quantity | None:
    """Return what a unit measures, a leading 万 or 亿 multiplied in; None for a unit that is not known."""
    plain = unicodedata.normalize("NFKC", unit).strip().casefold()
    if plain in _KNOWN:
        return _KNOWN[plain]
    for word, multiple in _MULTIPLES.items():
        rest = plain.removeprefix(word)
        if rest != plain and (known := _KNOWN.get(rest) or (_KNOWN["个"] if not rest else None)):
            return Quantity(known.dimensions, known.factor * multiple)
    return None


def conversion(indicator: Indicator, unit: str, name: str = "") -> float | None:
    """Return the factor from a figure in ``unit`` to the indicator's unit; None where they measure different things.

    ``name`` is what the plan calls the figure: 每万人拥有5G基站 in 个 is a ratio, whatever its unit says. An empty unit
    converts by 1 to counts and to what has no unit, and to nothing else.
    """
    scale: Mapping[str, float] = {key.casefold(): factor for key, factor in indicator.scale.items()}
    plain = unicodedata.normalize("NFKC", unit).strip()
    if plain.casefold() in scale:
        return scale[plain.casefold()]
    wanted = quantity_of(indicator.unit)
    if not plain or not indicator.unit:
        counts = wanted is not None and not wanted.dimensions.isdisjoint({"thing", "item"})
        return 1.0 if plain == indicator.unit or (not plain and counts) else None
    given = _in_words(quantity_of(plain), name)
    # In a plan 个 may count companies too; an indicator in 个 counts things, one that counts companies says 家.
    if given is None or wanted is None or given.dimensions.isdisjoint(wanted.dimensions - _not_meant(indicator.unit)):
        return None
    return given.factor / wanted.factor


def _not_meant(unit: str) -> frozenset[str]:
    return frozenset({"organisation"}) if unit == "个" else frozenset()


def _in_words(given: Quantity | None, name: str) -> Quantity | None:
    """Return the quantity that a counting word stands for where the name says for each what it is counted."""
    if given is None or given.dimensions.isdisjoint({"thing", "item"}):
        return given
    if "万人" in name:
        words = {"per 10,000 residents"} if "thing" in given.dimensions else set()
        return Quantity(frozenset(words | {"items per 10,000 residents"}), given.factor)
    if "每平方公里" in name:
        return Quantity(frozenset({"per square kilometre"}), given.factor)
    return given


_COUNTS = frozenset({"thing", "item", "organisation", "household", "subscriber", "person", "container"})


def confirmed_conversion(indicator: Indicator, unit: str, name: str = "") -> float | None:
    """Return the factor where a person has said that the indicator measures it, whatever the counting word.

    None only where both units are known and one of them counts nothing of the kind: 倍 against 个, 元 against %.
    """
    strict = conversion(indicator, unit, name)
    if strict is not None:
        return strict
    given, wanted = quantity_of(unit), quantity_of(indicator.unit)
    if given is None or wanted is None:
        return 1.0
    both_count = not given.dimensions.isdisjoint(_COUNTS) and not wanted.dimensions.isdisjoint(_COUNTS)
    return given.factor / wanted.factor if both_count else None
