"""Indicators as the faces show them: all at a glance, and one with its series, parts and the figures behind it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import Connection

from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.errors import NotFound
from qipan.core.measuring.areas import Area, Tree, Unit
from qipan.core.measuring.figures import Axes
from qipan.core.measuring.formula import Part, RegisterPart, StatisticPart, parts_of
from qipan.core.measuring.labels import expression_text, part_filter, part_label
from qipan.core.measuring.measurements import list_measurements
from qipan.core.measuring.measures import Measures, measure, open_context
from qipan.core.measuring.overview import quarter_ends
from qipan.core.measuring.parsing import parse_formula
from qipan.core.measuring.snapshot import Snapshot
from qipan.core.measuring.views import View, view_of
from qipan.core.plans.read import list_targets

Record = dict[str, Any]

_YEARS_SHOWN = 5


def list_indicator_values(
    connection: Connection, catalogue: Catalogue, snapshot: Snapshot, principal: Principal, as_of: date
) -> list[Record]:
    """Return {"key", "value", "day", "targets"} of every indicator, for the widest area or unit that may be seen."""
    context = open_context(connection, catalogue, snapshot)
    view = view_of(principal, context.tree)
    bound = Counter(one["indicator"] for one in _bound_targets(connection))
    place = None if view is None else _place(context.tree, view)
    if place is None:
        return [{"key": key, "value": None, "day": None, "targets": bound[key]} for key in catalogue.indicators]
    area_id, owner_id = place
    measures = measure(context, Axes((area_id,), (owner_id,), (as_of,)))
    rows = []
    for key, indicator in catalogue.indicators.items():
        hidden = owner_id is not None and not indicator.by_operator
        found = None if hidden else measures.value(key, area_id, owner_id, as_of)
        value, day = (None, None) if found is None else (found.value, found.day)
        rows.append({"key": key, "value": value, "day": day, "targets": bound[key]})
    return rows


def describe_indicator(
    connection: Connection,
    catalogue: Catalogue,
    snapshot: Snapshot,
    principal: Principal,
    key: str,
    as_of: date,
    *,
    area_id: int | None = None,
    unit_id: int | None = None,
) -> Record:
    """Return one indicator: value, coverage, quarterly series, areas within, operators, parts and reported figures.

    NotFound for an indicator that is not in the catalogue, or an area or unit that is unknown or not theirs to see.
    """
    if key not in catalogue.indicators:
        message = f"指标目录中没有“{key}”"
        raise NotFound(message)
    context = open_context(connection, catalogue, snapshot)
    view = view_of(principal, context.tree, area_id, unit_id)
    shown: Record = {"key": key, "as_of": as_of, "value": None, "coverage": 0.0, "series": [], "areas": []}
    shown |= {"operators": [], "parts": [], "measurements": list_measurements(connection, principal, indicator=key)}
    shown["target_ids"] = [one["id"] for one in _bound_targets(connection) if one["indicator"] == key]
    place = None if view is None else _place(context.tree, view)
    if place is None:
        return shown
    area, owner = place
    parts = context.tree.parts(area, as_of)
    operators = _operators(context.tree, catalogue, key, owner)
    days = quarter_ends(as_of.replace(year=as_of.year - _YEARS_SHOWN, day=min(as_of.day, 28)), as_of)
    owners = tuple(dict.fromkeys([owner, *(one.id for one in operators)]))
    measures = measure(context, Axes((area, *(one.id for one in parts)), owners, days), [key])
    found = measures.value(key, area, owner, as_of)
    if found is not None:
        shown |= {"value": found.value, "coverage": found.coverage}
    return shown | {
        "series": _series(measures, key, area, owner),
        "areas": [_area_record(measures, key, one, owner) for one in parts],
        "operators": [_operator_record(measures, key, area, one) for one in operators],
        "parts": _part_records(catalogue, measures, key, area, owner),
    }


def _bound_targets(connection: Connection) -> list[Record]:
    shown = (one for one in list_targets(connection) if one["status"] != "dismissed")
    return [one for one in shown if one["binding_status"] in ("proposed", "confirmed")]


def _place(tree: Tree, view: View) -> tuple[int, int | None] | None:
    if view.area_id is not None:
        return view.area_id, view.owner_id
    return None if tree.city is None else (tree.city.id, view.owner_id)


def _operators(tree: Tree, catalogue: Catalogue, key: str, owner_id: int | None) -> list[Unit]:
    """Return the operators to be told apart: none where the indicator does not, or only one is looked at."""
    if owner_id is not None or not catalogue.indicators[key].by_operator:
        return []
    return list(tree.operators)


def _series(measures: Measures, key: str, area_id: int, owner_id: int | None) -> list[Record]:
    return [{"day": day, "value": value} for day, value in measures.series(key, area_id, owner_id)]


def _area_record(measures: Measures, key: str, area: Area, owner_id: int | None) -> Record:
    found = measures.value(key, area.id, owner_id, measures.axes.days[-1])
    shown = {"area_id": area.id, "code": area.code, "name": area.name, "value": None if found is None else found.value}
    return shown | {"series": _series(measures, key, area.id, owner_id)}


def _operator_record(measures: Measures, key: str, area_id: int, unit: Unit) -> Record:
    found = measures.value(key, area_id, unit.id, measures.axes.days[-1])
    shown = {"unit_id": unit.id, "name": unit.name, "value": None if found is None else found.value}
    return shown | {"series": _series(measures, key, area_id, unit.id)}


def _part_records(
    catalogue: Catalogue, measures: Measures, key: str, area_id: int, owner_id: int | None
) -> list[Record]:
    parts = parts_of(parse_formula(catalogue, catalogue.indicators[key]))
    return [_part_record(catalogue, measures, part, area_id, owner_id) for part in parts]


def _part_record(catalogue: Catalogue, measures: Measures, part: Part, area_id: int, owner_id: int | None) -> Record:
    found = measures.part(part, area_id, owner_id, measures.axes.days[-1])
    sources = {RegisterPart: "register", StatisticPart: "statistics"}
    return {
        "expression": expression_text(part),
        "label": part_label(catalogue, part, None if found is None else found.day),
        "value": None if found is None else found.value,
        "source": sources.get(type(part), "reported"),
        "kind": part.kind if isinstance(part, RegisterPart) else None,
        "filter": part_filter(part),
    }
