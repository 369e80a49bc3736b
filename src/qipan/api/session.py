"""Signing in and out, accounts and API tokens."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, select

from qipan.api.context import (
    AskerGiven,
    PrincipalGiven,
    Reading,
    ServiceGiven,
    Writing,
    secret_of,
    session_cookie,
)
from qipan.core import tables
from qipan.core.access import Principal, Role
from qipan.core.accounts import (
    change_account,
    create_account,
    create_token,
    end_sign_in,
    principal_of_secret,
    session_length,
    sign_in,
    tokens_of,
)
from qipan.core.areas import city_bounds
from qipan.core.errors import SignInFailed
from qipan.core.settings import as_of_day, setting_of

router = APIRouter(prefix="/api", tags=["session"])

_tries_allowed = 10
_tries_window = 300.0


class TryLimit:
    """Counts failed sign-ins of a name, so that passwords cannot be guessed by trying."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def check(self, name: str) -> None:
        """Raise 429 once a name has failed too often within the last minutes."""
        failures = self._failures.get(name, deque())
        while failures and failures[0] < time.monotonic() - _tries_window:
            failures.popleft()
        if len(failures) >= _tries_allowed:
            raise HTTPException(429, "登录失败次数过多，请 5 分钟后再试")

    def failed(self, name: str) -> None:
        """Count one failure."""
        self._failures.setdefault(name, deque(maxlen=_tries_allowed)).append(time.monotonic())


class Credentials(BaseModel):
    """Name and password."""

    name: str = Field(max_length=100)
    password: str = Field(max_length=1000)


class AccountRead(BaseModel):
    """An account as lists show it."""

    id: int
    name: str
    role: Role
    area_id: int | None
    unit_id: int | None
    active: bool = True
    may_write: bool = False


class City(BaseModel):
    """The city the register is about."""

    name: str
    as_of: date
    bounds: tuple[float, float, float, float] | None


class Session(BaseModel):
    """Who is signed in and to what."""

    account: AccountRead | None
    city: City
    oidc: bool
    demo: Credentials | None


class AccountNew(BaseModel):
    """An account to create."""

    name: str
    role: Role
    password: str | None = None
    oidc_subject: str | None = None
    area_id: int | None = None
    unit_id: int | None = None


class AccountChange(BaseModel):
    """What to change of an account; fields left out stay."""

    role: Role | None = None
    password: str | None = None
    area_id: int | None = None
    unit_id: int | None = None
    active: bool | None = None


class TokenNew(BaseModel):
    """A token to create."""

    label: str = Field(max_length=100)
    expires_on: date | None = None


class TokenMade(BaseModel):
    """A new token; its secret is shown this once."""

    token: str


class TokenRead(BaseModel):
    """A token as lists show it."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime | None


def session_of(connection: Connection, principal: Principal, request: Request) -> Session:
    """Return who is signed in and the city's name, day and extent."""
    account = None
    if principal.account_id is not None:
        row = connection.execute(select(tables.account).where(tables.account.c.id == principal.account_id)).one()
        account = _account(row._mapping, principal.may_write)
    city = connection.execute(select(tables.area.c.name).where(tables.area.c.level == "city").limit(1))
    name = setting_of(connection, "city_name") or city.scalar_one_or_none() or ""
    demo = setting_of(connection, "demo_password")
    return Session(
        account=account,
        city=City(name=name, as_of=as_of_day(connection), bounds=city_bounds(connection)),
        oidc=request.app.state.oidc is not None,
        demo=Credentials(name=setting_of(connection, "demo_account"), password=demo) if demo else None,
    )


def _account(row: Any, may_write: bool) -> AccountRead:  # noqa: ANN401 - a row's mapping
    fields = {key: row[key] for key in ("id", "name", "role", "area_id", "unit_id", "active")}
    return AccountRead(**fields, may_write=may_write)


def set_session_cookie(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session; scripts cannot read it and other sites cannot use it."""
    response.set_cookie(
        session_cookie,
        secret,
        max_age=int(session_length.total_seconds()),
        httponly=True,
        samesite="strict" if request.app.state.oidc is None else "lax",
        secure=request.url.scheme == "https",
    )


@router.post("/session")
def start_session(credentials: Credentials, request: Request, response: Response, service: ServiceGiven) -> Session:
    """Sign in with name and password."""
    limit: TryLimit = request.app.state.try_limit
    limit.check(credentials.name)
    try:
        with service.database.begin() as connection:
            secret = sign_in(connection, credentials.name, credentials.password)
    except SignInFailed:
        limit.failed(credentials.name)
        raise
    set_session_cookie(request, response, secret)
    with service.database.connect() as connection:
        return session_of(connection, principal_of_secret(connection, secret), request)


@router.get("/session")
def read_session(request: Request, principal: AskerGiven, connection: Reading) -> Session:
    """Tell who is signed in, if anyone."""
    return session_of(connection, principal, request)


@router.delete("/session", status_code=204)
def close_session(request: Request, response: Response, principal: PrincipalGiven, connection: Writing) -> None:
    """Sign out."""
    end_sign_in(connection, principal, secret_of(request) or "")
    response.delete_cookie(session_cookie)


@router.get("/accounts")
def list_accounts(principal: PrincipalGiven, connection: Reading) -> list[AccountRead]:
    """List all accounts; for the city only."""
    principal.require_city()
    rows = connection.execute(select(tables.account).order_by(tables.account.c.name))
    return [_account(row._mapping, row.role != "viewer") for row in rows]


@router.post("/accounts", status_code=201)
def add_account(account: AccountNew, principal: PrincipalGiven, connection: Writing) -> AccountRead:
    """Create an account; for the city only."""
    account_id = create_account(connection, principal, **account.model_dump())
    return AccountRead(id=account_id, may_write=account.role != "viewer", **account.model_dump(exclude={"password"}))


@router.patch("/accounts/{account_id}", status_code=204)
def edit_account(account_id: int, change: AccountChange, principal: PrincipalGiven, connection: Writing) -> None:
    """Change an account; for the city only."""
    change_account(connection, principal, account_id, change.model_dump(exclude_unset=True))


@router.get("/tokens")
def list_tokens(principal: PrincipalGiven, connection: Reading) -> list[TokenRead]:
    """List one's own API tokens."""
    return [TokenRead(id=row.pop("token_hash"), **row) for row in tokens_of(connection, principal)]


@router.post("/tokens", status_code=201)
def add_token(token: TokenNew, principal: PrincipalGiven, connection: Writing) -> TokenMade:
    """Create an API token of one's own."""
    day = token.expires_on
    end = None if day is None else datetime.combine(day + timedelta(days=1), clock(0), UTC)
    return TokenMade(token=create_token(connection, principal, token.label, end))


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: str, principal: PrincipalGiven, connection: Writing) -> None:
    """Revoke one of one's own API tokens."""
    end_sign_in(connection, principal, token_id)
