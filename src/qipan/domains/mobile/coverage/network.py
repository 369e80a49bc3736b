"""The cells of the register as a coverage computation takes them: missing values filled, bad cells named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, or_, select

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.catalogue import Catalogue
from qipan.core.ground import Plane
from qipan.domains.mobile.coverage.assumptions import Assumptions, Band, load_assumptions
from qipan.domains.mobile.coverage.parameters import CoverageParameters
from qipan.engines.radio import Antenna, Cells

Doubles = NDArray[np.float64]
_row = tables.resource.c
_filled = ("height", "power", "bandwidth", "azimuth", "mechanical_tilt", "electrical_tilt", "antenna")
_ranges = {
    "height": ("挂高", 1.0, 400.0, "米"),
    "frequency": ("频率", 400.0, 71_000.0, "MHz"),
    "bandwidth": ("带宽", 1.0, 2000.0, "MHz"),
    "azimuth": ("方位角", -360.0, 360.0, "度"),
    "mechanical_tilt": ("机械下倾角", -90.0, 90.0, "度"),
    "electrical_tilt": ("电子下倾角", -90.0, 90.0, "度"),
}
_watts = (1e-6, 1e5)
_lowest = {"surface": 400.0, "p1812": 500.0}
"""Lowest carrier of each model, MHz: near a mast P.1812 gives way to TR 38.901, which begins at 500."""


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One carrier of one operator: its cells interfere with each other and with no others."""

    number: int
    operator_id: int
    operator: str
    frequency: float
    """MHz"""
    band: Band


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell with every value filled in; ``power`` W, angles in degrees, lengths in m, frequencies in MHz.

    ``shared_with`` the operators beside its own that it serves; ``form`` of its station.
    """

    resource_id: int
    code: str
    name: str
    station_code: str
    operator_id: int
    longitude: float
    latitude: float
    frequency: float
    bandwidth: float
    height: float
    watts: float
    azimuth: float
    mechanical_tilt: float
    electrical_tilt: float
    antenna: str
    form: str
    structure_id: int
    shared_with: tuple[int, ...]
    defaults: tuple[str, ...]
    """Keys of the values that stood in for what the register does not say."""


@dataclass
class Network:
    """What is computed: good cells and the sentences about the others."""

    outdoors: list[CellRow] = field(default_factory=list)
    indoors: list[CellRow] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    defaulted: dict[str, int] = field(default_factory=dict)
    """Cells of each form for which a default stood in."""
    layers: list[LayerFacts] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Station:
    id: int
    form: str
    structure: str
    shared: bool
    owner_id: int


def read_network(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    parameters: CoverageParameters,
    day: date,
    antennas: Mapping[str, Antenna],
    planned: Sequence[CellRow] = (),
) -> Network:
    """Read the cells in service on ``day`` that the principal may see and the parameters name, then the ``planned``.

    A cell whose values are out of range is left out and named in ``errors`` with its value and the allowed range.
    """
    assumptions = load_assumptions()
    stations = _stations(connection, catalogue, principal)
    sharing = _sharing(stations)
    structures = _structure_ids(connection, catalogue, stations)
    network = Network()
    for row in connection.execute(_query(catalogue, "cell", principal, day)):
        if parameters.operator_ids and row.owner_id not in parameters.operator_ids:
            continue
        station = stations.get(row.attributes.get("station", ""))
        cell, errors = _filled_in(row._mapping, station, structures, sharing, assumptions, antennas)
        errors += _out_of_range(cell, parameters.model)
        if parameters.bands and not errors and assumptions.band_of(cell.frequency).key not in parameters.bands:
            continue
        if errors:
            network.errors.append(_refused(cell, errors))
            continue
        if cell.defaults:
            network.defaulted[cell.form] = network.defaulted.get(cell.form, 0) + 1
        (network.indoors if cell.form == "indoor" else network.outdoors).append(cell)
    for cell in planned:
        if errors := _out_of_range(cell, parameters.model):
            network.errors.append(_refused(cell, errors))
        elif _asked_for(cell, parameters):
            network.outdoors.append(cell)
    network.layers = _layers(connection, network, assumptions)
    return network


def _refused(cell: CellRow, errors: Sequence[str]) -> str:
    return f"小区 {cell.code} {cell.name}：{'，'.join(errors)}，未参与计算"


def _asked_for(cell: CellRow, parameters: CoverageParameters) -> bool:
    operator = not parameters.operator_ids or cell.operator_id in parameters.operator_ids
    band = load_assumptions().band_of(cell.frequency).key
    return operator and (not parameters.bands or band in parameters.bands)


def _query(catalogue: Catalogue, kind: str, principal: Principal, day: date | None) -> Select[Any]:
    columns = (_row.id, _row.code, _row.name, _row.owner_id, _row.longitude, _row.latitude, _row.attributes)
    query = select(*columns).where(_row.kind == catalogue.kinds[kind].code).order_by(_row.code)
    if day is not None:
        in_service = [state.key for state in catalogue.states].index("in_service") + 1
        undated = and_(_row.in_service_on.is_(None), _row.state == in_service)
        query = query.where(or_(_row.in_service_on <= day, undated))
        query = query.where(or_(_row.retired_on.is_(None), _row.retired_on > day))
    return narrow(query, tables.resource, principal)


def _stations(connection: Connection, catalogue: Catalogue, principal: Principal) -> dict[str, _Station]:
    found = {}
    for row in connection.execute(_query(catalogue, "base_station", principal, None)):
        said = row.attributes
        structure = said.get("structure") or ""
        form, shared = said.get("form", "macro"), bool(said.get("shared"))
        found[row.code] = _Station(row.id, form, structure, shared, row.owner_id)
    return found


def _sharing(stations: Mapping[str, _Station]) -> dict[str, tuple[int, ...]]:
    """Return by structure the operators that have a shared station on it: each serves the others' subscribers."""
    found: dict[str, set[int]] = {}
    for station in stations.values():
        if station.shared and station.structure:
            found.setdefault(station.structure, set()).add(station.owner_id)
    return {structure: tuple(sorted(owners)) for structure, owners in found.items()}


def _structure_ids(connection: Connection, catalogue: Catalogue, stations: Mapping[str, _Station]) -> dict[str, int]:
    """Return the register's number of every structure that a station names."""
    query = select(_row.code, _row.id).where(_row.kind == catalogue.kinds["structure"].code)
    wanted = {one.structure for one in stations.values()}
    return {row.code: row.id for row in connection.execute(query) if row.code in wanted}


def _filled_in(
    row: Mapping[Any, Any],
    station: _Station | None,
    structures: Mapping[str, int],
    sharing: Mapping[str, tuple[int, ...]],
    assumptions: Assumptions,
    antennas: Mapping[str, Antenna],
) -> tuple[CellRow, list[str]]:
    said: Mapping[str, Any] = row["attributes"]
    form = "macro" if station is None else station.form
    defaults = assumptions.cell_defaults[form]
    values: dict[str, Any] = {key: said.get(key) for key in _filled}
    missing = [key for key in _filled if values[key] is None or (key == "antenna" and values[key] not in antennas)]
    values |= {key: defaults[key] for key in missing}
    partners = sharing.get(station.structure, ()) if station is not None and station.shared else ()
    frequency = said.get("frequency")
    errors = ["没有中心频率，允许 400 至 71000 MHz"] if frequency is None else []
    if row["longitude"] is None or row["latitude"] is None:
        errors.append("没有坐标")
    cell = CellRow(
        resource_id=row["id"],
        code=row["code"],
        name=row["name"],
        station_code=said.get("station") or "",
        operator_id=row["owner_id"],
        longitude=np.nan if row["longitude"] is None else row["longitude"],
        latitude=np.nan if row["latitude"] is None else row["latitude"],
        frequency=3500.0 if frequency is None else float(frequency),
        bandwidth=float(values["bandwidth"]),
        height=float(values["height"]),
        watts=10.0 ** (float(values["power"]) / 10.0 - 3.0),
        azimuth=float(values["azimuth"]),
        mechanical_tilt=float(values["mechanical_tilt"]),
        electrical_tilt=float(values["electrical_tilt"]),
        antenna=str(values["antenna"]),
        form=form,
        structure_id=structures.get(station.structure, -1) if station is not None else -1,
        shared_with=tuple(one for one in partners if one != row["owner_id"]),
        defaults=tuple(missing),
    )
    return cell, errors


def _out_of_range(cell: CellRow, model: str) -> list[str]:
    ranges = _ranges | {"frequency": ("频率", _lowest[model], 71_000.0, "MHz")}
    found = [
        f"{name} {getattr(cell, key):g} {unit}超出 {low:g} 至 {high:g} {unit}"
        for key, (name, low, high, unit) in ranges.items()
        if not low <= getattr(cell, key) <= high
    ]
    if not _watts[0] <= cell.watts <= _watts[1]:
        found.append(f"发射功率 {cell.watts:g} W 超出 {_watts[0]:g} 至 {_watts[1]:g} W")
    return found


def _layers(connection: Connection, network: Network, assumptions: Assumptions) -> list[LayerFacts]:
    names = {row.id: row.name for row in connection.execute(select(tables.unit.c.id, tables.unit.c.name))}
    keys = sorted({(one.operator_id, one.frequency) for one in [*network.outdoors, *network.indoors]})
    return [
        LayerFacts(number, operator, names.get(operator, str(operator)), f, assumptions.band_of(f))
        for number, (operator, f) in enumerate(keys)
    ]


@dataclass(frozen=True)
class Placed:
    """The cells of a run on the plane, as columns: rows of ``network`` in order of their number; n cells."""

    rows: list[CellRow]
    layer: NDArray[np.int64]
    x: Doubles
    y: Doubles
    subcarriers: Doubles

    def engine_cells(self, antennas: Mapping[str, Antenna], load: float) -> Cells:
        """Return the cells as the radio engine takes them; one antenna for each name that is used."""
        used = sorted({one.antenna for one in self.rows})
        place = {name: number for number, name in enumerate(used)}
        return Cells.of(
            self.x,
            self.y,
            height=self.column("height"),
            f=self.column("frequency") / 1000.0,
            watts=self.column("watts"),
            antennas=[antennas[name] for name in used],
            antenna=np.array([place[one.antenna] for one in self.rows], dtype=np.int64),
            subcarriers=self.subcarriers,
            azimuth=self.column("azimuth"),
            mechanical_tilt=self.column("mechanical_tilt"),
            electrical_tilt=self.column("electrical_tilt"),
            load=np.full(len(self.rows), load),
            layer=self.layer,
            names=[f"{one.code} {one.name}" for one in self.rows],
        )

    def column(self, key: str) -> Doubles:
        """Return one value of every cell."""
        return np.array([getattr(one, key) for one in self.rows], dtype=np.float64)

    def take(self, which: NDArray[np.int64]) -> Placed:
        """Return some of the cells."""
        rows = [self.rows[place] for place in which.tolist()]
        return Placed(rows, self.layer[which], self.x[which], self.y[which], self.subcarriers[which])


def place_cells(network: Network, rows: list[CellRow], plane: Plane) -> Placed:
    """Bring cells onto the plane and give each its layer and the subcarriers of its bandwidth."""
    assumptions = load_assumptions()
    numbers = {(one.operator_id, one.frequency): one.number for one in network.layers}
    x, y = plane.to_plane([one.longitude for one in rows], [one.latitude for one in rows])
    layer = np.array([numbers[one.operator_id, one.frequency] for one in rows], dtype=np.int64)
    subcarriers = [assumptions.subcarriers(assumptions.band_of(one.frequency).spacing, one.bandwidth) for one in rows]
    return Placed(rows, layer, x, y, np.array(subcarriers, dtype=np.float64))
