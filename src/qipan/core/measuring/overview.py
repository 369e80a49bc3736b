"""Every target as a row: baseline, now, target, path, four numbers, status and forecast, as of any day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.measuring.areas import Tree
from qipan.core.measuring.figures import Axes
from qipan.core.measuring.measures import measure, open_context
from qipan.core.measuring.rows import PlanTargets, Row, fill_stretch, last_year_months, make_row
from qipan.core.measuring.rules import plan_rules
from qipan.core.measuring.snapshot import Snapshot
from qipan.core.measuring.views import Scope, View, scope_in, view_of
from qipan.core.plans.read import list_plans, list_targets

Record = dict[str, Any]

_MOST_QUARTERS = 60


@dataclass(frozen=True, slots=True)
class OverviewFilter:
    """Which rows to show and from whose point of view; ``section`` is the head of a clause's path such as 二/（四）."""

    plan_id: int | None = None
    section: str = ""
    area_id: int | None = None
    unit_id: int | None = None


everything = OverviewFilter()
"""All plans, seen by the whole city."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One target to be shown, with its plan and whose figure goes with it."""

    plan: PlanTargets
    target: Record
    scope: Scope


def overview(
    connection: Connection,
    catalogue: Catalogue,
    snapshot: Snapshot,
    principal: Principal,
    as_of: date,
    where: OverviewFilter = everything,
) -> Record:
    """Return {"as_of", "rows", "counts"}: each target that was not dismissed, those without data included.

    Whoever may not see the whole city sees their own area's or unit's figures beside the city's targets. NotFound for
    an area or unit that is unknown or not theirs to see.
    """
    context = open_context(connection, catalogue, snapshot)
    view = view_of(principal, context.tree, where.area_id, where.unit_id)
    chosen = [] if view is None else _choose(connection, catalogue, context.tree, view, where)
    keys = {one.target["indicator"] for one in chosen} & set(catalogue.indicators)
    measures = measure(context, _axes(chosen, as_of), sorted(keys))
    titles = _clause_titles(connection, [one.target["clause_id"] for one in chosen])
    rows: list[Row] = []
    for one in chosen:
        row = make_row(catalogue, measures, one.plan, one.target, one.scope, as_of)
        rows.append(row | {"chapter": titles.get(one.target["clause_id"], one.target["section"])})
    fill_stretch(rows)
    return {"as_of": as_of, "rows": rows, "counts": dict(Counter(row["status"] for row in rows))}


def _choose(
    connection: Connection, catalogue: Catalogue, tree: Tree, view: View, where: OverviewFilter
) -> list[_Chosen]:
    by_plan: dict[int, list[Record]] = {}
    for target in list_targets(connection, where.plan_id):
        if target["status"] != "dismissed":
            by_plan.setdefault(target["plan_id"], []).append(target)
    chosen = []
    for plan in list_plans(connection):
        if targets := by_plan.get(plan["id"]):
            together = PlanTargets(plan, targets, plan_rules(connection, catalogue, plan["id"]))
            chosen += _choose_of_plan(together, tree, view, where.section)
    return chosen


def _choose_of_plan(plan: PlanTargets, tree: Tree, view: View, section: str) -> list[_Chosen]:
    chosen = []
    for target in plan.targets:
        if target["kind"] in ("target", "coverage") and target["section"].startswith(section):
            scope = scope_in(view, tree, target["area_id"], target["owner_id"])
            if scope is not None:
                chosen.append(_Chosen(plan, target, scope))
    return chosen


def _axes(chosen: Sequence[_Chosen], as_of: date) -> Axes:
    """Return the areas and owners of all rows, and the quarters from the earliest start to ``as_of``.

    With them the eve of every period that a target is on, and last year's months where a plan's path follows them.
    """
    areas = dict.fromkeys(one.scope.area_id for one in chosen)
    owners = dict.fromkeys([None, *(one.scope.owner_id for one in chosen)])
    starts = {one.plan.start for one in chosen}
    starts |= {date(one.target["year"] - 1, 12, 31) for one in chosen if one.target["year"] is not None}
    days = {*quarter_ends(min([as_of, *starts]), as_of), *(day for day in starts if day <= as_of)}
    if any(one.plan.rules.path == "seasonal" for one in chosen):
        days |= set(last_year_months(as_of))
    return Axes(tuple(areas), tuple(owners), tuple(sorted(days)))


def quarter_ends(first: date, last: date) -> tuple[date, ...]:
    """Return the last days of quarters from ``first`` on, and ``last`` itself, ascending; sixty at most."""
    days = {last}
    day = last
    while len(days) < _MOST_QUARTERS:
        day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
        if day < first:
            break
        days.add(day)
    return tuple(sorted(days))


def _clause_titles(connection: Connection, clause_ids: Iterable[int | None]) -> dict[int | None, str]:
    clause = tables.clause.c
    wanted = {one for one in clause_ids if one is not None}
    rows = connection.execute(select(clause.id, clause.title).where(clause.id.in_(wanted)))
    return {row.id: row.title for row in rows}
