"""Accounts: passwords (Argon2id), sessions of the browser, tokens of programs."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, delete, insert, select, update

from qipan.core import tables
from qipan.core.access import Principal, Role, principal_of
from qipan.core.database import insert_row
from qipan.core.errors import FieldProblem, InvalidRecord, NotFound, SignInFailed
from qipan.core.history import open_change_set, write_change

session_length = timedelta(hours=12)
"""How long a browser stays signed in."""

shortest_password = 8
"""Characters a password has at least."""

_hasher = PasswordHasher()
_unknown_account_hash = _hasher.hash(secrets.token_hex())


def create_account(
    connection: Connection,
    principal: Principal,
    name: str,
    role: Role,
    *,
    password: str | None = None,
    oidc_subject: str | None = None,
    area_id: int | None = None,
    unit_id: int | None = None,
) -> int:
    """Create an account and return its id; only the city may. InvalidRecord names each field that will not do."""
    principal.require_city()
    _check(connection, name, role, password, area_id, unit_id)
    values = {"name": name, "role": role, "area_id": area_id, "unit_id": unit_id, "oidc_subject": oidc_subject}
    secret = None if password is None else _hasher.hash(password)
    change_set = open_change_set(connection, principal, "create", f"建立账号 {name}")
    row = values | {"password_hash": secret, "active": True, "created_at": datetime.now(UTC)}
    account_id = insert_row(connection, tables.account, row)
    write_change(connection, change_set, "account", account_id, None, values)
    return account_id


def change_account(connection: Connection, principal: Principal, account_id: int, values: dict[str, Any]) -> None:
    """Change role, area, unit, password or ``active`` of an account; switching it off ends its sessions at once."""
    principal.require_city()
    row = connection.execute(select(tables.account).where(tables.account.c.id == account_id)).one_or_none()
    if row is None:
        message = f"没有编号为 {account_id} 的账号"
        raise NotFound(message)
    before = {key: row._mapping[key] for key in ("role", "area_id", "unit_id", "active")}
    after = before | {key: values[key] for key in before if key in values}
    password = values.get("password")
    _check(connection, None, after["role"], password, after["area_id"], after["unit_id"])
    secret = {} if password is None else {"password_hash": _hasher.hash(password)}
    statement = update(tables.account).where(tables.account.c.id == account_id)
    connection.execute(statement.values(**after, **secret))
    if not after["active"] or secret:
        connection.execute(delete(tables.sign_in).where(tables.sign_in.c.account_id == account_id))
    change_set = open_change_set(connection, principal, "update", f"修改账号 {row.name}")
    write_change(connection, change_set, "account", account_id, before, after)


def _check(
    connection: Connection, name: str | None, role: str, password: str | None, area_id: int | None, unit_id: int | None
) -> None:
    problems = []
    if name is not None and not 1 <= len(name.strip()) <= 100:
        problems.append(FieldProblem(None, "name", name[:80], "应为 1 至 100 个字"))
    elif name and connection.execute(select(tables.account.c.id).where(tables.account.c.name == name)).first():
        problems.append(FieldProblem(None, "name", name, "已有同名账号，请换一个"))
    if role not in get_args(Role):
        problems.append(FieldProblem(None, "role", role, f"应为其中之一：{'、'.join(get_args(Role))}"))
    if role == "district" and area_id is None:
        problems.append(FieldProblem(None, "area_id", "", "区级账号必须指定所属区域"))
    if role == "operator" and unit_id is None:
        problems.append(FieldProblem(None, "unit_id", "", "企业账号必须指定所属单位"))
    if password is not None and len(password) < shortest_password:
        problems.append(FieldProblem(None, "password", "＊＊＊", f"至少 {shortest_password} 个字符"))
    if problems:
        raise InvalidRecord(problems)


def sign_in(connection: Connection, name: str, password: str) -> str:
    """Return a new session secret for the right name and password, else raise SignInFailed without saying which."""
    row = connection.execute(select(tables.account).where(tables.account.c.name == name)).one_or_none()
    kept = None if row is None else row.password_hash
    try:
        _hasher.verify(kept or _unknown_account_hash, password)
        right = kept is not None
    except (Argon2Error, InvalidHashError):
        right = False
    if row is None or not right or not row.active:
        message = "用户名或口令不正确，或账号已停用"
        raise SignInFailed(message)
    return open_session(connection, row.id)


def open_session(connection: Connection, account_id: int) -> str:
    """Return a new session secret for an account whose identity is already proved."""
    connection.execute(delete(tables.sign_in).where(tables.sign_in.c.expires_at < datetime.now(UTC)))
    return _new_secret(connection, account_id, "session", "", datetime.now(UTC) + session_length)


def create_token(connection: Connection, principal: Principal, label: str, expires_at: datetime | None) -> str:
    """Return a new API token of the signed-in account; it is shown this once, only its hash is kept."""
    if principal.account_id is None:
        message = "需要先登录才能建立访问令牌"
        raise SignInFailed(message)
    return _new_secret(connection, principal.account_id, "token", label, expires_at)


def _new_secret(connection: Connection, account_id: int, kind: str, label: str, expires_at: datetime | None) -> str:
    secret = f"qp_{secrets.token_urlsafe(32)}"
    values = {"token_hash": token_hash(secret), "account_id": account_id, "kind": kind, "label": label}
    moments = {"created_at": datetime.now(UTC), "expires_at": expires_at}
    connection.execute(insert(tables.sign_in).values(values | moments))
    return secret


def token_hash(secret: str) -> str:
    """Return the SHA-256 under which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def principal_of_secret(connection: Connection, secret: str) -> Principal:
    """Return who a session or token secret stands for; raises SignInFailed where it is unknown or has expired."""
    query = select(tables.sign_in).where(tables.sign_in.c.token_hash == token_hash(secret))
    row = connection.execute(query).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at < datetime.now(UTC)):
        message = "登录已过期，请重新登录"
        raise SignInFailed(message)
    return principal_of(connection, row.account_id)


def end_sign_in(connection: Connection, principal: Principal, hash_or_secret: str) -> None:
    """End a session or revoke a token of one's own, named by its secret or by its hash."""
    wanted = hash_or_secret if len(hash_or_secret) == 64 else token_hash(hash_or_secret)
    mine = tables.sign_in.c.account_id == principal.account_id
    connection.execute(delete(tables.sign_in).where(tables.sign_in.c.token_hash == wanted, mine))


def tokens_of(connection: Connection, principal: Principal) -> list[dict[str, Any]]:
    """Return the API tokens of the signed-in account, by hash, never the secret."""
    columns = tables.sign_in.c
    query = select(columns.token_hash, columns.label, columns.created_at, columns.expires_at)
    query = query.where(columns.account_id == principal.account_id, columns.kind == "token")
    return [dict(row._mapping) for row in connection.execute(query.order_by(columns.created_at))]
