"""Roles against endpoints: whoever may not see a scenario learns nothing of it, whoever may not change it is told so.

The endpoints come from the interface's own document, so that a new one is tried as soon as it stands there.
"""

from __future__ import annotations

import pytest
from httpx import Response

from qipan.core.access import system
from qipan.core.scenarios import create_scenario, update_scenario

from .conftest import Office, mobile, north, south, telecom

Asked = tuple[str, str, str]
"""Method, path as documented, and kind of the scenario that it is asked of."""

_values = {
    "{kind}": "base_station", "{ending}": "csv", "{metric}": "rsrp", "{z}": "11", "{x}": "1673", "{y}": "893",
    "{what}": "pci", "{code}": "x", "{street}": "1",
}  # fmt: skip
_endings = {
    "/api/scenarios/{scenario_id}/export.{ending}": "pdf",
    "/api/scenarios/{scenario_id}/merging.{ending}": "kml",
}
_questions = {"point": "longitude=114&latitude=22.5", "profile": "cell=x&longitude=114&latitude=22.5"}
_bodies: dict[str, dict[str, object]] = {
    "PATCH /api/scenarios/{scenario_id}": {"name": "改名"},
    "POST /api/scenarios/{scenario_id}/copy": {"name": "副本"},
    "PATCH /api/scenarios/{scenario_id}/pins": {"candidate": "tower:x", "pin": "forbidden"},
    "POST /api/coverage/{scenario_id}/sessions": {},
}
_only_read = {
    "POST /api/scenarios/{scenario_id}/candidates/problems.xlsx": "writes nothing",
    "POST /api/scenarios/{scenario_id}/export.{ending}": "makes a file of what one may see",
    "POST /api/coverage/{scenario_id}/export.{ending}": "makes a file of what one may see",
}
"""What is asked by POST and may be asked by everyone who sees the scenario."""


def _endpoints(office: Office) -> list[Asked]:
    found = []
    for path, methods in office["anonymous"].get("/openapi.json").json()["paths"].items():
        if "{scenario_id}" not in path:
            continue
        kind = "coverage" if path.startswith("/api/coverage") else "merging" if "/merging" in path else "build"
        found += [(method.upper(), path, kind) for method in methods]
    return found


def _ask(office: Office, person: str, asked: Asked, scenario_id: int) -> Response:
    method, path, _ = asked
    address = path.replace("{scenario_id}", str(scenario_id)).replace("{ending}", _endings.get(path, "csv"))
    for name, value in _values.items():
        address = address.replace(name, value)
    if question := _questions.get(path.rpartition("/")[2]):
        address += f"?{question}"
    files = {"file": ("mine.csv", b"a\n")} if "/candidates" in path and method == "POST" else None
    return office[person].request(method, address, json=_bodies.get(f"{method} {path}"), files=files)  # type: ignore[no-any-return]


def _made(office: Office, kind: str, area_id: int | None, owner_id: int | None, *, published: bool = False) -> int:
    subject = {"coverage": "mobile.coverage", "build": "mobile.base_station", "merging": "poles.merging"}[kind]
    with office.database.begin() as connection:
        made = create_scenario(
            connection, system, kind=kind, subject=subject, name="方案", parameters={}, area_id=area_id,
            owner_id=owner_id,
        )  # fmt: skip
        if published:
            update_scenario(connection, system, made.id, {"published": True})
    return made.id


def _is_hidden(answer: Response) -> bool:
    """Tell whether an answer would be the same if there were no such scenario."""
    told = answer.json().get("detail", "") if "json" in answer.headers.get("content-type", "") else ""
    return (answer.status_code == 404 and "无权查看" in told) or (answer.status_code == 403 and "市级权限" in told)


def test_there_are_endpoints_of_every_kind(office: Office) -> None:
    kinds = [kind for _, _, kind in _endpoints(office)]
    assert {"build": kinds.count("build") > 15, "coverage": kinds.count("coverage") > 12, "merging": "merging" in kinds}


@pytest.mark.parametrize(
    ("person", "area_id", "owner_id"),
    [
        ("district", south, None),
        ("district", None, mobile),
        ("district", None, None),
        ("viewer", south, None),
        ("operator", None, mobile),
        ("operator", north, None),
        ("operator", None, None),
    ],
)
def test_a_scenario_of_others_is_not_to_be_found_through_any_endpoint(
    office: Office, person: str, area_id: int | None, owner_id: int | None
) -> None:
    numbers = {kind: _made(office, kind, area_id, owner_id) for kind in ("coverage", "build", "merging")}
    for asked in _endpoints(office):
        answer = _ask(office, person, asked, numbers[asked[2]])
        assert _is_hidden(answer), (asked, answer.status_code, answer.text[:200])
    assert office[person].get("/api/scenarios").json() == []


def test_nobody_is_let_in_unsigned_even_to_what_is_published(office: Office) -> None:
    numbers = {kind: _made(office, kind, None, None, published=True) for kind in ("coverage", "build", "merging")}
    for asked in _endpoints(office):
        assert _ask(office, "anonymous", asked, numbers[asked[2]]).status_code == 401, asked


@pytest.mark.parametrize(
    ("person", "area_id", "owner_id", "published"),
    [
        ("viewer", north, None, False),
        ("viewer", None, None, True),
        ("district", south, None, True),
        ("district", None, mobile, True),
        ("operator", None, mobile, True),
        ("operator", None, None, True),
    ],
)
def test_what_one_only_sees_is_not_changed_through_any_endpoint(
    office: Office, person: str, area_id: int | None, owner_id: int | None, published: bool
) -> None:
    numbers = {
        kind: _made(office, kind, area_id, owner_id, published=published) for kind in ("coverage", "build", "merging")
    }
    for asked in _endpoints(office):
        method, path, kind = asked
        answer = _ask(office, person, asked, numbers[kind])
        assert "无权查看" not in answer.text, asked
        if method == "GET" or f"{method} {path}" in _only_read:
            assert answer.status_code not in (401, 403), (asked, answer.text[:200])
        elif _needs_no_result(path) or answer.status_code != 404:
            assert answer.status_code == 403, (asked, answer.status_code, answer.text[:200])
    listed = office[person].get("/api/scenarios").json()
    assert [(one["name"], one["version"]) for one in listed] == [("方案", 2 if published else 1)] * 3


def _needs_no_result(path: str) -> bool:
    """Tell whether rights are asked after before there is a result; a study that was never computed is not opened."""
    return not path.startswith("/api/coverage/")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/rates/mobile.tower_rent", {"value": 1}),
        ("POST", "/api/rates.xlsx", None),
        ("POST", "/api/ground", None),
        ("POST", "/api/antennas", None),
        ("POST", "/api/accounts", {"name": "新", "role": "viewer", "password": "long enough", "area_id": 2}),
    ],
)
@pytest.mark.parametrize("person", ["district", "operator", "viewer"])
def test_what_is_the_citys_is_changed_by_the_city_alone(
    office: Office, person: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    field = "terrain" if path.endswith("ground") else "file"
    files = None if body else {field: ("a.xlsx", b"nothing")}
    answer = office[person].request(method, path, json=body, files=files)
    assert answer.status_code == 403, answer.text


def test_an_operator_makes_plans_of_its_own_only(office: Office) -> None:
    new = {"kind": "build", "subject": "mobile.base_station", "name": "自建"}
    assert office["operator"].post("/api/scenarios", json=new | {"owner_id": telecom}).status_code == 201
    for other in ({"owner_id": mobile}, {}, {"area_id": north}):
        answer = office["operator"].post("/api/scenarios", json=new | other)
        assert answer.status_code == 403, other
    (own,) = office["operator"].get("/api/scenarios").json()
    moved = office["operator"].patch(f"/api/scenarios/{own['id']}", json={"owner_id": mobile})
    assert moved.status_code == 403
    assert office["operator"].patch(f"/api/scenarios/{own['id']}", json={"published": True}).status_code == 403
