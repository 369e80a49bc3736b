"""Signing in through the city's own identity provider: OpenID Connect Core 1.0, authorization code flow with PKCE.

The provider proves who someone is; what they may do is the account's, found by its ``oidc_subject``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from sqlalchemy import select

from qipan.api.context import ServiceGiven
from qipan.api.session import set_session_cookie
from qipan.core import tables
from qipan.core.accounts import open_session
from qipan.core.errors import NotFound, SignInFailed

router = APIRouter(prefix="/api/oidc", tags=["session"])

_cookie = "qipan_oidc"
_algorithms = ["RS256", "PS256", "ES256", "EdDSA"]
_leeway = 60


@dataclass(slots=True)
class Provider:
    """An identity provider, with what it says of itself once asked."""

    issuer: str
    client_id: str
    client_secret: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10))
    _metadata: dict[str, Any] | None = None

    def metadata(self) -> dict[str, Any]:
        """Return the provider's configuration (OpenID Connect Discovery 1.0, clause 4)."""
        if self._metadata is None:
            found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                message = f"统一身份认证的签发者为 {found.get('issuer')}，与配置的 {self.issuer} 不一致：请核对配置"
                raise SignInFailed(message)
            self._metadata = found
        return self._metadata

    def claims(self, code: str, verifier: str, redirect_uri: str, nonce: str) -> Mapping[str, Any]:
        """Return the verified claims of the ID token that ``code`` stands for (Core, clauses 3.1.3.1 to 3.1.3.7)."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = self._post(self.metadata()["token_endpoint"], form | credentials | {"code_verifier": verifier})
        published: KeySetSerialization = {"keys": self._get(self.metadata()["jwks_uri"]).get("keys", [])}
        try:
            keys = KeySet.import_key_set(published)
            token = jwt.decode(str(answer.get("id_token", "")), keys, algorithms=_algorithms)
            registry = jwt.JWTClaimsRegistry(
                leeway=_leeway,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
                sub={"essential": True},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            message = f"统一身份认证返回的身份令牌无效（{error}）：请重新登录，或联系管理员核对配置"
            raise SignInFailed(message) from error
        return token.claims

    def _get(self, url: str) -> dict[str, Any]:
        return self._asked(lambda: self.client.get(url))

    def _post(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        return self._asked(lambda: self.client.post(url, data=form))

    def _asked(self, ask: Any) -> dict[str, Any]:  # noqa: ANN401 - a request waiting to be sent
        try:
            answer: httpx.Response = ask()
            answer.raise_for_status()
            content: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            message = f"无法与统一身份认证 {self.issuer} 通信：请稍后重试，或用口令登录"
            raise SignInFailed(message) from error
        return content


def _provider(request: Request) -> Provider:
    provider = request.app.state.oidc
    if not isinstance(provider, Provider):
        message = "没有配置统一身份认证：请用口令登录"
        raise NotFound(message)
    return provider


@router.get("/start")
def start(request: Request) -> RedirectResponse:
    """Send the browser to the identity provider."""
    provider = _provider(request)
    kept = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
    }
    digest = hashlib.sha256(kept["verifier"].encode()).digest()
    query = {
        "response_type": "code",
        "scope": "openid profile",
        "client_id": provider.client_id,
        "redirect_uri": str(request.url_for("finish")),
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    answer = RedirectResponse(f"{provider.metadata()['authorization_endpoint']}?{urlencode(query)}", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        _cookie, json.dumps(kept), max_age=600, httponly=True, samesite="lax", secure=secure, path="/api/oidc"
    )
    return answer


@router.get("/callback")
def finish(
    request: Request, service: ServiceGiven, code: str = "", state: str = "", error: str = ""
) -> RedirectResponse:
    """Take the browser back from the identity provider and sign it in to the account of its subject."""
    provider = _provider(request)
    kept = _kept(request)
    if error or not code or not secrets.compare_digest(state, kept["state"]):
        message = f"统一身份认证未完成{f'（{error[:80]}）' if error else ''}：请重新登录"
        raise SignInFailed(message)
    claims = provider.claims(code, kept["verifier"], str(request.url_for("finish")), kept["nonce"])
    with service.database.begin() as connection:
        query = select(tables.account.c.id).where(tables.account.c.oidc_subject == str(claims["sub"]))
        account_id = connection.execute(query.where(tables.account.c.active)).scalar_one_or_none()
        if account_id is None:
            message = f"统一身份“{claims['sub']}”没有对应的账号：请联系市级管理员开通"
            raise SignInFailed(message)
        secret = open_session(connection, account_id)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(_cookie, path="/api/oidc")
    set_session_cookie(request, answer, secret)
    return answer


def _kept(request: Request) -> dict[str, str]:
    try:
        found = json.loads(request.cookies.get(_cookie, ""))
        return {key: str(found[key]) for key in ("state", "nonce", "verifier")}
    except (ValueError, KeyError, TypeError) as error:
        message = "登录过程已过期：请重新登录"
        raise SignInFailed(message) from error
