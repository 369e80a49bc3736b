"""Applying a checked table: one transaction, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from qipan.core import tables
from qipan.core.access import Principal
from qipan.core.bulk import insert_rows, insert_search_entries, roomy
from qipan.core.catalogue import Catalogue, Kind, load_catalogue
from qipan.core.codes import make_code, make_codes
from qipan.core.database import Database
from qipan.core.errors import Conflict, ImportRejected
from qipan.core.exchange.checking import Preview, check, newest_change_set
from qipan.core.exchange.comparing import morton_keys
from qipan.core.exchange.rows import DAYS, Rows, Update, plain
from qipan.core.exchange.writing import attributes_as_json
from qipan.core.grams import grams_of_many
from qipan.core.history import open_change_set
from qipan.core.jobs import Progress
from qipan.core.links import Renewal, begin_links, references_of, renew_links

_resource = tables.resource.c
_NAMES_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import wrote."""

    created: int
    updated: int
    unchanged: int
    change_set_id: int | None
    """The change set it stands under; None where nothing had to be written."""


def apply(
    database: Database,
    preview: Preview,
    principal: Principal,
    *,
    message: str = "",
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Write what a preview shows, in one transaction, and return how much it was.

    Other writers wait. Where the register has changed since the preview, the table is checked again first: raises
    Conflict where someone changed a resource that this would overwrite, ImportRejected where rows no longer hold or the
    preview had problems, DatabaseError where the disk is full or the server gone. Whatever is raised, and whenever the
    process dies, the register is as it was before.
    """
    catalogue, progress = catalogue or load_catalogue(), progress or Progress()
    if not preview.can_apply:
        sentence = f"{preview.table.name} 有 {preview.problem_count} 处问题，没有导入任何数据：请改正后重新导入"
        raise ImportRejected(sentence, preview.problems, preview.problem_count)
    if not preview.creates and not preview.updates:
        return ImportResult(0, 0, preview.unchanged, None)
    with database.begin() as connection, roomy(connection):
        _hold_writers(connection)
        preview = _renewed(connection, preview, principal, catalogue)
        if not preview.creates and not preview.updates:
            return ImportResult(0, 0, preview.unchanged, None)
        kind = catalogue.kinds[preview.kind]
        told = message or f"导入{kind.name.zh}（{preview.table.name}）"
        count = preview.creates + preview.updates
        change_set = open_change_set(connection, principal, "import", told, rows=count)
        _create(connection, preview.rows, kind, change_set, progress.part(0.0, 0.9))
        _update(connection, preview.rows.updates, kind, change_set)
        progress.report(1.0, "写入完成")
    return ImportResult(preview.creates, preview.updates, preview.unchanged, change_set)


def _hold_writers(connection: Connection) -> None:
    """Keep others from writing until the end; SQLite does so from the beginning of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE resource, change_set IN SHARE ROW EXCLUSIVE MODE"))


def _renewed(connection: Connection, preview: Preview, principal: Principal, catalogue: Catalogue) -> Preview:
    """Return the preview as it stands now, checked again where anything was written since."""
    if newest_change_set(connection) == preview.stamp:
        return preview
    again = check(connection, preview.table, principal, catalogue=catalogue)
    if not again.can_apply:
        sentence = f"预览之后登记库有了变化，{preview.table.name} 现有 {again.problem_count} 处问题，没有导入任何数据"
        raise ImportRejected(sentence, again.problems, again.problem_count)
    shown = {(one.resource_id, one.version) for one in preview.rows.updates}
    others = [one.place for one in again.rows.updates if (one.resource_id, one.version) not in shown]
    if others:
        codes = "、".join(again.rows.code.take(pa.array(others[:5])).to_pylist())
        sentence = f"预览之后有 {len(others)} 个资源被他人修改（{codes}）：没有导入任何数据，请重新预览"
        raise Conflict(sentence)
    return again


def _create(connection: Connection, rows: Rows, kind: Kind, change_set: int, progress: Progress) -> None:
    places = np.flatnonzero(rows.existing == 0)
    if not places.size:
        return
    # In the order of the map, codes too, so that every index grows from end to end instead of at random.
    keys = morton_keys(rows, places)
    order = np.argsort(pc.fill_null(keys, -1).to_numpy(zero_copy_only=False), kind="stable")
    places, keys = places[order], keys.take(pa.array(order))
    codes = _codes(connection, rows, places, kind)
    ids = _reserve_ids(connection, places.size)
    progress.report(0.05, "写入资源")
    data = _table(rows, places, codes, keys, ids, kind)
    same: dict[str, int | str] = {"kind": kind.code, "version": 1, "created_in": change_set, "changed_in": change_set}
    insert_rows(connection, tables.resource, data, same, progress.part(0.05, 0.6))
    chosen = pa.array(places)
    named = {one.key: rows.attributes[one.key].take(chosen) for one in references_of(kind)}
    begin_links(connection, kind, ids, named)
    if kind.searchable:
        progress.report(0.65, "建立名称索引")
        _index_names(connection, data["name"], ids, progress.part(0.65, 1.0))


def _codes(connection: Connection, rows: Rows, places: NDArray[np.int64], kind: Kind) -> pa.Array:
    """Return the codes of new resources: the file's own, and running numbers by area for the others."""
    codes = rows.code.take(pa.array(places))
    open_places = np.flatnonzero(codes.is_null().to_numpy(zero_copy_only=False))
    if not open_places.size:
        return codes
    given = np.array(codes.to_pylist(), dtype=object)
    areas = {row.id: row.code for row in connection.execute(select(tables.area.c.id, tables.area.c.code))}
    wanted = rows.area_id[places[open_places]]
    for area in np.unique(wanted).tolist():
        mine = open_places[wanted == area]
        first = _last_serial(connection, codes, areas[area], kind) + 1
        given[mine] = make_codes(areas[area], kind.code, np.arange(first, first + mine.size, dtype=np.int64))
    return pa.array(given.tolist(), pa.string())


def _last_serial(connection: Connection, codes: pa.Array, area: str, kind: Kind) -> int:
    """Return the highest running number of an area and kind, in the register and among the file's own codes."""
    prefix = make_code(area, kind.code, 0)[:10]
    newest = select(func.max(_resource.code)).where(_resource.code >= prefix, _resource.code < prefix + "Z")
    known = [connection.execute(newest).scalar_one()]
    known.append(pc.max(codes.filter(pc.fill_null(pc.starts_with(codes, prefix), False))).as_py())
    return max(int(code[10:18]) if code else 0 for code in known)


def _reserve_ids(connection: Connection, count: int) -> NDArray[np.int64]:
    if connection.dialect.name == "postgresql":
        sequence = "pg_get_serial_sequence('resource', 'id')"
        first = int(connection.execute(text(f"SELECT nextval({sequence})")).scalar_one())
        connection.execute(text(f"SELECT setval({sequence}, {first + count - 1})"))
    else:
        # A number that history knows is not given again, though its resource may be deleted.
        record = tables.change.c
        remembered = select(func.max(record.record_id)).where(record.record == "resource").scalar_subquery()
        newest = select(func.max(_resource.id)).scalar_subquery()
        first = max(one or 0 for one in connection.execute(select(remembered, newest)).one()) + 1
    return np.arange(first, first + count, dtype=np.int64)


def _table(
    rows: Rows,
    places: NDArray[np.int64],
    codes: pa.Array,
    keys: pa.Array,
    ids: NDArray[np.int64],
    kind: Kind,
) -> pa.Table:
    """Return new resources as the columns of the register's table that differ between them."""
    chosen = pa.array(places)
    count = places.size
    away = np.isnan(rows.longitude[places])
    attributes = {key: array.take(chosen) for key, array in rows.attributes.items()}
    columns = {
        "id": pa.array(ids),
        "code": codes,
        "name": rows.name.take(chosen),
        "owner_id": pa.array(rows.owner_id[places]),
        "area_id": pa.array(rows.area_id[places]),
        "state": pa.array(rows.state[places]),
        **{key: rows.days[key].take(chosen) for key in DAYS},
        "longitude": pa.array(rows.longitude[places], mask=away),
        "latitude": pa.array(rows.latitude[places], mask=away),
        "morton": keys,
        "geometry": _geometries(rows, places),
        "attributes": attributes_as_json(attributes, kind.attributes, count),
    }
    return pa.table(columns)


def _geometries(rows: Rows, places: NDArray[np.int64]) -> pa.Array:
    if rows.geometry is None:
        return pa.nulls(places.size, pa.binary())
    return pa.array(shapely.to_wkb(rows.geometry[places]), pa.binary())


def _index_names(connection: Connection, names: pa.ChunkedArray, ids: NDArray[np.int64], progress: Progress) -> None:
    for start in range(0, len(ids), _NAMES_AT_ONCE):
        part = names.slice(start, _NAMES_AT_ONCE).to_pylist()
        share = progress.part(start / len(ids), min(1.0, (start + _NAMES_AT_ONCE) / len(ids)))
        insert_search_entries(connection, *grams_of_many(part, ids[start : start + _NAMES_AT_ONCE]), share)


def _update(connection: Connection, updates: Sequence[Update], kind: Kind, change_set: int) -> None:
    if not updates:
        return
    groups: dict[tuple[str, ...], list[Update]] = {}
    for one in updates:
        groups.setdefault(tuple(sorted(one.after)), []).append(one)
    for keys, group in groups.items():
        statement = update(tables.resource).where(_resource.id == bindparam("which"))
        values: dict[str, Any] = {key: bindparam(f"new_{key}", type_=_resource[key].type) for key in keys}
        values |= {"version": _resource.version + 1, "changed_in": change_set}
        rows = [{"which": one.resource_id, **{f"new_{key}": one.after[key] for key in keys}} for one in group]
        connection.execute(statement.values(**values), rows)
    connection.execute(insert(tables.change), [_history(one, change_set) for one in updates])
    _rename(connection, [one for one in updates if "name" in one.after], kind)
    _renew_links(connection, [one for one in updates if "attributes" in one.after], kind, change_set)


def _history(one: Update, change_set: int) -> Mapping[str, Any]:
    before, after = plain(one.before, one.after), plain(one.after, one.before)
    row = {"change_set_id": change_set, "record": "resource", "record_id": one.resource_id}
    return row | {"before": before, "after": after}


def _rename(connection: Connection, updates: Sequence[Update], kind: Kind) -> None:
    if not updates or not kind.searchable:
        return
    entry = tables.search_entry.c
    gone = delete(tables.search_entry).where(entry.resource_id == bindparam("which"))
    connection.execute(gone, [{"which": one.resource_id} for one in updates])
    ordered = sorted(updates, key=lambda one: one.resource_id)
    ids = np.array([one.resource_id for one in ordered], dtype=np.int64)
    _index_names(connection, pa.chunked_array([[one.after["name"] for one in ordered]]), ids, Progress())


def _renew_links(connection: Connection, updates: Sequence[Update], kind: Kind, change_set: int) -> None:
    for attribute in references_of(kind):
        codes = [(one, *(side["attributes"].get(attribute.key) for side in (one.before, one.after))) for one in updates]
        renewals = [Renewal(one.resource_id, old, new) for one, old, new in codes if old != new]
        renew_links(connection, change_set, attribute, renewals, date.today())
