"""Coverage if operators shared their networks (异网漫游、共建共享) by district, and where that adds most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.jobs import Progress
from qipan.domains.mobile.coverage import Study
from qipan.domains.mobile.coverage.groups import Best, Group, best_of
from qipan.domains.mobile.coverage.metrics import Floats, Window, best_level, shared_level
from qipan.domains.mobile.coverage.summary import bands_of
from qipan.domains.mobile.network.errors import NothingToPlan
from qipan.domains.mobile.network.neighbours import study_of
from qipan.domains.mobile.network.pavements import Districts, Residents, read_districts, residents
from qipan.domains.mobile.network.records import keep
from qipan.engines.radio import Sharing, SharingGain, Thresholds

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
_listed = 200
_at_once = 500
_weights = {"outdoor_area": "outdoors", "population": "outdoors", "population_indoor": "indoors"}
"""Which level each share is judged by, as in a study's summary."""


@dataclass(frozen=True, slots=True)
class SharingParameters:
    """The operators that share, by unit number; all public ones of the study where empty."""

    operator_ids: tuple[int, ...] = ()


def run_sharing(
    database: Database,
    catalogue: Catalogue,
    principal: Principal,
    scenario_id: int,
    parameters: SharingParameters | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute what the operators cover alone and together, keep it and return it by operator and district.

    Raises NothingToPlan where fewer than two of them have a public carrier in the study.
    """
    asked, tell = parameters or SharingParameters(), progress or Progress()
    study = study_of(database, principal, scenario_id)
    groups = _groups(study, asked)
    districts = read_districts(database)
    shares = _shares(study, groups, districts, tell.part(0.0, 0.7))
    people = residents(study, tell.part(0.7, 0.75))
    gains = _by_structure(study, groups, people, tell.part(0.75, 1.0))
    with database.connect() as connection:
        rows = _structures(connection, catalogue, principal, gains)
    facts = {
        "parameters": asdict(asked),
        "operators": [one.operator_id for one in groups],
        "thresholds": {key: study.parameters[key] for key in ("outdoor_threshold", "indoor_threshold")},
        "areas": shares,
        "structures": rows.num_rows,
    }
    keep(study, principal, "sharing", facts, structures=rows)
    tell.report(1.0, "完成")
    return facts


def _groups(study: Study, asked: SharingParameters) -> list[Group]:
    public = [one for one in study.layers if not one.private]
    owners = sorted({one.operator_id for one in public})
    chosen = [one for one in owners if not asked.operator_ids or one in asked.operator_ids]
    unknown = sorted(set(asked.operator_ids) - set(owners))
    if unknown or len(chosen) < 2:
        said = f"运营商 {unknown[0]} 在研究中没有公网小区" if unknown else "研究中公网运营商不足两家"
        message = f"{said}：可选 {'、'.join(map(str, owners)) or '（无）'}，请至少选择两家"
        raise NothingToPlan(message)
    return [Group(owner, tuple(one for one in public if one.operator_id == owner)) for owner in chosen]


def _shares(study: Study, groups: Sequence[Group], districts: Districts, progress: Progress) -> list[dict[str, Any]]:
    """Return by district, and for all of them with the number 0, the shares alone, together and the gain."""
    limits = study.parameters
    least = {"outdoors": limits["outdoor_threshold"], "indoors": limits["indoor_threshold"]}
    names = [str(one.operator_id) for one in groups]
    counts: dict[tuple[int, str], Sharing] = {}
    for window in bands_of(study):
        progress.report(window[0].start / study.grid.rows, "共享覆盖")
        maps = best_of(study, groups, window)
        district = districts.numbers(np.asarray(study.areas[window]))
        weights = _maps(study, window)
        for number in np.unique(district[district > 0]).tolist():
            inside = district == number
            for place in (number, 0):
                for level in least:
                    found = counts.setdefault((place, level), Sharing(names, names, Thresholds(float(least[level]))))
                    found.add(_levels(maps, level, inside), _inside(weights, level, inside))
        study.release()
    places = [0, *districts.names]
    return [
        _told(place, districts.names.get(place), names, {level: counts[place, level].result() for level in least})
        for place in places
        if (place, "outdoors") in counts
    ]


def _maps(study: Study, window: Window) -> dict[str, Doubles]:
    built, people = study.built[window], np.asarray(study.population[window], dtype=np.float64)
    street = (~built).astype(np.float64)
    return {"outdoor_area": street, "population": people, "population_indoor": np.where(built, people, 0.0)}


def _levels(maps: Sequence[Best], level: str, inside: NDArray[np.bool_]) -> Floats:
    return np.stack([getattr(one, level)[inside] for one in maps])[:, None]


def _inside(weights: Mapping[str, Doubles], level: str, inside: NDArray[np.bool_]) -> dict[str, Doubles]:
    return {name: weights[name][inside][None] for name, by in _weights.items() if by == level}


def _told(place: int, name: str | None, operators: Sequence[str], found: Mapping[str, SharingGain]) -> dict[str, Any]:
    def plain(value: float | None) -> float | None:
        return None if value is None or np.isnan(value) else round(float(value), 6)

    def by(pick: str, operator: str) -> dict[str, float | None]:
        return {key: plain(getattr(found[level], pick)[operator].get(key)) for key, level in _weights.items()}

    return {
        "area_id": place or None,
        "name": name,
        "shared": {key: plain(found[level].shared.get(key)) for key, level in _weights.items()},
        "residents": round(found["outdoors"].whole.get("population", 0.0)),
        "operators": [
            {"operator_id": int(one), "alone": by("alone", one), "gain": by("gain", one)} for one in operators
        ],
    }


def _by_structure(study: Study, groups: Sequence[Group], people: Residents, progress: Progress) -> dict[int, Doubles]:
    """Return by structure what its cells would add outdoors for others: residents and km² of each operator.

    Each place that an operator does not reach and another does counts for the structure of the strongest cell there;
    shape (operators, 2).
    """
    order = np.argsort(people.at, kind="stable")
    at, amount = people.at[order], people.people[order]
    structure = study.cells["structure_id"].astype(np.int64)
    found: dict[int, Doubles] = {}
    least, square = float(study.parameters["outdoor_threshold"]), (study.grid.resolution / 1000.0) ** 2
    for window in bands_of(study):
        progress.report(window[0].start / study.grid.rows, "共享增益")
        levels, servers = _strongest(study, groups, window)
        first = window[0].start * study.grid.columns
        part = slice(*np.searchsorted(at, [first, first + levels[0].size]))
        lived = np.bincount(at[part] - first, weights=amount[part], minlength=levels[0].size).astype(np.float64)
        land = np.where((study.areas[window] > 0) & ~study.built[window], square, 0.0).ravel().astype(np.float64)
        best = levels.argmax(axis=0)
        server = np.take_along_axis(servers, best[None], axis=0)[0]
        reached = (levels.max(axis=0) >= least) & (server >= 0)
        for place, group in enumerate(groups):
            has = np.maximum(levels[place], _borrowed(study, group, window))
            gained = np.flatnonzero(reached & (has < least))
            _count(found, structure[server[gained]], (lived[gained], land[gained]), place, len(groups))
        study.release()
    return found


def _strongest(study: Study, groups: Sequence[Group], window: Window) -> tuple[Floats, NDArray[np.int32]]:
    """Return each operator's best level outdoors and its server, (operators, map cells of the window)."""
    levels, servers = [], []
    for group in groups:
        level = best_level(study, group.layers[0], window)
        server = np.asarray(study.servers(group.layers[0].number)[(*window, 0)])
        for layer in group.layers[1:]:
            more = best_level(study, layer, window)
            server = np.where(more > level, study.servers(layer.number)[(*window, 0)], server)
            level = np.maximum(level, more)
        levels.append(level.ravel())
        servers.append(server.ravel())
    return np.stack(levels), np.stack(servers)


def _borrowed(study: Study, group: Group, window: Window) -> Floats:
    """Return the best level outdoors that others' cells give an operator already because they are shared with it."""
    best = np.full(study.built[window].shape, np.float32(-np.inf))
    for layer in study.layers:
        if group.operator_id is not None and layer not in group.layers:
            level = shared_level(study, layer, group.operator_id, window)
            best = best if level is None else np.maximum(best, level)
    return np.asarray(best.ravel())


def _count(
    found: dict[int, Doubles], structure: Ints, amounts: tuple[Doubles, Doubles], place: int, operators: int
) -> None:
    ids, which = np.unique(structure, return_inverse=True)
    sums = [np.bincount(which.reshape(-1), weights=one, minlength=ids.size) for one in amounts]
    for number, residents_gained, area in zip(ids.tolist(), *sums, strict=True):
        if number >= 0:
            row = found.setdefault(number, np.zeros((operators, 2)))
            row[place] += residents_gained, area


def _structures(
    connection: Connection, catalogue: Catalogue, principal: Principal, gains: Mapping[int, Doubles]
) -> pa.Table:
    """Return the structures that one may see where sharing adds most residents, then area."""
    order = sorted(gains, key=lambda one: (-gains[one][:, 0].sum(), -gains[one][:, 1].sum(), one))
    row = tables.resource.c
    columns = (row.id, row.code, row.name, row.area_id, row.longitude, row.latitude)
    known = {}
    for start in range(0, len(order), _at_once):
        part = order[start : start + _at_once]
        query = select(*columns).where(row.id.in_(part), row.kind == catalogue.kinds["structure"].code)
        known.update({one.id: one for one in connection.execute(narrow(query, tables.resource, principal))})
        if len(known) >= _listed:
            break
    shown = [known[one] for one in order if one in known][:_listed]
    return pa.table(
        {
            "code": pa.array([one.code for one in shown], pa.string()),
            "name": pa.array([one.name for one in shown], pa.string()),
            "area_id": pa.array([one.area_id for one in shown], pa.int64()),
            "longitude": pa.array([one.longitude for one in shown], pa.float64()),
            "latitude": pa.array([one.latitude for one in shown], pa.float64()),
            "residents": pa.array([round(float(gains[one.id][:, 0].sum()), 1) for one in shown], pa.float64()),
            "area": pa.array([round(float(gains[one.id][:, 1].sum()), 4) for one in shown], pa.float64()),
        }
    )
