"""Shares covered by area, operator and class of venue, from a whole result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage.groups import Group, best_of, groups_of
from qipan.domains.mobile.coverage.metrics import Window
from qipan.domains.mobile.coverage.store import Study, StudyLayer
from qipan.domains.mobile.coverage.venues import Finding, VenueTally, count_venues

_band_cells = 1_500_000
_shares = ("outdoor_area", "indoor_area", "population", "population_indoor", "sinr_area")
_levels = ("city", "district", "subdistrict")


def summarise(
    study: Study, database: Database, catalogue: Catalogue, principal: Principal, progress: Progress
) -> dict[str, Any]:
    """Return the shares covered of a result and write its ``venues.parquet``.

    Areas: shares 0 to 1 for city, districts and sub-districts, for each operator and for all together, null where
    there is nothing to cover. Venues: how many of each class, and how many of them are deeply covered.
    """
    groups = groups_of(study)
    tally = VenueTally(study, len(groups), database, catalogue, principal)
    area_ids, sums = _sums(study, groups, tally, progress)
    with database.connect() as connection:
        area = tables.area.c
        rows = {row.id: row for row in connection.execute(select(area.id, area.level, area.parent_id))}
    venues = tally.findings(groups)
    parents = {one: row.parent_id for one, row in rows.items()}
    added = _rolled_up(area_ids, sums, parents)
    judged = _venue_shares(venues, parents)
    areas = [
        {"area_id": place, "operator_id": group.operator_id, **shares, "venues": judged.get((place, group.operator_id))}
        for place, total in added.items()
        if place in rows and rows[place].level in _levels
        for group, shares in zip(groups, _as_shares(total), strict=True)
    ]
    return {
        "as_of": study.facts["as_of"],
        "agreement": study.facts["agreement"],
        "layers": [_layer_row(one) for one in study.layers],
        "areas": areas,
        "venues": count_venues(venues),
    }


def _layer_row(layer: StudyLayer) -> dict[str, Any]:
    keys = ("number", "operator_id", "operator", "band", "frequency", "cells", "private")
    return {key: getattr(layer, key) for key in keys}


def bands_of(study: Study, cells: int = _band_cells) -> Iterator[Window]:
    """Yield windows of whole rows with about ``cells`` map cells each, from north to south."""
    step = max(cells // study.grid.columns, 1)
    for top in range(0, study.grid.rows, step):
        yield slice(top, min(top + step, study.grid.rows)), slice(0, study.grid.columns)


def _sums(
    study: Study, groups: Sequence[Group], tally: VenueTally, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return area ids and, by area, the wholes (first) and what each group covers of them: (areas, 1 + groups, 5).

    Venues are counted along the way.
    """
    ids = np.unique(np.concatenate([np.unique(study.areas[window]) for window in bands_of(study)])).astype(np.int64)
    sums = np.zeros((len(ids), 1 + len(groups), len(_shares)))
    limits = study.parameters
    for window in bands_of(study):
        progress.report(window[0].start / study.grid.rows, "汇总区域")
        place = np.searchsorted(ids, study.areas[window]).ravel()
        built, people = study.built[window].ravel(), np.asarray(study.population[window], dtype=np.float64).ravel()
        street, housed = (~built).astype(np.float64), np.where(built, people, 0.0)
        weights = (street, built.astype(np.float64), people, housed, street)
        sums[:, 0] += _by_area(place, weights, len(ids))
        found = best_of(study, groups, window)
        tally.add(window[0], found)
        for number, best in enumerate(found, start=1):
            outside = best.outdoors.ravel() >= limits["outdoor_threshold"]
            inside = best.indoors.ravel() >= limits["indoor_threshold"]
            clear = best.sinr.ravel() >= limits["sinr_threshold"]
            met = (outside, inside, outside, inside, clear)
            held = [np.where(good, weight, 0.0) for good, weight in zip(met, weights, strict=True)]
            sums[:, number] += _by_area(place, held, len(ids))
        study.release()
    return ids, sums


def _by_area(place: NDArray[np.int64], weights: Sequence[NDArray[np.float64]], count: int) -> NDArray[np.float64]:
    return np.stack([np.bincount(place, weights=weight, minlength=count) for weight in weights], axis=1)


def _rolled_up(
    ids: NDArray[np.int64], sums: NDArray[np.float64], parents: dict[int, int | None]
) -> dict[int, NDArray[np.float64]]:
    """Return the sums of every area with those of the areas in it."""
    added: dict[int, NDArray[np.float64]] = {}
    for area, part in zip(ids.tolist(), sums, strict=True):
        above: int | None = area or None
        while above is not None:
            added[above] = added.get(above, 0.0) + part
            above = parents.get(above)
    return added


def _venue_shares(found: Sequence[Finding], parents: dict[int, int | None]) -> dict[tuple[int, int | None], float]:
    """Return by area and operator the share of the venues in it that are covered."""
    counts: dict[tuple[int, int | None], list[int]] = {}
    for one in found:
        above: int | None = one["area_id"]
        while above is not None:
            count = counts.setdefault((above, one["operator_id"]), [0, 0])
            count[0] += one["covered"]
            count[1] += 1
            above = parents.get(above)
    return {scope: round(covered / whole, 6) for scope, (covered, whole) in counts.items()}


def _as_shares(total: NDArray[np.float64]) -> list[dict[str, float | None]]:
    whole = total[0]
    return [
        {key: round(float(part[k] / whole[k]), 6) if whole[k] > 0.0 else None for k, key in enumerate(_shares)}
        for part in total[1:]
    ]
