"""The poles of a city's streets and what hangs on them, as columns read from the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from qipan.core import tables
from qipan.core.access import Principal, subtree
from qipan.core.areas import load_areas
from qipan.core.catalogue import Catalogue
from qipan.core.resources import Filter, filtered
from qipan.domains.poles.merging.parameters import device_rules

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Texts = NDArray[np.object_]
_row = tables.resource.c
_smart_device = (25.0, 300.0)
"""Mass in kg and power in W taken for each device that a smart pole is said to carry."""


@dataclass(frozen=True)
class PoleColumns:
    """n poles: those of a single purpose and the smart poles beside them."""

    code: Texts
    name: Texts
    kind: Texts
    """``street_pole`` or ``smart_pole``"""
    what: Texts
    """Class of a street pole, ``smart`` for smart poles."""
    road: Texts
    district_id: Longs
    longitude: Floats
    latitude: Floats
    height: Floats
    load: Floats
    """kg, nan where the register is silent; what is left of it for smart poles."""
    power: Floats
    """W, nan where the register is silent."""
    protected: NDArray[np.bool_]


@dataclass(frozen=True)
class DeviceColumns:
    """m devices, each on a pole by its place there."""

    code: Texts
    name: Texts
    what: Texts
    pole: Longs
    height: Floats
    mass: Floats
    power: Floats


@dataclass(frozen=True)
class Inventory:
    """What stands along the streets, and sentences about what was left out."""

    poles: PoleColumns
    devices: DeviceColumns
    notes: tuple[str, ...] = ()


def read_inventory(
    connection: Connection, catalogue: Catalogue, principal: Principal, area_id: int | None, day: date
) -> Inventory:
    """Return the street poles, smart poles and devices in service on a day that ``principal`` may see in an area."""
    areas = None if area_id is None else subtree(connection, tables.area, area_id)
    rows = {
        kind: _rows(connection, catalogue, principal, Filter(catalogue.kinds[kind], areas, as_of=day))
        for kind in ("street_pole", "smart_pole", "pole_device")
    }
    districts = _districts(connection)
    poles, nameless = _poles(rows, districts)
    devices, lost = _devices(rows["pole_device"], poles)
    notes = []
    if nameless:
        notes.append(f"{nameless} 根智能杆没有填写所在道路，未参与合杆：请补填“所在道路”")
    if lost:
        notes.append(f"{lost} 台设备所在杆件不在用或不在范围内，未参与合杆：请核对“所在杆件”")
    return Inventory(poles, devices, tuple(notes))


def _rows(connection: Connection, catalogue: Catalogue, principal: Principal, where: Filter) -> list[Any]:
    shown = select(_row.code, _row.name, _row.area_id, _row.longitude, _row.latitude, _row.attributes)
    return list(connection.execute(filtered(shown, catalogue, principal, where).order_by(_row.code)))


def _districts(connection: Connection) -> dict[int, int]:
    """Return for every area the district that holds it, itself where it is none's part."""
    areas = {one.id: one for one in load_areas(connection).areas}

    def district(number: int) -> int:
        one = areas[number]
        within = one.level in ("subdistrict", "community") and one.parent_id in areas
        return district(one.parent_id) if within and one.parent_id is not None else number

    return {number: district(number) for number in areas}


def _poles(rows: dict[str, list[Any]], districts: dict[int, int]) -> tuple[PoleColumns, int]:
    named = [one for one in rows["smart_pole"] if one.attributes.get("road")]
    found = [("street_pole", one) for one in rows["street_pole"]] + [("smart_pole", one) for one in named]
    smart = np.array([kind == "smart_pole" for kind, _ in found], dtype=bool)
    held = np.array([one.attributes.get("devices") or 0 for _, one in found], dtype=np.float64) * smart
    load = _numbers([one for _, one in found], "load_capacity")
    power = _numbers([one for _, one in found], "power_capacity") * 1000.0
    columns = PoleColumns(
        code=_texts([one.code for _, one in found]),
        name=_texts([one.name for _, one in found]),
        kind=_texts([kind for kind, _ in found]),
        what=_texts([one.attributes.get("class", "smart") for _, one in found]),
        road=_texts([one.attributes["road"] for _, one in found]),
        district_id=np.array([districts.get(one.area_id, one.area_id) for _, one in found], dtype=np.int64),
        longitude=np.array([one.longitude for _, one in found], dtype=np.float64),
        latitude=np.array([one.latitude for _, one in found], dtype=np.float64),
        height=_numbers([one for _, one in found], "height"),
        load=np.maximum(load - held * _smart_device[0], 0.0),
        power=np.maximum(power - held * _smart_device[1], 0.0),
        protected=np.array([bool(one.attributes.get("protected")) for _, one in found], dtype=bool) | smart,
    )
    return columns, len(rows["smart_pole"]) - len(named)


def _devices(rows: list[Any], poles: PoleColumns) -> tuple[DeviceColumns, int]:
    place = {code: number for number, code in enumerate(poles.code)}
    found = [one for one in rows if one.attributes["pole"] in place]
    rules = device_rules()
    usual = [rules[one.attributes["class"]] for one in found]

    def filled(key: str, column: str) -> Floats:
        values = _numbers(found, column)
        assumed = np.array([getattr(rule, key) for rule in usual], dtype=np.float64)
        return np.where(np.isnan(values), assumed, values)

    columns = DeviceColumns(
        code=_texts([one.code for one in found]),
        name=_texts([one.name for one in found]),
        what=_texts([one.attributes["class"] for one in found]),
        pole=np.array([place[one.attributes["pole"]] for one in found], dtype=np.int64),
        height=filled("height", "height"),
        mass=filled("mass", "mass"),
        power=filled("power", "power"),
    )
    return columns, len(rows) - len(found)


def _numbers(rows: list[Any], key: str) -> Floats:
    values = [one.attributes.get(key) for one in rows]
    return np.array([np.nan if one is None else one for one in values], dtype=np.float64)


def _texts(values: list[str]) -> Texts:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
