"""From resold to direct power (转供电 → 直供电): which stations to convert, in which year, and what that saves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qipan.core.placing import Task, resource_rows, write_table

Record = dict[str, Any]
_hours = 8760.0


@dataclass(frozen=True, slots=True)
class _Station:
    code: str
    name: str
    owner_id: int
    area_id: int
    kilowatt_hours: float


def convert_power(task: Task, new_stations: int, folder: Path) -> Record | None:
    """Choose the conversions that save most, so many that the share of resold power falls to what is asked for.

    New stations are on direct power and count among all. Writes ``conversions.parquet``; None where no station's supply
    is known.
    """
    kind = task.catalogue.kinds["base_station"]
    with task.database.connect() as connection:
        rows = resource_rows(connection, task.catalogue, task.principal, kind, ["in_service"])
    held, owner = task.within, task.scenario.owner_id
    rows = [
        row
        for row in rows
        if (held is None or row.area_id in held)
        and (owner is None or row.owner_id == owner)
        and row.attributes.get("power_supply") is not None
    ]
    if not rows:
        return None
    resold = [_station(task, row) for row in rows if row.attributes["power_supply"] == "resold"]
    known = len(rows) + new_stations
    number = max(len(resold) - math.floor(task.parameters.resold_share * known + 1e-9), 0)
    chosen = sorted(resold, key=lambda one: (-one.kilowatt_hours, one.code))[:number]
    price = task.rates["power.resold_price"] - task.rates["power.direct_price"]
    cost = task.rates["mobile.direct_power_conversion"]
    years = _years(task, number)
    write_table(folder, "conversions", _table(task, chosen, years, price, cost))
    hours = sum(one.kilowatt_hours for one in chosen)
    return {
        "stations": len(rows),
        "resold": len(resold),
        "share_before": round(len(resold) / len(rows), 6),
        "share_after": round((len(resold) - number) / known, 6),
        "share_wanted": task.parameters.resold_share,
        "conversions": number,
        "cost": round(cost * number, 2),
        "kilowatt_hours": round(hours, 1),
        "price_difference": round(price, 4),
        "saved_per_year": round(hours * price, 2),
        "years": [{"year": year, "conversions": int((years == year).sum())} for year in task.years],
    }


def _station(task: Task, row: Any) -> _Station:  # noqa: ANN401 - a row of the query
    rating = row.attributes.get("power_rating")
    if rating is None:
        hours = task.rates[f"mobile.{row.attributes.get('form') or 'macro'}_kilowatt_hours"]
    else:
        hours = float(rating) * _hours * task.rates["mobile.power_utilisation"]
    return _Station(row.code, row.name, row.owner_id, row.area_id, hours)


def _years(task: Task, number: int) -> NDArray[np.int64]:
    """Return the year of each conversion, the most saving first, evenly over the plan's years."""
    return np.array(task.years, dtype=np.int64)[np.arange(number) * len(task.years) // max(number, 1)]


def _table(task: Task, chosen: list[_Station], years: NDArray[np.int64], price: float, cost: float) -> pa.Table:
    return pa.table({
        "code": pa.array([one.code for one in chosen], pa.string()),
        "name": pa.array([one.name for one in chosen], pa.string()),
        "owner_id": pa.array([one.owner_id for one in chosen], pa.int64()),
        "owner": pa.array([task.unit_name(one.owner_id) for one in chosen], pa.string()),
        "area_id": pa.array([one.area_id for one in chosen], pa.int64()),
        "district": pa.array([task.area_name(task.district_of(one.area_id)) for one in chosen], pa.string()),
        "kilowatt_hours": pa.array([round(one.kilowatt_hours, 1) for one in chosen], pa.float64()),
        "saved_per_year": pa.array([round(one.kilowatt_hours * price, 2) for one in chosen], pa.float64()),
        "cost": pa.array([cost] * len(chosen), pa.float64()),
        "year": pa.array(years, pa.int32()),
    })  # fmt: skip


def reward_of(task: Task, stations: int) -> Record:
    """Return the reward for new stand-alone stations, split between city and districts."""
    each, share = task.rates["mobile.reward"], task.rates["mobile.reward_city_share"]
    amount = round(each * stations, 2)
    names = (("city", "市级财政", "City", share), ("district", "区级财政", "Districts", 1.0 - share))
    tiers = [
        {"key": key, "name": {"zh": zh, "en": en}, "share": round(part, 6), "amount": round(amount * part, 2)}
        for key, zh, en, part in names
    ]
    return {"stations": stations, "each": each, "amount": amount, "tiers": tiers}
