"""From a task and its demand to the stated problem: weights of layers, least numbers of parts, pins and spacing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qipan.core.placing.candidates import Candidates
from qipan.core.placing.conditions import Stated, pinned_rows, require_something, too_near
from qipan.core.placing.demand import Demand
from qipan.core.placing.gaps import Wanted
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.minimums import parts_of, share_out
from qipan.core.placing.task import Served, Task

Flags = NDArray[np.bool_]


def site_goals(task: Task, *, targets: bool = True) -> list[Wanted]:
    """Return what asks for new sites: the number given, else the targets', and the least of districts."""
    found = [one for one in task.gaps if targets and one.counts == "sites" and one.gap > 0 and _concerns(task, one)]
    wanted = task.parameters.sites
    if wanted is not None:
        found = [_number(task, f"新建 {wanted} 个", None, wanted)]
    for area_id, least in task.parameters.minimum_sites.items():
        found.append(_number(task, f"{task.area_name(area_id)}至少新建", area_id, least))
    return found


def _number(task: Task, name: str, area_id: int | None, wanted: int) -> Wanted:
    area_ids = None if area_id is None else _held(task, area_id)
    last = task.years[-1]
    return Wanted(None, "", name, area_id, None, last, "个", "sites", wanted, 0, 0, area_ids=area_ids)


def _held(task: Task, area_id: int) -> frozenset[int]:
    return frozenset(one for one in task.tree.areas if area_id in task.tree.lineage(one))


def _concerns(task: Task, one: Wanted) -> bool:
    """Tell whether a target is about what the scenario may build: for part of the city the whole's targets say nothing.

    A scenario of one district takes that district's targets, one of one operator that operator's.
    """
    area, owner = task.scenario.area_id, task.scenario.owner_id
    if area is not None and (one.area_id is None or one.area_id not in (task.within or ())):
        return False
    return owner is None or one.owner_id == owner


def matches(task: Task, one: Wanted, rows: NDArray[np.generic] | None = None) -> Flags:
    """Tell which candidates (all, or some rows) count for a target on sites."""
    found, chosen = task.candidates, slice(None) if rows is None else rows
    fits = np.ones(len(found) if rows is None else len(rows), dtype=bool)
    if one.area_ids is not None:
        fits &= np.isin(found.area_id[chosen], sorted(one.area_ids))
    if one.owner_id is not None:
        fits &= found.owner_id[chosen] == one.owner_id
    if one.sources:
        keys = [source.key for source in task.placement.sources]
        fits &= np.isin(found.source[chosen], [keys.index(key) for key in one.sources])
    return fits


def resource_goals(task: Task) -> list[Wanted]:
    """Return what asks for newly served resources."""
    return [one for one in task.gaps if one.counts == "resources" and one.gap > 0 and _concerns(task, one)]


def demand_matches(task: Task, demand: Demand, one: Wanted) -> Flags:
    """Tell which demand counts for a target on resources."""
    rows = np.flatnonzero(demand.resource_id > 0)
    if one.classes:
        kinds = [str(label).partition("|")[0] for label in demand.label[rows]]
        rows = rows[[kind in one.classes for kind in kinds]]
    if one.area_ids is not None:
        rows = rows[np.isin(demand.district_id[rows], sorted({task.district_of(area) for area in one.area_ids}))]
    fits = np.zeros(len(demand), dtype=bool)
    fits[rows] = True
    return fits


def state(task: Task, served: Served, *, targets: bool = True) -> Stated:
    """Return the problem, with the plans' ``targets`` as least numbers or with what the scenario itself asks for alone.

    Raises NothingToPlace without candidates or demand, ConditionsClash for unknown pins.
    """
    candidates, placement = task.candidates, task.placement
    require_something(candidates, served.reach, placement.name.zh)
    mandatory, forbidden = pinned_rows(candidates, task.parameters.pins)
    site_part, least_sites, site_names = _site_parts(task, targets)
    demand_part, least_covered, demand_names = _demand_parts(task, served, targets)
    importance = [task.parameters.importance.get(one.key, one.importance) for one in placement.layers]
    spacing = placement.spacing if task.parameters.spacing is None else task.parameters.spacing
    return Stated(
        candidates=candidates,
        reach=served.reach,
        weights=served.demand.weights,
        importance=np.array(importance, dtype=np.float64),
        layer_names=tuple(one.key for one in placement.layers),
        site_part=site_part,
        least_sites=least_sites,
        site_names=site_names,
        demand_part=demand_part,
        least_covered=least_covered,
        demand_names=demand_names,
        mandatory=mandatory,
        forbidden=forbidden,
        spacing=spacing,
        conflicts=too_near(candidates, spaced_of(task, candidates), spacing),
    )


def spaced_of(task: Task, candidates: Candidates) -> Flags:
    """Tell which candidates keep their distance: not those that serve their host alone, such as indoor systems."""
    return np.array([one.covers == "around" for one in task.placement.sources])[candidates.source]


def _site_parts(task: Task, targets: bool) -> tuple[NDArray[np.int32], Longs, tuple[str, ...]]:
    goals = site_goals(task, targets=targets)
    part, belongs = parts_of([matches(task, one) for one in goals], len(task.candidates))
    room = np.bincount(part, minlength=belongs.shape[1]).astype(np.int64)
    least = share_out([one.gap for one in goals], belongs, room)
    return part, least, tuple(_part_name(task, goals, belongs[:, place]) for place in range(belongs.shape[1]))


def _part_name(task: Task, goals: Sequence[Wanted], belongs: Flags) -> str:
    mine = [one for one, fits in zip(goals, belongs, strict=True) if fits]
    areas = dict.fromkeys(task.area_name(one.area_id) for one in mine if one.area_id is not None)
    owners = dict.fromkeys(task.unit_name(one.owner_id) for one in mine if one.owner_id is not None)
    sources = dict.fromkeys(task.placement.source(key).name.zh for one in mine for key in one.sources)
    named = [*areas, *owners, *sources] or ["全市"]
    return f"{'、'.join(named)}的{task.placement.name.zh}"


def _demand_parts(task: Task, served: Served, targets: bool) -> tuple[NDArray[np.int32], Doubles, tuple[str, ...]]:
    """Parts of resources by target, and of all other demand by district where a least share is asked for.

    Only what some candidate reaches can be asked for; the rest is told in the task's notes.
    """
    demand, names = served.demand, list[str]()
    part = np.full(len(demand), -1, dtype=np.int32)
    importance = np.array([
        task.parameters.importance.get(one.key, one.importance) for one in task.placement.layers
    ])  # fmt: skip
    weight = importance @ demand.weights
    least: list[float] = []
    reachable = served.reach.covered()
    goals = resource_goals(task) if targets else []
    rows = np.flatnonzero((demand.resource_id > 0) & reachable & (weight > 0))
    if goals and rows.size:
        of, belongs = parts_of([demand_matches(task, demand, one)[rows] for one in goals], rows.size)
        room = np.bincount(of, minlength=belongs.shape[1]).astype(np.int64)
        needs = [min(one.gap, int(room[fits].sum())) for one, fits in zip(goals, belongs, strict=True)]
        for one, need in zip(goals, needs, strict=True):
            if need < one.gap:
                task.notes.append(f"{one.name}尚缺 {one.gap} 处，候选点最多能服务 {need} 处，按 {need} 处安排")
        numbers = share_out(needs, belongs, room)
        part[rows] = of
        for place, number in enumerate(numbers.tolist()):
            mine = np.sort(weight[rows[of == place]])
            # The weight of the lightest so many: any choice of that number reaches it.
            least.append(float(mine[:number].sum()))
            named = "、".join(one.name for one, fits in zip(goals, belongs[:, place], strict=True) if fits) or "其他"
            names.append(f"{named}至少新增服务 {number} 处")
    for area_id, share in task.parameters.minimum_covered.items():
        mine_rows = (demand.resource_id == 0) & np.isin(demand.district_id, sorted(_held(task, area_id)))
        part[mine_rows & (part < 0)] = len(least)
        least.append(share * float(weight[mine_rows].sum()))
        names.append(f"{task.area_name(area_id)}尚未服务的需求至少补足 {share:.0%}")
    return part, np.array(least), tuple(names)
