"""Shares covered by area, operator and class of venue, from a whole result."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage.blocks import side
from qipan.domains.mobile.coverage.groups import Best, Group, best_of, groups_of
from qipan.domains.mobile.coverage.metrics import Window
from qipan.domains.mobile.coverage.overall_writing import Codes, OverallWindow, OverallWriter
from qipan.domains.mobile.coverage.store import Study, StudyLayer
from qipan.domains.mobile.coverage.venues import Finding, VenueTally, count_venues
from qipan.engines.radio import SHARES, Limits, area_covered, area_wholes

_band_cells = 1_500_000
_window_side = 16 * side
_no_venues: dict[str, Any] = {"venues": None, "venue_classes": {}}
_levels = ("city", "district", "subdistrict")

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def summarise(
    study: Study, database: Database, catalogue: Catalogue, principal: Principal, progress: Progress
) -> dict[str, Any]:
    """Return the shares covered of a result and write its ``venues.parquet``.

    Areas: shares 0 to 1 for city, districts and sub-districts, for each operator and for all together, null where
    there is nothing to cover; those of venues in all and by class. Venues: how many of each class, and how many of them
    are deeply covered.
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
        {
            "area_id": place,
            "operator_id": group.operator_id,
            **shares,
            **judged.get((place, group.operator_id), _no_venues),
        }
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
    """Yield windows of whole rows with about ``cells`` map cells each, from north to south, each of whole blocks."""
    step = max(cells // study.grid.columns // side, 1) * side
    for top in range(0, study.grid.rows, step):
        yield slice(top, min(top + step, study.grid.rows)), slice(0, study.grid.columns)


def _windows(study: Study) -> Iterator[Window]:
    """Yield windows of whole blocks that hold the map, row by row."""
    rows, columns = study.grid.shape
    for top in range(0, rows, _window_side):
        for left in range(0, columns, _window_side):
            yield slice(top, min(top + _window_side, rows)), slice(left, min(left + _window_side, columns))


def _sums(
    study: Study, groups: Sequence[Group], tally: VenueTally, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return area ids and, by area, the wholes (first) and what each group covers of them: (areas, 1 + groups, 5).

    Venues are counted along the way, and the maps of all public layers together are written.
    """
    ids = _area_ids(study)
    sums = np.zeros((len(ids), 1 + len(groups), len(SHARES)))
    windows = list(_windows(study))
    _ = study.cells, [study.indoors(layer.number) for layer in study.layers]  # read before threads ask for it
    with closing(OverallWriter(study)) as overall, ThreadPoolExecutor(os.cpu_count()) as threads:
        looks = ahead(threads, lambda window: _look(study, groups, ids, window), windows)
        for place, (window, look) in enumerate(zip(windows, looks, strict=True)):
            progress.report(place / len(windows), "汇总区域")
            sums += look.sums
            tally.add(window, look.best)
            overall.write(window, look.codes)
            if window[1].stop == study.grid.columns:
                study.release()
    return ids, sums


def ahead(threads: ThreadPoolExecutor, work: Callable[[Asked], Found], asked: Iterable[Asked]) -> Iterator[Found]:
    """Yield what ``work`` gives for each in turn, one more in the air than there are threads, so that few wait."""
    waiting: deque[Future[Found]] = deque()
    try:
        for one in asked:
            waiting.append(threads.submit(work, one))
            if len(waiting) > (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for left in waiting:
            left.cancel()


def _area_ids(study: Study) -> NDArray[np.int64]:
    """Return the areas of a study's map, rising, 0 for none among them where there is any."""
    found: set[int] = set()
    for window in bands_of(study):
        found |= set(np.flatnonzero(np.bincount(study.areas[window].ravel())).tolist())
    return np.array(sorted(found), dtype=np.int64)


@dataclass(frozen=True)
class _Look:
    """What was found on a window: sums by area as ``_sums`` gives them, what each group has, numbers of the maps."""

    sums: NDArray[np.float64]
    best: list[Best]
    codes: Codes


def _look(study: Study, groups: Sequence[Group], ids: NDArray[np.int64], window: Window) -> _Look:
    limits = study.parameters
    least = Limits(*(float(limits[f"{key}_threshold"]) for key in ("outdoor", "indoor", "sinr")))
    public = [group for group in groups if group.operator_id is None]
    together = OverallWindow(study, window, public[0].layers if public else ())
    best = best_of(study, groups, window, together.add)
    places = np.zeros(int(ids[-1]) + 1, dtype=np.int32)
    places[ids] = np.arange(len(ids))
    place, built = places[study.areas[window]], np.asarray(study.built[window])
    people = np.asarray(study.population[window])
    sums = [area_wholes(place, built, people, len(ids))]
    for one in best:
        levels = one.outdoors, one.indoors, one.sinr
        sums.append(area_covered(place, built, people, len(ids), levels, least))
    return _Look(np.stack(sums, axis=1), best, together.codes(best[0] if public else None))


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


def _venue_shares(
    found: Sequence[Finding], parents: dict[int, int | None]
) -> dict[tuple[int, int | None], dict[str, Any]]:
    """Return by area and operator the share of the venues in it that are covered, of all and of each class."""
    counts: dict[tuple[int, int | None], dict[str, list[int]]] = {}
    for one in found:
        above: int | None = one["area_id"]
        while above is not None:
            classes = counts.setdefault((above, one["operator_id"]), {})
            for key in ("", one["class"]):
                count = classes.setdefault(key, [0, 0])
                count[0] += one["covered"]
                count[1] += 1
            above = parents.get(above)
    shares = {
        scope: {key: round(covered / whole, 6) for key, (covered, whole) in classes.items()}
        for scope, classes in counts.items()
    }
    return {scope: {"venues": classes.pop(""), "venue_classes": classes} for scope, classes in shares.items()}


def _as_shares(total: NDArray[np.float64]) -> list[dict[str, float | None]]:
    whole = total[0]
    return [
        {key: round(float(part[k] / whole[k]), 6) if whole[k] > 0.0 else None for k, key in enumerate(SHARES)}
        for part in total[1:]
    ]
