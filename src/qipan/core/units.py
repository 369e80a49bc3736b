"""Units: departments, district governments, operators and companies, and which of them a written name means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.grams import folded, grams_of

unit_kinds = ("department", "district_government", "operator", "company", "other")

_BRACKETS = re.compile(r"\([^()]*\)")
_LEAST = 0.5
"""Below this a guess is no better than none."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit with the other names it is known by."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    area_id: int | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """The unit that a written name most probably means, with the name that was recognised."""

    unit: Unit
    confidence: float
    """1 for its name or an alias to the letter, down to 0.5 for a likeness that a person should confirm."""
    known_as: str


class UnitIndex:
    """Every unit by its names; ``cities`` are prefixes that a document leaves out or adds (深圳市, 市)."""

    def __init__(self, units: Sequence[Unit], cities: Iterable[str] = ()) -> None:
        self.units = tuple(units)
        self._prefixes = sorted({folded(city) for city in cities if city} | {"市"}, key=len, reverse=True)
        self._names = [(name, unit) for unit in self.units for name in (unit.name, *unit.aliases)]
        self._exact = {folded(name): (name, unit) for name, unit in reversed(self._names)}
        self._bare: dict[str, tuple[str, Unit]] = {}
        for name, unit in self._names:
            self._bare.setdefault(self._without_prefix(name), (name, unit))

    def find(self, text: str) -> Unit | None:
        """Return the unit whose name or alias is ``text``, width, case and spaces apart."""
        known = self._exact.get(folded(text))
        return None if known is None else known[1]

    def resolve(self, text: str) -> UnitMatch | None:
        """Return the unit that ``text`` most probably means, or None where nothing is alike."""
        if known := self._exact.get(folded(text)):
            return UnitMatch(known[1], 1.0, known[0])
        bare = self._without_prefix(text)
        if known := self._bare.get(bare):
            return UnitMatch(known[1], 0.95, known[0])
        scored = [(_likeness(bare, self._without_prefix(name)), name, unit) for name, unit in self._names]
        best = max(scored, key=lambda one: one[0], default=None)
        if best is None or best[0] < _LEAST:
            return None
        return UnitMatch(best[2], round(best[0], 3), best[1])

    def reason(self, text: str) -> str:
        """Return why ``find`` has no answer for ``text``, with what to write instead."""
        if not self.units:
            return "尚未导入任何单位，请先导入单位"
        near = self.resolve(text)
        hint = f"最接近的是“{near.unit.name}”" if near else f"例如“{self.units[0].name}”"
        return f"没有这个单位，{hint}；也可为已有单位增加别名"

    def _without_prefix(self, name: str) -> str:
        plain = _BRACKETS.sub("", folded(unicodedata.normalize("NFKC", name)))
        for prefix in self._prefixes:
            if plain.startswith(prefix) and len(plain) > len(prefix) + 1:
                return plain[len(prefix) :]
        return plain


def load_units(connection: Connection) -> UnitIndex:
    """Return all units of the register that have not ended, with their aliases."""
    aliases: dict[int, list[str]] = {}
    for alias, unit_id in connection.execute(select(tables.unit_alias.c.alias, tables.unit_alias.c.unit_id)):
        aliases.setdefault(unit_id, []).append(alias)
    column = tables.unit.c
    query = select(column.id, column.name, column.kind, column.parent_id, column.area_id)
    rows = connection.execute(query.where(column.valid_to.is_(None)).order_by(column.id)).all()
    units = [Unit(*row, aliases=tuple(sorted(aliases.get(row.id, ())))) for row in rows]
    area = tables.area.c
    cities = connection.execute(select(area.name).where(area.level == "city")).scalars().all()
    return UnitIndex(units, cities)


def _likeness(written: str, name: str) -> float:
    """Return 0 to 0.9: how probably ``written`` stands for ``name``.

    An abbreviation keeps the order of the characters (发改委 for 发展和改革委员会); a variant shares most of its pairs.
    """
    if len(written) < 2 or len(name) < 2:
        return 0.0
    short, long = sorted((written, name), key=len)
    if short in long:
        return 0.6 + 0.3 * len(short) / len(long)
    pairs, others = grams_of(written), grams_of(name)
    shared = 2 * len(pairs & others) / (len(pairs) + len(others))
    if len(short) >= 3 and short[0] == long[0] and _is_subsequence(short, long):
        return max(0.7, 0.9 * shared)
    return 0.9 * shared


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)
