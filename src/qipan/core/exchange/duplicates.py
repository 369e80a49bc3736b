"""Rows without a code that stand twice: in the file, or in the file and already in the register.

Within a file a row is a copy when every cell of it is: real lists have several things of one name in one place. The
register knows a thing again by owner, name and position (to the Morton key's two centimetres), so that a file imported
twice does not double a city. What has a code is known by its code and not looked at here.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import ARRAY, BigInteger, Connection, any_, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.catalogue import Kind
from qipan.core.exchange.comparing import morton_keys
from qipan.core.exchange.identity import has_kind
from qipan.core.exchange.parsing import Problems
from qipan.core.exchange.rows import Rows
from qipan.core.exchange.table import Table

_AT_ONCE = 10_000
_resource = tables.resource.c


def check_duplicates(
    connection: Connection,
    table: Table,
    rows: Rows,
    without_code: NDArray[np.bool_],
    kind: Kind,
    problems: Problems,
) -> None:
    """Note rows without a code (mask of shape n) that repeat an earlier row or a resource of the register."""
    places = np.flatnonzero(without_code & np.isfinite(rows.longitude) & (rows.owner_id > 0))
    keys = morton_keys(rows, places).to_numpy(zero_copy_only=False)
    _check_file(table, rows, places, keys, problems)
    if places.size and has_kind(connection, kind):
        _check_register(connection, rows, places, keys, kind, problems)


def _check_file(
    table: Table, rows: Rows, places: NDArray[np.int64], keys: NDArray[np.int64], problems: Problems
) -> None:
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    candidates = np.sort(places[np.unique(np.concatenate((order[same], order[same + 1])))])
    chosen = pa.array(candidates)
    cells = list(zip(*(column.take(chosen).to_pylist() for column in table.columns.values()), strict=True))
    first: dict[tuple[object, ...], int] = {}
    bad, reasons = [], []
    for place, row in zip(candidates.tolist(), cells, strict=True):
        copied = first.setdefault((rows.longitude[place], rows.latitude[place], *row), place)
        if copied != place:
            bad.append(place)
            reasons.append(f"与第 {problems.rows[copied]} 行完全相同：请删去重复的一行")
    problems.add(np.array(bad, dtype=np.int64), "名称", rows.name, reasons)


def _check_register(
    connection: Connection,
    rows: Rows,
    places: NDArray[np.int64],
    keys: NDArray[np.int64],
    kind: Kind,
    problems: Problems,
) -> None:
    known = _standing_at(connection, keys, kind)
    if not known:
        return
    bad, reasons = [], []
    candidates = np.flatnonzero(
        pc.is_in(pa.array(keys), value_set=pa.array([key for key, *_ in known])).to_numpy(False)
    )
    for key, place in zip(keys[candidates].tolist(), places[candidates].tolist(), strict=True):
        code = known.get((key, int(rows.owner_id[place]), rows.name[place].as_py()))
        if code is not None:
            bad.append(place)
            reasons.append(f"登记库中已有同名、同权属、同位置的资源 {code}：如要修改它，请填写资源编码")
    problems.add(np.array(bad, dtype=np.int64), "名称", rows.name, reasons)


def _standing_at(connection: Connection, keys: NDArray[np.int64], kind: Kind) -> dict[tuple[int, int, str], str]:
    """Return the codes of a kind's resources at these keys, by key, owner and name."""
    query = select(_resource.morton, _resource.owner_id, _resource.name, _resource.code)
    query = query.where(_resource.kind == kind.code)
    ordered = np.unique(keys).tolist()
    return {
        (row.morton, row.owner_id, row.name): row.code
        for start in range(0, len(ordered), _AT_ONCE)
        for row in connection.execute(query.where(_at(connection, ordered[start : start + _AT_ONCE])))
    }


def _at(connection: Connection, keys: list[int]) -> ColumnElement[bool]:
    if connection.dialect.name == "postgresql":
        return _resource.morton == any_(literal(keys, ARRAY(BigInteger)))
    listed = func.json_each(json.dumps(keys)).table_valued("value")
    return _resource.morton.in_(select(listed.c.value))
