"""Everything is denied by default, and each role sees its own rows through every door."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from .conftest import Office, station

open_to_all = {"/api/session", "/health", "/metrics", "/openapi.json", "/{path:path}"}


def _routes(client: TestClient) -> list[tuple[str, str]]:
    found = []
    for route in client.app.routes:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in sorted(route.methods)]
    return found


def test_nobody_gets_anything_without_signing_in(office: Office) -> None:
    document = office["anonymous"].get("/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        if path in open_to_all or path.startswith("/api/oidc"):
            continue
        for method in methods:
            url = path
            for name in ("{", "}"):
                url = url.replace(name, "")
            answer = office["anonymous"].request(method.upper(), url.replace("kind", "base_station"))
            assert answer.status_code in (401, 422), f"{method} {path} gave {answer.status_code}"
            tried += 1
    assert tried > 15


@pytest.mark.parametrize(("person", "seen"), [("city", 2), ("district", 1), ("operator", 1), ("viewer", 1)])
def test_lists_counts_search_and_catalogue_agree_on_what_one_sees(office: Office, person: str, seen: int) -> None:
    client = office[person]
    page = client.get("/api/resources").json()
    kinds = {kind["key"]: kind["count"] for kind in client.get("/api/catalogue").json()["kinds"]}
    named = client.get("/api/search", params={"q": "基站"}).json()
    found = [one for one in named if one["type"] == "resource"]
    assert (len(page["items"]), page["total"], kinds["base_station"], len(found)) == (seen,) * 4


def test_what_one_may_not_see_is_not_found(office: Office) -> None:
    hidden = office.codes["south"]
    answers = [
        office["district"].get(f"/api/resources/{hidden}"),
        office["district"].patch(f"/api/resources/{hidden}", json={"name": "越权"}, headers={"If-Match": "1"}),
        office["district"].delete(f"/api/resources/{hidden}"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_viewer_and_a_foreign_district_cannot_write(office: Office) -> None:
    assert office["viewer"].post("/api/resources", json=station() | {"kind": "base_station"}).status_code == 403
    foreign = station(area_id=3) | {"kind": "base_station"}
    answer = office["district"].post("/api/resources", json=foreign)
    assert answer.status_code == 403
    assert "其他区域" in answer.json()["detail"]


def test_accounts_are_for_the_city_alone(office: Office) -> None:
    assert office["district"].get("/api/accounts").status_code == 403
    made = office["city"].post(
        "/api/accounts", json={"name": "北区办", "role": "district", "area_id": 2, "password": "long enough"}
    )
    assert made.status_code == 201
    short = {"name": "x", "role": "city", "password": "short"}
    refused = office["city"].post("/api/accounts", json=short)
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "password")
    assert "short" not in refused.text


def test_signing_in_gives_a_cookie_that_scripts_cannot_read_and_signing_out_ends_it(office: Office) -> None:
    office["city"].post("/api/accounts", json={"name": "市办", "role": "city", "password": "correct horse"})
    client = office["anonymous"]
    assert client.post("/api/session", json={"name": "市办", "password": "wrong one"}).status_code == 401
    answer = client.post("/api/session", json={"name": "市办", "password": "correct horse"})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert answer.json()["account"]["name"] == "市办"
    assert client.get("/api/resources").json()["total"] == 2
    kept = dict(client.cookies)
    assert client.delete("/api/session").status_code == 204
    client.cookies.update(kept)
    assert client.get("/api/resources").status_code == 401


def test_another_sites_form_cannot_use_the_cookie(office: Office) -> None:
    office["city"].post("/api/accounts", json={"name": "市办", "role": "city", "password": "correct horse"})
    client = office["anonymous"]
    client.post("/api/session", json={"name": "市办", "password": "correct horse"})
    url = f"/api/resources/{office.codes['north']}"
    assert client.delete(url, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.delete(url, headers={"Origin": "http://testserver"}).status_code == 204


def test_guessing_a_password_is_stopped(office: Office) -> None:
    tries = [
        office["anonymous"].post("/api/session", json={"name": "city", "password": f"guess {number}"}).status_code
        for number in range(12)
    ]
    assert tries == [401] * 10 + [429] * 2


def test_a_token_works_until_it_is_revoked(office: Office) -> None:
    client = office["operator"]
    token = client.post("/api/tokens", json={"label": "报表"}).json()["token"]
    program = TestClient(client.app, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/resources").json()["total"] == 1
    (listed,) = client.get("/api/tokens").json()
    assert token not in str(listed)
    assert client.delete(f"/api/tokens/{listed['id']}").status_code == 204
    assert program.get("/api/resources").status_code == 401


def test_switching_an_account_off_ends_it_at_once(office: Office) -> None:
    accounts = {one["name"]: one["id"] for one in office["city"].get("/api/accounts").json()}
    assert office["city"].patch(f"/api/accounts/{accounts['district']}", json={"active": False}).status_code == 204
    assert office["district"].get("/api/resources").status_code == 401
