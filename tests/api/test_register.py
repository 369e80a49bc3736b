"""The register over HTTP: single edits, conflicts, pages, and errors that name what to mend."""

from __future__ import annotations

from .conftest import Office, station


def test_create_change_and_read_with_history(office: Office) -> None:
    city = office["city"]
    made = city.post("/api/resources", json=station(name="新基站") | {"kind": "base_station"})
    assert made.status_code == 201
    url = f"/api/resources/{made.json()['code']}"
    changed = city.patch(url, json={"height": 31.5}, headers={"If-Match": "1"})
    assert (changed.json()["version"], changed.json()["attributes"]["height"]) == (2, 31.5)
    again = city.patch(url, json={"height": 40}, headers={"If-Match": "1"})
    assert again.status_code == 409
    assert "第 2 版" in again.json()["detail"]
    read = city.get(url).json()
    assert [change["action"] for change in read["history"]] == ["update", "create"]
    assert city.get(f"/api/resources/by-id/{read['id']}").json()["code"] == read["code"]


def test_wrong_values_come_back_by_field(office: Office) -> None:
    answer = office["city"].post("/api/resources", json=station(band="9G", height=-1) | {"kind": "base_station"})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["problems"]} == {"频段", "挂高"}
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_kind_box_and_cursor_are_refused_plainly(office: Office) -> None:
    city = office["city"]
    assert city.get("/api/resources", params={"kind": "nothing"}).status_code == 404
    assert city.get("/api/resources", params={"bbox": "1,2,3"}).status_code == 422
    assert city.get("/api/resources", params={"cursor": "!"}).status_code == 422
    assert city.get("/api/resources", params={"limit": 0}).status_code == 422
    assert city.get("/api/nothing").status_code == 404


def test_own_attributes_narrow_a_list_and_are_checked(office: Office) -> None:
    city = office["city"]
    city.patch(f"/api/resources/{office.codes['north']}", json={"shared": True}, headers={"If-Match": "1"})

    def total(*attributes: str) -> int:
        return city.get("/api/resources", params={"kind": "base_station", "attribute": attributes}).json()["total"]

    assert (total("form:macro"), total("form:宏站", "shared:true"), total("form:micro")) == (2, 1, 0)
    refused = city.get("/api/resources", params={"kind": "base_station", "attribute": "form:tower"})
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "站型")
    assert city.get("/api/resources", params={"attribute": "form:macro"}).status_code == 422


def test_a_missing_version_is_asked_for(office: Office) -> None:
    answer = office["city"].patch(f"/api/resources/{office.codes['north']}", json={"height": 3})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "if-match"


def test_health_and_metrics(office: Office) -> None:
    assert office["anonymous"].get("/health").json()["status"] == "ok"
    assert "python_info" in office["anonymous"].get("/metrics").text


def test_every_answer_forbids_foreign_sources(office: Office) -> None:
    policy = office["anonymous"].get("/health").headers["content-security-policy"]
    assert "default-src 'self'" in policy
