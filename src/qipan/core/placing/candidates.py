"""Possible sites: each host for each operator that is not on it yet, with what it costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from qipan.core.catalogue import Placement, Source
from qipan.core.errors import FieldProblem
from qipan.core.placing.errors import CandidateProblem
from qipan.core.placing.existing import Existing
from qipan.core.placing.hosts import Doubles, Hosts, Longs, Texts

Flags = NDArray[np.bool_]
_shown = 20


@dataclass(frozen=True)
class Candidates:
    """Possible sites as columns, n rows.

    ``key`` names a candidate in every run; ``source`` its place in the placement's sources; ``host_id`` and ``code``
    of the resource that hosts it, 0 and empty beside a street; ``owner_id`` for whom, 0 for nobody in particular;
    ``group`` number of its host among all hosts; ``occupied`` where another operator is on the host already;
    ``own`` yuan it costs alone, ``opening`` yuan that the first on a host pays besides; ``duct`` m to a duct with
    space; ``stated`` JSON of yuan by line where the office itself says what it costs, else empty.
    """

    key: Texts
    source: NDArray[np.int16]
    host_id: Longs
    code: Texts
    name: Texts
    owner_id: Longs
    area_id: Longs
    district_id: Longs
    longitude: Doubles
    latitude: Doubles
    x: Doubles
    y: Doubles
    height: Doubles
    group: Longs
    occupied: Flags
    duct: Doubles
    own: Doubles
    opening: Doubles
    moved: Flags
    stated: Texts

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: NDArray[np.generic]) -> Candidates:
        """Return the rows that ``rows`` (places or flags) names."""
        return Candidates(*(getattr(self, one.name)[rows] for one in fields(self)))

    def places(self, keys: Sequence[str]) -> Longs:
        """Return the row of each key, -1 where there is none."""
        known = {key: row for row, key in enumerate(self.key)}
        return np.array([known.get(key, -1) for key in keys], dtype=np.int64)

    @property
    def group_cost(self) -> Doubles:
        """What the first on each host pays besides, 0 where one is on it already; by ``group``."""
        cost = np.zeros(int(self.group.max()) + 1 if len(self) else 0)
        cost[self.group] = np.where(self.occupied, 0.0, self.opening)
        return cost


def candidates_of(
    placement: Placement,
    hosts: Hosts,
    existing: Existing,
    owners: Sequence[int],
    district_of: Mapping[int, int],
    duct: Doubles,
    rates: Mapping[str, float],
    stated: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> Candidates:
    """Return the candidates of all hosts; CandidateProblem names those whose cost cannot be told.

    ``stated`` yuan by line of hosts whose cost the office gives, by key. ``owners`` are
    the operators to build for, none where the placement is for nobody in particular.
    """
    on = [existing.hosts.get(int(one), set()) if one else set() for one in hosts.id]
    wanted = list(owners) if placement.by_operator else [0]
    pairs = [(row, owner) for owner in wanted for row in range(len(hosts)) if _is_free(placement, on[row], owner)]
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    owner = np.array([one for _, one in pairs], dtype=np.int64)
    # In whole centimetres as bills show it, so that the money weighed is the money billed.
    duct = np.round(duct, 2)
    own, opening = costs_of(placement, hosts.source, duct, rates)
    for row, key in enumerate(hosts.key):
        if key in stated:
            own[row], opening[row] = sum(stated[key].values()), 0.0
    taken = hosts.take(rows)
    suffix = [f":{one}" if one else "" for one in owner]
    found = Candidates(
        key=np.array([key + end for key, end in zip(taken.key, suffix, strict=True)], dtype=object),
        source=taken.source,
        host_id=taken.id,
        code=taken.code,
        name=taken.name,
        owner_id=owner,
        area_id=taken.area_id,
        district_id=np.array([district_of.get(int(one), 0) for one in taken.area_id], dtype=np.int64),
        longitude=taken.longitude,
        latitude=taken.latitude,
        x=taken.x,
        y=taken.y,
        height=taken.height,
        group=rows,
        occupied=np.array([bool(on[row]) for row in rows], dtype=bool),
        duct=duct[rows],
        own=own[rows],
        opening=opening[rows],
        moved=np.zeros(len(rows), dtype=bool),
        stated=np.array([json.dumps(stated[key]) if key in stated else "" for key in taken.key], dtype=object),
    )
    _check_costs(placement, found)
    return found


def _is_free(placement: Placement, on: set[int], owner: int) -> bool:
    return owner not in on if placement.by_operator else not on


def costs_of(
    placement: Placement, source: NDArray[np.int16], duct: Doubles, rates: Mapping[str, float]
) -> tuple[Doubles, Doubles]:
    """Return capital in yuan that each place costs whoever comes, and besides that whoever comes first; inf unknown.

    A line with a share costs every comer that share; the first pays the rest as well.
    """
    own, opening = np.zeros(len(source)), np.zeros(len(source))
    for place, one in enumerate(placement.sources):
        here = source == place
        for line in one.lines:
            if line.per == "year":
                continue
            price = rates[line.rate] * (rates[line.quantity] if line.quantity else 1.0)
            metres = duct[here] if line.per == "duct_metre" else np.ones(int(here.sum()))
            # A metre that costs nothing may be of any number.
            amount = price * metres if price else np.zeros(len(metres))
            share = rates[line.share] if line.share else 1.0
            own[here] += share * amount if share else 0.0
            opening[here] += (1.0 - share) * amount if share < 1.0 else 0.0
    return own, opening


def _check_costs(placement: Placement, found: Candidates) -> None:
    unknown = np.flatnonzero(~(np.isfinite(found.own) & np.isfinite(found.opening)))
    if not unknown.size:
        return
    problems = [
        FieldProblem(None, str(found.key[row]), str(found.name[row])[:80], "没有可算的传输接入距离") for row in unknown
    ][:_shown]
    names = "、".join(str(found.key[row]) for row in unknown[:5])
    message = (
        f"{unknown.size} 个候选点算不出造价（{names}）：登记库中没有带空孔的通信管道，"
        "请先导入人孔与管道段，或在造价表中把管道穿缆单价设为 0"
    )
    raise CandidateProblem(message, problems)


def chosen_sources(placement: Placement, keys: Sequence[str]) -> list[tuple[int, Source]]:
    """Return place and source of the sources asked for, all where none is; CandidateProblem for an unknown one."""
    known = {one.key: place for place, one in enumerate(placement.sources)}
    wrong = [key for key in keys if key not in known]
    if wrong:
        message = f"候选来源 {'、'.join(wrong)} 不存在：可用的有 {'、'.join(known)}"
        raise CandidateProblem(message)
    wanted = [known[key] for key in keys] or list(known.values())
    return [(place, placement.sources[place]) for place in sorted(wanted)]


def moved_to(
    found: Candidates, row: int, place: tuple[float, float, float, float], area_id: int, district_id: int
) -> Candidates:
    """Return the candidates with one of them at another longitude, latitude, x and y."""
    columns = {name: getattr(found, name).copy() for name in _place_columns}
    values = (*place, area_id, district_id, True)
    for name, value in zip(_place_columns, values, strict=True):
        columns[name][row] = value
    return replace(found, **columns)


_place_columns = ("longitude", "latitude", "x", "y", "area_id", "district_id", "moved")
