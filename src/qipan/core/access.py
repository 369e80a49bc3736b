"""Who may see and change which rows.

A person's role and area or unit give a ``Principal``; ``narrow`` puts its limits on any query over a table that has
``area_id`` and ``owner_id``. Lists, counts, tiles, exports and search all pass through it. Who is nobody sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, FromClause, Select, and_, false, select
from sqlalchemy.sql.elements import ColumnElement

from qipan.core import tables
from qipan.core.errors import AccessDenied

Role = Literal["city", "district", "operator", "viewer"]
roles: tuple[Role, ...] = ("city", "district", "operator", "viewer")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: what they may see and whether they may write.

    Rows of ``area_ids``, of ``owner_ids``, or, where both are set, of both at once; ``everything`` sets no limit.
    """

    name: str
    role: Role
    account_id: int | None = None
    everything: bool = False
    area_ids: frozenset[int] = frozenset()
    owner_ids: frozenset[int] = frozenset()
    may_write: bool = False

    def sees(self, area_id: int | None, owner_id: int | None) -> bool:
        """Tell whether a row of that area and owner is visible to this person."""
        if self.everything or not (self.area_ids or self.owner_ids):
            return self.everything
        in_areas = not self.area_ids or area_id in self.area_ids
        return in_areas and (not self.owner_ids or owner_id in self.owner_ids)

    def require_write(self, area_id: int | None = None, owner_id: int | None = None) -> None:
        """Raise AccessDenied unless this person may change a row of that area and owner."""
        if not self.may_write:
            message = f"“{self.name}”只有查看权限：如需修改，请联系市级管理员"
            raise AccessDenied(message)
        if not self.sees(area_id, owner_id):
            message = f"“{self.name}”不能修改其他区域或单位的数据：请联系权属单位或市级管理员"
            raise AccessDenied(message)

    def require_city(self) -> None:
        """Raise AccessDenied unless this person works for the whole city and may write."""
        if self.role != "city" or not self.may_write:
            message = f"“{self.name}”没有市级权限：该操作只能由市级用户进行"
            raise AccessDenied(message)


system = Principal("system", "city", everything=True, may_write=True)
"""The program itself, at the command line of the machine that holds the register."""

nobody = Principal("nobody", "viewer")
"""Someone who is not signed in: sees nothing."""


def narrow(query: Select[Any], table: FromClause, principal: Principal) -> Select[Any]:
    """Return ``query`` limited to the rows of ``table`` that ``principal`` may see."""
    return query if principal.everything else query.where(visible(table, principal))


def visible(table: FromClause, principal: Principal) -> ColumnElement[bool]:
    """Return the condition under which a row of ``table`` is visible to ``principal``."""
    if principal.everything:
        return ~false()
    limits: list[ColumnElement[bool]] = []
    if principal.area_ids:
        limits.append(table.c.area_id.in_(sorted(principal.area_ids)))
    if principal.owner_ids:
        limits.append(table.c.owner_id.in_(sorted(principal.owner_ids)))
    return and_(*limits) if limits else false()


def principal_of(connection: Connection, account_id: int) -> Principal:
    """Return what an account may see and do; an inactive or unknown account is ``nobody``."""
    row = connection.execute(select(tables.account).where(tables.account.c.id == account_id)).one_or_none()
    if row is None or not row.active:
        return nobody
    areas = subtree(connection, tables.area, row.area_id) if row.role in ("district", "viewer") else frozenset[int]()
    owners = subtree(connection, tables.unit, row.unit_id) if row.role in ("operator", "viewer") else frozenset[int]()
    return Principal(
        name=row.name,
        role=row.role,
        account_id=row.id,
        everything=row.role == "city",
        area_ids=areas,
        owner_ids=owners,
        may_write=row.role != "viewer",
    )


def subtree(connection: Connection, table: FromClause, root: int | None) -> frozenset[int]:
    """Return the ids of an area or unit (``table``) and of everything below it; empty for None."""
    if root is None:
        return frozenset()
    tree = select(table.c.id).where(table.c.id == root).cte("tree", recursive=True)
    tree = tree.union(select(table.c.id).where(table.c.parent_id == tree.c.id))
    return frozenset(connection.execute(select(tree.c.id)).scalars())
