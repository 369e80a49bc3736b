"""The gap to each target, as new sites or newly served resources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from qipan.core import tables
from qipan.core.access import Principal, subtree, system
from qipan.core.catalogue import Catalogue, Goal, Placement
from qipan.core.measuring import OverviewFilter, Snapshot, overview
from qipan.core.placing.hosts import resource_rows, state_numbers

Record = dict[str, Any]
_row = tables.resource.c
_coming = ("planned", "approved", "building")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one target asks for: ``gap`` new sites or newly served resources within its area, owner and sources.

    ``wanted`` and ``now`` in numbers of them, ``coming`` those that the register plans or builds already; empty
    ``sources`` or ``classes`` stand for all; ``area_ids`` hold the area with all below it, None for the city;
    ``total`` is the number that the target asks for a share of, None for one that counts.
    """

    target_id: int | None
    indicator: str
    name: str
    area_id: int | None
    owner_id: int | None
    year: int
    unit: str
    counts: str
    wanted: int
    now: int
    coming: int
    sources: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    area_ids: frozenset[int] | None = None
    total: int | None = None

    @property
    def gap(self) -> int:
        """How many are still lacking."""
        return max(self.wanted - self.now - self.coming, 0)

    def to_json(self) -> Record:
        """Return it as a plan's file keeps it; which areas lie within its own is read anew."""
        kept = asdict(self) | {"sources": list(self.sources), "classes": list(self.classes)}
        del kept["area_ids"]
        return kept

    @classmethod
    def from_json(cls, values: Record, area_ids: frozenset[int] | None) -> Wanted:
        """Read what a plan's file keeps; ``area_ids`` are those within the target's area."""
        lists = {"sources": tuple(values["sources"]), "classes": tuple(values["classes"])}
        return cls(**(values | lists | {"area_ids": area_ids}))


def read_gaps(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    placement: Placement,
    snapshot: Snapshot,
    day: date,
    plan_id: int | None,
    target_year: int | None,
) -> list[Wanted]:
    """Return what the bound targets of the placement's goals ask for by a year, each scope's latest only."""
    rows = overview(connection, catalogue, snapshot, principal, day, OverviewFilter(plan_id=plan_id))["rows"]
    found = []
    for goal in placement.goals:
        for row in _latest(rows, goal.indicator, target_year):
            one = _wanted(connection, catalogue, placement, goal, row)
            if one is not None:
                found.append(one)
    return found


def _latest(rows: Iterable[Record], indicator: str, target_year: int | None) -> list[Record]:
    """Return the row of the last year, and in it of the greatest value, for each area and owner."""
    kept: dict[tuple[int | None, int | None], Record] = {}
    for row in rows:
        target = row["target"]
        if target["indicator"] != indicator or target["binding_status"] not in ("confirmed", "proposed"):
            continue
        if target["level"] == "stretch" or target["year"] is None or target["comparator"] not in (">=", ">", "="):
            continue
        if target_year is not None and target["year"] > target_year:
            continue
        scope = (target["area_id"], target["owner_id"])
        best = kept.get(scope)
        if best is None or _order(row) > _order(best):
            kept[scope] = row
    return [kept[scope] for scope in sorted(kept, key=lambda one: (one[0] or 0, one[1] or 0))]


def _order(row: Record) -> tuple[int, float]:
    return row["target"]["year"], float(row["target_value"] or 0.0)


def _wanted(
    connection: Connection, catalogue: Catalogue, placement: Placement, goal: Goal, row: Record
) -> Wanted | None:
    target = row["target"]
    if row["target_value"] is None or row["now"] is None or row["now"]["value"] is None:
        return None
    area_ids = None if target["area_id"] is None else subtree(connection, tables.area, target["area_id"])
    value, now = float(row["target_value"]), float(row["now"]["value"])
    total: int | None = None
    if goal.counts == "resources":
        total = _resources(connection, catalogue, placement, goal, area_ids)
        share = 0.01 if target["unit"] == "%" else 1.0 / max(total, 1)
        wanted, found, coming = math.ceil(value * share * total - 1e-9), round(now * share * total), 0
    else:
        found, coming = _counts(connection, catalogue, placement, area_ids, target["owner_id"], goal)
        wanted = math.ceil(value - 1e-9)
        if goal.statistic is not None:
            if now <= 0:
                return None
            # The indicator and the number of sites are in proportion: both are of the same residents.
            wanted = math.ceil(found * value / now - 1e-9)
    scope = {"area_id": target["area_id"], "owner_id": target["owner_id"], "year": target["year"]}
    return Wanted(
        target_id=target["id"],
        indicator=goal.indicator,
        name="".join(part for part in (target["scope"], target["name"]) if part),
        unit=target["unit"],
        counts=goal.counts,
        wanted=wanted,
        now=found,
        coming=coming,
        sources=goal.sources,
        classes=goal.classes,
        area_ids=area_ids,
        total=total,
        **scope,
    )


def _counts(
    connection: Connection,
    catalogue: Catalogue,
    placement: Placement,
    area_ids: frozenset[int] | None,
    owner_id: int | None,
    goal: Goal,
) -> tuple[int, int]:
    """Return how many of the placed kind serve and how many are to come within a target's scope."""
    query = select(func.count()).where(_row.kind == catalogue.kinds[placement.kind].code)
    if area_ids is not None:
        query = query.where(_row.area_id.in_(sorted(area_ids)))
    if owner_id is not None:
        query = query.where(_row.owner_id.in_(sorted(subtree(connection, tables.unit, owner_id))))
    for key, values in _told_apart(placement, goal).items():
        query = query.where(_row.attributes[key].as_string().in_(sorted(values)))
    numbers = [state_numbers(catalogue, keys) for keys in (("in_service",), _coming)]
    serving, coming = (connection.execute(query.where(_row.state.in_(one))).scalar_one() for one in numbers)
    return int(serving), int(coming)


def _told_apart(placement: Placement, goal: Goal) -> Mapping[str, set[str]]:
    """Return the attribute, such as the form, by which what a goal's sources place is told from the rest."""
    if not goal.sources:
        return {}
    mine = [placement.source(key).values for key in goal.sources]
    others = [one.values for one in placement.sources if one.key not in goal.sources]
    for key in mine[0]:
        values = {str(one.get(key)) for one in mine}
        if not values & {str(one.get(key)) for one in others}:
            return {key: values}
    return {}


def _resources(
    connection: Connection, catalogue: Catalogue, placement: Placement, goal: Goal, area_ids: frozenset[int] | None
) -> int:
    kinds = {layer.kind for layer in placement.layers if layer.kind is not None and layer.unserved is not None}
    rows = [
        row
        for key in sorted(kinds)
        for row in resource_rows(connection, catalogue, system, catalogue.kinds[key], ["in_service"])
    ]
    return sum(
        (not goal.classes or row.attributes.get("class") in goal.classes)
        and (area_ids is None or row.area_id in area_ids)
        for row in rows
    )


def last_year(gaps: Sequence[Wanted], first_year: int, target_year: int | None) -> int:
    """Return the year in which the plan ends: that asked for, else the last of the targets that lack something."""
    years = [one.year for one in gaps if one.gap > 0]
    return max(first_year, target_year if target_year is not None else max(years, default=first_year))
