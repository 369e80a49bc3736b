"""Signing in through a real little identity provider on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from qipan.api import create_app
from qipan.api.oidc import Provider
from qipan.core.access import system
from qipan.core.accounts import create_account
from qipan.core.database import open_database


class IdentityProvider(BaseHTTPRequestHandler):
    """Discovery, keys and token endpoint; checks the PKCE verifier like a real one."""

    key = RSAKey.generate_key(2048, parameters={"kid": "one"})
    stranger = RSAKey.generate_key(2048, parameters={"kid": "one"})
    authorization: ClassVar[dict[str, str]] = {}
    claims: ClassVar[dict[str, Any]] = {}
    signing = key

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        issuer = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        if self.path == "/keys":
            self._answer({"keys": [self.key.as_dict(private=False)]})
            return
        endpoints = {"authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token"}
        self._answer({"issuer": issuer, "jwks_uri": f"{issuer}/keys"} | endpoints)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if form["code"] != ["good"] or challenge != self.authorization["code_challenge"]:
            self.send_error(400)
            return
        issuer = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        claims = {"iss": issuer, "aud": "qipan", "sub": "zhang", "exp": int(time.time()) + 60}
        claims |= {"nonce": self.authorization["nonce"]} | self.claims
        self._answer({"id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signing)})

    def _answer(self, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), IdentityProvider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    IdentityProvider.claims, IdentityProvider.signing = {}, IdentityProvider.key
    database = open_database(tmp_path / "register.db")
    with database.begin() as connection:
        create_account(connection, system, "张三", "city", oidc_subject="zhang")
    provider = Provider(f"http://127.0.0.1:{server.server_port}", "qipan", "secret")
    with TestClient(create_app(database, identity_provider=provider), follow_redirects=False) as client:
        yield client
    provider.client.close()
    server.shutdown()
    server.server_close()


def _come_back(client: TestClient, **changed: str) -> Any:
    sent = client.get("/api/oidc/start")
    assert sent.status_code == 303
    query = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    IdentityProvider.authorization = query
    return client.get("/api/oidc/callback", params={"code": "good", "state": query["state"]} | changed)


def test_whoever_the_provider_vouches_for_is_signed_in_to_their_account(client: TestClient) -> None:
    answer = _come_back(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    session = client.get("/api/session").json()
    assert (session["account"]["name"], session["oidc"]) == ("张三", True)


@pytest.mark.parametrize("changed", [{"state": "forged"}, {"code": "bad"}, {"error": "access_denied"}])
def test_a_forged_answer_signs_nobody_in(client: TestClient, changed: dict[str, str]) -> None:
    assert _come_back(client, **changed).status_code == 401
    assert client.get("/api/session").json()["account"] is None


@pytest.mark.parametrize(
    "claims", [{"aud": "another"}, {"iss": "http://elsewhere"}, {"exp": 1}, {"nonce": "old"}, {"sub": "unknown"}]
)
def test_a_token_for_someone_or_something_else_is_refused(client: TestClient, claims: dict[str, Any]) -> None:
    IdentityProvider.claims = claims
    answer = _come_back(client)
    assert answer.status_code == 401
    assert answer.json()["detail"]


def test_a_token_signed_by_a_stranger_is_refused(client: TestClient) -> None:
    IdentityProvider.signing = IdentityProvider.stranger
    assert _come_back(client).status_code == 401


def test_an_answer_out_of_nowhere_is_refused(client: TestClient) -> None:
    assert client.get("/api/oidc/callback", params={"code": "good", "state": "x"}).status_code == 401
