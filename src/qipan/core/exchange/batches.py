"""The register's resources as streams of tables, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.areas import load_areas
from qipan.core.catalogue import Attribute, Catalogue, Kind
from qipan.core.exchange.columns import exchange_columns
from qipan.core.exchange.rows import DAYS
from qipan.core.resources import Filter, filtered
from qipan.core.units import load_units
from qipan.engines.geodesy import Datum, from_wgs84

_AT_ONCE = 20_000
_YES_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some resources of one kind: their fields as columns and, for kinds that have one, their geometries."""

    columns: pa.Table
    geometry: NDArray[np.object_]
    """(n,) shapely geometries in the stream's datum, None where a resource has none."""


@dataclass(slots=True)
class ResourceStream:
    """The visible resources of one kind, read in batches in the order of the map; never all at once."""

    connection: Connection
    catalogue: Catalogue
    kind: Kind
    principal: Principal
    where: Filter
    language: str = "zh"
    datum: Datum = field(default_factory=lambda: Datum("wgs84"))
    typed: bool = False
    """Whether yes and no are booleans rather than words."""
    position: bool = True
    """Whether coordinates, and for lines and polygons well-known text, stand in columns of their own."""
    _areas: dict[int, str] = field(init=False)
    _owners: dict[int, str] = field(init=False)

    def __post_init__(self) -> None:
        """Look up how areas and units are written."""
        index = load_areas(self.connection)
        self._areas = {one.id: one.name if index.find(one.name) is one else one.code for one in index.areas}
        self._owners = {one.id: one.name for one in load_units(self.connection).units}

    @property
    def fields(self) -> tuple[Attribute, ...]:
        """The fields that become columns, in order."""
        place = {one.key: one for one in exchange_columns("place")}
        without = set() if self.position else {"longitude", "latitude"}
        columns = [one for one in self.catalogue.columns(self.kind) if one.key not in without]
        if self.datum.projected:
            swap = {"longitude": place["easting"], "latitude": place["northing"]}
            columns = [swap.get(one.key, one) for one in columns]
        if self.position and self.kind.geometry in ("line", "polygon"):
            columns.append(place["geometry"])
        return tuple(columns)

    @property
    def schema(self) -> pa.Schema:
        """Names, in the stream's language, and types of the columns."""
        return pa.schema([pa.field(one.name.in_language(self.language), self._type(one)) for one in self.fields])

    def batches(self) -> Iterator[Batch]:
        """Yield the resources."""
        query = select(tables.resource).order_by(tables.resource.c.morton)
        query = filtered(query, self.catalogue, self.principal, replace(self.where, kind=self.kind))
        options = {"stream_results": True, "yield_per": _AT_ONCE}
        with self.connection.execute(query, execution_options=options) as result:
            for rows in result.partitions():
                yield self._batch(rows)

    def _type(self, one: Attribute) -> pa.DataType:
        known = {"integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
        return pa.bool_() if one.type == "boolean" and self.typed else known.get(one.type, pa.string())

    def _batch(self, rows: Sequence[Row[Any]]) -> Batch:
        x, y = self._coordinates(rows)
        shapes = self._shapes(rows, x, y)
        values = {"longitude": _nullable(x), "latitude": _nullable(y), "geometry": _texts(shapes)}
        values |= {"easting": values["longitude"], "northing": values["latitude"]}
        arrays = [
            values[one.key] if one.key in values else pa.array(self._column(one, rows), self._type(one))
            for one in self.fields
        ]
        return Batch(pa.Table.from_arrays(arrays, schema=self.schema), shapes)

    def _coordinates(self, rows: Sequence[Row[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        place = np.array([(row.longitude, row.latitude) for row in rows], dtype=np.float64).reshape(-1, 2)
        return from_wgs84(place[:, 0], place[:, 1], self.datum)

    def _shapes(self, rows: Sequence[Row[Any]], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.object_]:
        if self.kind.geometry in ("line", "polygon"):
            shapes = shapely.from_wkb(np.array([row.geometry for row in rows], dtype=object))
            if self.datum.name in ("wgs84", "cgcs2000"):
                return np.asarray(shapes)
            return np.asarray(shapely.transform(shapes, self._convert))
        shapes = np.full(len(rows), None, dtype=object)
        known = np.isfinite(x)
        shapes[known] = shapely.points(x[known], y[known])
        return shapes

    def _convert(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], self.datum))

    def _column(self, one: Attribute, rows: Sequence[Row[Any]]) -> list[Any]:
        if one.key == "owner":
            return [self._owners.get(row.owner_id) for row in rows]
        if one.key == "area":
            return [self._areas.get(row.area_id) for row in rows]
        if one.key == "state":
            names = [choice.name.in_language(self.language) for choice in one.choices]
            return [names[row.state - 1] for row in rows]
        if one.key in ("code", "name", *DAYS):
            return [getattr(row, one.key) for row in rows]
        return self._written(one, [row.attributes.get(one.key) for row in rows])

    def _written(self, one: Attribute, values: list[Any]) -> list[Any]:
        """Return an attribute's stored values as they are written in a file."""
        if one.type == "choice":
            names = {choice.key: choice.name.in_language(self.language) for choice in one.choices}
            return [names.get(value, value) for value in values]
        if one.type == "boolean" and not self.typed:
            words = _YES_NO[self.language]
            return [None if value is None else words[bool(value)] for value in values]
        if one.type == "date":
            return [None if value is None else date.fromisoformat(value) for value in values]
        return values


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _texts(shapes: NDArray[np.object_]) -> pa.Array:
    return pa.array(shapely.to_wkt(shapes, rounding_precision=9).tolist(), pa.string())
