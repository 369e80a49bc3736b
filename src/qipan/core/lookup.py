"""Resources found by many codes at once, by one parameter however many there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, String, any_, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.access import Principal, narrow, system

_AT_ONCE = 10_000
_resource = tables.resource.c


def known_resources(
    connection: Connection, codes: Iterable[str], principal: Principal = system
) -> dict[str, tuple[int, str]]:
    """Return id and kind's code of the resources that have these codes and that ``principal`` may see."""
    query = narrow(select(_resource.code, _resource.id, _resource.kind), tables.resource, principal)
    return {
        code: (resource_id, kind)
        for part in _parts(codes)
        for code, resource_id, kind in connection.execute(query.where(_has_code(connection, part)))
    }


def stored_rows(connection: Connection, codes: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of the register that have these codes, in no order."""
    query = select(tables.resource)
    return [row for part in _parts(codes) for row in connection.execute(query.where(_has_code(connection, part)))]


def _has_code(connection: Connection, codes: list[str]) -> ColumnElement[bool]:
    """Match many codes by one parameter; a list of thousands takes longer to compile than to look up."""
    if connection.dialect.name == "postgresql":
        return _resource.code == any_(literal(codes, ARRAY(String)))
    listed = func.json_each(json.dumps(codes)).table_valued("value")
    return _resource.code.in_(select(listed.c.value))


def _parts(codes: Iterable[str]) -> Iterator[list[str]]:
    listed = list(codes)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
