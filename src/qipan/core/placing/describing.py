"""The chosen sites as people read them: who builds what where and when, what it costs and what it newly serves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from qipan.core.catalogue import DemandLayer
from qipan.core.placing.bills import BillLine, bill_of, sharing_of, totals_of
from qipan.core.placing.files import line_columns, site_columns
from qipan.core.placing.hosts import Doubles, Longs, Texts
from qipan.core.placing.task import Method, Task
from qipan.core.units import load_units
from qipan.engines.siting import Reach


def newly_served(reach: Reach, chosen: Longs, weights: Doubles) -> tuple[Doubles, Doubles]:
    """Return what each chosen site adds to those before it, and what only it serves, by layer: both (n, layers).

    ``weights`` float64 (layers, demands); the last row of the reach stands already.
    """
    best = np.zeros(reach.demands)
    demand, weight = reach.of(np.array([reach.candidates - 1]))
    best[demand] = weight
    second, owner = best.copy(), np.full(reach.demands, -1)
    added = np.zeros((len(chosen), len(weights)))
    for place, site in enumerate(chosen.tolist()):
        rows = reach.demand[reach.start[site] : reach.start[site + 1]]
        given = reach.weight[reach.start[site] : reach.start[site + 1]].astype(np.float64)
        more = given > best[rows]
        won, lost = rows[more], rows[~more]
        added[place] = weights[:, won] @ (given[more] - best[won])
        second[won] = best[won]
        best[won], owner[won] = given[more], place
        second[lost] = np.maximum(second[lost], given[~more])
    alone = np.zeros_like(added)
    held = np.flatnonzero(owner >= 0)
    for layer, row in enumerate(weights):
        alone[:, layer] = np.bincount(owner[held], row[held] * (best - second)[held], minlength=len(chosen))
    return added, alone


def sites_table(
    task: Task, method: Method, chosen: Longs, year: Longs, reach: Reach, weights: Doubles, importance: Doubles
) -> tuple[pa.Table, pa.Table, list[BillLine]]:
    """Return the tables of sites and of their bills, and the bill's lines."""
    units = {key: one.unit for key, one in task.catalogue.rates.items()}
    bill = bill_of(task.placement, task.candidates, chosen, task.rates, units)
    capital, yearly = totals_of(bill, len(chosen))
    added, alone = newly_served(reach, chosen, weights)
    shared = sharing_of(task.candidates, chosen)[1]
    rows = task.candidates.take(chosen)
    layers = task.placement.layers
    pins = [task.parameters.pins.get(str(key)) for key in rows.key]
    sources = [task.placement.sources[place] for place in rows.source]
    names = _names(task, rows.name, rows.owner_id)
    columns: dict[str, Any] = {
        "site": np.arange(1, len(chosen) + 1),
        "candidate": rows.key,
        "source": [one.key for one in sources],
        "source_name": [one.name.zh for one in sources],
        "code": [code or None for code in rows.code],
        "name": names,
        "kind": [task.placement.kind] * len(chosen),
        "owner_id": [int(one) or None for one in rows.owner_id],
        "owner": [task.unit_name(int(one)) for one in rows.owner_id],
        "area_id": rows.area_id,
        "area": [task.area_name(int(one)) for one in rows.area_id],
        "district_id": rows.district_id,
        "district": [task.area_name(int(one)) for one in rows.district_id],
        "height": rows.height.astype(np.float32),
        "year": np.array(task.years)[year],
        "pin": pins,
        "moved": rows.moved,
        "shared": shared,
        "attributes": [
            json.dumps(_attributes(task, method, place, int(owner), float(height), str(code)), ensure_ascii=False)
            for place, owner, height, code in zip(rows.source, rows.owner_id, rows.height, rows.code, strict=True)
        ],
        "capital": capital,
        "yearly": yearly,
        "newly_covered": added @ importance,
        "alone": alone @ importance,
        "layers": [json.dumps(_by_layer(layers, one)) for one in added],
        "lost": [json.dumps(_by_layer(layers, one)) for one in alone],
        "reason": [_reason(layers, one, other, pin) for one, other, pin in zip(added, alone, pins, strict=True)],
    }
    columns |= {name: getattr(rows, name) for name in ("longitude", "latitude", "x", "y")}
    sites = pa.table({name: pa.array(columns[name], site_columns.field(name).type) for name in site_columns.names})
    return sites, _lines_table(bill), bill


def _names(task: Task, hosts: Texts, owners: Longs) -> list[str]:
    kind = task.catalogue.kinds[task.placement.kind].name.zh
    short = _short_names(task, {int(one) for one in owners})
    return [f"{host}{short[owner]}{kind}"[:200] for host, owner in zip(hosts, owners, strict=True)]


def _short_names(task: Task, owners: set[int]) -> dict[int, str]:
    """Return the shortest name under which each operator or company is known, nothing for others."""
    with task.database.connect() as connection:
        known = {unit.id: unit for unit in load_units(connection).units if unit.kind in ("operator", "company")}
    return {one: min(known[one].aliases, key=len, default="") if one in known else "" for one in owners}


def _attributes(task: Task, method: Method, place: int, owner_id: int, height: float, code: str) -> dict[str, Any]:
    source = task.placement.sources[place]
    known = {one.key for one in task.catalogue.kinds[task.placement.kind].attributes}
    values: dict[str, Any] = dict(source.values) | dict(method.values(task, source, owner_id))
    if "height" in known and "height" not in source.values:
        values["height"] = round(height, 1)
    if source.attribute is not None and code:
        values[source.attribute] = code
    return {key: value for key, value in values.items() if key in known}


def _by_layer(layers: Sequence[DemandLayer], added: Doubles) -> Mapping[str, float]:
    return {one.key: round(float(amount), 2) for one, amount in zip(layers, added, strict=True) if amount > 1e-9}


def _reason(layers: Sequence[DemandLayer], added: Doubles, alone: Doubles, pin: str | None) -> str:
    """Return in Chinese why a site is in the plan: what it newly serves, and what would be lost without it."""
    gained = _amounts(layers, added)
    pinned = "指定必选；" if pin == "mandatory" else ""
    if not gained:
        return f"{pinned}不增加覆盖，为满足建设数量而选"
    lost = _amounts(layers, alone)
    return f"{pinned}新服务{gained}；单独撤去将失去{lost}" if lost else f"{pinned}新服务{gained}；单独撤去由其他点补位"


def _amounts(layers: Sequence[DemandLayer], amounts: Doubles) -> str:
    shown = [(one, float(amount)) for one, amount in zip(layers, amounts, strict=True) if amount >= 0.5]
    return "、".join(f"{one.name.zh} {amount:,.0f} {one.unit}" for one, amount in shown)


def _lines_table(bill: Sequence[BillLine]) -> pa.Table:
    columns = {
        "site": [line.row + 1 for line in bill],
        "line": [line.key for line in bill],
        "name": [line.name for line in bill],
        "unit": [line.unit for line in bill],
        "quantity": [line.quantity for line in bill],
        "price": [line.price for line in bill],
        "amount": [line.amount for line in bill],
        "yearly": [line.yearly for line in bill],
    }
    return pa.table({name: pa.array(columns[name], line_columns.field(name).type) for name in line_columns.names})
