"""The tree of areas and of units as measuring needs it: who lies in whom, and the parts that must report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from qipan.core import tables


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the tree."""

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Tell whether the area existed on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Unit:
    """One department, district government, operator or company."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    area_id: int | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Areas and units by id, with their ancestors."""

    areas: Mapping[int, Area]
    units: Mapping[int, Unit]

    @property
    def city(self) -> Area | None:
        """The area that has no parent; the first of several, None where there is no area at all."""
        return next((one for one in self.areas.values() if one.parent_id is None), None)

    @property
    def operators(self) -> tuple[Unit, ...]:
        """Units that are operators."""
        return tuple(one for one in self.units.values() if one.kind == "operator")

    def lineage(self, area_id: int) -> tuple[int, ...]:
        """Return an area and all that it lies in, from the inside out."""
        return _lineage(self.areas, area_id)

    def owners(self, unit_id: int) -> tuple[int, ...]:
        """Return a unit and all that it belongs to, from the inside out."""
        return _lineage(self.units, unit_id)

    def parts(self, area_id: int, day: date) -> tuple[Area, ...]:
        """Return the areas just below one that existed on ``day``."""
        return tuple(one for one in self.areas.values() if one.parent_id == area_id and one.holds_on(day))

    def district(self, area_id: int) -> int:
        """Return the district that an area lies in, or the area itself above districts."""
        return next((one for one in self.lineage(area_id) if self.areas[one].level == "district"), area_id)

    def level(self, level: str, day: date) -> tuple[Area, ...]:
        """Return the areas of one level that existed on ``day``, by code."""
        found = (one for one in self.areas.values() if one.level == level and one.holds_on(day))
        return tuple(sorted(found, key=lambda one: one.code))

    def districts_digest(self) -> str:
        """Return a short text that changes whenever an area moves to another district."""
        pairs = ",".join(f"{area_id}:{self.district(area_id)}" for area_id in sorted(self.areas))
        return hashlib.sha256(pairs.encode()).hexdigest()[:16]


def _lineage(tree: Mapping[int, Area] | Mapping[int, Unit], start: int) -> tuple[int, ...]:
    found: list[int] = []
    current: int | None = start
    while current is not None and current not in found:
        found.append(current)
        current = tree[current].parent_id
    return tuple(found)


def read_tree(connection: Connection) -> Tree:
    """Read all areas and units of the register, without their shapes."""
    area, unit = tables.area.c, tables.unit.c
    shown = (area.id, area.code, area.name, area.level, area.parent_id, area.valid_from, area.valid_to)
    areas = {row.id: Area(*row) for row in connection.execute(select(*shown).order_by(area.code, area.id))}
    query = select(unit.id, unit.name, unit.kind, unit.parent_id, unit.area_id).order_by(unit.id)
    return Tree(areas, {row.id: Unit(*row) for row in connection.execute(query)})
