"""The summary of a plan: what it builds by year, district and operator, what it costs, covers and proves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from qipan.core.placing.bills import BillLine, by_line
from qipan.core.placing.gaps import Wanted
from qipan.core.placing.hosts import Doubles, Longs
from qipan.core.placing.solving import Solved
from qipan.core.placing.stating import Flags, demand_matches, matches
from qipan.core.placing.task import Served, Task
from qipan.engines.siting import Reach, Siting

Record = dict[str, Any]


Weights = Mapping[int, tuple[float, float, float]]
"""By district the open weight of demand, and what of it is served before and after the plan."""


def plan_facts(task: Task, sites: pa.Table, bill: Sequence[BillLine], weights: Weights) -> Record:
    """Return numbers of sites and money: in all, by district (with the weight served there), operator, source, line."""
    capital, yearly = (sites[name].to_numpy() for name in ("capital", "yearly"))
    money = {"capital": round(float(capital.sum()), 2), "yearly": round(float(yearly.sum()), 2)}
    count = sites.num_rows
    facts: Record = {"sites": count, **money, "capital_per_site": round(money["capital"] / count, 2) if count else None}
    facts["lines"] = list(by_line(list(bill)))
    keys = ("weight", "weight_before", "weight_covered")
    built = dict(_grouped(sites, "district_id"))
    facts["by_district"] = [
        {"area_id": area, "name": task.area_name(area)}
        | built.get(area, {"sites": 0, "capital": 0.0, "yearly": 0.0})
        | {key: round(one, 2) for key, one in zip(keys, weights.get(area, (0.0, 0.0, 0.0)), strict=True)}
        for area in sorted({*built, *weights} - {0})
    ]
    facts["by_operator"] = [
        {"owner_id": key, "name": task.unit_name(key)} | row for key, row in _grouped(sites, "owner_id") if key
    ]
    names = {one.key: asdict(one.name) for one in task.placement.sources}
    facts["by_source"] = [{"key": key, "name": names[key]} | row for key, row in _grouped(sites, "source")]
    return facts


def _grouped(sites: pa.Table, by: str) -> Iterable[tuple[Any, Record]]:
    keys = np.array([one or 0 for one in sites[by].to_pylist()], dtype=object)
    capital, yearly = (sites[name].to_numpy() for name in ("capital", "yearly"))
    for key in sorted(set(keys.tolist())):
        mine = keys == key
        yield (
            key,
            {
                "sites": int(mine.sum()),
                "capital": round(float(capital[mine].sum()), 2),
                "yearly": round(float(yearly[mine].sum()), 2),
            },
        )


def year_rows(task: Task, solved: Solved, sites: pa.Table) -> list[Record]:
    """Return for each year its budget, what is spent and built, and what is then covered, with the bound."""
    year, capital = sites["year"].to_numpy(), sites["capital"].to_numpy()
    rows = []
    for place, one in enumerate(task.years):
        mine = year == one
        rows.append({
            "year": one,
            "budget": round(solved.budgets[place], 2),
            "spent": round(float(capital[mine].sum()), 2),
            "sites": int(mine.sum()),
            "covered": round(float(solved.phased.covered[place]), 3),
            "bound": round(float(solved.phased.bound[place]), 3),
        })  # fmt: skip
    return rows


def proof(final: Siting, broken: Sequence[str]) -> Record:
    """Return objective, bound, gap and the checker's verdict."""
    return {
        "objective": round(final.objective, 3),
        "bound": round(final.bound, 3),
        "gap": round(final.gap, 6) if np.isfinite(final.gap) else None,
        "seed": final.seed,
        "method": final.method,
        "finished": final.finished,
        "verdict": {"holds": not broken, "broken": list(broken)},
        "presolve": asdict(final.presolve),
    }


def layer_rows(task: Task, served: Served, reach: Reach, chosen: Longs) -> list[Record]:
    """Return for each layer the whole demand and what of it is served before and after the plan."""
    standing = reach.best([reach.candidates - 1])
    best = reach.best(np.append(chosen, reach.candidates - 1))
    gained = served.demand.weights @ (best - standing)
    return [
        {
            "key": one.key,
            "name": asdict(one.name),
            "unit": one.unit,
            "total": round(float(served.total[place]), 2),
            "before": round(float(served.before[place]), 2),
            "after": round(float(served.before[place] + gained[place]), 2),
        }
        for place, one in enumerate(task.placement.layers)
    ]


def district_weights(
    served: Served, reach: Reach, chosen: Longs, weight: Doubles
) -> dict[int, tuple[float, float, float]]:
    """Return for each district the open weight, what of it stands served before, and after the plan."""
    ids, place = np.unique(served.demand.district_id, return_inverse=True)
    best = reach.best(np.append(chosen, reach.candidates - 1))
    standing = reach.best([reach.candidates - 1])
    sums = [
        np.bincount(place.reshape(-1), one, minlength=len(ids)) for one in (weight, weight * standing, weight * best)
    ]
    return {int(one): (float(a), float(b), float(c)) for one, a, b, c in zip(ids, *sums, strict=True)}


def target_rows(task: Task, served: Served, reach: Reach, chosen: Longs) -> list[Record]:
    """Return every target's number wanted, now and after the plan, and whether it is met."""
    standing = reach.best([reach.candidates - 1])
    newly = (reach.best(chosen) >= 0.5) & (standing < 0.5) if len(chosen) else np.zeros(reach.demands, dtype=bool)
    return [_target(task, served, one, chosen, newly) for one in task.gaps]


def _target(task: Task, served: Served, one: Wanted, chosen: Longs, newly: Flags) -> Record:
    if one.counts == "sites":
        added = int(matches(task, one, chosen).sum())
    else:
        added = int((demand_matches(task, served.demand, one) & newly).sum())
    after = one.now + one.coming + added
    told = {key: getattr(one, key) for key in ("target_id", "indicator", "name", "area_id", "owner_id", "year", "unit")}
    numbers = {
        "wanted": one.wanted,
        "now": one.now,
        "coming": one.coming,
        "gap": one.gap,
        "added": added,
        "after": after,
        "total": one.total,
    }
    return told | numbers | {"met": after >= one.wanted, "scope": one.counts}


def sharing_row(task: Task, sites: pa.Table) -> Record | None:
    """Return how many of the plan's sites share a host with another operator; None where that has no meaning."""
    if not task.placement.by_operator:
        return None
    shared = int(np.sum(sites["shared"].to_numpy(zero_copy_only=False)))
    rate = shared / sites.num_rows if sites.num_rows else None
    return {"sites": sites.num_rows, "shared": shared, "rate": None if rate is None else round(rate, 6)}
