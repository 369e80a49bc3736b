"""References between resources and the links that they make: checked, begun, renewed and ended.

A link that begins with its resource has no change of its own, the resource's creation tells of it; one that begins or
ends later does, under the change set of the edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.access import Principal, narrow
from qipan.core.bulk import insert_rows
from qipan.core.catalogue import Attribute, Catalogue, Kind
from qipan.core.errors import FieldProblem, InUse
from qipan.core.lookup import known_resources

_AT_ONCE = 500
_NAMED = 5
_link = tables.link.c
_resource = tables.resource.c


@dataclass(frozen=True, slots=True)
class Renewal:
    """A reference that changed: the id of the resource it stands in, the code it named and the one it names now."""

    source: int
    old: str | None
    new: str | None


def references_of(kind: Kind) -> tuple[Attribute, ...]:
    """Return the attributes of a kind that name other resources."""
    return tuple(one for one in kind.attributes if one.type == "resource")


def sound_references(connection: Connection, principal: Principal, codes: Iterable[str], wanted: Kind) -> set[str]:
    """Return those codes that are resources of kind ``wanted`` that ``principal`` may see."""
    known = known_resources(connection, codes, principal)
    return {code for code, (_, kind) in known.items() if kind == wanted.code}


def reference_reason(wanted: Kind) -> str:
    """Return why a code that names no resource of kind ``wanted`` will not do, and what would."""
    return f"登记库中没有这个{wanted.name.zh}，或无权查看：请先录入{wanted.name.zh}，或核对编码"


def check_references(
    connection: Connection,
    catalogue: Catalogue,
    principal: Principal,
    kind: Kind,
    values: Mapping[str, Any],
    stored: Mapping[str, Any],
) -> list[FieldProblem]:
    """Return a problem for each attribute of one record that refers to nothing; what is ``stored`` already may stay."""
    problems = []
    for attribute in references_of(kind):
        code, wanted = values.get(attribute.key), catalogue.kinds[str(attribute.kind)]
        if code is None or code == stored.get(attribute.key):
            continue
        if not sound_references(connection, principal, [code], wanted):
            problems.append(FieldProblem(None, attribute.name.zh, code[:80], reference_reason(wanted)))
    return problems


def begin_links(connection: Connection, kind: Kind, ids: NDArray[np.int64], attributes: Mapping[str, pa.Array]) -> None:
    """Begin the links of new resources, whose ids have shape (n,), from the codes in their attributes (each n)."""
    for attribute in references_of(kind):
        codes = attributes[attribute.key]
        has = np.flatnonzero(codes.is_valid().to_numpy(zero_copy_only=False))
        if attribute.link is None or not has.size:
            continue
        wanted = codes.take(pa.array(has)).dictionary_encode()
        known = known_resources(connection, wanted.dictionary.to_pylist())
        targets = pa.array([known[code][0] for code in wanted.dictionary.to_pylist()], pa.int64())
        data = pa.table({"from_id": pa.array(ids[has]), "to_id": targets.take(wanted.indices)})
        insert_rows(connection, tables.link, data, {"kind": attribute.link})


def renew_links(
    connection: Connection, change_set: int, attribute: Attribute, renewals: Sequence[Renewal], on: date
) -> None:
    """End the links of references that changed on a day and begin those to what is named now."""
    if attribute.link is None or not renewals:
        return
    codes = {code for one in renewals for code in (one.old, one.new) if code}
    ids = {code: found for code, (found, _) in known_resources(connection, codes).items()}
    ended = [(one.source, ids[one.old]) for one in renewals if one.old in ids]
    begun = [(one.source, ids[one.new]) for one in renewals if one.new in ids]
    _end(connection, change_set, attribute.link, ended, on)
    _begin(connection, change_set, attribute.link, begun, on)


def _end(connection: Connection, change_set: int, kind: str, pairs: Sequence[tuple[int, int]], on: date) -> None:
    """End one open link for each pair of ids; two attributes may have made the same link twice."""
    open_links: dict[tuple[int, int], list[int]] = {}
    query = select(_link.id, _link.from_id, _link.to_id).where(_link.kind == kind, _link.valid_to.is_(None))
    for start in range(0, len(pairs), _AT_ONCE):
        sources = [source for source, _ in pairs[start : start + _AT_ONCE]]
        for link_id, *pair in connection.execute(query.where(_link.from_id.in_(sources)).order_by(_link.id.desc())):
            open_links.setdefault((pair[0], pair[1]), []).append(link_id)
    ended = [open_links[pair].pop() for pair in pairs if open_links.get(pair)]
    if not ended:
        return
    statement = update(tables.link).where(_link.id == bindparam("which")).values(valid_to=on)
    connection.execute(statement, [{"which": one} for one in ended])
    change: dict[str, Any] = {"before": {"valid_to": None}, "after": {"valid_to": on.isoformat()}}
    _tell(connection, change_set, [change | {"record_id": one} for one in ended])


def read_links(connection: Connection, kind: str) -> NDArray[np.int64]:
    """Return the ends of all open links of a kind, from and to, (n, 2)."""
    query = select(_link.from_id, _link.to_id).where(_link.kind == kind, _link.valid_to.is_(None))
    rows = connection.execute(query.order_by(_link.id)).all()
    return np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 2)


def replace_links(
    connection: Connection,
    change_set: int,
    kind: str,
    sources: NDArray[np.int64],
    wanted: NDArray[np.int64],
    on: date,
) -> tuple[int, int]:
    """Make ``wanted``, from and to (n, 2), all open links of a kind from ``sources``; return how many begin and end.

    What is open already stays as it is. The history tells of each source once, with all that it gains and loses.
    """
    query = select(_link.id, _link.from_id, _link.to_id).where(_link.kind == kind, _link.valid_to.is_(None))
    rows = np.array([tuple(row) for row in connection.execute(query)], dtype=np.int64).reshape(-1, 3)
    rows = rows[np.isin(rows[:, 1], sources)]
    wanted = np.unique(wanted, axis=0)
    ended = rows[~_pairs_in(rows[:, 1:], wanted)]
    begun = wanted[~_pairs_in(wanted, rows[:, 1:])]
    if len(ended):
        statement = update(tables.link).where(_link.id == bindparam("which")).values(valid_to=on)
        connection.execute(statement, [{"which": one} for one in ended[:, 0].tolist()])
    if len(begun):
        data = pa.table({"from_id": begun[:, 0], "to_id": begun[:, 1]})
        insert_rows(connection, tables.link, data, {"kind": kind, "valid_from": on.isoformat()})
    gone, new = _by_source(ended[:, 1:]), _by_source(begun)
    told = [
        {"record_id": one, "before": {f"links.{kind}": gone.get(one, [])}, "after": {f"links.{kind}": new.get(one, [])}}
        for one in sorted(gone.keys() | new.keys())
    ]
    if told:
        same = {"change_set_id": change_set, "record": "resource"}
        connection.execute(insert(tables.change), [same | one for one in told])
    return len(begun), len(ended)


def _pairs_in(pairs: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which pairs of ids are among others."""
    most = 1 + max(int(one.max(initial=0)) for one in (pairs, others))
    return np.asarray(np.isin(pairs[:, 0] * most + pairs[:, 1], others[:, 0] * most + others[:, 1]))


def _by_source(pairs: NDArray[np.int64]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for source, target in pairs.tolist():
        found.setdefault(source, []).append(target)
    return found


def _begin(connection: Connection, change_set: int, kind: str, pairs: Sequence[tuple[int, int]], on: date) -> None:
    if not pairs:
        return
    rows = [{"kind": kind, "from_id": source, "to_id": target, "valid_from": on} for source, target in pairs]
    statement = insert(tables.link).returning(_link.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    told = [{"record_id": one, "before": None, "after": _plain(row)} for one, row in zip(ids, rows, strict=True)]
    _tell(connection, change_set, told)


def _tell(connection: Connection, change_set: int, changes: Sequence[Mapping[str, Any]]) -> None:
    same = {"change_set_id": change_set, "record": "link"}
    connection.execute(insert(tables.change), [same | dict(one) for one in changes])


def refuse_if_used(
    connection: Connection, catalogue: Catalogue, principal: Principal, resource_id: int, code: str, kind: Kind
) -> None:
    """Raise InUse where other resources refer to this one; the sentence names those that ``principal`` may see."""
    which = and_(or_(*_referring(catalogue, resource_id, code, kind)), _resource.id != resource_id)
    total = connection.execute(select(func.count()).select_from(tables.resource).where(which)).scalar_one()
    if not total:
        return
    shown = narrow(select(_resource.name, _resource.code).where(which), tables.resource, principal)
    named = [f"{row.name}（{row.code}）" for row in connection.execute(shown.order_by(_resource.code).limit(_NAMED))]
    more = " 等" if total > len(named) else ""
    examples = f"（{'、'.join(named)}{more}）" if named else "（您无权查看）"
    message = f"{kind.name.zh} {code} 仍被 {total} 个资源引用{examples}，没有删除：请先改掉这些引用，或将它改为退役"
    raise InUse(message)


def _referring(catalogue: Catalogue, resource_id: int, code: str, kind: Kind) -> list[ColumnElement[bool]]:
    """Return how a resource may refer to this one: by a link that is open, or by an attribute that makes no link."""
    holding = [one.key for one in catalogue.links.values() if one.holds]
    linked = select(_link.from_id).where(_link.to_id == resource_id, _link.valid_to.is_(None))
    linked = linked.where(_link.kind.in_(holding))
    ways: list[ColumnElement[bool]] = [_resource.id.in_(linked)]
    for other in catalogue.kinds.values():
        for attribute in references_of(other):
            if attribute.kind == kind.key and attribute.link is None:
                named = _resource.attributes[attribute.key].as_string() == code
                ways.append(and_(_resource.kind == other.code, named))
    return ways


def delete_links(connection: Connection, change_set: int, resource_id: int) -> None:
    """Delete the links of a resource that is deleted itself, keeping what they were in the history."""
    ends = or_(_link.from_id == resource_id, _link.to_id == resource_id)
    rows = [dict(row._mapping) for row in connection.execute(select(tables.link).where(ends))]
    if rows:
        connection.execute(delete(tables.link).where(ends))
        _tell(
            connection, change_set, [{"record_id": row.pop("id"), "before": _plain(row), "after": None} for row in rows]
        )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}
