"""What every endpoint needs: the open register, the vocabulary, the jobs, and who asks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import Connection

from qipan.api.files import MadeFiles
from qipan.core.access import Principal, nobody
from qipan.core.accounts import principal_of_secret
from qipan.core.catalogue import Catalogue
from qipan.core.database import Database
from qipan.core.errors import AccessDenied, SignInFailed
from qipan.core.exchange.previews import Previews
from qipan.core.jobs import JobRunner
from qipan.core.map import CityMap

session_cookie = "qipan_session"


@dataclass(frozen=True, slots=True)
class Service:
    """What one server process holds open."""

    database: Database
    catalogue: Catalogue
    jobs: JobRunner
    map: CityMap
    previews: Previews
    made: MadeFiles


def _service(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceGiven = Annotated[Service, Depends(_service)]


def secret_of(request: Request) -> str | None:
    """Return the token of the Authorization header, else the session of the cookie, else None.

    A GIS client that knows only Basic authentication gives the token as its password.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if scheme.lower() == "basic" and token:
        return _basic_password(token)
    return request.cookies.get(session_cookie)


def _basic_password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[2]
    except ValueError as error:
        message = "Authorization 头无法解读：请使用访问令牌"
        raise SignInFailed(message) from error


def asker(request: Request, service: ServiceGiven) -> Principal:
    """Return who asks, ``nobody`` without a secret; an expired or unknown secret is refused."""
    secret = secret_of(request)
    if secret is None:
        return nobody
    _same_origin(request)
    with service.database.connect() as connection:
        return principal_of_secret(connection, secret)


def _same_origin(request: Request) -> None:
    # A cookie travels with any site's form; only our own page may use it to change something.
    origin = request.headers.get("origin")
    if request.method in ("GET", "HEAD", "OPTIONS") or origin is None or "authorization" in request.headers:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        message = f"请求来自其他网站 {origin}，已拒绝：请在本系统页面内操作"
        raise AccessDenied(message)


def signed_in(principal: Annotated[Principal, Depends(asker)]) -> Principal:
    """Return who asks; SignInFailed where nobody is signed in."""
    if principal.account_id is None:
        message = "请先登录"
        raise SignInFailed(message)
    return principal


AskerGiven = Annotated[Principal, Depends(asker)]
PrincipalGiven = Annotated[Principal, Depends(signed_in)]


def _reading(service: ServiceGiven) -> Iterator[Connection]:
    with service.database.connect() as connection:
        yield connection


def _writing(service: ServiceGiven) -> Iterator[Connection]:
    with service.database.begin() as connection:
        yield connection


Reading = Annotated[Connection, Depends(_reading)]
Writing = Annotated[Connection, Depends(_writing, scope="function")]
"""A transaction that is committed before the answer is sent, so that an answer is never ahead of the register."""
