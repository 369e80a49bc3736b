"""A study's shares as measurements of indicators, so that targets are held against them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.history import open_change_set
from qipan.core.scenarios import read_scenario, update_scenario
from qipan.domains.mobile.coverage.assumptions import load_assumptions
from qipan.domains.mobile.coverage.errors import StudyMissing

indicators = {
    "outdoor_area": "mobile.outdoor_coverage",
    "indoor_area": "mobile.indoor_coverage",
    "population": "mobile.population_coverage",
    "population_indoor": "mobile.population_coverage_indoor",
    "venues": "mobile.predicted_venue_coverage",
}
"""Which indicator each share of a summary's areas is a measurement of."""
_source = "覆盖计算"
_row = tables.measurement.c
_Scope = tuple[str, int, int | None]
"""Indicator, area, operator (None for all together)."""


def publish_coverage(
    connection: Connection, catalogue: Catalogue, principal: Principal, scenario_id: int
) -> dict[str, int]:
    """Enter a study's shares in per cent as of its day, and let everyone see the scenario.

    Figures of an earlier study of the same day are superseded; those that a person reported stay as they are. Returns
    how many were ``published``, ``unchanged`` and ``kept`` (reported by people). Raises StudyMissing where there is no
    result, AccessDenied unless the principal is the city's.
    """
    principal.require_city()
    scenario = read_scenario(connection, principal, scenario_id, "coverage")
    if scenario.summary is None:
        message = f"方案“{scenario.name}”还没有覆盖计算结果：请先计算再发布"
        raise StudyMissing(message)
    day = date.fromisoformat(scenario.summary["as_of"])
    values = dict(_values(catalogue, scenario.summary))
    known = _in_force(connection, day)
    counts = {"published": 0, "unchanged": 0, "kept": 0}
    rows: list[dict[str, Any]] = []
    source = f"{_source}“{scenario.name}”（方案 {scenario_id}）"
    for scope, value in values.items():
        before = known.get(scope)
        if before is not None and not before.source.startswith(_source):
            counts["kept"] += 1
        elif before is not None and (before.value, before.source) == (value, source):
            counts["unchanged"] += 1
        else:
            names = dict(zip(("indicator", "area_id", "owner_id"), scope, strict=True))
            rows.append(names | {"value": value, "supersedes_id": None if before is None else before.id})
    counts["published"] = len(rows)
    if rows:
        change_set = open_change_set(connection, principal, "report", f"发布{source}", rows=len(rows))
        same = {"period_end": day, "status": "estimated", "source": source, "entered_in": change_set}
        connection.execute(insert(tables.measurement), [row | same for row in rows])
    if not scenario.published:
        update_scenario(connection, principal, scenario_id, {"published": True})
    return counts


def _values(catalogue: Catalogue, summary: dict[str, Any]) -> Iterator[tuple[_Scope, float]]:
    """Yield the scope and per cent of every share, private networks' left out: they do not serve the public."""
    public = {one["operator_id"] for one in summary["layers"] if not one["private"]} | {None}
    for row in summary["areas"]:
        if row["operator_id"] not in public:
            continue
        shares = {indicator: row[key] for key, indicator in indicators.items()}
        by_class = load_assumptions().venue_indicator
        shares |= {by_class[key]: share for key, share in row.get("venue_classes", {}).items() if key in by_class}
        for indicator, share in shares.items():
            if share is not None and indicator in catalogue.indicators:
                yield (indicator, row["area_id"], row["operator_id"]), round(100.0 * share, 4)


def _in_force(connection: Connection, day: date) -> dict[_Scope, Any]:
    superseded = select(_row.supersedes_id).where(_row.supersedes_id.is_not(None))
    query = select(_row.id, _row.indicator, _row.area_id, _row.owner_id, _row.value, _row.source)
    published = [*indicators.values(), *load_assumptions().venue_indicator.values()]
    query = query.where(_row.indicator.in_(published), _row.period_end == day)
    query = query.where(_row.id.not_in(superseded), _row.status != "withdrawn").order_by(_row.id)
    return {(row.indicator, row.area_id, row.owner_id): row for row in connection.execute(query)}
