"""A computed plan as it is shown: sites with their bills and reasons, candidates and demand on a map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qipan.core.ground import Plane
from qipan.core.placing.files import read_lines, read_sites
from qipan.core.placing.memory import Loaded

Record = dict[str, Any]
_most_candidates = 5_000
_most_demand = 20_000
Box = tuple[float, float, float, float]


def list_sites(
    folder: Path,
    *,
    area_ids: frozenset[int] | None = None,
    year: int | None = None,
    owner_id: int | None = None,
    source: str | None = None,
    limit: int = 500,
    offset: int = 0,
) -> Record:
    """Return {"total", "items"} of the chosen sites in the order they are built, each with its bill and reason."""
    sites = read_sites(folder)
    wanted = pa.array([True] * sites.num_rows)
    if area_ids is not None:
        held = pa.array(sorted(area_ids), pa.int64())
        wanted = pc.and_(wanted, pc.or_(pc.is_in(sites["area_id"], held), pc.is_in(sites["district_id"], held)))
    for column, value in (("year", year), ("owner_id", owner_id), ("source", source)):
        if value is not None:
            wanted = pc.and_(wanted, pc.fill_null(pc.equal(sites[column], value), fill_value=False))
    chosen = sites.filter(wanted)
    page = chosen.slice(offset, limit)
    bills = _bills(folder, page["site"])
    return {"total": chosen.num_rows, "items": [_site(row, bills.get(row["site"], [])) for row in page.to_pylist()]}


def sites_named(folder: Path, keys: Sequence[str]) -> list[Record]:
    """Return the chosen sites of these candidates."""
    sites = read_sites(folder)
    page = sites.filter(pc.is_in(sites["candidate"], pa.array(list(keys), pa.string())))
    bills = _bills(folder, page["site"])
    return [_site(row, bills.get(row["site"], [])) for row in page.to_pylist()]


def _bills(folder: Path, sites: pa.ChunkedArray) -> dict[int, list[Record]]:
    lines = read_lines(folder)
    found: dict[int, list[Record]] = {}
    for row in lines.filter(pc.is_in(lines["site"], sites.combine_chunks())).to_pylist():
        line = {"key": row["line"], "name": row["name"]}
        line |= {key: row[key] for key in ("quantity", "unit", "price", "amount", "yearly")}
        found.setdefault(row["site"], []).append(line)
    return found


def _site(row: Record, lines: list[Record]) -> Record:
    reason = {
        "sentence": row["reason"],
        "newly_covered": round(row["newly_covered"], 3),
        "alone": round(row["alone"], 3),
        "layers": json.loads(row["layers"]),
        "lost": json.loads(row.get("lost") or "{}"),
    }
    left_out = ("newly_covered", "alone", "layers", "lost", "reason", "attributes", "x", "y", "kind")
    kept = {key: value for key, value in row.items() if key not in left_out}
    return kept | {"kind": row["kind"], "lines": lines, "reason": reason}


def sites_map(folder: Path) -> Record:
    """Return the chosen sites as GeoJSON points."""
    own = ("site", "candidate", "source", "code", "name", "year", "owner_id", "district_id", "capital", "pin", "shared")
    found = []
    for row in read_sites(folder).to_pylist():
        properties = {key: row[key] for key in own} | {"state": "chosen"}
        found.append(_feature(row["longitude"], row["latitude"], properties))
    return _collection(found)


def candidates_map(loaded: Loaded, sources: Sequence[str], pins: dict[str, str], box: Box | None) -> Record:
    """Return candidates as GeoJSON points, those of a box in degrees where one is given; at most 5,000.

    ``sources`` keys by their place. The chosen come first, then those that cost least.
    """
    one = loaded.candidates
    inside = _inside(one.longitude, one.latitude, box)
    year = np.full(len(one), -1)
    year[np.array(loaded.plan["chosen"], dtype=np.int64)] = np.array(loaded.plan["year"], dtype=np.int64)
    price = one.own + np.where(one.occupied, 0.0, one.opening)
    rows = np.flatnonzero(inside)
    rows = rows[np.lexsort((price[rows], year[rows] < 0))]
    shown = []
    for row in rows[:_most_candidates].tolist():
        chosen = bool(year[row] >= 0)
        properties = {
            "candidate": str(one.key[row]),
            "source": sources[one.source[row]],
            "name": str(one.name[row]),
            "owner_id": int(one.owner_id[row]) or None,
            "district_id": int(one.district_id[row]),
            "capital": round(float(price[row]), 2),
            "pin": pins.get(str(one.key[row])),
            "moved": bool(one.moved[row]),
            "chosen": chosen,
            "year": loaded.plan["years"][int(year[row])] if chosen else None,
        }
        shown.append(_feature(float(one.longitude[row]), float(one.latitude[row]), properties))
    return _collection(shown) | {"total": int(rows.size)}


def demand_map(loaded: Loaded, plane: Plane, layers: Sequence[str], box: Box | None) -> Record:
    """Return demand as GeoJSON points, the heaviest 20,000, with what serves each: ``before``, ``plan`` or ``open``."""
    demand, reach = loaded.demand, loaded.reach
    weight = np.array(loaded.plan["importance"]) @ demand.weights
    standing = reach.best([reach.candidates - 1])
    best = reach.best(np.append(np.array(loaded.plan["chosen"], dtype=np.int64), reach.candidates - 1))
    longitude, latitude = plane.to_degrees(demand.x, demand.y)
    rows = np.flatnonzero(_inside(longitude, latitude, box) & (weight > 0))
    rows = rows[np.argsort(-weight[rows], kind="stable")]
    shown = []
    for row in rows[:_most_demand].tolist():
        properties: Record = {
            "weight": round(float(weight[row]), 2),
            "covered": "before" if standing[row] >= 0.5 else "plan" if best[row] >= 0.5 else "open",
            "owner_id": int(demand.owner_id[row]) or None,
        }
        for key, amount in zip(layers, demand.weights[:, row].tolist(), strict=True):
            if amount > 0:
                properties[key] = round(amount, 2)
        shown.append(_feature(float(longitude[row]), float(latitude[row]), properties))
    return _collection(shown) | {"total": int(rows.size)}


def _inside(longitude: NDArray[np.float64], latitude: NDArray[np.float64], box: Box | None) -> NDArray[np.bool_]:
    if box is None:
        return np.ones(len(longitude), dtype=bool)
    west, south, east, north = box
    return (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)


def _feature(longitude: float, latitude: float, properties: Record) -> Record:
    place = {"type": "Point", "coordinates": [round(longitude, 7), round(latitude, 7)]}
    return {"type": "Feature", "geometry": place, "properties": properties}


def _collection(features: list[Record]) -> Record:
    return {"type": "FeatureCollection", "features": features}
