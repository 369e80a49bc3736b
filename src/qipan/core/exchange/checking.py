"""Checking a table against the catalogue and the register: what it would create and change, and all that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.areas import AreaIndex, load_areas
from qipan.core.catalogue import Attribute, Catalogue, Kind, load_catalogue
from qipan.core.collecting import collection_paused
from qipan.core.errors import FieldProblem
from qipan.core.exchange.columns import columns_of_kind
from qipan.core.exchange.comparing import find_updates
from qipan.core.exchange.duplicates import check_duplicates
from qipan.core.exchange.identity import check_codes, has_kind
from qipan.core.exchange.matching import ColumnMatch, heading_of, match_columns
from qipan.core.exchange.parsing import Problems, constant_column, parse_column, text_column
from qipan.core.exchange.placing import Places, locate_rows, place_rows
from qipan.core.exchange.rows import DAYS, Rows
from qipan.core.exchange.table import Table
from qipan.core.jobs import Progress
from qipan.core.links import reference_reason, references_of, sound_references
from qipan.core.lookup import known_resources, stored_rows
from qipan.core.units import load_units

_Columns = dict[str, pa.Array]
_PLACE = ("longitude", "latitude", "easting", "northing")


@dataclass(slots=True)
class Preview:
    """What applying a table would do, shown before anything is written."""

    kind: str
    columns: tuple[ColumnMatch, ...]
    creates: int
    updates: int
    unchanged: int
    problems: tuple[FieldProblem, ...]
    """At most 100,000 of them, in the order of the file's rows."""
    problem_count: int
    stamp: int
    """Newest change set of the register at the time of the check."""
    table: Table
    rows: Rows

    @property
    def can_apply(self) -> bool:
        """Tell whether nothing is wrong, so that the table may be applied."""
        return self.problem_count == 0


def check(
    connection: Connection,
    table: Table,
    principal: Principal,
    *,
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Check a table of resources read by ``read_table``; writes nothing.

    Every column must be a field of the kind or be ignored explicitly, every value must be allowed, every unit and area
    known, every row the principal's to write. A row whose code is in the register changes that resource, as far as the
    file has columns; any other row is a new one. Raises AccessDenied where the principal may not write at all.
    """
    principal.require_write(next(iter(principal.area_ids), None), next(iter(principal.owner_ids), None))
    catalogue = catalogue or load_catalogue()
    kind = catalogue.kinds[str(table.kind)]
    stamp = newest_change_set(connection)
    problems = Problems(table.rows)
    problems.add_all(list(table.problems))
    return _Check(connection, table, principal, catalogue, kind, problems, progress or Progress()).run(stamp)


def newest_change_set(connection: Connection) -> int:
    """Return the number of the newest change set, 0 in an empty register."""
    return int(connection.execute(select(func.max(tables.change_set.c.id))).scalar_one() or 0)


@dataclass(slots=True)
class _Check:
    connection: Connection
    table: Table
    principal: Principal
    catalogue: Catalogue
    kind: Kind
    problems: Problems
    progress: Progress
    matches: Sequence[ColumnMatch] = ()

    def run(self, stamp: int) -> Preview:
        fields = columns_of_kind(self.catalogue, self.kind)
        self.matches, wrong = match_columns(self.table, fields)
        self.problems.add_all(wrong)
        self.progress.report(0.05, "核对列")
        columns = self._parse(fields)
        self.progress.report(0.5, "核对取值")
        rows = self._rows(columns)
        self.progress.report(0.7, "核对引用")
        if rows.existing.any():
            with collection_paused():
                stored = stored_rows(self.connection, rows.code.filter(pa.array(rows.existing > 0)).to_pylist())
                rows.updates = find_updates(rows, stored, self.kind)
            self._check_access_to_stored(rows)
        self._check_references(rows)
        self._check_creates(rows, columns)
        without_code = np.ones(len(self.table), dtype=bool)
        if "code" in columns:
            without_code = columns["code"].is_null().to_numpy(zero_copy_only=False)
        check_duplicates(self.connection, self.table, rows, without_code, self.kind, self.problems)
        self._check_access(rows)
        self.progress.report(1.0, "核对完成")
        return self._preview(rows, stamp)

    def _parse(self, fields: Sequence[Attribute]) -> _Columns:
        parsed: _Columns = {}
        for field in fields:
            values = self._values(field.key)
            if values is not None:
                column = parse_column(values, self._limits(field), heading_of(self.matches, field), self.problems)
                if field.key in _PLACE:
                    lost = pc.and_(values.is_valid(), column.is_null())
                    self.problems.misplaced |= lost.to_numpy(zero_copy_only=False)
                parsed[field.key] = pc.utf8_upper(column) if field.type == "resource" else column
                self.progress.check()
        self._check_coordinate_columns(parsed)
        return parsed

    def _values(self, key: str) -> pa.Array | None:
        column = next((one.column for one in self.matches if one.field == key), None)
        constant = self.table.constants.get(key)
        if column is None:
            return (
                None if constant is None else pa.array([constant]).take(pa.array(np.zeros(len(self.table), np.int64)))
            )
        values = self.table.columns[column]
        return values if constant is None else pc.fill_null(text_column(values), constant)

    def _limits(self, field: Attribute) -> Attribute:
        """Codes and areas left empty are found; well-known text may be as long as it is."""
        return replace(field, required=False, type="resource") if field.key in ("code", "geometry") else field

    def _check_coordinate_columns(self, columns: _Columns) -> None:
        metres = "easting" in columns or "northing" in columns
        if metres and not self.table.datum.projected:
            reason = "东坐标、北坐标只用于投影坐标系：请选择坐标系，如 gauss_kruger:4547"
            self.problems.add_all([FieldProblem(1, "东坐标/北坐标", "", reason)])
        degrees = "longitude" in columns or "latitude" in columns
        if degrees and not metres and self.table.datum.projected and self.table.geometry is None:
            reason = "所选的是投影坐标系，文件应有东坐标与北坐标两列（米）"
            self.problems.add_all([FieldProblem(1, "经度/纬度", "", reason)])

    def _rows(self, columns: _Columns) -> Rows:
        count = len(self.table)
        places = place_rows(self.table, columns, self.kind, self.problems)
        codes = self._codes(columns)
        existing = self._existing(codes)
        filled = {
            one.key: columns[one.key] if one.key in columns else constant_column(one, count)
            for one in self.catalogue.columns(self.kind)
            if one.key not in ("code", "owner", "area", "longitude", "latitude")
        }
        return Rows(
            code=codes,
            name=filled["name"],
            owner_id=self._owners(columns),
            area_id=self._areas(columns, places, existing),
            state=self._states(filled["state"]),
            days={key: filled[key] for key in DAYS},
            longitude=places.longitude,
            latitude=places.latitude,
            geometry=places.geometry,
            attributes={one.key: filled[one.key] for one in self.kind.attributes},
            given=self._given(columns, places),
            existing=existing,
        )

    def _given(self, columns: _Columns, places: Places) -> frozenset[str]:
        position = {"longitude", "latitude"}
        given = set(columns) - position - {"easting", "northing", "geometry"}
        stated = self.kind.geometry == "point" or "longitude" in columns or "easting" in columns
        return frozenset(given | (position if places.given and stated else set()))

    def _codes(self, columns: _Columns) -> pa.Array:
        if "code" not in columns:
            return pa.nulls(len(self.table), pa.string())
        heading = heading_of(self.matches, self.catalogue.fields["code"])
        return check_codes(columns["code"], self.kind, heading, self.problems)

    def _existing(self, codes: pa.Array) -> NDArray[np.int64]:
        given = codes.drop_null().to_pylist() if has_kind(self.connection, self.kind) else []
        known = known_resources(self.connection, given)
        if not known:
            return np.zeros(len(codes), dtype=np.int64)
        return np.array([known[code][0] if code in known else 0 for code in codes.to_pylist()], dtype=np.int64)

    def _states(self, keys: pa.Array) -> NDArray[np.int64]:
        order = pa.array([state.key for state in self.catalogue.states])
        places = pc.fill_null(pc.index_in(keys, value_set=order), 0)
        return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64) + 1

    def _owners(self, columns: _Columns) -> NDArray[np.int64]:
        units = load_units(self.connection)

        def find(text: str) -> int | None:
            unit = units.find(text)
            return None if unit is None else unit.id

        return self._resolved(columns, "owner", find, units.reason)

    def _areas(self, columns: _Columns, places: Places, existing: NDArray[np.int64]) -> NDArray[np.int64]:
        areas = load_areas(self.connection, shapes=True)

        def find(text: str) -> int | None:
            area = areas.find(text)
            return None if area is None else area.id

        found = self._resolved(columns, "area", find, areas.reason)
        return self._located(found, areas, columns, places, existing)

    def _located(
        self,
        found: NDArray[np.int64],
        areas: AreaIndex,
        columns: _Columns,
        places: Places,
        existing: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        written = np.zeros(found.size, dtype=bool)
        if "area" in columns:
            written = columns["area"].is_valid().to_numpy(zero_copy_only=False)
        wanted = np.flatnonzero(~written & ((existing == 0) | ("area" in columns)))
        found[wanted] = locate_rows(areas, places.longitude[wanted], places.latitude[wanted])
        nowhere = np.isnan(places.longitude) & (self.kind.geometry == "point")
        lost = wanted[(found[wanted] == 0) & ~self.problems.misplaced[wanted] & ~nowhere[wanted]]
        if lost.size:
            reason = "没有填写所属区域，其坐标也不在任何已导入的区域内：请填写区域名称或代码，或核对坐标"
            self.problems.add(lost, heading_of(self.matches, self.catalogue.fields["area"]), None, reason)
        return found

    def _resolved(
        self, columns: _Columns, key: str, find: Callable[[str], int | None], why: Callable[[str], str]
    ) -> NDArray[np.int64]:
        """Return ids of shape (n,) for the names in a column, 0 for none; a name that nobody has is a problem."""
        if key not in columns:
            return np.zeros(len(self.table), dtype=np.int64)
        encoded = columns[key].dictionary_encode()
        names = encoded.dictionary.to_pylist()
        found = [find(name) for name in names]
        ids = pa.array([one or 0 for one in found], pa.int64()).take(encoded.indices)
        unknown = [place for place, one in enumerate(found) if one is None]
        if unknown:
            indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
            bad = np.flatnonzero(np.isin(indices, unknown))
            reasons = {place: why(names[place]) for place in unknown}
            heading = heading_of(self.matches, self.catalogue.fields[key])
            self.problems.add(bad, heading, columns[key], [reasons[one] for one in indices[bad].tolist()])
        return np.array(pc.fill_null(ids, 0).to_numpy(zero_copy_only=False), dtype=np.int64)

    def _check_references(self, rows: Rows) -> None:
        for attribute in references_of(self.kind):
            if attribute.key in rows.given:
                self._check_reference(attribute, rows)
                self.progress.check()

    def _check_reference(self, attribute: Attribute, rows: Rows) -> None:
        """Check the references of new rows and those that change: what is in the register already may stay."""
        asked = rows.existing == 0
        for one in rows.updates:
            sides = [side.get("attributes", {}).get(attribute.key) for side in (one.before, one.after)]
            asked[one.place] = sides[0] != sides[1]
        codes = pc.if_else(pa.array(asked), rows.attributes[attribute.key], None).dictionary_encode()
        wanted = self.catalogue.kinds[str(attribute.kind)]
        names = codes.dictionary.to_pylist()
        sound = sound_references(self.connection, self.principal, names, wanted)
        if wanted.key == self.kind.key:
            sound |= set(rows.code.drop_null().to_pylist())
        missing = [place for place, code in enumerate(names) if code not in sound]
        if missing:
            bad = np.flatnonzero(np.isin(pc.fill_null(codes.indices, -1).to_numpy(zero_copy_only=False), missing))
            heading = heading_of(self.matches, attribute)
            self.problems.add(bad, heading, rows.attributes[attribute.key], reference_reason(wanted))

    def _check_creates(self, rows: Rows, columns: Mapping[str, pa.Array]) -> None:
        """New resources need every required field; points need a position, whether new or moved."""
        creates = rows.existing == 0
        if creates.any():
            for field in self.catalogue.columns(self.kind):
                if field.required and field.default is None and field.key not in columns:
                    problem = FieldProblem(1, field.name.zh, "", "文件中没有这一列，新增资源必须填写")
                    self.problems.add_all([problem])
        if self.kind.geometry == "point":
            asked = creates | ("longitude" in rows.given)
            lost = np.flatnonzero(asked & np.isnan(rows.longitude) & ~self.problems.misplaced)
            self.problems.add(lost, "经度/纬度", None, f"{self.kind.name.zh}必须有坐标")

    def _check_access(self, rows: Rows) -> None:
        if self.principal.everything:
            return
        mine = np.isin(rows.area_id, sorted(self.principal.area_ids))
        mine |= np.isin(rows.owner_id, sorted(self.principal.owner_ids))
        known = (rows.existing == 0) & (rows.area_id > 0) & (rows.owner_id > 0)
        self._deny(np.flatnonzero(known & ~mine), rows)

    def _check_access_to_stored(self, rows: Rows) -> None:
        if self.principal.everything:
            return
        column = tables.resource.c
        limits = dict[int, tuple[int, int]]()
        ids = rows.existing[rows.existing > 0].tolist()
        for start in range(0, len(ids), 500):
            part = column.id.in_(ids[start : start + 500])
            limits |= {
                row.id: (row.area_id, row.owner_id)
                for row in self.connection.execute(select(column.id, column.area_id, column.owner_id).where(part))
            }
        after = {one.place: one.after for one in rows.updates}
        denied = []
        for place in np.flatnonzero(rows.existing).tolist():
            area, owner = limits[int(rows.existing[place])]
            change = after.get(place, {})
            later = (change.get("area_id", area), change.get("owner_id", owner))
            if not (self.principal.sees(area, owner) and self.principal.sees(*later)):
                denied.append(place)
        self._deny(np.array(denied, dtype=np.int64), rows)

    def _deny(self, places: NDArray[np.int64], rows: Rows) -> None:
        reason = f"“{self.principal.name}”无权写入该区域或单位的资源：请由权属单位或市级用户导入"
        self.problems.add(places, "权属单位/所属区域", rows.name, reason)

    def _preview(self, rows: Rows, stamp: int) -> Preview:
        known = int((rows.existing > 0).sum())
        listed = sorted(self.problems.listed, key=lambda one: one.row or 0)
        return Preview(
            kind=self.kind.key,
            columns=tuple(self.matches),
            creates=len(self.table) - known,
            updates=len(rows.updates),
            unchanged=known - len(rows.updates),
            problems=tuple(listed),
            problem_count=self.problems.count,
            stamp=stamp,
            table=self.table,
            rows=rows,
        )
